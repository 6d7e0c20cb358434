/* index.c - a multimap of texts. */
#include "sim/index.h"

#include "base/alloc.h"

bool
ch_sim_index_add(struct ch_sim_index *index, const char *key, const char *member)
{
    struct ch_map *set = ch_map_get(&index->sets, key);

    if (!set) {
        set = ch_calloc(1, sizeof(*set));
        if (!set)
            return false;
        if (!ch_map_set(&index->sets, key, set)) {
            ch_free(set);
            return false;
        }
    }
    /* Any pointer but NULL says "is a member". */
    return ch_map_get(set, member) || ch_map_set(set, member, set);
}

void
ch_sim_index_remove(struct ch_sim_index *index, const char *key, const char *member)
{
    struct ch_map *set = ch_map_get(&index->sets, key);

    if (!set)
        return;
    ch_map_remove(set, member);
    if (ch_map_count(set) == 0)
        ch_sim_index_remove_key(index, key);
}

void
ch_sim_index_remove_key(struct ch_sim_index *index, const char *key)
{
    struct ch_map *set = ch_map_remove(&index->sets, key);

    if (!set)
        return;
    ch_map_clear(set);
    ch_free(set);
}

const struct ch_map *
ch_sim_index_get(const struct ch_sim_index *index, const char *key)
{
    return ch_map_get(&index->sets, key);
}

void
ch_sim_index_clear(struct ch_sim_index *index)
{
    const char *key;
    void *cursor = NULL;
    void *set;

    while (ch_map_next(&index->sets, &cursor, &key, &set)) {
        ch_map_clear(set);
        ch_free(set);
    }
    ch_map_clear(&index->sets);
}
