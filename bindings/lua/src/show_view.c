/* show_view.c - views as tables: node sets, vectors, lists of claims, the fields of one object. */
#include "show.h"
#include "view.h"

#include <stdio.h>
#include <string.h>

/* [-0, +1]: the text from `mark` on, which is taken back. */
static void
l_take_text(lua_State *L, struct ch_lua_text *text, size_t mark)
{
    if (text->len > mark)
        lua_pushlstring(L, text->data + mark, text->len - mark);
    else
        lua_pushliteral(L, "");
    text->len = mark;
}

/* Labels that every node has and that tell it from no other. */
static bool
is_noise(const char *key)
{
    return strcmp(key, "kubernetes.io/hostname") == 0 || strcmp(key, "kubernetes.io/os") == 0 ||
           strcmp(key, "kubernetes.io/arch") == 0;
}

static void
l_add_labels(lua_State *L, struct ch_lua_grid *grid, const struct chandra_object *object,
             struct ch_lua_text *text)
{
    const size_t mark = text->len;
    const char *key, *value;

    for (size_t i = 0; chandra_object_label_at(object, i, &key, &value); i++)
        if (!is_noise(key)) {
            ch_l_text_put(L, text, text->len > mark ? " " : "");
            ch_l_text_put(L, text, key);
            ch_l_text_put(L, text, "=");
            ch_l_text_put(L, text, value);
        }
    l_take_text(L, text, mark);
    ch_l_grid_add(L, grid);
}

static const struct chandra_object *
node_at(lua_State *L, uint32_t index)
{
    return chandra_node_object(chandra_cycle_node(ch_lua_vm_of(L)->cycle, index));
}

static void
l_show_set(lua_State *L, int index, struct ch_lua_text *text)
{
    static const char *const headings[] = {"NODE", "LABELS", NULL};
    const struct chandra_nodeset *set = ch_l_set_check(L, index);
    const uint32_t members = chandra_nodeset_count(set);
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);
    uint32_t shown = 0;
    struct ch_lua_grid grid;

    ch_l_text_format(L, text, "node set: %u of %u nodes\n", members, count);
    if (members == 0)
        return;
    ch_l_grid_open(L, &grid, headings);
    for (uint32_t i = 0; i < count && shown < CH_LUA_GRID_ROWS; i++) {
        if (!chandra_nodeset_has(set, order[i]))
            continue;
        lua_pushstring(L, chandra_object_name(node_at(L, order[i])));
        ch_l_grid_add(L, &grid);
        l_add_labels(L, &grid, node_at(L, order[i]), text);
        shown++;
    }
    ch_l_grid_close(L, &grid, text, members - shown);
}

/* The node with the greatest value after `before` in the order of descending values, then names;
 * its position in `order`. */
static uint32_t
next_value(const double *values, const uint32_t *order, uint32_t count, uint32_t before)
{
    const double limit = before < count ? values[order[before]] : 0;
    uint32_t best = count;

    for (uint32_t i = 0; i < count; i++) {
        const double value = values[order[i]];
        if (before < count && (value > limit || (value == limit && i <= before)))
            continue;
        if (best == count || value > values[order[best]])
            best = i;
    }
    return best;
}

static void
l_show_vector(lua_State *L, int index, struct ch_lua_text *text)
{
    static const char *const headings[] = {"NODE", "VALUE", NULL};
    const struct ch_lua_vector *vector =
        (const struct ch_lua_vector *)ch_l_view_check(L, index, &ch_lua_vector_type);
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);
    uint32_t shown = 0;
    struct ch_lua_grid grid;
    char number[32];

    ch_l_text_format(L, text, "vector over %u nodes\n", count);
    ch_l_grid_open(L, &grid, headings);
    for (uint32_t at = count; shown < count && shown < CH_LUA_GRID_ROWS; shown++) {
        ch_l_charge(L, count / 4);
        at = next_value(vector->values, order, count, at);
        if (at == count)
            break; /* the rest are no numbers */
        lua_pushstring(L, chandra_object_name(node_at(L, order[at])));
        ch_l_grid_add(L, &grid);
        snprintf(number, sizeof(number), "%.10g", vector->values[order[at]]);
        lua_pushstring(L, number);
        ch_l_grid_add(L, &grid);
    }
    ch_l_grid_close(L, &grid, text, count - shown);
}

