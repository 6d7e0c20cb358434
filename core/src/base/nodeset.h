/* nodeset.h - the inside of a node set, for code that must not pay for calls. */
#ifndef CH_BASE_NODESET_H
#define CH_BASE_NODESET_H

#include <chandra/nodeset.h>

/* Bit i of words[i / 64] says whether index i is a member; bits from `capacity` on are zero. */
struct chandra_nodeset {
    uint32_t capacity;
    uint32_t word_count;
    uint64_t words[];
};

static inline bool
ch_nodeset_has(const struct chandra_nodeset *set, uint32_t index)
{
    return index < set->capacity && (set->words[index / 64] >> (index % 64) & 1);
}

/* A new set on the heap, for ch_free(); NULL when out of memory. */
struct chandra_nodeset *ch_nodeset_new(uint32_t capacity);
/* Add every index below the capacity. */
void ch_nodeset_fill(struct chandra_nodeset *set);
/* Index of the lowest bit set in a word that is not 0. */
static inline uint32_t
ch_lowest_bit(uint64_t word)
{
    return (uint32_t)__builtin_ctzll(word);
}

#endif
