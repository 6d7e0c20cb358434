/* map.h - hash map from strings to pointers, over uthash with failing allocation reported. */
#ifndef CH_BASE_MAP_H
#define CH_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct ch_map_entry;

/* Zero-initialized is empty and ready. Values are the caller's; keys are copied. */
struct ch_map {
    struct ch_map_entry *entries;
};

void *ch_map_get(const struct ch_map *map, const char *key);
bool ch_map_set(struct ch_map *map, const char *key, void *value); /* false: out of memory */
void *ch_map_remove(struct ch_map *map, const char *key);          /* the old value, or NULL */
size_t ch_map_count(const struct ch_map *map);
/* Walk in insertion order; the present entry may be removed. Start with *cursor = NULL; false at
 * the end. */
bool ch_map_next(const struct ch_map *map, void **cursor, const char **out_key, void **out_value);
void ch_map_clear(struct ch_map *map); /* values are not freed */

#endif
