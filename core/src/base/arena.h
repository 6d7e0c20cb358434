/* arena.h - memory that is given back all at once: one document, one cycle, one object. */
#ifndef CH_BASE_ARENA_H
#define CH_BASE_ARENA_H

#include <stddef.h>

struct ch_arena_chunk;

/* Zero-initialized is empty and ready: `struct ch_arena arena = {0};`. */
struct ch_arena {
    struct ch_arena_chunk *chunks; /* newest first */
    char *next;                    /* free space in the newest chunk */
    char *end;
    size_t chunk_size; /* of the next chunk; 0 starts at 1 KiB; doubles up to 64 KiB */
};

void *ch_arena_alloc(struct ch_arena *arena, size_t size); /* aligned for any type; NULL when out */
void *ch_arena_calloc(struct ch_arena *arena, size_t count, size_t size);
char *ch_arena_strdup(struct ch_arena *arena, const char *text);
char *ch_arena_strndup(struct ch_arena *arena, const char *text, size_t len);
size_t ch_arena_bytes(const struct ch_arena *arena); /* taken from the system */
void ch_arena_clear(struct ch_arena *arena);         /* gives everything back; usable again */

#endif
