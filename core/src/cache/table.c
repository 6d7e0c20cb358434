/* table.c - a hash table of items that live inside of what they stand for. */
#include "cache/table.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

#define FIRST_BUCKETS 16

static struct ch_table_item **
bucket(const struct ch_table *table, uint32_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

/* Try to keep the chains short; not being able to is no error. */
static void
grow(struct ch_table *table)
{
    struct ch_table bigger = {.bucket_count = table->bucket_count * 2, .count = table->count};
    struct ch_table_item *item;
    struct ch_table_item *next;

    if (table->count < table->bucket_count)
        return;
    if (!table->buckets)
        bigger.bucket_count = FIRST_BUCKETS;
    bigger.buckets = ch_calloc(bigger.bucket_count, sizeof(struct ch_table_item *));
    if (!bigger.buckets)
        return;
    /* Each item is followed before it is moved: the walk's next one depends on its place. */
    for (item = ch_table_next(table, NULL); item; item = next) {
        struct ch_table_item **place = bucket(&bigger, item->hash);

        next = ch_table_next(table, item);
        item->next = *place;
        *place = item;
    }
    ch_free(table->buckets);
    *table = bigger;
}

void
ch_table_add(struct ch_table *table, struct ch_table_item *item, uint32_t hash)
{
    struct ch_table_item **place;

    grow(table);
    place = table->buckets ? bucket(table, hash) : &table->first;
    item->hash = hash;
    item->next = *place;
    *place = item;
    table->count++;
}

void
ch_table_remove(struct ch_table *table, struct ch_table_item *item)
{
    struct ch_table_item **place = table->buckets ? bucket(table, item->hash) : &table->first;

    while (*place != item)
        place = &(*place)->next;
    *place = item->next;
    table->count--;
}

static struct ch_table_item *
with_hash(struct ch_table_item *item, uint32_t hash)
{
    while (item && item->hash != hash)
        item = item->next;
    return item;
}

struct ch_table_item *
ch_table_find(const struct ch_table *table, uint32_t hash)
{
    return with_hash(table->buckets ? *bucket(table, hash) : table->first, hash);
}

struct ch_table_item *
ch_table_again(const struct ch_table_item *item)
{
    return with_hash(item->next, item->hash);
}

struct ch_table_item *
ch_table_next(const struct ch_table *table, const struct ch_table_item *item)
{
    size_t i = 0;

    if (item && item->next)
        return item->next;
    if (!table->buckets)
        return item ? NULL : table->first;
    if (item)
        i = (item->hash & (table->bucket_count - 1)) + 1;
    while (i < table->bucket_count && !table->buckets[i])
        i++;
    return i < table->bucket_count ? table->buckets[i] : NULL;
}

void
ch_table_clear(struct ch_table *table)
{
    ch_free(table->buckets);
    *table = (struct ch_table){0};
}

/* The high half of a product depends on all bits of its factors. */
static uint32_t
mix(uint64_t hash)
{
    return (uint32_t)((hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

uint32_t
ch_hash_text(uint32_t hash, const char *text)
{
    return mix(hash * UINT64_C(0xbf58476d1ce4e5b9) ^ (text ? ch_hash(text, strlen(text)) : 0));
}

uint32_t
ch_hash_pointer(const void *pointer)
{
    return mix((uint64_t)(uintptr_t)pointer >> 4);
}
