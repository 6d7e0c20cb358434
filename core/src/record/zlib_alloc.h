/* zlib_alloc.h - zlib on the library's allocator. */
#ifndef CH_RECORD_ZLIB_ALLOC_H
#define CH_RECORD_ZLIB_ALLOC_H

#include "base/alloc.h"

#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

static inline void *
ch_zlib_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return ch_calloc(count, size);
}

static inline void
ch_zlib_free(void *opaque, void *memory)
{
    (void)opaque;
    ch_free(memory);
}

#endif
