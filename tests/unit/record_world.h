/* record_world.h - what the tests of records share: a world on the embedded cluster, and the
 * failures of a replay as text. */
#ifndef RECORD_WORLD_H
#define RECORD_WORLD_H

#include <chandra/record.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <stdio.h>
#include <string.h>

struct record_world {
    char failures[4096]; /* a line "STEP want WANT got GOT" each, cut when there are too many */
    size_t failure_count;
};

static inline enum chandra_status
record_world_open(void *user, uint64_t seed, struct chandra_replay_world *out_world,
                  struct chandra_error *err)
{
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed};
    struct chandra_sim *sim = NULL;
    const enum chandra_status st = chandra_sim_new(&options, &sim, err);

    (void)user;
    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){
            .transport = chandra_sim_transport(sim), .stage = chandra_sim_stage(sim), .user = sim};
    return st;
}

static inline void
record_world_close(void *user, struct chandra_replay_world *world)
{
    (void)user;
    chandra_sim_free(world->user);
}

static inline void
record_world_failure(void *user, const struct chandra_replay_failure *failure)
{
    struct record_world *world = user;
    const size_t len = strlen(world->failures);

    world->failure_count++;
    snprintf(world->failures + len, sizeof(world->failures) - len, "%s:%u %s: %s want %s got %s\n",
             failure->file, failure->line, failure->case_name, failure->step, failure->want,
             failure->got);
}

static inline struct chandra_replay_options
record_world_options(struct record_world *world)
{
    return (struct chandra_replay_options){.size = sizeof(struct chandra_replay_options),
                                           .user = world,
                                           .open_world = record_world_open,
                                           .close_world = record_world_close,
                                           .on_failure = record_world_failure};
}

#endif
