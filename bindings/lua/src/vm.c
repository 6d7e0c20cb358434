/* vm.c - make, run and free a Lua state; count its memory and its steps.
 *
 * The budget is looked at every CH_LUA_INTERVAL instructions. C functions and allocations charge
 * steps of their own, so that nothing is free. Once the budget is spent the hook comes after every
 * instruction and raises each time, until the outermost call has returned.
 */
#include "observe.h"
#include "twin.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <string.h>
#include <time.h>

/* Bytes that cost as much as one instruction. */
#define BYTES_PER_STEP 32
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

static void
fail(struct ch_lua_vm *vm, enum ch_lua_failure failure)
{
    vm->failure = failure;
    ch_lua_place(vm->L, vm->place, sizeof(vm->place));
}

/* Whether the call's time is up. A busy or throttled machine may keep the thread from running for
 * longer than the limit; what the policy did not have does not count against it. */
static bool
is_late(struct ch_lua_vm *vm)
{
    const int64_t limit = vm->settings.timeout_ms * 1000000;
    int64_t now, left;

    now = now_ns(CLOCK_MONOTONIC);
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
        fail(vm, CH_LUA_INTERRUPTED);
    else if (vm->steps > vm->settings.steps)
        fail(vm, CH_LUA_OUT_OF_STEPS);
    else if (is_late(vm))
        fail(vm, CH_LUA_OUT_OF_TIME);
    return vm->failure != CH_LUA_FINE;
}

static int
interval(const struct ch_lua_vm *vm)
{
    return vm->settings.steps < CH_LUA_INTERVAL ? (int)vm->settings.steps : CH_LUA_INTERVAL;
}

static void l_hook(lua_State *L, lua_Debug *event);

/* Have the hook called every `count` instructions, besides for what is observed. */
static void
set_hook(lua_State *L, int count)
{
    const struct ch_lua_vm *vm = ch_lua_vm_of(L);

    lua_sethook(L, l_hook, LUA_MASKCOUNT | ch_lua_observe_mask(&vm->settings.observer), count);
}

static int
l_raise_spent(lua_State *L)
{
    set_hook(L, 1);
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
    if (is_spent(vm, (uint64_t)lua_gethookcount(L)))
        l_raise_spent(L);
    if (lua_gethookcount(L) != interval(vm))
        set_hook(L, interval(vm));
}

void
ch_l_charge(lua_State *L, uint64_t steps)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    vm->pending += steps;
    if (vm->pending >= CH_LUA_INTERVAL && is_spent(vm, 0))
        l_raise_spent(L);
}

/* Lua collects garbage and tries once more, so this may yet come to nothing. */
static void
note_refusal(struct ch_lua_vm *vm)
{
    lua_Debug frame;

    vm->is_refused = true;
    if (!vm->L || vm->failure != CH_LUA_FINE)
        return;
    vm->is_deep = lua_getstack(vm->L, CH_LUA_DEEP, &frame) != 0;
    ch_lua_place(vm->L, vm->place, sizeof(vm->place));
}

/* lua_Alloc. A refusal is a NULL and Lua's to handle; a block that shrinks never fails. */
static void *
allocate(void *user, void *block, size_t old_size, size_t new_size)
{
    struct ch_lua_vm *vm = user;
    const size_t held = block ? old_size : 0;
    const bool is_long_string =
        !block && old_size == LUA_TSTRING && new_size > CH_LUA_MAX_STRING + 64;
    void *moved;

    if (new_size == 0) {
        chandra_free(block);
        vm->used -= held;
        return NULL;
    }
    if (new_size > held && (is_long_string || new_size - held > vm->settings.memory - vm->used)) {
        note_refusal(vm);
        return NULL;
    }
    moved = chandra_realloc(block, new_size);
    if (!moved)
        return new_size <= held ? block : NULL;
    vm->used = vm->used - held + new_size;
    if (new_size > held) {
        vm->allocations++;
        vm->allocated += new_size - held;
        vm->pending += 1 + (new_size - held) / BYTES_PER_STEP;
        /* lua_sethook() is made to be called at any moment; the hook then comes at once. */
        if (vm->pending >= CH_LUA_INTERVAL && vm->L && vm->failure == CH_LUA_FINE)
            set_hook(vm->L, 1);
    }
    return moved;
}

