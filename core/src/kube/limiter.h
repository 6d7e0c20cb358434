/* limiter.h - a token bucket: so many requests a second, so many at once after a pause. */
#ifndef CH_KUBE_LIMITER_H
#define CH_KUBE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct ch_limiter {
    double rate;  /* tokens a millisecond; 0: no limit */
    double burst; /* most tokens there can be */
    double tokens;
    int64_t filled_ms; /* when `tokens` was right */
};

/* `qps` <= 0: no limit. `burst` is at least 1. */
void ch_limiter_init(struct ch_limiter *limiter, double qps, int burst, int64_t now_ms);
/* Take a token, if there is one. */
bool ch_limiter_take(struct ch_limiter *limiter, int64_t now_ms);
/* Milliseconds until there is a token; 0: there is. */
int64_t ch_limiter_wait_ms(struct ch_limiter *limiter, int64_t now_ms);

#endif
