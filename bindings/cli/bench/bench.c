/* bench.c - `chandra bench`: what an attempt costs with a policy, and each of its hooks. */
#include "bench/hooks.h"
#include "bench/workload.h"
#include "cli.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCHES = 15, BATCH_NS = 20 * 1000 * 1000, TEXT_SIZE = 64, MAX_SUBJECTS = 2 };

struct options {
    struct workload_options workload;
};

static const struct cli_flag flags[] = {
    WORKLOAD_FLAGS,
    CLI_OUTPUT_FLAG,
    {0},
};

/* A policy that is measured. */
struct subject {
    struct chandra_policy *plain;
    struct chandra_policy *observed; /* the same, telling `hooks` */
    struct hooks hooks;
    int64_t attempts;       /* observed */
    uint32_t found;         /* feasible nodes */
    char policy_text[512];  /* identity */
    int64_t batch_size[2];  /* of cycles, of whole attempts */
    int64_t ns[2][BATCHES]; /* of one cycle, of one whole attempt */
};

struct bench {
    const struct cli *cli;
    struct workload workload;
    struct subject subjects[MAX_SUBJECTS]; /* the policy that was asked for; the default */
    size_t count;
};

static int64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static enum chandra_status
run_batch(struct workload *workload, bool is_whole, int64_t count, int64_t *out_ns,
          struct chandra_error *err)
{
    const int64_t start = now_ns();

    for (int64_t i = 0; i < count; i++) {
        const enum chandra_status st = workload_attempt(workload, is_whole, err);
        if (st != CHANDRA_OK)
            return st;
    }
    *out_ns = now_ns() - start;
    return CHANDRA_OK;
}

/* Batches long enough for the clock; the first ones, which also warm up, find the size. */
static enum chandra_status
find_size(struct workload *workload, struct subject *subject, bool is_whole,
          struct chandra_error *err)
{
    int64_t count = 1;
    int64_t ns = 0;
    enum chandra_status st = run_batch(workload, is_whole, count, &ns, err);

    while (st == CHANDRA_OK && ns < BATCH_NS) {
        count *= 2;
        st = run_batch(workload, is_whole, count, &ns, err);
    }
    subject->batch_size[is_whole] = count;
    return st;
}

/* Count what the hooks cost; the observer's own cost is not in the times of attempts. */
static enum chandra_status
observe(struct workload *workload, struct subject *subject, struct chandra_error *err)
{
    int64_t ns;

    workload_use(workload, subject->observed);
    subject->attempts = subject->batch_size[1];
    return run_batch(workload, true, subject->attempts, &ns, err);
}

static enum chandra_status
prepare(struct bench *bench, struct subject *subject, struct chandra_error *err)
{
    enum chandra_status st;

    workload_use(&bench->workload, subject->plain);
    st = find_size(&bench->workload, subject, false, err);
    subject->found = bench->workload.found;
    memcpy(subject->policy_text, bench->workload.policy_text, sizeof(subject->policy_text));
    if (st == CHANDRA_OK)
        st = find_size(&bench->workload, subject, true, err);
    return st == CHANDRA_OK ? observe(&bench->workload, subject, err) : st;
}

/* The subjects take turns, so that a ratio compares like with like on a busy machine. */
static enum chandra_status
measure(struct bench *bench, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < bench->count; i++)
        st = prepare(bench, &bench->subjects[i], err);
    for (size_t turn = 0; st == CHANDRA_OK && turn < BATCHES * bench->count * 2; turn++) {
        struct subject *subject = &bench->subjects[turn / 2 % bench->count];
        const bool is_whole = turn % 2;
        int64_t ns;

        workload_use(&bench->workload, subject->plain);
        st = run_batch(&bench->workload, is_whole, subject->batch_size[is_whole], &ns, err);
        if (st == CHANDRA_OK)
            subject->ns[is_whole][turn / 2 / bench->count] = ns / subject->batch_size[is_whole];
    }
    return st;
}

