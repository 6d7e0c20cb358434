/* sandbox.c - the environment of a policy, built empty and filled from lists of what is allowed.
 *
 * Each library, and the environment itself, is an empty table whose metatable leads to the real
 * one, so that a policy can change none of them; scripts have no way to a metatable. Functions of
 * Lua's own libraries are wrapped so that they charge for the length of their arguments.
 */
#include "sandbox.h"
#include "reference.h"
#include "view.h"

#include <chandra/version.h>
#include <lualib.h>
#include <string.h>

#define GUARD "chandra.guard" /* registry: the metatable of every environment */

struct library {
    const char *name; /* NULL: the globals themselves */
    lua_CFunction open;
    const luaL_Reg *functions;
    const char *const *borrowed;
};

static const luaL_Reg no_functions[] = {{NULL, NULL}};

static const struct library libraries[] = {
    {NULL, luaopen_base, ch_lua_base_functions, ch_lua_base_borrowed},
    {"string", luaopen_string, ch_lua_string_functions, ch_lua_string_borrowed},
    {"table", luaopen_table, ch_lua_table_functions, ch_lua_table_borrowed},
    {"math", luaopen_math, ch_lua_math_functions, ch_lua_math_borrowed},
    {"utf8", luaopen_utf8, no_functions, ch_lua_utf8_borrowed},
};
#define LIBRARY_COUNT (sizeof(libraries) / sizeof(libraries[0]))

/* Within the library chandra, whose constants these are. */
static const char *const chandra_constants[] = {"api", "api_minor", "version", NULL};
static const char *const no_names[] = {NULL};
static const struct library parts[] = {
    {"chandra", NULL, ch_lua_chandra_functions, chandra_constants},
    {"chandra.log", NULL, ch_lua_log_functions, no_names},
    {"chandra.quantity", NULL, ch_lua_quantity_functions, no_names},
    {"chandra.semver", NULL, ch_lua_semver_functions, no_names},
};
#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

/* Upvalue 1: the function of Lua's. Its own frame is this one, so its messages stay right. */
static int
l_charged(lua_State *L)
{
    const lua_CFunction fn = lua_tocfunction(L, lua_upvalueindex(1));
    uint64_t steps = 1;

    for (int i = lua_gettop(L); i > 0; i--)
        steps += lua_rawlen(L, i) / 8;
    ch_l_charge(L, steps);
    return fn(L);
}

static int
l_read_only(lua_State *L)
{
    return luaL_error(L, "%s is read-only", lua_tostring(L, lua_upvalueindex(1)));
}

static int
l_no_global(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "a policy cannot write globals");
    return luaL_error(L, "a policy cannot write the global '%s'; declare it local",
                      lua_tostring(L, 2));
}

/* __index behind a real table. Upvalue 1: the library, nil for globals. */
static int
l_missing(lua_State *L)
{
    const char *names[128];
    size_t count = 0;
    const char *library = lua_tostring(L, lua_upvalueindex(1));

    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "a name must be a string, got a %s", luaL_typename(L, 2));
    count = library ? ch_lua_library_names(library, names, 127) : ch_lua_global_names(names, 127);
    names[count] = NULL;
    if (!library)
        return ch_l_unknown(L, "unknown global", lua_tostring(L, 2), names);
    lua_pushfstring(L, "library %s has no member", library);
    return ch_l_unknown(L, lua_tostring(L, -1), lua_tostring(L, 2), names);
}

/* Replace the real table on top by an empty one that leads to it. */
static void
l_wrap(lua_State *L, const char *what)
{
    /* The real table's own metatable speaks up for what it lacks. */
    lua_createtable(L, 0, 1);
    lua_pushstring(L, what);
    lua_pushcclosure(L, l_missing, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2); /* stack: real */
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, what);
    lua_pushcclosure(L, l_read_only, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2); /* stack: wrapped */
}

