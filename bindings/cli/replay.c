/* replay.c - `chandra replay`: run the cases of decision records again and compare the answers. */
#include "cli.h"
#include "difference.h"

#include <chandra/record.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <chandra/sys/transport.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

struct options {
    struct cli_list policies;
    bool strict_reasons;
    enum cli_output output;
};

static const struct cli_flag flags[] = {
    {.name = "policy",
     .letter = 'p',
     .type = CLI_LIST,
     .offset = offsetof(struct options, policies),
     .placeholder = "FILE",
     .help = "Decide by this policy; several form a chain (default the built-in one)"},
    {.name = "strict-reasons",
     .type = CLI_SWITCH,
     .offset = offsetof(struct options, strict_reasons),
     .help = "Compare the reasons for people too"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_OUTPUT,
     .offset = offsetof(struct options, output),
     .placeholder = "FORMAT",
     .choices = "table|json|yaml",
     .help = "Print as table (a line for each field that differs), json or yaml (default table)"},
    {0},
};

/* A replay of all files. */
struct replay {
    bool is_table;
    bool strict_reasons;
    struct chandra_policy *policy;
    struct chandra_doc *doc;
    struct chandra_value *failures;
    bool is_out_of_memory;
};

static enum chandra_status
open_world(void *user, uint64_t seed, struct chandra_replay_world *out_world,
           struct chandra_error *err)
{
    const struct replay *replay = user;
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed};
    struct chandra_sim *sim = NULL;
    const enum chandra_status st = chandra_sim_new(&options, &sim, err);

    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){.transport = chandra_sim_transport(sim),
                                                   .stage = chandra_sim_stage(sim),
                                                   .policy = replay->policy,
                                                   .user = sim};
    return st;
}

static void
close_world(void *user, struct chandra_replay_world *world)
{
    (void)user;
    chandra_sim_free(world->user);
}

/* One line for each field, or, without memory for that, one with both answers. */
static void
print_failure(const struct replay *replay, const struct chandra_replay_failure *failure)
{
    char place[2048];
    struct chandra_error ignored;

    snprintf(place, sizeof(place), "%s:%u: %s: %s", failure->file, failure->line,
             failure->case_name, failure->step);
    if (difference_print(place, failure->want, failure->got, replay->strict_reasons, &ignored) !=
        CHANDRA_OK)
        printf("%s: want %s, got %s\n", place, failure->want, failure->got);
}

static void
on_failure(void *user, const struct chandra_replay_failure *failure)
{
    struct replay *replay = user;
    struct chandra_doc *doc = replay->doc;
    struct chandra_value *entry = chandra_value_new_object(doc);

    if (replay->is_table)
        print_failure(replay, failure);
    if (!entry || !chandra_value_set(entry, "file", chandra_value_new_string(doc, failure->file)) ||
        !chandra_value_set(entry, "line", chandra_value_new_int64(doc, failure->line)) ||
        !chandra_value_set(entry, "case", chandra_value_new_string(doc, failure->case_name)) ||
        !chandra_value_set(entry, "step", chandra_value_new_string(doc, failure->step)) ||
        !chandra_value_set(entry, "want", chandra_value_new_string(doc, failure->want)) ||
        !chandra_value_set(entry, "got", chandra_value_new_string(doc, failure->got)) ||
        !chandra_value_append(replay->failures, entry))
        replay->is_out_of_memory = true;
}

static enum chandra_status
print_result(const struct cli *cli, struct replay *replay,
             const struct chandra_replay_result *result, struct chandra_error *err)
{
    struct chandra_doc *doc = replay->doc;
    struct chandra_value *root = chandra_value_new_object(doc);

    if (replay->is_table) {
        printf("%zu passed, %zu failed\n", result->passed, result->failed);
        return CHANDRA_OK;
    }
    if (replay->is_out_of_memory || !root ||
        !chandra_value_set(root, "passed", chandra_value_new_int64(doc, (int64_t)result->passed)) ||
        !chandra_value_set(root, "failed", chandra_value_new_int64(doc, (int64_t)result->failed)) ||
        !chandra_value_set(root, "steps", chandra_value_new_int64(doc, (int64_t)result->steps)) ||
        !chandra_value_set(root, "failures", replay->failures))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return cli_print(cli, root, err);
}

/* Replay one file; text from standard input is JSON Lines. */
static enum chandra_status
replay_path(const char *path, const struct chandra_replay_options *options,
            struct chandra_replay_result *result, struct chandra_error *err)
{
    const size_t before = result->passed + result->failed;
    char *text = NULL;
    size_t len = 0;
    enum chandra_status st = cli_read(path, &text, &len, err);

    if (st == CHANDRA_OK)
        st = chandra_replay_text(text, len, path, options, result, err);
    chandra_free(text);
    /* Nothing passed: an empty file must not look like a good one. */
    if (st == CHANDRA_OK && result->passed + result->failed == before)
        st = chandra_error_set(err, CHANDRA_EINVAL, "%s: holds no case", path);
    return st;
}

static int
replay_all(struct cli *cli, struct replay *replay)
{
    const struct options *flag = cli->options;
    const struct chandra_replay_options options = {.size = sizeof(options),
                                                   .strict_reasons = flag->strict_reasons,
                                                   .user = replay,
                                                   .open_world = open_world,
                                                   .close_world = close_world,
                                                   .on_failure = on_failure};
    struct chandra_replay_result result = {0};
    struct chandra_error err;
    int code = CLI_YES;

    for (size_t i = 0; i < cli->operand_count; i++)
        if (replay_path(cli->operands[i], &options, &result, &err) != CHANDRA_OK)
            code = cli_fail(cli, cli->operands[i], &err);
    if (cli->is_reported && !replay->is_table)
        return code;
    if (print_result(cli, replay, &result, &err) != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    return code == CLI_YES && result.failed > 0 ? CLI_NO : code;
}

static int
run(struct cli *cli)
{
    const struct options *flag = cli->options;
    struct replay replay = {.is_table = cli->output == CLI_TABLE,
                            .strict_reasons = flag->strict_reasons};
    struct chandra_error err;
    int code;

    if (cli_load_policy(&flag->policies, &replay.policy, &err) != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    if (chandra_doc_new(&replay.doc, &err) == CHANDRA_OK) {
        replay.failures = chandra_value_new_array(replay.doc);
        code = replay_all(cli, &replay);
    } else {
        code = cli_fail(cli, NULL, &err);
    }
    chandra_doc_free(replay.doc);
    chandra_policy_unref(replay.policy);
    return code;
}

const struct cli_command cmd_replay = {
    .name = "replay",
    .operands = "FILE...",
    .summary = "Run decision records again and compare what each call answers.",
    .details =
        "Files are JSON Lines, with \".gz\" at the end of the name gzipped, with \".yaml\" or "
        "\".yml\" "
        "YAML; \"-\" reads JSON Lines from standard input. Each case of a file is run on an "
        "embedded "
        "cluster of its own.\n"
        "Where a step answers otherwise than the record says, each field that differs is a line "
        "FILE:LINE: CASE: STEP: FIELD: want VALUE, got VALUE; at the end come the numbers of cases "
        "that passed and failed.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
