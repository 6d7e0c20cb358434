/* sandbox_base.c - base functions of our own: pcall that lets a spent budget through, sorted pairs.
 */
#include "sandbox.h"
#include "view.h"

#include <string.h>

/* `next` is not among them: the order in which it walks differs from one VM to another. */
const char *const ch_lua_base_borrowed[] = {"assert", "error",    "ipairs", "rawequal", "rawlen",
                                            "select", "tonumber", "type",   NULL};

/* An error that ends the whole call is raised again, whatever the policy wants. */
static void
l_let_through(lua_State *L, int rc)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;

    if (vm->failure != CH_LUA_FINE)
        lua_error(L);
    if (ch_lua_is_memory(vm, rc, message))
        ch_l_out_of_memory(L);
}

static int
l_pcall(lua_State *L)
{
    int rc;

    luaL_checkany(L, 1);
    rc = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (rc != LUA_OK) {
        l_let_through(L, rc);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    luaL_checkstack(L, 1, "too many results");
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    return lua_gettop(L);
}

/* The handler runs after the failed call, not inside it: Lua calls a true message handler with its
 * hooks off when the budget's own error is what it handles, and a loop there would never end. */
static int
l_xpcall(lua_State *L)
{
    const int argc = lua_gettop(L) - 2;
    int rc;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    lua_insert(L, 3); /* stack: fn, handler, fn, args */
    rc = lua_pcall(L, argc, LUA_MULTRET, 0);
    if (rc == LUA_OK) {
        lua_pushboolean(L, 1);
        lua_replace(L, 2);
        return lua_gettop(L) - 1;
    }
    l_let_through(L, rc);
    rc = lua_pcall(L, 1, 1, 0); /* stack: fn, result */
    if (rc != LUA_OK)
        l_let_through(L, rc);
    lua_pushboolean(L, 0);
    lua_replace(L, 1);
    return 2;
}

/* Addresses would differ from one VM to the next, so tables and functions show their type alone. */
static int
l_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TTABLE || lua_type(L, 1) == LUA_TFUNCTION)
        lua_pushstring(L, luaL_typename(L, 1));
    else
        luaL_tolstring(L, 1, NULL);
    return 1;
}

int
ch_l_key_class(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        return 0;
    case LUA_TSTRING:
        return 1;
    case LUA_TBOOLEAN:
        return 2;
    case LUA_TNIL:
        return 4;
    default:
        return 3;
    }
}

bool
ch_l_is_before(lua_State *L, int a, int b)
{
    const int class_a = ch_l_key_class(L, a);
    const int class_b = ch_l_key_class(L, b);

    if (class_a != class_b)
        return class_a < class_b;
    if (class_a == 0)
        return lua_compare(L, a, b, LUA_OPLT);
    if (class_a == 1)
        return strcmp(lua_tostring(L, a), lua_tostring(L, b)) < 0;
    if (class_a == 2)
        return !lua_toboolean(L, a) && lua_toboolean(L, b);
    if (lua_type(L, a) != LUA_TUSERDATA || lua_type(L, b) != LUA_TUSERDATA)
        luaL_error(L, "pairs: cannot order keys of type %s", luaL_typename(L, a));
    luaL_tolstring(L, a, NULL);
    luaL_tolstring(L, b, NULL);
    {
        const bool is_before = strcmp(lua_tostring(L, -2), lua_tostring(L, -1)) < 0;

        lua_pop(L, 2);
        return is_before;
    }
}

/* Upvalues: table, sorted keys, position. Keys whose value went away meanwhile are left out. */
static int
l_next_sorted(lua_State *L)
{
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));

    for (;;) {
        if (lua_rawgeti(L, lua_upvalueindex(2), ++i) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
            break;
        lua_pop(L, 2);
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

void
ch_l_sorted_keys(lua_State *L, int index)
{
    lua_Integer count = 0;
    int keys;

    lua_newtable(L);
    keys = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, index);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, keys, ++count);
        ch_l_charge(L, 2);
    }
    ch_l_sort(L, keys, ch_l_is_before);
}

int
ch_l_pairs(lua_State *L)
{
    const struct ch_lua_view *view;

    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TUSERDATA) {
        view = lua_touserdata(L, 1);
        if (!view->type->pairs)
            return luaL_error(L, "cannot go through a %s with pairs", view->type->name);
        return view->type->pairs(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    ch_l_sorted_keys(L, 1);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, l_next_sorted, 3);
    return 1;
}

const luaL_Reg ch_lua_base_functions[] = {
    {"pairs", ch_l_pairs},    {"pcall", l_pcall},   {"print", ch_l_print},
    {"tostring", l_tostring}, {"xpcall", l_xpcall}, {NULL, NULL},
};
