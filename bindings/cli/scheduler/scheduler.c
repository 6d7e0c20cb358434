/* scheduler.c - tries pods in their turn and puts them where their outcome belongs. */
#include "scheduler/state.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/transport.h>

enum {
    FIRST_BACKOFF_MS = 1000,
    MAX_BACKOFF_MS = 10000,
    ATTEMPTS_PER_WORKER = 4,  /* under way or waiting for a worker */
    FLUSH_MS = 5 * 60 * 1000, /* a parked pod is tried again without any event */
};

static void
end_backoffs(struct scheduler *scheduler)
{
    const int64_t now = scheduler_now_ms(scheduler);
    struct queued_pod *pod;

    while ((pod = queue_next_due(&scheduler->queue)) && pod->due_ms <= now)
        scheduler_activate(scheduler, pod);
}

static void
flush_parked(struct scheduler *scheduler)
{
    const int64_t now = scheduler_now_ms(scheduler);
    struct queued_pod *next;

    for (struct queued_pod *pod = scheduler->queue.parked; pod; pod = next) {
        if (pod->parked_ms + FLUSH_MS > now)
            break;
        next = pod->next;
        if (pod->is_gated)
            continue;
        refusals_clear(&pod->refusals); /* drivers may have changed their minds without any event */
        scheduler_requeue(scheduler, pod);
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
    queue_park(&scheduler->queue, pod, scheduler_now_ms(scheduler));
    if (wake != WAKE_NOT)
        scheduler_resume(scheduler, pod, wake);
}

static void
put_back(struct scheduler *scheduler, struct queued_pod *pod)
{
    const enum verdict verdict = pod->outcome.verdict;

    if (verdict == VERDICT_BOUND) {
        scheduler_set_bound(scheduler, pod, pod->outcome.node);
        scheduler->bound++;
    }
    if (pod->is_bound)
        return;
    pod->due_ms = scheduler_now_ms(scheduler) + backoff_ms(pod->attempts);
    pod->is_pending = verdict == VERDICT_PENDING;
    if (pod->is_pending)
        scheduler_count_on(scheduler, pod, pod->outcome.node, true);
    else
        scheduler_count_off(scheduler, pod);
    if (!scheduler_wants(scheduler, pod->pod))
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

    pod->shadow = attempt_take_shadow(attempt);
    attempt_free(attempt);
    scheduler->in_flight--;
    pod->is_in_flight = false;
    if (pod->is_gone) {
        scheduler_free_pod(pod);
        return st;
    }
    put_back(scheduler, pod);
    if (scheduler->listener)
        scheduler->listener(scheduler->listener_user, pod);
    shadow_note_free(pod->shadow);
    pod->shadow = NULL;
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

    scheduler_take_events(scheduler);
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

    scheduler_count_off(scheduler, pod);
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
        scheduler_count_on(scheduler, pod, attempt_node(attempt), false);
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

/* When the next back-off ends, or -1. */
static int64_t
next_due_ms(const struct scheduler *scheduler, bool skip_hopeless)
{
    const struct queue_heap *heap = &scheduler->queue.backing_off;
    const struct queued_pod *first = queue_next_due(&scheduler->queue);
    int64_t next = -1;

    if (!skip_hopeless)
        return first ? first->due_ms : -1;
    for (size_t i = 0; i < heap->count; i++)
        if (!is_hopeless(scheduler, heap->items[i]))
            next = earlier(next, heap->items[i]->due_ms);
    return next;
}

int64_t
scheduler_next_ms(const struct scheduler *scheduler, bool skip_hopeless)
{
    const int64_t now_ms = scheduler_now_ms(scheduler);
    int64_t next;

    if (scheduler->queue.active.count > 0 && !is_busy(scheduler))
        return now_ms;
    next = next_due_ms(scheduler, skip_hopeless);
    for (const struct queued_pod *pod = scheduler->queue.parked; pod; pod = pod->next) {
        const int64_t due_ms = pod->parked_ms + FLUSH_MS;
        /* Those behind it are due later, whichever of them may be tried. */
        const bool is_earliest = !skip_hopeless && due_ms > now_ms;

        if (is_earliest || (!pod->is_gated && (!skip_hopeless || !is_hopeless(scheduler, pod))))
            return earlier(next, due_ms);
    }
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
    chandra_policy_unref(scheduler->tools.shadow);
    attempt_tools_clear(&scheduler->tools);
    attempt_tools_clear(&scheduler->shadow_tools);
    queue_clear(&scheduler->queue);
    map_clear(&scheduler->pods, scheduler_free_pod);
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

const struct loads *
scheduler_loads(const struct scheduler *scheduler)
{
    return &scheduler->loads;
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
scheduler_set_shadow(struct scheduler *scheduler, struct chandra_policy *policy)
{
    chandra_policy_ref(policy);
    chandra_policy_unref(scheduler->tools.shadow);
    scheduler->tools.shadow = policy;
    scheduler->tools.shadow_tools = &scheduler->shadow_tools;
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

int64_t
scheduler_changed_s(const struct scheduler *scheduler, enum chandra_kind kind)
{
    return scheduler->changed_s[kind];
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
    char key[SCHEDULER_KEY_SIZE];

    scheduler_key(key, name_space, name);
    return map_get(&scheduler->pods, key);
}
