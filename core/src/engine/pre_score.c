/* pre_score.c - PreScore: which nodes the drivers are asked about (spec 4.7). */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

static bool
has_pending_claim(const struct chandra_cycle *cycle)
{
    for (size_t i = 0; i < cycle->claim_count; i++)
        if (!ch_cycle_claim_at(cycle, i)->is_allocated)
            return true;
    return false;
}

/* Whether the drivers have been asked about all of `nodes`; others in the list do not matter. */
static bool
are_published(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes, bool *out_published)
{
    const struct chandra_context *context = chandra_object_context(cycle->context);
    struct chandra_nodeset *published;

    *out_published = false;
    if (!context)
        return true;
    published = ch_cycle_new_set(cycle);
    if (!published)
        return false;
    for (size_t i = 0; i < context->potential_count; i++)
        chandra_nodeset_add(published, ch_nodes_index(cycle->nodes, context->potential[i]));
    *out_published = chandra_nodeset_subset(nodes, published);
    return true;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
set_potential(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes)
{
    const uint32_t count = chandra_nodeset_count(nodes);
    const char **names = ch_arena_calloc(&cycle->arena, count, sizeof(*names));
    uint32_t node = chandra_nodeset_next(nodes, 0);

    if (!names)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        names[i] = ch_nodes_at(cycle->nodes, node)->object.name;
        node = chandra_nodeset_next(nodes, node + 1);
    }
    qsort(names, count, sizeof(*names), by_name);
    cycle->change.potential = names;
    cycle->change.potential_count = count;
    cycle->change.has_potential = true;
    return true;
}

/* Have the drivers asked about `nodes`, unless they have been; false: out of memory. */
static bool
ask_about(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes)
{
    bool is_published;

    if (chandra_nodeset_is_empty(nodes))
        return true;
    if (!are_published(cycle, nodes, &is_published))
        return false;
    return is_published || set_potential(cycle, nodes);
}

/* The nodes to publish: the policy's suggestion, else all, or by chance as many as may be. */
static const struct chandra_nodeset *
choose(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes, struct chandra_answer *out)
{
    struct chandra_error err = {0};
    struct chandra_nodeset *chosen;
    enum chandra_status st = ch_suggest(cycle, nodes, &err);

    if (st == CHANDRA_OK)
        return cycle->suggest_nodes;
    if (st != CHANDRA_ENOTFOUND && !ch_policy_forgiven(cycle, "suggest", &err, out))
        return NULL;
    chosen = ch_cycle_new_set(cycle);
    if (!chosen) {
        ch_answer_no_memory(out);
        return NULL;
    }
    chandra_nodeset_assign(chosen, nodes);
    chandra_nodeset_and(chosen, ch_nodes_all(cycle->nodes));
    if (ch_suggest_cut(cycle, chosen, CHANDRA_NODESET_END, &err) == CHANDRA_OK)
        return chosen;
    ch_answer_error(out, &err);
    return NULL;
}

static void
pre_score(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
          struct chandra_answer *out)
{
    const struct chandra_nodeset *chosen;

    cycle->is_prescored = cycle->has_state;
    if (!ch_answer_begin(cycle, out) || !has_pending_claim(cycle))
        return;
    chosen = choose(cycle, nodes, out);
    if (chosen && !ask_about(cycle, chosen))
        ch_answer_no_memory(out);
}

void
chandra_cycle_pre_score(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
                        struct chandra_answer *out_answer)
{
    const struct chandra_call call = {
        .point = CHANDRA_POINT_PRE_SCORE,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .nodes = nodes,
        .answer = out_answer,
    };

    pre_score(cycle, nodes, out_answer);
    if (!cycle->is_shadow)
        ch_observe_call(cycle->engine, &call);
}
