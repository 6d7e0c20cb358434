/* engine.c - cluster:engine: an engine on the example cluster, its policies, PreEnqueue and hints.
 */
#include "embed.h"
#include "module.h"

#include <chandra/engine.h>
#include <chandra/lua.h>
#include <string.h>

struct engine {
    struct ch_mod_handle handle;
    struct chandra_engine *engine;
    struct ch_mod_log log; /* also of what its loaders load */
};

static void
close_engine(struct ch_mod_handle *handle)
{
    struct engine *self = (struct engine *)handle;

    chandra_engine_free(self->engine);
    self->engine = NULL;
    ch_mod_log_close(&self->log);
}

static struct engine *
l_self(lua_State *L)
{
    return ch_l_mod_check(L, 1, &ch_mod_engine_class);
}

struct chandra_engine *
ch_l_mod_engine_check(lua_State *L, int arg)
{
    struct engine *self = ch_l_mod_check(L, arg, &ch_mod_engine_class);

    return self->engine;
}

/* Keep the policy at `arg` alive as long as the engine, since cycles and logs may need it. */
static void
l_keep_policy(lua_State *L, int engine, int arg)
{
    if (lua_isnil(L, arg))
        return;
    if (lua_getiuservalue(L, engine, 2) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, engine, 2);
    }
    lua_pushvalue(L, arg);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

static enum chandra_failure_policy
l_failure_policy(lua_State *L)
{
    const char *text = ch_l_mod_string(L, 2, "failure_policy", "Fail");

    if (strcmp(text, "Ignore") == 0)
        return CHANDRA_FAILURE_IGNORE;
    if (strcmp(text, "Fail") != 0)
        luaL_error(L, "option 'failure_policy': want 'Fail' or 'Ignore', got '%s'", text);
    return CHANDRA_FAILURE_FAIL;
}

static enum chandra_claim_naming
l_claim_naming(lua_State *L)
{
    const char *text = ch_l_mod_string(L, 2, "claim_naming", "detect");

    if (strcmp(text, "status") == 0)
        return CHANDRA_NAMING_STATUS;
    if (strcmp(text, "deterministic") == 0)
        return CHANDRA_NAMING_DETERMINISTIC;
    if (strcmp(text, "detect") != 0)
        luaL_error(L, "option 'claim_naming': want 'detect', 'status' or 'deterministic', got '%s'",
                   text);
    return CHANDRA_NAMING_DETECT;
}