/* Add a field of the view at `index`. */
static void
l_add_field(lua_State *L, struct ch_lua_grid *grid, int index, const char *field,
            struct ch_lua_text *text)
{
    lua_getfield(L, index, field);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushliteral(L, "-");
    }
    ch_l_grid_add_value(L, grid, lua_gettop(L), text);
    lua_pop(L, 1);
}

static void
l_add_object_name(lua_State *L, struct ch_lua_grid *grid, const struct chandra_object *object)
{
    lua_pushfstring(L, "%s/%s", chandra_object_namespace(object), chandra_object_name(object));
    ch_l_grid_add(L, grid);
}

/* Rows of sequences, by type. `index` is the view. */

static void
l_claim_row(lua_State *L, struct ch_lua_grid *grid, int index, struct ch_lua_text *text)
{
    const struct ch_lua_view *view = lua_touserdata(L, index);
    const struct chandra_claim *claim = view->object;
    const bool is_allocated = chandra_claim_is_allocated(claim);

    l_add_object_name(L, grid, chandra_claim_object(claim));
    l_add_field(L, grid, index, "class_name", text);
    if (chandra_claim_is_deallocating(claim))
        lua_pushliteral(L, "deallocating");
    else
        lua_pushstring(L, is_allocated ? "allocated" : "pending");
    ch_l_grid_add(L, grid);
    if (is_allocated && chandra_claim_is_node_bound(claim)) {
        l_add_field(L, grid, index, "available_on", text);
    } else {
        lua_pushstring(L, is_allocated ? "all nodes" : "-");
        ch_l_grid_add(L, grid);
    }
    lua_pushinteger(L, (lua_Integer)chandra_claim_user_count(claim));
    lua_tostring(L, -1);
    ch_l_grid_add(L, grid);
}

static void
l_pod_row(lua_State *L, struct ch_lua_grid *grid, int index, struct ch_lua_text *text)
{
    const struct ch_lua_view *view = lua_touserdata(L, index);

    l_add_object_name(L, grid, chandra_pod_object(view->object));
    l_add_field(L, grid, index, "node_name", text);
    l_add_field(L, grid, index, "priority", text);
    l_add_labels(L, grid, chandra_pod_object(view->object), text);
}

static void
l_node_row(lua_State *L, struct ch_lua_grid *grid, int index, struct ch_lua_text *text)
{
    const struct ch_lua_view *view = lua_touserdata(L, index);

    lua_pushstring(L, chandra_object_name(chandra_node_object(view->object)));
    ch_l_grid_add(L, grid);
    l_add_labels(L, grid, chandra_node_object(view->object), text);
}

static const struct row_kind {
    const struct ch_lua_type *type;
    const char *headings[CH_LUA_GRID_COLUMNS];
    void (*add)(lua_State *L, struct ch_lua_grid *grid, int index, struct ch_lua_text *text);
} row_kinds[] = {
    {&ch_lua_claim_type, {"CLAIM", "CLASS", "STATE", "NODES", "USERS", NULL}, l_claim_row},
    {&ch_lua_pod_type, {"POD", "NODE", "PRIORITY", "LABELS", NULL}, l_pod_row},
    {&ch_lua_node_type, {"NODE", "LABELS", NULL}, l_node_row},
};

/* The kind of rows that every value of the sequence at `index` makes, or NULL. */
static const struct row_kind *
l_find_rows(lua_State *L, int index, lua_Integer count)
{
    const struct ch_lua_type *type = NULL;
    lua_Integer keys = 0;

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        keys++;
    if (keys != count)
        return NULL;
    for (lua_Integer i = 1; i <= count; i++) {
        const struct ch_lua_view *view = NULL;
        if (lua_rawgeti(L, index, i) == LUA_TUSERDATA)
            view = lua_touserdata(L, -1);
        lua_pop(L, 1);
        if (!view || view->call != ch_lua_vm_of(L)->call || (type && view->type != type))
            return NULL;
        type = view->type;
    }
    for (size_t i = 0; i < sizeof(row_kinds) / sizeof(row_kinds[0]); i++)
        if (row_kinds[i].type == type)
            return &row_kinds[i];
    return NULL;
}

/* Numbers by node, as `scores` may return them. */
static bool
l_is_by_node(lua_State *L, int index)
{
    bool is_by_node = false;

    lua_pushnil(L);
    while (lua_next(L, index)) {
        const struct ch_lua_view *view =
            lua_type(L, -2) == LUA_TUSERDATA ? lua_touserdata(L, -2) : NULL;
        is_by_node = view && view->type == &ch_lua_node_type &&
                     view->call == ch_lua_vm_of(L)->call && lua_type(L, -1) != LUA_TTABLE;
        lua_pop(L, 1);
        if (!is_by_node) {
            lua_pop(L, 1);
            return false;
        }
    }
    return is_by_node;
}

