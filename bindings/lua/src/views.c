/* views.c - what all views share: metatables, fields by name, the check that a call is not over. */
#include "view.h"

#include <chandra/sys/base.h>
#include <string.h>

const struct ch_lua_type *const ch_lua_types[CH_LUA_TYPE_COUNT] = {
    [CH_LUA_TYPE_CX] = &ch_lua_cx_type,
    [CH_LUA_TYPE_SET] = &ch_lua_set_type,
    [CH_LUA_TYPE_VECTOR] = &ch_lua_vector_type,
    [CH_LUA_TYPE_NODE] = &ch_lua_node_type,
    [CH_LUA_TYPE_NODE_METADATA] = &ch_lua_node_metadata_type,
    [CH_LUA_TYPE_CLAIM] = &ch_lua_claim_type,
    [CH_LUA_TYPE_CLAIM_SPEC] = &ch_lua_claim_spec_type,
    [CH_LUA_TYPE_CLAIM_STATUS] = &ch_lua_claim_status_type,
    [CH_LUA_TYPE_ALLOCATION] = &ch_lua_allocation_type,
    [CH_LUA_TYPE_USER] = &ch_lua_user_type,
    [CH_LUA_TYPE_CLASS] = &ch_lua_class_type,
    [CH_LUA_TYPE_POD] = &ch_lua_pod_type,
    [CH_LUA_TYPE_POD_SPEC] = &ch_lua_pod_spec_type,
    [CH_LUA_TYPE_POD_STATUS] = &ch_lua_pod_status_type,
    [CH_LUA_TYPE_CONTEXT] = &ch_lua_context_type,
    [CH_LUA_TYPE_CONTEXT_SPEC] = &ch_lua_context_spec_type,
    [CH_LUA_TYPE_METADATA] = &ch_lua_metadata_type,
    [CH_LUA_TYPE_LABELS] = &ch_lua_labels_type,
    [CH_LUA_TYPE_ANNOTATIONS] = &ch_lua_annotations_type,
    [CH_LUA_TYPE_LIST] = &ch_lua_list_type,
    [CH_LUA_TYPE_QUANTITY] = &ch_lua_quantity_type,
    [CH_LUA_TYPE_VERSION] = &ch_lua_version_type,
    [CH_LUA_TYPE_VALUE_SET] = &ch_lua_value_set_type,
};

void
ch_l_view_check_call(lua_State *L, const struct ch_lua_view *view)
{
    if (view->call != ch_lua_vm_of(L)->call && view->call != CH_LUA_EVERY_CALL)
        luaL_error(L, "%s view used after its call; do not keep views between calls",
                   view->type->name);
}

struct ch_lua_view *
ch_l_view_new(lua_State *L, const struct ch_lua_type *type, size_t size)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    struct ch_lua_view *view = lua_newuserdatauv(L, size, type->slots);

    *view = (struct ch_lua_view){type, NULL, vm->call, CH_LUA_NO_INDEX};
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->metatables[type->id]);
    lua_setmetatable(L, -2);
    return view;
}

struct ch_lua_view *
ch_l_value_new(lua_State *L, const struct ch_lua_type *type, size_t size)
{
    struct ch_lua_view *view = ch_l_view_new(L, type, size);

    view->call = CH_LUA_EVERY_CALL;
    return view;
}

struct ch_lua_view *
ch_l_view_push(lua_State *L, const struct ch_lua_type *type, const void *object, uint32_t index)
{
    struct ch_lua_view *view = ch_l_view_new(L, type, sizeof(*view));

    view->object = object;
    view->index = index;
    return view;
}

struct ch_lua_view *
ch_l_view_test(lua_State *L, int arg, const struct ch_lua_type *type)
{
    struct ch_lua_view *view = lua_touserdata(L, arg);

    if (!view || view->type != type)
        return NULL;
    ch_l_view_check_call(L, view);
    return view;
}

const char *
ch_lua_value_name(lua_State *L, int arg)
{
    const struct ch_lua_view *view;

    if (lua_type(L, arg) != LUA_TUSERDATA)
        return luaL_typename(L, arg);
    view = lua_touserdata(L, arg);
    return view->type->name;
}

struct ch_lua_view *
ch_l_view_check(lua_State *L, int arg, const struct ch_lua_type *type)
{
    struct ch_lua_view *view = ch_l_view_test(L, arg, type);

    if (!view) {
        const char *message =
            lua_pushfstring(L, "%s expected, got %s", type->name, ch_lua_value_name(L, arg));

        luaL_argerror(L, arg, message);
    }
    return view;
}

int
ch_l_unknown(lua_State *L, const char *what, const char *name, const char *const *names)
{
    const char *near;
    size_t count = 0;

    while (names[count])
        count++;
    near = chandra_nearest(name, names, count);
    if (near)
        return luaL_error(L, "%s '%s'; did you mean '%s'?", what, name, near);
    return luaL_error(L, "%s '%s'", what, name);
}

void
ch_lua_type_names(const struct ch_lua_type *type, const char **names, size_t size)
{
    size_t count = 0;

    for (const struct ch_lua_field *field = type->fields; field && field->name; field++)
        if (count + 1 < size)
            names[count++] = field->name;
    for (const luaL_Reg *method = type->methods; method && method->name; method++)
        if (count + 1 < size)
            names[count++] = method->name;
    names[count] = NULL;
}

static int
l_unknown_field(lua_State *L, const struct ch_lua_type *type)
{
    const char *names[64];

    ch_lua_type_names(type, names, 64);
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "%s has no field with a %s as its name", type->name,
                          luaL_typename(L, 2));
    lua_pushfstring(L, "%s has no field", type->name);
    return ch_l_unknown(L, lua_tostring(L, -1), lua_tostring(L, 2), names);
}

