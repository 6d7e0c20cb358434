/* block.c - lays an object with its lists and strings out in one block of memory of exactly its
 * size. */
#include "model/block.h"

#include "base/alloc.h"

#include <stdint.h>
#include <string.h>

enum { ALIGN = sizeof(void *) }; /* of everything that is laid out in lists */

void *
ch_block_list(struct ch_block *block, size_t count, size_t size)
{
    char *list;
    size_t bytes;

    if (count > (SIZE_MAX - ALIGN) / size)
        return NULL;
    bytes = (count * size + ALIGN - 1) / ALIGN * ALIGN;
    if (!block->memory) {
        block->list_bytes += bytes;
        return ch_arena_calloc(&block->scratch, 1, bytes);
    }
    list = block->lists;
    block->lists += bytes;
    return memset(list, 0, bytes);
}

const char *
ch_block_text(struct ch_block *block, const char *text)
{
    const size_t size = text ? strlen(text) + 1 : 0;
    char *copy = block->texts;

    if (size <= 1)
        return text ? "" : NULL;
    if (!block->memory) {
        block->text_bytes += size;
        return text;
    }
    block->texts += size;
    return memcpy(copy, text, size);
}

const char *
ch_block_json(struct ch_block *block,
              void (*put)(struct ch_buf *buf, const struct chandra_value *value),
              const struct chandra_value *value)
{
    const size_t start = block->made.len;
    const char *text;

    if (block->memory) {
        text = block->made.text + block->made_at;
        block->made_at += strlen(text) + 1;
        return ch_block_text(block, text);
    }
    put(&block->made, value);
    ch_buf_putc(&block->made, '\0');
    if (!ch_buf_ok(&block->made))
        return NULL;
    block->text_bytes += block->made.len - start;
    return ""; /* the buffer may move, and nobody reads the result of the first pass */
}

bool
ch_block_commit(struct ch_block *block)
{
    block->memory = ch_alloc(block->list_bytes + block->text_bytes);
    block->lists = block->memory;
    block->texts = block->memory ? block->memory + block->list_bytes : NULL;
    return block->memory != NULL;
}

void
ch_block_clear(struct ch_block *block)
{
    ch_arena_clear(&block->scratch);
    ch_buf_clear(&block->made);
}
