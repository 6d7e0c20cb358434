/* hooks.c - call one hook of one member and make sure of what it returns. */
#include "twin.h"
#include "view.h"

#include <math.h>
#include <stdio.h>

/* Push the function of a hook; [-0, +1]. */
static void
l_push_hook(lua_State *L)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const size_t member = (size_t)(vm->member - vm->members);

    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->hooks[member * CH_LUA_HOOK_COUNT + (size_t)vm->hook]);
}

/* Raise for a result of the wrong type, at the place where the hook begins. */
static int
l_bad_result(lua_State *L, const char *want, int got)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const char *name = ch_lua_value_name(L, got);
    lua_Debug hook;

    l_push_hook(L);
    lua_getinfo(L, ">S", &hook);
    lua_pushfstring(L, "%s:%d: %s must return %s, got %s", hook.short_src, hook.linedefined,
                    ch_lua_hook_names[vm->hook], want, name);
    return lua_error(L);
}

/* Tell the cycle, but for a call's second run, which must do nothing but say the same. */
static enum chandra_status
explain(struct ch_lua_vm *vm, const struct chandra_nodeset *removed, const char *rule,
        struct chandra_error *err)
{
    if (vm->tape)
        ch_lua_tape_explain(vm, removed, rule);
    if (vm->tape && vm->tape->is_replaying)
        return CHANDRA_OK;
    return chandra_cycle_explain(vm->cycle, vm->claim, removed, vm->member->name, rule, err);
}

/* Tell the cycle why nodes left: the first reason that was given for each, then a plain one. `left`
 * are those that did leave; it is used up. */
static void
l_explain(lua_State *L, struct chandra_nodeset *left)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    struct chandra_nodeset *removed = ch_l_set_new(L);
    struct chandra_error err;
    enum chandra_status st;
    char rule[512];

    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->reasons);
    for (lua_Integer i = 1; i <= vm->reason_count + 1; i += 2) {
        const bool is_rest = i > vm->reason_count;
        const char *text = NULL;

        chandra_nodeset_assign(removed, left);
        if (!is_rest) {
            lua_rawgeti(L, -1, i);
            chandra_nodeset_and(removed, ch_l_set_check(L, -1));
            lua_rawgeti(L, -2, i + 1);
            text = lua_tostring(L, -1);
        }
        snprintf(rule, sizeof(rule), "%s",
                 text && text[0] ? text : "the policy's match leaves the node out");
        ch_lua_clean_text(rule);
        lua_pop(L, is_rest ? 0 : 2);
        if (chandra_nodeset_is_empty(removed))
            continue;
        st = explain(vm, removed, rule, &err);
        if (st != CHANDRA_OK)
            ch_l_raise(L, st, &err);
        chandra_nodeset_minus(left, removed);
    }
    lua_pop(L, 2);
}

int
ch_l_hook_match(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    struct chandra_nodeset *nodes = lua_touserdata(L, 1);
    struct chandra_nodeset *kept, *left;
    const struct ch_lua_view *result;

    vm->reason_count = 0;
    l_push_hook(L);
    ch_l_cx_push(L);
    ch_l_claim_push(L, vm->claim);
    ch_l_set_borrow(L, nodes);
    lua_call(L, 3, 1);
    result = ch_l_view_test(L, -1, &ch_lua_set_type);
    if (!result)
        return l_bad_result(L, "a node set", -1);
    if (result->object == nodes)
        return 0; /* the very set that was offered */
    kept = ch_l_set_new(L);
    chandra_nodeset_assign(kept, nodes);
    chandra_nodeset_and(kept, result->object);
    left = ch_l_set_new(L);
    chandra_nodeset_assign(left, nodes);
    chandra_nodeset_minus(left, kept);
    if (!chandra_nodeset_is_empty(left))
        l_explain(L, left);
    chandra_nodeset_assign(nodes, kept);
    return 0;
}

/* The score at `index`, within 0..100. */
static double
l_score_at(lua_State *L, int index)
{
    double score;

    if (lua_type(L, index) != LUA_TNUMBER)
        l_bad_result(L, "a number for each node", index);
    score = lua_tonumber(L, index);
    if (isnan(score))
        luaL_error(L, "%s gave NaN as a score", ch_lua_hook_names[ch_lua_vm_of(L)->hook]);
    return score < 0 ? 0 : score > 100 ? 100 : score;
}

static int
l_score_each(lua_State *L, const struct ch_lua_scoring *scoring)
{
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);

    l_push_hook(L);
    ch_l_cx_push(L);
    ch_l_pod_push(L, chandra_cycle_pod(ch_lua_vm_of(L)->cycle));
    ch_l_node_views(L); /* stack: arg, fn, cx, pod, views */
    for (uint32_t i = 0; i < count; i++) {
        if (!chandra_nodeset_has(scoring->nodes, order[i]))
            continue;
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 3);
        lua_pushvalue(L, 4);
        ch_l_node_push_from(L, 5, order[i]);
        lua_call(L, 3, 1);
        scoring->sums[order[i]] += scoring->weight * l_score_at(L, -1);
        lua_pop(L, 1);
    }
    return 0;
}

