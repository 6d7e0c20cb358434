/* users.h - which pods name a claim, so that an event of the claim finds them. */
#ifndef CHANDRA_CLI_USERS_H
#define CHANDRA_CLI_USERS_H

#include "map.h"
#include "scheduler/queue.h"

/* Zeroed memory is an empty index. */
struct users {
    struct map by_claim; /* "NAMESPACE/CLAIM" to struct pod_list */
};

/* Note the claims that the pod names at present. False: out of memory. */
bool users_add(struct users *users, struct queued_pod *pod);
/* Forget the claims that the pod names at present. */
void users_remove(struct users *users, struct queued_pod *pod);
/* The pods that name a claim. Borrowed until the next change. */
struct queued_pod *const *users_of(const struct users *users, const struct chandra_object *claim,
                                   size_t *out_count);
void users_clear(struct users *users);

#endif
