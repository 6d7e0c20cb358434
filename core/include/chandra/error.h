/* error.h - status codes and the error report that callers hand in.
 *
 * Every fallible function returns an enum chandra_status and takes a struct chandra_error, which
 * may be NULL, as its last argument. Results are written only on success, the report only on
 * failure.
 */
#ifndef CHANDRA_ERROR_H
#define CHANDRA_ERROR_H

#include <chandra/export.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The list is append-only: numbers are part of the ABI. */
#define CHANDRA_STATUS_MAP(X)                                             \
    X(OK, "ok")                                                           \
    X(ENOMEM, "out of memory")                                            \
    X(EINVAL, "invalid input")                                            \
    X(EPARSE, "syntax error")                                             \
    X(ELIMIT, "limit exceeded")                                           \
    X(EUNSUPPORTED, "not supported")                                      \
    X(EIO, "input or output failed")                                      \
    X(ENOTFOUND, "not found")                                             \
    X(ECONFLICT, "conflict")                                              \
    X(EEXISTS, "already exists")                                          \
    X(EREJECTED, "rejected as invalid by the API server")                 \
    X(EGONE, "resource version too old")                                  \
    X(EUNAUTHORIZED, "unauthorized")                                      \
    X(EFORBIDDEN, "forbidden")                                            \
    X(ETHROTTLED, "too many requests")                                    \
    X(ETRANSIENT, "transient failure of the API server or the way to it") \
    X(EAPI, "other failure of the API server")                            \
    X(ESCRIPT, "policy error")                                            \
    X(EBUDGET, "policy ran out of its budget")                            \
    X(ECANCELED, "canceled")

enum chandra_status {
#define CHANDRA_STATUS_ENUM(name, text) CHANDRA_##name,
    CHANDRA_STATUS_MAP(CHANDRA_STATUS_ENUM)
#undef CHANDRA_STATUS_ENUM
};

/** What went wrong, in words. Needs no initialization; valid after a call that failed. */
struct chandra_error {
    enum chandra_status status;
    char message[1020]; /* one line, UTF-8, cut at a character boundary when too long */
};

/** The fixed text of a status, such as "out of memory". Ownership: static. Threads: any. */
CHANDRA_API const char *chandra_status_text(enum chandra_status status);

/** The name of a status, such as "ENOMEM". Ownership: static. Threads: any. */
CHANDRA_API const char *chandra_status_name(enum chandra_status status);

/** Fill `err` (which may be NULL) and return `status`, so that a function can end with it.
 * Threads: any. */
CHANDRA_API enum chandra_status chandra_error_set(struct chandra_error *err,
                                                  enum chandra_status status, const char *fmt, ...)
    CHANDRA_PRINTF(3, 4);

/** chandra_error_set() for a va_list. Threads: any. */
CHANDRA_API enum chandra_status chandra_error_setv(struct chandra_error *err,
                                                   enum chandra_status status, const char *fmt,
                                                   va_list args) CHANDRA_PRINTF(3, 0);

/** Put text and ": " in front of the message of a failed call; returns err's status, or EINVAL for
 * a NULL `err`. Threads: any. */
CHANDRA_API enum chandra_status chandra_error_prefix(struct chandra_error *err, const char *fmt,
                                                     ...) CHANDRA_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
#endif
