/* nodes.c - the nodes one by one, with the rules that each breaks and the values seen; and their
 * sums. */
#include "explain/explanation.h"
#include "explain/selector.h"

#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t mib = INT64_C(1) << 20;
static const int64_t gib = INT64_C(1) << 30;

enum { TEXT_SIZE = 640, MAX_GROUPS = 48, MAX_SEEN = 16, SHOWN_SEEN = 3 };

static const struct {
    const char *name;
    const char *text;
    char letter;
} stages[] = {
    [MISS_UNSCHEDULABLE] = {"cordoned", "the node is cordoned", 'U'},
    [MISS_TAINT] = {"taint", "a taint that the pod does not tolerate", 'T'},
    [MISS_NOT_READY] = {"notReady", "the node is not ready", 'N'},
    [MISS_SELECTOR] = {"selector", "the pod's selector or affinity", 'S'},
    [MISS_RESOURCES] = {"resources", "not enough room", 'R'},
    [MISS_ALLOCATION] = {"allocation", "the claim is allocated elsewhere", 'A'},
    [MISS_CLASS] = {"class", "the class excludes the node", 'C'},
    [MISS_DRIVER] = {"driver", "the driver calls the node unsuitable", 'D'},
    [MISS_POLICY] = {"policy", "a rule of the policy", 'P'},
    [MISS_REFUSED] = {"driverBefore", "the driver refused the node before", 'B'},
    {"pod", "the pod itself", 'X'},
    {"error", "nothing could be decided", 'E'},
};
enum { STAGE_COUNT = sizeof(stages) / sizeof(stages[0]) };

const char *
explanation_stage(enum miss_stage stage)
{
    return stages[stage].name;
}

char
explanation_letter(const char *stage)
{
    for (size_t i = 0; i < STAGE_COUNT; i++)
        if (strcmp(stages[i].name, stage) == 0)
            return stages[i].letter;
    return 'X';
}

const char *
explanation_stage_text(const char *stage)
{
    for (size_t i = 0; i < STAGE_COUNT; i++)
        if (strcmp(stages[i].name, stage) == 0)
            return stages[i].text;
    return stage;
}

bool
explanation_has_nodes(const struct chandra_value *root)
{
    const struct chandra_value *nodes = chandra_value_get(root, "nodes");
    const char *stage =
        values_text(chandra_value_at(chandra_value_get(root, "funnel"), 0), "stage");

    return chandra_value_type(nodes) == CHANDRA_ARRAY && chandra_value_count(nodes) > 0 &&
           strcmp(stage, "pod") != 0 && strcmp(stage, "error") != 0;
}

/* Whole objects that selectors are read from. */
struct sources {
    const struct chandra_value *pod_spec;
    const struct chandra_value **available; /* of each claim of the cycle, or NULL */
    const struct chandra_value **suitable;
};

struct rows {
    struct build *build;
    const struct explain_subject *subject;
    const struct decision *decision;
    struct blame blame;
    struct sources sources;
    const struct chandra_node *node; /* at hand */
    struct chandra_value *misses;
};

static const char *
claim_name(const struct decision *decision, size_t claim)
{
    const struct chandra_claim *of = chandra_cycle_claim(decision->cycle, claim);

    return of ? chandra_object_name(chandra_claim_object(of)) : "";
}

static const char *
driver_name(const struct decision *decision, size_t claim)
{
    const struct chandra_class *klass = chandra_cycle_claim_class(decision->cycle, claim);

    return klass ? chandra_class_driver_name(klass) : "unknown";
}

/* Amounts of cpu are in thousandths. */
static void
amount_text(const char *resource, int64_t amount, char *text, size_t size)
{
    if (strcmp(resource, "cpu") == 0 && amount % 1000 == 0)
        snprintf(text, size, "%" PRId64, amount / 1000);
    else if (strcmp(resource, "cpu") == 0)
        snprintf(text, size, "%" PRId64 "m", amount);
    else if (amount != 0 && amount % gib == 0)
        snprintf(text, size, "%" PRId64 "Gi", amount / gib);
    else if (amount != 0 && amount % mib == 0)
        snprintf(text, size, "%" PRId64 "Mi", amount / mib);
    else
        snprintf(text, size, "%" PRId64, amount);
}

