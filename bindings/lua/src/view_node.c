/* view_node.c - a node: its name and its labels. */
#include "view.h"

int
ch_l_node_views(lua_State *L)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, ch_lua_vm_of(L)->nodes);
    return lua_gettop(L);
}

/* Keep the view on top of the stack from call to call, while there is plenty of memory. */
static void
l_pin(lua_State *L, uint32_t index)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);

    if (vm->used > vm->settings.memory / 4)
        return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->pinned);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (lua_Integer)index + 1);
    lua_pop(L, 1);
}

/* The table of views is weak, so that those that are not pinned live as long as somebody looks. A
 * view holds a reference on its node: an equal address means the same node and the same labels.
 * Handing it out makes it a view of the present call. */
void
ch_l_node_push_from(lua_State *L, int views, uint32_t index)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const struct chandra_node *node = chandra_cycle_node(vm->cycle, index);
    struct ch_lua_view *view;

    if (lua_rawgeti(L, views, (lua_Integer)index + 1) == LUA_TUSERDATA) {
        view = lua_touserdata(L, -1);
        if (view->object == node) {
            view->call = vm->call;
            return;
        }
    }
    lua_pop(L, 1);
    view = ch_l_view_push(L, &ch_lua_node_type, NULL, index);
    chandra_object_ref(chandra_node_object(node));
    view->object = node;
    lua_pushvalue(L, -1);
    lua_rawseti(L, views, (lua_Integer)index + 1);
    l_pin(L, index);
}

void
ch_l_node_push(lua_State *L, uint32_t index)
{
    const int views = ch_l_node_views(L);

    ch_l_node_push_from(L, views, index);
    lua_remove(L, views);
}

static int
l_free(lua_State *L)
{
    const struct ch_lua_view *view = lua_touserdata(L, 1);

    if (view->object)
        chandra_object_unref(chandra_node_object(view->object));
    return 0;
}

uint32_t
ch_l_node_arg(lua_State *L, int arg)
{
    const struct ch_lua_view *view = ch_l_view_test(L, arg, &ch_lua_node_type);

    if (view)
        return view->index;
    if (lua_type(L, arg) == LUA_TSTRING)
        return chandra_cycle_node_index(ch_lua_vm_of(L)->cycle, lua_tostring(L, arg));
    luaL_argerror(
        L, arg, lua_pushfstring(L, "node or its name expected, got %s", ch_lua_value_name(L, arg)));
    return CHANDRA_NODESET_END;
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

/* Kept in the node's view, and brought to the present call with it. */
static void
l_labels(lua_State *L, const struct ch_lua_view *view)
{
    struct ch_lua_view *labels;

    if (lua_getiuservalue(L, 1, 1) == LUA_TUSERDATA) {
        labels = lua_touserdata(L, -1);
        labels->call = view->call;
        return;
    }
    ch_l_push_object_labels(L, chandra_node_object(view->object));
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
}

static void
l_metadata(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_view_push(L, &ch_lua_node_metadata_type, chandra_node_object(view->object),
                   CH_LUA_NO_INDEX);
}

static const struct ch_lua_field fields[] = {
    {"name", l_name, 2},         {"uid", l_uid, 0}, {"labels", l_labels, 0},
    {"metadata", l_metadata, 0}, {NULL, NULL, 0},
};

static const luaL_Reg metamethods[] = {{"__gc", l_free}, {NULL, NULL}};

const struct ch_lua_type ch_lua_node_type = {
    .id = CH_LUA_TYPE_NODE,
    .slots = 2,
    .name = "node",
    .fields = fields,
    .metamethods = metamethods,
};
