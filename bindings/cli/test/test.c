/* test.c - `chandra test`: run the specs of policies, and records, and say which lines they reach.
 */
#include "test/test.h"

#include <chandra/sys/base.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define OFFSET(member) .offset = offsetof(struct test_options, member)

static const struct cli_flag flags[] = {
    {.name = "filter",
     .type = CLI_LIST,
     OFFSET(filters),
     .placeholder = "TEXT",
     .help = "Run the cases whose name holds TEXT; may be repeated"},
    {.name = "tags",
     .type = CLI_LIST,
     OFFSET(tags),
     .placeholder = "TAGS",
     .help = "Run the cases with one of these tags (a,b): words of a name that begin with #"},
    {.name = "exclude-tags",
     .type = CLI_LIST,
     OFFSET(excluded_tags),
     .placeholder = "TAGS",
     .help = "Leave out the cases with one of these tags"},
    {.name = "list", .type = CLI_SWITCH, OFFSET(is_list), .help = "List the cases and run none"},
    {.name = "policy",
     .letter = 'p',
     .type = CLI_LIST,
     OFFSET(policies),
     .placeholder = "FILE",
     .help = "Decide records by this policy; several form a chain (default the built-in one)"},
    {.name = "shuffle",
     .type = CLI_SWITCH,
     OFFSET(is_shuffled),
     .help = "Run in an order by chance; its seed is told"},
    {.name = "seed",
     .type = CLI_COUNT,
     OFFSET(seed),
     .placeholder = "N",
     .help = "Shuffle by this seed (default by chance)"},
    {.name = "count",
     .type = CLI_COUNT,
     OFFSET(count),
     .placeholder = "N",
     .preset = "1",
     .least = 1,
     .help = "Run everything N times (default 1)"},
    {.name = "fail-fast",
     .type = CLI_SWITCH,
     OFFSET(fails_fast),
     .help = "End with the first case that fails"},
    {.name = "fail-on-skip",
     .type = CLI_SWITCH,
     OFFSET(fails_on_skip),
     .help = "Take a case that is skipped for a failure"},
    {.name = "timeout",
     .type = CLI_DURATION,
     OFFSET(timeout_ms),
     .placeholder = "DURATION",
     .preset = "10s",
     .help = "Time of a case (default 10s)"},
    {.name = "coverage",
     .type = CLI_SWITCH,
     OFFSET(has_coverage),
     .help = "Tell which lines of the policies were executed"},
    {.name = "threshold",
     .type = CLI_NUMBER,
     OFFSET(threshold),
     .placeholder = "PERCENT",
     .help = "With --coverage, fail below so many percent of the lines"},
    {.name = "lcov",
     .type = CLI_STRING,
     OFFSET(lcov),
     .placeholder = "FILE",
     .help = "With --coverage, write an LCOV tracefile too"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_OUTPUT,
     .placeholder = "FORMAT",
     .choices = "text|tap|junit|json",
     .help = "Print as text, tap, junit (XML) or json (default text)"},
    {0},
};

static int
list_as_json(struct test_run *run)
{
    struct chandra_doc *doc = run->doc;
    struct chandra_value *root = chandra_value_new_object(doc);
    struct chandra_value *list = chandra_value_new_array(doc);
    bool is_fine = root && list;
    struct chandra_error err;

    for (size_t i = 0; is_fine && i < run->unit_count; i++)
        for (size_t j = 0; is_fine && j < run->units[i].count; j++)
            is_fine = chandra_value_append(
                list, test_result_new(run, &run->cases[run->units[i].first + j], 0));
    if (!is_fine || !chandra_value_set(root, "cases", list))
        return cli_failf(run->cli, NULL, CHANDRA_ENOMEM, "out of memory");
    if (cli_print(run->cli, root, &err) != CHANDRA_OK)
        return cli_fail(run->cli, NULL, &err);
    return run->has_invalid ? CLI_INVALID : CLI_YES;
}

