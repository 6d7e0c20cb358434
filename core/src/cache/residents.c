/* residents.c - the allocated claims that are available on one node, found through the anchors that
 * the node carries: the cost follows what is there, not the cluster. */
#include "cache/sets.h"

#include <stddef.h>
#include <string.h>

struct visit {
    const struct ch_entry *node;
    ch_cache_fn fn;
    void *user;
    bool is_over;
};

static bool
carries(const struct chandra_object *node, const struct ch_anchor *anchor)
{
    const char *value;

    switch (anchor->kind) {
    case CH_ANCHOR_LABEL:
        value = chandra_object_label(node, anchor->key);
        return value && strcmp(value, anchor->value) == 0;
    case CH_ANCHOR_NAME:
        return strcmp(anchor->value, node->name) == 0;
    case CH_ANCHOR_ANY:
        return true;
    }
    return false;
}

/* Of several anchors of one set that the node carries, the first stands for all. */
static bool
is_first(const struct chandra_object *node, const struct ch_anchor *anchor)
{
    const struct ch_set *set = anchor->link.owner;

    for (const struct ch_anchor *other = set->anchors; other < anchor; other++)
        if (carries(node, other))
            return false;
    return true;
}

static const struct ch_entry *
entry_of(const struct ch_set_ref *ref)
{
    return (const struct ch_entry *)((const char *)ref - offsetof(struct ch_entry, set_ref));
}

static void
visit_claims(struct visit *visit, const struct ch_set *set)
{
    for (const struct ch_set_ref *ref = set->allocated; ref && !visit->is_over; ref = ref->next)
        visit->is_over = !visit->fn(visit->user, entry_of(ref)->object);
}

static void
visit_anchored(const struct ch_sets *sets, struct visit *visit, enum ch_anchor_kind kind,
               const char *key, const char *value)
{
    const struct ch_index_key anchor_key = ch_anchor_key(kind, key, value);
    const struct ch_link *link = ch_index_first(&sets->anchors, &anchor_key);

    for (; link && !visit->is_over; link = link->next) {
        const struct ch_set *set = link->owner;

        if (set->claims > 0 && ch_nodeset_has(atomic_load(&set->nodes), visit->node->node) &&
            is_first(visit->node->object, (const struct ch_anchor *)link))
            visit_claims(visit, set);
    }
}

/* Only sets that are built have anchors in the index. */
static bool
build_all(struct ch_sets *sets, uint32_t capacity)
{
    const struct ch_table *texts = &sets->texts.postings;
    const struct ch_table_item *item = NULL;

    if (atomic_load(&sets->present) == texts->count)
        return true;
    while ((item = ch_table_next(texts, item)) != NULL)
        if (!ch_set_nodes(sets, ((const struct ch_posting *)item)->first->owner, capacity))
            return false;
    return true;
}

bool
ch_sets_each_claim_on(struct ch_sets *sets, const struct ch_entry *node, uint32_t capacity,
                      ch_cache_fn fn, void *user)
{
    const struct chandra_object *object = node->object;
    struct visit visit = {node, fn, user, false};

    if (!build_all(sets, capacity))
        return false;
    /* Another reader may be building: it moves the lists of anchors. */
    pthread_mutex_lock(&sets->lock);
    visit_anchored(sets, &visit, CH_ANCHOR_ANY, NULL, NULL);
    visit_anchored(sets, &visit, CH_ANCHOR_NAME, NULL, object->name);
    for (uint32_t i = 0; i < object->label_count; i++)
        visit_anchored(sets, &visit, CH_ANCHOR_LABEL, object->labels[i].key,
                       object->labels[i].value);
    pthread_mutex_unlock(&sets->lock);
    return true;
}
