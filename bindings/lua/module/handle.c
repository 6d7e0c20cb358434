/* handle.c - objects that can be closed by hand, by scope or by the garbage collector, in any
 * order. */
#include "module.h"

#include <string.h>

static void
unlink_handle(struct ch_mod_handle *handle)
{
    if (handle->next)
        handle->next->previous = handle->previous;
    if (handle->previous)
        handle->previous->next = handle->next;
    else if (handle->parent)
        handle->parent->children = handle->next;
    handle->parent = handle->next = handle->previous = NULL;
}

static void
close_handle(struct ch_mod_handle *handle)
{
    if (!handle->is_open)
        return;
    while (handle->children)
        close_handle(handle->children);
    unlink_handle(handle);
    handle->is_open = false;
    handle->klass->close(handle);
}

/* Upvalue 1: light, the class. */
static const struct ch_mod_class *
class_of(lua_State *L)
{
    const struct ch_mod_class *const *klass = lua_touserdata(L, lua_upvalueindex(1));

    return *klass;
}

/* close(), also for what is closed already. */
static int
l_close(lua_State *L)
{
    close_handle(luaL_checkudata(L, 1, class_of(L)->name));
    return 0;
}

static int
l_tostring(lua_State *L)
{
    const struct ch_mod_handle *handle = luaL_checkudata(L, 1, class_of(L)->name);

    lua_pushfstring(L, handle->is_open ? "%s: %p" : "%s: closed", handle->klass->name, handle);
    return 1;
}

static const luaL_Reg metamethods[] = {
    {"__gc", l_close},
    {"__close", l_close},
    {"__tostring", l_tostring},
    {NULL, NULL},
};

static const luaL_Reg common_methods[] = {{"close", l_close}, {NULL, NULL}};

void
ch_l_mod_class(lua_State *L, const struct ch_mod_class *klass)
{
    const struct ch_mod_class **slot;

    luaL_newmetatable(L, klass->name);
    slot = lua_newuserdatauv(L, sizeof(void *), 0);
    *slot = klass; /* stack: metatable, class */
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    luaL_setfuncs(L, metamethods, 1);
    lua_newtable(L);
    lua_pushvalue(L, -3);
    luaL_setfuncs(L, common_methods, 1);
    luaL_setfuncs(L, klass->methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 3);
}

void *
ch_l_mod_new(lua_State *L, const struct ch_mod_class *klass, size_t size, int parent)
{
    struct ch_mod_handle *handle = lua_newuserdatauv(L, size, 2);

    memset(handle, 0, size);
    handle->klass = klass;
    luaL_setmetatable(L, klass->name);
    if (parent) {
        lua_pushvalue(L, parent);
        lua_setiuservalue(L, -2, 1);
    }
    return handle;
}

void
ch_mod_open(void *object, void *parent)
{
    struct ch_mod_handle *handle = object;

    handle->is_open = true;
    handle->parent = parent;
    if (handle->parent) {
        handle->next = handle->parent->children;
        if (handle->next)
            handle->next->previous = handle;
        handle->parent->children = handle;
    }
}

void *
ch_l_mod_check(lua_State *L, int arg, const struct ch_mod_class *klass)
{
    struct ch_mod_handle *handle = luaL_checkudata(L, arg, klass->name);

    if (!handle->is_open)
        luaL_error(L, "the %s is closed", klass->name);
    return handle;
}
