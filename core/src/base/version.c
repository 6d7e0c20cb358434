/* version.c - the version of the library that is linked. */
#include <chandra/version.h>

const char *
chandra_version(void)
{
    return CHANDRA_VERSION;
}
