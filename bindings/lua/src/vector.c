/* vector.c - a number for each node: counts, and scores. */
#include "view.h"

#include <string.h>

struct ch_lua_vector *
ch_l_vector_new(lua_State *L)
{
    const uint32_t capacity = chandra_cycle_capacity(ch_lua_vm_of(L)->cycle);
    struct ch_lua_vector *vector = (struct ch_lua_vector *)ch_l_view_new(
        L, &ch_lua_vector_type, sizeof(*vector) + capacity * sizeof(double));

    vector->capacity = capacity;
    for (uint32_t i = 0; i < capacity; i++)
        vector->values[i] = 0;
    return vector;
}

static struct ch_lua_vector *
l_self(lua_State *L)
{
    return (struct ch_lua_vector *)ch_l_view_check(L, 1, &ch_lua_vector_type);
}

/* Counts look like counts: 3, not 3.0. */
int
ch_l_vector_push_value(lua_State *L, double value)
{
    if (value >= -0x1p53 && value <= 0x1p53 && value == (double)(lua_Integer)value)
        lua_pushinteger(L, (lua_Integer)value);
    else
        lua_pushnumber(L, value);
    return 1;
}

/* get(node or name) */
static int
l_get(lua_State *L)
{
    const struct ch_lua_vector *vector = l_self(L);
    const uint32_t index = ch_l_node_arg(L, 2);

    return ch_l_vector_push_value(L, index < vector->capacity ? vector->values[index] : 0);
}

/* The nodes that an aggregate is asked for: a set, or all. */
static const struct chandra_nodeset *
l_nodes(lua_State *L)
{
    ch_l_charge(L, chandra_cycle_capacity(ch_lua_vm_of(L)->cycle) / 8);
    if (lua_isnoneornil(L, 2))
        return chandra_cycle_nodes(ch_lua_vm_of(L)->cycle);
    return ch_l_set_check(L, 2);
}

static int
l_max(lua_State *L)
{
    const struct ch_lua_vector *vector = l_self(L);
    const struct chandra_nodeset *set = l_nodes(L);
    uint32_t i = chandra_nodeset_next(set, 0);
    double most = i == CHANDRA_NODESET_END ? 0 : vector->values[i];

    for (; i != CHANDRA_NODESET_END; i = chandra_nodeset_next(set, i + 1))
        if (vector->values[i] > most)
            most = vector->values[i];
    return ch_l_vector_push_value(L, most);
}

static int
l_min(lua_State *L)
{
    const struct ch_lua_vector *vector = l_self(L);
    const struct chandra_nodeset *set = l_nodes(L);
    uint32_t i = chandra_nodeset_next(set, 0);
    double least = i == CHANDRA_NODESET_END ? 0 : vector->values[i];

    for (; i != CHANDRA_NODESET_END; i = chandra_nodeset_next(set, i + 1))
        if (vector->values[i] < least)
            least = vector->values[i];
    return ch_l_vector_push_value(L, least);
}

static int
l_sum(lua_State *L)
{
    const struct ch_lua_vector *vector = l_self(L);
    const struct chandra_nodeset *set = l_nodes(L);
    double sum = 0;

    for (uint32_t i = chandra_nodeset_next(set, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(set, i + 1))
        sum += vector->values[i];
    return ch_l_vector_push_value(L, sum);
}

static const luaL_Reg methods[] = {
    {"get", l_get}, {"max", l_max}, {"min", l_min}, {"sum", l_sum}, {NULL, NULL},
};

/* vector[node], or a method. */
static int
l_index(lua_State *L)
{
    const char *names[] = {"get", "max", "min", "sum", NULL};
    const char *name;

    l_self(L);
    if (lua_type(L, 2) != LUA_TSTRING)
        return l_get(L);
    name = lua_tostring(L, 2);
    for (const luaL_Reg *method = methods; method->name; method++)
        if (strcmp(method->name, name) == 0) {
            lua_pushcfunction(L, method->func);
            return 1;
        }
    return ch_l_unknown(L, "vector has no method", name, names);
}

static const luaL_Reg metamethods[] = {{"__index", l_index}, {NULL, NULL}};

const struct ch_lua_type ch_lua_vector_type = {
    .id = CH_LUA_TYPE_VECTOR,
    .name = "vector",
    .methods = methods,
    .metamethods = metamethods,
};
