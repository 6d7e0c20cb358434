/* reserve.c - Reserve: a node was picked; decide what is to be published about it (spec 4.8). */
#include "engine/engine.h"

#include <stdio.h>

/* The pod's pending claims, and those of them whose drivers have answered. */
struct pending {
    size_t count;
    size_t informed;
    size_t waiting; /* index of one that keeps the pod waiting, for people */
};

static struct pending
count_pending(const struct chandra_cycle *cycle)
{
    struct pending pending = {0};

    for (size_t i = 0; i < cycle->claim_count; i++) {
        const bool is_informed = cycle->claims[i].answer != NULL;

        if (ch_cycle_claim_at(cycle, i)->is_allocated)
            continue;
        if (pending.count == 0 || !is_informed)
            pending.waiting = i;
        pending.count++;
        if (is_informed)
            pending.informed++;
    }
    return pending;
}

/* PreScore is not called for a single feasible node: the driver must be asked about it here. */
static bool
ask_about(struct chandra_cycle *cycle, const char *node)
{
    const struct chandra_context *context = chandra_object_context(cycle->context);
    const char **names;

    if (context && ch_context_has_potential(context, node))
        return true;
    names = ch_arena_alloc(&cycle->arena, sizeof(*names));
    if (!names)
        return false;
    names[0] = node;
    cycle->change.potential = names;
    cycle->change.potential_count = 1;
    cycle->change.has_potential = true;
    return true;
}

static bool
is_selected(const struct chandra_cycle *cycle, const char *node)
{
    const struct chandra_context *context = chandra_object_context(cycle->context);

    return context && ch_streq(context->selected_node, node);
}

static void
answer_waiting(const struct chandra_cycle *cycle, const struct pending *pending,
               struct chandra_answer *out)
{
    char text[512];

    ch_cycle_claim_text(cycle, pending->waiting, text, sizeof(text));
    ch_answer(out, CHANDRA_CODE_PENDING, "waiting for the driver: %s %s", text,
              pending->informed < pending->count ? "has no answer yet" : "is not allocated yet");
}

static void
reserve(struct chandra_cycle *cycle, const char *node, struct chandra_answer *out)
{
    struct pending pending;
    const char *name;
    bool selects;

    if (!ch_answer_begin(cycle, out))
        return;
    pending = count_pending(cycle);
    selects =
        (pending.count == 1 || pending.informed == pending.count) && !is_selected(cycle, node);
    /* The guard stands before a selection, and before the reservations that PreBind would make;
     * that a driver is asked about a node, or waited for, does no harm. */
    if ((pending.count == 0 || selects) && !ch_guard_allows(cycle, node, out))
        return;
    if (pending.count == 0)
        return;
    name = ch_arena_strdup(&cycle->arena, node);
    if (!name || (!cycle->is_prescored && !ask_about(cycle, name))) {
        ch_answer_no_memory(out);
        return;
    }
    if (selects)
        cycle->change.selected_node = name;
    if (!ch_publish_is_due(cycle))
        answer_waiting(cycle, &pending, out);
}

void
chandra_cycle_reserve(struct chandra_cycle *cycle, const char *node,
                      struct chandra_answer *out_answer)
{
    const struct chandra_call call = {
        .point = CHANDRA_POINT_RESERVE,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .node = node,
        .answer = out_answer,
    };

    if (ch_shadow_refuses(cycle, "Reserve", out_answer))
        return;
    reserve(cycle, node, out_answer);
    ch_observe_call(cycle->engine, &call);
}
