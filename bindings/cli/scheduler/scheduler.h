/* scheduler.h - a small host of the engine: takes pods from a queue, tries them, wakes those that
 * wait.
 *
 * It knows an engine, a transport and the transport's clock, nothing else, so that it runs the same
 * on the cluster in memory and on a real one. One thread calls it; events may arrive from another.
 * The requests of an attempt are made in that thread or, with workers, in theirs, so that those of
 * several pods are under way at once.
 */
#ifndef CHANDRA_CLI_SCHEDULER_H
#define CHANDRA_CLI_SCHEDULER_H

#include "scheduler/queue.h"

#include <chandra/engine.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bell;
struct chandra_transport;
struct scheduler;

/* Told, by the scheduling thread, that an attempt has ended and the pod is where it belongs. */
typedef void (*scheduler_listener_fn)(void *user, struct queued_pod *pod);

/* Make a scheduler and its engine. `options` are the engine's but for on_event, which is the
 * scheduler's own. Pods of `scheduler_name` are scheduled, all pods if that is NULL. */
enum chandra_status scheduler_new(struct chandra_transport *transport,
                                  const struct chandra_engine_options *options,
                                  const char *scheduler_name, struct scheduler **out_scheduler,
                                  struct chandra_error *err);
/* Whether a pod is one of those that are scheduled here. */
bool scheduler_has(const struct scheduler *scheduler, const struct chandra_pod *pod);
/* Free the scheduler and its engine, after the requests that are under way; NULL is fine. */
void scheduler_free(struct scheduler *scheduler);

struct chandra_engine *scheduler_engine(struct scheduler *scheduler);
/* What the pods on each node use. Ownership: borrowed. */
const struct loads *scheduler_loads(const struct scheduler *scheduler);
/* Before the engine is started: ring `bell` when there may be something to do. */
void scheduler_set_bell(struct scheduler *scheduler, struct bell *bell);
/* Let `count` threads make the requests, for which there must be a bell. */
enum chandra_status scheduler_start_workers(struct scheduler *scheduler, size_t count,
                                            struct chandra_error *err);
void scheduler_set_listener(struct scheduler *scheduler, scheduler_listener_fn fn, void *user);
/* Write nothing: pods count as bound where they would be, or would be negotiated for. */
void scheduler_set_dry(struct scheduler *scheduler);
/* Let another policy decide too, without effect; pod->shadow then says where it differs. A
 * reference is taken; NULL: none. */
void scheduler_set_shadow(struct scheduler *scheduler, struct chandra_policy *policy);

/* Take in the events so far, then try the first pod that may be tried now; *out_pod is that pod,
 * borrowed until the next step, or NULL if there was none. */
enum chandra_status scheduler_step(struct scheduler *scheduler, const struct queued_pod **out_pod,
                                   struct chandra_error *err);

/* Take in what has happened and which attempts have ended, without trying a pod. */
enum chandra_status scheduler_take_in(struct scheduler *scheduler, struct chandra_error *err);

/* Hand each parked pod to `fn`, the one that has been longest in its place first. */
void scheduler_each_parked(struct scheduler *scheduler, scheduler_listener_fn fn, void *user);

/* When a pod may be tried next on the transport's clock, or -1; never too late, but perhaps too
 * early where gated pods have been parked for longest. With `skip_hopeless`, pods do not count
 * whose last attempt saw the cluster as it still is: it would end as it did. */
int64_t scheduler_next_ms(const struct scheduler *scheduler, bool skip_hopeless);

/* Attempts and successful bindings so far; pods that still wait. */
size_t scheduler_attempts(const struct scheduler *scheduler);
size_t scheduler_bound(const struct scheduler *scheduler);
size_t scheduler_waiting(const struct scheduler *scheduler);
/* Attempts whose requests are under way. */
size_t scheduler_in_flight(const struct scheduler *scheduler);
/* Pods in the places of the queue: active, backing off, parked without and with PreEnqueue's leave.
 */
struct scheduler_places {
    size_t active;
    size_t backing_off;
    size_t unschedulable;
    size_t gated;
};
struct scheduler_places scheduler_places(const struct scheduler *scheduler);

/* When a change of an object of this kind was last taken in, in seconds since 1970; 0: never. */
int64_t scheduler_changed_s(const struct scheduler *scheduler, enum chandra_kind kind);

/* What is known of a pod, or NULL. Borrowed until the next step. */
const struct queued_pod *scheduler_pod(const struct scheduler *scheduler, const char *name_space,
                                       const char *name);

#endif
