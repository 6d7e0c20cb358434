/* view_claim.c - a claim: in the API's spelling, and with what the cycle knows about it. */
#include "view.h"

static const struct chandra_object *
object_of(const struct ch_lua_view *view)
{
    return chandra_claim_object(view->object);
}

void
ch_l_claim_push(lua_State *L, size_t index)
{
    struct chandra_cycle *cycle = ch_lua_vm_of(L)->cycle;
    struct ch_lua_claim *claim =
        (struct ch_lua_claim *)ch_l_view_new(L, &ch_lua_claim_type, sizeof(*claim));

    claim->view.object = chandra_cycle_claim(cycle, index);
    claim->view.index = (uint32_t)index;
    claim->available_on = chandra_cycle_claim_set(cycle, index, CHANDRA_SET_AVAILABLE);
}

void
ch_l_claim_push_found(lua_State *L, size_t found)
{
    struct ch_lua_claim *claim =
        (struct ch_lua_claim *)ch_l_view_new(L, &ch_lua_claim_type, sizeof(*claim));

    claim->view.object = chandra_object_claim(ch_lua_vm_of(L)->found[found].object);
    claim->available_on = NULL;
    claim->found = found;
}

static void
l_name(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_name(object_of(view)));
}

static void
l_namespace(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_namespace(object_of(view)));
}

static void
l_uid(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_uid(object_of(view)));
}

static void
l_created(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_time_or_nil(L, chandra_object_created(object_of(view)));
}

static void
l_labels(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_labels(L, object_of(view));
}

static void
l_metadata(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_metadata(L, object_of(view));
}

static void
l_spec(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_view_push(L, &ch_lua_claim_spec_type, view->object, view->index);
}

static void
l_status(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_view_push(L, &ch_lua_claim_status_type, view->object, view->index);
}

/* What the cycle knows about claims of its pod; nil, false or empty for others. */

static void
l_entry(lua_State *L, const struct ch_lua_view *view)
{
    const char *entry = view->index == CH_LUA_NO_INDEX
                            ? NULL
                            : chandra_cycle_claim_entry(ch_lua_vm_of(L)->cycle, view->index);

    lua_pushstring(L, entry);
}

static void
l_class(lua_State *L, const struct ch_lua_view *view)
{
    const struct chandra_class *klass =
        view->index == CH_LUA_NO_INDEX
            ? NULL
            : chandra_cycle_claim_class(ch_lua_vm_of(L)->cycle, view->index);

    if (klass)
        ch_l_class_push(L, klass, view->index);
    else
        lua_pushnil(L);
}

static void
l_available_on(lua_State *L, const struct ch_lua_view *view)
{
    const struct ch_lua_claim *claim = (const struct ch_lua_claim *)view;
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);

    if (claim->available_on)
        ch_l_set_borrow(L, claim->available_on);
    else if (vm->found[claim->found].nodes == CH_LUA_EVERYWHERE)
        ch_l_set_borrow(L, chandra_cycle_nodes(vm->cycle));
    else
        ch_l_found_set(L, &vm->found[claim->found]);
}

static void
l_unsuitable(lua_State *L, const struct ch_lua_view *view)
{
    if (view->index == CH_LUA_NO_INDEX)
        ch_l_set_new(L);
    else
        ch_l_set_borrow(L, chandra_cycle_claim_set(ch_lua_vm_of(L)->cycle, view->index,
                                                   CHANDRA_SET_UNSUITABLE));
}

static void
l_informed(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushboolean(L, view->index != CH_LUA_NO_INDEX &&
                           chandra_cycle_claim_is_informed(ch_lua_vm_of(L)->cycle, view->index));
}

static void
l_allocated(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushboolean(L, chandra_claim_is_allocated(view->object));
}

static void
l_shareable(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushboolean(L, chandra_claim_is_shareable(view->object));
}

static void
l_node_bound(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushboolean(L, chandra_claim_is_node_bound(view->object));
}

static void
l_deallocating(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushboolean(L, chandra_claim_is_deallocating(view->object));
}

static void
l_class_name(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_claim_class_name(view->object));
}

