/* plan.c - from the paths of the command line to the list of what is run, and in which order. */
#include "test/test.h"

#include <chandra/sys/base.h>
#include <string.h>
#include <sys/random.h>

/* Whether one of the words, parted by commas, is the tag. */
static bool
names_tag(const char *words, const char *tag)
{
    const size_t len = strlen(tag);

    for (;;) {
        const size_t word = strcspn(words, ",");

        if (word == len && strncmp(words, tag, len) == 0)
            return true;
        if (!words[word])
            return false;
        words += word + 1;
    }
}

static bool
has_tag(const struct cli_list *wanted, const struct chandra_value *tags)
{
    for (size_t i = 0; i < wanted->count; i++)
        for (size_t j = 0; j < chandra_value_count(tags); j++)
            if (names_tag(wanted->items[i], chandra_value_string(chandra_value_at(tags, j))))
                return true;
    return false;
}

/* Whether the flags mean the case. */
static bool
is_meant(const struct test_options *options, const char *name, const struct chandra_value *tags)
{
    bool is_named = options->filters.count == 0;

    for (size_t i = 0; !is_named && i < options->filters.count; i++)
        is_named = strstr(name, options->filters.items[i]) != NULL;
    return is_named && (options->tags.count == 0 || has_tag(&options->tags, tags)) &&
           !has_tag(&options->excluded_tags, tags);
}

static bool
add_case(struct test_run *run, const struct found_file *file, size_t index, const char *name,
         unsigned line)
{
    struct test_case *cases =
        chandra_realloc(run->cases, (run->case_count + 1) * sizeof(*run->cases));
    const char *copy = chandra_value_string(chandra_value_new_string(run->doc, name));

    if (cases)
        run->cases = cases;
    if (!cases || !copy)
        return false;
    cases[run->case_count++] =
        (struct test_case){.file = file, .index = index, .name = copy, .line = line};
    return true;
}

static bool
add_unit(struct test_run *run, size_t first)
{
    struct test_unit *units;

    if (run->case_count == first)
        return true;
    units = chandra_realloc(run->units, (run->unit_count + 1) * sizeof(*units));
    if (!units)
        return false;
    run->units = units;
    units[run->unit_count++] = (struct test_unit){first, run->case_count - first};
    return true;
}

