/* run.c - runs what is planned, one case after the other, and counts. */
#include "test/test.h"

#include <string.h>
#include <time.h>

int64_t
test_now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

const char *
test_text(const struct chandra_value *result, const char *name)
{
    const char *text = chandra_value_string(chandra_value_get(result, name));

    return text ? text : "";
}

int64_t
test_number(const struct chandra_value *result, const char *name)
{
    int64_t number = 0;

    chandra_value_int64(chandra_value_get(result, name), &number);
    return number;
}

static enum chandra_status
no_memory(struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

struct chandra_value *
test_result_new(struct test_run *run, const struct test_case *one, int64_t repeat)
{
    struct chandra_doc *doc = run->doc;
    struct chandra_value *result = chandra_value_new_object(doc);

    if (!result || !chandra_value_set(result, "name", chandra_value_new_string(doc, one->name)) ||
        !chandra_value_set(result, "file", chandra_value_new_string(doc, one->file->path)) ||
        !chandra_value_set(result, "line", chandra_value_new_int64(doc, one->line)) ||
        !chandra_value_set(result, "status", chandra_value_new_null(doc)))
        return NULL;
    if (run->options->count > 1 &&
        !chandra_value_set(result, "run", chandra_value_new_int64(doc, repeat + 1)))
        return NULL;
    return result;
}

static void
count_result(struct test_run *run, const struct chandra_value *result)
{
    const char *status = test_text(result, "status");
    bool is_bad = true;

    if (strcmp(status, "passed") == 0) {
        run->passed++;
        is_bad = false;
    } else if (strcmp(status, "skipped") == 0) {
        run->skipped++;
        is_bad = run->options->fails_on_skip;
    } else if (strcmp(status, "failed") == 0) {
        run->failed++;
    } else {
        run->errors++;
    }
    if (is_bad && *test_text(result, "fault"))
        run->has_fault = true;
    if (is_bad && run->options->fails_fast)
        run->has_ended = true;
}

enum chandra_status
test_result_add(struct test_run *run, struct chandra_value *result, int64_t start_ns,
                struct chandra_error *err)
{
    const double ms = (double)(test_now_ns() - start_ns) / 1e6;

    if (!chandra_value_set(result, "durationMs", chandra_value_new_double(run->doc, ms)) ||
        !chandra_value_append(run->results, result))
        return no_memory(err);
    count_result(run, result);
    test_report_one(run, result);
    return CHANDRA_OK;
}

/* Take over what the case's process says, but for its counts of lines. */
static bool
take(struct test_run *run, struct chandra_value *result, const struct chandra_value *answer)
{
    for (size_t i = 0; i < chandra_value_count(answer); i++) {
        const char *name = chandra_value_key(answer, i);
        const struct chandra_value *value = chandra_value_at(answer, i);

        if (strcmp(name, "coverage") == 0)
            coverage_merge(&run->coverage, value);
        else if (!chandra_value_set(result, name, chandra_value_copy(run->doc, value)))
            return false;
    }
    return true;
}

static enum chandra_status
run_case(struct test_run *run, const struct test_case *one, int64_t repeat,
         struct chandra_error *err)
{
    const int64_t start_ns = test_now_ns();
    struct chandra_value *result = test_result_new(run, one, repeat);
    struct chandra_doc *doc = NULL;
    enum chandra_status st;

    if (!result)
        return no_memory(err);
    st = spec_run(run->runner, one->file->path, one->index, &doc, err);
    if (st == CHANDRA_OK && !take(run, result, chandra_doc_root(doc, 0)))
        st = no_memory(err);
    chandra_doc_free(doc);
    return st == CHANDRA_OK ? test_result_add(run, result, start_ns, err) : st;
}

static enum chandra_status
run_unit(struct test_run *run, const struct test_unit *unit, int64_t repeat,
         struct chandra_error *err)
{
    const struct test_case *first = &run->cases[unit->first];

    if (first->file->kind == FOUND_RECORD)
        return test_record_run(run, unit, repeat, err);
    return run_case(run, first, repeat, err);
}

enum chandra_status
test_run_all(struct test_run *run, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    run->start_ns = test_now_ns();
    for (int64_t repeat = 0; repeat < run->options->count; repeat++)
        for (size_t i = 0; st == CHANDRA_OK && !run->has_ended && i < run->unit_count; i++)
            st = run_unit(run, &run->units[i], repeat, err);
    return st;
}
