/* view_node.c - a node: its name and its labels. */
#include "view.h"

void
ch_l_node_push(lua_State *L, uint32_t index)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const struct ch_lua_view *view;

    /* The VM keeps one view for each index and replaces those of earlier calls. */
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->nodes);
    if (lua_rawgeti(L, -1, (lua_Integer)index + 1) == LUA_TUSERDATA) {
        view = lua_touserdata(L, -1);
        if (view->call == vm->call) {
            lua_remove(L, -2);
            return;
        }
    }
    lua_pop(L, 1);
    ch_l_view_push(L, &ch_lua_node_type, chandra_cycle_node(vm->cycle, index), index);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)index + 1);
    lua_remove(L, -2);
}

uint32_t
ch_l_node_arg(lua_State *L, int arg)
{
    const struct ch_lua_view *view;

    if (lua_type(L, arg) == LUA_TSTRING)
        return chandra_cycle_node_index(ch_lua_vm_of(L)->cycle, lua_tostring(L, arg));
    view = ch_l_view_test(L, arg, &ch_lua_node_type);
    if (!view) {
        const char *message =
            lua_pushfstring(L, "node or its name expected, got %s", ch_lua_value_name(L, arg));

        luaL_argerror(L, arg, message);
    }
    return view->index;
}

static void
l_name(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_name(chandra_node_object(view->object)));
}

static void
l_uid(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_uid(chandra_node_object(view->object)));
}

static void
l_labels(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_labels(L, chandra_node_object(view->object));
}

static void
l_metadata(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_view_push(L, &ch_lua_node_metadata_type, chandra_node_object(view->object),
                   CH_LUA_NO_INDEX);
}

/* No slots: there are thousands of nodes, and most policies look at one label of each. */
static const struct ch_lua_field fields[] = {
    {"name", l_name, 0},         {"uid", l_uid, 0}, {"labels", l_labels, 0},
    {"metadata", l_metadata, 0}, {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_node_type = {
    .id = CH_LUA_TYPE_NODE,
    .name = "node",
    .fields = fields,
};
