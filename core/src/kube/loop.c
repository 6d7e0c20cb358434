/* loop.c - the transport's thread: takes what is new, sends what may be sent, waits, delivers. */
#include "kube/kube.h"

#include "kube/clock.h"

enum {
    LONGEST_WAIT_MS = 60000,
    TURNS_PER_SECOND = 250, /* under load */
    MOST_TURNS = 8,         /* without a rest, after a pause */
    /* Requests on their way. A connection to kube-apiserver takes 100 streams; for each one more
     * libcurl would open another connection. */
    MOST_SENT = 80,
};

/* What others have left. */

static void
sort_in(struct ch_kube *kube)
{
    struct ch_call *call;

    while ((call = kube->inbox.first)) {
        ch_call_list_remove(call);
        ch_call_list_add(call->ops->is_watch ? &kube->watches : &kube->requests, call);
    }
}

/* False: the transport is to end. */
static bool
take_in(struct ch_kube *kube)
{
    struct chandra_watch *stopped;
    bool is_ending;

    pthread_mutex_lock(&kube->lock);
    sort_in(kube);
    stopped = kube->stopped;
    kube->stopped = NULL;
    is_ending = kube->is_ending;
    pthread_mutex_unlock(&kube->lock);
    ch_kube_free_stopped(stopped);
    return !is_ending;
}

/* Timers. */

static bool
take_timer(struct ch_kube *kube, int64_t now_ms, struct ch_timer *out_timer)
{
    pthread_mutex_lock(&kube->lock);
    if (!ch_timers_take(&kube->timers, now_ms, out_timer)) {
        pthread_mutex_unlock(&kube->lock);
        return false;
    }
    ch_kube_enter(kube, out_timer->user);
    return true;
}

static void
run_timers(struct ch_kube *kube, int64_t now_ms)
{
    struct ch_timer timer;

    while (take_timer(kube, now_ms, &timer)) {
        timer.fn(timer.user);
        ch_kube_leave(kube);
    }
}

/* Sending. */

/* Put what was throttled back into the queue; returns in how many milliseconds the next one is due.
 */
static int64_t
resume(struct ch_kube *kube, int64_t now_ms)
{
    struct ch_call *call = kube->resting.first;
    int64_t wait_ms = INT64_MAX;

    while (call) {
        struct ch_call *next = call->next;

        if (call->resume_ms <= now_ms) {
            ch_call_list_remove(call);
            ch_call_list_add_first(&kube->requests, call);
        } else if (call->resume_ms - now_ms < wait_ms) {
            wait_ms = call->resume_ms - now_ms;
        }
        call = next;
    }
    return wait_ms;
}

/* Send the first call of the list, or finish it if there is no credential to be had. False: it has
 * to wait for one. */
static bool
send_first(struct ch_kube *kube, struct ch_call_list *list, int64_t now_ms)
{
    struct ch_credential *credential = NULL;
    struct ch_call *call = list->first;
    struct chandra_error err;
    enum chandra_status st = ch_credentials_get(&kube->credentials, now_ms, &credential, &err);

    if (st == CHANDRA_OK && !credential)
        return false;
    ch_call_list_remove(call);
    if (st == CHANDRA_OK)
        ch_call_send(call, credential, now_ms);
    else
        ch_call_refuse(call, err.message);
    ch_credential_unref(credential);
    return true;
}

/* Returns in how many milliseconds a request may be sent that had to stay behind. */
static int64_t
send_all(struct ch_kube *kube, int64_t now_ms)
{
    bool is_ready = true;
    int64_t wait_ms = 0;

    while (is_ready && kube->watches.first)
        is_ready = send_first(kube, &kube->watches, now_ms);
    while (is_ready && kube->requests.first && kube->sent.count < MOST_SENT) {
        wait_ms = ch_limiter_wait_ms(&kube->limiter, now_ms);
        if (wait_ms > 0)
            return wait_ms;
        is_ready = send_first(kube, &kube->requests, now_ms);
        if (is_ready)
            (void)ch_limiter_take(&kube->limiter, now_ms);
    }
    return INT64_MAX;
}

