/* transport.c - the transport to a real API server: its life, and what it offers other threads. */
#include "kube/kube.h"

#include "kube/clock.h"

#include "base/alloc.h"

#include <chandra/version.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum {
    CONNECT_TIMEOUT_MS = 10000,
    REQUEST_TIMEOUT_MS = 30000,
    WATCH_IDLE_MS = 90000,
    QPS = 50,
    BURST = 100,
};

static struct ch_kube *
kube_of(struct chandra_transport *transport)
{
    return (struct ch_kube *)transport; /* its first member */
}

/* Between threads. */

/* With the lock held, or from a callback: the thread is known by then. */
static bool
is_own_thread(const struct ch_kube *kube)
{
    return pthread_equal(pthread_self(), kube->thread) != 0;
}

void
ch_kube_wake(struct ch_kube *kube)
{
    if (!is_own_thread(kube) && atomic_exchange(&kube->is_waiting, false))
        ch_http_wake(kube->http);
}

enum chandra_status
ch_kube_post(struct ch_kube *kube, struct ch_call *call, struct chandra_error *err)
{
    pthread_mutex_lock(&kube->lock);
    if (kube->is_ending) {
        pthread_mutex_unlock(&kube->lock);
        return chandra_error_set(err, CHANDRA_ECANCELED, "the transport is closed");
    }
    ch_call_list_add(&kube->inbox, call);
    pthread_mutex_unlock(&kube->lock);
    ch_kube_wake(kube);
    return CHANDRA_OK;
}

void
ch_kube_enter(struct ch_kube *kube, const void *who)
{
    kube->running = who;
    pthread_mutex_unlock(&kube->lock);
}

void
ch_kube_leave(struct ch_kube *kube)
{
    pthread_mutex_lock(&kube->lock);
    kube->running = NULL;
    pthread_cond_broadcast(&kube->idle);
    pthread_mutex_unlock(&kube->lock);
}

void
ch_kube_await(struct ch_kube *kube, const void *who)
{
    while (kube->running == who && !is_own_thread(kube))
        pthread_cond_wait(&kube->idle, &kube->lock);
}

/* Timers and clocks. */

static enum chandra_status
after(struct chandra_transport *transport, int64_t delay_ms, chandra_timer_fn fn, void *user,
      struct chandra_error *err)
{
    struct ch_kube *kube = kube_of(transport);
    const int64_t due_ms = ch_monotonic_ms() + (delay_ms > 0 ? delay_ms : 0);
    bool is_first;
    bool ok;

    pthread_mutex_lock(&kube->lock);
    is_first = due_ms < ch_timers_next_ms(&kube->timers);
    ok = ch_timers_add(&kube->timers, due_ms, fn, user);
    pthread_mutex_unlock(&kube->lock);
    if (ok && is_first)
        ch_kube_wake(kube);
    return ok ? CHANDRA_OK : ch_no_memory("a transport", err);
}

static void
forget(struct chandra_transport *transport, void *user)
{
    struct ch_kube *kube = kube_of(transport);

    pthread_mutex_lock(&kube->lock);
    ch_timers_forget(&kube->timers, user);
    ch_kube_await(kube, user);
    pthread_mutex_unlock(&kube->lock);
}

static int64_t
now_ms(struct chandra_transport *transport)
{
    (void)transport;
    return ch_monotonic_ms();
}

static int64_t
wall_time(struct chandra_transport *transport)
{
    (void)transport;
    return (int64_t)time(NULL);
}

static const struct chandra_transport_ops ops = {
    .size = sizeof(ops),
    .submit = ch_kube_submit,
    .watch = ch_kube_watch,
    .watch_stop = ch_kube_watch_stop,
    .after = after,
    .forget = forget,
    .now_ms = now_ms,
    .wall_time = wall_time,
};

/* Life. */

