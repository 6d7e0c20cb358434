/* nodes.h - the writer's side of the node table, whose pictures cache.h offers to readers.
 *
 *   table -> present picture -> shelves -> pages -> slots: the nodes
 *                            -> members: the set of all nodes and their ranks
 *
 * Shelves, pages and members are shared by all pictures in which they are the same. A picture that
 * only the table holds is changed in place; else a copy takes its place first, which shares all but
 * the way to what changes. Names are found by hash chains that run through the slots.
 */
#ifndef CH_CACHE_NODES_H
#define CH_CACHE_NODES_H

#include "cache/cache.h"

#include <pthread.h>
#include <stdatomic.h>

enum { CH_PAGE_SLOTS = 64, CH_SHELF_PAGES = 64 };

struct ch_node_slot {
    const struct chandra_node *node; /* a reference, or NULL */
    uint32_t next;                   /* index of the next node of the chain */
    uint32_t head;                   /* of the hash chain whose number is this slot's index */
};

struct ch_node_page {
    atomic_uint refs;
    struct ch_node_slot slots[CH_PAGE_SLOTS];
};

struct ch_node_shelf {
    atomic_uint refs;
    struct ch_node_page *pages[CH_SHELF_PAGES]; /* NULL beyond the last */
};

struct ch_members {
    atomic_uint refs;
    uint64_t version; /* goes up whenever a node comes or goes */
    struct chandra_nodeset *all;
    _Atomic(uint32_t *) ranks; /* NULL: not asked for yet */
};

/* All living pictures, oldest first. */
struct ch_roster {
    atomic_uint refs; /* the table and each picture */
    pthread_mutex_t lock;
    pthread_mutex_t rank_lock; /* one computes, the others wait for it */
    struct ch_nodes *oldest;
    struct ch_nodes *newest;
};

struct ch_nodes {
    atomic_uint refs;
    uint64_t generation;
    struct ch_roster *roster;
    struct ch_nodes *older;
    struct ch_nodes *newer;
    struct ch_members *members;
    uint32_t chain_count; /* 0 or a multiple of CH_PAGE_SLOTS */
    uint32_t page_count;
    uint32_t shelf_count;
    struct ch_node_shelf *shelves[];
};

/* What the table knows of an index that is not in use. */
struct ch_node_index {
    uint64_t generation; /* free: pictures before it may know a node there */
    uint32_t next;       /* free or doomed: the next such index */
};

struct ch_index_list {
    uint32_t first; /* or CHANDRA_NODESET_END */
    uint32_t last;
};

struct ch_node_table {
    struct ch_nodes *present;
    struct ch_node_index *indices; /* one for each index below the capacity */
    size_t index_capacity;
    struct ch_index_list free;   /* longest free first */
    struct ch_index_list doomed; /* nodes to be removed as soon as there is memory for it */
};

bool ch_node_table_init(struct ch_node_table *table);
void ch_node_table_clear(struct ch_node_table *table); /* pictures that are held live on */

/* Add a node under an index of its own. False: out of memory, nothing has changed. */
bool ch_node_table_add(struct ch_node_table *table, const struct chandra_node *node,
                       uint32_t *out_index);
/* Give an index another version of its node. False: out of memory, nothing has changed. */
bool ch_node_table_change(struct ch_node_table *table, uint32_t index,
                          const struct chandra_node *node);
/* Remove a node. Without memory for the copy that a held picture asks for, this is made up for at
 * the next call of any of these functions. */
void ch_node_table_remove(struct ch_node_table *table, uint32_t index);
/* Try to make up for removals. False: out of memory, some are left. */
bool ch_node_table_settle(struct ch_node_table *table);

/* picture.c: what the table and the pictures share. */

/* Where the page of an index hangs; its shelf must exist. */
static inline struct ch_node_page **
ch_nodes_page(const struct ch_nodes *nodes, uint32_t index)
{
    const uint32_t page = index / CH_PAGE_SLOTS;

    return &nodes->shelves[page / CH_SHELF_PAGES]->pages[page % CH_SHELF_PAGES];
}

static inline struct ch_node_slot *
ch_nodes_slot(const struct ch_nodes *nodes, uint32_t index)
{
    return &(*ch_nodes_page(nodes, index))->slots[index % CH_PAGE_SLOTS];
}

/* Number of a name's hash chain; there must be chains. */
uint32_t ch_nodes_chain(const struct ch_nodes *nodes, const char *name);

/* Each starts with one reference; a copy refers to what its original does. NULL when out of memory.
 */
struct ch_node_page *ch_page_new(void);
struct ch_node_page *ch_page_copy(const struct ch_node_page *page);
void ch_page_unref(struct ch_node_page *page);
struct ch_node_shelf *ch_shelf_copy(const struct ch_node_shelf *shelf);
void ch_shelf_unref(struct ch_node_shelf *shelf);
struct ch_members *ch_members_new(uint32_t capacity);
void ch_members_unref(struct ch_members *members);
/* The first picture, without nodes, with a roster of its own. */
struct ch_nodes *ch_nodes_new(void);
/* A picture of the next generation, equal to `old` but for empty shelves at the end. */
struct ch_nodes *ch_nodes_copy(const struct ch_nodes *old, uint32_t shelf_count);
/* Generation of the oldest living picture. */
uint64_t ch_nodes_oldest(const struct ch_nodes *nodes);

#endif
