/* embed.h - `require "chandra"` inside a program that links it, such as `chandra test`. */
#ifndef CH_LUA_EMBED_H
#define CH_LUA_EMBED_H

#include <chandra/log.h>
#include <chandra/lua.h>
#include <lua.h>

/* What the program wants of all policies and engines that are made in the state. */
struct ch_mod_host {
    bool is_twice; /* unless a policy says "twice = false" */
    struct chandra_lua_observer observer;
    struct chandra_logger logger; /* what policies and engines log comes here too */
    /* A policy failed: it did not load, or a hook did not answer. May be NULL. */
    void (*on_fault)(void *user, const char *message);
    void *user;
};

/* Put chandra and chandra.testing into package.preload; the libraries must be open. `host` must
 * outlive the state; NULL: nothing wanted. May raise. */
void ch_l_mod_embed(lua_State *L, const struct ch_mod_host *host);

#endif
