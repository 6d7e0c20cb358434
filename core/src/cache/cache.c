/* cache.c - the cluster as the engine knows it: puts every object into its store, its indexes, the
 * node table and the node sets, or into none of them. */
#include "cache/cache.h"

#include "base/alloc.h"
#include "cache/nodes.h"
#include "cache/sets.h"
#include "cache/store.h"
#include "model/object.h"

#include <pthread.h>

struct ch_cache {
    pthread_mutex_t turn; /* readers that come after a waiting writer wait behind it */
    pthread_rwlock_t lock;
    struct ch_store stores[CHANDRA_KIND_COUNT];
    struct ch_index classes; /* claims by class */
    struct ch_node_table nodes;
    struct ch_sets sets;
};

static struct ch_index_key
class_of(const struct ch_link *link)
{
    const struct ch_entry *entry = link->owner;

    return (struct ch_index_key){NULL, NULL, chandra_object_claim(entry->object)->class_name};
}

static bool
init_locks(struct ch_cache *cache)
{
    if (pthread_mutex_init(&cache->turn, NULL) != 0)
        return false;
    if (pthread_rwlock_init(&cache->lock, NULL) == 0)
        return true;
    pthread_mutex_destroy(&cache->turn);
    return false;
}

static void
destroy_locks(struct ch_cache *cache)
{
    pthread_rwlock_destroy(&cache->lock);
    pthread_mutex_destroy(&cache->turn);
}

static bool
init(struct ch_cache *cache)
{
    for (int kind = 0; kind < CHANDRA_KIND_COUNT; kind++)
        ch_store_init(&cache->stores[kind], kind == CHANDRA_KIND_POD || kind == CHANDRA_KIND_NODE ||
                                                kind == CHANDRA_KIND_CLAIM);
    cache->classes.key_of = class_of;
    if (!init_locks(cache))
        return false;
    if (!ch_sets_init(&cache->sets, &cache->stores[CHANDRA_KIND_NODE])) {
        destroy_locks(cache);
        return false;
    }
    if (ch_node_table_init(&cache->nodes))
        return true;
    ch_sets_clear(&cache->sets);
    destroy_locks(cache);
    return false;
}

enum chandra_status
ch_cache_new(struct ch_cache **out_cache, struct chandra_error *err)
{
    struct ch_cache *cache = ch_calloc(1, sizeof(*cache));

    if (!cache || !init(cache)) {
        ch_free(cache);
        return ch_no_memory("the cache", err);
    }
    *out_cache = cache;
    return CHANDRA_OK;
}

/* Locks. */

void
ch_cache_lock_read(struct ch_cache *cache)
{
    pthread_mutex_lock(&cache->turn);
    pthread_rwlock_rdlock(&cache->lock);
    pthread_mutex_unlock(&cache->turn);
}

void
ch_cache_lock_write(struct ch_cache *cache)
{
    pthread_mutex_lock(&cache->turn);
    pthread_rwlock_wrlock(&cache->lock);
    pthread_mutex_unlock(&cache->turn);
}

void
ch_cache_unlock(struct ch_cache *cache)
{
    pthread_rwlock_unlock(&cache->lock);
}

/* Intake. */

static bool
link_class(struct ch_cache *cache, struct ch_entry *entry)
{
    struct ch_link *link = &entry->links[entry->link_count - 1];
    struct ch_index_key key;

    if (entry->object->kind != CHANDRA_KIND_CLAIM)
        return true;
    key = class_of(link);
    return ch_index_add(&cache->classes, link, &key);
}

static bool
use_set(struct ch_cache *cache, struct ch_entry *entry)
{
    const struct chandra_claim *claim = chandra_object_claim(entry->object);
    const struct chandra_class *klass = chandra_object_class(entry->object);

    if (claim)
        return ch_sets_acquire(&cache->sets, &entry->set_ref, claim->available_on,
                               claim->is_allocated ? claim->class_name : NULL);
    return !klass || ch_sets_acquire(&cache->sets, &entry->set_ref, klass->suitable, NULL);
}

static bool
place_node(struct ch_cache *cache, struct ch_entry *entry, const struct ch_entry *old)
{
    const struct chandra_node *node = chandra_object_node(entry->object);

    if (!node)
        return true;
    if (!old)
        return ch_node_table_add(&cache->nodes, node, &entry->node);
    entry->node = old->node;
    return ch_node_table_change(&cache->nodes, old->node, node);
}

/* Take an entry, or what there is of it, out of everything but the node table. */
static void
unlink_entry(struct ch_cache *cache, struct ch_entry *entry)
{
    ch_sets_release(&cache->sets, &entry->set_ref);
    if (entry->object->kind == CHANDRA_KIND_CLAIM)
        ch_index_remove(&cache->classes, &entry->links[entry->link_count - 1]);
    ch_store_unlink(&cache->stores[entry->object->kind], entry);
}

static void
update_sets(struct ch_cache *cache, const struct ch_entry *old, const struct ch_entry *entry)
{
    const struct ch_entry *any = old ? old : entry;

    if (any->object->kind == CHANDRA_KIND_NODE)
        ch_sets_update(&cache->sets, old, entry, ch_nodes_capacity(cache->nodes.present));
}

/* Free an entry that has been taken out; its object goes to the caller. */
static struct chandra_object *
take_object(struct ch_entry *entry)
{
    struct chandra_object *object = entry->object;

    entry->object = NULL;
    ch_entry_free(entry);
    return object;
}

