/* cache.h - the cluster as the engine knows it: objects by name with indexes, the node table, and
 * the node set of every selector in use.
 *
 * Readers hold the read lock, intake holds the write lock; neither is held across I/O or a policy.
 * What a lookup returns is borrowed until the lock is given back, unless a reference is taken.
 */
#ifndef CH_CACHE_CACHE_H
#define CH_CACHE_CACHE_H

#include "base/nodeset.h"

#include <chandra/error.h>
#include <chandra/object.h>

struct ch_cache;
struct ch_nodes;
struct ch_selector;

enum chandra_status ch_cache_new(struct ch_cache **out_cache, struct chandra_error *err);
void ch_cache_free(struct ch_cache *cache);

/* No thread takes it twice: a reader waits behind a writer that waits, so that intake never
 * starves. */
void ch_cache_lock_read(struct ch_cache *cache);
void ch_cache_lock_write(struct ch_cache *cache);
void ch_cache_unlock(struct ch_cache *cache);

/* Intake, under the write lock. */

/* Store an object in place of one with its name; takes a reference of its own. *out_old is the
 * former one or NULL, for the caller to unref. Errors: ENOMEM, and then nothing has changed. */
enum chandra_status ch_cache_put(struct ch_cache *cache, struct chandra_object *object,
                                 struct chandra_object **out_old, struct chandra_error *err);
/* Remove; *out_old is what was there or NULL, for the caller to unref. */
void ch_cache_remove(struct ch_cache *cache, enum chandra_kind kind, const char *name_space,
                     const char *name, struct chandra_object **out_old);

/* Lookup, under the read lock. */

struct chandra_object *ch_cache_get(const struct ch_cache *cache, enum chandra_kind kind,
                                    const char *name_space, const char *name);
size_t ch_cache_count(const struct ch_cache *cache, enum chandra_kind kind);

/* Receives an object; false ends the walk. */
typedef bool (*ch_cache_fn)(void *user, struct chandra_object *object);
void ch_cache_each(const struct ch_cache *cache, enum chandra_kind kind, ch_cache_fn fn,
                   void *user);
/* Claims of a class; claims or pods with a label; by index. */
struct ch_label {
    const char *name_space; /* NULL: all */
    const char *key;
    const char *value;
};
void ch_cache_each_claim_of_class(const struct ch_cache *cache, const char *class_name,
                                  ch_cache_fn fn, void *user);
/* Allocated claims with an availableOnNodes that matches the node of this name; by index. Errors:
 * ENOMEM. */
enum chandra_status ch_cache_each_claim_on(struct ch_cache *cache, const char *node, ch_cache_fn fn,
                                           void *user, struct chandra_error *err);
void ch_cache_each_labeled(const struct ch_cache *cache, enum chandra_kind kind,
                           const struct ch_label *label, ch_cache_fn fn, void *user);

/* The node table: nodes under small indices that stay theirs while they exist. A picture of it is
 * immutable and shared page by page, so that a change of one node costs the copy of one page. */

struct ch_nodes *ch_cache_nodes(struct ch_cache *cache); /* a reference on the present picture */
struct ch_nodes *ch_nodes_ref(struct ch_nodes *nodes);
void ch_nodes_unref(struct ch_nodes *nodes);
uint32_t ch_nodes_capacity(const struct ch_nodes *nodes); /* every index is below it */
const struct chandra_nodeset *ch_nodes_all(const struct ch_nodes *nodes);
/* Goes up whenever a node comes or goes. */
uint64_t ch_nodes_version(const struct ch_nodes *nodes);
const struct chandra_node *ch_nodes_at(const struct ch_nodes *nodes, uint32_t index); /* or NULL */
uint32_t ch_nodes_index(const struct ch_nodes *nodes,
                        const char *name); /* or CHANDRA_NODESET_END */
/* Rank in byte order of names; computed for all at the first question after a node came or went. */
uint32_t ch_nodes_rank(const struct ch_nodes *nodes, uint32_t index);

/* Node sets of selectors. Each distinct selector of a cached claim or class has one set, made at
 * its first use and from then on brought up to date node by node. */

/* Copy the selector's set over the present node table into `out` (capacity of the present picture).
 * The selector is one of a cached object; any other is evaluated afresh. Over a picture that was
 * taken under an earlier lock, `out` may tell of nodes that the picture does not have: keep what is
 * in its ch_nodes_all(). An index means the same node in every living picture that has one there.
 * Errors: ENOMEM. */
enum chandra_status ch_cache_select(struct ch_cache *cache, struct ch_selector *selector,
                                    struct chandra_nodeset *out, struct chandra_error *err);
/* For each distinct availableOnNodes of cached allocated claims, how many claims have it (of one
 * class or, for NULL, of all) and its set; false ends the walk. Errors: ENOMEM. */
typedef bool (*ch_cache_selector_fn)(void *user, size_t claims,
                                     const struct chandra_nodeset *nodes);
enum chandra_status ch_cache_each_selector(struct ch_cache *cache, const char *class_name,
                                           ch_cache_selector_fn fn, void *user,
                                           struct chandra_error *err);

/* Work done so far, so that benchmarks can show that it follows the changes. */
struct ch_cache_counters {
    uint64_t selector_evaluations; /* of one selector on one node */
    uint64_t sets_built;           /* from nothing */
};
void ch_cache_counters(const struct ch_cache *cache, struct ch_cache_counters *out);

#endif
