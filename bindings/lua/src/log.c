/* log.c - what policies tell people: lines for the host's log, and notes with a decision. */
#include "sandbox.h"
#include "twin.h"
#include "view.h"

#include <stdio.h>

/* Push the arguments from `first` on as print() shows them, with spaces between them. */
static const char *
l_text(lua_State *L, int first)
{
    const int top = lua_gettop(L);
    luaL_Buffer text;

    ch_l_charge(L, 100);
    luaL_buffinit(L, &text);
    for (int i = first; i <= top; i++) {
        if (i > first)
            luaL_addchar(&text, ' ');
        if (lua_type(L, i) == LUA_TTABLE || lua_type(L, i) == LUA_TFUNCTION)
            lua_pushstring(L, luaL_typename(L, i));
        else
            luaL_tolstring(L, i, NULL);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    return lua_tostring(L, -1);
}

static int
l_log_from(lua_State *L, int first, enum chandra_level level)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const char *text = l_text(L, first);
    char line[1024];

    ch_lua_start_clock(vm);
    if (vm->is_console)
        snprintf(line, sizeof(line), "%s", text);
    else
        snprintf(line, sizeof(line), "policy %s: %s", vm->member ? vm->member->name : "?", text);
    ch_lua_clean_text(line);
    if (vm->settings.logger.fn)
        vm->settings.logger.fn(vm->settings.logger.user, level, line);
    return 0;
}

int
ch_l_print(lua_State *L)
{
    return l_log_from(L, 1, CHANDRA_LOG_INFO);
}

int
ch_l_log(lua_State *L)
{
    ch_l_view_check(L, 1, &ch_lua_cx_type);
    return l_log_from(L, 2, CHANDRA_LOG_INFO);
}

static int
l_debug(lua_State *L)
{
    return l_log_from(L, 1, CHANDRA_LOG_DEBUG);
}

static int
l_info(lua_State *L)
{
    return l_log_from(L, 1, CHANDRA_LOG_INFO);
}

static int
l_warning(lua_State *L)
{
    return l_log_from(L, 1, CHANDRA_LOG_WARNING);
}

static int
l_error(lua_State *L)
{
    return l_log_from(L, 1, CHANDRA_LOG_ERROR);
}

/* note(...): keep a text with the decision. */
int
ch_l_note(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    struct chandra_note note = {.policy = vm->member ? vm->member->name : "?",
                                .hook = ch_lua_hook_names[vm->hook],
                                .claim = vm->claim == CH_LUA_NO_CLAIM ? SIZE_MAX : vm->claim};
    char line[CHANDRA_MAX_NOTE_LENGTH + 8];
    struct chandra_error err;
    enum chandra_status st;

    ch_l_view_check(L, 1, &ch_lua_cx_type);
    snprintf(line, sizeof(line), "%s", l_text(L, 2));
    ch_lua_clean_text(line);
    note.text = line;
    if (vm->is_console || (vm->tape && vm->tape->is_replaying))
        return 0; /* said before, or only tried out */
    st = chandra_cycle_note(vm->cycle, &note, &err);
    return st == CHANDRA_OK ? 0 : ch_l_raise(L, st, &err);
}

const luaL_Reg ch_lua_log_functions[] = {
    {"debug", l_debug}, {"info", l_info}, {"warning", l_warning}, {"error", l_error}, {NULL, NULL},
};
