/* attempt_filter.c - PreFilter and Filter: which nodes take the pod.
 *
 * Nodes are filtered by fit.h and then by DynamicResources.
 */
#include "scheduler/attempt_state.h"

#include "scheduler/blame.h"
#include "scheduler/fit.h"

#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <stdio.h>

static bool
resize(void **memory, size_t size)
{
    void *grown = chandra_realloc(*memory, size);

    if (grown)
        *memory = grown;
    return grown != NULL;
}

static bool
make_room(struct attempt_tools *tools, uint32_t capacity)
{
    const size_t bytes = chandra_nodeset_bytes(capacity);
    void *scores = tools->scores;
    void *node_loads = tools->node_loads;

    if (capacity <= tools->capacity && tools->feasible)
        return true;
    if (!resize(&tools->feasible, bytes) || !resize(&tools->asked, bytes) ||
        !resize(&tools->fitting, bytes) || !resize(&scores, (capacity + 1) * sizeof(int64_t)))
        return false;
    tools->scores = scores;
    if (!resize(&node_loads, (capacity + 1) * sizeof(void *)))
        return false;
    tools->node_loads = node_loads;
    tools->loads_version = UINT64_MAX;
    tools->capacity = capacity;
    return true;
}

/* Names are looked up only when a node or a load has come or gone. */
static void
find_loads(struct attempt *attempt)
{
    struct attempt_tools *tools = attempt->tools;
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(attempt->cycle);
    const uint64_t nodes_version = chandra_cycle_nodes_version(attempt->cycle);

    if (tools->loads_version == tools->loads->version && tools->nodes_version == nodes_version)
        return;
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1))
        tools->node_loads[i] = loads_of(tools->loads, attempt_node_name(attempt, i));
    tools->loads_version = tools->loads->version;
    tools->nodes_version = nodes_version;
}

bool
attempt_prepare_sets(struct attempt *attempt)
{
    struct attempt_tools *tools = attempt->tools;
    const uint32_t capacity = chandra_cycle_capacity(attempt->cycle);

    if (!make_room(tools, capacity))
        return false;
    attempt->feasible = chandra_nodeset_init(tools->feasible, capacity);
    attempt->asked = chandra_nodeset_init(tools->asked, capacity);
    attempt->fitting = chandra_nodeset_init(tools->fitting, capacity);
    find_loads(attempt);
    return true;
}

/* No node is left. Whether a driver should free a claim is asked in the second half. */
static bool
reject(struct attempt *attempt, enum chandra_point point)
{
    attempt_end_at(attempt, VERDICT_REJECTED, point);
    if (!outcome_set_cycle(&attempt->outcome, attempt->cycle))
        attempt->is_out_of_memory = true;
    attempt->rest = REST_POST_FILTER;
    return false;
}

bool
attempt_pre_filter(struct attempt *attempt)
{
    chandra_cycle_pre_filter(attempt->cycle, &attempt->answer);
    attempt->refusals->is_out_of_turn |= attempt_is_refused(attempt->answer.code);
    if (attempt_is_refused(attempt->answer.code))
        return reject(attempt, CHANDRA_POINT_PRE_FILTER);
    if (attempt->answer.code != CHANDRA_CODE_SUCCESS && attempt->answer.code != CHANDRA_CODE_SKIP)
        return attempt_end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_PRE_FILTER);
    if (!attempt_prepare_sets(attempt)) {
        attempt->is_out_of_memory = true;
        return false;
    }
    return true;
}

static void
say_no_node_left(struct attempt *attempt)
{
    struct chandra_answer *answer = &attempt->answer;
    const uint32_t count = chandra_nodeset_count(chandra_cycle_nodes(attempt->cycle));

    answer->code = CHANDRA_CODE_UNSCHEDULABLE;
    answer->status = CHANDRA_OK;
    snprintf(answer->reason, sizeof(answer->reason), "0/%u nodes are available", count);
}

static struct fit_query
fit_query(const struct attempt *attempt, uint32_t index, bool with_promised)
{
    return (struct fit_query){
        .pod = attempt->pod,
        .node = chandra_cycle_node(attempt->cycle, index),
        .load = attempt->tools->node_loads[index],
        .with_promised = with_promised,
    };
}

/* Tell which rules took the nodes. */
static void
explain(struct attempt *attempt)
{
    const struct blame blame = {
        .cycle = attempt->cycle, .loads = attempt->tools->loads, .refused = attempt->asked};

    if (!blame_nodes(&blame, &attempt->outcome))
        attempt->is_out_of_memory = true;
}

static void
keep_fitting(struct attempt *attempt, bool with_promised)
{
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(attempt->cycle);

    chandra_nodeset_reset(attempt->fitting);
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct fit_query query = fit_query(attempt, i, with_promised);
        if (fit_check(&query, NULL, NULL))
            chandra_nodeset_add(attempt->fitting, i);
    }
}

/* Leave out the nodes that drivers refused before. */
static bool
leave_out_refused(struct attempt *attempt)
{
    struct chandra_nodeset *refused = attempt->asked;

    if (!attempt->is_shadow &&
        !refusals_hear(attempt->refusals, attempt->cycle, attempt->tools->epoch))
        return false;
    chandra_nodeset_assign(refused, attempt->feasible);
    chandra_nodeset_and(refused, attempt->refusals->nodes);
    chandra_nodeset_minus(attempt->feasible, refused);
    return true;
}

/* Claims last, as kube-scheduler has it: they are asked only about nodes that pass all else. */
static bool
filter_claims(struct attempt *attempt, bool is_asked)
{
    if (!is_asked) {
        chandra_nodeset_assign(attempt->feasible, attempt->fitting);
        return true;
    }
    chandra_cycle_filter_all(attempt->cycle, attempt->fitting, attempt->feasible, &attempt->answer);
    if (attempt->answer.code != CHANDRA_CODE_SUCCESS)
        return attempt_end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_FILTER);
    if (leave_out_refused(attempt))
        return true;
    attempt->is_out_of_memory = true;
    return false;
}

bool
attempt_filter(struct attempt *attempt)
{
    const bool is_asked = attempt->answer.code != CHANDRA_CODE_SKIP;
    uint32_t count;

    keep_fitting(attempt, true);
    if (!filter_claims(attempt, is_asked))
        return false;
    if (!chandra_nodeset_is_empty(attempt->feasible))
        return true;
    /* What is promised to others is taken only where nothing else is left. */
    count = chandra_nodeset_count(attempt->fitting);
    keep_fitting(attempt, false);
    if (chandra_nodeset_count(attempt->fitting) > count && !filter_claims(attempt, is_asked))
        return false;
    if (!chandra_nodeset_is_empty(attempt->feasible))
        return true;
    say_no_node_left(attempt);
    explain(attempt);
    return reject(attempt, CHANDRA_POINT_FILTER);
}
