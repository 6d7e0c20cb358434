/* scheduler.h - a small host of the engine: takes pods from a queue, tries them, wakes those that
 * wait.
 *
 * It knows an engine, a transport and the transport's clock, nothing else, so that it runs the same
 * on the cluster in memory and on a real one. One thread calls it; events may arrive from another.
 */
#ifndef CHANDRA_CLI_SCHEDULER_H
#define CHANDRA_CLI_SCHEDULER_H

#include "queue.h"

#include <chandra/engine.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chandra_transport;
struct scheduler;

/* Make a scheduler and its engine. `options` are the engine's but for on_event, which is the
 * scheduler's own. Pods of `scheduler_name` are scheduled, all pods if that is NULL. */
enum chandra_status scheduler_new(struct chandra_transport *transport,
                                  const struct chandra_engine_options *options,
                                  const char *scheduler_name, struct scheduler **out_scheduler,
                                  struct chandra_error *err);
/* Free the scheduler and its engine; NULL is fine. */
void scheduler_free(struct scheduler *scheduler);

struct chandra_engine *scheduler_engine(struct scheduler *scheduler);

/* Take in the events so far, then try the first pod that may be tried now; *out_pod is that pod,
 * borrowed until the next step, or NULL if there was none. */
enum chandra_status scheduler_step(struct scheduler *scheduler, const struct queued_pod **out_pod,
                                   struct chandra_error *err);

/* When a pod may be tried next on the transport's clock, or -1. With `skip_hopeless`, pods do not
 * count whose last attempt saw the cluster as it still is: it would end as it did. */
int64_t scheduler_next_ms(const struct scheduler *scheduler, bool skip_hopeless);

/* Attempts and successful bindings so far; pods that still wait. */
size_t scheduler_attempts(const struct scheduler *scheduler);
size_t scheduler_bound(const struct scheduler *scheduler);
size_t scheduler_waiting(const struct scheduler *scheduler);

/* What is known of a pod, or NULL. Borrowed until the next step. */
const struct queued_pod *scheduler_pod(const struct scheduler *scheduler, const char *name_space,
                                       const char *name);

#endif