static int
list_cases(struct test_run *run)
{
    if (run->cli->output == CLI_JSON)
        return list_as_json(run);
    for (size_t i = 0; i < run->unit_count; i++)
        for (size_t j = 0; j < run->units[i].count; j++) {
            const struct test_case *one = &run->cases[run->units[i].first + j];

            printf("%s:%u: %s\n", one->file->path, one->line, one->name);
        }
    return run->has_invalid ? CLI_INVALID : CLI_YES;
}

/* What coverage has to say at the end; whether it is enough. */
static enum chandra_status
finish_coverage(struct test_run *run, bool *out_enough, struct chandra_error *err)
{
    const struct test_options *options = run->options;
    enum chandra_status st;

    *out_enough = true;
    if (!options->has_coverage)
        return CHANDRA_OK;
    st = coverage_finish(&run->coverage, err);
    if (st == CHANDRA_OK && options->lcov)
        st = coverage_write_lcov(&run->coverage, options->lcov, err);
    if (st == CHANDRA_OK)
        *out_enough = coverage_percent(&run->coverage) >= options->threshold;
    return st;
}

static int
run_and_report(struct test_run *run)
{
    struct chandra_error err;
    bool is_enough = true;
    enum chandra_status st = test_run_all(run, &err);

    if (st == CHANDRA_OK)
        st = finish_coverage(run, &is_enough, &err);
    if (st == CHANDRA_OK)
        st = test_report(run, &err);
    if (st != CHANDRA_OK)
        return cli_fail(run->cli, NULL, &err);
    if (!is_enough)
        cli_complain("%.1f%% of the lines were executed, want %.1f%%",
                     coverage_percent(&run->coverage), run->options->threshold);
    if (run->has_fault)
        return CLI_FAULT;
    if (run->has_invalid)
        return CLI_INVALID;
    return run->failed + run->errors > 0 || !is_enough ||
                   (run->options->fails_on_skip && run->skipped > 0)
               ? CLI_NO
               : CLI_YES;
}

static int
run_tests(struct test_run *run)
{
    struct chandra_error err;

    if (run->options->threshold < 0 || run->options->threshold > 100)
        return cli_failf(run->cli, NULL, CHANDRA_EINVAL,
                         "--threshold: want a number from 0 to 100, got %g",
                         run->options->threshold);
    if (!run->options->has_coverage && (run->options->threshold > 0 || run->options->lcov))
        return cli_failf(run->cli, NULL, CHANDRA_EINVAL, "--%s goes with --coverage",
                         run->options->lcov ? "lcov" : "threshold");
    if (chandra_doc_new(&run->doc, &err) != CHANDRA_OK)
        return cli_fail(run->cli, NULL, &err);
    run->results = chandra_value_new_array(run->doc);
    if (!run->results)
        return cli_failf(run->cli, NULL, CHANDRA_ENOMEM, "out of memory");
    if (test_plan(run, &err) != CHANDRA_OK)
        return cli_fail(run->cli, NULL, &err);
    return run->options->is_list ? list_cases(run) : run_and_report(run);
}

static int
run(struct cli *cli)
{
    struct test_run run = {.cli = cli, .options = cli->options};
    const int code = run_tests(&run);

    spec_runner_free(run.runner);
    found_clear(&run.found);
    coverage_clear(&run.coverage);
    chandra_free(run.cases);
    chandra_free(run.units);
    chandra_doc_free(run.doc);
    return code;
}

const struct cli_command cmd_test = {
    .name = "test",
    .operands = "[PATH...]",
    .summary = "Run the specs of policies, and records; tell what fails and why.",
    .details = "Below each PATH (default: here) specs end in _spec.lua and records in .jsonl or "
               ".jsonl.gz. "
               "Specs are written for busted, with chandra.testing; each case is run in a state of "
               "its own, "
               "where io, os, load and debug are missing.\n"
               "Every hook of a policy is asked twice, in two VMs: another answer is an error. A "
               "case that "
               "asserts nothing fails, and so does one that takes longer than its time.",
    .options_size = sizeof(struct test_options),
    .flags = flags,
    .max_operands = SIZE_MAX,
    .run = run,
};
