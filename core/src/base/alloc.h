/* alloc.h - the only way core and bindings/lua take memory; running out is NULL, never an abort. */
#ifndef CH_BASE_ALLOC_H
#define CH_BASE_ALLOC_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

void *ch_alloc(size_t size);                 /* uninitialized; size 0 gives 1 byte */
void *ch_calloc(size_t count, size_t size);  /* zeroed; NULL also on overflow */
void *ch_realloc(void *memory, size_t size); /* the old block stays valid on failure */
void *ch_realloc_array(void *memory, size_t count, size_t size); /* NULL also on overflow */
void ch_free(void *memory);                                      /* NULL is fine */
char *ch_strdup(const char *text);                               /* NULL for NULL */
char *ch_strndup(const char *text, size_t len);

/* Grow *array (elements of `size` bytes, *capacity of them) so that it holds at least `want`. On
 * failure nothing changes. */
bool ch_grow(void *array, size_t *capacity, size_t want, size_t size);

/* Say that memory ran out for `what`, "a request" say; returns CHANDRA_ENOMEM. */
enum chandra_status ch_no_memory(const char *what, struct chandra_error *err);

/* For tests: let `count` more allocations of the process pass and refuse every one after them; a
 * negative count ends that. Does nothing unless built with CHANDRA_TESTS. */
void ch_alloc_fail_after(long count);

#endif