static int
compare(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static int64_t
median(const int64_t times[BATCHES])
{
    int64_t sorted[BATCHES];

    memcpy(sorted, times, sizeof(sorted));
    qsort(sorted, BATCHES, sizeof(sorted[0]), compare);
    return sorted[BATCHES / 2];
}

/* How many times as long as the default the policy takes: the median of the turns. */
static double
ratio_of(const struct bench *bench, bool is_whole)
{
    int64_t permille[BATCHES];

    for (size_t i = 0; i < BATCHES; i++) {
        const int64_t peer = bench->subjects[1].ns[is_whole][i];
        permille[i] = bench->subjects[0].ns[is_whole][i] * 1000 / (peer > 0 ? peer : 1);
    }
    return (double)median(permille) / 1000;
}

/* The nodes that a hook is asked about in one attempt: match about all of them for each claim,
 * release about none, the others about those that are left. */
static double
nodes_asked(const struct bench *bench, const struct subject *subject, const char *hook)
{
    if (strcmp(hook, "match") == 0)
        return (double)(bench->workload.nodes * bench->workload.claims);
    return strcmp(hook, "release") == 0 ? 0 : subject->found;
}

static struct chandra_value *
hook_value(const struct bench *bench, const struct subject *subject, const struct hook_cost *cost,
           struct chandra_doc *doc)
{
    const double calls = (double)cost->calls;
    const double asked = nodes_asked(bench, subject, cost->hook) * (double)subject->attempts;
    struct chandra_value *value = chandra_value_new_object(doc);

    if (!value ||
        !chandra_value_set(value, "policy", chandra_value_new_string(doc, cost->policy)) ||
        !chandra_value_set(value, "hook", chandra_value_new_string(doc, cost->hook)) ||
        !chandra_value_set(value, "calls_per_attempt",
                           chandra_value_new_double(doc, calls / (double)subject->attempts)) ||
        !chandra_value_set(value, "ns_per_call",
                           chandra_value_new_double(doc, (double)cost->ns / calls)) ||
        !chandra_value_set(value, "ns_per_node",
                           asked > 0 ? chandra_value_new_double(doc, (double)cost->ns / asked)
                                     : chandra_value_new_null(doc)) ||
        !chandra_value_set(value, "allocations_per_call",
                           chandra_value_new_double(doc, (double)cost->allocations / calls)) ||
        !chandra_value_set(value, "bytes_per_call",
                           chandra_value_new_double(doc, (double)cost->bytes / calls)))
        return NULL;
    return value;
}

static bool
set_subject(const struct bench *bench, const struct subject *subject, struct chandra_doc *doc,
            struct chandra_value *value)
{
    const double pairs = (double)(bench->workload.nodes * bench->workload.claims);
    const int64_t ns = median(subject->ns[0]);
    struct chandra_value *hooks = chandra_value_new_array(doc);

    for (size_t i = 0; hooks && i < subject->hooks.count; i++)
        if (!chandra_value_append(hooks, hook_value(bench, subject, &subject->hooks.costs[i], doc)))
            return false;
    return value &&
           chandra_value_set(value, "policy",
                             chandra_value_new_string(doc, subject->policy_text)) &&
           chandra_value_set(value, "feasible", chandra_value_new_int64(doc, subject->found)) &&
           chandra_value_set(value, "ns_per_cycle", chandra_value_new_int64(doc, ns)) &&
           chandra_value_set(value, "ns_per_node_claim",
                             chandra_value_new_double(doc, (double)ns / pairs)) &&
           chandra_value_set(value, "ns_per_attempt",
                             chandra_value_new_int64(doc, median(subject->ns[1]))) &&
           chandra_value_set(value, "cycles",
                             chandra_value_new_int64(doc, subject->batch_size[0] * BATCHES)) &&
           chandra_value_set(value, "hooks", hooks);
}

static bool
set_baseline(const struct bench *bench, struct chandra_doc *doc, struct chandra_value *root)
{
    struct chandra_value *baseline = chandra_value_new_object(doc);

    return set_subject(bench, &bench->subjects[1], doc, baseline) &&
           chandra_value_set(root, "default", baseline) &&
           chandra_value_set(root, "cycle_ratio",
                             chandra_value_new_double(doc, ratio_of(bench, false))) &&
           chandra_value_set(root, "attempt_ratio",
                             chandra_value_new_double(doc, ratio_of(bench, true)));
}

static enum chandra_status
print_object(const struct bench *bench, struct chandra_error *err)
{
    const struct workload *workload = &bench->workload;
    const char *which = workload->is_allocated ? "allocated" : "pending";
    struct chandra_doc *doc;
    struct chandra_value *root;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    root = chandra_value_new_object(doc);
    if (root && chandra_value_set(root, "case", chandra_value_new_string(doc, which)) &&
        chandra_value_set(root, "nodes", chandra_value_new_int64(doc, workload->nodes)) &&
        chandra_value_set(root, "claims", chandra_value_new_int64(doc, workload->claims)) &&
        set_subject(bench, &bench->subjects[0], doc, root) &&
        (bench->count == 1 || set_baseline(bench, doc, root)))
        st = cli_print(bench->cli, root, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    chandra_doc_free(doc);
    return st;
}

/* "12.3 us": with the unit that leaves few digits. */
static const char *
time_text(char text[TEXT_SIZE], double ns)
{
    const char *const units[] = {"ns", "us", "ms"};
    size_t unit = 0;

    for (; ns >= 1000 && unit < 2; unit++)
        ns /= 1000;
    snprintf(text, TEXT_SIZE, ns < 100 ? "%.1f %s" : "%.0f %s", ns, units[unit]);
    return text;
}

static bool
add_hook(const struct bench *bench, const struct subject *subject, const struct hook_cost *cost,
         struct table *table)
{
    const double calls = (double)cost->calls;
    const double asked = nodes_asked(bench, subject, cost->hook) * (double)subject->attempts;
    char count[TEXT_SIZE], time[TEXT_SIZE], node[TEXT_SIZE] = "-";
    char allocations[TEXT_SIZE], bytes[TEXT_SIZE];

    snprintf(count, sizeof(count), "%.0f", calls / (double)subject->attempts);
    if (asked > 0)
        time_text(node, (double)cost->ns / asked);
    snprintf(allocations, sizeof(allocations), "%.1f", (double)cost->allocations / calls);
    snprintf(bytes, sizeof(bytes), "%.0f", (double)cost->bytes / calls);
    return table_add(table, (const char *const[]){cost->policy, cost->hook, count,
                                                  time_text(time, (double)cost->ns / calls), node,
                                                  allocations, bytes});
}

static enum chandra_status
print_hooks(const struct bench *bench, const struct subject *subject, struct chandra_error *err)
{
    struct table table = {.columns = 7};
    bool is_ok = table_add(&table, (const char *const[]){"POLICY", "HOOK", "CALLS", "EACH",
                                                         "A NODE", "ALLOCATIONS", "BYTES"});

    for (size_t i = 0; is_ok && i < subject->hooks.count; i++)
        is_ok = add_hook(bench, subject, &subject->hooks.costs[i], &table);
    if (!is_ok) {
        table_clear(&table);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    table_print(&table);
    return CHANDRA_OK;
}

static void
print_times(const char *name, const struct subject *subject, double pairs)
{
    const double cycle = (double)median(subject->ns[0]);
    char filter[TEXT_SIZE], pair[TEXT_SIZE], whole[TEXT_SIZE];

    printf("%s: PreFilter and Filter %s (%s for each node and claim), an attempt %s\n", name,
           time_text(filter, cycle), time_text(pair, cycle / pairs),
           time_text(whole, (double)median(subject->ns[1])));
}

static enum chandra_status
print_text(const struct bench *bench, struct chandra_error *err)
{
    const struct workload *workload = &bench->workload;
    const double pairs = (double)(workload->nodes * workload->claims);
    enum chandra_status st;

    printf("%s: %lld node%s, %lld claim%s, %u feasible\n\n",
           workload->is_allocated ? "allocated" : "pending", (long long)workload->nodes,
           workload->nodes == 1 ? "" : "s", (long long)workload->claims,
           workload->claims == 1 ? "" : "s", bench->subjects[0].found);
    st = print_hooks(bench, &bench->subjects[0], err);
    if (st != CHANDRA_OK)
        return st;
    putchar('\n');
    print_times(bench->count > 1 ? "policy " : "default", &bench->subjects[0], pairs);
    if (bench->count > 1) {
        print_times("default", &bench->subjects[1], pairs);
        printf("ratio  : %.2f, an attempt %.2f (medians of %d turns)\n", ratio_of(bench, false),
               ratio_of(bench, true), BATCHES);
    }
    cli_print_policy(bench->subjects[0].policy_text);
    return CHANDRA_OK;
}

static enum chandra_status
load(struct bench *bench, const char *const *paths, size_t count, struct chandra_error *err)
{
    static const struct chandra_lua_observer nobody = {0};
    struct subject *subject = &bench->subjects[bench->count++];
    const struct chandra_lua_observer observer = hooks_observer(&subject->hooks);
    enum chandra_status st = cli_load_observed_policy(paths, count, &nobody, &subject->plain, err);

    if (st != CHANDRA_OK)
        return st;
    return cli_load_observed_policy(paths, count, &observer, &subject->observed, err);
}

static enum chandra_status
run_all(struct bench *bench, const struct options *options, struct chandra_error *err)
{
    const struct cli *cli = bench->cli;
    enum chandra_status st = load(bench, cli->operands, cli->operand_count, err);

    if (st == CHANDRA_OK && cli->operand_count > 0)
        st = load(bench, NULL, 0, err);
    if (st == CHANDRA_OK)
        st = workload_init(&bench->workload, &options->workload, err);
    if (st == CHANDRA_OK)
        st = measure(bench, err);
    if (st != CHANDRA_OK)
        return st;
    return cli->output == CLI_TABLE ? print_text(bench, err) : print_object(bench, err);
}

static int
run(struct cli *cli)
{
    struct bench bench = {.cli = cli};
    struct chandra_error err;
    const enum chandra_status st = run_all(&bench, cli->options, &err);

    workload_clear(&bench.workload);
    for (size_t i = 0; i < bench.count; i++) {
        chandra_policy_unref(bench.subjects[i].plain);
        chandra_policy_unref(bench.subjects[i].observed);
    }
    return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, NULL, &err);
}

const struct cli_command cmd_bench = {
    .name = "bench",
    .operands = "[POLICY...]",
    .summary = "Measure what a policy costs, next to the default one.",
    .details =
        "The cluster in memory has N nodes and a pod with C claims. An attempt is PreFilter, "
        "Filter "
        "over all nodes, PreScore, Score, the suggestion, and the choice of a claim to give back. "
        "Several policies form a chain; without one the built-in default.lua is measured.\n"
        "The table has each hook: calls in an attempt, time of a call and for each node it was "
        "asked about, blocks and bytes of memory that a call took.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 0,
    .max_operands = SIZE_MAX,
    .run = run,
};
