/* pods.c - keeps the pods, and takes in what happens to them and to the cluster. */
#include "scheduler/state.h"

#include "scheduler/change.h"
#include "scheduler/fit.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/transport.h>
#include <string.h>

static void
add_users(struct scheduler *scheduler, struct queued_pod *pod)
{
    if (!users_add(&scheduler->users, pod))
        scheduler->is_out_of_memory = true;
}

void
scheduler_set_bound(struct scheduler *scheduler, struct queued_pod *pod, const char *node)
{
    if (pod->is_bound)
        return;
    pod->is_bound = true;
    pod->bound_ms = scheduler_now_ms(scheduler);
    queue_remove(&scheduler->queue, pod);
    users_remove(&scheduler->users, pod);
    scheduler_count_on(scheduler, pod, node, false);
    if (!outcome_set_node(&pod->outcome, node))
        scheduler->is_out_of_memory = true;
    scheduler->waiting--;
}

/* Its containers have ended for good. */
static bool
is_finished(const struct chandra_pod *pod)
{
    const char *phase = chandra_pod_phase(pod);

    return strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
}

bool
scheduler_has(const struct scheduler *scheduler, const struct chandra_pod *pod)
{
    return !scheduler->scheduler_name ||
           strcmp(chandra_pod_scheduler_name(pod), scheduler->scheduler_name) == 0;
}

bool
scheduler_wants(const struct scheduler *scheduler, const struct chandra_pod *pod)
{
    return !chandra_object_is_deleting(chandra_pod_object(pod)) && !is_finished(pod) &&
           scheduler_has(scheduler, pod);
}

void
scheduler_free_pod(void *value)
{
    struct queued_pod *pod = value;

    chandra_object_unref(pod->share.load ? chandra_pod_object(pod->share.pod) : NULL);
    outcome_clear(&pod->outcome);
    refusals_clear(&pod->refusals);
    shadow_note_free(pod->shadow);
    chandra_object_unref(chandra_pod_object(pod->pod));
    chandra_free(pod);
}

static void
remove_pod(struct scheduler *scheduler, struct queued_pod *pod, const char *key)
{
    const bool had_room = pod->share.load != NULL;

    queue_remove(&scheduler->queue, pod);
    scheduler_count_off(scheduler, pod);
    if (!pod->is_bound) {
        users_remove(&scheduler->users, pod);
        scheduler->waiting--;
    }
    map_remove(&scheduler->pods, key);
    if (pod->is_in_flight)
        pod->is_gone = true;
    else
        scheduler_free_pod(pod);
    if (had_room)
        scheduler_wake_unfit(scheduler);
}

static void
add_pod(struct scheduler *scheduler, const struct chandra_pod *object, const char *key)
{
    struct queued_pod *pod;
    const char *node = chandra_pod_node_name(object);

    if (*node ? is_finished(object) : !scheduler_wants(scheduler, object))
        return;
    pod = chandra_realloc(NULL, sizeof(*pod));
    if (!pod || !queue_reserve(&scheduler->queue, scheduler->pods.count + 1) ||
        !map_set(&scheduler->pods, key, pod)) {
        chandra_free(pod);
        scheduler->is_out_of_memory = true;
        return;
    }
    chandra_object_ref(chandra_pod_object(object));
    *pod = (struct queued_pod){.pod = object};
    scheduler->waiting++;
    add_users(scheduler, pod);
    if (*node)
        scheduler_set_bound(scheduler, pod, node);
    else
        scheduler_activate(scheduler, pod);
}

/* A pod that is not bound was changed. */
static void
update_waiting(struct scheduler *scheduler, struct queued_pod *pod, enum pod_place place,
               const struct chandra_pod *before)
{
    const bool is_news = change_is_worth_a_try(before, pod->pod);

    if (*chandra_pod_node_name(pod->pod))
        scheduler_set_bound(scheduler, pod, chandra_pod_node_name(pod->pod));
    else if (pod->is_in_flight)
        pod->wake = is_news ? WAKE_AT_ONCE : pod->wake;
    else if (!scheduler_wants(scheduler, pod->pod))
        queue_remove(&scheduler->queue, pod);
    else if (place == POD_ACTIVE || place == POD_NOWHERE)
        scheduler_activate(scheduler, pod);
    else if (place == POD_PARKED && is_news)
        scheduler_requeue(scheduler, pod);
}

