/* valueset.c - sets of strings, numbers and booleans: values, as node sets are. The members are the
 * keys of a table that only C sees. */
#include "sandbox.h"
#include "view.h"

struct value_set {
    struct ch_lua_view view;
    lua_Integer count;
};

/* Push the members' table; [-0, +1]. */
static const struct value_set *
l_members(lua_State *L, int arg)
{
    const struct ch_lua_view *set = ch_l_view_check(L, arg, &ch_lua_value_set_type);

    lua_getiuservalue(L, arg, 1);
    return (const struct value_set *)set;
}

/* Push a new empty set and its table; [-0, +2]. */
static struct value_set *
l_new(lua_State *L)
{
    struct value_set *set =
        (struct value_set *)ch_l_value_new(L, &ch_lua_value_set_type, sizeof(*set));

    set->count = 0;
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, -3, 1);
    return set;
}

/* Add the value on top to the table at `members`; pops it. */
static void
l_add(lua_State *L, struct value_set *set, int members)
{
    const int type = lua_type(L, -1);

    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
        luaL_error(L, "a set has strings, numbers and booleans, got a %s",
                   ch_lua_value_name(L, -1));
    lua_pushvalue(L, -1);
    if (lua_rawget(L, members) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
        lua_rawset(L, members);
        set->count++;
    } else {
        lua_pop(L, 2);
    }
    ch_l_charge(L, 2);
}

/* chandra.set(list) */
int
ch_l_value_set(lua_State *L)
{
    struct value_set *set;
    size_t count;

    lua_settop(L, 1);
    if (!lua_isnil(L, 1))
        luaL_checktype(L, 1, LUA_TTABLE);
    set = l_new(L); /* stack: list, set, members */
    count = lua_isnil(L, 1) ? 0 : lua_rawlen(L, 1);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i);
        if (lua_tonumber(L, -1) != lua_tonumber(L, -1))
            return luaL_error(L, "a set has no NaN");
        l_add(L, set, 3);
    }
    lua_settop(L, 2);
    return 1;
}

/* Add the members of the table at `from`: all, or those that the table at `filter` has, or lacks.
 */
static void
l_add_all(lua_State *L, struct value_set *set, int members, int from, int filter, bool has)
{
    for (lua_pushnil(L); lua_next(L, from);) {
        bool is_wanted = true;

        lua_pop(L, 1);
        if (filter) {
            lua_pushvalue(L, -1);
            is_wanted = (lua_rawget(L, filter) != LUA_TNIL) == has;
            lua_pop(L, 1);
        }
        ch_l_charge(L, 2);
        if (is_wanted) {
            lua_pushvalue(L, -1);
            l_add(L, set, members);
        }
    }
}

/* Both operands' tables at 3 and 4, the result and its table behind them. */
static struct value_set *
l_operate(lua_State *L)
{
    lua_settop(L, 2);
    l_members(L, 1);
    l_members(L, 2);
    return l_new(L); /* stack: a, b, of a, of b, set, members */
}

static int
l_and(lua_State *L)
{
    l_add_all(L, l_operate(L), 6, 3, 4, true);
    lua_settop(L, 5);
    return 1;
}

static int
l_or(lua_State *L)
{
    struct value_set *set = l_operate(L);

    l_add_all(L, set, 6, 3, 0, false);
    l_add_all(L, set, 6, 4, 0, false);
    lua_settop(L, 5);
    return 1;
}

static int
l_minus(lua_State *L)
{
    l_add_all(L, l_operate(L), 6, 3, 4, false);
    lua_settop(L, 5);
    return 1;
}

static int
l_len(lua_State *L)
{
    lua_pushinteger(L, l_members(L, 1)->count);
    return 1;
}

/* Whether each member of the set at 1 is in the set at 2. */
static bool
l_is_subset(lua_State *L)
{
    bool is_subset = true;

    lua_settop(L, 2);
    l_members(L, 1);
    l_members(L, 2);
    for (lua_pushnil(L); is_subset && lua_next(L, 3); ch_l_charge(L, 2)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        is_subset = lua_rawget(L, 4) != LUA_TNIL;
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    return is_subset;
}

static lua_Integer
l_count(lua_State *L, int arg)
{
    const lua_Integer count = l_members(L, arg)->count;

    lua_pop(L, 1);
    return count;
}

static int
l_le(lua_State *L)
{
    lua_pushboolean(L, l_is_subset(L));
    return 1;
}

static int
l_lt(lua_State *L)
{
    lua_pushboolean(L, l_count(L, 1) < l_count(L, 2) && l_is_subset(L));
    return 1;
}

static int
l_eq(lua_State *L)
{
    const bool are_sets = ch_l_view_test(L, 1, &ch_lua_value_set_type) &&
                          ch_l_view_test(L, 2, &ch_lua_value_set_type);

    lua_pushboolean(L, are_sets && l_count(L, 1) == l_count(L, 2) && l_is_subset(L));
    return 1;
}

/* has(value) */
static int
l_has(lua_State *L)
{
    lua_settop(L, 2);
    l_members(L, 1);
    lua_pushvalue(L, 2);
    lua_pushboolean(L, !lua_isnil(L, 2) && lua_rawget(L, 3) != LUA_TNIL);
    return 1;
}

/* list(): the members in ascending order. */
static int
l_list(lua_State *L)
{
    lua_settop(L, 1);
    l_members(L, 1);
    ch_l_sorted_keys(L, 2);
    return 1;
}

static int
l_pairs(lua_State *L)
{
    lua_settop(L, 1);
    l_members(L, 1);
    lua_replace(L, 1);
    return ch_l_pairs(L);
}

static int
l_tostring(lua_State *L)
{
    lua_pushfstring(L, "set of %I", (LUAI_UACINT)l_count(L, 1));
    return 1;
}

static const luaL_Reg methods[] = {{"has", l_has}, {"list", l_list}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__band", l_and}, {"__bor", l_or}, {"__sub", l_minus}, {"__len", l_len},
    {"__eq", l_eq},    {"__le", l_le},  {"__lt", l_lt},     {"__tostring", l_tostring},
    {NULL, NULL},
};

const struct ch_lua_type ch_lua_value_set_type = {
    .id = CH_LUA_TYPE_VALUE_SET,
    .slots = 1,
    .name = "set",
    .methods = methods,
    .metamethods = metamethods,
    .pairs = l_pairs,
};