static void
l_mode(lua_State *L, const struct ch_lua_view *view)
{
    static const char *const names[] = {
        [CHANDRA_MODE_DELAYED] = "WaitForFirstConsumer",
        [CHANDRA_MODE_IMMEDIATE] = "Immediate",
        [CHANDRA_MODE_UNKNOWN] = "unknown",
    };

    lua_pushstring(L, names[chandra_claim_mode(view->object)]);
}

static void
l_user(lua_State *L, const struct ch_lua_view *list, size_t index)
{
    ch_l_view_push(L, &ch_lua_user_type, list->object, (uint32_t)index);
}

static void
l_reserved_for(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_list_push(L, view->object, chandra_claim_user_count(view->object), l_user);
}

static void
l_driver_name(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_string_or_nil(L, chandra_claim_driver_name(view->object));
}

static const struct ch_lua_field fields[] = {
    {"name", l_name, 0},
    {"namespace", l_namespace, 0},
    {"uid", l_uid, 0},
    {"created", l_created, 0},
    {"labels", l_labels, 1},
    {"metadata", l_metadata, 2},
    {"spec", l_spec, 3},
    {"status", l_status, 4},
    {"class", l_class, 5},
    {"available_on", l_available_on, 6},
    {"unsuitable", l_unsuitable, 7},
    {"reserved_for", l_reserved_for, 8},
    {"entry", l_entry, 0},
    {"class_name", l_class_name, 0},
    {"mode", l_mode, 0},
    {"driver_name", l_driver_name, 0},
    {"allocated", l_allocated, 0},
    {"shareable", l_shareable, 0},
    {"node_bound", l_node_bound, 0},
    {"informed", l_informed, 0},
    {"deallocating", l_deallocating, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_claim_type = {
    .id = CH_LUA_TYPE_CLAIM,
    .slots = 8,
    .name = "claim",
    .fields = fields,
};

static const struct ch_lua_field spec_fields[] = {
    {"resourceClassName", l_class_name, 0},
    {"allocationMode", l_mode, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_claim_spec_type = {
    .id = CH_LUA_TYPE_CLAIM_SPEC,
    .name = "claim spec",
    .entry = "claim_spec",
    .fields = spec_fields,
};

static void
l_allocation(lua_State *L, const struct ch_lua_view *view)
{
    if (chandra_claim_is_allocated(view->object))
        ch_l_view_push(L, &ch_lua_allocation_type, view->object, view->index);
    else
        lua_pushnil(L);
}

static const struct ch_lua_field status_fields[] = {
    {"allocation", l_allocation, 1},
    {"reservedFor", l_reserved_for, 2},
    {"driverName", l_driver_name, 0},
    {"deallocationRequested", l_deallocating, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_claim_status_type = {
    .id = CH_LUA_TYPE_CLAIM_STATUS,
    .slots = 2,
    .name = "claim status",
    .entry = "claim_status",
    .fields = status_fields,
};

static const struct ch_lua_field allocation_fields[] = {
    {"shareable", l_shareable, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_allocation_type = {
    .id = CH_LUA_TYPE_ALLOCATION,
    .name = "allocation",
    .fields = allocation_fields,
};

static void
l_user_field(lua_State *L, const struct ch_lua_view *view, int which)
{
    const char *text[3] = {NULL, NULL, NULL}; /* resource, name, uid */

    chandra_claim_user_at(view->object, view->index, &text[0], &text[1], &text[2]);
    lua_pushstring(L, text[which]);
}

static void
l_user_resource(lua_State *L, const struct ch_lua_view *view)
{
    l_user_field(L, view, 0);
}

static void
l_user_name(lua_State *L, const struct ch_lua_view *view)
{
    l_user_field(L, view, 1);
}

static void
l_user_uid(lua_State *L, const struct ch_lua_view *view)
{
    l_user_field(L, view, 2);
}

static const struct ch_lua_field user_fields[] = {
    {"resource", l_user_resource, 0},
    {"name", l_user_name, 0},
    {"uid", l_user_uid, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_user_type = {
    .id = CH_LUA_TYPE_USER,
    .name = "user of a claim",
    .entry = "user",
    .fields = user_fields,
};
