/* suggest.c - what the policy suggests: potential nodes, and the node it would select. */
#include "engine/engine.h"

/* Remove all members but those whose position among the members is in `positions`. */
static void
keep_positions(struct chandra_nodeset *nodes, const struct chandra_nodeset *positions)
{
    uint32_t position = 0;

    for (uint32_t node = chandra_nodeset_next(nodes, 0); node != CHANDRA_NODESET_END;
         node = chandra_nodeset_next(nodes, node + 1))
        if (!ch_nodeset_has(positions, position++))
            chandra_nodeset_remove(nodes, node);
}

enum chandra_status
ch_suggest_cut(struct chandra_cycle *cycle, struct chandra_nodeset *nodes, uint32_t keep,
               struct chandra_error *err)
{
    const bool has_keep = keep != CHANDRA_NODESET_END && ch_nodeset_has(nodes, keep);
    const uint32_t want = CH_MAX_POTENTIAL_NODES - (has_keep ? 1 : 0);
    uint32_t count = chandra_nodeset_count(nodes);
    struct chandra_nodeset *positions;

    if (count <= CH_MAX_POTENTIAL_NODES)
        return CHANDRA_OK;
    positions = ch_cycle_new_set(cycle);
    if (!positions)
        return ch_cycle_no_memory(cycle, err);
    if (has_keep) {
        chandra_nodeset_remove(nodes, keep);
        count--;
    }
    /* Floyd's way to draw `want` of `count`: every subset is as likely. */
    for (uint32_t i = count - want; i < count; i++) {
        const uint32_t drawn = (uint32_t)ch_cycle_random(cycle, (uint64_t)i + 1);

        chandra_nodeset_add(positions, ch_nodeset_has(positions, drawn) ? i : drawn);
    }
    keep_positions(nodes, positions);
    if (has_keep)
        chandra_nodeset_add(nodes, keep);
    return CHANDRA_OK;
}

/* The suggestion must be made of the nodes that were offered; what is beyond them is cut off. */
static enum chandra_status
check(struct chandra_cycle *cycle, struct chandra_error *err)
{
    const uint32_t selected = cycle->suggest_selected;

    chandra_nodeset_and(cycle->suggest_nodes, cycle->suggest_for);
    if (selected != CHANDRA_NODESET_END && !ch_nodeset_has(cycle->suggest_for, selected))
        return chandra_error_set(err, CHANDRA_ESCRIPT,
                                 "policy %s: suggest selected a node that it was not offered",
                                 ch_policy_name(cycle->policy));
    return ch_suggest_cut(cycle, cycle->suggest_nodes, selected, err);
}

enum chandra_status
ch_suggest(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
           struct chandra_error *err)
{
    struct chandra_policy *policy = cycle->policy;
    enum chandra_status st;

    if (!policy || !policy->ops->suggest)
        return CHANDRA_ENOTFOUND;
    if (cycle->suggest_for && chandra_nodeset_equal(cycle->suggest_for, nodes))
        return CHANDRA_OK;
    cycle->suggest_for = ch_cycle_new_set(cycle);
    cycle->suggest_nodes = ch_cycle_new_set(cycle);
    if (!cycle->suggest_for || !cycle->suggest_nodes) {
        cycle->suggest_for = NULL;
        return ch_cycle_no_memory(cycle, err);
    }
    chandra_nodeset_assign(cycle->suggest_for, nodes);
    chandra_nodeset_assign(cycle->suggest_nodes, nodes);
    cycle->suggest_selected = CHANDRA_NODESET_END;
    st = policy->ops->suggest(policy, cycle, cycle->suggest_nodes, &cycle->suggest_selected, err);
    if (st == CHANDRA_OK)
        st = check(cycle, err);
    if (st != CHANDRA_OK)
        cycle->suggest_for = NULL;
    return st;
}

uint32_t
chandra_cycle_suggested(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes)
{
    struct chandra_error err = {0};
    struct chandra_answer answer;
    enum chandra_status st;

    if (!ch_answer_begin(cycle, &answer))
        return CHANDRA_NODESET_END;
    st = ch_suggest(cycle, nodes, &err);
    if (st == CHANDRA_OK)
        return cycle->suggest_selected;
    if (st != CHANDRA_ENOTFOUND)
        ch_policy_forgiven(cycle, "suggest", &err, NULL);
    return CHANDRA_NODESET_END;
}