static void
explain_resource(const struct fit_failure *failure, struct selector_gap *gap)
{
    char wanted[32], free_amount[32], all[32];

    amount_text(failure->key, failure->wanted, wanted, sizeof(wanted));
    amount_text(failure->key, failure->allocatable - failure->taken, free_amount,
                sizeof(free_amount));
    amount_text(failure->key, failure->allocatable, all, sizeof(all));
    snprintf(gap->wants, sizeof(gap->wants), "%s %s", failure->key, wanted);
    snprintf(gap->seen, sizeof(gap->seen), "%s %s free of %s", failure->key, free_amount, all);
}

static void
explain_failure(const struct rows *rows, const struct fit_failure *failure,
                struct selector_gap *gap)
{
    switch (failure->rule) {
    case FIT_SCHEDULABLE:
        snprintf(gap->seen, sizeof(gap->seen), "spec.unschedulable");
        break;
    case FIT_TAINTS:
        snprintf(gap->wants, sizeof(gap->wants), "a toleration");
        snprintf(gap->seen, sizeof(gap->seen), "%s%s%s:%s", failure->key,
                 *failure->value ? "=" : "", failure->value, failure->effect);
        break;
    case FIT_READY:
        snprintf(gap->seen, sizeof(gap->seen), "condition Ready is %s",
                 chandra_node_ready(rows->node));
        break;
    case FIT_SELECTOR:
        selector_explain_pod(rows->sources.pod_spec, rows->node, gap);
        break;
    case FIT_PODS:
    case FIT_RESOURCE:
        explain_resource(failure, gap);
        break;
    }
}

static void
explain_miss(const struct rows *rows, const struct miss *miss, struct selector_gap *gap)
{
    if (miss->failure)
        explain_failure(rows, miss->failure, gap);
    else if (miss->stage == MISS_ALLOCATION)
        selector_explain(rows->sources.available[miss->claim], rows->node, gap);
    else if (miss->stage == MISS_CLASS)
        selector_explain(rows->sources.suitable[miss->claim], rows->node, gap);
    else if (miss->stage == MISS_DRIVER)
        snprintf(gap->seen, sizeof(gap->seen), "in the answer of %s",
                 driver_name(rows->decision, miss->claim));
}

static void
add_miss(void *user, const struct miss *miss)
{
    struct rows *rows = user;
    struct chandra_value *value = build_element(rows->build, rows->misses);
    struct selector_gap gap = {{0}, {0}};

    explain_miss(rows, miss, &gap);
    build_text(rows->build, value, "stage", explanation_stage(miss->stage));
    build_text(rows->build, value, "claim", claim_name(rows->decision, miss->claim));
    build_text(rows->build, value, "policy", miss->policy);
    build_text(rows->build, value, "rule", miss->rule);
    build_text(rows->build, value, "wants", gap.wants);
    build_text(rows->build, value, "seen", gap.seen);
}

static void
add_row(struct rows *rows, struct chandra_value *nodes, uint32_t index)
{
    const struct decision *decision = rows->decision;
    struct build *build = rows->build;
    struct chandra_value *row = build_element(build, nodes);
    const bool is_feasible = decision->feasible && chandra_nodeset_has(decision->feasible, index);

    rows->node = chandra_cycle_node(decision->cycle, index);
    build_text(build, row, "name", chandra_object_name(chandra_node_object(rows->node)));
    build_flag(build, row, "feasible", is_feasible);
    if (is_feasible && decision->scores)
        build_number(build, row, "score", decision->scores[index]);
    else
        build_null(build, row, "score");
    rows->misses = build_array(build, row, "misses");
    if (decision->is_blamed)
        blame_node(&rows->blame, index, add_miss, rows);
}

/* Whole objects. */

struct wanted_copy {
    struct build *build;
    struct chandra_value *value;
};

static bool
take_copy(void *user, const struct chandra_value *object)
{
    struct wanted_copy *wanted = user;

    wanted->value = chandra_value_copy(wanted->build->doc, object);
    if (!wanted->value)
        wanted->build->is_out_of_memory = true;
    return false;
}

