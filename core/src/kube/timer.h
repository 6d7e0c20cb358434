/* timer.h - what is to be called when: a heap of timers. */
#ifndef CH_KUBE_TIMER_H
#define CH_KUBE_TIMER_H

#include <chandra/sys/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ch_timer {
    int64_t due_ms;
    uint64_t order; /* timers that are due together run in the order in which they were set */
    chandra_timer_fn fn;
    void *user;
};

/* Zero-initialized is empty and ready. */
struct ch_timers {
    struct ch_timer *items; /* a heap, the first one is due first */
    size_t count;
    size_t capacity;
    uint64_t order;
};

/* False: out of memory. */
bool ch_timers_add(struct ch_timers *timers, int64_t due_ms, chandra_timer_fn fn, void *user);
/* Take out the first timer, if it is due. */
bool ch_timers_take(struct ch_timers *timers, int64_t now_ms, struct ch_timer *out_timer);
/* When the first timer is due; INT64_MAX if there is none. */
int64_t ch_timers_next_ms(const struct ch_timers *timers);
/* Take out all timers of a user. */
void ch_timers_forget(struct ch_timers *timers, const void *user);
void ch_timers_clear(struct ch_timers *timers);

#endif
