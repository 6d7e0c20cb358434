/* refusals.c - adds up the answers of drivers. */
#include "scheduler/refusals.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <string.h>

/* Make the block of sets anew, all empty: one for each claim, and one for their sum. */
static bool
start_afresh(struct refusals *refusals, size_t claim_count, uint32_t capacity)
{
    const size_t bytes = chandra_nodeset_bytes(capacity);
    void *memory = chandra_realloc(refusals->memory, (claim_count + 1) * bytes);

    if (!memory)
        return false;
    refusals->memory = memory;
    refusals->claim_count = claim_count;
    for (size_t i = 0; i <= claim_count; i++)
        refusals->nodes = chandra_nodeset_init((char *)memory + i * bytes, capacity);
    return true;
}

static struct chandra_nodeset *
set_of(const struct refusals *refusals, size_t claim)
{
    const uint32_t capacity = chandra_nodeset_capacity(refusals->nodes);
    void *set = (char *)refusals->memory + claim * chandra_nodeset_bytes(capacity);

    return set;
}

/* The latest answer counts: nodes it was asked about are refused only if it names them again. */
static void
forget_asked(struct chandra_nodeset *refused, const struct chandra_cycle *cycle)
{
    const struct chandra_context *context = chandra_cycle_context(cycle);
    const size_t count = context ? chandra_context_potential_count(context) : 0;

    for (size_t i = 0; i < count; i++)
        chandra_nodeset_remove(
            refused, chandra_cycle_node_index(cycle, chandra_context_potential_at(context, i)));
}

/* What was heard for an allocated claim is kept for the time when it was given back. */
static void
hear_claim(struct refusals *refusals, const struct chandra_cycle *cycle, size_t claim)
{
    struct chandra_nodeset *refused = set_of(refusals, claim);

    if (chandra_claim_is_allocated(chandra_cycle_claim(cycle, claim)))
        return;
    if (chandra_cycle_claim_is_informed(cycle, claim))
        forget_asked(refused, cycle);
    chandra_nodeset_or(refused, chandra_cycle_claim_set(cycle, claim, CHANDRA_SET_UNSUITABLE));
    chandra_nodeset_or(refusals->nodes, refused);
}

bool
refusals_hear(struct refusals *refusals, const struct chandra_cycle *cycle, uint64_t epoch)
{
    const size_t claim_count = chandra_cycle_claim_count(cycle);
    const uint32_t capacity = chandra_cycle_capacity(cycle);

    if (!refusals->nodes || refusals->epoch != epoch || refusals->claim_count != claim_count ||
        chandra_nodeset_capacity(refusals->nodes) != capacity)
        if (!start_afresh(refusals, claim_count, capacity))
            return false;
    refusals->epoch = epoch;
    chandra_nodeset_reset(refusals->nodes);
    for (size_t i = 0; i < claim_count; i++)
        hear_claim(refusals, cycle, i);
    return true;
}

void
refusals_clear(struct refusals *refusals)
{
    chandra_free(refusals->memory);
    *refusals = (struct refusals){0};
}