struct chandra_value *
explanation_object(struct build *build, struct chandra_stage *stage, const char *kind,
                   const char *name_space, const char *name)
{
    struct wanted_copy wanted = {.build = build};

    if (stage)
        stage->ops->find(stage, kind, name_space, name, take_copy, &wanted);
    return wanted.value;
}

static const struct chandra_value *
selector_in(const struct chandra_value *object, const char *section, const char *part,
            const char *field)
{
    const struct chandra_value *at = object;

    if (section)
        at = chandra_value_get(at, section);
    if (part)
        at = chandra_value_get(at, part);
    return chandra_value_get(at, field);
}

/* False: out of memory. */
static bool
find_sources(struct rows *rows)
{
    const struct explain_subject *subject = rows->subject;
    const struct chandra_cycle *cycle = rows->decision->cycle;
    const struct chandra_object *pod = chandra_pod_object(subject->pod);
    const char *name_space = chandra_object_namespace(pod);
    const size_t count = chandra_cycle_claim_count(cycle);
    const struct chandra_value **memory =
        chandra_realloc(NULL, (2 * count + 1) * sizeof(const struct chandra_value *));

    if (!memory)
        return false;
    rows->sources.available = memory;
    rows->sources.suitable = memory + count;
    rows->sources.pod_spec =
        chandra_value_get(explanation_object(rows->build, subject->stage, "Pod", name_space,
                                             chandra_object_name(pod)),
                          "spec");
    for (size_t i = 0; i < count; i++) {
        const struct chandra_claim *claim = chandra_cycle_claim(cycle, i);
        rows->sources.available[i] =
            selector_in(explanation_object(rows->build, subject->stage, "ResourceClaim", name_space,
                                           chandra_object_name(chandra_claim_object(claim))),
                        "status", "allocation", "availableOnNodes");
        rows->sources.suitable[i] =
            selector_in(explanation_object(rows->build, subject->stage, "ResourceClass", "",
                                           chandra_claim_class_name(claim)),
                        NULL, NULL, "suitableNodes");
    }
    return true;
}

/* The order of names. */

struct ranked {
    uint32_t rank;
    uint32_t index;
};

static int
by_rank(const void *a, const void *b)
{
    const struct ranked *left = a;
    const struct ranked *right = b;

    return (left->rank > right->rank) - (left->rank < right->rank);
}

/* False: out of memory. */
static bool
add_rows(struct rows *rows, struct chandra_value *nodes)
{
    const struct chandra_cycle *cycle = rows->decision->cycle;
    const struct chandra_nodeset *all = chandra_cycle_nodes(cycle);
    const uint32_t count = chandra_nodeset_count(all);
    struct ranked *order = chandra_realloc(NULL, (count + 1) * sizeof(*order));
    uint32_t node = chandra_nodeset_next(all, 0);

    if (!order)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        order[i] = (struct ranked){chandra_cycle_node_rank(cycle, node), node};
        node = chandra_nodeset_next(all, node + 1);
    }
    qsort(order, count, sizeof(*order), by_rank);
    for (uint32_t i = 0; i < count; i++)
        add_row(rows, nodes, order[i].index);
    chandra_free(order);
    return true;
}

/* The funnel: each node counts at its first miss. */

struct seen {
    const char *text;
    int64_t nodes;
};

struct group {
    const struct chandra_value *first; /* the miss of the first node */
    char rule[TEXT_SIZE];
    bool has_wants; /* all nodes fail the same requirement */
    int64_t nodes;
    const char *sample[SAMPLE_NODES];
    struct seen seen[MAX_SEEN];
    size_t seen_count;
    int64_t other_seen;
};

struct funnel {
    struct group *groups;
    size_t count;
    int64_t feasible;
    const char *feasible_sample[SAMPLE_NODES];
    const struct chandra_value *nearest; /* a row */
};

/* Resources that are short are one reason together, as the scheduler words it. */
static void
rule_of(const struct chandra_value *misses, char text[TEXT_SIZE])
{
    const struct chandra_value *first = chandra_value_at(misses, 0);
    size_t len = (size_t)snprintf(text, TEXT_SIZE, "%s", values_text(first, "rule"));

    if (strcmp(values_text(first, "stage"), explanation_stage(MISS_RESOURCES)) != 0)
        return;
    for (size_t i = 1; i < chandra_value_count(misses) && len < TEXT_SIZE; i++) {
        const struct chandra_value *miss = chandra_value_at(misses, i);
        if (strcmp(values_text(miss, "stage"), values_text(first, "stage")) == 0)
            len +=
                (size_t)snprintf(text + len, TEXT_SIZE - len, " and %s", values_text(miss, "rule"));
    }
}

