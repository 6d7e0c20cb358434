/* spec.h - busted specs: what cases a file has, and one of them run by itself. */
#ifndef CHANDRA_CLI_TEST_SPEC_H
#define CHANDRA_CLI_TEST_SPEC_H

#include "test/coverage.h"

struct spec_runner;

/* A state with luassert, chandra and chandra.testing, and no spec in it yet; each run gets a copy
 * of it, in a process of its own. With `has_coverage` results have a member "coverage". Ownership:
 * caller frees. Errors: EUNSUPPORTED (luassert is not installed), ENOMEM. */
enum chandra_status spec_runner_new(int64_t timeout_ms, bool has_coverage,
                                    struct spec_runner **out_runner, struct chandra_error *err);
void spec_runner_free(struct spec_runner *runner);

/* The cases of a file: a document {cases: [{name, line, tags}, ...]}; the caller frees it. Errors:
 * EINVAL (the file does not load), EIO, ENOMEM. */
enum chandra_status spec_list(struct spec_runner *runner, const char *path,
                              struct chandra_doc **out_doc, struct chandra_error *err);
/* Run case `index`: a document {status, message, line, assertions, log: [...], fault, coverage}.
 * What the spec does is a status, never an error. */
enum chandra_status spec_run(struct spec_runner *runner, const char *path, size_t index,
                             struct chandra_doc **out_doc, struct chandra_error *err);

#endif
