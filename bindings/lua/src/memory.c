/* memory.c - the memory of a VM: counted, limited, and charged to the budget.
 *
 * Views, closures, short strings and small tables come and go by the thousand. They are cut from
 * chunks that the VM keeps until it ends, so that its limit counts what it holds, and go from and
 * to lists of free blocks of one size. The sanitizers see each block by itself.
 */
#include "vm.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>

/* Bytes that cost as much as one instruction. */
#define BYTES_PER_STEP 32
#define CHUNK_SIZE ((size_t)4096)

#ifdef __has_feature
#    if __has_feature(address_sanitizer)
#        define HAS_CHUNKS false
#    endif
#endif
#ifndef HAS_CHUNKS
#    ifdef __SANITIZE_ADDRESS__
#        define HAS_CHUNKS false
#    else
#        define HAS_CHUNKS true
#    endif
#endif

struct ch_lua_chunk {
    alignas(max_align_t) struct ch_lua_chunk *next;
};

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

/* Resize a block of its own. One that shrinks never fails. */
static void *
resize(struct ch_lua_vm *vm, void *block, size_t held, size_t new_size)
{
    void *moved;

    if (new_size > held && new_size - held > vm->settings.memory - vm->used) {
        note_refusal(vm);
        return NULL;
    }
    moved = chandra_realloc(block, new_size);
    if (!moved)
        return new_size <= held ? block : NULL;
    vm->used = vm->used - held + new_size;
    return moved;
}

static void
release(struct ch_lua_vm *vm, void *block, size_t held)
{
    chandra_free(block);
    vm->used -= held;
}

static bool
is_small(size_t size)
{
    return HAS_CHUNKS && size > 0 && size <= CH_LUA_SMALL;
}

/* Which list a small block belongs to. */
static size_t
list_of(size_t size)
{
    return (size - 1) / CH_LUA_GRAIN;
}

static bool
add_chunk(struct ch_lua_vm *vm)
{
    struct ch_lua_chunk *chunk = resize(vm, NULL, 0, CHUNK_SIZE);

    if (!chunk)
        return false;
    chunk->next = vm->chunks;
    vm->chunks = chunk;
    vm->fresh = (char *)(chunk + 1);
    vm->fresh_size = CHUNK_SIZE - sizeof(*chunk);
    return true;
}

static void *
take_small(struct ch_lua_vm *vm, size_t size)
{
    const size_t list = list_of(size), whole = (list + 1) * CH_LUA_GRAIN;
    void *block = vm->free_blocks[list];

    if (block) {
        memcpy(&vm->free_blocks[list], block, sizeof(block));
        return block;
    }
    if (vm->fresh_size < whole && !add_chunk(vm))
        return NULL;
    block = vm->fresh;
    vm->fresh += whole;
    vm->fresh_size -= whole;
    return block;
}

static void
give_small(struct ch_lua_vm *vm, void *block, size_t size)
{
    void **list = &vm->free_blocks[list_of(size)];

    memcpy(block, list, sizeof(*list));
    *list = block;
}

void
ch_lua_free_chunks(struct ch_lua_vm *vm)
{
    while (vm->chunks) {
        struct ch_lua_chunk *chunk = vm->chunks;

        vm->chunks = chunk->next;
        chandra_free(chunk);
    }
}

/* Move a block that is small, or becomes small. */
static void *
move(struct ch_lua_vm *vm, void *block, size_t held, size_t new_size)
{
    void *moved;

    if (is_small(held) && is_small(new_size) && list_of(held) == list_of(new_size))
        return block;
    moved = is_small(new_size) ? take_small(vm, new_size) : resize(vm, NULL, 0, new_size);
    if (!moved || held == 0)
        return moved;
    memcpy(moved, block, held < new_size ? held : new_size);
    if (is_small(held))
        give_small(vm, block, held);
    else
        release(vm, block, held);
    return moved;
}

/* Charge for a block that was taken or has grown. */
static void
charge(struct ch_lua_vm *vm, size_t size)
{
    vm->allocations++;
    vm->allocated += size;
    vm->pending += 1 + size / BYTES_PER_STEP;
    /* lua_sethook() is made to be called at any moment; the hook then comes at once. */
    if (vm->pending >= CH_LUA_INTERVAL && vm->L && vm->failure == CH_LUA_FINE)
        ch_lua_look(vm);
}

void *
ch_lua_allocate(void *user, void *block, size_t old_size, size_t new_size)
{
    struct ch_lua_vm *vm = user;
    const size_t held = block ? old_size : 0;
    void *moved;

    if (new_size == 0) {
        if (is_small(held))
            give_small(vm, block, held);
        else
            release(vm, block, held);
        return NULL;
    }
    if (!block && old_size == LUA_TSTRING && new_size > CH_LUA_MAX_STRING + 64) {
        note_refusal(vm);
        return NULL;
    }
    moved = is_small(held) || is_small(new_size) ? move(vm, block, held, new_size)
                                                 : resize(vm, block, held, new_size);
    if (moved && new_size > held)
        charge(vm, new_size - held);
    return moved;
}

bool
ch_lua_resize(struct ch_lua_vm *vm, void *block_pointer, size_t old_size, size_t new_size)
{
    void *block;

    memcpy(&block, block_pointer, sizeof(block));
    old_size = block ? old_size : 0;
    if (new_size == 0) {
        release(vm, block, old_size);
        block = NULL;
    } else {
        block = resize(vm, block, old_size, new_size);
        if (!block)
            return false;
        if (new_size > old_size)
            charge(vm, new_size - old_size);
    }
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
