/* cycle.c - one attempt's life. */
#include "engine/engine.h"

#define FIRST_CHUNK 16384 /* of the arena; the sets of a usual pod on 5,000 nodes fit */

enum chandra_status
chandra_cycle_new(struct chandra_engine *engine, const struct chandra_pod *pod,
                  struct chandra_cycle **out_cycle, struct chandra_error *err)
{
    struct chandra_cycle *cycle = ch_calloc(1, sizeof(*cycle));
    enum chandra_status st;

    if (!cycle)
        return chandra_error_set(err, CHANDRA_ENOMEM, "pod %s/%s: out of memory",
                                 pod->object.name_space, pod->object.name);
    cycle->engine = engine;
    cycle->pod = chandra_object_ref(&pod->object);
    pthread_mutex_init(&cycle->lock, NULL);
    ch_cycle_reset(cycle);
    ch_cache_lock_read(engine->cache);
    st = ch_cycle_look(cycle, err);
    ch_cache_unlock(engine->cache);
    if (st == CHANDRA_OK)
        *out_cycle = cycle;
    else
        chandra_cycle_free(cycle);
    return st;
}

static void
release(struct chandra_cycle *cycle)
{
    for (size_t i = 0; i < cycle->claim_count; i++) {
        chandra_object_unref(cycle->claims[i].claim);
        chandra_object_unref(cycle->claims[i].klass);
    }
    chandra_object_unref(cycle->context);
    chandra_policy_unref(cycle->policy);
    ch_nodes_unref(cycle->nodes);
    ch_arena_clear(&cycle->arena);
}

void
chandra_cycle_free(struct chandra_cycle *cycle)
{
    if (!cycle)
        return;
    release(cycle);
    chandra_object_unref(cycle->pod);
    ch_free(cycle->queue);
    pthread_mutex_destroy(&cycle->lock);
    ch_free(cycle);
}

void
ch_cycle_reset(struct chandra_cycle *cycle)
{
    struct chandra_engine *engine = cycle->engine;

    release(cycle);
    cycle->arena.chunk_size = FIRST_CHUNK;
    cycle->has_state = false;
    cycle->is_prescored = false;
    cycle->claims = NULL;
    cycle->claim_count = 0;
    cycle->context = NULL;
    cycle->policy = chandra_engine_policy(engine);
    cycle->nodes = NULL;
    cycle->no_nodes = NULL;
    cycle->time = engine->transport->ops->wall_time(engine->transport);
    cycle->change = (struct ch_context_change){0};
    atomic_store(&cycle->is_matched, false);
    cycle->matching = SIZE_MAX;
    cycle->feasible = NULL;
    cycle->undecided = NULL;
    cycle->removals = NULL;
    cycle->removal_count = 0;
    cycle->removal_list = NULL;
    cycle->suggest_for = NULL;
    cycle->suggest_nodes = NULL;
    cycle->fault = NULL;
    cycle->notes = NULL;
    cycle->note_count = 0;
    cycle->released = SIZE_MAX;
}

enum chandra_status
chandra_cycle_set_queue(struct chandra_cycle *cycle, const char *queue, struct chandra_error *err)
{
    char *copy = queue ? ch_strdup(queue) : NULL;

    if (queue && !copy)
        return ch_cycle_no_memory(cycle, err);
    ch_free(cycle->queue);
    cycle->queue = copy;
    return CHANDRA_OK;
}

const char *
chandra_cycle_queue(const struct chandra_cycle *cycle)
{
    return cycle->queue;
}

uint64_t
ch_cycle_random(struct chandra_cycle *cycle, uint64_t bound)
{
    return cycle->is_shadow ? ch_random_below(&cycle->random, bound)
                            : ch_engine_random(cycle->engine, bound);
}

enum chandra_status
ch_cycle_look(struct chandra_cycle *cycle, struct chandra_error *err)
{
    cycle->nodes = ch_cache_nodes(cycle->engine->cache);
    cycle->no_nodes = ch_cycle_new_set(cycle);
    if (!cycle->no_nodes)
        return ch_cycle_no_memory(cycle, err);
    return CHANDRA_OK;
}

struct chandra_nodeset *
ch_cycle_new_set(struct chandra_cycle *cycle)
{
    const uint32_t capacity = ch_nodes_capacity(cycle->nodes);
    void *memory = ch_arena_alloc(&cycle->arena, chandra_nodeset_bytes(capacity));

    return memory ? chandra_nodeset_init(memory, capacity) : NULL;
}

enum chandra_status
ch_cycle_no_memory(const struct chandra_cycle *cycle, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "pod %s/%s: out of memory",
                             cycle->pod->name_space, cycle->pod->name);
}
