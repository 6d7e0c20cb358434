/* view.c - what a policy may ask of the cycle it decides in (sys/policy.h). */
#include "engine/engine.h"

#include <string.h>

const struct chandra_pod *
chandra_cycle_pod(const struct chandra_cycle *cycle)
{
    return chandra_object_pod(cycle->pod);
}

const struct chandra_context *
chandra_cycle_context(const struct chandra_cycle *cycle)
{
    return chandra_object_context(cycle->context);
}

size_t
chandra_cycle_claim_count(const struct chandra_cycle *cycle)
{
    return cycle->claim_count;
}

const struct chandra_claim *
chandra_cycle_claim(const struct chandra_cycle *cycle, size_t index)
{
    return index < cycle->claim_count ? ch_cycle_claim_at(cycle, index) : NULL;
}

const char *
chandra_cycle_claim_entry(const struct chandra_cycle *cycle, size_t index)
{
    return index < cycle->claim_count ? cycle->claims[index].entry : NULL;
}

const struct chandra_class *
chandra_cycle_claim_class(const struct chandra_cycle *cycle, size_t index)
{
    return index < cycle->claim_count ? chandra_object_class(cycle->claims[index].klass) : NULL;
}

bool
chandra_cycle_claim_is_informed(const struct chandra_cycle *cycle, size_t index)
{
    return index < cycle->claim_count && cycle->claims[index].answer;
}

const struct chandra_nodeset *
chandra_cycle_claim_set(const struct chandra_cycle *cycle, size_t index,
                        enum chandra_claim_set which)
{
    if (index >= cycle->claim_count)
        return NULL;
    switch (which) {
    case CHANDRA_SET_AVAILABLE:
        return cycle->claims[index].available;
    case CHANDRA_SET_SUITABLE:
        return cycle->claims[index].suitable;
    case CHANDRA_SET_UNSUITABLE:
        return cycle->claims[index].unsuitable;
    }
    return NULL;
}

uint32_t
chandra_cycle_capacity(const struct chandra_cycle *cycle)
{
    return ch_nodes_capacity(cycle->nodes);
}

const struct chandra_nodeset *
chandra_cycle_nodes(const struct chandra_cycle *cycle)
{
    return ch_nodes_all(cycle->nodes);
}

uint64_t
chandra_cycle_nodes_version(const struct chandra_cycle *cycle)
{
    return ch_nodes_version(cycle->nodes);
}

const struct chandra_node *
chandra_cycle_node(const struct chandra_cycle *cycle, uint32_t index)
{
    return ch_nodes_at(cycle->nodes, index);
}

uint32_t
chandra_cycle_node_index(const struct chandra_cycle *cycle, const char *name)
{
    return ch_nodes_index(cycle->nodes, name);
}

uint32_t
chandra_cycle_node_rank(const struct chandra_cycle *cycle, uint32_t index)
{
    return ch_nodes_rank(cycle->nodes, index);
}

size_t
chandra_cycle_removal_count(const struct chandra_cycle *cycle)
{
    return cycle->removal_list ? cycle->removal_count : 0;
}

bool
chandra_cycle_removal_at(const struct chandra_cycle *cycle, size_t index,
                         struct chandra_removal *out_removal)
{
    if (index >= chandra_cycle_removal_count(cycle))
        return false;
    *out_removal = cycle->removal_list[index]->public;
    return true;
}

uint64_t
chandra_cycle_random(struct chandra_cycle *cycle, uint64_t bound)
{
    return ch_cycle_random(cycle, bound);
}

size_t
chandra_cycle_released(const struct chandra_cycle *cycle)
{
    return cycle->released;
}

const char *
chandra_cycle_fault(const struct chandra_cycle *cycle)
{
    return cycle->fault;
}

int64_t
chandra_cycle_time(const struct chandra_cycle *cycle)
{
    return cycle->time;
}

enum chandra_status
chandra_cycle_select(struct chandra_cycle *cycle, const struct chandra_value *selector,
                     struct chandra_nodeset *out_nodes, struct chandra_error *err)
{
    const struct chandra_nodeset *all = ch_nodes_all(cycle->nodes);
    struct ch_selector *compiled = NULL;
    enum chandra_status st = ch_selector_new(selector, "selector", &compiled, err);

    if (st == CHANDRA_OK && ch_selector_error(compiled))
        st = chandra_error_set(err, CHANDRA_EINVAL, "selector: %s", ch_selector_error(compiled));
    if (st == CHANDRA_OK) {
        chandra_nodeset_reset(out_nodes);
        for (uint32_t node = chandra_nodeset_next(all, 0); node != CHANDRA_NODESET_END;
             node = chandra_nodeset_next(all, node + 1))
            if (ch_selector_matches(compiled, ch_nodes_at(cycle->nodes, node)))
                chandra_nodeset_add(out_nodes, node);
    }
    ch_selector_unref(compiled);
    return st;
}

struct pod_walk {
    chandra_pod_fn fn;
    void *user;
};

static bool
hand_on_pod(void *user, struct chandra_object *object)
{
    const struct pod_walk *walk = user;

    return walk->fn(walk->user, chandra_object_pod(object));
}

enum chandra_status
chandra_cycle_each_pod(struct chandra_cycle *cycle, const char *label_key, const char *label_value,
                       chandra_pod_fn fn, void *user, struct chandra_error *err)
{
    struct ch_cache *cache = cycle->engine->cache;
    const struct ch_label label = {cycle->pod->name_space, label_key, label_value};
    struct pod_walk walk = {fn, user};

    (void)err;
    ch_cache_lock_read(cache);
    ch_cache_each_labeled(cache, CHANDRA_KIND_POD, &label, hand_on_pod, &walk);
    ch_cache_unlock(cache);
    return CHANDRA_OK;
}