static void
l_show_by_node(lua_State *L, int index, struct ch_lua_text *text)
{
    static const char *const headings[] = {"NODE", "VALUE", NULL};
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);
    lua_Integer more = 0;
    struct ch_lua_grid grid;

    ch_l_grid_open(L, &grid, headings);
    for (uint32_t i = 0; i < count; i++) {
        ch_l_node_push(L, order[i]);
        if (lua_rawget(L, index) == LUA_TNIL || grid.count > (lua_Integer)CH_LUA_GRID_ROWS * 2) {
            more += !lua_isnil(L, -1);
        } else {
            lua_pushstring(L, chandra_object_name(node_at(L, order[i])));
            ch_l_grid_add(L, &grid);
            ch_l_grid_add_value(L, &grid, lua_gettop(L), text);
        }
        lua_pop(L, 1);
    }
    ch_l_grid_close(L, &grid, text, more);
}

bool
ch_l_show_views(lua_State *L, int index, struct ch_lua_text *text)
{
    const lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    const struct row_kind *kind = count > 0 ? l_find_rows(L, index, count) : NULL;
    struct ch_lua_grid grid;
    lua_Integer shown = 0;

    if (!kind) {
        if (count > 0 || !l_is_by_node(L, index))
            return false;
        l_show_by_node(L, index, text);
        return true;
    }
    ch_l_grid_open(L, &grid, kind->headings);
    for (; shown < count && shown < CH_LUA_GRID_ROWS; shown++) {
        lua_rawgeti(L, index, shown + 1);
        kind->add(L, &grid, lua_gettop(L), text);
        lua_pop(L, 1);
    }
    ch_l_grid_close(L, &grid, text, count - shown);
    return true;
}

/* A row for each field, but for those that say in the API's spelling what others say. */
static void
l_show_fields(lua_State *L, int index, struct ch_lua_text *text)
{
    static const char *const headings[] = {"FIELD", "VALUE", NULL};
    const struct ch_lua_view *view = lua_touserdata(L, index);
    struct ch_lua_grid grid;

    ch_l_text_put(L, text, luaL_tolstring(L, index, NULL));
    ch_l_text_put(L, text, "\n");
    lua_pop(L, 1);
    ch_l_grid_open(L, &grid, headings);
    for (const struct ch_lua_field *field = view->type->fields; field->name; field++) {
        const struct ch_lua_view *value;
        lua_getfield(L, index, field->name);
        value = lua_touserdata(L, -1);
        if (!value ||
            (value->type->id != CH_LUA_TYPE_METADATA &&
             value->type->id != CH_LUA_TYPE_NODE_METADATA && !strstr(value->type->name, " spec") &&
             !strstr(value->type->name, " status"))) {
            lua_pushstring(L, field->name);
            ch_l_grid_add(L, &grid);
            ch_l_grid_add_value(L, &grid, lua_gettop(L), text);
        }
        lua_pop(L, 1);
    }
    ch_l_grid_close(L, &grid, text, 0);
}

/* A list of the API as a sequence. */
static void
l_show_list(lua_State *L, int index, struct ch_lua_text *text)
{
    const struct ch_lua_list *list = lua_touserdata(L, index);

    luaL_checkstack(L, 10, NULL);
    lua_newtable(L);
    for (size_t i = 0; i < list->count; i++) {
        list->push(L, &list->view, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    ch_l_show(L, lua_gettop(L), text);
    lua_pop(L, 1);
}

void
ch_l_show_view(lua_State *L, int index, struct ch_lua_text *text)
{
    const struct ch_lua_view *view = lua_touserdata(L, index);
    const bool is_stale = view->call != ch_lua_vm_of(L)->call;

    luaL_checkstack(L, 20, NULL);
    if (!is_stale && view->type == &ch_lua_set_type) {
        l_show_set(L, index, text);
    } else if (!is_stale && view->type == &ch_lua_vector_type) {
        l_show_vector(L, index, text);
    } else if (!is_stale && view->type == &ch_lua_list_type) {
        l_show_list(L, index, text);
    } else if (!is_stale && view->type->fields) {
        l_show_fields(L, index, text);
    } else {
        ch_l_show_inline(L, index, text, (size_t)CH_LUA_GRID_WIDTH * 4);
        ch_l_text_put(L, text, "\n");
    }
}
