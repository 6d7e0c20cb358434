/* observe.h - tell the observer of a policy what its VMs do. */
#ifndef CH_LUA_OBSERVE_H
#define CH_LUA_OBSERVE_H

#include "vm.h"

/* The mask of Lua's hook for the observer's events. */
int ch_lua_observe_mask(const struct chandra_lua_observer *observer);
/* Tell of a call, a return or a line; called by Lua's hook. */
void ch_lua_observe(lua_State *L, lua_Debug *frame);
/* Tell of the VM's call itself: that it loads a member, or that a hook begins or ends. */
void ch_lua_tell(const struct ch_lua_vm *vm, enum chandra_lua_event_kind kind);
/* Tell that another VM answered otherwise. */
void ch_lua_tell_difference(const struct ch_lua_vm *vm, const char *message);

#endif
