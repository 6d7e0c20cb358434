/* clock.h - time that only moves forward. */
#ifndef CH_KUBE_CLOCK_H
#define CH_KUBE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds, or milliseconds, since some moment; steps of the system's clock do not move it. */
static inline int64_t
ch_monotonic_us(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline int64_t
ch_monotonic_ms(void)
{
    return ch_monotonic_us() / 1000;
}

#endif
