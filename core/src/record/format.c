/* format.c - what the name of a record's file says about its format. */
#include "record/record.h"

#include <string.h>

static bool
ends_in(const char *name, size_t len, const char *suffix)
{
    const size_t suffix_len = strlen(suffix);

    return len > suffix_len && memcmp(name + len - suffix_len, suffix, suffix_len) == 0;
}

struct ch_record_format
ch_record_format(const char *name)
{
    size_t len = strlen(name);
    struct ch_record_format format = {.is_gzip = ends_in(name, len, ".gz")};

    if (format.is_gzip)
        len -= strlen(".gz");
    format.is_yaml = ends_in(name, len, ".yaml") || ends_in(name, len, ".yml");
    return format;
}

enum chandra_status
ch_record_no_memory(struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}
