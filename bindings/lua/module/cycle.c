/* cycle.c - engine:cycle: one scheduling attempt, its extension points one by one. */
#include "module.h"

#include <chandra/engine.h>
#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <string.h>

struct cycle {
    struct ch_mod_handle handle;
    struct chandra_cycle *cycle;
    void *feasible; /* what Filter of all nodes left last; NULL before */
};

static void
close_cycle(struct ch_mod_handle *handle)
{
    struct cycle *self = (struct cycle *)handle;

    chandra_cycle_free(self->cycle);
    self->cycle = NULL;
    chandra_free(self->feasible);
    self->feasible = NULL;
}

static struct cycle *
l_self(lua_State *L)
{
    return ch_l_mod_check(L, 1, &ch_mod_cycle_class);
}

/* engine:cycle(namespace, pod): begin an attempt. */
int
ch_l_mod_cycle(lua_State *L)
{
    struct chandra_engine *engine = ch_l_mod_engine_check(L, 1);
    const char *name_space = luaL_checkstring(L, 2), *name = luaL_checkstring(L, 3);
    struct cycle *self = ch_l_mod_new(L, &ch_mod_cycle_class, sizeof(*self), 1);
    struct chandra_object *pod = chandra_engine_get(engine, CHANDRA_KIND_POD, name_space, name);
    struct chandra_error err;
    enum chandra_status st;

    if (!pod)
        return luaL_error(L, "no pod %s/%s in the engine's cache (settle the cluster first?)",
                          name_space, name);
    st = chandra_cycle_new(engine, chandra_object_pod(pod), &self->cycle, &err);
    chandra_object_unref(pod);
    if (st != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    ch_mod_open(self, lua_touserdata(L, 1));
    return 1;
}

/* A set of the cycle's that the stack keeps; [-0, +1]. */
static struct chandra_nodeset *
l_new_set(lua_State *L, const struct chandra_cycle *cycle)
{
    const uint32_t capacity = chandra_cycle_capacity(cycle);

    return chandra_nodeset_init(lua_newuserdatauv(L, chandra_nodeset_bytes(capacity), 0), capacity);
}

/* The nodes named by the array at 2; for nil those that Filter left, or all. */
static const struct chandra_nodeset *
l_nodes(lua_State *L, const struct cycle *self)
{
    struct chandra_nodeset *set;

    if (lua_isnoneornil(L, 2))
        return self->feasible ? self->feasible : chandra_cycle_nodes(self->cycle);
    luaL_checktype(L, 2, LUA_TTABLE);
    set = l_new_set(L, self->cycle);
    for (lua_Integer i = 1; lua_rawgeti(L, 2, i) != LUA_TNIL; i++) {
        const char *name = lua_tostring(L, -1);
        const uint32_t index =
            name ? chandra_cycle_node_index(self->cycle, name) : CHANDRA_NODESET_END;

        if (index == CHANDRA_NODESET_END)
            luaL_error(L, "no node '%s'", name ? name : luaL_typename(L, -1));
        chandra_nodeset_add(set, index);
        lua_pop(L, 1);
    }
    return set;
}

static const char *
node_name(const struct chandra_cycle *cycle, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(cycle, index)));
}

