/* scheduler.c - moves pods between the queue's places by attempts, events and time. */
#include "scheduler.h"

#include "attempt.h"
#include "change.h"
#include "inbox.h"
#include "map.h"
#include "users.h"

#include <chandra/cycle.h>
#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>

enum {
    FIRST_BACKOFF_MS = 1000,
    MAX_BACKOFF_MS = 10000,
    FLUSH_MS = 5 * 60 * 1000, /* a parked pod is tried again without any event */
    KEY_SIZE = 520,           /* of "NAMESPACE/NAME" */
};

struct scheduler {
    struct chandra_transport *transport;
    struct chandra_engine *engine;
    const char *scheduler_name;
    struct inbox *inbox;
    struct queue queue;
    struct map pods;    /* "NS/NAME" to struct queued_pod */
    struct users users; /* of claims: the unbound pods */
    struct map loads;   /* node name to struct node_load */
    struct attempt_tools tools;
    uint64_t events; /* taken in so far */
    size_t attempts;
    size_t bound; /* by this scheduler */
    size_t waiting;
    bool is_out_of_memory; /* something could not be noted */
};

static void
make_key(char key[KEY_SIZE], const char *name_space, const char *name)
{
    snprintf(key, KEY_SIZE, "%s/%s", name_space, name);
}

static int64_t
now_ms(const struct scheduler *scheduler)
{
    return scheduler->transport->ops->now_ms(scheduler->transport);
}

/* Moves between the places of the queue. */

static void
set_outcome(struct scheduler *scheduler, struct queued_pod *pod, enum verdict verdict,
            const char *point, const struct chandra_answer *answer)
{
    if (!outcome_set(&pod->outcome, verdict, point, answer))
        scheduler->is_out_of_memory = true;
}

static void
change_load(struct scheduler *scheduler, const char *node, int by)
{
    struct node_load *load = map_get(&scheduler->loads, node);

    if (!load) {
        load = chandra_realloc(NULL, sizeof(*load));
        if (!load || !map_set(&scheduler->loads, node, load)) {
            chandra_free(load);
            scheduler->is_out_of_memory = true;
            return;
        }
        *load = (struct node_load){0};
    }
    load->pods += (uint32_t)by;
}

/* A pod counts on the node it was picked for, bound or still waiting for drivers, so that those
 * behind it spread over the others. */
static void
count_on(struct scheduler *scheduler, struct queued_pod *pod, const char *node)
{
    pod->counted_on = node;
    change_load(scheduler, node, 1);
}

static void
count_off(struct scheduler *scheduler, struct queued_pod *pod)
{
    if (pod->counted_on)
        change_load(scheduler, pod->counted_on, -1);
    pod->counted_on = NULL;
}

/* Into the active queue, unless PreEnqueue gates the pod. */
static void
activate(struct scheduler *scheduler, struct queued_pod *pod)
{
    struct chandra_answer answer;

    chandra_engine_pre_enqueue(scheduler->engine, pod->pod, &answer);
    pod->is_gated = answer.code != CHANDRA_CODE_SUCCESS;
    pod->is_pending = false;
    if (!pod->is_gated) {
        queue_activate(&scheduler->queue, pod);
        return;
    }
    count_off(scheduler, pod);
    outcome_clear(&pod->outcome);
    set_outcome(scheduler, pod, VERDICT_GATED, "PreEnqueue", &answer);
    queue_park(&scheduler->queue, pod, now_ms(scheduler));
}

/* An event concerns a parked pod. */
static void
requeue(struct scheduler *scheduler, struct queued_pod *pod)
{
    if (pod->is_pending || pod->due_ms <= now_ms(scheduler))
        activate(scheduler, pod);
    else
        queue_back_off(&scheduler->queue, pod, pod->due_ms);
}

