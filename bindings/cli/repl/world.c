/* world.c - opens and closes the cluster of a session. */
#include "repl/world.h"

#include <chandra/policy.h>
#include <chandra/sys/stage.h>

static enum chandra_status
open_record(struct world *world, const char *path, struct chandra_policy *policy,
            struct chandra_engine_options *options, struct chandra_error *err)
{
    const struct chandra_policy_info *info = policy ? chandra_policy_info_at(policy, 0) : NULL;
    const struct chandra_recorder_options recorder = {.size = sizeof(recorder),
                                                      .name = "repl",
                                                      .policy = info ? info->name : NULL,
                                                      .seed = options->seed};
    const enum chandra_status st = chandra_recorder_open(path, &recorder, &world->recorder, err);

    if (st == CHANDRA_OK)
        options->observer = chandra_recorder_observer(world->recorder);
    return st;
}

enum chandra_status
world_open(struct world *world, const struct base *base, struct problems *problems,
           struct chandra_policy *policy, const char *record, struct chandra_error *err)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_engine *engine;
    enum chandra_status st = CHANDRA_OK;

    *world = (struct world){.problems = problems};
    options.logger = cli_logger();
    st = base_make(base, problems, &world->sim, err);
    if (st == CHANDRA_OK && record)
        st = open_record(world, record, policy, &options, err);
    if (st == CHANDRA_OK)
        st = scheduler_new(chandra_sim_transport(world->sim), &options, NULL, &world->scheduler,
                           err);
    if (st == CHANDRA_OK) {
        engine = scheduler_engine(world->scheduler);
        chandra_engine_set_policy(engine, policy);
        st = chandra_engine_start(engine, err);
    }
    if (st == CHANDRA_OK)
        st = world_deliver(world, err);
    if (st != CHANDRA_OK)
        (void)world_close(world, NULL);
    return st;
}

enum chandra_status
world_close(struct world *world, struct chandra_error *err)
{
    enum chandra_status st;

    walk_clear(&world->walk);
    scheduler_free(world->scheduler);
    st = chandra_recorder_close(world->recorder, err);
    chandra_sim_free(world->sim);
    *world = (struct world){0};
    return st;
}

enum chandra_status
world_deliver(struct world *world, struct chandra_error *err)
{
    struct chandra_stage *stage = chandra_sim_stage(world->sim);
    const enum chandra_status st = stage->ops->deliver(stage, err);

    return st == CHANDRA_OK ? scheduler_take_in(world->scheduler, err) : st;
}

enum chandra_status
world_settle(struct world *world, bool *out_moved, struct chandra_error *err)
{
    const enum chandra_status st = chandra_sim_settle(world->sim, out_moved, err);

    return st == CHANDRA_OK ? scheduler_take_in(world->scheduler, err) : st;
}

void
world_each(struct world *world, const char *kind,
           bool (*fn)(void *user, const struct chandra_value *object), void *user)
{
    struct chandra_stage *stage = chandra_sim_stage(world->sim);

    stage->ops->each(stage, kind, fn, user);
}
