/* survey.c - a policy's look at the claims of the whole cluster (sys/policy.h).
 *
 * It shows the present claims, but only the cycle's nodes: those that came since are left out.
 */
#include "engine/engine.h"

struct claim_walk {
    struct chandra_cycle *cycle;
    const struct chandra_claim_query *query;
    chandra_claim_fn fn;
    void *user;
    struct chandra_nodeset *nodes; /* room for one claim's */
    enum chandra_status st;
    struct chandra_error *err;
};

static bool
is_wanted(const struct chandra_claim_query *query, const struct chandra_claim *claim)
{
    if (query->only_allocated && !claim->is_allocated)
        return false;
    if (query->name_space && !ch_streq(query->name_space, claim->object.name_space))
        return false;
    if (query->label_key &&
        !ch_streq(query->label_value, chandra_object_label(&claim->object, query->label_key)))
        return false;
    return !query->class_name || ch_streq(query->class_name, claim->class_name);
}

static bool
visit(void *user, struct chandra_object *object)
{
    struct claim_walk *walk = user;
    const struct chandra_claim *claim = chandra_object_claim(object);
    const struct chandra_nodeset *available = NULL;

    if (!is_wanted(walk->query, claim))
        return true;
    if (claim->is_allocated && claim->available_on) {
        walk->st = ch_cache_select(walk->cycle->engine->cache, claim->available_on, walk->nodes,
                                   walk->err);
        if (walk->st != CHANDRA_OK)
            return false;
        chandra_nodeset_and(walk->nodes, ch_nodes_all(walk->cycle->nodes));
        available = walk->nodes;
    }
    return walk->fn(walk->user, claim, available);
}

static void
walk_node(struct claim_walk *walk, struct ch_cache *cache)
{
    struct chandra_error err;
    const enum chandra_status st =
        ch_cache_each_claim_on(cache, walk->query->node, visit, walk, &err);

    if (st != CHANDRA_OK && walk->st == CHANDRA_OK)
        walk->st = chandra_error_set(walk->err, st, "%s", err.message);
}

/* Through the narrowest index there is. */
static void
walk_claims(struct claim_walk *walk)
{
    struct ch_cache *cache = walk->cycle->engine->cache;
    const struct chandra_claim_query *query = walk->query;
    const struct ch_label label = {query->name_space, query->label_key, query->label_value};

    if (query->node)
        walk_node(walk, cache);
    else if (query->label_key)
        ch_cache_each_labeled(cache, CHANDRA_KIND_CLAIM, &label, visit, walk);
    else if (query->class_name)
        ch_cache_each_claim_of_class(cache, query->class_name, visit, walk);
    else
        ch_cache_each(cache, CHANDRA_KIND_CLAIM, visit, walk);
}

enum chandra_status
chandra_cycle_each_claim(struct chandra_cycle *cycle, const struct chandra_claim_query *query,
                         chandra_claim_fn fn, void *user, struct chandra_error *err)
{
    struct claim_walk walk = {
        .cycle = cycle,
        .query = query,
        .fn = fn,
        .user = user,
        .nodes = ch_nodeset_new(ch_nodes_capacity(cycle->nodes)),
        .st = CHANDRA_OK,
        .err = err,
    };

    if (!walk.nodes)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory for a node set");
    ch_cache_lock_read(cycle->engine->cache);
    walk_claims(&walk);
    ch_cache_unlock(cycle->engine->cache);
    ch_free(walk.nodes);
    return walk.st;
}

struct census {
    const struct chandra_nodeset *nodes; /* the cycle's */
    uint32_t *counts;
};

static bool
count_claims(void *user, size_t claims, const struct chandra_nodeset *nodes)
{
    struct census *census = user;

    for (uint32_t node = chandra_nodeset_next(nodes, 0); node != CHANDRA_NODESET_END;
         node = chandra_nodeset_next(nodes, node + 1))
        if (ch_nodeset_has(census->nodes, node))
            census->counts[node] += (uint32_t)claims;
    return true;
}

enum chandra_status
chandra_cycle_count_claims(struct chandra_cycle *cycle, const char *class_name, uint32_t *counts,
                           struct chandra_error *err)
{
    struct ch_cache *cache = cycle->engine->cache;
    struct census census = {.nodes = ch_nodes_all(cycle->nodes), .counts = counts};
    enum chandra_status st;

    for (uint32_t i = 0; i < ch_nodes_capacity(cycle->nodes); i++)
        counts[i] = 0;
    ch_cache_lock_read(cache);
    st = ch_cache_each_selector(cache, class_name, count_claims, &census, err);
    ch_cache_unlock(cache);
    return st;
}