static struct group *
group_of(struct funnel *funnel, const struct chandra_value *miss, const char *rule)
{
    struct group *group = funnel->groups;
    const struct group *end = group + funnel->count;

    for (; group < end; group++)
        if (strcmp(values_text(group->first, "stage"), values_text(miss, "stage")) == 0 &&
            strcmp(values_text(group->first, "claim"), values_text(miss, "claim")) == 0 &&
            strcmp(values_text(group->first, "policy"), values_text(miss, "policy")) == 0 &&
            strcmp(group->rule, rule) == 0)
            return group;
    if (funnel->count == MAX_GROUPS)
        return group - 1;
    *group = (struct group){.first = miss, .has_wants = true};
    snprintf(group->rule, TEXT_SIZE, "%s",
             funnel->count == MAX_GROUPS - 1 ? "other reasons" : rule);
    funnel->count++;
    return group;
}

static void
note_seen(struct group *group, const char *text)
{
    size_t at = 0;

    while (at < group->seen_count && strcmp(group->seen[at].text, text) != 0)
        at++;
    if (at == MAX_SEEN || !*text) {
        group->other_seen += *text != '\0';
        return;
    }
    if (at == group->seen_count)
        group->seen[group->seen_count++] = (struct seen){.text = text};
    group->seen[at].nodes++;
}

static void
count_row(struct funnel *funnel, const struct chandra_value *row)
{
    const struct chandra_value *misses = chandra_value_get(row, "misses");
    const struct chandra_value *first = chandra_value_at(misses, 0);
    const size_t count = chandra_value_count(misses);
    char rule[TEXT_SIZE];
    struct group *group;

    if (values_flag(row, "feasible") && funnel->feasible < SAMPLE_NODES)
        funnel->feasible_sample[funnel->feasible] = values_text(row, "name");
    funnel->feasible += values_flag(row, "feasible");
    if (!first)
        return;
    rule_of(misses, rule);
    group = group_of(funnel, first, rule);
    if (group->nodes < SAMPLE_NODES)
        group->sample[group->nodes] = values_text(row, "name");
    group->nodes++;
    group->has_wants = group->has_wants &&
                       strcmp(values_text(group->first, "wants"), values_text(first, "wants")) == 0;
    note_seen(group, values_text(first, "seen"));
    if (!funnel->nearest ||
        count < chandra_value_count(chandra_value_get(funnel->nearest, "misses")))
        funnel->nearest = row;
}

static int
by_nodes(const void *a, const void *b)
{
    const struct seen *left = a;
    const struct seen *right = b;

    if (left->nodes != right->nodes)
        return left->nodes < right->nodes ? 1 : -1;
    return strcmp(left->text, right->text);
}

static void
put_sample(struct build *build, struct chandra_value *object, const char *const *sample,
           int64_t count)
{
    struct chandra_value *array = build_array(build, object, "sample");

    for (int64_t i = 0; i < count && i < SAMPLE_NODES; i++)
        build_item(build, array, sample[i]);
}

static void
put_group(struct build *build, struct chandra_value *array, struct group *group)
{
    struct chandra_value *value = build_element(build, array);
    struct chandra_value *seen;

    build_text(build, value, "stage", values_text(group->first, "stage"));
    build_text(build, value, "claim", values_text(group->first, "claim"));
    build_text(build, value, "policy", values_text(group->first, "policy"));
    build_text(build, value, "rule", group->rule);
    build_number(build, value, "nodes", group->nodes);
    put_sample(build, value, group->sample, group->nodes);
    build_text(build, value, "wants", group->has_wants ? values_text(group->first, "wants") : "");
    seen = build_array(build, value, "seen");
    qsort(group->seen, group->seen_count, sizeof(group->seen[0]), by_nodes);
    for (size_t i = 0; i < group->seen_count && i < SHOWN_SEEN; i++) {
        struct chandra_value *item = build_element(build, seen);
        build_text(build, item, "text", group->seen[i].text);
        build_number(build, item, "nodes", group->seen[i].nodes);
    }
}

