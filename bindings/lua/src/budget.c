/* budget.c - the steps and the time of one call of a hook.
 *
 * Counted: Lua's hook comes every CH_LUA_INTERVAL instructions and looks at both limits. Watched
 * (watch.h): no instruction is counted, which would cost each of them; the hook is armed by a
 * signal when the call takes long, and by what was charged. Either way C functions and allocations
 * charge steps of their own, so that nothing is free. Once the budget is spent the hook comes after
 * every instruction and raises each time, until the outermost call has returned.
 */
#include "observe.h"

#include <time.h>

/* Some milliseconds behind, but it costs next to nothing where the system has it. */
#ifdef CLOCK_MONOTONIC_COARSE
#    define CHEAP_CLOCK CLOCK_MONOTONIC_COARSE
#else
#    define CHEAP_CLOCK CLOCK_MONOTONIC
#endif
/* A call that was kept from running may take so many times its limit by the wall clock. */
#define PATIENCE 10

static int64_t
now_ns(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
ch_lua_fail(struct ch_lua_vm *vm, enum ch_lua_failure failure)
{
    vm->failure = failure;
    ch_lua_place(vm->L, vm->place, sizeof(vm->place));
}

void
ch_lua_start_clock(struct ch_lua_vm *vm)
{
    if (vm->start >= 0)
        return;
    vm->start = now_ns(CHEAP_CLOCK);
    vm->deadline = vm->start + vm->settings.timeout_ms * 1000000;
}

/* Whether the call's time is up. The thread's own clock starts at the first look, since reading it
 * costs more than a short call. A busy or throttled machine may keep the thread from running for
 * longer than the limit; what the policy did not have does not count against it. */
static bool
is_late(struct ch_lua_vm *vm)
{
    const int64_t limit = vm->settings.timeout_ms * 1000000;
    const int64_t now = now_ns(CLOCK_MONOTONIC);
    int64_t left;

    if (vm->cpu_start < 0)
        vm->cpu_start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    ch_lua_start_clock(vm);
    if (now <= vm->deadline)
        return false;
    left = limit - (now_ns(CLOCK_THREAD_CPUTIME_ID) - vm->cpu_start);
    if (left <= 0 || now > vm->start + PATIENCE * limit)
        return true;
    vm->deadline = now + left;
    return false;
}

/* Move what is pending to the account and look at both limits. */
static bool
is_spent(struct ch_lua_vm *vm, uint64_t steps)
{
    vm->steps += steps + vm->pending;
    vm->pending = 0;
    if (vm->failure != CH_LUA_FINE)
        return true;
    if (vm->is_interrupted)
        ch_lua_fail(vm, CH_LUA_INTERRUPTED);
    else if (vm->steps > vm->settings.steps)
        ch_lua_fail(vm, CH_LUA_OUT_OF_STEPS);
    else if (is_late(vm))
        ch_lua_fail(vm, CH_LUA_OUT_OF_TIME);
    return vm->failure != CH_LUA_FINE;
}

/* Instructions from one look to the next while nothing is amiss; 0: they are not counted. */
static int
interval(const struct ch_lua_vm *vm)
{
    if (vm->is_watched && vm->hook != CH_LUA_HOOK_COUNT)
        return 0;
    return vm->settings.steps < CH_LUA_INTERVAL ? (int)vm->settings.steps : CH_LUA_INTERVAL;
}

static void l_hook(lua_State *L, lua_Debug *event);

/* Have the hook called every `count` instructions, besides for what is observed. */
static void
set_hook(struct ch_lua_vm *vm, int count)
{
    const int observed = ch_lua_observe_mask(&vm->settings.observer);

    lua_sethook(vm->L, l_hook, (count > 0 ? LUA_MASKCOUNT : 0) | observed, count);
}

void
ch_lua_look(struct ch_lua_vm *vm)
{
    set_hook(vm, 1);
}

int
ch_l_raise_spent(lua_State *L)
{
    ch_lua_look(ch_lua_vm_of(L));
    return luaL_error(L, "out of budget");
}

static void
l_hook(lua_State *L, lua_Debug *event)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    if (event->event != LUA_HOOKCOUNT) {
        ch_lua_observe(L, event);
        return;
    }
    if (is_spent(vm, interval(vm) > 0 ? (uint64_t)lua_gethookcount(L) : 0))
        ch_l_raise_spent(L);
    if (lua_gethookcount(L) != interval(vm))
        set_hook(vm, interval(vm));
}

void
ch_l_charge(lua_State *L, uint64_t steps)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    vm->pending += steps;
    if (vm->pending >= CH_LUA_INTERVAL && is_spent(vm, 0))
        ch_l_raise_spent(L);
}

void
ch_lua_budget_begin(struct ch_lua_vm *vm)
{
    vm->steps = 0;
    vm->pending = 0;
    vm->start = -1;
    vm->cpu_start = -1;
    if (interval(vm) == 0)
        ch_lua_start_clock(vm);
    set_hook(vm, interval(vm));
}
