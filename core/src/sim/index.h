/* index.h - a multimap of texts: which members belong to a key, in order of insertion. */
#ifndef CH_SIM_INDEX_H
#define CH_SIM_INDEX_H

#include "base/map.h"

/* Zero-initialized is empty and ready. */
struct ch_sim_index {
    struct ch_map sets; /* key to a struct ch_map whose keys are the members */
};

bool ch_sim_index_add(struct ch_sim_index *index, const char *key, const char *member);
void ch_sim_index_remove(struct ch_sim_index *index, const char *key, const char *member);
void ch_sim_index_remove_key(struct ch_sim_index *index, const char *key);
/* The members as keys of a map, or NULL. */
const struct ch_map *ch_sim_index_get(const struct ch_sim_index *index, const char *key);
void ch_sim_index_clear(struct ch_sim_index *index);

#endif
