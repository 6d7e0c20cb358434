/* hash.h - the hash of the library's tables. */
#ifndef CH_BASE_HASH_H
#define CH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Differs from run to run, so that nobody who sends keys over the network can make them collide; no
 * result may depend on it. */
uint64_t ch_hash(const char *key, size_t len);

#endif
