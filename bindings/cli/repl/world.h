/* world.h - a cluster in memory with a scheduler on it, and the attempt that is walked through. */
#ifndef CHANDRA_CLI_REPL_WORLD_H
#define CHANDRA_CLI_REPL_WORLD_H

#include "repl/base.h"
#include "repl/walk.h"
#include "scheduler/scheduler.h"

#include <chandra/record.h>

struct world {
    struct chandra_sim *sim;
    struct scheduler *scheduler;
    struct chandra_recorder *recorder; /* or NULL */
    struct walk walk;
    struct problems *problems;
};

/* Make the cluster and decide by `policy`. With `record` everything is recorded into that file. */
enum chandra_status world_open(struct world *world, const struct base *base,
                               struct problems *problems, struct chandra_policy *policy,
                               const char *record, struct chandra_error *err);
/* Errors: what of the record was lost. Zeroed memory is fine. */
enum chandra_status world_close(struct world *world, struct chandra_error *err);
/* Let everybody see what was stored, without letting controllers and drivers work. */
enum chandra_status world_deliver(struct world *world, struct chandra_error *err);
/* Let controllers and drivers work until they have nothing to do at the present time. */
enum chandra_status world_settle(struct world *world, bool *out_moved, struct chandra_error *err);
/* Hand each stored object of a kind to `fn`. */
void world_each(struct world *world, const char *kind,
                bool (*fn)(void *user, const struct chandra_value *object), void *user);

#endif