/* Nobody was asked about single nodes: all of them went at once. */
static void
put_whole(struct build *build, struct chandra_value *array, const struct decision *decision,
          int64_t nodes)
{
    const bool is_error = decision->answer.code == CHANDRA_CODE_ERROR;
    struct chandra_value *value = build_element(build, array);

    build_text(build, value, "stage", is_error ? "error" : "pod");
    build_text(build, value, "claim", "");
    build_text(build, value, "policy", "");
    build_text(build, value, "rule", decision->answer.reason);
    build_number(build, value, "nodes", nodes);
    build_array(build, value, "sample");
    build_text(build, value, "wants", "");
    build_array(build, value, "seen");
}

static int
stage_number(const struct group *group)
{
    for (int i = 0; i < (int)STAGE_COUNT; i++)
        if (strcmp(stages[i].name, values_text(group->first, "stage")) == 0)
            return i;
    return STAGE_COUNT;
}

static void
put_groups(struct build *build, struct chandra_value *array, struct funnel *funnel)
{
    for (int stage = 0; stage < (int)STAGE_COUNT; stage++)
        for (size_t i = 0; i < funnel->count; i++)
            if (stage_number(&funnel->groups[i]) == stage)
                put_group(build, array, &funnel->groups[i]);
}

static void
put_nearest(struct build *build, struct chandra_value *root, const struct chandra_value *row)
{
    const struct chandra_value *misses = chandra_value_get(row, "misses");
    struct chandra_value *nearest;

    if (!row) {
        build_null(build, root, "nearest");
        return;
    }
    nearest = build_object(build, root, "nearest");
    build_text(build, nearest, "node", values_text(row, "name"));
    build_number(build, nearest, "misses", (int64_t)chandra_value_count(misses));
    build_text(build, nearest, "rule", values_text(chandra_value_at(misses, 0), "rule"));
    build_text(build, nearest, "claim", values_text(chandra_value_at(misses, 0), "claim"));
    build_text(build, nearest, "wants", values_text(chandra_value_at(misses, 0), "wants"));
    build_text(build, nearest, "seen", values_text(chandra_value_at(misses, 0), "seen"));
}

static void
put_funnel(struct build *build, struct chandra_value *root, const struct decision *decision,
           const struct chandra_value *nodes, struct funnel *funnel)
{
    const size_t count = chandra_value_count(nodes);
    struct chandra_value *array = build_array(build, root, "funnel");
    struct chandra_value *feasible = build_object(build, root, "feasible");

    for (size_t i = 0; i < count; i++)
        count_row(funnel, chandra_value_at(nodes, i));
    if (decision->is_blamed)
        put_groups(build, array, funnel);
    else if (count > 0)
        put_whole(build, array, decision, (int64_t)count);
    build_number(build, feasible, "nodes", funnel->feasible);
    put_sample(build, feasible, funnel->feasible_sample, funnel->feasible);
    put_nearest(build, root, funnel->feasible == 0 ? funnel->nearest : NULL);
}

void
explanation_nodes(struct build *build, struct chandra_value *root,
                  const struct explain_subject *subject, const struct decision *decision)
{
    struct rows rows = {.build = build,
                        .subject = subject,
                        .decision = decision,
                        .blame = decision_blame(decision)};
    struct funnel funnel = {.groups = chandra_realloc(NULL, MAX_GROUPS * sizeof(struct group))};
    struct chandra_value *nodes = chandra_value_new_array(build->doc);

    if (funnel.groups && nodes && find_sources(&rows) && add_rows(&rows, nodes)) {
        build_number(build, root, "nodeCount", (int64_t)chandra_value_count(nodes));
        put_funnel(build, root, decision, nodes, &funnel);
        build->is_out_of_memory =
            !chandra_value_set(root, "nodes", nodes) || build->is_out_of_memory;
    } else {
        build->is_out_of_memory = true;
    }
    chandra_free(funnel.groups);
    chandra_free(rows.sources.available);
}
