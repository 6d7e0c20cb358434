/* replay.c - chandra.replay: decision records against the example cluster. */
#include "module.h"

#include <chandra/record.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <chandra/sys/transport.h>

/* Failures become an array of a document, since a callback must not raise. */
struct replay {
    struct chandra_policy *policy;
    struct chandra_doc *doc;
    struct chandra_value *failures;
    bool is_out_of_memory;
};

static enum chandra_status
open_world(void *user, uint64_t seed, struct chandra_replay_world *out_world,
           struct chandra_error *err)
{
    struct replay *replay = user;
    const struct chandra_sim_options options = {.size = sizeof(options), .seed = seed ? seed : 1};
    struct chandra_sim *sim;
    const enum chandra_status st = chandra_sim_new(&options, &sim, err);

    if (st == CHANDRA_OK)
        *out_world = (struct chandra_replay_world){
            .transport = chandra_sim_transport(sim),
            .stage = chandra_sim_stage(sim),
            .policy = replay->policy,
            .user = sim,
        };
    return st;
}

static void
close_world(void *user, struct chandra_replay_world *world)
{
    (void)user;
    chandra_sim_free(world->user);
}

static bool
set_string(struct replay *replay, struct chandra_value *object, const char *name, const char *text)
{
    return chandra_value_set(object, name, chandra_value_new_string(replay->doc, text));
}

static void
add_failure(void *user, const struct chandra_replay_failure *failure)
{
    struct replay *replay = user;
    struct chandra_value *object = chandra_value_new_object(replay->doc);

    if (!object || !set_string(replay, object, "file", failure->file) ||
        !chandra_value_set(object, "line", chandra_value_new_int64(replay->doc, failure->line)) ||
        !set_string(replay, object, "case", failure->case_name) ||
        !set_string(replay, object, "step", failure->step) ||
        !set_string(replay, object, "want", failure->want) ||
        !set_string(replay, object, "got", failure->got) ||
        !chandra_value_append(replay->failures, object))
        replay->is_out_of_memory = true;
}

static void
l_set_count(lua_State *L, const char *name, size_t count)
{
    lua_pushinteger(L, (lua_Integer)count);
    lua_setfield(L, -2, name);
}

/* replay(path [, {policy=, strict_reasons=}]): {passed=, failed=, steps=, failures={...}}. */
int
ch_l_mod_replay(lua_State *L)
{
    static const char *const names[] = {"policy", "strict_reasons", NULL};
    const char *path = luaL_checkstring(L, 1);
    struct chandra_replay_options options = {.size = sizeof(options)};
    struct chandra_replay_result result = {0, 0, 0};
    struct replay replay = {.doc = NULL};
    struct chandra_doc **doc;
    struct chandra_error err;

    lua_settop(L, 2);
    ch_l_mod_check_options(L, 2, names);
    options.strict_reasons = ch_l_mod_boolean(L, 2, "strict_reasons", false);
    lua_getfield(L, 2, "policy");
    replay.policy = ch_l_mod_policy_arg(L, 3);
    doc = ch_l_mod_doc(L);
    if (chandra_doc_new(doc, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    replay.doc = *doc;
    replay.failures = chandra_value_new_array(*doc);
    if (!replay.failures)
        return luaL_error(L, "out of memory");
    options.user = &replay;
    options.open_world = open_world;
    options.close_world = close_world;
    options.on_failure = add_failure;
    if (chandra_replay_file(path, &options, &result, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    if (replay.is_out_of_memory)
        return luaL_error(L, "out of memory");
    lua_createtable(L, 0, 4);
    l_set_count(L, "passed", result.passed);
    l_set_count(L, "failed", result.failed);
    l_set_count(L, "steps", result.steps);
    ch_l_mod_push_value(L, replay.failures);
    lua_setfield(L, -2, "failures");
    return 1;
}
