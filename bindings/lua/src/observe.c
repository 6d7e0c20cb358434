/* observe.c - tell the observer of a policy what its VMs do: hooks, calls, returns, lines.
 *
 * Lua's hook is asked for no more than the observer wants, so that without one nothing is paid.
 */
#include "observe.h"

#include <time.h>

static bool
is_wanted(const struct ch_lua_vm *vm, enum chandra_lua_event_kind kind)
{
    return vm->settings.observer.events >> kind & 1;
}

int
ch_lua_observe_mask(const struct chandra_lua_observer *observer)
{
    int mask = 0;

    if (observer->events & (1U << CHANDRA_LUA_CALL | 1U << CHANDRA_LUA_TAIL_CALL))
        mask |= LUA_MASKCALL;
    if (observer->events >> CHANDRA_LUA_RETURN & 1)
        mask |= LUA_MASKRET;
    if (observer->events >> CHANDRA_LUA_LINE & 1)
        mask |= LUA_MASKLINE;
    return mask;
}

/* An event of the VM's call as it is now. */
static struct chandra_lua_event
event_of(const struct ch_lua_vm *vm, enum chandra_lua_event_kind kind)
{
    struct chandra_lua_event event = {.size = sizeof(event), .kind = kind, .vm = vm};
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) == 0)
        event.time_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    event.allocations = vm->allocations;
    event.allocated = vm->allocated;
    if (vm->member) {
        event.policy = vm->member->name;
        event.file = vm->member->file;
        event.text = vm->member->text;
        event.len = vm->member->len;
    }
    if (vm->hook != CH_LUA_HOOK_COUNT)
        event.hook = ch_lua_hook_names[vm->hook];
    return event;
}

void
ch_lua_tell(const struct ch_lua_vm *vm, enum chandra_lua_event_kind kind)
{
    struct chandra_lua_event event;

    if (!is_wanted(vm, kind))
        return;
    event = event_of(vm, kind);
    vm->settings.observer.fn(vm->settings.observer.user, &event);
}

void
ch_lua_tell_difference(const struct ch_lua_vm *vm, const char *message)
{
    struct chandra_lua_event event;

    if (!is_wanted(vm, CHANDRA_LUA_DIFFERENCE))
        return;
    event = event_of(vm, CHANDRA_LUA_DIFFERENCE);
    event.message = message;
    vm->settings.observer.fn(vm->settings.observer.user, &event);
}

static enum chandra_lua_event_kind
kind_of(const lua_Debug *frame)
{
    switch (frame->event) {
    case LUA_HOOKCALL:
        return CHANDRA_LUA_CALL;
    case LUA_HOOKTAILCALL:
        return CHANDRA_LUA_TAIL_CALL;
    case LUA_HOOKRET:
        return CHANDRA_LUA_RETURN;
    default:
        return CHANDRA_LUA_LINE;
    }
}

void
ch_lua_observe(lua_State *L, lua_Debug *frame)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const enum chandra_lua_event_kind kind = kind_of(frame);
    struct chandra_lua_event event;

    if (!is_wanted(vm, kind) || !vm->member) /* no member: the sandbox is being made */
        return;
    event = event_of(vm, kind);
    event.line = frame->currentline;
    if (kind != CHANDRA_LUA_LINE) {
        lua_getinfo(L, "nSl", frame);
        event.is_native = frame->what[0] == 'C';
        event.function = frame->name;
        event.line = frame->currentline;
        event.line_defined = frame->linedefined;
    }
    vm->settings.observer.fn(vm->settings.observer.user, &event);
}
