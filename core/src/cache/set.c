/* set.c - one node set: built from nothing, and kept up to date node by node. */
#include "cache/sets.h"

#include "base/alloc.h"
#include "model/selector.h"

static bool
matches(struct ch_sets *sets, const struct ch_selector *selector, const struct ch_entry *node)
{
    atomic_fetch_add_explicit(&sets->evaluations, 1, memory_order_relaxed);
    return ch_selector_matches(selector, chandra_object_node(node->object));
}

static void
try_node(struct ch_sets *sets, const struct ch_selector *selector, const struct ch_entry *node,
         struct chandra_nodeset *nodes)
{
    if (!ch_nodeset_has(nodes, node->node) && matches(sets, selector, node))
        chandra_nodeset_add(nodes, node->node);
}

void
ch_sets_evaluate(struct ch_sets *sets, const struct ch_selector *selector,
                 const struct ch_anchor *anchor, struct chandra_nodeset *nodes)
{
    const struct ch_label label = {"", anchor->key, anchor->value};
    struct ch_store_cursor at = {NULL, NULL};
    const struct ch_entry *node = NULL;

    switch (anchor->kind) {
    case CH_ANCHOR_LABEL:
        while ((node = ch_store_labeled(sets->nodes, &label, &at)) != NULL)
            try_node(sets, selector, node, nodes);
        break;
    case CH_ANCHOR_NAME:
        node = ch_store_find(sets->nodes, "", anchor->value);
        if (node)
            try_node(sets, selector, node, nodes);
        break;
    case CH_ANCHOR_ANY:
        while ((node = ch_store_next(sets->nodes, node)) != NULL)
            try_node(sets, selector, node, nodes);
        break;
    }
}

void
ch_set_unbuild(struct ch_sets *sets, struct ch_set *set)
{
    for (size_t i = 0; i < set->anchor_count; i++)
        ch_index_remove(&sets->anchors, &set->anchors[i].link);
    ch_free(set->anchors);
    if (atomic_load(&set->nodes))
        atomic_fetch_sub(&sets->present, 1);
    ch_free(atomic_load(&set->nodes));
    set->anchors = NULL;
    set->anchor_count = 0;
    atomic_store(&set->nodes, NULL);
}

static bool
link_anchors(struct ch_sets *sets, struct ch_set *set)
{
    bool ok = true;

    for (size_t i = 0; i < set->anchor_count && ok; i++) {
        struct ch_anchor *anchor = &set->anchors[i];
        const struct ch_index_key key = ch_anchor_key_of(&anchor->link);

        anchor->link.owner = set;
        ok = ch_index_add(&sets->anchors, &anchor->link, &key);
    }
    return ok;
}

/* Build a set from nothing; NULL when out of memory. */
static struct chandra_nodeset *
build(struct ch_sets *sets, struct ch_set *set, uint32_t capacity)
{
    struct chandra_nodeset *nodes = ch_nodeset_new(capacity);

    if (!nodes || !ch_anchors_of(set->selector, &set->anchors, &set->anchor_count) ||
        !link_anchors(sets, set)) {
        ch_free(nodes);
        ch_set_unbuild(sets, set);
        return NULL;
    }
    for (size_t i = 0; i < set->anchor_count; i++)
        ch_sets_evaluate(sets, set->selector, &set->anchors[i], nodes);
    atomic_fetch_add_explicit(&sets->built, 1, memory_order_relaxed);
    atomic_fetch_add(&sets->present, 1);
    atomic_store(&set->nodes, nodes);
    return nodes;
}

const struct chandra_nodeset *
ch_set_nodes(struct ch_sets *sets, struct ch_set *set, uint32_t capacity)
{
    struct chandra_nodeset *nodes = atomic_load(&set->nodes);

    if (nodes)
        return nodes;
    pthread_mutex_lock(&sets->lock);
    nodes = atomic_load(&set->nodes);
    if (!nodes)
        nodes = build(sets, set, capacity);
    pthread_mutex_unlock(&sets->lock);
    return nodes;
}

/* Keeping up. */

struct update {
    struct ch_sets *sets;
    const struct ch_entry *old_node;
    const struct ch_entry *new_node;
    uint32_t index;
    uint32_t capacity;
    struct ch_label_changes changes; /* of a node that came before and stays */
    struct ch_set *spoilt;
};

/* Let a set hold indices up to the capacity. */
static struct chandra_nodeset *
widen(struct ch_set *set, uint32_t capacity)
{
    struct chandra_nodeset *old = atomic_load(&set->nodes);
    struct chandra_nodeset *wider = ch_nodeset_new(capacity);

    if (!wider)
        return NULL;
    chandra_nodeset_assign(wider, old);
    atomic_store(&set->nodes, wider);
    ch_free(old);
    return wider;
}

static void
update_set(struct update *update, struct ch_set *set)
{
    struct chandra_nodeset *nodes = atomic_load(&set->nodes);

    if (set->change == update->sets->change)
        return;
    set->change = update->sets->change;
    if (update->old_node && update->new_node &&
        !ch_selector_is_touched(set->selector, &update->changes))
        return;
    if (!update->new_node || !matches(update->sets, set->selector, update->new_node)) {
        chandra_nodeset_remove(nodes, update->index);
        return;
    }
    if (update->index >= nodes->capacity)
        nodes = widen(set, update->capacity);
    if (nodes) {
        chandra_nodeset_add(nodes, update->index);
        return;
    }
    /* Unbuilding takes links out of the very lists that are walked: later. */
    set->spoilt = update->spoilt;
    update->spoilt = set;
}

static void
update_anchored(struct update *update, enum ch_anchor_kind kind, const char *key, const char *value)
{
    const struct ch_index_key anchor = ch_anchor_key(kind, key, value);
    struct ch_link *link = ch_index_first(&update->sets->anchors, &anchor);

    for (; link; link = link->next)
        update_set(update, link->owner);
}

/* Update every set that has an anchor on a node. */
static void
update_for(struct update *update, const struct ch_entry *node)
{
    const struct chandra_object *object = node->object;

    update_anchored(update, CH_ANCHOR_ANY, NULL, NULL);
    update_anchored(update, CH_ANCHOR_NAME, NULL, object->name);
    for (uint32_t i = 0; i < object->label_count; i++)
        update_anchored(update, CH_ANCHOR_LABEL, object->labels[i].key, object->labels[i].value);
}

void
ch_sets_update(struct ch_sets *sets, const struct ch_entry *old_node,
               const struct ch_entry *new_node, uint32_t capacity)
{
    struct update update = {.sets = sets,
                            .old_node = old_node,
                            .new_node = new_node,
                            .index = old_node ? old_node->node : new_node->node,
                            .capacity = capacity};

    if (old_node && new_node) {
        ch_label_changes(old_node->object, new_node->object, &update.changes);
        if (update.changes.count == 0)
            return;
    }
    sets->change++;
    if (old_node)
        update_for(&update, old_node);
    if (new_node)
        update_for(&update, new_node);
    while (update.spoilt) {
        struct ch_set *set = update.spoilt;

        update.spoilt = set->spoilt;
        ch_set_unbuild(sets, set);
    }
}
