/* map.c - hash map from strings to pointers, over uthash. */
#include "base/map.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

/* A map that could not grow keeps its entries and tells by leaving hh.tbl NULL in the new one. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) ch_alloc(size)
#define uthash_free(memory, size) ch_free(memory)
#define HASH_FUNCTION(key, len, hashv) ((hashv) = (unsigned)ch_hash(key, len))

#include <uthash.h>

struct ch_map_entry {
    void *value;
    UT_hash_handle hh;
    char key[];
};

/* What the macros of uthash expand to counts as ours. NOLINTBEGIN(readability-function-size) */

static struct ch_map_entry *
find(const struct ch_map *map, const char *key)
{
    struct ch_map_entry *entry;

    HASH_FIND_STR(map->entries, key, entry);
    return entry;
}

void *
ch_map_get(const struct ch_map *map, const char *key)
{
    const struct ch_map_entry *entry = find(map, key);

    return entry ? entry->value : NULL;
}

bool
ch_map_set(struct ch_map *map, const char *key, void *value)
{
    const size_t len = strlen(key);
    struct ch_map_entry *entry = find(map, key);

    if (entry) {
        entry->value = value;
        return true;
    }
    entry = ch_alloc(sizeof(*entry) + len + 1);
    if (!entry)
        return false;
    entry->value = value;
    memcpy(entry->key, key, len + 1);
    HASH_ADD_KEYPTR(hh, map->entries, entry->key, len, entry);
    if (entry->hh.tbl)
        return true;
    ch_free(entry);
    return false;
}

void *
ch_map_remove(struct ch_map *map, const char *key)
{
    struct ch_map_entry *entry = find(map, key);
    void *value;

    if (!entry)
        return NULL;
    value = entry->value;
    HASH_DEL(map->entries, entry);
    ch_free(entry);
    return value;
}

size_t
ch_map_count(const struct ch_map *map)
{
    return HASH_COUNT(map->entries);
}

/* The cursor is the entry to come, so that the present one may go; at the end it points to itself.
 */
bool
ch_map_next(const struct ch_map *map, void **cursor, const char **out_key, void **out_value)
{
    struct ch_map_entry *entry = *cursor ? *cursor : map->entries;

    if (!entry || *cursor == (void *)cursor)
        return false;
    *cursor = entry->hh.next ? entry->hh.next : (void *)cursor;
    if (out_key)
        *out_key = entry->key;
    if (out_value)
        *out_value = entry->value;
    return true;
}

void
ch_map_clear(struct ch_map *map)
{
    struct ch_map_entry *entry;
    struct ch_map_entry *next;

    HASH_ITER(hh, map->entries, entry, next)
    {
        HASH_DEL(map->entries, entry);
        ch_free(entry);
    }
}

/* NOLINTEND(readability-function-size) */