bool
ch_lua_resize(struct ch_lua_vm *vm, void *block_pointer, size_t old_size, size_t new_size)
{
    void *block;

    memcpy(&block, block_pointer, sizeof(block));
    block = allocate(vm, block, block ? old_size : 0, new_size);
    if (!block && new_size > 0)
        return false;
    memcpy(block_pointer, &block, sizeof(block));
    return true;
}

void *
ch_lua_scratch(struct ch_lua_vm *vm, size_t size)
{
    if (size > vm->scratch_size || !vm->scratch) {
        size = size ? size : 1;
        if (!ch_lua_resize(vm, &vm->scratch, vm->scratch_size, size))
            return NULL;
        vm->scratch_size = size;
    }
    return vm->scratch;
}

int
ch_l_out_of_memory(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    /* Where the limit refused memory is known better than where that came to be seen. */
    if (vm->place[0])
        vm->failure = CH_LUA_OUT_OF_MEMORY;
    else if (vm->failure == CH_LUA_FINE)
        fail(vm, CH_LUA_OUT_OF_MEMORY);
    return l_raise_spent(L);
}

int
ch_l_raise(lua_State *L, enum chandra_status status, const struct chandra_error *err)
{
    if (status == CHANDRA_ENOMEM)
        return ch_l_out_of_memory(L);
    return luaL_error(L, "%s", err->message);
}

uint64_t
ch_lua_random(struct ch_lua_vm *vm, uint64_t bound)
{
    uint64_t mixed;

    if (vm->tape)
        return ch_lua_tape_random(vm, bound);
    if (!vm->is_console)
        return chandra_cycle_random(vm->cycle, bound);
    vm->random += 0x9E3779B97F4A7C15U; /* splitmix64 */
    mixed = (vm->random ^ vm->random >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return (mixed ^ mixed >> 31) % bound;
}

/* Give both arrays room for the cycle's capacity. */
static bool
grow_order(struct ch_lua_vm *vm, uint32_t capacity)
{
    const size_t old_size = vm->order_capacity * sizeof(uint32_t);
    const size_t new_size = capacity * sizeof(uint32_t);

    if (capacity <= vm->order_capacity)
        return true;
    if (!ch_lua_resize(vm, &vm->order, old_size, new_size))
        return false;
    if (!ch_lua_resize(vm, &vm->position, old_size, new_size)) {
        /* Back to what order_capacity says of both; shrinking never fails. */
        ch_lua_resize(vm, &vm->order, new_size, old_size);
        return false;
    }
    vm->order_capacity = capacity;
    return true;
}

const uint32_t *
ch_l_order(lua_State *L, uint32_t *out_count)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);
    const uint32_t capacity = chandra_cycle_capacity(vm->cycle);
    const struct chandra_nodeset *all = chandra_cycle_nodes(vm->cycle);
    uint32_t count = 0;

    if (vm->order_call != vm->call) {
        if (!grow_order(vm, capacity))
            ch_l_out_of_memory(L);
        for (uint32_t i = 0; i < capacity; i++)
            vm->order[i] = CHANDRA_NODESET_END;
        for (uint32_t i = chandra_nodeset_next(all, 0); i != CHANDRA_NODESET_END;
             i = chandra_nodeset_next(all, i + 1)) {
            const uint32_t rank = chandra_cycle_node_rank(vm->cycle, i);

            if (rank < capacity)
                vm->order[rank] = i;
        }
        for (uint32_t rank = 0; rank < capacity; rank++)
            if (vm->order[rank] != CHANDRA_NODESET_END) {
                vm->order[count] = vm->order[rank];
                vm->position[vm->order[count]] = count;
                count++;
            }
        vm->order_count = count;
        vm->order_call = vm->call;
    }
    *out_count = vm->order_count;
    return vm->order;
}

