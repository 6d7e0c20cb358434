/* simulate.c - `chandra simulate`: runs manifests on a cluster in memory. */
#include "cli.h"
#include "problems.h"
#include "scheduler/scheduler.h"
#include "simulate/drive.h"
#include "simulate/manifest.h"
#include "simulate/result.h"
#include "simulate/shadows.h"

#include <chandra/engine.h>
#include <chandra/record.h>
#include <chandra/sim.h>
#include <string.h>

enum { DEFAULT_NODES = 3 };

struct options {
    struct cli_list policies;
    const char *config;
    struct cli_list shadow;
    const char *driver_config;
    const char *record;
    int64_t nodes;
};

static const struct cli_flag flags[] = {
    CLI_POLICY_FLAG(options),
    {.name = "config",
     .type = CLI_STRING,
     .offset = offsetof(struct options, config),
     .placeholder = "FILE",
     .help = "Decide by the policies that this file gives to each pod, see chandra config"},
    {.name = "shadow",
     .type = CLI_LIST,
     .offset = offsetof(struct options, shadow),
     .placeholder = "FILE",
     .help = "Let this policy decide too, without any effect, and show where it disagrees; several "
             "form a chain"},
    {.name = "driver-config",
     .type = CLI_STRING,
     .offset = offsetof(struct options, driver_config),
     .placeholder = "FILE",
     .help = "Read how drivers behave: the DRA test driver's resource config, one object or a "
             "list of them (default: devices without limit, reachable from every node)"},
    {.name = "nodes",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, nodes),
     .placeholder = "N",
     .most = 100000,
     .help = "Add N plain nodes (default: 3 when the manifests hold none)"},
    {.name = "record",
     .type = CLI_STRING,
     .offset = offsetof(struct options, record),
     .placeholder = "FILE",
     .help = "Write a decision record for chandra replay (.jsonl, .jsonl.gz or .yaml)"},
    CLI_OUTPUT_FLAG,
    {0},
};

/* Everything that a simulation owns. */
struct simulation {
    struct cli *cli;
    const struct options *options;
    struct problems problems;
    struct manifests manifests;
    struct chandra_sim *sim;
    struct chandra_policy *policy;
    struct chandra_policy *shadow; /* or NULL */
    struct shadows shadows;
    struct chandra_recorder *recorder;
    struct scheduler *scheduler;
    struct drive drive;
};

/* The file that an error is about, for the error object; NULL for none. */
static int
fail(const struct simulation *simulation, const char *path, const struct chandra_error *err)
{
    return cli_fail(simulation->cli, path, err);
}

static int
load_drivers(struct simulation *simulation)
{
    const char *path = simulation->options->driver_config;
    struct chandra_doc *doc;
    struct chandra_error err;
    enum chandra_status st;

    if (path) {
        st = cli_read_doc(path, &doc, &err);
        if (st != CHANDRA_OK)
            return fail(simulation, path, &err);
        if (chandra_doc_count(doc) == 0)
            st = chandra_error_set(&err, CHANDRA_EINVAL, "%s: holds no driver", path);
        for (size_t i = 0; st == CHANDRA_OK && i < chandra_doc_count(doc); i++)
            st = chandra_sim_add_drivers(simulation->sim, chandra_doc_root(doc, i), &err);
        chandra_doc_free(doc);
        if (st != CHANDRA_OK)
            return fail(simulation, path, &err);
    }
    st = chandra_sim_add_default_drivers(simulation->sim, &err);
    return st == CHANDRA_OK ? CLI_YES : fail(simulation, NULL, &err);
}

static int
load_nodes(struct simulation *simulation)
{
    int64_t count = simulation->options->nodes;
    struct chandra_error err;

    if (count == 0 && simulation->manifests.node_count == 0) {
        count = DEFAULT_NODES;
        cli_note("the manifests hold no Node: added %d plain ones, see --nodes", DEFAULT_NODES);
    }
    if (manifests_add_nodes(&simulation->manifests, count, &err) != CHANDRA_OK)
        return fail(simulation, NULL, &err);
    return CLI_YES;
}

