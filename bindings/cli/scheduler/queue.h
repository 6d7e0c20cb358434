/* queue.h - the scheduling queue: pods that may be tried, that back off, and that wait for an
 * event.
 *
 * As kube-scheduler's: an active heap by priority and age, a back-off heap by time, and a list of
 * parked pods in the order of parking. A pod is in one of them, or in none while it is tried.
 */
#ifndef CHANDRA_CLI_QUEUE_H
#define CHANDRA_CLI_QUEUE_H

#include "schedule/events.h"
#include "scheduler/loads.h"
#include "scheduler/outcome.h"
#include "scheduler/refusals.h"
#include "scheduler/shadow.h"

#include <chandra/object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Why a pod should go on that is being tried. */
enum pod_wake { WAKE_NOT, WAKE_BY_ALLOCATION, WAKE_AT_ONCE };

enum pod_place { POD_NOWHERE, POD_ACTIVE, POD_BACKING_OFF, POD_PARKED };

struct queued_pod {
    const struct chandra_pod *pod; /* as last heard of; a reference */
    enum pod_place place;
    bool is_gated;      /* PreEnqueue keeps it from the active queue */
    bool is_pending;    /* it waits for a driver: an event wakes it without back-off */
    bool is_bound;      /* done, unless the pod comes again under another uid */
    bool is_in_flight;  /* an attempt is under way: the pod is in no place */
    bool is_gone;       /* deleted while an attempt was under way */
    enum pod_wake wake; /* what happened meanwhile */
    struct share share; /* in the load of the node that it is on, or was picked for */
    uint32_t attempts;
    struct timespec tried;       /* when the last attempt began, by the machine's clock */
    int64_t due_ms;              /* end of its back-off */
    int64_t parked_ms;           /* when it was parked */
    int64_t bound_ms;            /* when it was bound */
    uint64_t events_seen;        /* number of events taken in before its last attempt */
    uint64_t changes_seen;       /* the same but for contexts */
    uint64_t rounds_seen;        /* number of times that all parked pods had been woken before */
    uint64_t order;              /* of entering a heap */
    size_t index;                /* in the heap */
    struct queued_pod *previous; /* in the list */
    struct queued_pod *next;
    struct told told;
    struct refusals refusals;
    struct outcome outcome;     /* of the last attempt */
    struct shadow_note *shadow; /* of the attempt that has just ended, for the listener, or NULL */
};

struct queue_heap {
    struct queued_pod **items;
    size_t count;
    size_t capacity;
};

/* Zeroed memory is an empty queue. */
struct queue {
    struct queue_heap active;
    struct queue_heap backing_off;
    struct queued_pod *parked; /* first */
    struct queued_pod *last_parked;
    uint64_t order;
};

/* Make room for `count` pods in all, so that moving one never fails. False: out of memory. */
bool queue_reserve(struct queue *queue, size_t count);
/* Free the queue's memory; pods are the caller's. */
void queue_clear(struct queue *queue);

/* Take a pod out, wherever it is. */
void queue_remove(struct queue *queue, struct queued_pod *pod);
/* Move a pod, wherever it is. */
void queue_activate(struct queue *queue, struct queued_pod *pod);
void queue_back_off(struct queue *queue, struct queued_pod *pod, int64_t due_ms);
void queue_park(struct queue *queue, struct queued_pod *pod, int64_t now_ms);

/* Take the first active pod out, or NULL. */
struct queued_pod *queue_pop(struct queue *queue);
/* The pod whose back-off ends first, or NULL; it stays. */
struct queued_pod *queue_next_due(const struct queue *queue);

#endif
