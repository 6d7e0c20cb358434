/* sets.h - the node sets of the selectors in use, one for each distinct selector.
 *
 * A set is built at its first question, under the read lock and the small lock here; from then on
 * the writer keeps it up to date, under the write lock. Whatever cannot be done for want of memory
 * makes the set unbuilt again, so that keeping up cannot fail.
 */
#ifndef CH_CACHE_SETS_H
#define CH_CACHE_SETS_H

#include "cache/anchors.h"
#include "cache/cache.h"
#include "cache/index.h"
#include "cache/store.h"

#include <pthread.h>
#include <stdatomic.h>

/* The set of one selector. */
struct ch_set {
    struct ch_link by_text;
    struct ch_selector *selector; /* a reference */
    size_t refs;
    size_t claims;                /* allocated ones that use it */
    struct ch_set_ref *allocated; /* those */
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

struct ch_sets {
    const struct ch_store *nodes;
    struct ch_index texts;   /* sets by their selector's text */
    struct ch_table refs;    /* struct ch_set_ref by selector */
    struct ch_index anchors; /* of the sets that are built */
    struct ch_index uses;    /* struct ch_set_use by class */
    pthread_mutex_t lock;    /* of building */
    uint64_t change;         /* number of the present change */
    _Atomic uint64_t evaluations;
    _Atomic uint64_t built;
    _Atomic size_t present; /* sets that are built now */
};

bool ch_sets_init(struct ch_sets *sets, const struct ch_store *nodes);
void ch_sets_clear(struct ch_sets *sets); /* every reference has been released */

/* Use a selector's set; NULL uses none. `class_name` counts an allocated claim of that class.
 * False: out of memory, nothing has changed. */
bool ch_sets_acquire(struct ch_sets *sets, struct ch_set_ref *ref, struct ch_selector *selector,
                     const char *class_name);
void ch_sets_release(struct ch_sets *sets, struct ch_set_ref *ref);

/* See ch_cache_select() and ch_cache_each_selector(). `capacity` is that of the node table. */
bool ch_sets_select(struct ch_sets *sets, struct ch_selector *selector, uint32_t capacity,
                    struct chandra_nodeset *out);
bool ch_sets_each(struct ch_sets *sets, const char *class_name, uint32_t capacity,
                  ch_cache_selector_fn fn, void *user);

/* residents.c */

/* Walk the allocated claims that are available on a node by an availableOnNodes, in no particular
 * order. The small lock here is held meanwhile: `fn` must not ask for a set that is not built.
 * False: out of memory. */
bool ch_sets_each_claim_on(struct ch_sets *sets, const struct ch_entry *node, uint32_t capacity,
                           ch_cache_fn fn, void *user);

/* set.c */

/* A node came (no old one), changed, or went (no new one); the store of nodes shows the new state.
 */
void ch_sets_update(struct ch_sets *sets, const struct ch_entry *old_node,
                    const struct ch_entry *new_node, uint32_t capacity);

/* The set's nodes, which do not change while the read lock is held; NULL when out of memory. */
const struct chandra_nodeset *ch_set_nodes(struct ch_sets *sets, struct ch_set *set,
                                           uint32_t capacity);
void ch_set_unbuild(struct ch_sets *sets, struct ch_set *set);
/* Add the nodes that match a selector and carry one of its anchors. */
void ch_sets_evaluate(struct ch_sets *sets, const struct ch_selector *selector,
                      const struct ch_anchor *anchor, struct chandra_nodeset *nodes);

#endif
