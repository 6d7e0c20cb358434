/* base.c - the helpers of this layer that bindings share. */
#include "base/alloc.h"
#include "base/text.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>

void *
chandra_realloc(void *memory, size_t size)
{
    return ch_realloc(memory, size);
}

void
chandra_free(void *memory)
{
    ch_free(memory);
}

char *
chandra_strdup(const char *text)
{
    return ch_strdup(text);
}

char *
chandra_strndup(const char *text, size_t len)
{
    return ch_strndup(text, len);
}

const char *
chandra_nearest(const char *word, const char *const *choices, size_t count)
{
    return ch_nearest(word, choices, count);
}
