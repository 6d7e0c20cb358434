/* child.h - run something in a process of its own, which ends in time whatever happens in it. */
#ifndef CHANDRA_CLI_TEST_CHILD_H
#define CHANDRA_CLI_TEST_CHILD_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdint.h>

/* Fills `result`, an object of `doc`; an error becomes its member "error". */
typedef enum chandra_status (*child_fn)(void *user, struct chandra_doc *doc,
                                        struct chandra_value *result, struct chandra_error *err);

enum child_end {
    CHILD_ANSWERED, /* *out_doc is the result */
    CHILD_LATE,     /* it was ended when its time was up */
    CHILD_DIED,     /* by a signal, or without an answer; `signal` says which, or 0 */
};

struct child {
    enum child_end end;
    int signal;
    struct chandra_doc *doc; /* the caller frees it; NULL unless answered */
};

/* Errors: EIO, ENOMEM: no process could be made. */
enum chandra_status child_run(child_fn fn, void *user, int64_t limit_ms, struct child *out_child,
                              struct chandra_error *err);

#endif