/* A table from nodes, or names, to scores; nodes it does not name get 0. */
static int
l_score_table(lua_State *L, const struct ch_lua_scoring *scoring)
{
    const int table = lua_gettop(L);

    lua_pushnil(L);
    while (lua_next(L, table)) {
        uint32_t index;

        if (lua_type(L, -2) != LUA_TSTRING && !ch_l_view_test(L, -2, &ch_lua_node_type))
            return l_bad_result(L, "a table with nodes or their names as keys", -2);
        index = ch_l_node_arg(L, lua_gettop(L) - 1);
        if (chandra_nodeset_has(scoring->nodes, index))
            scoring->sums[index] += scoring->weight * l_score_at(L, -1);
        lua_pop(L, 1);
    }
    return 0;
}

static int
l_score_all(lua_State *L, const struct ch_lua_scoring *scoring)
{
    const struct ch_lua_vector *vector;

    l_push_hook(L);
    ch_l_cx_push(L);
    ch_l_pod_push(L, chandra_cycle_pod(ch_lua_vm_of(L)->cycle));
    ch_l_set_borrow(L, scoring->nodes);
    lua_call(L, 3, 1);
    if (lua_type(L, -1) == LUA_TTABLE)
        return l_score_table(L, scoring);
    vector = (const struct ch_lua_vector *)ch_l_view_test(L, -1, &ch_lua_vector_type);
    if (!vector)
        return l_bad_result(L, "a vector or a table of scores", -1);
    for (uint32_t i = chandra_nodeset_next(scoring->nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(scoring->nodes, i + 1)) {
        lua_pushnumber(L, vector->values[i]);
        scoring->sums[i] += scoring->weight * l_score_at(L, -1);
        lua_pop(L, 1);
    }
    return 0;
}

int
ch_l_hook_score(lua_State *L)
{
    const struct ch_lua_scoring *scoring = lua_touserdata(L, 1);

    return ch_lua_vm_of(L)->hook == CH_LUA_SCORE ? l_score_each(L, scoring)
                                                 : l_score_all(L, scoring);
}

int
ch_l_hook_suggest(lua_State *L)
{
    struct ch_lua_suggestion *suggestion = lua_touserdata(L, 1);
    struct chandra_nodeset *nodes = suggestion->nodes;
    const struct ch_lua_view *potential;
    uint32_t selected = CHANDRA_NODESET_END;

    l_push_hook(L);
    ch_l_cx_push(L);
    ch_l_pod_push(L, chandra_cycle_pod(ch_lua_vm_of(L)->cycle));
    ch_l_set_borrow(L, nodes);
    lua_call(L, 3, 2); /* stack: arg, potential, selected */
    if (lua_isnil(L, 2) && lua_isnil(L, 3))
        return 0;
    potential = ch_l_view_test(L, 2, &ch_lua_set_type);
    if (!potential && !lua_isnil(L, 2))
        return l_bad_result(L, "a node set and a node, each or nil", 2);
    if (!lua_isnil(L, 3)) {
        if (lua_type(L, 3) != LUA_TSTRING && !ch_l_view_test(L, 3, &ch_lua_node_type))
            return l_bad_result(L, "a node set and a node, each or nil", 3);
        selected = ch_l_node_arg(L, 3);
        if (!chandra_nodeset_has(nodes, selected))
            return luaL_error(L, "suggest: the selected node is not one of the given nodes");
    }
    if (potential)
        chandra_nodeset_and(nodes, potential->object);
    if (selected != CHANDRA_NODESET_END)
        chandra_nodeset_add(nodes, selected);
    suggestion->selected = selected;
    suggestion->is_answered = true;
    return 0;
}

int
ch_l_hook_release(lua_State *L)
{
    struct ch_lua_releasing *releasing = lua_touserdata(L, 1);
    const struct ch_lua_view *choice;

    l_push_hook(L);
    ch_l_cx_push(L);
    ch_l_pod_push(L, chandra_cycle_pod(ch_lua_vm_of(L)->cycle));
    lua_createtable(L, (int)releasing->count, 0);
    for (size_t i = 0; i < releasing->count; i++) {
        ch_l_claim_push(L, releasing->claims[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_call(L, 3, 1); /* stack: arg, claim, false or nil */
    if (lua_isnil(L, 2))
        return 0;
    if (lua_type(L, 2) == LUA_TBOOLEAN && !lua_toboolean(L, 2)) {
        releasing->is_answered = true;
        return 0;
    }
    choice = ch_l_view_test(L, 2, &ch_lua_claim_type);
    if (!choice)
        return l_bad_result(L, "one of the claims, false or nil", 2);
    for (size_t i = 0; i < releasing->count; i++)
        if (chandra_cycle_claim(ch_lua_vm_of(L)->cycle, releasing->claims[i]) == choice->object) {
            releasing->choice = releasing->claims[i];
            releasing->is_answered = true;
            return 0;
        }
    return luaL_error(L, "release: claim %s is not one of those given",
                      chandra_object_name(chandra_claim_object(choice->object)));
}
