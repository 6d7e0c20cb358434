/* embed.c - the module for programs that link it, and what they want of its policies. */
#include "embed.h"
#include "module.h"

/* The address is the key of the host in the registry. */
static const char host_key = 'h';

const struct ch_mod_host *
ch_l_mod_host(lua_State *L)
{
    static const struct ch_mod_host none;
    const struct ch_mod_host *host;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &host_key);
    host = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return host ? host : &none;
}

void
ch_l_mod_fault(lua_State *L, enum chandra_status status, const char *message)
{
    const struct ch_mod_host *host = ch_l_mod_host(L);

    if (host->on_fault && (status == CHANDRA_ESCRIPT || status == CHANDRA_EBUDGET))
        host->on_fault(host->user, message);
}

static int
l_open_testing(lua_State *L)
{
    const struct chandra_lua_source *source = ch_mod_testing();

    if (luaL_loadbufferx(L, source->text, source->len, "@chandra/testing.lua", "t") != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    return 1;
}

void
ch_l_mod_embed(lua_State *L, const struct ch_mod_host *host)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)host);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &host_key);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_chandra);
    lua_setfield(L, -2, "chandra");
    lua_pushcfunction(L, l_open_testing);
    lua_setfield(L, -2, "chandra.testing");
    lua_pop(L, 1);
}