static void
update_pod(struct scheduler *scheduler, struct queued_pod *pod, const struct chandra_pod *object)
{
    const struct chandra_pod *before = pod->pod;
    const enum pod_place place = pod->place;

    /* Out of heap and index first, as their order hangs on what may change. */
    if (place == POD_ACTIVE)
        queue_remove(&scheduler->queue, pod);
    if (!pod->is_bound)
        users_remove(&scheduler->users, pod);
    chandra_object_ref(chandra_pod_object(object));
    pod->pod = object;
    if (!pod->is_bound) {
        add_users(scheduler, pod);
        update_waiting(scheduler, pod, place, before);
    }
    if (pod->share.load && is_finished(object)) {
        scheduler_count_off(scheduler, pod);
        scheduler_wake_unfit(scheduler);
    }
    chandra_object_unref(chandra_pod_object(before));
}

static void
take_pod(struct scheduler *scheduler, const struct inbox_event *event)
{
    const struct chandra_object *object = event->new_object ? event->new_object : event->old_object;
    char key[SCHEDULER_KEY_SIZE];
    struct queued_pod *pod;

    scheduler_key(key, chandra_object_namespace(object), chandra_object_name(object));
    pod = map_get(&scheduler->pods, key);
    if (pod && (!event->new_object || strcmp(chandra_object_uid(chandra_pod_object(pod->pod)),
                                             chandra_object_uid(object)) != 0)) {
        remove_pod(scheduler, pod, key);
        pod = NULL;
    }
    if (!event->new_object)
        return;
    if (pod)
        update_pod(scheduler, pod, chandra_object_pod(object));
    else
        add_pod(scheduler, chandra_object_pod(object), key);
}

static void
take_context(struct scheduler *scheduler, const struct inbox_event *event)
{
    const struct chandra_object *object = event->new_object ? event->new_object : event->old_object;
    char key[SCHEDULER_KEY_SIZE];
    struct queued_pod *pod;

    scheduler_key(key, chandra_object_namespace(object), chandra_object_name(object));
    pod = map_get(&scheduler->pods, key);
    if (!pod)
        return;
    scheduler_wake(scheduler, pod, event);
    /* It was woken before, but for the context that is here now. */
    if (!event->old_object && pod->place == POD_BACKING_OFF && pod->is_pending &&
        pod->wake != WAKE_NOT)
        scheduler_resume(scheduler, pod, pod->wake);
}

/* A node came, went or changed so that it matters; its heartbeats are no reason to try again. */
static bool
is_node_change(const struct inbox_event *event)
{
    return event->kind == CHANDRA_KIND_NODE &&
           (!event->new_object || fit_may_improve(chandra_object_node(event->old_object),
                                                  chandra_object_node(event->new_object)));
}

/* Whether drivers may have room now that they had not before. */
static bool
makes_room(const struct inbox_event *event)
{
    const struct chandra_claim *before = chandra_object_claim(event->old_object);
    const struct chandra_claim *now = chandra_object_claim(event->new_object);

    if (event->kind == CHANDRA_KIND_CLAIM)
        return before && chandra_claim_is_allocated(before) &&
               !(now && chandra_claim_is_allocated(now));
    return event->kind == CHANDRA_KIND_CLASS || is_node_change(event);
}

/* The pods that a claim was taken from have been where it was: for them there is nothing new there,
 * and what they have heard of other nodes stays true. */
static void
note_room(struct scheduler *scheduler, const struct inbox_event *event)
{
    const uint64_t before = scheduler->tools.epoch++;
    struct queued_pod *const *pods;
    size_t count = 0;

    if (event->kind != CHANDRA_KIND_CLAIM)
        return;
    pods = users_of(&scheduler->users, event->old_object, &count);
    for (size_t i = 0; i < count; i++)
        if (pods[i]->refusals.epoch == before)
            pods[i]->refusals.epoch = scheduler->tools.epoch;
}

static void
take_event(struct scheduler *scheduler, const struct inbox_event *event)
{
    scheduler->events++;
    scheduler->changed_s[event->kind] = scheduler->transport->ops->wall_time(scheduler->transport);
    if (event->kind != CHANDRA_KIND_CONTEXT)
        scheduler->changes++;
    if (makes_room(event))
        note_room(scheduler, event);
    switch (event->kind) {
    case CHANDRA_KIND_POD:
        take_pod(scheduler, event);
        break;
    case CHANDRA_KIND_CLAIM:
        scheduler_wake_users(scheduler, event);
        break;
    case CHANDRA_KIND_CONTEXT:
        take_context(scheduler, event);
        break;
    case CHANDRA_KIND_NODE:
        if (is_node_change(event))
            scheduler_wake_all(scheduler, event);
        break;
    case CHANDRA_KIND_CLASS:
        scheduler_wake_all(scheduler, event);
        break;
    case CHANDRA_KIND_COUNT:
        break;
    }
}

void
scheduler_take_events(struct scheduler *scheduler)
{
    struct inbox_event event;

    while (inbox_take(scheduler->inbox, &event)) {
        take_event(scheduler, &event);
        inbox_release(&event);
    }
}
