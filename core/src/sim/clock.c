/* clock.c - virtual time: timers, answers that arrive later, and the clock that moves to the next.
 */
#include "base/alloc.h"
#include "sim/sim.h"

/* A timer of the embedding program, or an answer on its way to it. */
struct timer {
    chandra_timer_fn fn;      /* NULL: an answer, or a timer that was forgotten */
    chandra_response_fn done; /* of an answer */
    void *user;
    struct ch_sim_answer answer;
};

static struct chandra_sim *
sim_of(struct chandra_transport *transport)
{
    return (struct chandra_sim *)transport; /* the transport is its first member */
}

static void
free_timer(struct timer *timer)
{
    ch_buf_clear(&timer->answer.body);
    ch_free(timer);
}

static enum chandra_status
add_timer(struct chandra_sim *sim, int64_t delay_ms, struct timer *timer, struct chandra_error *err)
{
    const int64_t due = sim->now_ms + (delay_ms > 0 ? delay_ms : 0);
    const struct ch_sim_alarm alarm = {due, ++sim->order, CH_SIM_ALARM_TIMER, timer, 0};

    if (ch_sim_agenda_add(&sim->alarms, &alarm))
        return CHANDRA_OK;
    free_timer(timer);
    return ch_sim_no_memory(err);
}

enum chandra_status
ch_sim_after(struct chandra_transport *transport, int64_t delay_ms, chandra_timer_fn fn, void *user,
             struct chandra_error *err)
{
    struct chandra_sim *sim = sim_of(transport);
    struct timer *timer = ch_calloc(1, sizeof(*timer));
    enum chandra_status st;

    if (!timer)
        return ch_sim_no_memory(err);
    timer->fn = fn;
    timer->user = user;
    ch_sim_lock(sim);
    st = add_timer(sim, delay_ms, timer, err);
    ch_sim_unlock(sim);
    return st;
}

enum chandra_status
ch_sim_answer_after(struct chandra_sim *sim, int64_t delay_ms, struct ch_sim_answer *answer,
                    chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct timer *timer = ch_calloc(1, sizeof(*timer));

    if (!timer) {
        ch_buf_clear(&answer->body);
        return ch_sim_no_memory(err);
    }
    *timer = (struct timer){.done = done, .user = user, .answer = *answer};
    answer->body = (struct ch_buf){0};
    return add_timer(sim, delay_ms, timer, err);
}

void
ch_sim_forget(struct chandra_transport *transport, void *user)
{
    struct chandra_sim *sim = sim_of(transport);

    ch_sim_lock(sim);
    for (size_t i = 0; i < sim->alarms.count; i++) {
        const struct ch_sim_alarm *alarm = &sim->alarms.alarms[i];
        struct timer *timer = alarm->target;

        if (alarm->kind == CH_SIM_ALARM_TIMER && timer->fn && timer->user == user)
            timer->fn = NULL;
    }
    while (sim->timer_user == user && ch_sim_runs_elsewhere(&sim->timer))
        pthread_cond_wait(&sim->lock->idle, &sim->lock->mutex);
    ch_sim_unlock(sim);
}

int64_t
ch_sim_now(struct chandra_transport *transport)
{
    return chandra_sim_now_ms(sim_of(transport));
}

int64_t
ch_sim_wall_time(struct chandra_transport *transport)
{
    return sim_of(transport)->wall_time + ch_sim_now(transport) / 1000;
}

int64_t
chandra_sim_now_ms(const struct chandra_sim *sim)
{
    int64_t now;

    pthread_mutex_lock(&sim->lock->mutex);
    now = sim->now_ms;
    pthread_mutex_unlock(&sim->lock->mutex);
    return now;
}

/* What is due. */

/* Whether nobody waits for the alarm any more. */
static bool
is_stale(const struct ch_sim_alarm *alarm)
{
    const struct timer *timer = alarm->target;

    switch (alarm->kind) {
    case CH_SIM_ALARM_TIMER:
        return !timer->fn && !timer->done;
    case CH_SIM_ALARM_WORK:
        return !ch_sim_item_waits(alarm->target, alarm->due);
    case CH_SIM_ALARM_WATCH:
        break;
    }
    return false;
}

static const struct ch_sim_alarm *
earlier(const struct ch_sim_alarm *a, const struct ch_sim_alarm *b)
{
    if (!a || !b)
        return a ? a : b;
    if (a->due != b->due)
        return a->due < b->due ? a : b;
    return a->order < b->order ? a : b;
}

