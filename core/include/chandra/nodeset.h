/* nodeset.h - sets of nodes as bit vectors over the node table's indices.
 *
 * A set lives in memory of the caller's, chandra_nodeset_bytes() large, so that it can sit in an
 * arena or in a script's userdata. Two sets may be combined when their capacities are equal; sets
 * of one cycle always are. Threads: readers may share a set; one writer at a time.
 */
#ifndef CHANDRA_NODESET_H
#define CHANDRA_NODESET_H

#include <chandra/export.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_nodeset;

#define CHANDRA_NODESET_END UINT32_MAX

/** Bytes that a set over indices 0..capacity-1 needs; memory must be aligned for uint64_t. */
CHANDRA_API size_t chandra_nodeset_bytes(uint32_t capacity);
/** Make an empty set in `memory`. Returns `memory` as a set; there is nothing to clear. */
CHANDRA_API struct chandra_nodeset *chandra_nodeset_init(void *memory, uint32_t capacity);
/** Number of indices the set ranges over. */
CHANDRA_API uint32_t chandra_nodeset_capacity(const struct chandra_nodeset *set);
/** Number of members. */
CHANDRA_API uint32_t chandra_nodeset_count(const struct chandra_nodeset *set);
/** Whether there is no member. */
CHANDRA_API bool chandra_nodeset_is_empty(const struct chandra_nodeset *set);
/** Whether `index` is a member; false beyond the capacity. */
CHANDRA_API bool chandra_nodeset_has(const struct chandra_nodeset *set, uint32_t index);
/** Add a member; ignored beyond the capacity. */
CHANDRA_API void chandra_nodeset_add(struct chandra_nodeset *set, uint32_t index);
/** Remove a member; ignored beyond the capacity. */
CHANDRA_API void chandra_nodeset_remove(struct chandra_nodeset *set, uint32_t index);
/** First member at or after `from`, or CHANDRA_NODESET_END. */
CHANDRA_API uint32_t chandra_nodeset_next(const struct chandra_nodeset *set, uint32_t from);
/** Remove all members. */
CHANDRA_API void chandra_nodeset_reset(struct chandra_nodeset *set);
/** Copy the members out as bits: bit i % 64 of words[i / 64] says whether index i is one. `words`
 * has room for the capacity. For bindings that keep sets in memory of their language. */
CHANDRA_API void chandra_nodeset_to_words(const struct chandra_nodeset *set, uint64_t *words);
/** Have the members that such words say; bits beyond the capacity are ignored. */
CHANDRA_API void chandra_nodeset_from_words(struct chandra_nodeset *set, const uint64_t *words);
/** dst = src; members beyond dst's capacity are dropped. */
CHANDRA_API void chandra_nodeset_assign(struct chandra_nodeset *dst,
                                        const struct chandra_nodeset *src);
/** dst = dst & other. */
CHANDRA_API void chandra_nodeset_and(struct chandra_nodeset *dst,
                                     const struct chandra_nodeset *other);
/** dst = dst | other; members beyond dst's capacity are dropped. */
CHANDRA_API void chandra_nodeset_or(struct chandra_nodeset *dst,
                                    const struct chandra_nodeset *other);
/** dst = dst - other. */
CHANDRA_API void chandra_nodeset_minus(struct chandra_nodeset *dst,
                                       const struct chandra_nodeset *other);
/** Whether both sets have the same members. */
CHANDRA_API bool chandra_nodeset_equal(const struct chandra_nodeset *a,
                                       const struct chandra_nodeset *b);
/** Whether every member of `a` is one of `b`. */
CHANDRA_API bool chandra_nodeset_subset(const struct chandra_nodeset *a,
                                        const struct chandra_nodeset *b);

#ifdef __cplusplus
}
#endif
#endif