static void
wake(struct scheduler *scheduler, struct queued_pod *pod, const struct inbox_event *event)
{
    struct chandra_answer answer;

    if (pod->place != POD_PARKED)
        return;
    chandra_engine_hint(scheduler->engine, pod->pod, event->kind, event->old_object,
                        event->new_object, &answer);
    if (answer.code != CHANDRA_CODE_QUEUE_SKIP)
        requeue(scheduler, pod);
}

/* Gated pods are left out: nodes and classes do not open the gate. */
static void
wake_all(struct scheduler *scheduler, const struct inbox_event *event)
{
    struct queued_pod *next;

    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = next) {
        next = pod->next;
        if (!pod->is_gated)
            wake(scheduler, pod, event);
    }
}

static void
wake_users(struct scheduler *scheduler, const struct inbox_event *event)
{
    const struct chandra_object *claim = event->new_object ? event->new_object : event->old_object;
    size_t count;
    struct queued_pod *const *pods = users_of(&scheduler->users, claim, &count);

    for (size_t i = 0; i < count; i++)
        wake(scheduler, pods[i], event);
}

/* Pods. */

static void
add_users(struct scheduler *scheduler, struct queued_pod *pod)
{
    if (!users_add(&scheduler->users, pod))
        scheduler->is_out_of_memory = true;
}

static void
set_bound(struct scheduler *scheduler, struct queued_pod *pod, const char *node)
{
    if (pod->is_bound)
        return;
    pod->is_bound = true;
    queue_remove(&scheduler->queue, pod);
    users_remove(&scheduler->users, pod);
    count_off(scheduler, pod);
    if (outcome_set_node(&pod->outcome, node))
        count_on(scheduler, pod, pod->outcome.node);
    else
        scheduler->is_out_of_memory = true;
    scheduler->waiting--;
}

static bool
is_wanted(const struct scheduler *scheduler, const struct chandra_pod *pod)
{
    const char *phase = chandra_pod_phase(pod);

    return !chandra_object_is_deleting(chandra_pod_object(pod)) &&
           strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0 &&
           (!scheduler->scheduler_name ||
            strcmp(chandra_pod_scheduler_name(pod), scheduler->scheduler_name) == 0);
}

static void
free_pod(void *value)
{
    struct queued_pod *pod = value;

    outcome_clear(&pod->outcome);
    refusals_clear(&pod->refusals);
    chandra_object_unref(chandra_pod_object(pod->pod));
    chandra_free(pod);
}

static void
remove_pod(struct scheduler *scheduler, struct queued_pod *pod, const char *key)
{
    queue_remove(&scheduler->queue, pod);
    count_off(scheduler, pod);
    if (!pod->is_bound) {
        users_remove(&scheduler->users, pod);
        scheduler->waiting--;
    }
    map_remove(&scheduler->pods, key);
    free_pod(pod);
}

static void
add_pod(struct scheduler *scheduler, const struct chandra_pod *object, const char *key)
{
    struct queued_pod *pod;
    const char *node = chandra_pod_node_name(object);

    if (!*node && !is_wanted(scheduler, object))
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
        set_bound(scheduler, pod, node);
    else
        activate(scheduler, pod);
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
        if (*chandra_pod_node_name(object))
            set_bound(scheduler, pod, chandra_pod_node_name(object));
        else if (!is_wanted(scheduler, object))
            queue_remove(&scheduler->queue, pod);
        else if (place == POD_ACTIVE || place == POD_NOWHERE)
            activate(scheduler, pod);
        else if (place == POD_PARKED && change_is_worth_a_try(before, object))
            requeue(scheduler, pod);
    }
    chandra_object_unref(chandra_pod_object(before));
}

static void
take_pod(struct scheduler *scheduler, const struct inbox_event *event)
{
    const struct chandra_object *object = event->new_object ? event->new_object : event->old_object;
    char key[KEY_SIZE];
    struct queued_pod *pod;

    make_key(key, chandra_object_namespace(object), chandra_object_name(object));
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
    char key[KEY_SIZE];
    struct queued_pod *pod;

    make_key(key, chandra_object_namespace(object), chandra_object_name(object));
    pod = map_get(&scheduler->pods, key);
    if (pod)
        wake(scheduler, pod, event);
}

