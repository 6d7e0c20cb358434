/* index.h - from keys to all that carry them: lists that run through links inside of the indexed
 * things. A list knows its key by asking one of its links, so that no key is stored twice.
 *
 *   table of postings        posting              link          link
 *   hash of the key  ->   first, hash  ->   owner    <->  owner
 *                            \ group ->  the same again, by key and value in all scopes
 */
#ifndef CH_CACHE_INDEX_H
#define CH_CACHE_INDEX_H

#include "cache/table.h"

#include <stdbool.h>

struct ch_posting;

struct ch_link {
    struct ch_link *next; /* with the same key */
    struct ch_link *prev;
    struct ch_posting *posting; /* NULL: not linked */
    void *owner;                /* what carries the key */
};

/* Any part may be NULL, which equals only NULL. */
struct ch_index_key {
    const char *scope;
    const char *key;
    const char *value;
};

/* All links of one key; never empty. */
struct ch_posting {
    struct ch_table_item item;
    struct ch_link *first;
    struct ch_link group; /* in the index of groups, if there is one */
};

struct ch_index {
    struct ch_table postings;
    /* The key of a link that is in the index. */
    struct ch_index_key (*key_of)(const struct ch_link *link);
    struct ch_index *groups; /* its links are the postings of this one; NULL: none */
};

/* Add a link, with its owner set, under the key that key_of() will tell. False: out of memory. */
bool ch_index_add(struct ch_index *index, struct ch_link *link, const struct ch_index_key *key);
/* Take a link out again; nothing to do for one that is not linked. */
void ch_index_remove(struct ch_index *index, struct ch_link *link);
/* The first link with a key, or NULL; the others follow by `next`. */
struct ch_link *ch_index_first(const struct ch_index *index, const struct ch_index_key *key);
/* Give the memory back; every link has been removed. */
void ch_index_clear(struct ch_index *index);

#endif
