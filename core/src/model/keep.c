/* keep.c - reads lists of strings and JSON texts into a block. */
#include "model/kind.h"

const char *const *
ch_keep_strings(struct ch_reader *reader, struct ch_block *block, const struct ch_at *array,
                size_t *out_count)
{
    const size_t count = chandra_value_count(array->value);
    const char **strings = ch_keep_list(reader, block, count, sizeof(*strings));

    if (!strings)
        return NULL;
    for (size_t i = 0; i < count; i++)
        strings[i] = ch_block_text(block, ch_read_element_string(reader, array, i));
    *out_count = count;
    return strings;
}

const char *
ch_keep_json(struct ch_reader *reader, struct ch_block *block,
             void (*put)(struct ch_buf *buf, const struct chandra_value *value),
             const struct chandra_value *value)
{
    const char *text = ch_block_json(block, put, value);

    if (!text)
        ch_read_out_of_memory(reader);
    return text;
}
