/* scheduler.c - moves pods between the queue's places by attempts, events and time. */
#include "scheduler.h"

#include "attempt.h"
#include "change.h"
#include "fit.h"
#include "inbox.h"
#include "map.h"
#include "users.h"
#include "workers.h"

#include <chandra/cycle.h>
#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>

enum {
    FIRST_BACKOFF_MS = 1000,
    MAX_BACKOFF_MS = 10000,
    PARTIAL_WAIT_MS = 1000,   /* for the other claims when some have been allocated */
    ATTEMPTS_PER_WORKER = 4,  /* under way or waiting for a worker */
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
    struct loads loads;
    struct attempt_tools tools;
    struct bell *bell;       /* or NULL */
    struct workers *workers; /* or NULL */
    size_t max_in_flight;
    size_t in_flight;
    scheduler_listener_fn listener; /* or NULL */
    void *listener_user;
    uint64_t events;  /* taken in so far */
    uint64_t changes; /* of them, those that are no answer in a negotiation */
    struct scheduler_changes by_kind[CHANDRA_KIND_COUNT];
    uint64_t rounds; /* times that all parked pods were woken */
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

/* A pod counts on the node it was picked for, bound or still waiting for drivers, so that those
 * behind it spread over the others. */
static void
count_on(struct scheduler *scheduler, struct queued_pod *pod, const char *node, bool is_promised)
{
    loads_remove(&scheduler->loads, &pod->share);
    if (!loads_add(&scheduler->loads, &pod->share, node, pod->pod, is_promised))
        scheduler->is_out_of_memory = true;
}

static void
count_off(struct scheduler *scheduler, struct queued_pod *pod)
{
    loads_remove(&scheduler->loads, &pod->share);
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

/* A pending pod goes on at once. Where some of its claims have been allocated and others not, an
 * attempt would only give the first back, so that it waits a moment for all. */
static void
resume(struct scheduler *scheduler, struct queued_pod *pod, enum pod_wake wake)
{
    if (pod->is_pending && wake == WAKE_BY_ALLOCATION && !has_all_allocated(scheduler, pod->pod))
        queue_back_off(&scheduler->queue, pod, now_ms(scheduler) + PARTIAL_WAIT_MS);
    else
        requeue(scheduler, pod);
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

static void
wake(struct scheduler *scheduler, struct queued_pod *pod, const struct inbox_event *event)
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
        resume(scheduler, pod, how);
    else if (pod->wake < how)
        pod->wake = how;
}

/* Gated pods are left out: nodes and classes do not open the gate. */
static void
wake_all(struct scheduler *scheduler, const struct inbox_event *event)
{
    struct queued_pod *next;

    scheduler->rounds++;
    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = next) {
        next = pod->next;
        if (!pod->is_gated)
            wake(scheduler, pod, event);
    }
}

/* A pod has left its node: those that found no room may find it there. */
static void
wake_unfit(struct scheduler *scheduler)
{
    struct queued_pod *next;

    scheduler->rounds++;
    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = next) {
        next = pod->next;
        if (!pod->is_gated && pod->outcome.is_unfit)
            requeue(scheduler, pod);
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
    pod->bound_ms = now_ms(scheduler);
    queue_remove(&scheduler->queue, pod);
    users_remove(&scheduler->users, pod);
    count_on(scheduler, pod, node, false);
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

static bool
is_wanted(const struct scheduler *scheduler, const struct chandra_pod *pod)
{
    return !chandra_object_is_deleting(chandra_pod_object(pod)) && !is_finished(pod) &&
           scheduler_has(scheduler, pod);
}

static void
free_pod(void *value)
{
    struct queued_pod *pod = value;

    chandra_object_unref(pod->share.load ? chandra_pod_object(pod->share.pod) : NULL);
    outcome_clear(&pod->outcome);
    refusals_clear(&pod->refusals);
    chandra_object_unref(chandra_pod_object(pod->pod));
    chandra_free(pod);
}

static void
remove_pod(struct scheduler *scheduler, struct queued_pod *pod, const char *key)
{
    const bool had_room = pod->share.load != NULL;

    queue_remove(&scheduler->queue, pod);
    count_off(scheduler, pod);
    if (!pod->is_bound) {
        users_remove(&scheduler->users, pod);
        scheduler->waiting--;
    }
    map_remove(&scheduler->pods, key);
    if (pod->is_in_flight)
        pod->is_gone = true;
    else
        free_pod(pod);
    if (had_room)
        wake_unfit(scheduler);
}

static void
add_pod(struct scheduler *scheduler, const struct chandra_pod *object, const char *key)
{
    struct queued_pod *pod;
    const char *node = chandra_pod_node_name(object);

    if (*node ? is_finished(object) : !is_wanted(scheduler, object))
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

/* A pod that is not bound was changed. */
static void
update_waiting(struct scheduler *scheduler, struct queued_pod *pod, enum pod_place place,
               const struct chandra_pod *before)
{
    const bool is_news = change_is_worth_a_try(before, pod->pod);

    if (*chandra_pod_node_name(pod->pod))
        set_bound(scheduler, pod, chandra_pod_node_name(pod->pod));
    else if (pod->is_in_flight)
        pod->wake = is_news ? WAKE_AT_ONCE : pod->wake;
    else if (!is_wanted(scheduler, pod->pod))
        queue_remove(&scheduler->queue, pod);
    else if (place == POD_ACTIVE || place == POD_NOWHERE)
        activate(scheduler, pod);
    else if (place == POD_PARKED && is_news)
        requeue(scheduler, pod);
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
        count_off(scheduler, pod);
        wake_unfit(scheduler);
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

static void
note_change(struct scheduler *scheduler, const struct inbox_event *event)
{
    struct scheduler_changes *changes = &scheduler->by_kind[event->kind];
    const size_t type = !event->old_object ? 0 : event->new_object ? 1 : 2;

    changes->counts[type]++;
    changes->last_s = scheduler->transport->ops->wall_time(scheduler->transport);
}

static void
take_event(struct scheduler *scheduler, const struct inbox_event *event)
{
    scheduler->events++;
    note_change(scheduler, event);
    if (event->kind != CHANDRA_KIND_CONTEXT)
        scheduler->changes++;
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
        if (pod->is_gated)
            continue;
        refusals_clear(&pod->refusals); /* drivers may have changed their minds without any event */
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

/* What happened while the pod was tried counts as if it happened now. */
static void
park(struct scheduler *scheduler, struct queued_pod *pod)
{
    enum pod_wake wake = pod->wake;

    if (wake == WAKE_NOT && !pod->is_pending && pod->rounds_seen != scheduler->rounds)
        wake = WAKE_AT_ONCE;
    queue_park(&scheduler->queue, pod, now_ms(scheduler));
    if (wake != WAKE_NOT)
        resume(scheduler, pod, wake);
}

static void
put_back(struct scheduler *scheduler, struct queued_pod *pod)
{
    const enum verdict verdict = pod->outcome.verdict;

    if (verdict == VERDICT_BOUND) {
        set_bound(scheduler, pod, pod->outcome.node);
        scheduler->bound++;
    }
    if (pod->is_bound)
        return;
    pod->due_ms = now_ms(scheduler) + backoff_ms(pod->attempts);
    pod->is_pending = verdict == VERDICT_PENDING;
    if (pod->is_pending)
        count_on(scheduler, pod, pod->outcome.node, true);
    else
        count_off(scheduler, pod);
    if (!is_wanted(scheduler, pod->pod))
        return;
    if (pod->is_pending || verdict == VERDICT_REJECTED)
        park(scheduler, pod);
    else
        queue_back_off(&scheduler->queue, pod, pod->due_ms);
}

static enum chandra_status
end_attempt(struct scheduler *scheduler, struct attempt *attempt, struct chandra_error *err)
{
    struct queued_pod *pod = attempt_owner(attempt);
    const enum chandra_status st = attempt_take_outcome(attempt, &pod->outcome, err);

    attempt_free(attempt);
    scheduler->in_flight--;
    pod->is_in_flight = false;
    if (pod->is_gone) {
        free_pod(pod);
        return st;
    }
    put_back(scheduler, pod);
    if (scheduler->listener)
        scheduler->listener(scheduler->listener_user, pod);
    return st;
}

static enum chandra_status
end_attempts(struct scheduler *scheduler, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;
    struct attempt *attempt;

    while (scheduler->workers && st == CHANDRA_OK && (attempt = workers_take(scheduler->workers)))
        st = end_attempt(scheduler, attempt, err);
    return st;
}

enum chandra_status
scheduler_take_in(struct scheduler *scheduler, struct chandra_error *err)
{
    enum chandra_status st;

    take_events(scheduler);
    st = end_attempts(scheduler, err);
    end_backoffs(scheduler);
    flush_parked(scheduler);
    if (scheduler->is_out_of_memory || inbox_has_lost(scheduler->inbox))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return st;
}

static enum chandra_status
try_pod(struct scheduler *scheduler, struct queued_pod *pod, struct chandra_error *err)
{
    struct attempt *attempt;
    enum chandra_status st;

    count_off(scheduler, pod);
    pod->attempts++;
    clock_gettime(CLOCK_MONOTONIC, &pod->tried);
    pod->events_seen = scheduler->events;
    pod->changes_seen = scheduler->changes;
    pod->rounds_seen = scheduler->rounds;
    pod->wake = WAKE_NOT;
    pod->is_in_flight = true;
    scheduler->attempts++;
    scheduler->in_flight++;
    st = attempt_decide(&scheduler->tools, pod->pod, &pod->refusals, &attempt, err);
    if (st != CHANDRA_OK) {
        pod->is_in_flight = false;
        scheduler->in_flight--;
        return st;
    }
    attempt_set_owner(attempt, pod);
    if (attempt_node(attempt))
        count_on(scheduler, pod, attempt_node(attempt), false);
    if (attempt_has_more(attempt) && scheduler->workers) {
        workers_put(scheduler->workers, attempt);
        return CHANDRA_OK;
    }
    attempt_finish(attempt);
    return end_attempt(scheduler, attempt, err);
}

static bool
is_busy(const struct scheduler *scheduler)
{
    return scheduler->workers && scheduler->in_flight >= scheduler->max_in_flight;
}

enum chandra_status
scheduler_step(struct scheduler *scheduler, const struct queued_pod **out_pod,
               struct chandra_error *err)
{
    struct queued_pod *pod;
    enum chandra_status st = scheduler_take_in(scheduler, err);

    if (st != CHANDRA_OK)
        return st;
    pod = is_busy(scheduler) ? NULL : queue_pop(&scheduler->queue);
    *out_pod = pod;
    return pod ? try_pod(scheduler, pod, err) : CHANDRA_OK;
}

/* Whether an attempt would end as the last one did. One that failed on the way to the API server
 * may go better without any event; a parked pod is woken by what its negotiation brings. */
static bool
is_hopeless(const struct scheduler *scheduler, const struct queued_pod *pod)
{
    const bool is_news = pod->place == POD_PARKED ? pod->changes_seen != scheduler->changes
                                                  : pod->events_seen != scheduler->events;

    return !is_news && pod->attempts > 0 && pod->outcome.status != CHANDRA_ETRANSIENT &&
           pod->outcome.status != CHANDRA_ETHROTTLED && pod->outcome.status != CHANDRA_EAPI;
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

    if (scheduler->queue.active.count > 0 && !is_busy(scheduler))
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

/* Attempts hold cycles of the engine, and pods that are gone are theirs alone. */
static void
stop_workers(struct scheduler *scheduler)
{
    struct attempt *attempt;

    if (!scheduler->workers)
        return;
    workers_stop(scheduler->workers);
    while ((attempt = workers_take(scheduler->workers)))
        (void)end_attempt(scheduler, attempt, NULL);
    workers_free(scheduler->workers);
    scheduler->workers = NULL;
}

void
scheduler_free(struct scheduler *scheduler)
{
    if (!scheduler)
        return;
    stop_workers(scheduler);
    chandra_engine_free(scheduler->engine); /* before all else, as events come from it */
    attempt_tools_clear(&scheduler->tools);
    queue_clear(&scheduler->queue);
    map_clear(&scheduler->pods, free_pod);
    users_clear(&scheduler->users);
    loads_clear(&scheduler->loads);
    inbox_free(scheduler->inbox);
    chandra_free(scheduler);
}

struct chandra_engine *
scheduler_engine(struct scheduler *scheduler)
{
    return scheduler->engine;
}

void
scheduler_set_bell(struct scheduler *scheduler, struct bell *bell)
{
    scheduler->bell = bell;
    inbox_set_bell(scheduler->inbox, bell);
}

enum chandra_status
scheduler_start_workers(struct scheduler *scheduler, size_t count, struct chandra_error *err)
{
    scheduler->max_in_flight = count * ATTEMPTS_PER_WORKER;
    return workers_new(count, scheduler->bell, &scheduler->workers, err);
}

void
scheduler_set_listener(struct scheduler *scheduler, scheduler_listener_fn fn, void *user)
{
    scheduler->listener = fn;
    scheduler->listener_user = user;
}

void
scheduler_set_dry(struct scheduler *scheduler)
{
    scheduler->tools.is_dry = true;
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

size_t
scheduler_in_flight(const struct scheduler *scheduler)
{
    return scheduler->in_flight;
}

const struct scheduler_changes *
scheduler_changes(const struct scheduler *scheduler, enum chandra_kind kind)
{
    return &scheduler->by_kind[kind];
}

struct scheduler_places
scheduler_places(const struct scheduler *scheduler)
{
    struct scheduler_places places = {.active = scheduler->queue.active.count,
                                      .backing_off = scheduler->queue.backing_off.count};

    for (const struct queued_pod *pod = scheduler->queue.parked; pod; pod = pod->next)
        *(pod->is_gated ? &places.gated : &places.unschedulable) += 1;
    return places;
}

void
scheduler_each_parked(struct scheduler *scheduler, scheduler_listener_fn fn, void *user)
{
    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = pod->next)
        fn(user, pod);
}

const struct queued_pod *
scheduler_pod(const struct scheduler *scheduler, const char *name_space, const char *name)
{
    char key[KEY_SIZE];

    make_key(key, name_space, name);
    return map_get(&scheduler->pods, key);
}
