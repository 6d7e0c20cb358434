/* profile.c - `chandra profile`: in which functions of a policy its time goes. */
#include "bench/workload.h"
#include "cli.h"
#include "profile/export.h"
#include "profile/tree.h"
#include "table.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 20, MAX_SPANS = 200 * 1000, TEXT_SIZE = 64 };

struct options {
    struct workload_options workload;
    int64_t attempts;
    const char *folded;
    const char *trace;
};

static const struct cli_flag flags[] = {
    WORKLOAD_FLAGS,
    {.name = "attempts",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, attempts),
     .placeholder = "N",
     .preset = "20",
     .least = 1,
     .most = 1000000,
     .help = "Profile N attempts (default 20)"},
    {.name = "folded",
     .type = CLI_STRING,
     .offset = offsetof(struct options, folded),
     .placeholder = "FILE",
     .help = "Write folded stacks, from which flame graphs are drawn"},
    {.name = "trace",
     .type = CLI_STRING,
     .offset = offsetof(struct options, trace),
     .placeholder = "FILE",
     .help = "Write each call as a Chrome trace (JSON), for chrome://tracing and Perfetto"},
    CLI_OUTPUT_FLAG,
    {0},
};

/* A function, over all stacks that it is in. */
struct row {
    const char *name;
    int64_t calls;
    int64_t self_ns;
    int64_t total_ns;
    uint64_t allocations;
};

struct profile {
    const struct cli *cli;
    const struct options *options;
    struct workload workload;
    struct tree tree;
    struct row *rows; /* most time first */
    size_t row_count;
    int64_t all_ns;
};

static bool
is_below_itself(const struct tree *tree, size_t node)
{
    for (size_t at = tree->nodes[node].parent; at != SIZE_MAX; at = tree->nodes[at].parent)
        if (strcmp(tree->nodes[at].name, tree->nodes[node].name) == 0)
            return true;
    return false;
}

static struct row *
row_of(struct profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->row_count; i++)
        if (strcmp(profile->rows[i].name, name) == 0)
            return &profile->rows[i];
    profile->rows[profile->row_count] = (struct row){.name = name};
    return &profile->rows[profile->row_count++];
}

static int
compare(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;

    return (left->self_ns < right->self_ns) - (left->self_ns > right->self_ns);
}

