/* outcome.c - keeps an answer and the exclusions of a cycle as text. */
#include "outcome.h"

#include <chandra/doc.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <string.h>

static char *
copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *result = chandra_realloc(NULL, size);

    return result ? memcpy(result, text, size) : NULL;
}

static void
free_exclusion(struct exclusion *exclusion)
{
    chandra_free(exclusion->claim);
    chandra_free(exclusion->entry);
    chandra_free(exclusion->policy);
    chandra_free(exclusion->rule);
    for (size_t i = 0; i < SAMPLE_NODES; i++)
        chandra_free(exclusion->sample[i]);
}

void
outcome_clear(struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->exclusion_count; i++)
        free_exclusion(&outcome->exclusions[i]);
    chandra_free(outcome->exclusions);
    chandra_free(outcome->reason);
    chandra_free(outcome->node);
    *outcome = (struct outcome){0};
}

bool
outcome_set(struct outcome *outcome, enum verdict verdict, const char *point,
            const struct chandra_answer *answer)
{
    char *reason = copy(answer->reason);

    if (!reason)
        return false;
    chandra_free(outcome->reason);
    outcome->reason = reason;
    outcome->verdict = verdict;
    outcome->point = point;
    outcome->code = answer->code;
    outcome->status = answer->status;
    return true;
}

bool
outcome_set_node(struct outcome *outcome, const char *node)
{
    char *name = copy(node);

    if (!name)
        return false;
    chandra_free(outcome->node);
    outcome->node = name;
    return true;
}

static const char *
node_name(const struct chandra_cycle *cycle, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(cycle, index)));
}

/* The members of lowest rank, in order; returns how many there are, at most SAMPLE_NODES. */
static size_t
first_nodes(const struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
            uint32_t first[SAMPLE_NODES])
{
    size_t count = 0;

    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const uint32_t rank = chandra_cycle_node_rank(cycle, i);
        size_t at = count;
        while (at > 0 && rank < chandra_cycle_node_rank(cycle, first[at - 1]))
            at--;
        if (at == SAMPLE_NODES)
            continue;
        if (count < SAMPLE_NODES)
            count++;
        memmove(&first[at + 1], &first[at], (count - at - 1) * sizeof(*first));
        first[at] = i;
    }
    return count;
}

static bool
explain_one(struct exclusion *exclusion, const struct chandra_cycle *cycle,
            const struct chandra_removal *removal)
{
    const struct chandra_claim *claim = chandra_cycle_claim(cycle, removal->claim);
    const char *entry = chandra_cycle_claim_entry(cycle, removal->claim);
    uint32_t first[SAMPLE_NODES];
    const size_t count = first_nodes(cycle, removal->nodes, first);
    bool is_ok;

    exclusion->count = chandra_nodeset_count(removal->nodes);
    exclusion->claim = copy(claim ? chandra_object_name(chandra_claim_object(claim)) : "");
    exclusion->entry = copy(entry ? entry : "");
    exclusion->policy = copy(removal->policy);
    exclusion->rule = copy(removal->rule);
    is_ok = exclusion->claim && exclusion->entry && exclusion->policy && exclusion->rule;
    for (size_t i = 0; i < count; i++) {
        exclusion->sample[i] = copy(node_name(cycle, first[i]));
        is_ok = is_ok && exclusion->sample[i];
    }
    return is_ok;
}

bool
outcome_explain(struct outcome *outcome, const struct chandra_cycle *cycle)
{
    const size_t count = chandra_cycle_removal_count(cycle);
    struct chandra_removal removal;

    outcome->node_count = chandra_nodeset_count(chandra_cycle_nodes(cycle));
    if (count == 0)
        return true;
    outcome->exclusions = chandra_realloc(NULL, count * sizeof(*outcome->exclusions));
    if (!outcome->exclusions)
        return false;
    for (size_t i = 0; i < count && chandra_cycle_removal_at(cycle, i, &removal); i++) {
        struct exclusion *exclusion = &outcome->exclusions[outcome->exclusion_count++];
        *exclusion = (struct exclusion){0};
        if (!explain_one(exclusion, cycle, &removal))
            return false;
    }
    return true;
}
