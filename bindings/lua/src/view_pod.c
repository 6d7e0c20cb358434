/* view_pod.c - a pod, and the PodSchedulingContext of the pod that is being scheduled. */
#include "view.h"

static const struct chandra_object *
object_of(const struct ch_lua_view *view)
{
    return chandra_pod_object(view->object);
}

void
ch_l_pod_push(lua_State *L, const struct chandra_pod *pod)
{
    ch_l_view_push(L, &ch_lua_pod_type, pod, CH_LUA_NO_INDEX);
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
l_annotations(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_annotations(L, object_of(view));
}

static void
l_metadata(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_metadata(L, object_of(view));
}

static void
l_spec(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_view_push(L, &ch_lua_pod_spec_type, view->object, CH_LUA_NO_INDEX);
}

static void
l_status(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_view_push(L, &ch_lua_pod_status_type, view->object, CH_LUA_NO_INDEX);
}

static void
l_node_name(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_string_or_nil(L, chandra_pod_node_name(view->object));
}

static void
l_scheduler_name(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_string_or_nil(L, chandra_pod_scheduler_name(view->object));
}

static void
l_priority_class_name(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_string_or_nil(L, chandra_pod_priority_class_name(view->object));
}

static void
l_priority(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushinteger(L, chandra_pod_priority(view->object));
}

static void
l_phase(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_string_or_nil(L, chandra_pod_phase(view->object));
}

static const struct ch_lua_field fields[] = {
    {"name", l_name, 0},           {"namespace", l_namespace, 0}, {"uid", l_uid, 0},
    {"created", l_created, 0},     {"labels", l_labels, 1},       {"annotations", l_annotations, 2},
    {"metadata", l_metadata, 3},   {"spec", l_spec, 4},           {"status", l_status, 5},
    {"node_name", l_node_name, 0}, {"priority", l_priority, 0},   {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_pod_type = {
    .id = CH_LUA_TYPE_POD,
    .slots = 5,
    .name = "pod",
    .fields = fields,
};

static const struct ch_lua_field spec_fields[] = {
    {"nodeName", l_node_name, 0},
    {"schedulerName", l_scheduler_name, 0},
    {"priorityClassName", l_priority_class_name, 0},
    {"priority", l_priority, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_pod_spec_type = {
    .id = CH_LUA_TYPE_POD_SPEC,
    .name = "pod spec",
    .entry = "pod_spec",
    .fields = spec_fields,
};

static const struct ch_lua_field status_fields[] = {
    {"phase", l_phase, 0},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_pod_status_type = {
    .id = CH_LUA_TYPE_POD_STATUS,
    .name = "pod status",
    .entry = "pod_status",
    .fields = status_fields,
};

/* PodSchedulingContexts. */

void
ch_l_context_push(lua_State *L, const struct chandra_context *context)
{
    ch_l_view_push(L, &ch_lua_context_type, context, CH_LUA_NO_INDEX);
}

static void
l_context_metadata(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_metadata(L, chandra_context_object(view->object));
}

static void
l_context_spec(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_view_push(L, &ch_lua_context_spec_type, view->object, CH_LUA_NO_INDEX);
}

static void
l_selected_node(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_string_or_nil(L, chandra_context_selected_node(view->object));
}

static void
l_potential_node(lua_State *L, const struct ch_lua_view *list, size_t index)
{
    lua_pushstring(L, chandra_context_potential_at(list->object, index));
}

static void
l_potential_nodes(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_list_push(L, view->object, chandra_context_potential_count(view->object),
                   l_potential_node);
}

static const struct ch_lua_field context_fields[] = {
    {"metadata", l_context_metadata, 1},
    {"spec", l_context_spec, 2},
    {"selected_node", l_selected_node, 0},
    {"potential_nodes", l_potential_nodes, 3},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_context_type = {
    .id = CH_LUA_TYPE_CONTEXT,
    .slots = 3,
    .name = "context",
    .fields = context_fields,
};

static const struct ch_lua_field context_spec_fields[] = {
    {"selectedNode", l_selected_node, 0},
    {"potentialNodes", l_potential_nodes, 1},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_context_spec_type = {
    .id = CH_LUA_TYPE_CONTEXT_SPEC,
    .slots = 1,
    .name = "context spec",
    .entry = "context_spec",
    .fields = context_spec_fields,
};
