/* load.c - run the text of each member once and take the hooks out of the table it returns. */
#include "observe.h"
#include "view.h"

#include <string.h>

/* Names must be hooks and values functions; of several bad names the first in byte order is told.
 */
static void
l_check_names(lua_State *L, int module)
{
    const char *unknown = NULL;

    lua_pushnil(L);
    while (lua_next(L, module)) {
        const char *name;

        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "the table of hooks has a key that is a %s, not a name",
                       ch_lua_value_name(L, -2));
        name = lua_tostring(L, -2);
        if (ch_lua_hook_find(name, strlen(name)) == CH_LUA_HOOK_COUNT) {
            if (!unknown || strcmp(name, unknown) < 0)
                unknown = name; /* stays alive as a key of the table */
        } else if (lua_type(L, -1) != LUA_TFUNCTION) {
            luaL_error(L, "hook '%s' must be a function, got %s", name, ch_lua_value_name(L, -1));
        }
        lua_pop(L, 1);
    }
    if (unknown)
        ch_l_unknown(L, "unknown hook", unknown, ch_lua_hook_names);
}

/* Keep references to the functions, so that what the policy does to its table changes nothing.
 * Returns the bits of the hooks. */
static unsigned
l_take_hooks(lua_State *L, int module, int *hooks)
{
    unsigned bits = 0;

    for (int i = 0; i < CH_LUA_HOOK_COUNT; i++) {
        lua_pushstring(L, ch_lua_hook_names[i]);
        if (lua_rawget(L, module) == LUA_TNIL) {
            lua_pop(L, 1);
            continue;
        }
        hooks[i] = luaL_ref(L, LUA_REGISTRYINDEX);
        bits |= 1U << i;
    }
    return bits;
}

static void
l_check_hooks(lua_State *L, const struct ch_lua_member *member, unsigned bits)
{
    if (bits == 0)
        luaL_error(L, "the policy has no hook");
    if ((bits >> CH_LUA_SCORE & 1) && (bits >> CH_LUA_SCORES & 1))
        luaL_error(L, "the policy has both 'score' and 'scores'; one of them says it all");
    for (int i = 0; i < CH_LUA_HOOK_COUNT; i++)
        if ((member->declared >> i & 1) && !(bits >> i & 1))
            luaL_error(L, "the header promises hook '%s', the policy lacks it",
                       ch_lua_hook_names[i]);
}

void
ch_l_load_module(lua_State *L, const struct ch_lua_member *member)
{
    int rc;

    ch_l_charge(L, member->len / 16);
    lua_pushfstring(L, "=%s", member->chunk);
    /* "t": text only, because Lua does not verify bytecode. */
    rc = luaL_loadbufferx(L, member->text, member->len, lua_tostring(L, -1), "t");
    if (rc == LUA_ERRMEM)
        ch_l_out_of_memory(L);
    if (rc != LUA_OK)
        lua_error(L);
    ch_l_sandbox_new_env(L);
    lua_setupvalue(L, -2, 1); /* a main chunk's only upvalue is its _ENV */
    ch_lua_tell(ch_lua_vm_of(L), CHANDRA_LUA_LOAD);
    lua_call(L, 0, 1);
    if (lua_type(L, -1) != LUA_TTABLE)
        luaL_error(L, "a policy must return its table of hooks, got %s%s", ch_lua_value_name(L, -1),
                   lua_isnil(L, -1) ? "; is there a 'return P' at its end?" : "");
    l_check_names(L, lua_gettop(L));
    lua_remove(L, -2); /* the chunk's name */
}

static unsigned
l_load_member(lua_State *L, const struct ch_lua_member *member, int *hooks)
{
    const int top = lua_gettop(L);
    unsigned bits;

    ch_l_load_module(L, member);
    bits = l_take_hooks(L, lua_gettop(L), hooks);
    l_check_hooks(L, member, bits);
    lua_settop(L, top);
    return bits;
}

int
ch_l_load_members(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    unsigned *bits = lua_touserdata(L, 1);

    for (size_t i = 0; i < vm->member_count; i++) {
        unsigned found;

        ch_lua_begin(vm, NULL, &vm->members[i], CH_LUA_HOOK_COUNT, CH_LUA_NO_CLAIM);
        found = l_load_member(L, &vm->members[i], vm->hooks + i * CH_LUA_HOOK_COUNT);
        if (bits)
            bits[i] = found;
    }
    return 0;
}