/* The names of the members in ascending order; [-0, +1]. */
static void
l_push_names(lua_State *L, const struct chandra_cycle *cycle, const struct chandra_nodeset *set)
{
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    uint32_t *order = lua_newuserdatauv(L, capacity * sizeof(*order) + 1, 0);
    lua_Integer count = 0;

    for (uint32_t i = 0; i < capacity; i++)
        order[i] = CHANDRA_NODESET_END;
    for (uint32_t i = chandra_nodeset_next(set, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(set, i + 1))
        order[chandra_cycle_node_rank(cycle, i)] = i;
    ch_l_mod_push_array(L);
    for (uint32_t i = 0; i < capacity; i++)
        if (order[i] != CHANDRA_NODESET_END) {
            lua_pushstring(L, node_name(cycle, order[i]));
            lua_rawseti(L, -2, ++count);
        }
    lua_remove(L, -2);
}

static int
l_pre_filter(lua_State *L)
{
    struct cycle *self = l_self(L);
    struct chandra_answer answer;

    chandra_free(self->feasible);
    self->feasible = NULL;
    chandra_cycle_pre_filter(self->cycle, &answer);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

/* filter(node): its answer. */
static int
l_filter(lua_State *L)
{
    struct cycle *self = l_self(L);
    struct chandra_answer answer;

    chandra_cycle_filter(self->cycle, luaL_checkstring(L, 2), &answer);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

/* filter_all([nodes]): its answer, with the names of those that passed as `nodes`. */
static int
l_filter_all(lua_State *L)
{
    struct cycle *self = l_self(L);
    const uint32_t capacity = chandra_cycle_capacity(self->cycle);
    const struct chandra_nodeset *candidates = lua_isnoneornil(L, 2) ? NULL : l_nodes(L, self);
    struct chandra_answer answer;

    if (!self->feasible)
        self->feasible = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));
    if (!self->feasible)
        return luaL_error(L, "out of memory");
    chandra_nodeset_init(self->feasible, capacity);
    chandra_cycle_filter_all(self->cycle, candidates, self->feasible, &answer);
    ch_l_mod_push_answer(L, &answer);
    l_push_names(L, self->cycle, self->feasible);
    lua_setfield(L, -2, "nodes");
    return 1;
}

/* why(node): why Filter rejects it. */
static int
l_why(lua_State *L)
{
    struct cycle *self = l_self(L);
    struct chandra_answer answer;

    chandra_cycle_why(self->cycle, luaL_checkstring(L, 2), &answer);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

static int
l_post_filter(lua_State *L)
{
    struct cycle *self = l_self(L);
    struct chandra_answer answer;

    chandra_cycle_post_filter(self->cycle, &answer);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

/* pre_score([nodes]) */
static int
l_pre_score(lua_State *L)
{
    struct cycle *self = l_self(L);
    struct chandra_answer answer;

    chandra_cycle_pre_score(self->cycle, l_nodes(L, self), &answer);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

/* score([nodes]): its answer, with {name = score} as `scores`. */
static int
l_score(lua_State *L)
{
    struct cycle *self = l_self(L);
    const struct chandra_nodeset *nodes = l_nodes(L, self);
    const size_t size = chandra_cycle_capacity(self->cycle) * sizeof(int64_t);
    int64_t *scores = lua_newuserdatauv(L, size + 1, 0);
    struct chandra_answer answer;

    memset(scores, 0, size);
    chandra_cycle_score(self->cycle, nodes, scores, &answer);
    ch_l_mod_push_answer(L, &answer);
    if (answer.code != CHANDRA_CODE_SUCCESS)
        return 1;
    lua_newtable(L);
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        lua_pushinteger(L, scores[i]);
        lua_setfield(L, -2, node_name(self->cycle, i));
    }
    lua_setfield(L, -2, "scores");
    return 1;
}

/* suggested([nodes]): the name of the node that the policy suggests, or nil. */
static int
l_suggested(lua_State *L)
{
    struct cycle *self = l_self(L);
    const uint32_t index = chandra_cycle_suggested(self->cycle, l_nodes(L, self));

    if (index == CHANDRA_NODESET_END)
        lua_pushnil(L);
    else
        lua_pushstring(L, node_name(self->cycle, index));
    return 1;
}

/* reserve(node) */
static int
l_reserve(lua_State *L)
{
    struct cycle *self = l_self(L);
    struct chandra_answer answer;

    chandra_cycle_reserve(self->cycle, luaL_checkstring(L, 2), &answer);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

/* pre_bind(node) */
static int
l_pre_bind(lua_State *L)
{
    struct cycle *self = l_self(L);
    struct chandra_answer answer;

    chandra_cycle_pre_bind(self->cycle, luaL_checkstring(L, 2), &answer);
    ch_l_mod_push_answer(L, &answer);
    return 1;
}

/* unreserve(node) */
static int
l_unreserve(lua_State *L)
{
    chandra_cycle_unreserve(l_self(L)->cycle, luaL_checkstring(L, 2));
    return 0;
}

/* post_bind(node) */
static int
l_post_bind(lua_State *L)
{
    chandra_cycle_post_bind(l_self(L)->cycle, luaL_checkstring(L, 2));
    return 0;
}

/* policy(): "NAME@VERSION sha256:..." of the policies that decide, or "builtin". */
static int
l_policy(lua_State *L)
{
    char text[2048];

    chandra_cycle_policy_text(l_self(L)->cycle, text, sizeof(text));
    lua_pushstring(L, text);
    return 1;
}

/* removals(): an array of {claim = name, policy =, rule =, nodes = {names}}. */
static int
l_removals(lua_State *L)
{
    const struct chandra_cycle *cycle = l_self(L)->cycle;
    struct chandra_removal removal;

    ch_l_mod_push_array(L);
    for (size_t i = 0; chandra_cycle_removal_at(cycle, i, &removal); i++) {
        const struct chandra_claim *claim = chandra_cycle_claim(cycle, removal.claim);

        lua_createtable(L, 0, 4);
        lua_pushstring(L, claim ? chandra_object_name(chandra_claim_object(claim)) : "");
        lua_setfield(L, -2, "claim");
        lua_pushstring(L, removal.policy);
        lua_setfield(L, -2, "policy");
        lua_pushstring(L, removal.rule);
        lua_setfield(L, -2, "rule");
        l_push_names(L, cycle, removal.nodes);
        lua_setfield(L, -2, "nodes");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* notes(): an array of {policy =, hook =, claim = name or nil, text =}. */
static int
l_notes(lua_State *L)
{
    const struct chandra_cycle *cycle = l_self(L)->cycle;
    struct chandra_note note;

    ch_l_mod_push_array(L);
    for (size_t i = 0; chandra_cycle_note_at(cycle, i, &note); i++) {
        const struct chandra_claim *claim = chandra_cycle_claim(cycle, note.claim);

        lua_createtable(L, 0, 4);
        lua_pushstring(L, note.policy);
        lua_setfield(L, -2, "policy");
        lua_pushstring(L, note.hook);
        lua_setfield(L, -2, "hook");
        lua_pushstring(L, claim ? chandra_object_name(chandra_claim_object(claim)) : NULL);
        lua_setfield(L, -2, "claim");
        lua_pushstring(L, note.text);
        lua_setfield(L, -2, "text");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static const luaL_Reg methods[] = {
    {"filter", l_filter},
    {"filter_all", l_filter_all},
    {"notes", l_notes},
    {"policy", l_policy},
    {"post_bind", l_post_bind},
    {"post_filter", l_post_filter},
    {"pre_bind", l_pre_bind},
    {"pre_filter", l_pre_filter},
    {"pre_score", l_pre_score},
    {"removals", l_removals},
    {"reserve", l_reserve},
    {"score", l_score},
    {"suggested", l_suggested},
    {"unreserve", l_unreserve},
    {"why", l_why},
    {NULL, NULL},
};

const struct ch_mod_class ch_mod_cycle_class = {"chandra.cycle", methods, close_cycle};
