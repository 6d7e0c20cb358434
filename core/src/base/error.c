/* error.c - the error report. */
#include "base/text.h"

#include <chandra/error.h>
#include <stdio.h>
#include <string.h>

const char *
chandra_status_text(enum chandra_status status)
{
    switch (status) {
#define CHANDRA_STATUS_TEXT(name, text) \
    case CHANDRA_##name:                \
        return text;
        CHANDRA_STATUS_MAP(CHANDRA_STATUS_TEXT)
#undef CHANDRA_STATUS_TEXT
    }
    return "unknown status";
}

const char *
chandra_status_name(enum chandra_status status)
{
    switch (status) {
#define CHANDRA_STATUS_NAME(name, text) \
    case CHANDRA_##name:                \
        return #name;
        CHANDRA_STATUS_MAP(CHANDRA_STATUS_NAME)
#undef CHANDRA_STATUS_NAME
    }
    return "UNKNOWN";
}

enum chandra_status
chandra_error_setv(struct chandra_error *err, enum chandra_status status, const char *fmt,
                   va_list args)
{
    char message[sizeof(err->message)];

    if (!err)
        return status;
    /* The arguments may point into the old message. */
    ch_format_line(message, sizeof(message), fmt, args);
    err->status = status;
    memcpy(err->message, message, strlen(message) + 1);
    return status;
}

enum chandra_status
chandra_error_set(struct chandra_error *err, enum chandra_status status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    chandra_error_setv(err, status, fmt, args);
    va_end(args);
    return status;
}

enum chandra_status
chandra_error_prefix(struct chandra_error *err, const char *fmt, ...)
{
    char prefix[sizeof(err->message)];
    va_list args;

    if (!err)
        return CHANDRA_EINVAL;
    va_start(args, fmt);
    ch_format_line(prefix, sizeof(prefix), fmt, args);
    va_end(args);
    return chandra_error_set(err, err->status, "%s: %s", prefix, err->message);
}