static void
set_options(struct ch_kube *kube, const struct chandra_kube_options *given)
{
    struct chandra_kube_options *options = &kube->options;

    if (given)
        memcpy(options, given, given->size < sizeof(*options) ? given->size : sizeof(*options));
    if (options->qps == 0)
        options->qps = QPS;
    if (options->burst <= 0)
        options->burst = BURST;
    if (options->request_timeout_ms <= 0)
        options->request_timeout_ms = REQUEST_TIMEOUT_MS;
    if (options->watch_idle_ms <= 0)
        options->watch_idle_ms = WATCH_IDLE_MS;
    if (!options->user_agent)
        options->user_agent = "chandra/" CHANDRA_VERSION;
}

static enum chandra_status
open_http(struct ch_kube *kube, struct chandra_error *err)
{
    const struct chandra_kube_config *config = kube->config;
    const int64_t timeout_ms = kube->options.request_timeout_ms;
    const struct ch_http_options options = {
        .server = config->server.text,
        .tls_server_name = config->tls_server_name.text,
        .proxy = config->proxy.text,
        .user_agent = kube->options.user_agent,
        .connect_timeout_ms = timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS,
        .is_uncompressed = config->is_uncompressed,
    };
    enum chandra_status st = ch_http_new(&options, &kube->http, err);

    kube->options.user_agent = NULL; /* borrowed, and copied by now */
    if (st == CHANDRA_EINVAL)
        chandra_error_prefix(err, "%s", config->server.place);
    return st;
}

/* Signals are for the host's threads. With all of them blocked, a connection that is gone raises no
 * SIGPIPE either. */
static enum chandra_status
start_thread(struct ch_kube *kube, struct chandra_error *err)
{
    sigset_t all;
    sigset_t before;
    int code;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_mutex_lock(&kube->lock); /* the thread waits until it is known who it is */
    code = pthread_create(&kube->thread, NULL, ch_kube_loop, kube);
    pthread_mutex_unlock(&kube->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0 ? CHANDRA_OK
                     : chandra_error_set(err, CHANDRA_EIO, "no thread for a transport: %s",
                                         strerror(code));
}

/* Everything but the thread. */
static void
destroy(struct ch_kube *kube)
{
    ch_credentials_clear(&kube->credentials);
    ch_http_free(kube->http);
    ch_timers_clear(&kube->timers);
    chandra_kube_config_free(kube->config);
    pthread_cond_destroy(&kube->idle);
    pthread_mutex_destroy(&kube->lock);
    ch_free(kube);
}

static bool
init_lock(struct ch_kube *kube)
{
    if (pthread_mutex_init(&kube->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&kube->idle, NULL) == 0)
        return true;
    pthread_mutex_destroy(&kube->lock);
    return false;
}

enum chandra_status
chandra_kube_new(const struct chandra_kube_config *config,
                 const struct chandra_kube_options *options,
                 struct chandra_transport **out_transport, struct chandra_error *err)
{
    struct ch_kube *kube = ch_calloc(1, sizeof(*kube));
    enum chandra_status st;

    if (!kube || !init_lock(kube)) {
        ch_free(kube);
        return ch_no_memory("a transport", err);
    }
    kube->base.ops = &ops;
    kube->config = ch_config_ref(config);
    set_options(kube, options);
    ch_limiter_init(&kube->limiter, kube->options.qps, kube->options.burst, ch_monotonic_ms());
    st = open_http(kube, err);
    if (st == CHANDRA_OK)
        st = ch_credentials_init(&kube->credentials, config, &kube->options.logger, err);
    if (st == CHANDRA_OK)
        st = start_thread(kube, err);
    if (st != CHANDRA_OK) {
        destroy(kube);
        return st;
    }
    *out_transport = &kube->base;
    return CHANDRA_OK;
}

void
chandra_kube_free(struct chandra_transport *transport)
{
    struct ch_kube *kube = kube_of(transport);

    if (!kube)
        return;
    pthread_mutex_lock(&kube->lock);
    kube->is_ending = true;
    pthread_mutex_unlock(&kube->lock);
    ch_http_wake(kube->http);
    pthread_join(kube->thread, NULL);
    destroy(kube);
}
