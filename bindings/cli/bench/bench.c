/* bench.c - `chandra bench cycle`: how long PreFilter and Filter over all nodes take. */
#include "bench/bench_world.h"
#include "cli.h"

#include <chandra/cycle.h>
#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCHES = 15, BATCH_NS = 20 * 1000 * 1000 };

struct options {
    struct cli_list policies;
    int64_t nodes;
    int64_t claims;
    const char *which;
};

static const struct cli_flag flags[] = {
    {.name = "nodes",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, nodes),
     .placeholder = "N",
     .preset = "1000",
     .least = 1,
     .most = 1000000,
     .help = "Number of nodes (default 1000)"},
    {.name = "claims",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, claims),
     .placeholder = "C",
     .preset = "1",
     .least = 1,
     .most = 1000,
     .help = "Number of claims of the pod (default 1)"},
    {.name = "case",
     .type = CLI_CHOICE,
     .offset = offsetof(struct options, which),
     .placeholder = "CASE",
     .choices = "pending|allocated",
     .help = "pending: delayed claims and a driver's answer naming 100 unsuitable nodes for each; "
             "allocated: each claim available on half of the nodes (default pending)"},
    {.name = "policy",
     .letter = 'p',
     .type = CLI_LIST,
     .offset = offsetof(struct options, policies),
     .placeholder = "FILE",
     .help = "Decide by this policy; several form a chain (default: the built-in default.lua)"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_OUTPUT,
     .placeholder = "FORMAT",
     .choices = "table|json|yaml",
     .help = "Print as table, json or yaml (default table)"},
    {0},
};

struct bench {
    const struct cli *cli;
    int64_t nodes;
    int64_t claims;
    bool is_allocated;
    struct bench_world world;
    void *feasible; /* memory of a node set */
    uint32_t found; /* feasible nodes of the last cycle */
    char policy[512];
    int64_t ns_per_cycle; /* median over the batches */
    int64_t cycles;       /* measured in all */
};

static int64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The point that a cycle failed at, as an error. */
static enum chandra_status
check(const struct chandra_answer *answer, struct chandra_error *err)
{
    if (answer->code == CHANDRA_CODE_SUCCESS)
        return CHANDRA_OK;
    return chandra_error_set(err, answer->status != CHANDRA_OK ? answer->status : CHANDRA_EINVAL,
                             "%s", answer->reason);
}

static enum chandra_status
run_cycle(struct bench *bench, struct chandra_error *err)
{
    struct chandra_nodeset *feasible;
    struct chandra_answer answer;
    struct chandra_cycle *cycle;
    enum chandra_status st =
        chandra_cycle_new(bench->world.engine, chandra_object_pod(bench->world.pod), &cycle, err);

    if (st != CHANDRA_OK)
        return st;
    feasible = chandra_nodeset_init(bench->feasible, chandra_cycle_capacity(cycle));
    chandra_cycle_pre_filter(cycle, &answer);
    st = check(&answer, err);
    if (st == CHANDRA_OK) {
        chandra_cycle_filter_all(cycle, NULL, feasible, &answer);
        st = check(&answer, err);
    }
    bench->found = chandra_nodeset_count(feasible);
    chandra_cycle_policy_text(cycle, bench->policy, sizeof(bench->policy));
    chandra_cycle_free(cycle);
    return st;
}

static enum chandra_status
run_batch(struct bench *bench, int64_t count, int64_t *out_ns, struct chandra_error *err)
{
    const int64_t start = now_ns();

    for (int64_t i = 0; i < count; i++) {
        const enum chandra_status st = run_cycle(bench, err);
        if (st != CHANDRA_OK)
            return st;
    }
    *out_ns = now_ns() - start;
    return CHANDRA_OK;
}

