/* hash.c - a seeded hash, eight bytes at a time. */
#include "base/hash.h"

#include <string.h>

/* Where the loader put the library: no state, yet unknown to others. */
static uint64_t
seed(void)
{
    static const char anchor = 0;

    return (uint64_t)(uintptr_t)&anchor * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
    hash ^= hash >> 32;
    return hash * UINT64_C(0x94d049bb133111eb);
}

uint64_t
ch_hash(const char *key, size_t len)
{
    uint64_t hash = seed() ^ len;
    uint64_t word = 0;

    for (; len >= sizeof(word); key += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, key, sizeof(word));
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, key, len);
    hash = mix(hash, word);
    return hash ^ hash >> 32;
}
