/* table.h - a hash table of items that live inside of what they stand for: adding never fails,
 * since a table that cannot grow only becomes slower. */
#ifndef CH_CACHE_TABLE_H
#define CH_CACHE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct ch_table_item {
    struct ch_table_item *next; /* in its bucket */
    uint32_t hash;
};

/* Zero-initialized is empty and ready. */
struct ch_table {
    struct ch_table_item **buckets; /* NULL: the only bucket is `first` */
    struct ch_table_item *first;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

void ch_table_add(struct ch_table *table, struct ch_table_item *item, uint32_t hash);
void ch_table_remove(struct ch_table *table, struct ch_table_item *item);
/* The first item with this hash, and the next with the hash of `item`; NULL for none. */
struct ch_table_item *ch_table_find(const struct ch_table *table, uint32_t hash);
struct ch_table_item *ch_table_again(const struct ch_table_item *item);
/* The item after `item` of all, the first for NULL; NULL at the end. */
struct ch_table_item *ch_table_next(const struct ch_table *table, const struct ch_table_item *item);
void ch_table_clear(struct ch_table *table); /* the items are the caller's */

/* Hash of a text, which may be NULL, continued from the hash of those before it (0: none); of a
 * pointer. */
uint32_t ch_hash_text(uint32_t hash, const char *text);
uint32_t ch_hash_pointer(const void *pointer);

#endif
