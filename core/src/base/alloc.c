/* alloc.c - the library's memory, and the tests' way to let it run out. */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef CHANDRA_TESTS
#    include <stdatomic.h>

/* How many allocations may still pass; negative: all. Exists in test builds only. */
static atomic_long passes_left = -1;

void
ch_alloc_fail_after(long count)
{
    atomic_store(&passes_left, count);
}

static bool
must_fail(void)
{
    long left = atomic_load(&passes_left);

    while (left > 0 && !atomic_compare_exchange_weak(&passes_left, &left, left - 1))
        continue;
    return left == 0;
}
#else
void
ch_alloc_fail_after(long count)
{
    (void)count;
}

static inline bool
must_fail(void)
{
    return false;
}
#endif

void *
ch_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size ? size : 1);
}

void *
ch_calloc(size_t count, size_t size)
{
    if (must_fail() || (size != 0 && count > SIZE_MAX / size))
        return NULL;
    return count && size ? calloc(count, size) : calloc(1, 1);
}

void *
ch_realloc(void *memory, size_t size)
{
    return must_fail() ? NULL : realloc(memory, size ? size : 1);
}

void *
ch_realloc_array(void *memory, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return ch_realloc(memory, count * size);
}

void
ch_free(void *memory)
{
    free(memory);
}

char *
ch_strdup(const char *text)
{
    return text ? ch_strndup(text, strlen(text)) : NULL;
}

char *
ch_strndup(const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? ch_alloc(len + 1) : NULL;

    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

bool
ch_grow(void *array, size_t *capacity, size_t want, size_t size)
{
    size_t bigger = *capacity < 8 ? 8 : *capacity;
    void *memory;

    if (want <= *capacity)
        return true;
    while (bigger < want)
        bigger = bigger > SIZE_MAX / 2 ? want : bigger * 2;
    /* The caller's pointer has its own type; memcpy() reads it without lying about that. */
    memcpy(&memory, array, sizeof(memory));
    memory = ch_realloc_array(memory, bigger, size);
    if (!memory)
        return false;
    memcpy(array, &memory, sizeof(memory));
    *capacity = bigger;
    return true;
}

enum chandra_status
ch_no_memory(const char *what, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory for %s", what);
}
