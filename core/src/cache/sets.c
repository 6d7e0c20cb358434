/* sets.c - the node sets of the selectors in use. */
#include "cache/sets.h"

#include "base/alloc.h"
#include "cache/anchors.h"
#include "model/selector.h"

#include <string.h>

struct ch_set {
    struct ch_link by_text;
    struct ch_selector *selector; /* a reference */
    size_t refs;
    size_t claims; /* allocated ones that use it */
    struct ch_set_use *uses;
    _Atomic(struct chandra_nodeset *) nodes; /* NULL: not built */
    struct ch_anchor *anchors;               /* NULL: not built */
    size_t anchor_count;
    uint64_t change;       /* the last that it was looked at for */
    struct ch_set *spoilt; /* the next that cannot be kept up to date */
};

/* How many allocated claims of one class use a set. */
struct ch_set_use {
    struct ch_link by_class;
    struct ch_set_use *next; /* of the set */
    struct ch_set *set;
    size_t claims;
    char class_name[];
};

static struct ch_index_key
text_key(const char *text)
{
    return (struct ch_index_key){NULL, NULL, text};
}

static struct ch_index_key
text_of(const struct ch_link *link)
{
    return text_key(ch_selector_text(((const struct ch_set *)link->owner)->selector));
}

static struct ch_index_key
class_of(const struct ch_link *link)
{
    return text_key(((const struct ch_set_use *)link->owner)->class_name);
}

bool
ch_sets_init(struct ch_sets *sets, const struct ch_store *nodes)
{
    *sets = (struct ch_sets){
        .nodes = nodes,
        .texts = {.key_of = text_of},
        .anchors = {.key_of = ch_anchor_key_of},
        .uses = {.key_of = class_of},
    };
    return pthread_mutex_init(&sets->lock, NULL) == 0;
}

void
ch_sets_clear(struct ch_sets *sets)
{
    ch_index_clear(&sets->texts);
    ch_table_clear(&sets->refs);
    ch_index_clear(&sets->anchors);
    ch_index_clear(&sets->uses);
    pthread_mutex_destroy(&sets->lock);
}

/* Building. */

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

/* Add the nodes that match and carry an anchor. */
static void
evaluate(struct ch_sets *sets, const struct ch_selector *selector, const struct ch_anchor *anchor,
         struct chandra_nodeset *nodes)
{
    struct ch_store_cursor at = {NULL, NULL};
    const struct ch_entry *node = NULL;

    switch (anchor->kind) {
    case CH_ANCHOR_LABEL:
        while ((node = ch_store_labeled(sets->nodes, "", anchor->key, anchor->value, &at)) != NULL)
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

static void
unbuild(struct ch_sets *sets, struct ch_set *set)
{
    for (size_t i = 0; i < set->anchor_count; i++)
        ch_index_remove(&sets->anchors, &set->anchors[i].link);
    ch_free(set->anchors);
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
        unbuild(sets, set);
        return NULL;
    }
    for (size_t i = 0; i < set->anchor_count; i++)
        evaluate(sets, set->selector, &set->anchors[i], nodes);
    atomic_fetch_add_explicit(&sets->built, 1, memory_order_relaxed);
    atomic_store(&set->nodes, nodes);
    return nodes;
}

/* The set's nodes, which do not change while the read lock is held; NULL when out of memory. */
static const struct chandra_nodeset *
nodes_of(struct ch_sets *sets, struct ch_set *set, uint32_t capacity)
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

/* References. */

static struct ch_set *
find_text(const struct ch_sets *sets, const char *text)
{
    const struct ch_index_key key = text_key(text);
    const struct ch_link *link = ch_index_first(&sets->texts, &key);

    return link ? link->owner : NULL;
}

static struct ch_set *
want_set(struct ch_sets *sets, struct ch_selector *selector)
{
    const struct ch_index_key key = text_key(ch_selector_text(selector));
    struct ch_set *set = find_text(sets, key.value);

    if (set)
        return set;
    set = ch_calloc(1, sizeof(*set));
    if (!set)
        return NULL;
    atomic_init(&set->nodes, NULL);
    set->selector = selector;
    set->by_text.owner = set;
    if (!ch_index_add(&sets->texts, &set->by_text, &key)) {
        ch_free(set);
        return NULL;
    }
    ch_selector_ref(selector);
    return set;
}

static void
drop_unused(struct ch_sets *sets, struct ch_set *set)
{
    if (set->refs > 0)
        return;
    unbuild(sets, set);
    ch_index_remove(&sets->texts, &set->by_text);
    ch_selector_unref(set->selector);
    ch_free(set);
}

static struct ch_set_use *
want_use(struct ch_sets *sets, struct ch_set *set, const char *class_name)
{
    const struct ch_index_key key = text_key(class_name);
    struct ch_set_use *use = set->uses;

    while (use && strcmp(use->class_name, class_name) != 0)
        use = use->next;
    if (use)
        return use;
    use = ch_calloc(1, sizeof(*use) + strlen(class_name) + 1);
    if (!use)
        return NULL;
    memcpy(use->class_name, class_name, strlen(class_name) + 1);
    use->set = set;
    use->by_class.owner = use;
    if (!ch_index_add(&sets->uses, &use->by_class, &key)) {
        ch_free(use);
        return NULL;
    }
    use->next = set->uses;
    set->uses = use;
    return use;
}

static void
drop_use(struct ch_sets *sets, struct ch_set_use *use)
{
    struct ch_set_use **place = &use->set->uses;

    use->set->claims--;
    if (--use->claims > 0)
        return;
    while (*place != use)
        place = &(*place)->next;
    *place = use->next;
    ch_index_remove(&sets->uses, &use->by_class);
    ch_free(use);
}

bool
ch_sets_acquire(struct ch_sets *sets, struct ch_set_ref *ref, struct ch_selector *selector,
                const char *class_name)
{
    struct ch_set_use *use = NULL;
    struct ch_set *set;

    if (!selector)
        return true;
    set = want_set(sets, selector);
    if (!set)
        return false;
    if (class_name) {
        use = want_use(sets, set, class_name);
        if (!use) {
            drop_unused(sets, set);
            return false;
        }
        use->claims++;
        set->claims++;
    }
    set->refs++;
    ref->selector = selector;
    ref->set = set;
    ref->use = use;
    ch_table_add(&sets->refs, &ref->item, ch_hash_pointer(selector));
    return true;
}

void
ch_sets_release(struct ch_sets *sets, struct ch_set_ref *ref)
{
    if (!ref->set)
        return;
    ch_table_remove(&sets->refs, &ref->item);
    if (ref->use)
        drop_use(sets, ref->use);
    ref->set->refs--;
    drop_unused(sets, ref->set);
    ref->set = NULL;
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
        unbuild(sets, set);
    }
}

