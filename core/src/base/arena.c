/* arena.c - bump allocation out of chunks that double in size. */
#include "base/arena.h"

#include "base/alloc.h"

#include <stdint.h>
#include <string.h>

enum { FIRST_CHUNK = 1024, BIGGEST_CHUNK = 32 * 1024 };

struct ch_arena_chunk {
    struct ch_arena_chunk *older;
    size_t size; /* of `memory` */
    max_align_t memory[];
};

static struct ch_arena_chunk *
chunk_new(size_t size)
{
    struct ch_arena_chunk *chunk = NULL;

    if (size <= SIZE_MAX - sizeof(*chunk))
        chunk = ch_alloc(sizeof(*chunk) + size);
    if (chunk)
        *chunk = (struct ch_arena_chunk){.size = size};
    return chunk;
}

/* A block too large to share a chunk goes behind the newest one, whose free space stays in use. */
static void *
alloc_apart(struct ch_arena *arena, size_t size)
{
    struct ch_arena_chunk *chunk = chunk_new(size);
    struct ch_arena_chunk **link = arena->chunks ? &arena->chunks->older : &arena->chunks;

    if (!chunk)
        return NULL;
    chunk->older = *link;
    *link = chunk;
    return chunk->memory;
}

static void *
alloc_from_new_chunk(struct ch_arena *arena, size_t size)
{
    size_t chunk_size = arena->chunk_size ? arena->chunk_size : FIRST_CHUNK;
    struct ch_arena_chunk *chunk;

    if (size > chunk_size / 4)
        return alloc_apart(arena, size);
    chunk = chunk_new(chunk_size);
    if (!chunk)
        return NULL;
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    arena->next = (char *)chunk->memory + size;
    arena->end = (char *)chunk->memory + chunk_size;
    arena->chunk_size = chunk_size < BIGGEST_CHUNK ? chunk_size * 2 : chunk_size;
    return chunk->memory;
}

/* `align` is a power of two, at most that of max_align_t, to which every chunk is aligned. */
static void *
alloc_aligned(struct ch_arena *arena, size_t size, size_t align)
{
    const size_t padding = (0 - (uintptr_t)arena->next) & (align - 1);
    const size_t left = (size_t)(arena->end - arena->next);
    void *memory;

    if (padding > left || size > left - padding)
        return alloc_from_new_chunk(arena, size);
    memory = arena->next + padding;
    arena->next += padding + size;
    return memory;
}

void *
ch_arena_alloc(struct ch_arena *arena, size_t size)
{
    return alloc_aligned(arena, size ? size : 1, _Alignof(max_align_t));
}

void *
ch_arena_calloc(struct ch_arena *arena, size_t count, size_t size)
{
    void *memory = NULL;

    if (size == 0 || count <= SIZE_MAX / size)
        memory = ch_arena_alloc(arena, count * size);
    return memory ? memset(memory, 0, count * size) : NULL;
}

char *
ch_arena_strdup(struct ch_arena *arena, const char *text)
{
    return text ? ch_arena_strndup(arena, text, strlen(text)) : NULL;
}

char *
ch_arena_strndup(struct ch_arena *arena, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? alloc_aligned(arena, len + 1, 1) : NULL;

    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

size_t
ch_arena_bytes(const struct ch_arena *arena)
{
    size_t bytes = 0;

    for (const struct ch_arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->older)
        bytes += sizeof(*chunk) + chunk->size;
    return bytes;
}

void
ch_arena_clear(struct ch_arena *arena)
{
    struct ch_arena_chunk *chunk = arena->chunks;

    while (chunk) {
        struct ch_arena_chunk *older = chunk->older;

        ch_free(chunk);
        chunk = older;
    }
    *arena = (struct ch_arena){0};
}
