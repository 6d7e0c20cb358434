/* random.c - splitmix64. */
#include "base/random.h"

void
ch_random_seed(struct ch_random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t
ch_random_next(struct ch_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t
ch_random_below(struct ch_random *random, uint64_t bound)
{
    const uint64_t surplus = (0 - bound) % bound; /* 2^64 mod bound: these would favour some */
    uint64_t number;

    do
        number = ch_random_next(random);
    while (number < surplus);
    return number % bound;
}