enum chandra_status
ch_cache_put(struct ch_cache *cache, struct chandra_object *object, struct chandra_object **out_old,
             struct chandra_error *err)
{
    struct ch_store *store = &cache->stores[object->kind];
    struct ch_entry *old = ch_store_find(store, object->name_space, object->name);
    struct ch_entry *entry = ch_entry_new(store, object);

    if (!entry || !ch_store_link(store, entry) || !link_class(cache, entry) ||
        !use_set(cache, entry) || !place_node(cache, entry, old)) {
        if (entry) {
            unlink_entry(cache, entry);
            ch_entry_free(entry);
        }
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s %s: out of memory for the cache",
                                 chandra_kind_name(object->kind), object->name);
    }
    if (old) {
        ch_store_remove(store, old);
        unlink_entry(cache, old);
    }
    ch_store_add(store, entry);
    update_sets(cache, old, entry);
    *out_old = old ? take_object(old) : NULL;
    return CHANDRA_OK;
}

void
ch_cache_remove(struct ch_cache *cache, enum chandra_kind kind, const char *name_space,
                const char *name, struct chandra_object **out_old)
{
    struct ch_store *store = &cache->stores[kind];
    struct ch_entry *entry = ch_store_find(store, name_space, name);

    *out_old = NULL;
    if (!entry)
        return;
    ch_store_remove(store, entry);
    unlink_entry(cache, entry);
    if (kind == CHANDRA_KIND_NODE)
        ch_node_table_remove(&cache->nodes, entry->node);
    update_sets(cache, entry, NULL);
    *out_old = take_object(entry);
}

void
ch_cache_free(struct ch_cache *cache)
{
    if (!cache)
        return;
    for (int kind = 0; kind < CHANDRA_KIND_COUNT; kind++) {
        struct ch_store *store = &cache->stores[kind];
        struct ch_entry *entry;

        while ((entry = ch_store_next(store, NULL)) != NULL) {
            ch_store_remove(store, entry);
            unlink_entry(cache, entry);
            ch_entry_free(entry);
        }
    }
    for (int kind = 0; kind < CHANDRA_KIND_COUNT; kind++)
        ch_store_clear(&cache->stores[kind]);
    ch_index_clear(&cache->classes);
    ch_sets_clear(&cache->sets);
    ch_node_table_clear(&cache->nodes);
    destroy_locks(cache);
    ch_free(cache);
}

/* Lookup. */

struct chandra_object *
ch_cache_get(const struct ch_cache *cache, enum chandra_kind kind, const char *name_space,
             const char *name)
{
    struct ch_entry *entry = ch_store_find(&cache->stores[kind], name_space, name);

    return entry ? entry->object : NULL;
}

size_t
ch_cache_count(const struct ch_cache *cache, enum chandra_kind kind)
{
    return cache->stores[kind].entries.count;
}

void
ch_cache_each(const struct ch_cache *cache, enum chandra_kind kind, ch_cache_fn fn, void *user)
{
    const struct ch_entry *entry = NULL;

    while ((entry = ch_store_next(&cache->stores[kind], entry)) != NULL)
        if (!fn(user, entry->object))
            return;
}

void
ch_cache_each_claim_of_class(const struct ch_cache *cache, const char *class_name, ch_cache_fn fn,
                             void *user)
{
    const struct ch_index_key key = {NULL, NULL, class_name};
    const struct ch_link *link = ch_index_first(&cache->classes, &key);

    for (; link; link = link->next)
        if (!fn(user, ((const struct ch_entry *)link->owner)->object))
            return;
}

void
ch_cache_each_labeled(const struct ch_cache *cache, enum chandra_kind kind,
                      const struct ch_label *label, ch_cache_fn fn, void *user)
{
    struct ch_store_cursor at = {NULL, NULL};
    const struct ch_entry *entry;

    while ((entry = ch_store_labeled(&cache->stores[kind], label, &at)) != NULL)
        if (!fn(user, entry->object))
            return;
}

struct ch_nodes *
ch_cache_nodes(struct ch_cache *cache)
{
    return ch_nodes_ref(cache->nodes.present);
}

enum chandra_status
ch_cache_select(struct ch_cache *cache, struct ch_selector *selector, struct chandra_nodeset *out,
                struct chandra_error *err)
{
    if (ch_sets_select(&cache->sets, selector, ch_nodes_capacity(cache->nodes.present), out))
        return CHANDRA_OK;
    return ch_no_memory("a selector's node set", err);
}

enum chandra_status
ch_cache_each_selector(struct ch_cache *cache, const char *class_name, ch_cache_selector_fn fn,
                       void *user, struct chandra_error *err)
{
    if (ch_sets_each(&cache->sets, class_name, ch_nodes_capacity(cache->nodes.present), fn, user))
        return CHANDRA_OK;
    return ch_no_memory("the selectors' node sets", err);
}

enum chandra_status
ch_cache_each_claim_on(struct ch_cache *cache, const char *node, ch_cache_fn fn, void *user,
                       struct chandra_error *err)
{
    const struct ch_entry *entry = ch_store_find(&cache->stores[CHANDRA_KIND_NODE], "", node);

    if (!entry || ch_sets_each_claim_on(&cache->sets, entry,
                                        ch_nodes_capacity(cache->nodes.present), fn, user))
        return CHANDRA_OK;
    return ch_no_memory("the selectors' node sets", err);
}

void
ch_cache_counters(const struct ch_cache *cache, struct ch_cache_counters *out)
{
    out->selector_evaluations = atomic_load(&cache->sets.evaluations);
    out->sets_built = atomic_load(&cache->sets.built);
}
