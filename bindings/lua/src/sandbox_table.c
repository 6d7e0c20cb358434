/* sandbox_table.c - table functions: a sort that is stable, bounded, and the same in every VM. */
#include "sandbox.h"

#include <string.h>

const char *const ch_lua_table_borrowed[] = {"concat", "pack", NULL};

/* Merge the sorted runs [low, middle) and [middle, high) of table `from` into table `to`. */
static void
l_merge(lua_State *L, int from, int to, const lua_Integer run[3], ch_l_before_fn is_before)
{
    lua_Integer left = run[0], right = run[1];

    for (lua_Integer out = run[0]; out < run[2]; out++) {
        bool takes_right = left >= run[1];

        if (!takes_right && right < run[2]) {
            lua_rawgeti(L, from, right);
            lua_rawgeti(L, from, left);
            takes_right = is_before(L, lua_gettop(L) - 1, lua_gettop(L));
            lua_pop(L, 2);
        }
        lua_rawgeti(L, from, takes_right ? right++ : left++);
        lua_rawseti(L, to, out);
        ch_l_charge(L, 3);
    }
}

void
ch_l_sort(lua_State *L, int index, ch_l_before_fn is_before)
{
    const lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    int from = index, to;

    luaL_checkstack(L, 8, "sort");
    lua_createtable(L, (int)count, 0);
    to = lua_gettop(L);
    for (lua_Integer width = 1; width < count; width *= 2) {
        const int swap = from;

        for (lua_Integer low = 1; low <= count; low += 2 * width) {
            const lua_Integer middle = low + width > count + 1 ? count + 1 : low + width;
            const lua_Integer high = middle + width > count + 1 ? count + 1 : middle + width;

            l_merge(L, from, to, (const lua_Integer[3]){low, middle, high}, is_before);
        }
        from = to;
        to = swap;
    }
    for (lua_Integer i = 1; from != index && i <= count; i++) {
        lua_rawgeti(L, from, i);
        lua_rawseti(L, index, i);
    }
    lua_settop(L, from == index ? to - 1 : from - 1);
}

static bool
l_is_less(lua_State *L, int a, int b)
{
    return lua_compare(L, a, b, LUA_OPLT);
}

/* The policy's own order, at index 2. */
static bool
l_is_before_by_function(lua_State *L, int a, int b)
{
    bool is_before;

    lua_pushvalue(L, 2);
    lua_pushvalue(L, a);
    lua_pushvalue(L, b);
    lua_call(L, 2, 1);
    is_before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is_before;
}

static int
l_sort(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_argcheck(L, lua_rawlen(L, 1) < 1000000, 1, "array too big");
    ch_l_sort(L, 1, lua_isnil(L, 2) ? l_is_less : l_is_before_by_function);
    return 0;
}

/* Lua's insert and remove, which move the elements behind the position. */
static int
l_insert(lua_State *L)
{
    if (lua_gettop(L) > 2)
        ch_l_charge(L, lua_rawlen(L, 1) / 8);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int
l_remove(lua_State *L)
{
    if (lua_gettop(L) > 1)
        ch_l_charge(L, lua_rawlen(L, 1) / 8);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* unpack(list [, i [, j]]): Lua's, with a bound on the number of results. */
static int
l_unpack(lua_State *L)
{
    const lua_Integer i = luaL_optinteger(L, 2, 1);
    const lua_Integer j = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);

    if (i <= j && (lua_Unsigned)j - (lua_Unsigned)i >= CH_LUA_MAX_RESULTS)
        return luaL_error(L, "table.unpack: more than %d results", CH_LUA_MAX_RESULTS);
    ch_l_charge(L, i <= j ? (uint64_t)(j - i) : 0);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

const luaL_Reg ch_lua_table_functions[] = {
    {"insert", l_insert}, {"remove", l_remove}, {"sort", l_sort},
    {"unpack", l_unpack}, {NULL, NULL},
};