/* Without any object there is nothing to run; what was wrong with them has been told. */
static int
say_nothing_loaded(struct simulation *simulation)
{
    const struct problem *problem = problems_worst(&simulation->problems);
    struct chandra_error err;

    if (problem)
        return cli_fail_silently(simulation->cli, CLI_INVALID, problem->path, &problem->err);
    chandra_error_set(&err, CHANDRA_EINVAL, "the files hold no objects to simulate");
    return fail(simulation, NULL, &err);
}

static int
load(struct simulation *simulation)
{
    const struct cli *cli = simulation->cli;
    struct chandra_error err;
    int code;

    for (size_t i = 0; i < cli->operand_count; i++)
        if (manifests_load(&simulation->manifests, cli->operands[i], &err) != CHANDRA_OK)
            return fail(simulation, cli->operands[i], &err);
    manifests_tell(&simulation->manifests);
    if (simulation->manifests.loaded_count == 0)
        return say_nothing_loaded(simulation);
    code = load_nodes(simulation);
    return code == CLI_YES ? load_drivers(simulation) : code;
}

static int
open_record(struct simulation *simulation, struct chandra_engine_options *options)
{
    const struct chandra_policy_info *info = chandra_policy_info_at(simulation->policy, 0);
    const char *path = simulation->options->record;
    const struct chandra_recorder_options recorder = {.size = sizeof(recorder),
                                                      .name = "simulate",
                                                      .policy = info ? info->name : NULL,
                                                      .seed = options->seed};
    struct chandra_error err;

    if (!path)
        return CLI_YES;
    if (chandra_recorder_open(path, &recorder, &simulation->recorder, &err) != CHANDRA_OK)
        return fail(simulation, path, &err);
    options->observer = chandra_recorder_observer(simulation->recorder);
    return CLI_YES;
}

static void
on_outcome(void *user, struct queued_pod *pod)
{
    struct simulation *simulation = user;

    shadows_add(&simulation->shadows, pod);
}

static int
start(struct simulation *simulation)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_error err;
    struct chandra_engine *engine;
    int code = open_record(simulation, &options);

    if (code != CLI_YES)
        return code;
    options.logger = cli_logger();
    if (scheduler_new(chandra_sim_transport(simulation->sim), &options, NULL,
                      &simulation->scheduler, &err) != CHANDRA_OK)
        return fail(simulation, NULL, &err);
    engine = scheduler_engine(simulation->scheduler);
    chandra_engine_set_policy(engine, simulation->policy);
    if (simulation->shadow) {
        scheduler_set_shadow(simulation->scheduler, simulation->shadow);
        scheduler_set_listener(simulation->scheduler, on_outcome, simulation);
    }
    if (chandra_engine_start(engine, &err) != CHANDRA_OK)
        return fail(simulation, NULL, &err);
    return CLI_YES;
}

static int
drive(struct simulation *simulation)
{
    struct chandra_error err;

    simulation->drive = (struct drive){.sim = simulation->sim,
                                       .scheduler = simulation->scheduler,
                                       .problems = &simulation->problems};
    if (drive_run(&simulation->drive, &err) != CHANDRA_OK)
        return fail(simulation, NULL, &err);
    if (simulation->drive.gave_up.status != CHANDRA_OK)
        cli_complain("%s", simulation->drive.gave_up.message);
    return CLI_YES;
}

/* The worst that happened decides: *out_error is it, NULL for a plain yes or no. */
static int
verdict(const struct simulation *simulation, bool all_placed, const char **out_path,
        const struct chandra_error **out_error)
{
    const struct problem *problem = problems_worst(&simulation->problems);
    const struct chandra_error *gave_up = &simulation->drive.gave_up;

    *out_path = problem ? problem->path : NULL;
    *out_error = problem ? &problem->err : NULL;
    if (problem)
        return cli_exit_code(problem->err.status) == CLI_FAULT ? CLI_FAULT : CLI_INVALID;
    if (gave_up->status != CHANDRA_OK) {
        *out_error = gave_up;
        return CLI_GAVE_UP;
    }
    return all_placed ? CLI_YES : CLI_NO;
}

static enum chandra_status
print_result(struct simulation *simulation, struct chandra_doc *doc, int *out_code,
             struct chandra_error *err)
{
    struct chandra_value *result;
    struct chandra_value *error, *shadow = NULL;
    const struct chandra_error *worst;
    const char *path;
    bool all_placed;
    enum chandra_status st =
        result_build(&simulation->drive, &simulation->manifests, doc, &result, &all_placed, err);

