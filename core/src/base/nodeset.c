/* nodeset.c - set algebra, a word of 64 nodes at a time. */
#include "base/nodeset.h"

#include "base/alloc.h"

#include <string.h>

static uint32_t
words_for(uint32_t capacity)
{
    return capacity / 64 + (capacity % 64 != 0);
}

static uint32_t
shared_words(const struct chandra_nodeset *a, const struct chandra_nodeset *b)
{
    return a->word_count < b->word_count ? a->word_count : b->word_count;
}

/* Keep the promise that bits beyond the capacity are zero. */
static void
trim(struct chandra_nodeset *set)
{
    if (set->capacity % 64 != 0)
        set->words[set->word_count - 1] &= (UINT64_C(1) << (set->capacity % 64)) - 1;
}

/* Whether words `from` and on are all zero. */
static bool
is_empty_from(const struct chandra_nodeset *set, uint32_t from)
{
    for (uint32_t i = from; i < set->word_count; i++)
        if (set->words[i])
            return false;
    return true;
}

size_t
chandra_nodeset_bytes(uint32_t capacity)
{
    return sizeof(struct chandra_nodeset) + words_for(capacity) * sizeof(uint64_t);
}

struct chandra_nodeset *
chandra_nodeset_init(void *memory, uint32_t capacity)
{
    struct chandra_nodeset *set = memory;

    set->capacity = capacity;
    set->word_count = words_for(capacity);
    chandra_nodeset_reset(set);
    return set;
}

struct chandra_nodeset *
ch_nodeset_new(uint32_t capacity)
{
    void *memory = ch_alloc(chandra_nodeset_bytes(capacity));

    return memory ? chandra_nodeset_init(memory, capacity) : NULL;
}

void
ch_nodeset_fill(struct chandra_nodeset *set)
{
    memset(set->words, 0xff, set->word_count * sizeof(uint64_t));
    trim(set);
}

uint32_t
chandra_nodeset_capacity(const struct chandra_nodeset *set)
{
    return set->capacity;
}

uint32_t
chandra_nodeset_count(const struct chandra_nodeset *set)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < set->word_count; i++)
        count += (uint32_t)__builtin_popcountll(set->words[i]);
    return count;
}

bool
chandra_nodeset_is_empty(const struct chandra_nodeset *set)
{
    return is_empty_from(set, 0);
}

bool
chandra_nodeset_has(const struct chandra_nodeset *set, uint32_t index)
{
    return ch_nodeset_has(set, index);
}

void
chandra_nodeset_add(struct chandra_nodeset *set, uint32_t index)
{
    if (index < set->capacity)
        set->words[index / 64] |= UINT64_C(1) << (index % 64);
}

void
chandra_nodeset_remove(struct chandra_nodeset *set, uint32_t index)
{
    if (index < set->capacity)
        set->words[index / 64] &= ~(UINT64_C(1) << (index % 64));
}

uint32_t
chandra_nodeset_next(const struct chandra_nodeset *set, uint32_t from)
{
    uint32_t i = from / 64;
    uint64_t word;

    if (from >= set->capacity)
        return CHANDRA_NODESET_END;
    word = set->words[i] & UINT64_MAX << (from % 64);
    while (!word && ++i < set->word_count)
        word = set->words[i];
    return word ? i * 64 + ch_lowest_bit(word) : CHANDRA_NODESET_END;
}

void
chandra_nodeset_reset(struct chandra_nodeset *set)
{
    memset(set->words, 0, set->word_count * sizeof(uint64_t));
}

void
chandra_nodeset_to_words(const struct chandra_nodeset *set, uint64_t *words)
{
    memcpy(words, set->words, set->word_count * sizeof(uint64_t));
}

void
chandra_nodeset_from_words(struct chandra_nodeset *set, const uint64_t *words)
{
    memcpy(set->words, words, set->word_count * sizeof(uint64_t));
    trim(set);
}

void
chandra_nodeset_assign(struct chandra_nodeset *dst, const struct chandra_nodeset *src)
{
    const uint32_t shared = shared_words(dst, src);

    memmove(dst->words, src->words, shared * sizeof(uint64_t));
    memset(dst->words + shared, 0, (dst->word_count - shared) * sizeof(uint64_t));
    trim(dst);
}

void
chandra_nodeset_and(struct chandra_nodeset *dst, const struct chandra_nodeset *other)
{
    const uint32_t shared = shared_words(dst, other);

    for (uint32_t i = 0; i < shared; i++)
        dst->words[i] &= other->words[i];
    memset(dst->words + shared, 0, (dst->word_count - shared) * sizeof(uint64_t));
}

void
chandra_nodeset_or(struct chandra_nodeset *dst, const struct chandra_nodeset *other)
{
    const uint32_t shared = shared_words(dst, other);

    for (uint32_t i = 0; i < shared; i++)
        dst->words[i] |= other->words[i];
    trim(dst);
}

void
chandra_nodeset_minus(struct chandra_nodeset *dst, const struct chandra_nodeset *other)
{
    const uint32_t shared = shared_words(dst, other);

    for (uint32_t i = 0; i < shared; i++)
        dst->words[i] &= ~other->words[i];
}

bool
chandra_nodeset_equal(const struct chandra_nodeset *a, const struct chandra_nodeset *b)
{
    const uint32_t shared = shared_words(a, b);

    return memcmp(a->words, b->words, shared * sizeof(uint64_t)) == 0 && is_empty_from(a, shared) &&
           is_empty_from(b, shared);
}

bool
chandra_nodeset_subset(const struct chandra_nodeset *a, const struct chandra_nodeset *b)
{
    const uint32_t shared = shared_words(a, b);

    for (uint32_t i = 0; i < shared; i++)
        if (a->words[i] & ~b->words[i])
            return false;
    return is_empty_from(a, shared);
}
