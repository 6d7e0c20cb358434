/* module.c - `require "chandra"`: the engine, the example cluster and policies for Lua programs. */
#include "module.h"

#include <chandra/lua.h>
#include <chandra/sys/base.h>
#include <chandra/version.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int
ch_l_mod_fail(lua_State *L, const struct chandra_error *err)
{
    lua_pushstring(L, err->message);
    return lua_error(L);
}

static void
l_check_option(lua_State *L, const char *const *names)
{
    const char *name = lua_tostring(L, -2);
    const char *near;
    size_t count = 0;

    for (; names[count]; count++)
        if (strcmp(names[count], name) == 0)
            return;
    near = chandra_nearest(name, names, count);
    luaL_error(L, "unknown option '%s'%s%s%s", name, near ? "; did you mean '" : "",
               near ? near : "", near ? "'?" : "");
}

void
ch_l_mod_check_options(lua_State *L, int arg, const char *const *names)
{
    if (lua_isnoneornil(L, arg)) {
        lua_settop(L, arg - 1);
        lua_newtable(L);
    }
    luaL_checktype(L, arg, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            l_check_option(L, names);
        else if (!lua_isinteger(L, -2))
            luaL_error(L, "options must have names");
}

/* Push the field; whether there is one, of the type. */
static bool
l_field(lua_State *L, int arg, const char *name, int type)
{
    const int got = lua_getfield(L, arg, name);

    if (got == LUA_TNIL || got == type)
        return got == type;
    return luaL_error(L, "option '%s': want a %s, got a %s", name, lua_typename(L, type),
                      lua_typename(L, got)) != 0;
}

const char *
ch_l_mod_string(lua_State *L, int arg, const char *name, const char *otherwise)
{
    const char *text = l_field(L, arg, name, LUA_TSTRING) ? lua_tostring(L, -1) : otherwise;

    lua_pop(L, 1);
    return text;
}

lua_Integer
ch_l_mod_integer(lua_State *L, int arg, const char *name, lua_Integer otherwise)
{
    lua_Integer number = otherwise;
    int is_integer = 1;

    if (l_field(L, arg, name, LUA_TNUMBER))
        number = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer)
        luaL_error(L, "option '%s': want an integer", name);
    lua_pop(L, 1);
    return number;
}

bool
ch_l_mod_boolean(lua_State *L, int arg, const char *name, bool otherwise)
{
    const bool flag = l_field(L, arg, name, LUA_TBOOLEAN) ? lua_toboolean(L, -1) : otherwise;

    lua_pop(L, 1);
    return flag;
}

#define READ_BYTES 4096

/* Push what the file says, or a message and false. */
static bool
l_read(lua_State *L, FILE *file, const char *path)
{
    luaL_Buffer text;
    size_t got;

    luaL_buffinit(L, &text);
    do {
        got = fread(luaL_prepbuffsize(&text, READ_BYTES), 1, READ_BYTES, file);
        luaL_addsize(&text, got);
    } while (got > 0);
    luaL_pushresult(&text);
    if (ferror(file))
        lua_pushfstring(L, "%s: cannot be read", path);
    return !ferror(file);
}

/* The file is a userdata's, so that a raised error closes it too. */
static int
l_close_file(lua_State *L)
{
    FILE **file = lua_touserdata(L, 1);

    if (*file)
        fclose(*file);
    *file = NULL;
    return 0;
}

const char *
ch_l_mod_read_file(lua_State *L, const char *path, size_t *out_len)
{
    FILE **file = lua_newuserdatauv(L, sizeof(void *), 0);

    *file = NULL;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_close_file);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2); /* stack: file */
    *file = fopen(path, "rb");
    if (!*file) {
        luaL_error(L, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (!l_read(L, *file, path))
        lua_error(L);
    fclose(*file);
    *file = NULL;
    lua_remove(L, -2);
    return lua_tolstring(L, -1, out_len);
}

enum chandra_kind
ch_l_mod_kind(lua_State *L, int arg)
{
    const char *name = luaL_checkstring(L, arg);
    const char *names[CHANDRA_KIND_COUNT];
    const char *near;

    for (int i = 0; i < CHANDRA_KIND_COUNT; i++) {
        names[i] = chandra_kind_name((enum chandra_kind)i);
        if (strcmp(names[i], name) == 0)
            return (enum chandra_kind)i;
    }
    near = chandra_nearest(name, names, CHANDRA_KIND_COUNT);
    luaL_error(L, "unknown kind '%s'%s%s%s", name, near ? "; did you mean '" : "", near ? near : "",
               near ? "'?" : "");
    return CHANDRA_KIND_COUNT;
}

static const luaL_Reg functions[] = {
    {"array", ch_l_mod_array},
    {"check", ch_l_mod_check_text},
    {"cluster", ch_l_mod_cluster},
    {"default_policy", ch_l_mod_default_policy},
    {"policy", ch_l_mod_policy},
    {"replay", ch_l_mod_replay},
    {NULL, NULL},
};

int
luaopen_chandra(lua_State *L)
{
    luaL_checkversion(L);
    ch_l_mod_values_open(L);
    ch_l_mod_class(L, &ch_mod_cluster_class);
    ch_l_mod_class(L, &ch_mod_engine_class);
    ch_l_mod_class(L, &ch_mod_loader_class);
    ch_l_mod_class(L, &ch_mod_cycle_class);
    ch_l_mod_class(L, &ch_mod_policy_class);
    luaL_newlib(L, functions);
    ch_l_mod_push_null(L);
    lua_setfield(L, -2, "null");
    lua_pushstring(L, chandra_version());
    lua_setfield(L, -2, "version");
    lua_pushinteger(L, 1);
    lua_setfield(L, -2, "api");
    return 1;
}