/* Waiting. */

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* No wait at all if a callback has left something. Who leaves something from now on wakes us. */
static int64_t
wait_for_others_ms(struct ch_kube *kube, int64_t now_ms)
{
    int64_t wait_ms = LONGEST_WAIT_MS;

    pthread_mutex_lock(&kube->lock);
    if (kube->inbox.first || kube->stopped || kube->is_ending)
        wait_ms = 0;
    else if (kube->timers.count > 0)
        wait_ms = earlier(wait_ms, ch_timers_next_ms(&kube->timers) - now_ms);
    atomic_store(&kube->is_waiting, true);
    pthread_mutex_unlock(&kube->lock);
    return wait_ms > 0 ? wait_ms : 0;
}

/* Wait for the network, and for an exec plugin if one runs. */
static void
wait_for_work(struct ch_kube *kube, int64_t wait_ms)
{
    int fds[CH_EXEC_FDS] = {-1, -1};

    if (ch_credentials_wait(&kube->credentials, fds))
        wait_ms = earlier(wait_ms, CH_EXEC_LOOK_MS);
    ch_http_wait(kube->http, wait_ms, fds, CH_EXEC_FDS);
    atomic_store(&kube->is_waiting, false);
}

/* What comes piece by piece is taken in together: where there is always something to do, each turn
 * has more of it. */
static void
rest(struct ch_kube *kube)
{
    const int64_t wait_ms = ch_limiter_wait_ms(&kube->pace, ch_monotonic_ms());
    const struct timespec time = {0, wait_ms * 1000000};

    if (wait_ms > 0)
        (void)nanosleep(&time, NULL);
    (void)ch_limiter_take(&kube->pace, ch_monotonic_ms());
}

static void
turn(struct ch_kube *kube)
{
    const int64_t now_ms = ch_monotonic_ms();
    int64_t wait_ms;

    ch_credentials_work(&kube->credentials, now_ms);
    run_timers(kube, now_ms);
    wait_ms = resume(kube, now_ms);
    wait_ms = earlier(wait_ms, send_all(kube, now_ms));
    wait_ms = earlier(wait_ms, ch_kube_cut_silent(kube, now_ms));
    wait_ms = earlier(wait_ms, wait_for_others_ms(kube, now_ms));
    wait_for_work(kube, wait_ms);
    ch_http_work(kube->http);
}

/* The end. */

static void
end_list(struct ch_call_list *list)
{
    struct ch_call *call;

    while ((call = list->first)) {
        if (call->exchange)
            ch_http_stop(call->exchange);
        call->exchange = NULL;
        ch_call_list_remove(call);
        ch_call_abandon(call, "the transport is closed");
    }
}

/* Watches that are over wait for being stopped in the list of open ones. */
static void
end_open(struct ch_kube *kube)
{
    struct ch_call_list running = {0};
    struct ch_call *next;

    for (struct ch_call *call = kube->open.first; call; call = next) {
        next = call->next;
        if (!call->exchange)
            continue;
        ch_call_list_remove(call);
        ch_call_list_add(&running, call);
    }
    end_list(&running);
}

static void
end_all(struct ch_kube *kube)
{
    end_list(&kube->requests);
    end_list(&kube->watches);
    end_list(&kube->resting);
    end_list(&kube->sent);
    end_open(kube);
    (void)take_in(kube);
    ch_kube_free_open(kube);
}

void *
ch_kube_loop(void *user)
{
    struct ch_kube *kube = user;

    ch_limiter_init(&kube->pace, TURNS_PER_SECOND, MOST_TURNS, ch_monotonic_ms());
    while (take_in(kube)) {
        turn(kube);
        rest(kube);
    }
    end_all(kube);
    return NULL;
}
