/* block.h - lays an object with its lists and strings out in one block of memory of exactly its
 * size.
 *
 * The same code runs twice: the first pass counts bytes and borrows the strings; after
 * ch_block_commit() the second pass does it all again, in the block. Lists fill the block from its
 * front, strings follow without padding.
 */
#ifndef CH_MODEL_BLOCK_H
#define CH_MODEL_BLOCK_H

#include "base/arena.h"
#include "base/buf.h"

#include <chandra/doc.h>
#include <stdbool.h>
#include <stddef.h>

/* Zero-initialized is empty and in its first pass. */
struct ch_block {
    struct ch_arena scratch; /* first pass: lists */
    struct ch_buf made;      /* texts made in the first pass, each with its NUL, for the second */
    size_t made_at;          /* second pass: the next of them */
    size_t list_bytes;
    size_t text_bytes;
    char *memory; /* second pass: the block */
    char *lists;  /* free space for lists and for texts */
    char *texts;
};

/* A zeroed list (or the object itself); NULL when out of memory. */
void *ch_block_list(struct ch_block *block, size_t count, size_t size);
/* A string; NULL for NULL. */
const char *ch_block_text(struct ch_block *block, const char *text);
/* The JSON that `put` makes of a value, made once for both passes; NULL when out of memory. */
const char *ch_block_json(struct ch_block *block,
                          void (*put)(struct ch_buf *buf, const struct chandra_value *value),
                          const struct chandra_value *value);
/* Turn to the second pass; false when out of memory. */
bool ch_block_commit(struct ch_block *block);
/* Free what the passes needed, but not the block. */
void ch_block_clear(struct ch_block *block);

#endif
