/* nodeset.c - node sets as values of a policy: operators make new sets, nothing changes one. */
#include "view.h"

/* Bits follow the view; a multiple of 8 bytes, so they are aligned for uint64_t. */
struct owned_set {
    struct ch_lua_view view;
    uint64_t bits[];
};

struct chandra_nodeset *
ch_l_set_new(lua_State *L)
{
    const uint32_t capacity = chandra_cycle_capacity(ch_lua_vm_of(L)->cycle);
    struct owned_set *set = (struct owned_set *)ch_l_view_new(
        L, &ch_lua_set_type, sizeof(*set) + chandra_nodeset_bytes(capacity));
    struct chandra_nodeset *bits = chandra_nodeset_init(set->bits, capacity);

    set->view.object = bits;
    return bits;
}

void
ch_l_set_borrow(lua_State *L, const struct chandra_nodeset *set)
{
    ch_l_view_push(L, &ch_lua_set_type, set, CH_LUA_NO_INDEX);
}

const struct chandra_nodeset *
ch_l_set_check(lua_State *L, int arg)
{
    return ch_l_view_check(L, arg, &ch_lua_set_type)->object;
}

/* The members of `set` for which the function at `fn` holds, in order of names; [-0, +1]. */
static const struct chandra_nodeset *
l_filter(lua_State *L, const struct chandra_nodeset *set, int fn)
{
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);
    const int views = ch_l_node_views(L);
    struct chandra_nodeset *result = ch_l_set_new(L);

    ch_l_charge(L, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!chandra_nodeset_has(set, order[i]))
            continue;
        lua_pushvalue(L, fn);
        ch_l_node_push_from(L, views, order[i]);
        lua_call(L, 1, 1);
        if (lua_toboolean(L, -1))
            chandra_nodeset_add(result, order[i]);
        lua_pop(L, 1);
    }
    lua_remove(L, views);
    return result;
}

const struct chandra_nodeset *
ch_l_set_or_where(lua_State *L, int arg, const struct chandra_nodeset *among)
{
    const struct chandra_nodeset *set;

    if (lua_type(L, arg) != LUA_TFUNCTION)
        return ch_l_set_check(L, arg);
    set = l_filter(L, among, arg);
    lua_replace(L, arg);
    return set;
}

/* A new set: the first operand, changed by the second. */
static int
l_combine(lua_State *L, void (*change)(struct chandra_nodeset *, const struct chandra_nodeset *))
{
    const struct chandra_nodeset *a = ch_l_set_check(L, 1), *b = ch_l_set_check(L, 2);
    struct chandra_nodeset *result = ch_l_set_new(L);

    chandra_nodeset_assign(result, a);
    change(result, b);
    return 1;
}

static int
l_and(lua_State *L)
{
    return l_combine(L, chandra_nodeset_and);
}

static int
l_or(lua_State *L)
{
    return l_combine(L, chandra_nodeset_or);
}

static int
l_minus(lua_State *L)
{
    return l_combine(L, chandra_nodeset_minus);
}

static int
l_len(lua_State *L)
{
    lua_pushinteger(L, chandra_nodeset_count(ch_l_set_check(L, 1)));
    return 1;
}

/* Of two userdata; a set equals no other view. */
static int
l_eq(lua_State *L)
{
    const struct ch_lua_view *a = ch_l_view_test(L, 1, &ch_lua_set_type);
    const struct ch_lua_view *b = ch_l_view_test(L, 2, &ch_lua_set_type);

    lua_pushboolean(L, a && b && chandra_nodeset_equal(a->object, b->object));
    return 1;
}

static int
l_le(lua_State *L)
{
    lua_pushboolean(L, chandra_nodeset_subset(ch_l_set_check(L, 1), ch_l_set_check(L, 2)));
    return 1;
}

static int
l_lt(lua_State *L)
{
    const struct chandra_nodeset *a = ch_l_set_check(L, 1), *b = ch_l_set_check(L, 2);

    lua_pushboolean(L, chandra_nodeset_subset(a, b) && !chandra_nodeset_equal(a, b));
    return 1;
}

static int
l_has(lua_State *L)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 1);

    lua_pushboolean(L, chandra_nodeset_has(set, ch_l_node_arg(L, 2)));
    return 1;
}

static int
l_is_empty(lua_State *L)
{
    lua_pushboolean(L, chandra_nodeset_is_empty(ch_l_set_check(L, 1)));
    return 1;
}

static int
l_where(lua_State *L)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 1);

    luaL_checktype(L, 2, LUA_TFUNCTION);
    l_filter(L, set, 2);
    return 1;
}

/* Push the member after the node at `control` (nil: the first) and true; nil at the end. */
static int
l_next(lua_State *L, int control)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 1);
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    uint32_t count, i = 0;
    const uint32_t *order = ch_l_order(L, &count);

    if (!lua_isnoneornil(L, control))
        i = vm->position[ch_l_view_check(L, control, &ch_lua_node_type)->index] + 1;
    while (i < count && !chandra_nodeset_has(set, order[i]))
        i++;
    if (i >= count) {
        lua_pushnil(L);
        return 1;
    }
    ch_l_node_push(L, order[i]);
    lua_pushboolean(L, 1);
    return 2;
}

/* for node in set:each() */
static int
l_each_next(lua_State *L)
{
    return l_next(L, 2);
}

