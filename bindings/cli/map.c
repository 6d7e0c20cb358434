/* map.c - hash map with chains, doubled as it fills. */
#include "map.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdint.h>
#include <string.h>

struct map_entry {
    struct map_entry *next;
    uint64_t hash;
    void *value;
    char key[];
};

/* FNV-1a. */
static uint64_t
hash_of(const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return hash ^ (hash >> 32);
}

/* Where the pointer to the key's entry is, or would be; the map must have buckets. */
static struct map_entry **
find(const struct map *map, const char *key, uint64_t hash)
{
    struct map_entry **at = &map->buckets[hash & (map->bucket_count - 1)];

    while (*at && ((*at)->hash != hash || strcmp((*at)->key, key) != 0))
        at = &(*at)->next;
    return at;
}

static bool
grow(struct map *map)
{
    const size_t count = map->bucket_count ? map->bucket_count * 2 : 64;
    struct map_entry **buckets = chandra_realloc(NULL, count * sizeof(struct map_entry *));

    if (!buckets)
        return false;
    memset(buckets, 0, count * sizeof(struct map_entry *));
    for (size_t i = 0; i < map->bucket_count; i++)
        for (struct map_entry *entry = map->buckets[i], *next; entry; entry = next) {
            struct map_entry **at = &buckets[entry->hash & (count - 1)];
            next = entry->next;
            entry->next = *at;
            *at = entry;
        }
    chandra_free(map->buckets);
    map->buckets = buckets;
    map->bucket_count = count;
    return true;
}

void *
map_get(const struct map *map, const char *key)
{
    const struct map_entry *entry = map->bucket_count ? *find(map, key, hash_of(key)) : NULL;

    return entry ? entry->value : NULL;
}

bool
map_set(struct map *map, const char *key, void *value)
{
    const uint64_t hash = hash_of(key);
    const size_t size = strlen(key) + 1;
    struct map_entry **at;

    if (map->count >= map->bucket_count && !grow(map))
        return false;
    at = find(map, key, hash);
    if (!*at) {
        struct map_entry *entry = chandra_realloc(NULL, sizeof(*entry) + size);
        if (!entry)
            return false;
        *entry = (struct map_entry){.hash = hash};
        memcpy(entry->key, key, size);
        *at = entry;
        map->count++;
    }
    (*at)->value = value;
    return true;
}

void *
map_remove(struct map *map, const char *key)
{
    struct map_entry **at;
    struct map_entry *entry;
    void *value;

    if (!map->bucket_count)
        return NULL;
    at = find(map, key, hash_of(key));
    entry = *at;
    if (!entry)
        return NULL;
    value = entry->value;
    *at = entry->next;
    chandra_free(entry);
    map->count--;
    return value;
}

void
map_clear(struct map *map, void (*free_value)(void *value))
{
    for (size_t i = 0; i < map->bucket_count; i++)
        for (struct map_entry *entry = map->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            if (free_value)
                free_value(entry->value);
            chandra_free(entry);
        }
    chandra_free(map->buckets);
    *map = (struct map){0};
}
