/* bell.h - wakes a thread that waits for events, answers, signals and time at once. */
#ifndef CHANDRA_CLI_BELL_H
#define CHANDRA_CLI_BELL_H

#include <chandra/error.h>
#include <stdatomic.h>
#include <stdint.h>

/* A pipe, so that a signal handler may ring too. */
struct bell {
    int fds[2];
    atomic_flag is_rung; /* and not yet heard: one byte is enough */
};

enum chandra_status bell_init(struct bell *bell, struct chandra_error *err);
void bell_clear(struct bell *bell);
/* Threads: any, and signal handlers. */
void bell_ring(struct bell *bell);
/* Wait until it rings, or for `timeout_ms` (-1: for ever). Threads: one. */
void bell_wait(struct bell *bell, int64_t timeout_ms);

#endif