/* The first alarm that somebody waits for. */
static const struct ch_sim_alarm *
first_of(const struct ch_sim_agenda *agenda)
{
    const struct ch_sim_alarm *first = ch_sim_agenda_first(agenda);

    if (!first || !is_stale(first))
        return first;
    first = NULL;
    for (size_t i = 0; i < agenda->count; i++)
        if (!is_stale(&agenda->alarms[i]))
            first = earlier(first, &agenda->alarms[i]);
    return first;
}

static int64_t
next_ms(const struct chandra_sim *sim, bool with_periodic)
{
    const struct ch_sim_alarm *first = first_of(&sim->alarms);

    if (with_periodic)
        first = earlier(first, first_of(&sim->periodic));
    return first ? first->due : -1;
}

int64_t
chandra_sim_next_ms(const struct chandra_sim *sim, bool with_periodic)
{
    int64_t next;

    pthread_mutex_lock(&sim->lock->mutex);
    next = next_ms(sim, with_periodic);
    pthread_mutex_unlock(&sim->lock->mutex);
    return next;
}

/* Take the first alarm that is due and was set before `order`. */
static bool
take_due(struct chandra_sim *sim, uint64_t order, struct ch_sim_alarm *out_alarm)
{
    const struct ch_sim_alarm *alarm = ch_sim_agenda_first(&sim->alarms);
    const struct ch_sim_alarm *periodic = ch_sim_agenda_first(&sim->periodic);
    const struct ch_sim_alarm *first = earlier(alarm, periodic);

    if (!first || first->due > sim->now_ms || first->order > order)
        return false;
    *out_alarm = *first;
    ch_sim_agenda_drop_first(first == alarm ? &sim->alarms : &sim->periodic);
    return true;
}

static void
run_timer(struct chandra_sim *sim, struct timer *timer)
{
    const struct chandra_response response = {
        .http_status = timer->answer.http_status,
        .body = timer->answer.body.text ? timer->answer.body.text : "",
        .body_len = timer->answer.body.len,
        .retry_after_ms = timer->answer.retry_after_ms,
    };

    if (timer->fn || timer->done) {
        sim->timer_user = timer->fn ? timer->user : NULL;
        ch_sim_run_begin(sim, &sim->timer);
        if (timer->fn)
            timer->fn(timer->user);
        else
            timer->done(timer->user, &response);
        ch_sim_run_end(sim, &sim->timer);
    }
    free_timer(timer);
}

void
ch_sim_ring(struct chandra_sim *sim)
{
    struct ch_sim_alarm alarm;
    uint64_t order;

    ch_sim_lock(sim);
    order = sim->order; /* what is set from now on waits for the next call */
    while (take_due(sim, order, &alarm)) {
        switch (alarm.kind) {
        case CH_SIM_ALARM_TIMER:
            run_timer(sim, alarm.target);
            break;
        case CH_SIM_ALARM_WORK:
            ch_sim_item_ring(alarm.target, alarm.due);
            break;
        case CH_SIM_ALARM_WATCH:
            ch_sim_unlock(sim);
            ch_sim_watch_end(sim, alarm.watch);
            ch_sim_lock(sim);
            break;
        }
    }
    ch_sim_unlock(sim);
}

/* Move the clock to the next alarm at or before `to_ms`; false if there is none. */
static bool
step(struct chandra_sim *sim, int64_t to_ms)
{
    int64_t next;

    ch_sim_lock(sim);
    next = next_ms(sim, true);
    if (next >= 0 && next <= to_ms && next > sim->now_ms)
        sim->now_ms = next;
    ch_sim_unlock(sim);
    return next >= 0 && next <= to_ms;
}

enum chandra_status
chandra_sim_advance(struct chandra_sim *sim, int64_t to_ms, struct chandra_error *err)
{
    bool has_moved;

    while (step(sim, to_ms)) {
        const enum chandra_status st = chandra_sim_settle(sim, &has_moved, err);

        if (st != CHANDRA_OK)
            return st;
    }
    ch_sim_lock(sim);
    if (to_ms > sim->now_ms)
        sim->now_ms = to_ms;
    ch_sim_unlock(sim);
    return CHANDRA_OK;
}

static void
clear_agenda(struct ch_sim_agenda *agenda)
{
    for (size_t i = 0; i < agenda->count; i++)
        if (agenda->alarms[i].kind == CH_SIM_ALARM_TIMER)
            free_timer(agenda->alarms[i].target);
    ch_sim_agenda_clear(agenda);
}

void
ch_sim_clock_clear(struct chandra_sim *sim)
{
    clear_agenda(&sim->alarms);
    clear_agenda(&sim->periodic);
}