/* A node came, went or has other labels; its heartbeats are no reason to try again. */
static bool
is_node_change(const struct inbox_event *event)
{
    return event->kind == CHANDRA_KIND_NODE &&
           !(event->old_object && event->new_object &&
             change_same_labels(event->old_object, event->new_object));
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

static void
take_event(struct scheduler *scheduler, const struct inbox_event *event)
{
    scheduler->events++;
    if (makes_room(event))
        scheduler->tools.epoch++;
    switch (event->kind) {
    case CHANDRA_KIND_POD:
        take_pod(scheduler, event);
        break;
    case CHANDRA_KIND_CLAIM:
        wake_users(scheduler, event);
        break;
    case CHANDRA_KIND_CONTEXT:
        take_context(scheduler, event);
        break;
    case CHANDRA_KIND_NODE:
        if (is_node_change(event))
            wake_all(scheduler, event);
        break;
    case CHANDRA_KIND_CLASS:
        wake_all(scheduler, event);
        break;
    case CHANDRA_KIND_COUNT:
        break;
    }
}

static void
take_events(struct scheduler *scheduler)
{
    struct inbox_event event;

    while (inbox_take(scheduler->inbox, &event)) {
        take_event(scheduler, &event);
        inbox_release(&event);
    }
}

/* Time and attempts. */

static void
end_backoffs(struct scheduler *scheduler)
{
    const int64_t now = now_ms(scheduler);
    struct queued_pod *pod;

    while ((pod = queue_next_due(&scheduler->queue)) && pod->due_ms <= now)
        activate(scheduler, pod);
}

static void
flush_parked(struct scheduler *scheduler)
{
    const int64_t now = now_ms(scheduler);
    struct queued_pod *next;

    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = next) {
        if (pod->parked_ms + FLUSH_MS > now)
            break;
        next = pod->next;
        if (!pod->is_gated)
            requeue(scheduler, pod);
    }
}

static int64_t
backoff_ms(uint32_t attempts)
{
    int64_t backoff = FIRST_BACKOFF_MS;

    while (attempts-- > 1 && backoff < MAX_BACKOFF_MS)
        backoff *= 2;
    return backoff < MAX_BACKOFF_MS ? backoff : MAX_BACKOFF_MS;
}

static void
put_back(struct scheduler *scheduler, struct queued_pod *pod)
{
    const int64_t now = now_ms(scheduler);

    pod->due_ms = now + backoff_ms(pod->attempts);
    pod->is_pending = pod->outcome.verdict == VERDICT_PENDING;
    switch (pod->outcome.verdict) {
    case VERDICT_BOUND:
        set_bound(scheduler, pod, pod->outcome.node);
        scheduler->bound++;
        break;
    case VERDICT_PENDING:
        count_on(scheduler, pod, pod->outcome.node);
        queue_park(&scheduler->queue, pod, now);
        break;
    case VERDICT_REJECTED:
        queue_park(&scheduler->queue, pod, now);
        break;
    default:
        queue_back_off(&scheduler->queue, pod, pod->due_ms);
        break;
    }
}

enum chandra_status
scheduler_step(struct scheduler *scheduler, const struct queued_pod **out_pod,
               struct chandra_error *err)
{
    struct queued_pod *pod;
    enum chandra_status st;

    take_events(scheduler);
    end_backoffs(scheduler);
    flush_parked(scheduler);
    if (scheduler->is_out_of_memory || inbox_has_lost(scheduler->inbox))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    pod = queue_pop(&scheduler->queue);
    *out_pod = pod;
    if (!pod)
        return CHANDRA_OK;
    count_off(scheduler, pod);
    pod->attempts++;
    pod->seen = scheduler->events;
    scheduler->attempts++;
    st = attempt_run(&scheduler->tools, pod->pod, &pod->refusals, &pod->outcome, err);
    put_back(scheduler, pod);
    return st;
}

