/* wake.c - moves pods between the places of the queue as events ask for it. */
#include "scheduler/gate.h"
#include "scheduler/state.h"

#include <chandra/cycle.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/transport.h>
#include <stdio.h>

enum { PARTIAL_WAIT_MS = 1000 }; /* for the other claims when some have been allocated */

void
scheduler_key(char key[SCHEDULER_KEY_SIZE], const char *name_space, const char *name)
{
    snprintf(key, SCHEDULER_KEY_SIZE, "%s/%s", name_space, name);
}

int64_t
scheduler_now_ms(const struct scheduler *scheduler)
{
    return scheduler->transport->ops->now_ms(scheduler->transport);
}

static void
set_outcome(struct scheduler *scheduler, struct queued_pod *pod, enum verdict verdict,
            const char *point, const struct chandra_answer *answer)
{
    if (!outcome_set(&pod->outcome, verdict, point, answer))
        scheduler->is_out_of_memory = true;
}

/* A pod counts on the node it was picked for, bound or still waiting for drivers, so that those
 * behind it spread over the others. */
void
scheduler_count_on(struct scheduler *scheduler, struct queued_pod *pod, const char *node,
                   bool is_promised)
{
    loads_remove(&scheduler->loads, &pod->share);
    if (!loads_add(&scheduler->loads, &pod->share, node, pod->pod, is_promised))
        scheduler->is_out_of_memory = true;
}

void
scheduler_count_off(struct scheduler *scheduler, struct queued_pod *pod)
{
    loads_remove(&scheduler->loads, &pod->share);
}

/* Into the active queue, unless PreEnqueue gates the pod. */
void
scheduler_activate(struct scheduler *scheduler, struct queued_pod *pod)
{
    struct chandra_answer answer;

    gate_pre_enqueue(scheduler->engine, pod->pod, &answer);
    pod->is_gated = answer.code != CHANDRA_CODE_SUCCESS;
    pod->is_pending = false;
    if (!pod->is_gated) {
        queue_activate(&scheduler->queue, pod);
        return;
    }
    scheduler_count_off(scheduler, pod);
    outcome_clear(&pod->outcome);
    set_outcome(scheduler, pod, VERDICT_GATED, "PreEnqueue", &answer);
    queue_park(&scheduler->queue, pod, scheduler_now_ms(scheduler));
}

/* An event concerns a parked pod. */
void
scheduler_requeue(struct scheduler *scheduler, struct queued_pod *pod)
{
    if (pod->is_pending || pod->due_ms <= scheduler_now_ms(scheduler))
        scheduler_activate(scheduler, pod);
    else
        queue_back_off(&scheduler->queue, pod, pod->due_ms);
}

static bool
is_allocated(const struct scheduler *scheduler, const struct chandra_pod *pod, size_t index)
{
    const char *name = chandra_pod_claim_name(pod, index);
    const char *name_space = chandra_object_namespace(chandra_pod_object(pod));
    struct chandra_object *claim;
    bool is_so;

    if (!name)
        return true; /* nothing to wait for */
    claim = chandra_engine_get(scheduler->engine, CHANDRA_KIND_CLAIM, name_space, name);
    is_so = claim && chandra_claim_is_allocated(chandra_object_claim(claim));
    chandra_object_unref(claim);
    return is_so;
}

static bool
has_all_allocated(const struct scheduler *scheduler, const struct chandra_pod *pod)
{
    for (size_t i = 0; i < chandra_pod_claim_count(pod); i++)
        if (!is_allocated(scheduler, pod, i))
            return false;
    return true;
}

/* Whether the context that the last attempt made has not come into the cache yet. */
static bool
is_unseen(const struct scheduler *scheduler, const struct queued_pod *pod)
{
    const struct chandra_object *object = chandra_pod_object(pod->pod);
    struct chandra_object *context;

    if (pod->outcome.point != chandra_point_name(CHANDRA_POINT_PRE_BIND))
        return false;
    context = chandra_engine_get(scheduler->engine, CHANDRA_KIND_CONTEXT,
                                 chandra_object_namespace(object), chandra_object_name(object));
    chandra_object_unref(context);
    return context == NULL;
}

/* A pending pod goes on at once, with two exceptions, which wait a moment for what they lack. Where
 * some claims have been allocated and others not, an attempt would only give the first back; and
 * before its context has been seen it would make it again. */
void
scheduler_resume(struct scheduler *scheduler, struct queued_pod *pod, enum pod_wake wake)
{
    if (!pod->is_pending || has_all_allocated(scheduler, pod->pod)) {
        scheduler_requeue(scheduler, pod);
        return;
    }
    if (wake == WAKE_AT_ONCE && !is_unseen(scheduler, pod)) {
        scheduler_requeue(scheduler, pod);
        return;
    }
    pod->wake = pod->wake < wake ? wake : pod->wake;
    if (pod->place != POD_BACKING_OFF)
        queue_back_off(&scheduler->queue, pod, scheduler_now_ms(scheduler) + PARTIAL_WAIT_MS);
}

static enum pod_wake
wake_of(const struct inbox_event *event)
{
    const struct chandra_claim *claim = chandra_object_claim(event->new_object);

    return claim && chandra_claim_is_allocated(claim) ? WAKE_BY_ALLOCATION : WAKE_AT_ONCE;
}

static bool
waits_for_events(const struct queued_pod *pod)
{
    return pod->is_in_flight || pod->place == POD_PARKED ||
           (pod->is_pending && pod->place == POD_BACKING_OFF);
}

void
scheduler_wake(struct scheduler *scheduler, struct queued_pod *pod, const struct inbox_event *event)
{
    const enum pod_wake how = wake_of(event);
    struct chandra_answer answer;

    if (!waits_for_events(pod))
        return;
    chandra_engine_hint(scheduler->engine, pod->pod, event->kind, event->old_object,
                        event->new_object, &answer);
    if (answer.code == CHANDRA_CODE_QUEUE_SKIP)
        return;
    if (!pod->is_in_flight)
        scheduler_resume(scheduler, pod, how);
    else if (pod->wake < how)
        pod->wake = how;
}

/* Gated pods are left out: nodes and classes do not open the gate. */
void
scheduler_wake_all(struct scheduler *scheduler, const struct inbox_event *event)
{
    struct queued_pod *next;

    scheduler->rounds++;
    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = next) {
        next = pod->next;
        if (!pod->is_gated)
            scheduler_wake(scheduler, pod, event);
    }
}

/* A pod has left its node: those that found no room may find it there. */
void
scheduler_wake_unfit(struct scheduler *scheduler)
{
    struct queued_pod *next;

    scheduler->rounds++;
    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = next) {
        next = pod->next;
        if (!pod->is_gated && pod->outcome.is_unfit)
            scheduler_requeue(scheduler, pod);
    }
}

void
scheduler_wake_users(struct scheduler *scheduler, const struct inbox_event *event)
{
    const struct chandra_object *claim = event->new_object ? event->new_object : event->old_object;
    size_t count;
    struct queued_pod *const *pods = users_of(&scheduler->users, claim, &count);

    for (size_t i = 0; i < count; i++)
        scheduler_wake(scheduler, pods[i], event);
}