/* for node in set: called as set(nil, previous). */
static int
l_call(lua_State *L)
{
    return l_next(L, 3);
}

static int
l_each(lua_State *L)
{
    ch_l_set_check(L, 1);
    lua_pushcfunction(L, l_each_next);
    lua_pushvalue(L, 1);
    return 2;
}

static int
l_first(lua_State *L)
{
    lua_settop(L, 1);
    l_next(L, 2);
    lua_settop(L, 2); /* stack: set, node or nil */
    return 1;
}

static int
l_names(lua_State *L)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 1);
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);
    lua_Integer n = 0;

    ch_l_charge(L, count);
    lua_createtable(L, (int)chandra_nodeset_count(set), 0);
    for (uint32_t i = 0; i < count; i++)
        if (chandra_nodeset_has(set, order[i])) {
            const struct chandra_node *node = chandra_cycle_node(vm->cycle, order[i]);

            lua_pushstring(L, chandra_object_name(chandra_node_object(node)));
            lua_rawseti(L, -2, ++n);
        }
    return 1;
}

uint32_t
ch_l_set_array(lua_State *L, int arg)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, arg);
    uint32_t count, n = 0;
    const uint32_t *order = ch_l_order(L, &count);

    ch_l_charge(L, count);
    lua_createtable(L, (int)chandra_nodeset_count(set), 0);
    for (uint32_t i = 0; i < count; i++)
        if (chandra_nodeset_has(set, order[i])) {
            ch_l_node_push(L, order[i]);
            lua_rawseti(L, -2, ++n);
        }
    return n;
}

/* matching(selector): the members that a v1.NodeSelector or a table of labels selects. */
static int
l_matching(lua_State *L)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 1);
    struct chandra_cycle *cycle = ch_lua_vm_of(L)->cycle;
    struct chandra_nodeset *result;
    struct chandra_doc *doc = NULL;
    struct chandra_error err;
    enum chandra_status st;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    ch_l_charge(L, 100 + chandra_cycle_capacity(cycle));
    result = ch_l_set_new(L);
    st = ch_lua_selector(L, 2, &doc, &err);
    if (st == CHANDRA_OK)
        st = chandra_cycle_select(cycle, chandra_doc_root(doc, 0), result, &err);
    chandra_doc_free(doc);
    if (st != CHANDRA_OK)
        return ch_l_raise(L, st, &err);
    chandra_nodeset_and(result, set);
    return 1;
}

/* The number that the function at index 2 gives the node; leaves the stack as it was. */
static double
l_value(lua_State *L, const char *what, uint32_t node)
{
    double value;

    lua_pushvalue(L, 2);
    ch_l_node_push(L, node);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TNUMBER)
        luaL_error(L, "%s: the function must return a number, got %s", what,
                   ch_lua_value_name(L, -1));
    value = lua_tonumber(L, -1);
    if (value != value)
        luaL_error(L, "%s: the function returned NaN", what);
    lua_pop(L, 1);
    return value;
}

/* score(fn): a vector with fn(node) for each member, 0 for others. */
static int
l_score(lua_State *L)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 1);
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);
    struct ch_lua_vector *vector;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    vector = ch_l_vector_new(L);
    ch_l_charge(L, count);
    for (uint32_t i = 0; i < count; i++)
        if (chandra_nodeset_has(set, order[i]))
            vector->values[order[i]] = l_value(L, "score", order[i]);
    return 1;
}

/* best(fn): the member with the greatest fn(node), of equals the first by name; nil when empty. */
static int
l_best(lua_State *L)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, 1);
    uint32_t count, best = CHANDRA_NODESET_END;
    const uint32_t *order = ch_l_order(L, &count);
    double best_value = 0;

    luaL_checktype(L, 2, LUA_TFUNCTION);
    ch_l_charge(L, count);
    for (uint32_t i = 0; i < count; i++) {
        double value;

        if (!chandra_nodeset_has(set, order[i]))
            continue;
        value = l_value(L, "best", order[i]);
        if (best == CHANDRA_NODESET_END || value > best_value) {
            best = order[i];
            best_value = value;
        }
    }
    if (best == CHANDRA_NODESET_END)
        lua_pushnil(L);
    else
        ch_l_node_push(L, best);
    return 1;
}

static int
l_tostring(lua_State *L)
{
    lua_pushfstring(L, "node set of %I", (lua_Integer)chandra_nodeset_count(ch_l_set_check(L, 1)));
    return 1;
}

static const luaL_Reg methods[] = {
    {"best", l_best},   {"each", l_each},         {"first", l_first},
    {"has", l_has},     {"is_empty", l_is_empty}, {"matching", l_matching},
    {"names", l_names}, {"score", l_score},       {"where", l_where},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__band", l_and}, {"__bor", l_or},    {"__sub", l_minus},
    {"__len", l_len},  {"__eq", l_eq},     {"__le", l_le},
    {"__lt", l_lt},    {"__call", l_call}, {"__tostring", l_tostring},
    {NULL, NULL},
};

const struct ch_lua_type ch_lua_set_type = {
    .id = CH_LUA_TYPE_SET,
    .name = "node set",
    .entry = "nodeset",
    .methods = methods,
    .metamethods = metamethods,
    .pairs = l_each,
};
