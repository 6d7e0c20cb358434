/* cx.c - the first argument of every hook: the pod, its claims, the cluster, chance and time. */
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reasons that one match may give; what more removes is explained in general. */
#define MAX_REASONS ((lua_Integer)64)

/* User values of cx. */
enum { POD_SLOT = 1, CLAIMS_SLOT, CONTEXT_SLOT };

void
ch_l_cx_push(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->cx);
    if (vm->has_cx_fields && vm->cx_view->call != vm->call) {
        for (int slot = POD_SLOT; slot <= CONTEXT_SLOT; slot++) {
            lua_pushnil(L);
            lua_setiuservalue(L, -2, slot);
        }
        vm->has_cx_fields = false;
    }
    vm->cx_view->call = vm->call;
}

static struct chandra_cycle *
l_self(lua_State *L)
{
    ch_l_view_check(L, 1, &ch_lua_cx_type);
    return ch_lua_vm_of(L)->cycle;
}

static void
l_pod(lua_State *L, const struct ch_lua_view *view)
{
    (void)view;
    ch_lua_vm_of(L)->has_cx_fields = true;
    ch_l_pod_push(L, chandra_cycle_pod(ch_lua_vm_of(L)->cycle));
}

static void
l_context(lua_State *L, const struct ch_lua_view *view)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const struct chandra_context *context = chandra_cycle_context(vm->cycle);

    (void)view;
    vm->has_cx_fields = true;
    if (context)
        ch_l_context_push(L, context);
    else
        lua_pushnil(L);
}

static void
l_claims(lua_State *L, const struct ch_lua_view *view)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const size_t count = chandra_cycle_claim_count(vm->cycle);

    (void)view;
    vm->has_cx_fields = true;
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        ch_l_claim_push(L, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void
l_policy(lua_State *L, const struct ch_lua_view *view)
{
    (void)view;
    lua_pushstring(L, ch_lua_vm_of(L)->member->name);
}

/* Note that `removed`, a set on top of the stack, went away for the reason at `reason`. The match
 * hook's end tells the cycle, when it is known which nodes really went. Pops the set. */
static void
l_note(lua_State *L, const struct chandra_nodeset *removed, int reason)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    if (vm->hook != CH_LUA_MATCH || chandra_nodeset_is_empty(removed) ||
        vm->reason_count >= MAX_REASONS * 2) {
        lua_pop(L, 1);
        return;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->reasons);
    lua_insert(L, -2); /* stack: reasons, removed */
    lua_rawseti(L, -2, ++vm->reason_count);
    lua_pushvalue(L, reason);
    lua_rawseti(L, -2, ++vm->reason_count);
    lua_pop(L, 1);
}

/* Part `nodes` by a set or a function: those inside are kept if `keeps_inside`, else those outside.
 */
static int
l_part(lua_State *L, bool keeps_inside)
{
    const struct chandra_nodeset *nodes, *set;
    struct chandra_nodeset *inside, *outside;

    l_self(L);
    lua_settop(L, 4);
    nodes = ch_l_set_check(L, 2);
    set = ch_l_set_or_where(L, 3, nodes);
    luaL_optstring(L, 4, "");
    inside = ch_l_set_new(L);
    chandra_nodeset_assign(inside, nodes);
    chandra_nodeset_and(inside, set);
    outside = ch_l_set_new(L);
    chandra_nodeset_assign(outside, nodes);
    chandra_nodeset_minus(outside, set);
    if (!keeps_inside)
        lua_insert(L, -2); /* stack: kept, removed */
    l_note(L, keeps_inside ? outside : inside, 4);
    return 1;
}

/* keep(nodes, set or function, reason): nodes & set. */
static int
l_keep(lua_State *L)
{
    return l_part(L, true);
}

/* drop(nodes, set or function, reason): nodes - set. */
static int
l_drop(lua_State *L)
{
    return l_part(L, false);
}

static int
l_nodes(lua_State *L)
{
    ch_l_set_borrow(L, chandra_cycle_nodes(l_self(L)));
    return 1;
}

/* node(name): the node, or nil. */
static int
l_node(lua_State *L)
{
    const uint32_t index = chandra_cycle_node_index(l_self(L), luaL_checkstring(L, 2));

    if (index == CHANDRA_NODESET_END)
        lua_pushnil(L);
    else
        ch_l_node_push(L, index);
    return 1;
}

/* random(n): 1..n. */
static int
l_random(lua_State *L)
{
    const lua_Integer bound = luaL_checkinteger(L, 2);

    l_self(L);
    luaL_argcheck(L, bound > 0, 2, "must be at least 1");
    lua_pushinteger(L, (lua_Integer)ch_lua_random(ch_lua_vm_of(L), (uint64_t)bound) + 1);
    return 1;
}

/* sample(set, n): n members by chance, each subset of n as likely; the set itself if it is no
 * larger. Takes member i of `left` remaining with probability wanted/left. */
static int
l_sample(lua_State *L)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 2);
    const lua_Integer want = luaL_checkinteger(L, 3);
    uint64_t left = chandra_nodeset_count(set), wanted;
    uint32_t count;
    const uint32_t *order;
    struct chandra_nodeset *result;

    l_self(L);
    luaL_argcheck(L, want >= 0, 3, "must not be negative");
    if ((uint64_t)want >= left) {
        lua_settop(L, 2);
        return 1;
    }
    wanted = (uint64_t)want;
    order = ch_l_order(L, &count);
    ch_l_charge(L, count);
    result = ch_l_set_new(L);
    for (uint32_t i = 0; i < count && wanted > 0; i++) {
        if (!chandra_nodeset_has(set, order[i]))
            continue;
        if (ch_lua_random(ch_lua_vm_of(L), left) < wanted) {
            chandra_nodeset_add(result, order[i]);
            wanted--;
        }
        left--;
    }
    return 1;
}

static int
l_time(lua_State *L)
{
    lua_pushinteger(L, chandra_cycle_time(l_self(L)));
    return 1;
}

static const struct ch_lua_field fields[] = {
    {"pod", l_pod, POD_SLOT},
    {"claims", l_claims, CLAIMS_SLOT},
    {"context", l_context, CONTEXT_SLOT},
    {"policy", l_policy, 0},
    {NULL, NULL, 0},
};

static const luaL_Reg methods[] = {
    {"keep", l_keep},
    {"drop", l_drop},
    {"nodes", l_nodes},
    {"node", l_node},
    {"random", l_random},
    {"sample", l_sample},
    {"time", l_time},
    {"count_claims", ch_l_count_claims},
    {"count_pods", ch_l_count_pods},
    {"count_by", ch_l_count_by},
    {"claims_on", ch_l_claims_on},
    {"domain", ch_l_domain},
    {"find_claims", ch_l_find_claims},
    {"find_pods", ch_l_find_pods},
    {"log", ch_l_log},
    {"note", ch_l_note},
    {"pack", ch_l_pack},
    {"spread", ch_l_spread},
    {NULL, NULL},
};

const struct ch_lua_type ch_lua_cx_type = {
    .id = CH_LUA_TYPE_CX,
    .slots = CONTEXT_SLOT,
    .name = "cx",
    .fields = fields,
    .methods = methods,
};
