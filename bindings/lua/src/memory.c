/* memory.c - the memory of a VM: counted, limited, and charged to the budget. */
#include "vm.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <string.h>

/* Bytes that cost as much as one instruction. */
#define BYTES_PER_STEP 32

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

void *
ch_lua_allocate(void *user, void *block, size_t old_size, size_t new_size)
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
            ch_lua_look(vm);
    }
    return moved;
}

bool
ch_lua_resize(struct ch_lua_vm *vm, void *block_pointer, size_t old_size, size_t new_size)
{
    void *block;

    memcpy(&block, block_pointer, sizeof(block));
    block = ch_lua_allocate(vm, block, block ? old_size : 0, new_size);
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

void *
ch_l_scratch(lua_State *L, size_t size)
{
    void *room = ch_lua_scratch(ch_lua_vm_of(L), size);

    if (!room)
        ch_l_out_of_memory(L);
    return room;
}