static int
compare(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* Batches of equal size, long enough for the clock; the first, which also warms up, finds the size.
 */
static enum chandra_status
measure(struct bench *bench, struct chandra_error *err)
{
    int64_t times[BATCHES];
    int64_t count = 1;
    int64_t ns = 0;
    enum chandra_status st = run_batch(bench, count, &ns, err);

    while (st == CHANDRA_OK && ns < BATCH_NS) {
        count *= 2;
        st = run_batch(bench, count, &ns, err);
    }
    for (size_t i = 0; st == CHANDRA_OK && i < BATCHES; i++) {
        st = run_batch(bench, count, &times[i], err);
        bench->cycles += count;
    }
    if (st != CHANDRA_OK)
        return st;
    qsort(times, BATCHES, sizeof(times[0]), compare);
    bench->ns_per_cycle = times[BATCHES / 2] / count;
    return CHANDRA_OK;
}

static enum chandra_status
print_object(const struct bench *bench, struct chandra_error *err)
{
    const double pairs = (double)(bench->nodes * bench->claims);
    struct chandra_doc *doc;
    struct chandra_value *root;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    root = chandra_value_new_object(doc);
    if (root &&
        chandra_value_set(
            root, "case",
            chandra_value_new_string(doc, bench->is_allocated ? "allocated" : "pending")) &&
        chandra_value_set(root, "nodes", chandra_value_new_int64(doc, bench->nodes)) &&
        chandra_value_set(root, "claims", chandra_value_new_int64(doc, bench->claims)) &&
        chandra_value_set(root, "feasible", chandra_value_new_int64(doc, bench->found)) &&
        chandra_value_set(root, "policy", chandra_value_new_string(doc, bench->policy)) &&
        chandra_value_set(root, "ns_per_cycle",
                          chandra_value_new_int64(doc, bench->ns_per_cycle)) &&
        chandra_value_set(root, "ns_per_node_claim",
                          chandra_value_new_double(doc, (double)bench->ns_per_cycle / pairs)) &&
        chandra_value_set(root, "cycles", chandra_value_new_int64(doc, bench->cycles)))
        st = cli_print(bench->cli, root, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    chandra_doc_free(doc);
    return st;
}

static void
print_text(const struct bench *bench)
{
    printf("%s: %lld node%s, %lld claim%s, %u feasible\n",
           bench->is_allocated ? "allocated" : "pending", (long long)bench->nodes,
           bench->nodes == 1 ? "" : "s", (long long)bench->claims, bench->claims == 1 ? "" : "s",
           bench->found);
    printf("%12lld ns per cycle (PreFilter and Filter over all nodes; median of %d batches)\n",
           (long long)bench->ns_per_cycle, BATCHES);
    printf("%12.3f ns per node and claim\n",
           (double)bench->ns_per_cycle / (double)(bench->nodes * bench->claims));
    printf("%12lld cycles measured\n", (long long)bench->cycles);
    cli_print_policy(bench->policy);
}

static enum chandra_status
run_all(struct bench *bench, struct chandra_policy *policy, struct chandra_error *err)
{
    enum chandra_status st = bench_world_init(&bench->world, bench->nodes, bench->claims,
                                              bench->is_allocated, policy, err);
    struct chandra_cycle *cycle;

    if (st == CHANDRA_OK)
        st = chandra_cycle_new(bench->world.engine, chandra_object_pod(bench->world.pod), &cycle,
                               err);
    if (st != CHANDRA_OK)
        return st;
    bench->feasible = chandra_realloc(NULL, chandra_nodeset_bytes(chandra_cycle_capacity(cycle)));
    chandra_cycle_free(cycle);
    if (!bench->feasible)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    st = measure(bench, err);
    if (st == CHANDRA_OK && bench->cli->output != CLI_TABLE)
        return print_object(bench, err);
    if (st == CHANDRA_OK)
        print_text(bench);
    return st;
}

static int
run(struct cli *cli)
{
    const struct options *options = cli->options;
    struct bench bench = {
        .cli = cli,
        .nodes = options->nodes,
        .claims = options->claims,
        .is_allocated = options->which && strcmp(options->which, "allocated") == 0,
    };
    struct chandra_policy *policy;
    struct chandra_error err;
    enum chandra_status st;

    if (strcmp(cli->operands[0], "cycle") != 0)
        return cli_failf(cli, NULL, CHANDRA_EINVAL, "unknown benchmark \"%s\", want cycle",
                         cli->operands[0]);
    st = cli_load_policy(&options->policies, &policy, &err);
    if (st != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    st = run_all(&bench, policy, &err);
    bench_world_clear(&bench.world);
    chandra_free(bench.feasible);
    chandra_policy_unref(policy);
    return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, NULL, &err);
}

const struct cli_command cmd_bench = {
    .name = "bench",
    .operands = "cycle",
    .summary = "Measure how long a scheduling cycle takes.",
    .details =
        "cycle: one PreFilter and one Filter over all nodes for a pod with C claims, through "
        "the policy, on a cluster of N nodes whose cache is filled.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