void
ch_lua_begin(struct ch_lua_vm *vm, struct chandra_cycle *cycle, const struct ch_lua_member *member,
             enum ch_lua_hook hook, size_t claim)
{
    vm->cycle = cycle;
    vm->member = member;
    vm->hook = hook;
    vm->claim = claim;
    vm->call++;
    vm->steps = 0;
    vm->pending = 0;
    vm->failure = CH_LUA_FINE;
    vm->is_refused = false;
    vm->is_deep = false;
    vm->place[0] = '\0';
    vm->start = now_ns(CLOCK_MONOTONIC);
    vm->cpu_start = now_ns(CLOCK_THREAD_CPUTIME_ID);
    vm->deadline = vm->start + vm->settings.timeout_ms * 1000000;
    set_hook(vm->L, interval(vm));
}

enum chandra_status
ch_lua_run(struct ch_lua_vm *vm, lua_CFunction fn, void *arg, struct chandra_error *err)
{
    lua_State *L = vm->L;
    enum chandra_status st = CHANDRA_OK;
    int rc;

    lua_settop(L, 0);
    lua_pushcfunction(L, ch_l_message);
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, arg); /* stack: handler, fn, arg */
    if (vm->hook != CH_LUA_HOOK_COUNT)
        ch_lua_tell(vm, CHANDRA_LUA_HOOK);
    rc = lua_pcall(L, 1, 0, 1);
    if (vm->hook != CH_LUA_HOOK_COUNT)
        ch_lua_tell(vm, CHANDRA_LUA_HOOK_END);
    if (rc != LUA_OK)
        st = ch_lua_error_report(vm, rc, err);
    lua_settop(L, 0);
    ch_lua_forget_found(vm);
    return st;
}

static int
l_open(lua_State *L)
{
    lua_settop(L, 1);
    ch_l_views_open(L);
    ch_l_sandbox_open(L);
    return ch_l_load_members(L);
}

enum chandra_status
ch_lua_vm_new(const struct ch_lua_member *members, size_t count,
              const struct ch_lua_settings *settings, unsigned *hooks, struct ch_lua_vm **out_vm,
              struct chandra_error *err)
{
    struct ch_lua_vm *vm = chandra_realloc(NULL, sizeof(*vm));
    enum chandra_status st = CHANDRA_ENOMEM;

    if (!vm)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    memset(vm, 0, sizeof(*vm));
    vm->members = members;
    vm->member_count = count;
    vm->settings = *settings;
    if (ch_lua_resize(vm, &vm->hooks, 0, count * CH_LUA_HOOK_COUNT * sizeof(*vm->hooks)))
        vm->L = lua_newstate(allocate, vm);
    if (vm->L) {
        memcpy(lua_getextraspace(vm->L), &vm, sizeof(void *));
        ch_lua_begin(vm, NULL, NULL, CH_LUA_HOOK_COUNT, CH_LUA_NO_CLAIM);
        st = ch_lua_run(vm, l_open, hooks, err);
    } else {
        chandra_error_set(err, CHANDRA_ENOMEM, "policy %s: out of memory",
                          count > 0 ? members[0].file : "none");
    }
    if (st == CHANDRA_OK)
        *out_vm = vm;
    else
        ch_lua_vm_free(vm);
    return st;
}

void
ch_lua_vm_free(struct ch_lua_vm *vm)
{
    if (!vm)
        return;
    if (vm->L)
        lua_close(vm->L);
    chandra_free(vm->hooks);
    chandra_free(vm->order);
    chandra_free(vm->position);
    chandra_free(vm->found);
    chandra_free(vm->found_nodes);
    chandra_free(vm->scratch);
    chandra_free(vm);
}