/* Questions. */

static struct ch_set *
find_set(const struct ch_sets *sets, const struct ch_selector *selector)
{
    struct ch_table_item *item = ch_table_find(&sets->refs, ch_hash_pointer(selector));

    for (; item; item = ch_table_again(item)) {
        const struct ch_set_ref *ref = (const struct ch_set_ref *)item;

        if (ref->selector == selector)
            return ref->set;
    }
    return find_text(sets, ch_selector_text(selector));
}

bool
ch_sets_select(struct ch_sets *sets, struct ch_selector *selector, uint32_t capacity,
               struct chandra_nodeset *out)
{
    struct ch_set *set = find_set(sets, selector);
    const struct chandra_nodeset *nodes;
    struct ch_anchor *anchors;
    size_t count;

    if (set) {
        nodes = nodes_of(sets, set, capacity);
        if (nodes)
            chandra_nodeset_assign(out, nodes);
        return nodes != NULL;
    }
    if (!ch_anchors_of(selector, &anchors, &count))
        return false;
    chandra_nodeset_reset(out);
    for (size_t i = 0; i < count; i++)
        evaluate(sets, selector, &anchors[i], out);
    ch_free(anchors);
    return true;
}

/* Where a walk hands its sets to. */
struct walk {
    struct ch_sets *sets;
    struct chandra_nodeset *nodes; /* of the present capacity, while the sets may be smaller */
    ch_cache_selector_fn fn;
    void *user;
    bool is_over;
};

/* Hand out one set. False: out of memory. */
static bool
hand_out(struct walk *walk, struct ch_set *set, size_t claims)
{
    const struct chandra_nodeset *nodes = nodes_of(walk->sets, set, walk->nodes->capacity);

    if (!nodes)
        return false;
    chandra_nodeset_assign(walk->nodes, nodes);
    walk->is_over = !walk->fn(walk->user, claims, walk->nodes);
    return true;
}

static bool
walk_class(struct walk *walk, const char *class_name)
{
    const struct ch_index_key key = text_key(class_name);
    const struct ch_link *link = ch_index_first(&walk->sets->uses, &key);
    bool ok = true;

    for (; link && ok && !walk->is_over; link = link->next) {
        const struct ch_set_use *use = link->owner;

        ok = hand_out(walk, use->set, use->claims);
    }
    return ok;
}

static bool
walk_all(struct walk *walk)
{
    const struct ch_table *table = &walk->sets->texts.postings;
    const struct ch_table_item *item = NULL;
    bool ok = true;

    while (ok && !walk->is_over && (item = ch_table_next(table, item)) != NULL) {
        struct ch_set *set = ((const struct ch_posting *)item)->first->owner;

        if (set->claims > 0)
            ok = hand_out(walk, set, set->claims);
    }
    return ok;
}

bool
ch_sets_each(struct ch_sets *sets, const char *class_name, uint32_t capacity,
             ch_cache_selector_fn fn, void *user)
{
    struct walk walk = {.sets = sets, .fn = fn, .user = user};
    bool ok;

    walk.nodes = ch_nodeset_new(capacity);
    if (!walk.nodes)
        return false;
    ok = class_name ? walk_class(&walk, class_name) : walk_all(&walk);
    ch_free(walk.nodes);
    return ok;
}