static enum chandra_status
plan_spec(struct test_run *run, const struct found_file *file, struct chandra_error *err)
{
    const struct test_options *options = run->options;
    const struct chandra_value *cases;
    struct chandra_doc *doc;
    enum chandra_status st = CHANDRA_OK;
    bool is_fine = true;

    if (!run->runner)
        st = spec_runner_new(options->timeout_ms, options->has_coverage, &run->runner, err);
    if (st == CHANDRA_OK)
        st = spec_list(run->runner, file->path, &doc, err);
    if (st != CHANDRA_OK)
        return st;
    cases = chandra_value_get(chandra_doc_root(doc, 0), "cases");
    for (size_t i = 0; is_fine && i < chandra_value_count(cases); i++) {
        const struct chandra_value *one = chandra_value_at(cases, i);
        const char *name = test_text(one, "name");
        const size_t first = run->case_count;

        if (is_meant(options, name, chandra_value_get(one, "tags")))
            is_fine = add_case(run, file, i, name, (unsigned)test_number(one, "line")) &&
                      add_unit(run, first);
    }
    if (is_fine && chandra_value_count(cases) == 0)
        st = chandra_error_set(err, CHANDRA_EINVAL, "%s: has no case", file->path);
    chandra_doc_free(doc);
    return is_fine ? st : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

struct record_plan {
    struct test_run *run;
    const struct found_file *file;
    size_t seen;
};

static bool
plan_case(void *user, const char *name, unsigned line)
{
    struct record_plan *plan = user;
    const size_t index = plan->seen++;

    return !is_meant(plan->run->options, name, NULL) ||
           add_case(plan->run, plan->file, index, name, line);
}

/* A file of JSON Lines that is met in a folder may be something else than a record. */
static enum chandra_status
plan_record(struct test_run *run, const struct found_file *file, struct chandra_error *err)
{
    struct record_plan plan = {run, file, 0};
    const size_t first = run->case_count;
    const enum chandra_status st = test_record_list(file->path, plan_case, &plan, err);

    if (st != CHANDRA_OK)
        run->case_count = first;
    if (plan.seen == 0 && !file->is_named && (st == CHANDRA_EINVAL || st == CHANDRA_EPARSE))
        return CHANDRA_OK;
    if (st == CHANDRA_OK && plan.seen == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: has no case", file->path);
    if (st == CHANDRA_OK && !add_unit(run, first))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return st;
}

static enum chandra_status
plan_file(struct test_run *run, const struct found_file *file, struct chandra_error *err)
{
    switch (file->kind) {
    case FOUND_SPEC:
        return plan_spec(run, file, err);
    case FOUND_RECORD:
        return plan_record(run, file, err);
    default:
        if (run->options->has_coverage)
            coverage_add(&run->coverage, file->path);
        return CHANDRA_OK;
    }
}

static uint64_t
next_random(uint64_t *state)
{
    uint64_t mixed;

    *state += 0x9E3779B97F4A7C15U; /* splitmix64 */
    mixed = (*state ^ *state >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return mixed ^ mixed >> 31;
}

static void
shuffle(struct test_run *run)
{
    uint64_t state = (uint64_t)run->seed;

    for (size_t i = run->unit_count; i > 1; i--) {
        const size_t j = (size_t)(next_random(&state) % i);
        const struct test_unit unit = run->units[i - 1];

        run->units[i - 1] = run->units[j];
        run->units[j] = unit;
    }
}

/* The seed that was given, or one by chance that can be given. */
static int64_t
choose_seed(const struct test_options *options)
{
    uint32_t seed = 0;

    if (options->seed > 0)
        return options->seed;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = (uint32_t)test_now_ns();
    return (int64_t)(seed % INT32_MAX) + 1;
}

/* A file that does not load is told at once, and is an error among the results, so that reports for
 * machines show it too. */
static enum chandra_status
note_invalid(struct test_run *run, const struct found_file *file, struct chandra_error *err)
{
    const struct test_case none = {.file = file, .name = "(the file does not load)", .line = 1};
    struct chandra_value *result = test_result_new(run, &none, 0);
    struct chandra_doc *doc = run->doc;

    cli_complain("%s", err->message);
    run->has_invalid = true;
    run->errors++;
    if (!result || !chandra_value_set(result, "status", chandra_value_new_string(doc, "error")) ||
        !chandra_value_set(result, "message", chandra_value_new_string(doc, err->message)) ||
        !chandra_value_append(run->results, result))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return CHANDRA_OK;
}

enum chandra_status
test_plan(struct test_run *run, struct chandra_error *err)
{
    static const char *const here[] = {"."};
    const char *const *paths = run->cli->operand_count > 0 ? run->cli->operands : here;
    const size_t count = run->cli->operand_count > 0 ? run->cli->operand_count : 1;
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < count; i++)
        st = found_add(&run->found, paths[i], err);
    for (size_t i = 0; st == CHANDRA_OK && i < run->found.count; i++) {
        st = plan_file(run, &run->found.files[i], err);
        if (st != CHANDRA_OK && st != CHANDRA_ENOMEM && st != CHANDRA_EUNSUPPORTED)
            st = note_invalid(run, &run->found.files[i], err);
    }
    if (st != CHANDRA_OK)
        return st;
    if (run->case_count == 0 && !run->has_invalid)
        return chandra_error_set(err, CHANDRA_EINVAL, "no case is meant by --filter and --tags");
    run->seed = choose_seed(run->options);
    if (run->options->is_shuffled)
        shuffle(run);
    return CHANDRA_OK;
}