/* cluster:engine{policy=, failure_policy=, claim_naming=, seed=, disabled=}: started. */
int
ch_l_mod_engine(lua_State *L)
{
    static const char *const names[] = {"policy", "failure_policy", "claim_naming",
                                        "seed",   "disabled",       NULL};
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_transport *transport = ch_l_mod_cluster_transport(L, 1);
    struct chandra_policy *policy;
    struct engine *self;
    struct chandra_error err;

    lua_settop(L, 2);
    ch_l_mod_check_options(L, 2, names);
    options.failure_policy = l_failure_policy(L);
    options.claim_naming = l_claim_naming(L);
    options.seed = (uint64_t)ch_l_mod_integer(L, 2, "seed", 1);
    options.is_disabled = ch_l_mod_boolean(L, 2, "disabled", false);
    lua_getfield(L, 2, "policy");
    policy = ch_l_mod_policy_arg(L, 3);
    self = ch_l_mod_new(L, &ch_mod_engine_class, sizeof(*self), 1); /* index 4 */
    l_keep_policy(L, 4, 3);
    self->log.also = ch_l_mod_host(L)->logger;
    options.logger = (struct chandra_logger){ch_mod_log_line, &self->log};
    if (chandra_engine_new(transport, &options, &self->engine, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    ch_mod_open(self, lua_touserdata(L, 1));
    chandra_engine_set_policy(self->engine, policy);
    if (chandra_engine_start(self->engine, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    return 1;
}

/* set_policy(policy): for the cycles that begin from now on; nil: the hard rules alone. */
static int
l_set_policy(lua_State *L)
{
    struct engine *self = l_self(L);
    struct chandra_policy *policy;

    lua_settop(L, 2);
    policy = ch_l_mod_policy_arg(L, 2);
    l_keep_policy(L, 1, 2);
    chandra_engine_set_policy(self->engine, policy);
    lua_settop(L, 1);
    return 1;
}

/* policy(): what chandra.policy's info() says of the present one; empty for the hard rules. */
static int
l_policy(lua_State *L)
{
    struct chandra_policy *policy = chandra_engine_policy(l_self(L)->engine);

    /* The engine holds a reference too, and nothing below can change that. */
    chandra_policy_unref(policy);
    ch_l_mod_push_infos(L, policy);
    return 1;
}

void
ch_l_mod_push_answer(lua_State *L, const struct chandra_answer *answer)
{
    ch_l_mod_fault(L, answer->status, answer->reason);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, chandra_code_name(answer->code));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, answer->reason);
    lua_setfield(L, -2, "reason");
    if (answer->status != CHANDRA_OK) {
        lua_pushstring(L, chandra_status_name(answer->status));
        lua_setfield(L, -2, "status");
    }
}

/* The pod NAMESPACE, NAME at 2 and 3 out of the engine's cache; the caller unrefs. */
static struct chandra_object *
l_pod(lua_State *L, struct chandra_engine *engine)
{
    const char *name_space = luaL_checkstring(L, 2), *name = luaL_checkstring(L, 3);
    struct chandra_object *pod = chandra_engine_get(engine, CHANDRA_KIND_POD, name_space, name);

    if (!pod)
        luaL_error(L, "no pod %s/%s in the engine's cache (settle the cluster first?)", name_space,
                   name);
    return pod;
}

/* pre_enqueue(namespace, pod): its answer. */
static int
l_pre_enqueue(lua_State *L)
{
    struct chandra_engine *engine = l_self(L)->engine;
    struct chandra_object *pod = l_pod(L, engine);
    struct chandra_answer answer;

    chandra_engine_pre_enqueue(engine, chandra_object_pod(pod), &answer);
    chandra_object_unref(pod);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

struct object_slot {
    struct chandra_object *object;
};

static int
l_free_object(lua_State *L)
{
    struct object_slot *slot = lua_touserdata(L, 1);

    chandra_object_unref(slot->object);
    slot->object = NULL;
    return 0;
}

/* The table at `arg` as an object that the stack keeps; NULL for nil. */
static const struct chandra_object *
l_object(lua_State *L, int arg)
{
    struct object_slot *slot;
    struct chandra_doc **doc;
    struct chandra_error err;

    if (lua_isnoneornil(L, arg))
        return NULL;
    luaL_checktype(L, arg, LUA_TTABLE);
    slot = lua_newuserdatauv(L, sizeof(*slot), 0);
    slot->object = NULL;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_free_object);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    doc = ch_l_mod_doc(L);
    if (chandra_doc_new(doc, &err) != CHANDRA_OK ||
        chandra_object_decode(ch_l_mod_to_value(L, arg, *doc), &slot->object, &err) != CHANDRA_OK)
        ch_l_mod_fail(L, &err);
    return slot->object;
}

/* hint(namespace, pod, kind, old, new): whether the event makes the pod worth another try. */
static int
l_hint(lua_State *L)
{
    struct chandra_engine *engine = l_self(L)->engine;
    const enum chandra_kind kind = ch_l_mod_kind(L, 4);
    const struct chandra_object *old_object, *new_object;
    struct chandra_object *pod;
    struct chandra_answer answer;

    lua_settop(L, 6);
    old_object = l_object(L, 5);
    new_object = l_object(L, 6);
    pod = l_pod(L, engine);
    chandra_engine_hint(engine, chandra_object_pod(pod), kind, old_object, new_object, &answer);
    chandra_object_unref(pod);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

/* is_synced(): whether every list has arrived; and if not, why. */
static int
l_is_synced(lua_State *L)
{
    const struct chandra_engine *engine = l_self(L)->engine;
    char text[1024];

    lua_pushboolean(L, chandra_engine_is_synced(engine));
    chandra_engine_sync_text(engine, text, sizeof(text));
    lua_pushstring(L, text);
    return 2;
}

/* count(kind): cached objects. */
static int
l_count(lua_State *L)
{
    struct chandra_engine *engine = l_self(L)->engine;

    lua_pushinteger(L, (lua_Integer)chandra_engine_count(engine, ch_l_mod_kind(L, 2)));
    return 1;
}

/* log(): what the engine has logged since the last time. */
static int
l_log(lua_State *L)
{
    return ch_l_mod_log_take(L, &l_self(L)->log);
}

/* Loaders. */

struct loader {
    struct ch_mod_handle handle;
    struct chandra_lua_loader *loader;
};

static void
close_loader(struct ch_mod_handle *handle)
{
    struct loader *self = (struct loader *)handle;

    chandra_lua_loader_free(self->loader);
    self->loader = NULL;
}

/* loader{path, ...}: keeps the engine on what the files say. */
static int
l_loader(lua_State *L)
{
    struct engine *engine = l_self(L);
    struct chandra_lua_options options = {.size = sizeof(options)};
    const char **paths;
    struct loader *self;
    struct chandra_error err;
    size_t count;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    count = lua_rawlen(L, 2);
    paths = lua_newuserdatauv(L, count * sizeof(*paths) + 1, 0);
    for (size_t i = 0; i < count; i++) {
        if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TSTRING)
            return luaL_error(L, "want the names of files, got a %s", luaL_typename(L, -1));
        paths[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    options.logger = (struct chandra_logger){ch_mod_log_line, &engine->log};
    options.observer = ch_l_mod_host(L)->observer;
    options.is_twice = ch_l_mod_host(L)->is_twice;
    self = ch_l_mod_new(L, &ch_mod_loader_class, sizeof(*self), 1);
    if (chandra_lua_loader_new(engine->engine, paths, count, &options, &self->loader, &err) !=
        CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    ch_mod_open(self, engine);
    return 1;
}

/* poll(): whether a changed text was taken; raises once for each one that is bad. */
static int
l_poll(lua_State *L)
{
    struct loader *self = ch_l_mod_check(L, 1, &ch_mod_loader_class);
    struct chandra_error err;
    bool is_swapped;

    if (chandra_lua_loader_poll(self->loader, &is_swapped, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    lua_pushboolean(L, is_swapped);
    return 1;
}

static const luaL_Reg loader_methods[] = {{"poll", l_poll}, {NULL, NULL}};

const struct ch_mod_class ch_mod_loader_class = {"chandra.loader", loader_methods, close_loader};

static const luaL_Reg methods[] = {
    {"count", l_count},
    {"cycle", ch_l_mod_cycle},
    {"hint", l_hint},
    {"is_synced", l_is_synced},
    {"loader", l_loader},
    {"log", l_log},
    {"policy", l_policy},
    {"pre_enqueue", l_pre_enqueue},
    {"set_policy", l_set_policy},
    {NULL, NULL},
};

const struct ch_mod_class ch_mod_engine_class = {"chandra.engine", methods, close_engine};