    if (st != CHANDRA_OK)
        return st;
    *out_code = verdict(simulation, all_placed, &path, &worst);
    error = worst ? cli_error_value(doc, *out_code, path, worst) : chandra_value_new_null(doc);
    if (!chandra_value_set(result, "error", error))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    if (simulation->shadow) {
        shadow = shadows_value(&simulation->shadows, simulation->shadow, doc);
        if (!chandra_value_set(result, "shadow", shadow))
            return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    if (simulation->cli->output != CLI_TABLE)
        return cli_print(simulation->cli, result, err);
    st = result_show(result, err);
    return st == CHANDRA_OK && shadow ? shadows_show(shadow, err) : st;
}

static int
report(struct simulation *simulation)
{
    struct chandra_doc *doc;
    struct chandra_error err;
    int code = CLI_YES;
    enum chandra_status st = chandra_doc_new(&doc, &err);

    if (st == CHANDRA_OK) {
        st = print_result(simulation, doc, &code, &err);
        chandra_doc_free(doc);
    }
    if (st != CHANDRA_OK)
        return fail(simulation, NULL, &err);
    simulation->cli->is_reported = true; /* the one object is out */
    return code;
}

static int
load_policy(struct simulation *simulation)
{
    const struct options *options = simulation->options;
    struct chandra_error err;
    enum chandra_status st;

    if (options->config && options->policies.count > 0)
        return cli_failf(simulation->cli, NULL, CHANDRA_EINVAL,
                         "--policy and --config both say what decides: want one of them");
    st = options->config ? cli_load_config(options->config, &simulation->policy, &err)
                         : cli_load_policy(&options->policies, &simulation->policy, &err);
    if (st != CHANDRA_OK)
        return fail(simulation, options->config, &err);
    if (options->shadow.count > 0)
        st = cli_load_policy(&options->shadow, &simulation->shadow, &err);
    return st == CHANDRA_OK ? CLI_YES : fail(simulation, NULL, &err);
}

static int
simulate(struct simulation *simulation)
{
    struct chandra_error err;
    int code;

    /* The policy first: without it there is no need to read anything else. */
    code = load_policy(simulation);
    if (code != CLI_YES)
        return code;
    if (chandra_sim_new(NULL, &simulation->sim, &err) != CHANDRA_OK)
        return fail(simulation, NULL, &err);
    simulation->manifests.sim = simulation->sim;
    simulation->manifests.problems = &simulation->problems;
    code = load(simulation);
    if (code == CLI_YES)
        code = start(simulation);
    if (code == CLI_YES)
        code = drive(simulation);
    return code == CLI_YES ? report(simulation) : code;
}

static int
run(struct cli *cli)
{
    struct simulation simulation = {.cli = cli, .options = cli->options};
    struct chandra_error err;
    int code = simulate(&simulation);

    scheduler_free(simulation.scheduler);
    if (chandra_recorder_close(simulation.recorder, &err) != CHANDRA_OK)
        code = fail(&simulation, simulation.options->record, &err);
    chandra_policy_unref(simulation.policy);
    chandra_policy_unref(simulation.shadow);
    shadows_clear(&simulation.shadows);
    manifests_clear(&simulation.manifests);
    problems_clear(&simulation.problems);
    chandra_sim_free(simulation.sim);
    return code;
}

const struct cli_command cmd_simulate = {
    .name = "simulate",
    .operands = "FILE...",
    .summary = "Run manifests on a cluster in memory and show where pods go.",
    .details =
        "Files are taken as kubectl apply takes them: several documents, lists, directories, and "
        "- for standard input. The cluster adds what a real one would: claims from templates, "
        "statuses, defaults; a driver is simulated for every driver name that the classes use. "
        "Kinds that claims do not depend on are skipped with a note.\n"
        "All pods are scheduled, whatever their schedulerName, by claims and by the rules for "
        "nodes "
        "of chandra schedule; a node that does not tell what is allocatable is not limited by it. "
        "Time is virtual, and equal input gives equal output.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
