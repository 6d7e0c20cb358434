/* view_class.c - the class of one of the pod's claims. */
#include "view.h"

void
ch_l_class_push(lua_State *L, const struct chandra_class *klass, uint32_t claim)
{
    ch_l_view_push(L, &ch_lua_class_type, klass, claim);
}

static void
l_name(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_name(chandra_class_object(view->object)));
}

static void
l_labels(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_labels(L, chandra_class_object(view->object));
}

static void
l_metadata(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_metadata(L, chandra_class_object(view->object));
}

static void
l_driver_name(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_class_driver_name(view->object));
}

static void
l_node_bound(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushboolean(L, chandra_class_is_node_bound(view->object));
}

static void
l_suitable(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_set_borrow(
        L, chandra_cycle_claim_set(ch_lua_vm_of(L)->cycle, view->index, CHANDRA_SET_SUITABLE));
}

static const struct ch_lua_field fields[] = {
    {"name", l_name, 0},
    {"labels", l_labels, 1},
    {"metadata", l_metadata, 2},
    {"suitable", l_suitable, 3},
    {"driver_name", l_driver_name, 0},
    {"driverName", l_driver_name, 0},
    {"node_bound", l_node_bound, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_class_type = {
    .id = CH_LUA_TYPE_CLASS,
    .slots = 3,
    .name = "class",
    .fields = fields,
};
