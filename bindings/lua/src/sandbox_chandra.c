/* sandbox_chandra.c - the library chandra: sorted sequences and keys, and what has a file of its
 * own. */
#include "sandbox.h"
#include "view.h"

/* keys(t): array of the keys, in the order of pairs(). */
static int
l_keys(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    ch_l_sorted_keys(L, 1);
    return 1;
}

/* Replace the list at index 1 by a new array of its elements; it is an array, nodes or a set. */
static lua_Integer
l_elements(lua_State *L)
{
    const struct ch_lua_view *view;
    lua_Integer count = 0;

    if (lua_type(L, 1) == LUA_TTABLE) {
        count = (lua_Integer)lua_rawlen(L, 1);
        ch_l_charge(L, (uint64_t)count);
        lua_createtable(L, count < 1000000 ? (int)count : 0, 0);
        for (lua_Integer i = 1; i <= count; i++) {
            lua_rawgeti(L, 1, i);
            lua_rawseti(L, -2, i);
        }
        lua_replace(L, 1);
        return count;
    }
    view = lua_touserdata(L, 1);
    if (view && view->type == &ch_lua_set_type) {
        count = (lua_Integer)ch_l_set_array(L, 1);
    } else if (view && view->type == &ch_lua_value_set_type) {
        lua_getiuservalue(L, 1, 1);
        ch_l_sorted_keys(L, lua_gettop(L));
        count = (lua_Integer)lua_rawlen(L, -1);
    } else {
        luaL_argerror(L, 1, "an array, nodes or a set expected");
    }
    lua_replace(L, 1);
    return count;
}

/* Of two positions, by their keys in the table at index 3. */
static bool
l_is_position_before(lua_State *L, int a, int b)
{
    bool is_before;
    int key_a, key_b;

    lua_rawgeti(L, 3, lua_tointeger(L, a));
    lua_rawgeti(L, 3, lua_tointeger(L, b));
    key_b = lua_gettop(L);
    key_a = key_b - 1;
    if (ch_l_key_class(L, key_a) != ch_l_key_class(L, key_b))
        is_before = ch_l_key_class(L, key_a) < ch_l_key_class(L, key_b);
    else if (ch_l_key_class(L, key_a) == 2)
        is_before = !lua_toboolean(L, key_a) && lua_toboolean(L, key_b);
    else
        is_before = !lua_isnil(L, key_a) && lua_compare(L, key_a, key_b, LUA_OPLT);
    lua_pop(L, 2);
    return is_before;
}

/* Push the key of each element: what the function at index 2 says, or the element. */
static void
l_keys_of(lua_State *L, lua_Integer count)
{
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        if (!lua_isnil(L, 2))
            lua_pushvalue(L, 2);
        lua_rawgeti(L, 1, i);
        if (!lua_isnil(L, 2))
            lua_call(L, 1, 1);
        if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) != lua_tonumber(L, -1))
            luaL_error(L, "sorted: a key is NaN");
        lua_rawseti(L, 3, i);
    }
}

/* sorted(list [, by]): a new array, in ascending order of what by(element) says. */
static int
l_sorted(lua_State *L)
{
    lua_Integer count;

    luaL_checkany(L, 1);
    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    count = l_elements(L);
    luaL_argcheck(L, count < 1000000, 1, "too many elements");
    l_keys_of(L, count); /* stack: elements, by, keys */
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_pushinteger(L, i);
        lua_rawseti(L, 4, i);
    }
    ch_l_sort(L, 4, l_is_position_before);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 4, i);
        lua_rawgeti(L, 1, lua_tointeger(L, -1));
        lua_rawseti(L, 4, i);
        lua_pop(L, 1);
    }
    lua_settop(L, 4);
    return 1;
}

const luaL_Reg ch_lua_chandra_functions[] = {
    {"keys", l_keys},
    {"set", ch_l_value_set},
    {"sorted", l_sorted},
    {NULL, NULL},
};