/* An attempt that failed on the way to the API server may go better without any event. */
static bool
is_hopeless(const struct scheduler *scheduler, const struct queued_pod *pod)
{
    return pod->seen == scheduler->events && pod->attempts > 0 &&
           pod->outcome.status != CHANDRA_ETRANSIENT && pod->outcome.status != CHANDRA_ETHROTTLED &&
           pod->outcome.status != CHANDRA_EAPI;
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < 0 || b < a ? b : a;
}

int64_t
scheduler_next_ms(const struct scheduler *scheduler, bool skip_hopeless)
{
    const struct queue_heap *heap = &scheduler->queue.backing_off;
    int64_t next = -1;

    if (scheduler->queue.active.count > 0)
        return now_ms(scheduler);
    for (size_t i = 0; i < heap->count; i++)
        if (!skip_hopeless || !is_hopeless(scheduler, heap->items[i]))
            next = earlier(next, heap->items[i]->due_ms);
    for (const struct queued_pod *pod = scheduler->queue.parked; pod; pod = pod->next)
        if (!pod->is_gated && (!skip_hopeless || !is_hopeless(scheduler, pod)))
            return earlier(next, pod->parked_ms + FLUSH_MS);
    return next;
}

/* Life. */

static void
on_event(void *user, const struct chandra_object *old_object,
         const struct chandra_object *new_object)
{
    struct scheduler *scheduler = user;

    inbox_put(scheduler->inbox, old_object, new_object);
}

enum chandra_status
scheduler_new(struct chandra_transport *transport, const struct chandra_engine_options *options,
              const char *scheduler_name, struct scheduler **out_scheduler,
              struct chandra_error *err)
{
    struct scheduler *scheduler = chandra_realloc(NULL, sizeof(*scheduler));
    struct chandra_engine_options engine_options = *options;
    enum chandra_status st;

    if (!scheduler)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    *scheduler = (struct scheduler){.transport = transport, .scheduler_name = scheduler_name};
    engine_options.on_event = on_event;
    engine_options.on_event_user = scheduler;
    st = inbox_new(&scheduler->inbox, err);
    if (st == CHANDRA_OK)
        st = chandra_engine_new(transport, &engine_options, &scheduler->engine, err);
    if (st != CHANDRA_OK) {
        scheduler_free(scheduler);
        return st;
    }
    scheduler->tools.engine = scheduler->engine;
    scheduler->tools.transport = transport;
    scheduler->tools.loads = &scheduler->loads;
    *out_scheduler = scheduler;
    return CHANDRA_OK;
}

void
scheduler_free(struct scheduler *scheduler)
{
    if (!scheduler)
        return;
    chandra_engine_free(scheduler->engine); /* first, as events come from it */
    attempt_tools_clear(&scheduler->tools);
    queue_clear(&scheduler->queue);
    map_clear(&scheduler->pods, free_pod);
    users_clear(&scheduler->users);
    map_clear(&scheduler->loads, chandra_free);
    inbox_free(scheduler->inbox);
    chandra_free(scheduler);
}

struct chandra_engine *
scheduler_engine(struct scheduler *scheduler)
{
    return scheduler->engine;
}

size_t
scheduler_attempts(const struct scheduler *scheduler)
{
    return scheduler->attempts;
}

size_t
scheduler_bound(const struct scheduler *scheduler)
{
    return scheduler->bound;
}

size_t
scheduler_waiting(const struct scheduler *scheduler)
{
    return scheduler->waiting;
}

const struct queued_pod *
scheduler_pod(const struct scheduler *scheduler, const char *name_space, const char *name)
{
    char key[KEY_SIZE];

    make_key(key, name_space, name);
    return map_get(&scheduler->pods, key);
}
