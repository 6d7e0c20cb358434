/* vm.c - make, run and free a Lua state. */
#include "observe.h"
#include "twin.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <string.h>

/* Percent of what is alive that a VM grows to before garbage is collected again. Calls leave little
 * that lives, and going through a whole VM costs as much as many short calls; near the memory limit
 * Lua collects anyway. */
#define GC_PAUSE 1000
int
ch_l_out_of_memory(lua_State *L)
{
    struct ch_lua_vm *vm = ch_lua_vm_of(L);

    /* Where the limit refused memory is known better than where that came to be seen. */
    if (vm->place[0])
        vm->failure = CH_LUA_OUT_OF_MEMORY;
    else if (vm->failure == CH_LUA_FINE)
        ch_lua_fail(vm, CH_LUA_OUT_OF_MEMORY);
    return ch_l_raise_spent(L);
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
    vm->failure = CH_LUA_FINE;
    vm->is_refused = false;
    vm->is_deep = false;
    vm->place[0] = '\0';
    ch_lua_budget_begin(vm);
}

enum chandra_status
ch_lua_run(struct ch_lua_vm *vm, lua_CFunction fn, void *arg, struct chandra_error *err)
{
    const bool is_observed = vm->settings.observer.events != 0 && vm->hook != CH_LUA_HOOK_COUNT;
    lua_State *L = vm->L;
    enum chandra_status st = CHANDRA_OK;
    int rc;

    lua_pushcfunction(L, ch_l_message);
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, arg); /* stack: handler, fn, arg */
    if (is_observed)
        ch_lua_tell(vm, CHANDRA_LUA_HOOK);
    rc = lua_pcall(L, 1, 0, 1);
    if (is_observed)
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
        vm->L = lua_newstate(ch_lua_allocate, vm);
    if (vm->L) {
        memcpy(lua_getextraspace(vm->L), &vm, sizeof(void *));
        lua_gc(vm->L, LUA_GCINC, GC_PAUSE, 0, 0);
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
    ch_lua_free_chunks(vm);
    chandra_free(vm->hooks);
    chandra_free(vm->order);
    chandra_free(vm->position);
    chandra_free(vm->found);
    chandra_free(vm->found_nodes);
    chandra_free(vm->domains.of);
    chandra_free(vm->scratch);
    chandra_free(vm);
}
