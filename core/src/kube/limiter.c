/* limiter.c - a token bucket: so many requests a second, so many at once after a pause. */
#include "kube/limiter.h"

/* The longest wait that is told in one go; who waits asks again. */
static const double longest_ms = 60000;

void
ch_limiter_init(struct ch_limiter *limiter, double qps, int burst, int64_t now_ms)
{
    const double size = burst > 1 ? burst : 1;

    *limiter = (struct ch_limiter){qps > 0 ? qps / 1000 : 0, size, size, now_ms};
}

static void
fill(struct ch_limiter *limiter, int64_t now_ms)
{
    if (now_ms <= limiter->filled_ms)
        return;
    limiter->tokens += (double)(now_ms - limiter->filled_ms) * limiter->rate;
    if (limiter->tokens > limiter->burst)
        limiter->tokens = limiter->burst;
    limiter->filled_ms = now_ms;
}

bool
ch_limiter_take(struct ch_limiter *limiter, int64_t now_ms)
{
    if (ch_limiter_wait_ms(limiter, now_ms) > 0)
        return false;
    limiter->tokens -= 1;
    return true;
}

int64_t
ch_limiter_wait_ms(struct ch_limiter *limiter, int64_t now_ms)
{
    double wait_ms;

    if (limiter->rate <= 0)
        return 0;
    fill(limiter, now_ms);
    if (limiter->tokens >= 1)
        return 0;
    wait_ms = (1 - limiter->tokens) / limiter->rate;
    return wait_ms < longest_ms ? (int64_t)wait_ms + 1 : (int64_t)longest_ms;
}
