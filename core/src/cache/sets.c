/* sets.c - the node sets of the selectors in use. */
#include "cache/sets.h"

#include "base/alloc.h"
#include "model/selector.h"

#include <string.h>

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
    ch_set_unbuild(sets, set);
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

static void
link_allocated(struct ch_set_ref *ref, struct ch_set *set)
{
    ref->next = set->allocated;
    ref->link = &set->allocated;
    if (ref->next)
        ref->next->link = &ref->next;
    set->allocated = ref;
}

static void
unlink_allocated(struct ch_set_ref *ref)
{
    *ref->link = ref->next;
    if (ref->next)
        ref->next->link = ref->link;
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
        link_allocated(ref, set);
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
    if (ref->use) {
        unlink_allocated(ref);
        drop_use(sets, ref->use);
    }
    ref->set->refs--;
    drop_unused(sets, ref->set);
    ref->set = NULL;
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
        nodes = ch_set_nodes(sets, set, capacity);
        if (nodes)
            chandra_nodeset_assign(out, nodes);
        return nodes != NULL;
    }
    if (!ch_anchors_of(selector, &anchors, &count))
        return false;
    chandra_nodeset_reset(out);
    for (size_t i = 0; i < count; i++)
        ch_sets_evaluate(sets, selector, &anchors[i], out);
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
    const struct chandra_nodeset *nodes = ch_set_nodes(walk->sets, set, walk->nodes->capacity);

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
