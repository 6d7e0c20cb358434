/* filter.c - Filter: may a pod's claims be served on a node? (spec 4.5) Looks up what the match
 * found. */
#include "engine/engine.h"

static bool
intersect(const struct chandra_nodeset *a, const struct chandra_nodeset *b)
{
    const uint32_t count = a->word_count < b->word_count ? a->word_count : b->word_count;

    for (uint32_t i = 0; i < count; i++)
        if (a->words[i] & b->words[i])
            return true;
    return false;
}

/* ERROR for a node whose turn comes to a claim that no rule covers. */
static void
answer_undecided(const struct chandra_cycle *cycle, struct chandra_answer *out)
{
    char text[512];

    ch_cycle_claim_text(cycle, cycle->undecided_claim, text, sizeof(text));
    ch_answer(out, CHANDRA_CODE_ERROR, "%s: its allocation mode is not known", text);
    out->status = CHANDRA_EINVAL;
}

/* The claim that a node is rejected for: the first pending one, else the first. */
static size_t
rejecting_claim(const struct chandra_cycle *cycle, uint32_t node)
{
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < cycle->claim_count; i++) {
        if (!ch_nodeset_has(cycle->claims[i].removed, node))
            continue;
        if (!ch_cycle_claim_at(cycle, i)->is_allocated)
            return i;
        if (first == SIZE_MAX)
            first = i;
    }
    return first;
}

static const struct ch_removal *
find_removal(const struct chandra_cycle *cycle, size_t claim, uint32_t node)
{
    const struct ch_removal *removal = cycle->removals;

    while (removal && !(removal->public.claim == claim && ch_nodeset_has(removal->nodes, node)))
        removal = removal->next;
    return removal;
}

static void
answer_rejected(const struct chandra_cycle *cycle, uint32_t node, struct chandra_answer *out)
{
    const size_t claim = rejecting_claim(cycle, node);
    const struct ch_removal *removal = find_removal(cycle, claim, node);
    char text[512], policy[256];

    ch_cycle_claim_text(cycle, claim, text, sizeof(text));
    if (!removal || ch_streq(removal->public.policy, CH_BUILTIN)) {
        ch_answer(out, CHANDRA_CODE_UNRESOLVABLE, "%s: %s", text,
                  removal ? removal->public.rule : "the node is left out");
        return;
    }
    ch_policy_member_text(cycle->policy, removal->public.policy, policy, sizeof(policy));
    ch_answer(out, CHANDRA_CODE_UNRESOLVABLE, "%s: %s (policy %s)", text, removal->public.rule,
              policy);
}

static void
note_unavailable(struct chandra_cycle *cycle, uint32_t node)
{
    for (size_t i = 0; i < cycle->claim_count; i++)
        if (cycle->claims[i].blocked && ch_nodeset_has(cycle->claims[i].blocked, node))
            atomic_store_explicit(&cycle->claims[i].is_unavailable, true, memory_order_relaxed);
}

/* `is_filter`: a rejection has consequences for PostFilter. */
static void
decide(struct chandra_cycle *cycle, const char *node, bool is_filter, struct chandra_answer *out)
{
    uint32_t index;

    if (!ch_answer_begin(cycle, out) || !ch_match(cycle, out))
        return;
    index = ch_nodes_index(cycle->nodes, node);
    if (index == CHANDRA_NODESET_END) {
        ch_answer(out, CHANDRA_CODE_UNRESOLVABLE, "node %s was not known when the attempt began",
                  node);
    } else if (cycle->undecided && ch_nodeset_has(cycle->undecided, index)) {
        answer_undecided(cycle, out);
    } else if (!ch_nodeset_has(cycle->feasible, index)) {
        if (is_filter)
            note_unavailable(cycle, index);
        answer_rejected(cycle, index, out);
    }
}

void
chandra_cycle_filter(struct chandra_cycle *cycle, const char *node,
                     struct chandra_answer *out_answer)
{
    const struct chandra_call call = {
        .point = CHANDRA_POINT_FILTER,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .node = node,
        .answer = out_answer,
    };

    decide(cycle, node, true, out_answer);
    if (!cycle->is_shadow)
        ch_observe_call(cycle->engine, &call);
}

void
chandra_cycle_why(struct chandra_cycle *cycle, const char *node, struct chandra_answer *out_answer)
{
    decide(cycle, node, false, out_answer);
}

/* Narrow `feasible`, which holds the candidates. */
static void
decide_all(struct chandra_cycle *cycle, struct chandra_nodeset *feasible,
           struct chandra_answer *out)
{
    if (!ch_answer_begin(cycle, out) || !ch_match(cycle, out))
        return;
    if (cycle->undecided && intersect(feasible, cycle->undecided)) {
        answer_undecided(cycle, out);
        return;
    }
    for (size_t i = 0; i < cycle->claim_count; i++)
        if (cycle->claims[i].blocked && intersect(feasible, cycle->claims[i].blocked))
            atomic_store_explicit(&cycle->claims[i].is_unavailable, true, memory_order_relaxed);
    chandra_nodeset_and(feasible, cycle->feasible);
}

void
chandra_cycle_filter_all(struct chandra_cycle *cycle, const struct chandra_nodeset *candidates,
                         struct chandra_nodeset *out_feasible, struct chandra_answer *out_answer)
{
    const struct chandra_nodeset *nodes = candidates ? candidates : ch_nodes_all(cycle->nodes);
    const struct chandra_call call = {
        .point = CHANDRA_POINT_FILTER,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .nodes = nodes,
        .feasible = out_feasible,
        .answer = out_answer,
    };

    chandra_nodeset_assign(out_feasible, nodes);
    decide_all(cycle, out_feasible, out_answer);
    if (!cycle->is_shadow)
        ch_observe_call(cycle->engine, &call);
}
