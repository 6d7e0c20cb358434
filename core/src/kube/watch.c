/* watch.c - watches: a stream of lines, cut into events as they arrive. */
#include "kube/kube.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST_REFUSAL = 1 << 20 };

struct chandra_watch {
    struct ch_call call;
    struct chandra_watch_sink sink;
    /* Under the lock. */
    bool is_stopped;
    struct chandra_watch *next_stopped;
};

static struct chandra_watch *
watch_of(struct ch_call *call)
{
    return (struct chandra_watch *)call; /* its first member */
}

static void
free_watch(struct chandra_watch *watch)
{
    ch_call_clear(&watch->call);
    ch_free(watch);
}

/* Begin a callback, unless the watch has been stopped. */
static bool
enter(struct chandra_watch *watch)
{
    struct ch_kube *kube = watch->call.kube;

    pthread_mutex_lock(&kube->lock);
    if (watch->is_stopped) {
        pthread_mutex_unlock(&kube->lock);
        return false;
    }
    ch_kube_enter(kube, watch);
    return true;
}

/* Lines. */

static bool
deliver(struct chandra_watch *watch, const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len == 0)
        return true;
    if (!enter(watch))
        return false;
    watch->sink.event(watch->sink.user, line, len);
    ch_kube_leave(watch->call.kube);
    return true;
}

/* Keep the beginning of a line until its end arrives. */
static bool
keep(struct ch_call *call, const char *bytes, size_t len)
{
    if (call->answer.len + len > CH_KUBE_LONGEST_LINE)
        call->problem = "an event of the watch is larger than 16 MiB";
    else
        ch_buf_put(&call->answer, bytes, len);
    if (call->answer.failed)
        call->problem = "out of memory for an event of the watch";
    return !call->problem;
}

/* The kept beginning and the rest make a line. What a large event took is given back. */
static bool
deliver_kept(struct chandra_watch *watch, const char *rest, size_t len)
{
    struct ch_buf line;
    bool ok;

    if (!keep(&watch->call, rest, len))
        return false;
    line = watch->call.answer;
    watch->call.answer = (struct ch_buf){0};
    ok = deliver(watch, line.text, line.len);
    ch_buf_clear(&line);
    return ok;
}

static bool
on_lines(struct chandra_watch *watch, const char *bytes, size_t len)
{
    const char *end;

    while (len > 0 && (end = memchr(bytes, '\n', len))) {
        const size_t line_len = (size_t)(end - bytes);
        const bool ok = watch->call.answer.len > 0 ? deliver_kept(watch, bytes, line_len)
                                                   : deliver(watch, bytes, line_len);

        if (!ok)
            return false;
        bytes = end + 1;
        len -= line_len + 1;
    }
    return len == 0 || keep(&watch->call, bytes, len);
}

static bool
on_body(struct ch_call *call, int http_status, const char *bytes, size_t len)
{
    if (http_status == 200)
        return on_lines(watch_of(call), bytes, len);
    if (call->answer.len + len <= LARGEST_REFUSAL)
        ch_buf_put(&call->answer, bytes, len);
    return true;
}

/* The end. */

static void
finish(struct ch_call *call, const struct chandra_response *response)
{
    struct chandra_watch *watch = watch_of(call);
    struct chandra_response why = *response;

    if (why.http_status == 200) { /* half a line is nothing */
        why.body = "";
        why.body_len = 0;
    }
    ch_call_list_add(&call->kube->open, call); /* until it is stopped */
    if (!enter(watch))
        return;
    watch->sink.closed(watch->sink.user, &why);
    ch_kube_leave(call->kube);
}

static void
on_headers(struct ch_call *call, int http_status)
{
    struct chandra_watch *watch = watch_of(call);

    ch_kube_note(call, http_status);
    if (http_status != 200 || !watch->sink.opened || !enter(watch))
        return;
    watch->sink.opened(watch->sink.user);
    ch_kube_leave(call->kube);
}

static const struct ch_call_ops watch_ops = {true, on_body, finish, on_headers};

enum chandra_status
ch_kube_watch(struct chandra_transport *transport, const struct chandra_request *request,
              const struct chandra_watch_sink *sink, struct chandra_watch **out_watch,
              struct chandra_error *err)
{
    struct ch_kube *kube = (struct ch_kube *)transport;
    struct chandra_watch *watch = ch_alloc(sizeof(*watch));
    enum chandra_status st;

    if (!watch || !ch_call_init(&watch->call, &watch_ops, kube, request)) {
        ch_free(watch);
        return ch_no_memory("a watch", err);
    }
    watch->sink = (struct chandra_watch_sink){0};
    memcpy(&watch->sink, sink, sink->size < sizeof(*sink) ? sink->size : sizeof(*sink));
    watch->is_stopped = false;
    st = ch_kube_post(kube, &watch->call, err);
    if (st == CHANDRA_OK)
        *out_watch = watch;
    else
        free_watch(watch);
    return st;
}

void
ch_kube_watch_stop(struct chandra_transport *transport, struct chandra_watch *watch)
{
    struct ch_kube *kube = (struct ch_kube *)transport;

    if (!watch)
        return;
    pthread_mutex_lock(&kube->lock);
    watch->is_stopped = true;
    ch_kube_await(kube, watch);
    watch->next_stopped = kube->stopped;
    kube->stopped = watch;
    pthread_mutex_unlock(&kube->lock);
    ch_kube_wake(kube);
}

/* The thread's side. */

void
ch_kube_free_stopped(struct chandra_watch *stopped)
{
    while (stopped) {
        struct chandra_watch *next = stopped->next_stopped;

        if (stopped->call.exchange)
            ch_http_stop(stopped->call.exchange);
        ch_call_list_remove(&stopped->call);
        free_watch(stopped);
        stopped = next;
    }
}

void
ch_kube_free_open(struct ch_kube *kube)
{
    while (kube->open.first) {
        struct ch_call *call = kube->open.first;

        ch_call_list_remove(call);
        free_watch(watch_of(call));
    }
}

/* How long it may be silent in all. */
static int64_t
patience_ms(const struct ch_call *call)
{
    const struct chandra_kube_options *options = &call->kube->options;

    return call->has_headers ? options->watch_idle_ms : options->request_timeout_ms;
}

/* Nothing came for too long: the watch is dead, and perhaps its connection. */
static void
cut(struct ch_call *call)
{
    char words[64];

    snprintf(words, sizeof(words), "the watch was silent for %" PRId64 " ms", patience_ms(call));
    ch_http_suspect(call->kube->http, call->exchange);
    ch_http_stop(call->exchange);
    call->exchange = NULL;
    ch_call_list_remove(call);
    if (!call->has_headers)
        ch_kube_note(call, 0);
    ch_call_fail(call, CH_HTTP_TIMEOUT, words);
}

int64_t
ch_kube_cut_silent(struct ch_kube *kube, int64_t now_ms)
{
    struct ch_call *call = kube->open.first;
    int64_t wait_ms = INT64_MAX;

    while (call) {
        struct ch_call *next = call->next;
        const int64_t left_ms = call->heard_ms + patience_ms(call) - now_ms;

        if (call->exchange && left_ms <= 0)
            cut(call);
        else if (call->exchange && left_ms < wait_ms)
            wait_ms = left_ms;
        call = next;
    }
    return wait_ms;
}
