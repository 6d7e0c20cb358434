/* coverage.h - which lines of which policies were executed. */
#ifndef CHANDRA_CLI_TEST_COVERAGE_H
#define CHANDRA_CLI_TEST_COVERAGE_H

#include <chandra/doc.h>
#include <chandra/lua.h>
#include <stdint.h>
#include <stdio.h>

struct coverage_file {
    char *path;
    bool is_ignored; /* the policy was not that file */
    size_t count;    /* of the elements below; line numbers are indices */
    uint64_t *hits;
    bool *is_active; /* filled by coverage_finish() */
    size_t active, covered;
};

/* Zeroed memory is empty. */
struct coverage {
    struct coverage_file *files; /* by path, once finished */
    size_t count;
    size_t last; /* that a line was counted in */
    bool is_out_of_memory;
};

/* The events that coverage is counted from. */
#define COVERAGE_EVENTS (1U << CHANDRA_LUA_LOAD | 1U << CHANDRA_LUA_LINE)
void coverage_count(struct coverage *coverage, const struct chandra_lua_event *event);
/* Have a policy in the report even if nothing runs it. */
void coverage_add(struct coverage *coverage, const char *path);
/* What was counted as {PATH: [LINE, HITS, ...]}; NULL when out of memory. */
struct chandra_value *coverage_value(const struct coverage *coverage, struct chandra_doc *doc);
/* Add what coverage_value() made. */
void coverage_merge(struct coverage *coverage, const struct chandra_value *value);
/* Read the files, find their lines, drop what cannot be told of. */
enum chandra_status coverage_finish(struct coverage *coverage, struct chandra_error *err);
/* Covered lines of all, in percent; 100 of none. */
double coverage_percent(const struct coverage *coverage);
/* A table for people, for standard output. False: out of memory. */
bool coverage_print(const struct coverage *coverage);
/* The same as a document; NULL when out of memory. */
struct chandra_value *coverage_report(const struct coverage *coverage, struct chandra_doc *doc);
/* Write an LCOV tracefile. Errors: EIO. */
enum chandra_status coverage_write_lcov(const struct coverage *coverage, const char *path,
                                        struct chandra_error *err);
void coverage_clear(struct coverage *coverage);

#endif
