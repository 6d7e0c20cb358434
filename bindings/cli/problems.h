/* problems.h - what is wrong with a run's input: told at once, and once more in its result. */
#ifndef CHANDRA_CLI_PROBLEMS_H
#define CHANDRA_CLI_PROBLEMS_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

struct problem {
    struct chandra_error err;
    char *path;   /* of the file, or NULL */
    size_t count; /* how often it was met */
};

/* Zeroed memory is an empty list. */
struct problems {
    struct problem *items;
    size_t count;
};

/* Note a problem and print it on standard error, unless it has been met before; `path` may be NULL.
 * False: out of memory. */
bool problems_add(struct problems *problems, const char *path, const struct chandra_error *err);
/* The one that the exit code follows, a policy's fault before any other; NULL if there is none. */
const struct problem *problems_worst(const struct problems *problems);
/* A list of objects {"reason", "path", "message", "count"}; NULL when out of memory. */
struct chandra_value *problems_value(const struct problems *problems, struct chandra_doc *doc);
void problems_clear(struct problems *problems);

#endif
