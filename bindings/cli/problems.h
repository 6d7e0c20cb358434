/* problems.h - what is wrong with a run's input: told at once, and once more in its result. */
#ifndef CHANDRA_CLI_PROBLEMS_H
#define CHANDRA_CLI_PROBLEMS_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

struct problem {
    enum chandra_status status;
    char *message;
    size_t count; /* how often it was met */
};

/* Zeroed memory is an empty list. */
struct problems {
    struct problem *items;
    size_t count;
};

/* Note a problem and print it on standard error, unless it has been met before. False: out of
 * memory. */
bool problems_add(struct problems *problems, const struct chandra_error *err);
/* Whether one of them makes the command end with this exit code. */
bool problems_have(const struct problems *problems, int exit_code);
/* A list of objects {"reason", "message", "count"}; NULL when out of memory. */
struct chandra_value *problems_value(const struct problems *problems, struct chandra_doc *doc);
void problems_clear(struct problems *problems);

#endif
