/* workers.h - threads that run the second half of attempts, several at once. */
#ifndef CHANDRA_CLI_WORKERS_H
#define CHANDRA_CLI_WORKERS_H

#include "bell.h"
#include "scheduler/attempt.h"

#include <chandra/error.h>
#include <stddef.h>

struct workers;

/* Start `count` threads; `bell` is rung for each attempt that is finished. */
enum chandra_status workers_new(size_t count, struct bell *bell, struct workers **out_workers,
                                struct chandra_error *err);
/* Let the threads finish what they have begun, and end them; attempts that none of them has begun
 * can be taken back as they are. */
void workers_stop(struct workers *workers);
/* Stop and free; NULL is fine. */
void workers_free(struct workers *workers);
/* Hand over an attempt. Threads: one. */
void workers_put(struct workers *workers, struct attempt *attempt);
/* Take back a finished attempt, or NULL. Threads: one. */
struct attempt *workers_take(struct workers *workers);

#endif
