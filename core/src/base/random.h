/* random.h - a seeded random source (splitmix64): equal seeds, equal choices. */
#ifndef CH_BASE_RANDOM_H
#define CH_BASE_RANDOM_H

#include <stdint.h>

struct ch_random {
    uint64_t state;
};

void ch_random_seed(struct ch_random *random, uint64_t seed);
uint64_t ch_random_next(struct ch_random *random);
uint64_t ch_random_below(struct ch_random *random, uint64_t bound); /* unbiased; bound > 0 */

#endif
