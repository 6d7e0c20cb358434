/* test.h - a run of `chandra test`: the files, their cases, what came of them. */
#ifndef CHANDRA_CLI_TEST_H
#define CHANDRA_CLI_TEST_H

#include "cli.h"
#include "test/coverage.h"
#include "test/find.h"
#include "test/spec.h"

struct test_options {
    struct cli_list filters;
    struct cli_list tags;
    struct cli_list excluded_tags;
    struct cli_list policies; /* of records */
    bool is_shuffled;
    bool is_list;
    bool fails_fast;
    bool fails_on_skip;
    bool has_coverage;
    int64_t seed;
    int64_t count;
    int64_t timeout_ms;
    double threshold;
    const char *lcov;
};

struct test_case {
    const struct found_file *file;
    size_t index; /* in its file */
    const char *name;
    unsigned line;
    bool is_wanted; /* while records are replayed: this one now */
};

/* What is run at once: a case of a spec, or the cases of a record that are meant. */
struct test_unit {
    size_t first;
    size_t count;
};

struct test_run {
    struct cli *cli;
    const struct test_options *options;
    struct found found;
    struct spec_runner *runner; /* NULL without specs */
    struct chandra_doc *doc;    /* holds names and results */
    struct test_case *cases;
    size_t case_count;
    struct test_unit *units;
    size_t unit_count;
    struct coverage coverage;
    int64_t seed;

    /* What came of it. Each result is {name, file, line, status, durationMs, ...}. */
    struct chandra_value *results;
    size_t passed, failed, errors, skipped;
    int64_t start_ns;
    bool has_fault;   /* a policy failed in a case that did not pass */
    bool has_invalid; /* a file could not be read or loaded; told already */
    bool has_ended;   /* nothing more is to be run */
};

int64_t test_now_ns(void);

/* plan.c: find the files and their cases, keep those that are meant, shuffle. What is wrong with a
 * file is told and noted in has_invalid; errors are what ends the run. */
enum chandra_status test_plan(struct test_run *run, struct chandra_error *err);

/* records.c: the cases of a record go to `add`, or are run. */
typedef bool (*test_case_fn)(void *user, const char *name, unsigned line);
enum chandra_status test_record_list(const char *path, test_case_fn add, void *user,
                                     struct chandra_error *err);
enum chandra_status test_record_run(struct test_run *run, const struct test_unit *unit,
                                    int64_t repeat, struct chandra_error *err);

/* run.c: run everything that is planned. */
enum chandra_status test_run_all(struct test_run *run, struct chandra_error *err);
/* Begin the result of a case, with what is known before; NULL when out of memory. */
struct chandra_value *test_result_new(struct test_run *run, const struct test_case *one,
                                      int64_t repeat);
/* Count a result whose status is set, keep it, and tell of it as the format wants. */
enum chandra_status test_result_add(struct test_run *run, struct chandra_value *result,
                                    int64_t start_ns, struct chandra_error *err);

/* report.c: print one result now, if the format does; all results at the end. */
void test_report_one(const struct test_run *run, const struct chandra_value *result);
enum chandra_status test_report(struct test_run *run, struct chandra_error *err);
/* A text of a result, or "". */
const char *test_text(const struct chandra_value *result, const char *name);
int64_t test_number(const struct chandra_value *result, const char *name);

#endif
