/* map.h - hash map from strings to pointers; zeroed memory is an empty one. */
#ifndef CHANDRA_CLI_MAP_H
#define CHANDRA_CLI_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map_entry;

struct map {
    struct map_entry **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

/* The value, or NULL. */
void *map_get(const struct map *map, const char *key);
/* Add or replace; the key is copied, the old value lost. False: out of memory. */
bool map_set(struct map *map, const char *key, void *value);
/* Remove a key; returns its value, or NULL. */
void *map_remove(struct map *map, const char *key);
/* Remove all keys, giving each value to `free_value` unless that is NULL. */
void map_clear(struct map *map, void (*free_value)(void *value));

#endif