/* [-0, +1]: the table of what is allowed of a library. */
static void
l_library(lua_State *L, const struct library *library)
{
    lua_newtable(L);
    lua_pushcfunction(L, library->open);
    lua_call(L, 0, 1); /* stack: real, Lua's */
    for (const luaL_Reg *fn = library->functions; fn->name; fn++) {
        /* Lua's function of the same name, or nil, for those of ours that build on it. */
        lua_getfield(L, -1, fn->name);
        lua_pushcclosure(L, fn->func, 1);
        lua_setfield(L, -3, fn->name);
    }
    for (const char *const *name = library->borrowed; *name; name++) {
        if (lua_getfield(L, -1, *name) == LUA_TFUNCTION && library->name)
            lua_pushcclosure(L, l_charged, 1);
        lua_setfield(L, -3, *name);
    }
    lua_pop(L, 1);
}

/* Strings find their methods in our library, not in Lua's. */
static void
l_string_metatable(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

/* [-0, +1] */
static void
l_chandra_library(lua_State *L)
{
    lua_newtable(L);
    luaL_setfuncs(L, ch_lua_chandra_functions, 0);
    lua_pushinteger(L, CH_LUA_API);
    lua_setfield(L, -2, "api");
    lua_pushinteger(L, chandra_lua_api_minor());
    lua_setfield(L, -2, "api_minor");
    lua_pushliteral(L, CHANDRA_VERSION);
    lua_setfield(L, -2, "version");
    for (size_t i = 1; i < PART_COUNT; i++) {
        lua_newtable(L);
        luaL_setfuncs(L, parts[i].functions, 0);
        l_wrap(L, parts[i].name);
        lua_setfield(L, -2, strchr(parts[i].name, '.') + 1);
    }
    l_wrap(L, "chandra");
}

void
ch_l_sandbox_open(lua_State *L)
{
    l_library(L, &libraries[0]); /* stack: globals */
    for (size_t i = 1; i < LIBRARY_COUNT; i++) {
        l_library(L, &libraries[i]);
        l_wrap(L, libraries[i].name);
        if (strcmp(libraries[i].name, "string") == 0)
            l_string_metatable(L);
        lua_setfield(L, -2, libraries[i].name);
    }
    l_chandra_library(L);
    lua_setfield(L, -2, "chandra");
    /* Nothing of what luaopen_base() put into the state's own globals is reachable; drop it. */
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);

    lua_createtable(L, 0, 1);
    lua_pushnil(L);
    lua_pushcclosure(L, l_missing, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2); /* stack: globals */
    lua_createtable(L, 0, 3);
    lua_insert(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, l_no_global);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setfield(L, LUA_REGISTRYINDEX, GUARD);
}

void
ch_l_sandbox_new_env(lua_State *L)
{
    lua_newtable(L);
    lua_getfield(L, LUA_REGISTRYINDEX, GUARD);
    lua_setmetatable(L, -2);
}

static size_t
library_names(const struct library *library, const char **names, size_t size)
{
    size_t count = 0;

    for (const luaL_Reg *fn = library->functions; fn->name && count < size; fn++)
        names[count++] = fn->name;
    for (const char *const *name = library->borrowed; *name && count < size; name++)
        names[count++] = *name;
    return count;
}

size_t
ch_lua_library_names(const char *library, const char **names, size_t size)
{
    for (size_t i = 1; i < LIBRARY_COUNT; i++)
        if (strcmp(libraries[i].name, library) == 0)
            return library_names(&libraries[i], names, size);
    for (size_t i = 0; i < PART_COUNT; i++)
        if (strcmp(parts[i].name, library) == 0) {
            size_t count = library_names(&parts[i], names, size);

            for (size_t k = 1; i == 0 && k < PART_COUNT && count < size; k++)
                names[count++] = strchr(parts[k].name, '.') + 1;
            return count;
        }
    return 0;
}

size_t
ch_lua_global_names(const char **names, size_t size)
{
    size_t count = library_names(&libraries[0], names, size);

    for (size_t i = 1; i < LIBRARY_COUNT && count < size; i++)
        names[count++] = libraries[i].name;
    if (count < size)
        names[count++] = "chandra";
    return count;
}
