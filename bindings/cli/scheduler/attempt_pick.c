/* attempt_pick.c - picks one of the nodes that take the pod. */
#include "scheduler/attempt_state.h"

#include <chandra/nodeset.h>
#include <chandra/sys/policy.h>
#include <string.h>

bool
attempt_score(struct attempt *attempt)
{
    struct chandra_answer *answer = &attempt->answer;

    if (chandra_nodeset_count(attempt->feasible) < 2)
        return true;
    chandra_cycle_pre_score(attempt->cycle, attempt->feasible, answer);
    if (answer->code != CHANDRA_CODE_SUCCESS && answer->code != CHANDRA_CODE_SKIP)
        return attempt_end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_PRE_SCORE);
    memset(attempt->tools->scores, 0, attempt->tools->capacity * sizeof(int64_t));
    chandra_cycle_score(attempt->cycle, attempt->feasible, attempt->tools->scores, answer);
    if (answer->code != CHANDRA_CODE_SUCCESS && answer->code != CHANDRA_CODE_SKIP)
        return attempt_end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_SCORE);
    attempt->has_scores = answer->code == CHANDRA_CODE_SUCCESS;
    return true;
}

/* Nodes that the drivers were asked about and that are still feasible are known to be good.
 * Preferring them ends the negotiation also where more nodes are full than one question can name.
 */
static void
find_asked(struct attempt *attempt)
{
    const struct chandra_context *context = chandra_cycle_context(attempt->cycle);
    const size_t claim_count = chandra_cycle_claim_count(attempt->cycle);
    size_t count = context ? chandra_context_potential_count(context) : 0;

    chandra_nodeset_reset(attempt->asked);
    for (size_t i = 0; i < claim_count; i++)
        if (!chandra_claim_is_allocated(chandra_cycle_claim(attempt->cycle, i)) &&
            !chandra_cycle_claim_is_informed(attempt->cycle, i))
            count = 0;
    for (size_t i = 0; i < count; i++)
        chandra_nodeset_add(
            attempt->asked,
            chandra_cycle_node_index(attempt->cycle, chandra_context_potential_at(context, i)));
}

/* The node that the drivers were told of, or CHANDRA_NODESET_END. */
static uint32_t
told_node(const struct attempt *attempt)
{
    const struct chandra_context *context = chandra_cycle_context(attempt->cycle);

    return context
               ? chandra_cycle_node_index(attempt->cycle, chandra_context_selected_node(context))
               : CHANDRA_NODESET_END;
}

/* What a node is picked by. */
struct candidate {
    uint32_t index;
    bool is_selected; /* the drivers work on it already */
    bool is_asked;
    int64_t score;
    bool is_stale; /* the drivers were told, but had nothing to do */
    uint32_t load;
    uint32_t rank;
};

static struct candidate
candidate_at(const struct attempt *attempt, uint32_t index, uint32_t told)
{
    const struct node_load *load = attempt->tools->node_loads[index];

    return (struct candidate){
        .index = index,
        .is_selected = index == told && !attempt->refusals->is_out_of_turn,
        .is_asked = chandra_nodeset_has(attempt->asked, index),
        .score = attempt->has_scores ? attempt->tools->scores[index] : 0,
        .is_stale = index == told && attempt->refusals->is_out_of_turn,
        .load = load ? load->pods : 0,
        .rank = chandra_cycle_node_rank(attempt->cycle, index),
    };
}

static bool
is_better(const struct candidate *a, const struct candidate *b)
{
    if (a->is_selected != b->is_selected)
        return a->is_selected;
    if (a->is_asked != b->is_asked)
        return a->is_asked;
    if (a->score != b->score)
        return a->score > b->score;
    if (a->is_stale != b->is_stale)
        return b->is_stale;
    if (a->load != b->load)
        return a->load < b->load;
    return a->rank < b->rank;
}

/* The node that the drivers were told, one known to be good, of the highest score, with the fewest
 * pods, the first by name, in this order. */
uint32_t
attempt_find_best(struct attempt *attempt)
{
    const struct chandra_nodeset *nodes = attempt->feasible;
    const uint32_t told = told_node(attempt);
    struct candidate best;

    find_asked(attempt);
    best = candidate_at(attempt, chandra_nodeset_next(nodes, 0), told);
    for (uint32_t i = best.index; i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct candidate other = candidate_at(attempt, i, told);
        if (is_better(&other, &best))
            best = other;
    }
    return best.index;
}

/* The policy's suggestion, else the best node. */
void
attempt_pick(struct attempt *attempt)
{
    attempt->suggested = chandra_cycle_suggested(attempt->cycle, attempt->feasible);
    attempt->picked =
        attempt->suggested == CHANDRA_NODESET_END ? attempt_find_best(attempt) : attempt->suggested;
}
