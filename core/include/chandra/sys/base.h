/* base.h - the few helpers of the library's that bindings need too, so that they exist once. */
#ifndef CHANDRA_SYS_BASE_H
#define CHANDRA_SYS_BASE_H

#include <chandra/export.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Take or resize memory: realloc() through the library's allocator; `size` 0 gives 1 byte. NULL
 * when out of memory, the old block then stays valid. Ownership: caller frees with chandra_free().
 * Threads: any. */
CHANDRA_API void *chandra_realloc(void *memory, size_t size);

/** A copy of a string; NULL for NULL, and when out of memory. Ownership: caller frees with
 * chandra_free(). Threads: any. */
CHANDRA_API char *chandra_strdup(const char *text);

/** A copy of `len` bytes, whatever they are, with a NUL after them; NULL when out of memory.
 * Ownership: caller frees with chandra_free(). Threads: any. */
CHANDRA_API char *chandra_strndup(const char *text, size_t len);

/** The string of `choices` (`count` of them) that is nearest to `word`, for "did you mean"; NULL if
 * none is near. Ownership: that of `choices`. Threads: any. */
CHANDRA_API const char *chandra_nearest(const char *word, const char *const *choices, size_t count);

#ifdef __cplusplus
}
#endif
#endif