static enum chandra_status
add_up(struct profile *profile, struct chandra_error *err)
{
    const struct tree *tree = &profile->tree;
    const size_t count = tree->count > 0 ? tree->count : 1;
    int64_t *totals = chandra_realloc(NULL, count * sizeof(*totals));

    profile->rows = chandra_realloc(NULL, count * sizeof(*profile->rows));
    if (!totals || !profile->rows) {
        chandra_free(totals);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    tree_add_totals(tree, totals);
    for (size_t i = 1; i < tree->count; i++) {
        struct row *row = row_of(profile, tree->nodes[i].name);
        row->calls += tree->nodes[i].calls;
        row->self_ns += tree->nodes[i].ns;
        row->total_ns += is_below_itself(tree, i) ? 0 : totals[i];
        row->allocations += tree->nodes[i].allocations;
    }
    profile->all_ns = tree->count > 0 ? totals[0] : 0;
    qsort(profile->rows, profile->row_count, sizeof(*profile->rows), compare);
    chandra_free(totals);
    return CHANDRA_OK;
}

static double
share(const struct profile *profile, int64_t ns)
{
    return profile->all_ns > 0 ? 100 * (double)ns / (double)profile->all_ns : 0;
}

static bool
add_row(const struct profile *profile, const struct row *row, struct table *table)
{
    const double attempts = (double)profile->options->attempts;
    char self[TEXT_SIZE], total[TEXT_SIZE], time[TEXT_SIZE], calls[TEXT_SIZE], blocks[TEXT_SIZE];

    snprintf(self, sizeof(self), "%.1f %%", share(profile, row->self_ns));
    snprintf(total, sizeof(total), "%.1f %%", share(profile, row->total_ns));
    snprintf(time, sizeof(time), "%.1f us", (double)row->self_ns / attempts / 1000);
    snprintf(calls, sizeof(calls), "%.0f", (double)row->calls / attempts);
    snprintf(blocks, sizeof(blocks), "%.0f", (double)row->allocations / attempts);
    return table_add(table, (const char *const[]){self, total, time, calls, blocks, row->name});
}

static enum chandra_status
print_text(const struct profile *profile, struct chandra_error *err)
{
    const size_t count = profile->row_count < MAX_ROWS ? profile->row_count : MAX_ROWS;
    struct table table = {.columns = 6};
    bool is_ok = table_add(
        &table, (const char *const[]){"SELF", "TOTAL", "TIME", "CALLS", "ALLOCATIONS", "FUNCTION"});

    for (size_t i = 0; is_ok && i < count; i++)
        is_ok = add_row(profile, &profile->rows[i], &table);
    if (!is_ok) {
        table_clear(&table);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    table_print(&table);
    if (count < profile->row_count)
        printf("and %zu more\n", profile->row_count - count);
    printf("\n%lld attempts, %.1f us in the policy for each; time and calls are those of one\n",
           (long long)profile->options->attempts,
           (double)profile->all_ns / (double)profile->options->attempts / 1000);
    cli_print_policy(profile->workload.policy_text);
    return CHANDRA_OK;
}

static struct chandra_value *
row_value(const struct row *row, struct chandra_doc *doc)
{
    struct chandra_value *value = chandra_value_new_object(doc);

    if (value && chandra_value_set(value, "function", chandra_value_new_string(doc, row->name)) &&
        chandra_value_set(value, "calls", chandra_value_new_int64(doc, row->calls)) &&
        chandra_value_set(value, "self_ns", chandra_value_new_int64(doc, row->self_ns)) &&
        chandra_value_set(value, "total_ns", chandra_value_new_int64(doc, row->total_ns)) &&
        chandra_value_set(value, "allocations",
                          chandra_value_new_int64(doc, (int64_t)row->allocations)))
        return value;
    return NULL;
}

static enum chandra_status
print_object(const struct profile *profile, struct chandra_error *err)
{
    const char *policy = profile->workload.policy_text;
    struct chandra_doc *doc;
    struct chandra_value *root, *rows;
    enum chandra_status st = chandra_doc_new(&doc, err);
    bool is_ok = true;

    if (st != CHANDRA_OK)
        return st;
    root = chandra_value_new_object(doc);
    rows = chandra_value_new_array(doc);
    for (size_t i = 0; is_ok && i < profile->row_count; i++)
        is_ok = rows && chandra_value_append(rows, row_value(&profile->rows[i], doc));
    if (is_ok && root && chandra_value_set(root, "policy", chandra_value_new_string(doc, policy)) &&
        chandra_value_set(root, "attempts",
                          chandra_value_new_int64(doc, profile->options->attempts)) &&
        chandra_value_set(root, "ns", chandra_value_new_int64(doc, profile->all_ns)) &&
        chandra_value_set(root, "functions", rows))
        st = cli_print(profile->cli, root, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    chandra_doc_free(doc);
    return st;
}

static enum chandra_status
write_files(const struct profile *profile, struct chandra_error *err)
{
    const struct options *options = profile->options;
    enum chandra_status st = CHANDRA_OK;

    if (options->folded)
        st = export_folded(&profile->tree, options->folded, err);
    if (st != CHANDRA_OK || !options->trace)
        return st;
    if (profile->tree.lost_spans > 0)
        cli_note("%s holds the first %d calls; %zu more are left out, see --attempts and --nodes",
                 options->trace, MAX_SPANS, profile->tree.lost_spans);
    return export_trace(&profile->tree, options->trace, err);
}

static enum chandra_status
measure(struct profile *profile, struct chandra_policy *policy, struct chandra_error *err)
{
    enum chandra_status st = workload_init(&profile->workload, &profile->options->workload, err);

    if (st != CHANDRA_OK)
        return st;
    workload_use(&profile->workload, policy);
    for (int64_t i = 0; st == CHANDRA_OK && i < profile->options->attempts; i++)
        st = workload_attempt(&profile->workload, true, err);
    if (st == CHANDRA_OK && profile->tree.is_out_of_memory)
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    if (st == CHANDRA_OK)
        st = add_up(profile, err);
    if (st == CHANDRA_OK)
        st = write_files(profile, err);
    if (st != CHANDRA_OK)
        return st;
    return profile->cli->output == CLI_TABLE ? print_text(profile, err)
                                             : print_object(profile, err);
}

static int
run(struct cli *cli)
{
    const struct options *options = cli->options;
    struct profile profile = {.cli = cli, .options = options};
    struct chandra_lua_observer observer;
    struct chandra_policy *policy;
    struct chandra_error err;
    enum chandra_status st;

    profile.tree.max_spans = options->trace ? MAX_SPANS : 0;
    observer = tree_observer(&profile.tree);
    st = cli_load_observed_policy(cli->operands, cli->operand_count, &observer, &policy, &err);
    if (st != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    st = measure(&profile, policy, &err);
    workload_clear(&profile.workload);
    chandra_policy_unref(policy);
    chandra_free(profile.rows);
    tree_clear(&profile.tree);
    return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, NULL, &err);
}

const struct cli_command cmd_profile = {
    .name = "profile",
    .operands = "[POLICY...]",
    .summary = "Show in which functions of a policy its time goes.",
    .details =
        "The attempts are those of chandra bench. Each call and return is noted, which itself "
        "costs "
        "time, most where calls are short: compare functions, and take times from chandra bench.\n"
        "SELF is the time in a function, TOTAL that and what it called.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 0,
    .max_operands = SIZE_MAX,
    .run = run,
};
