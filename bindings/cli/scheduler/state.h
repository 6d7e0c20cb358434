/* state.h - the scheduler from the inside, shared by its files. */
#ifndef CHANDRA_CLI_SCHEDULER_STATE_H
#define CHANDRA_CLI_SCHEDULER_STATE_H

#include "map.h"
#include "scheduler/attempt.h"
#include "scheduler/inbox.h"
#include "scheduler/scheduler.h"
#include "scheduler/users.h"
#include "scheduler/workers.h"

enum { SCHEDULER_KEY_SIZE = 520 }; /* of "NAMESPACE/NAME" */

struct scheduler {
    struct chandra_transport *transport;
    struct chandra_engine *engine;
    const char *scheduler_name;
    struct inbox *inbox;
    struct queue queue;
    struct map pods;    /* "NS/NAME" to struct queued_pod */
    struct users users; /* of claims: the unbound pods */
    struct loads loads;
    struct attempt_tools tools;
    struct attempt_tools shadow_tools;
    struct bell *bell;       /* or NULL */
    struct workers *workers; /* or NULL */
    size_t max_in_flight;
    size_t in_flight;
    scheduler_listener_fn listener; /* or NULL */
    void *listener_user;
    uint64_t events;                       /* taken in so far */
    uint64_t changes;                      /* of them, those that are no answer in a negotiation */
    int64_t changed_s[CHANDRA_KIND_COUNT]; /* see scheduler_changed_s() */
    uint64_t rounds;                       /* times that all parked pods were woken */
    size_t attempts;
    size_t bound; /* by this scheduler */
    size_t waiting;
    bool is_out_of_memory; /* something could not be noted */
};

/* scheduler_wake.c: moves between the places of the queue. */

/* Write "NAMESPACE/NAME". */
void scheduler_key(char key[SCHEDULER_KEY_SIZE], const char *name_space, const char *name);
int64_t scheduler_now_ms(const struct scheduler *scheduler);
/* Count a pod on a node, also where it counted before; promised: its drivers have still to answer.
 */
void scheduler_count_on(struct scheduler *scheduler, struct queued_pod *pod, const char *node,
                        bool is_promised);
void scheduler_count_off(struct scheduler *scheduler, struct queued_pod *pod);
/* Into the active queue, unless PreEnqueue gates the pod. */
void scheduler_activate(struct scheduler *scheduler, struct queued_pod *pod);
/* An event concerns a parked pod: into the active queue, or to the end of its back-off. */
void scheduler_requeue(struct scheduler *scheduler, struct queued_pod *pod);
/* The same for a pod that may be waiting for its drivers. */
void scheduler_resume(struct scheduler *scheduler, struct queued_pod *pod, enum pod_wake wake);
/* Ask the hint of an event whether it concerns the pod. */
void scheduler_wake(struct scheduler *scheduler, struct queued_pod *pod,
                    const struct inbox_event *event);
/* All parked pods; those that found no room; those that use the claim. */
void scheduler_wake_all(struct scheduler *scheduler, const struct inbox_event *event);
void scheduler_wake_unfit(struct scheduler *scheduler);
void scheduler_wake_users(struct scheduler *scheduler, const struct inbox_event *event);

/* scheduler_pods.c: pods and events. */

/* The pod is bound to the node. */
void scheduler_set_bound(struct scheduler *scheduler, struct queued_pod *pod, const char *node);
/* Whether the pod is ours to place. */
bool scheduler_wants(const struct scheduler *scheduler, const struct chandra_pod *pod);
void scheduler_free_pod(void *value);
/* Take in what has come so far. */
void scheduler_take_events(struct scheduler *scheduler);

#endif
