/* quantity.c - amounts as Kubernetes writes them, as exact values of a policy. */
#include "sandbox.h"
#include "view.h"

#include <chandra/sys/quantity.h>
#include <string.h>

/* Lua aligns userdata less than a quantity wants to be: bytes, copied in and out. */
struct held {
    struct ch_lua_view view;
    unsigned char quantity[sizeof(struct chandra_quantity)];
};

static struct chandra_quantity
l_check(lua_State *L, int arg)
{
    const struct held *held = (const struct held *)ch_l_view_check(L, arg, &ch_lua_quantity_type);
    struct chandra_quantity quantity;

    memcpy(&quantity, held->quantity, sizeof(quantity));
    return quantity;
}

static int
l_push(lua_State *L, const struct chandra_quantity *quantity)
{
    struct held *held = (struct held *)ch_l_value_new(L, &ch_lua_quantity_type, sizeof(*held));

    memcpy(held->quantity, quantity, sizeof(held->quantity));
    return 1;
}

/* chandra.quantity.parse(text or integer) */
static int
l_parse(lua_State *L)
{
    struct chandra_quantity quantity;
    struct chandra_error err;
    size_t len;
    const char *text;

    if (lua_type(L, 1) == LUA_TNUMBER)
        luaL_checkinteger(L, 1);
    text = luaL_checklstring(L, 1, &len);
    ch_l_charge(L, 1 + len);
    if (strlen(text) != len)
        return luaL_error(L, "a quantity has no zero bytes");
    if (chandra_quantity_parse(text, &quantity, &err) != CHANDRA_OK)
        return luaL_error(L, "%s", err.message);
    return l_push(L, &quantity);
}

/* Both operands of an operator. */
static void
l_operands(lua_State *L, struct chandra_quantity *a, struct chandra_quantity *b)
{
    for (int i = 1; i <= 2; i++)
        if (!ch_l_view_test(L, i, &ch_lua_quantity_type))
            luaL_error(L, "a quantity goes with another quantity only, got a %s; parse it first",
                       ch_lua_value_name(L, i));
    memcpy(a, ((const struct held *)lua_touserdata(L, 1))->quantity, sizeof(*a));
    memcpy(b, ((const struct held *)lua_touserdata(L, 2))->quantity, sizeof(*b));
}

static int
l_compare(lua_State *L)
{
    struct chandra_quantity a, b;

    l_operands(L, &a, &b);
    return chandra_quantity_compare(&a, &b);
}

static int
l_lt(lua_State *L)
{
    lua_pushboolean(L, l_compare(L) < 0);
    return 1;
}

static int
l_le(lua_State *L)
{
    lua_pushboolean(L, l_compare(L) <= 0);
    return 1;
}

static int
l_eq(lua_State *L)
{
    lua_pushboolean(L, ch_l_view_test(L, 1, &ch_lua_quantity_type) &&
                           ch_l_view_test(L, 2, &ch_lua_quantity_type) && l_compare(L) == 0);
    return 1;
}

static int
l_add_or_subtract(lua_State *L, bool is_minus)
{
    struct chandra_quantity a, b, sum;

    l_operands(L, &a, &b);
    if (!chandra_quantity_add(&a, &b, is_minus, &sum))
        return luaL_error(L, "quantity overflow: the result is beyond %I", (LUAI_UACINT)INT64_MAX);
    return l_push(L, &sum);
}

static int
l_add(lua_State *L)
{
    return l_add_or_subtract(L, false);
}

static int
l_sub(lua_State *L)
{
    return l_add_or_subtract(L, true);
}

static int
l_tostring(lua_State *L)
{
    const struct chandra_quantity quantity = l_check(L, 1);
    char text[CHANDRA_QUANTITY_TEXT];

    chandra_quantity_print(&quantity, text, sizeof(text));
    lua_pushstring(L, text);
    return 1;
}

/* number(): whole units, as near as a number can say. */
static int
l_number(lua_State *L)
{
    const struct chandra_quantity quantity = l_check(L, 1);
    const int64_t nano_per_unit = 1000000000;

    if (quantity.nano % nano_per_unit == 0)
        lua_pushinteger(L, (lua_Integer)(quantity.nano / nano_per_unit));
    else
        lua_pushnumber(L, (lua_Number)quantity.nano / 1e9);
    return 1;
}

static const luaL_Reg methods[] = {{"number", l_number}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__add", l_add}, {"__sub", l_sub},           {"__lt", l_lt}, {"__le", l_le},
    {"__eq", l_eq},   {"__tostring", l_tostring}, {NULL, NULL},
};

const struct ch_lua_type ch_lua_quantity_type = {
    .id = CH_LUA_TYPE_QUANTITY,
    .name = "quantity",
    .methods = methods,
    .metamethods = metamethods,
};

const luaL_Reg ch_lua_quantity_functions[] = {{"parse", l_parse}, {NULL, NULL}};
