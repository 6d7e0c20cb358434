/* events.h - tells users what becomes of their pods: Events, and the condition PodScheduled.
 *
 * As kube-scheduler words and writes them: Scheduled and FailedScheduling, a repeated one as a
 * series, and the condition only when it says something new. Nobody waits for these writes.
 */
#ifndef CHANDRA_CLI_EVENTS_H
#define CHANDRA_CLI_EVENTS_H

#include <chandra/error.h>
#include <chandra/object.h>
#include <chandra/sys/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct events;

/* What a pod's users have been told; zeroed memory: nothing. */
struct told {
    uint64_t event;     /* number of the FailedScheduling Event, part of its name; 0: none */
    uint64_t note;      /* hash of its note */
    uint32_t count;     /* of its occurrences */
    int64_t written_ms; /* when it was last written */
    int64_t wait_ms;    /* when the wait began that was told */
    uint64_t condition; /* hash of the condition; 0: none */
    int64_t since;      /* when the condition became False */
};

/* `reporter` is the name of the scheduler, `instance` that of the process. */
enum chandra_status events_new(struct chandra_transport *transport, const char *reporter,
                               const char *instance, struct events **out_events,
                               struct chandra_error *err);

/* The pod was bound. */
void events_scheduled(struct events *events, const struct chandra_pod *pod, const char *node);
/* The pod could not be placed; `reason` is of the condition, "Unschedulable" or "SchedulerError".
 */
void events_failed(struct events *events, const struct chandra_pod *pod, struct told *told,
                   const char *reason, const char *text);

/* Let Events and conditions wait for some seconds at most, as outbox_hold(): the API server has
 * more urgent things to do. */
void events_hold(struct events *events, bool is_held);
/* Writes that are waiting or under way; those dropped or refused so far. Threads: any. */
size_t events_waiting(struct events *events);
size_t events_lost(struct events *events);
/* Write nothing more. */
void events_close(struct events *events);
/* Free; the transport must have been freed before, or have nothing under way. NULL is fine. */
void events_free(struct events *events);

#endif
