/* version.h - which chandra this is. */
#ifndef CHANDRA_VERSION_H
#define CHANDRA_VERSION_H

#include <chandra/export.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHANDRA_VERSION_MAJOR 0
#define CHANDRA_VERSION_MINOR 1
#define CHANDRA_VERSION_PATCH 0
#define CHANDRA_VERSION "0.1.0"

/** Version of the library that is linked, such as "0.1.0". Ownership: static. Threads: any. */
CHANDRA_API const char *chandra_version(void);

#ifdef __cplusplus
}
#endif
#endif
