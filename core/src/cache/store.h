/* store.h - the objects of one kind, by name and by label; one allocation for each object. */
#ifndef CH_CACHE_STORE_H
#define CH_CACHE_STORE_H

#include "cache/cache.h"
#include "cache/index.h"
#include "cache/table.h"
#include "model/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ch_set;
struct ch_set_use;

/* Which node set a claim or a class uses; see sets.h. */
struct ch_set_ref {
    struct ch_table_item item;
    const struct ch_selector *selector;
    struct ch_set *set;       /* NULL: none */
    struct ch_set_use *use;   /* of an allocated claim */
    struct ch_set_ref *next;  /* of the allocated claims with this set */
    struct ch_set_ref **link; /* what points here */
};

struct ch_entry {
    struct ch_table_item item;
    struct chandra_object *object; /* a reference */
    struct ch_set_ref set_ref;     /* claims and classes */
    uint32_t node;                 /* nodes: index in the node table */
    uint32_t link_count;
    struct ch_link links[]; /* one for each label, then, for claims, one for the class */
};

struct ch_store {
    struct ch_table entries;
    struct ch_index labels; /* by namespace, key and value */
    struct ch_index groups; /* the same in all namespaces */
    bool is_labeled;        /* whether labels are indexed at all */
};

/* The store does not move afterwards. */
void ch_store_init(struct ch_store *store, bool is_labeled);
void ch_store_clear(struct ch_store *store); /* every entry has been removed */

/* An entry outside of the store, with a reference on its object; NULL when out of memory. */
struct ch_entry *ch_entry_new(const struct ch_store *store, struct chandra_object *object);
void ch_entry_free(struct ch_entry *entry); /* drops the reference, if it was not taken */

/* Put an entry's labels into the index. False: out of memory, some may be in. */
bool ch_store_link(struct ch_store *store, struct ch_entry *entry);
void ch_store_unlink(struct ch_store *store, struct ch_entry *entry);
/* Let an entry be found by its name; no other has it. Cannot fail. */
void ch_store_add(struct ch_store *store, struct ch_entry *entry);
void ch_store_remove(struct ch_store *store, struct ch_entry *entry);

struct ch_entry *ch_store_find(const struct ch_store *store, const char *name_space,
                               const char *name); /* or NULL */
/* The entry after `entry` of all, the first for NULL; NULL at the end. */
struct ch_entry *ch_store_next(const struct ch_store *store, const struct ch_entry *entry);

/* Walk the entries with a label: the first for zeroed `at`; NULL at the end. */
struct ch_store_cursor {
    struct ch_link *link;
    struct ch_link *group; /* when all namespaces are walked */
};
struct ch_entry *ch_store_labeled(const struct ch_store *store, const struct ch_label *label,
                                  struct ch_store_cursor *at);

#endif
