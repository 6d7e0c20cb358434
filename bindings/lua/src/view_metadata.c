/* view_metadata.c - metadata, labels and annotations of any object, and lists. */
#include "view.h"

int
ch_l_string_or_nil(lua_State *L, const char *text)
{
    if (text && text[0])
        lua_pushstring(L, text);
    else
        lua_pushnil(L);
    return 1;
}

int
ch_l_time_or_nil(lua_State *L, int64_t seconds)
{
    if (seconds != 0)
        lua_pushinteger(L, seconds);
    else
        lua_pushnil(L);
    return 1;
}

void
ch_l_push_object_metadata(lua_State *L, const struct chandra_object *object)
{
    ch_l_view_push(L, &ch_lua_metadata_type, object, CH_LUA_NO_INDEX);
}

void
ch_l_push_object_labels(lua_State *L, const struct chandra_object *object)
{
    ch_l_view_push(L, &ch_lua_labels_type, object, CH_LUA_NO_INDEX);
}

void
ch_l_push_object_annotations(lua_State *L, const struct chandra_object *object)
{
    ch_l_view_push(L, &ch_lua_annotations_type, object, CH_LUA_NO_INDEX);
}

static void
l_name(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_name(view->object));
}

static void
l_namespace(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_string_or_nil(L, chandra_object_namespace(view->object));
}

static void
l_uid(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_uid(view->object));
}

static void
l_resource_version(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, chandra_object_resource_version(view->object));
}

static void
l_labels(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_labels(L, view->object);
}

static void
l_annotations(lua_State *L, const struct ch_lua_view *view)
{
    ch_l_push_object_annotations(L, view->object);
}

static const struct ch_lua_field metadata_fields[] = {
    {"name", l_name, 0},     {"namespace", l_namespace, 0},
    {"uid", l_uid, 0},       {"resourceVersion", l_resource_version, 0},
    {"labels", l_labels, 1}, {"annotations", l_annotations, 2},
    {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_metadata_type = {
    .id = CH_LUA_TYPE_METADATA,
    .slots = 2,
    .name = "metadata",
    .fields = metadata_fields,
};

/* Nodes have no annotations in the cache. */
static const struct ch_lua_field node_metadata_fields[] = {
    {"name", l_name, 0},     {"uid", l_uid, 0}, {"resourceVersion", l_resource_version, 0},
    {"labels", l_labels, 1}, {NULL, NULL, 0},
};

const struct ch_lua_type ch_lua_node_metadata_type = {
    .id = CH_LUA_TYPE_NODE_METADATA,
    .slots = 1,
    .name = "node metadata",
    .entry = "node_metadata",
    .fields = node_metadata_fields,
};

/* Called by the VM alone, so the first argument is known to be a view of labels. */
static int
l_label_index(lua_State *L)
{
    const struct ch_lua_view *view = lua_touserdata(L, 1);

    ch_l_view_check_call(L, view);
    lua_pushstring(L, lua_type(L, 2) == LUA_TSTRING
                          ? chandra_object_label(view->object, lua_tostring(L, 2))
                          : NULL);
    return 1;
}

static int
l_annotation_index(lua_State *L)
{
    const struct ch_lua_view *view = lua_touserdata(L, 1);

    ch_l_view_check_call(L, view);
    lua_pushstring(L, lua_type(L, 2) == LUA_TSTRING
                          ? chandra_object_annotation(view->object, lua_tostring(L, 2))
                          : NULL);
    return 1;
}

static const struct chandra_object *
l_map_self(lua_State *L, const struct ch_lua_type *type)
{
    return ch_l_view_check(L, 1, type)->object;
}

/* Upvalue 1: the position of the next entry. Stands for itself as the iterator of pairs(). */
static int
l_map_next(lua_State *L, const struct ch_lua_type *type,
           bool (*at)(const struct chandra_object *, size_t, const char **, const char **))
{
    const struct chandra_object *object = l_map_self(L, type);
    const size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(1));
    const char *key, *value;

    if (!at(object, i, &key, &value)) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_replace(L, lua_upvalueindex(1));
    lua_pushstring(L, key);
    lua_pushstring(L, value);
    return 2;
}

static int
l_label_next(lua_State *L)
{
    return l_map_next(L, &ch_lua_labels_type, chandra_object_label_at);
}

static int
l_annotation_next(lua_State *L)
{
    return l_map_next(L, &ch_lua_annotations_type, chandra_object_annotation_at);
}

static int
l_label_pairs(lua_State *L)
{
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, l_label_next, 1);
    lua_pushvalue(L, 1);
    return 2;
}

static int
l_annotation_pairs(lua_State *L)
{
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, l_annotation_next, 1);
    lua_pushvalue(L, 1);
    return 2;
}

static const luaL_Reg labels_meta[] = {{"__index", l_label_index}, {NULL, NULL}};
static const luaL_Reg annotations_meta[] = {{"__index", l_annotation_index}, {NULL, NULL}};

const struct ch_lua_type ch_lua_labels_type = {
    .id = CH_LUA_TYPE_LABELS,
    .name = "labels",
    .metamethods = labels_meta,
    .pairs = l_label_pairs,
};

const struct ch_lua_type ch_lua_annotations_type = {
    .id = CH_LUA_TYPE_ANNOTATIONS,
    .name = "annotations",
    .metamethods = annotations_meta,
    .pairs = l_annotation_pairs,
};

void
ch_l_list_push(lua_State *L, const void *object, size_t count,
               void (*push)(lua_State *, const struct ch_lua_view *, size_t))
{
    struct ch_lua_list *list =
        (struct ch_lua_list *)ch_l_view_new(L, &ch_lua_list_type, sizeof(*list));

    list->view.object = object;
    list->count = count;
    list->push = push;
}

/* Past the end is nil, as with any sequence, so that ipairs() ends. */
static int
l_list_index(lua_State *L)
{
    const struct ch_lua_list *list =
        (const struct ch_lua_list *)ch_l_view_check(L, 1, &ch_lua_list_type);
    const lua_Integer i = luaL_checkinteger(L, 2);

    if (i < 1 || (lua_Unsigned)i > list->count)
        lua_pushnil(L);
    else
        list->push(L, &list->view, (size_t)i - 1);
    return 1;
}

static int
l_list_len(lua_State *L)
{
    const struct ch_lua_list *list =
        (const struct ch_lua_list *)ch_l_view_check(L, 1, &ch_lua_list_type);

    lua_pushinteger(L, (lua_Integer)list->count);
    return 1;
}

static int
l_list_next(lua_State *L)
{
    const struct ch_lua_list *list =
        (const struct ch_lua_list *)ch_l_view_check(L, 1, &ch_lua_list_type);
    const lua_Integer i = luaL_checkinteger(L, 2);

    if (i < 0 || (lua_Unsigned)i >= list->count) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, i + 1);
    list->push(L, &list->view, (size_t)i);
    return 2;
}

static int
l_list_pairs(lua_State *L)
{
    lua_pushcfunction(L, l_list_next);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static const luaL_Reg list_meta[] = {
    {"__index", l_list_index}, {"__len", l_list_len}, {NULL, NULL}};

const struct ch_lua_type ch_lua_list_type = {
    .id = CH_LUA_TYPE_LIST,
    .name = "list",
    .metamethods = list_meta,
    .pairs = l_list_pairs,
};