/* __index of views with fields. Upvalue 1: name -> index of the field, or the method itself. Called
 * by the VM alone, so the first argument is known to be a view. */
static int
l_index(lua_State *L)
{
    const struct ch_lua_view *view = lua_touserdata(L, 1);
    const struct ch_lua_field *field;

    lua_settop(L, 2);
    ch_l_view_check_call(L, view);
    lua_pushvalue(L, 2);
    switch (lua_rawget(L, lua_upvalueindex(1))) {
    case LUA_TNUMBER:
        break;
    case LUA_TNIL:
        return l_unknown_field(L, view->type);
    default:
        return 1;
    }
    field = &view->type->fields[lua_tointeger(L, -1)];
    if (field->slot && lua_getiuservalue(L, 1, field->slot) != LUA_TNIL)
        return 1;
    field->push(L, view);
    if (field->slot) {
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, 1, field->slot);
    }
    return 1;
}

/* __index behind the method table of a type without fields. Upvalue 1: light, the type. */
static int
l_no_method(lua_State *L)
{
    return l_unknown_field(L, lua_touserdata(L, lua_upvalueindex(1)));
}

static int
l_newindex(lua_State *L)
{
    const struct ch_lua_view *view = lua_touserdata(L, 1);

    if (lua_type(L, 2) == LUA_TSTRING)
        return luaL_error(L, "cannot set %s.%s: views are read-only", view->type->name,
                          lua_tostring(L, 2));
    return luaL_error(L, "cannot set a field of a %s: views are read-only", view->type->name);
}

/* Two views are equal when they show the same thing. */
static int
l_eq(lua_State *L)
{
    const struct ch_lua_view *a = lua_touserdata(L, 1);
    const struct ch_lua_view *b = lua_touserdata(L, 2);

    ch_l_view_check_call(L, a);
    ch_l_view_check_call(L, b);
    lua_pushboolean(L, a->type == b->type && a->object == b->object && a->object != NULL &&
                           (a->index == b->index || a->type != &ch_lua_user_type));
    return 1;
}

static const struct chandra_object *
shown_object(const struct ch_lua_view *view)
{
    switch (view->type->id) {
    case CH_LUA_TYPE_NODE:
        return chandra_node_object(view->object);
    case CH_LUA_TYPE_CLAIM:
        return chandra_claim_object(view->object);
    case CH_LUA_TYPE_CLASS:
        return chandra_class_object(view->object);
    case CH_LUA_TYPE_POD:
        return chandra_pod_object(view->object);
    case CH_LUA_TYPE_CONTEXT:
        return chandra_context_object(view->object);
    default:
        return NULL;
    }
}

/* "claim NAMESPACE/NAME", "node NAME"; the type alone for others. */
static int
l_tostring(lua_State *L)
{
    const struct ch_lua_view *view = lua_touserdata(L, 1);
    const struct chandra_object *object;
    const char *name_space;

    ch_l_view_check_call(L, view);
    object = shown_object(view);
    name_space = object ? chandra_object_namespace(object) : "";
    if (!object)
        lua_pushstring(L, view->type->name);
    else if (name_space[0])
        lua_pushfstring(L, "%s %s/%s", view->type->name, name_space, chandra_object_name(object));
    else
        lua_pushfstring(L, "%s %s", view->type->name, chandra_object_name(object));
    return 1;
}

static const luaL_Reg common_metamethods[] = {
    {"__newindex", l_newindex},
    {"__eq", l_eq},
    {"__tostring", l_tostring},
    {NULL, NULL},
};

/* [-0, +1]: the table from names to fields and methods. */
static void
l_field_table(lua_State *L, const struct ch_lua_type *type)
{
    lua_newtable(L);
    for (const struct ch_lua_field *field = type->fields; field && field->name; field++) {
        lua_pushinteger(L, field - type->fields);
        lua_setfield(L, -2, field->name);
    }
    for (const luaL_Reg *method = type->methods; method && method->name; method++) {
        lua_pushcfunction(L, method->func);
        lua_setfield(L, -2, method->name);
    }
}

/* [-0, +1] */
static void
l_metatable(lua_State *L, const struct ch_lua_type *type)
{
    lua_newtable(L);
    luaL_setfuncs(L, common_metamethods, 0);
    l_field_table(L, type); /* stack: metatable, names */
    if (type->fields) {
        lua_pushcclosure(L, l_index, 1);
    } else {
        /* Methods alone: a table is the fastest index there is. */
        union {
            const struct ch_lua_type *in;
            void *out;
        } light = {type};

        lua_createtable(L, 0, 1);
        lua_pushlightuserdata(L, light.out);
        lua_pushcclosure(L, l_no_method, 1);
        lua_setfield(L, -2, "__index");
        lua_setmetatable(L, -2);
    }
    lua_setfield(L, -2, "__index");
    if (type->metamethods)
        luaL_setfuncs(L, type->metamethods, 0);
    lua_pushstring(L, type->name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
}

void
ch_l_views_open(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    for (int i = 0; i < CH_LUA_TYPE_COUNT; i++) {
        l_metatable(L, ch_lua_types[i]);
        vm->metatables[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    vm->nodes = luaL_ref(L, LUA_REGISTRYINDEX);
    vm->cx_view = ch_l_view_push(L, &ch_lua_cx_type, NULL, CH_LUA_NO_INDEX);
    vm->cx = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    vm->domains.names = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    vm->pinned = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    vm->reasons = luaL_ref(L, LUA_REGISTRYINDEX);
}
