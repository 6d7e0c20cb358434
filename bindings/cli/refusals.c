/* refusals.c - adds up the answers of drivers. */
#include "refusals.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>

static size_t
count_pending(const struct chandra_cycle *cycle)
{
    size_t pending = 0;

    for (size_t i = 0; i < chandra_cycle_claim_count(cycle); i++)
        if (!chandra_claim_is_allocated(chandra_cycle_claim(cycle, i)))
            pending++;
    return pending;
}

static bool
start_afresh(struct refusals *refusals, uint32_t capacity)
{
    void *memory = chandra_realloc(refusals->memory, chandra_nodeset_bytes(capacity));

    if (!memory)
        return false;
    refusals->memory = memory;
    refusals->nodes = chandra_nodeset_init(memory, capacity);
    return true;
}

/* Whether the context's answers are there for all of the pod's pending claims. */
static bool
is_answered(const struct chandra_cycle *cycle)
{
    for (size_t i = 0; i < chandra_cycle_claim_count(cycle); i++)
        if (!chandra_claim_is_allocated(chandra_cycle_claim(cycle, i)) &&
            !chandra_cycle_claim_is_informed(cycle, i))
            return false;
    return true;
}

/* The latest answer counts: nodes it was asked about are refused only if it names them again. */
static void
forget_asked(struct refusals *refusals, const struct chandra_cycle *cycle)
{
    const struct chandra_context *context = chandra_cycle_context(cycle);
    const size_t count = context ? chandra_context_potential_count(context) : 0;

    for (size_t i = 0; i < count; i++)
        chandra_nodeset_remove(
            refusals->nodes,
            chandra_cycle_node_index(cycle, chandra_context_potential_at(context, i)));
}

bool
refusals_hear(struct refusals *refusals, const struct chandra_cycle *cycle, uint64_t epoch)
{
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    const size_t pending = count_pending(cycle);

    if (!refusals->nodes || refusals->epoch != epoch || refusals->pending != pending ||
        chandra_nodeset_capacity(refusals->nodes) != capacity)
        if (!start_afresh(refusals, capacity))
            return false;
    refusals->epoch = epoch;
    refusals->pending = pending;
    if (is_answered(cycle))
        forget_asked(refusals, cycle);
    for (size_t i = 0; i < chandra_cycle_claim_count(cycle); i++)
        chandra_nodeset_or(refusals->nodes,
                           chandra_cycle_claim_set(cycle, i, CHANDRA_SET_UNSUITABLE));
    return true;
}

void
refusals_clear(struct refusals *refusals)
{
    chandra_free(refusals->memory);
    *refusals = (struct refusals){0};
}
