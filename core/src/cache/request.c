/* request.c - a reflector's requests, and how their answers become signals. */
#include "cache/reflect.h"

#include "api/call.h"
#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

/* Watches end by themselves after five to ten minutes, not all at once. A connection that has died
 * without a word is the transport's to notice. */
enum { WATCH_SECONDS = 300 };

/* A server that does not know the first form gives the second. */
#define AS_METADATA(kind) "application/json;as=" kind ";g=meta.k8s.io;v=v1,application/json"

static const char *
accept_of(const struct ch_reflector *reflector, const char *metadata)
{
    return reflector->options.metadata_only ? metadata : NULL;
}

static void
put_path(const struct ch_reflector *reflector, struct ch_buf *path)
{
    ch_api_put_path(path, reflector->options.kind, NULL, NULL, NULL);
    ch_buf_putc(path, '?');
    if (reflector->query[0]) {
        ch_buf_puts(path, reflector->query);
        ch_buf_putc(path, '&');
    }
}

/* Lists. */

/* What a page says into a signal, read by whoever brings it. */
static void
read_page(const struct chandra_response *response, struct ch_signal *signal)
{
    signal->http_status = response->http_status;
    signal->retry_after_ms = response->retry_after_ms;
    signal->status = ch_api_classify(response, &signal->err);
    if (signal->status == CHANDRA_OK)
        signal->status =
            ch_api_parse(response->body, response->body_len, "list", &signal->doc, &signal->err);
}

static void
on_page(void *user, const struct chandra_response *response)
{
    struct ch_reflector *reflector = user;
    struct ch_signal signal = {.type = CH_SIGNAL_LISTED};

    if (!ch_reflector_is_stopped(reflector))
        read_page(response, &signal);
    ch_reflector_take_signal(reflector, &signal);
    ch_reflector_unref(reflector);
}

enum chandra_status
ch_reflector_request_page(struct ch_reflector *reflector, const char *continue_token,
                          struct chandra_error *err)
{
    struct chandra_transport *transport = reflector->options.transport;
    struct chandra_request request = {.method = CHANDRA_GET};
    struct ch_buf path = {0};
    enum chandra_status st;

    put_path(reflector, &path);
    /* No resourceVersion: the newest state, consistent over all pages. */
    if (!reflector->is_unpaged)
        ch_buf_printf(&path, "limit=%zu", reflector->options.page_size);
    if (continue_token) {
        ch_buf_puts(&path, "&continue=");
        ch_api_put_encoded(&path, continue_token);
    }
    request.path = path.text;
    request.accept = accept_of(reflector, AS_METADATA("PartialObjectMetadataList"));
    if (ch_buf_ok(&path)) {
        ch_reflector_ref(reflector);
        st = transport->ops->submit(transport, &request, on_page, reflector, err);
        if (st != CHANDRA_OK)
            ch_reflector_unref(reflector);
    } else {
        st = ch_no_memory("a request", err);
    }
    ch_buf_clear(&path);
    return st;
}

/* Watches. */

static void
on_opened(void *user)
{
    struct ch_signal signal = {.type = CH_SIGNAL_OPENED};

    ch_reflector_take_signal(user, &signal);
}

static void
on_event(void *user, const char *line, size_t len)
{
    struct ch_signal signal = {.type = CH_SIGNAL_EVENT, .http_status = 200, .retry_after_ms = -1};

    signal.status = ch_api_parse_event(line, len, &signal.event, &signal.err);
    ch_reflector_take_signal(user, &signal);
}

static void
on_closed(void *user, const struct chandra_response *why)
{
    struct ch_signal signal = {.type = CH_SIGNAL_CLOSED,
                               .http_status = why->http_status,
                               .retry_after_ms = why->retry_after_ms};

    signal.status = ch_api_classify(why, &signal.err);
    ch_reflector_take_signal(user, &signal);
}

/* Let signals of other watches than the one to come be told apart. */
static struct chandra_watch *
next_watch_number(struct ch_reflector *reflector)
{
    struct chandra_watch *watch;

    pthread_mutex_lock(&reflector->guard->lock);
    reflector->watch_number++;
    watch = reflector->watch;
    reflector->watch = NULL;
    pthread_mutex_unlock(&reflector->guard->lock);
    return watch;
}

/* Keep the watch, unless the reflector was stopped meanwhile: then nobody else would end it. */
static void
keep_watch(struct ch_reflector *reflector, struct chandra_watch *watch)
{
    struct chandra_transport *transport = reflector->options.transport;
    bool is_stopped;

    pthread_mutex_lock(&reflector->guard->lock);
    is_stopped = reflector->is_stopped;
    if (!is_stopped)
        reflector->watch = watch;
    pthread_mutex_unlock(&reflector->guard->lock);
    if (is_stopped)
        transport->ops->watch_stop(transport, watch);
}

enum chandra_status
ch_reflector_watch(struct ch_reflector *reflector, struct chandra_error *err)
{
    struct chandra_transport *transport = reflector->options.transport;
    const struct chandra_watch_sink sink = {.size = sizeof(sink),
                                            .user = reflector,
                                            .event = on_event,
                                            .closed = on_closed,
                                            .opened = on_opened};
    struct chandra_request request = {.method = CHANDRA_GET};
    struct chandra_watch *watch = NULL;
    struct ch_buf path = {0};
    enum chandra_status st;

    put_path(reflector, &path);
    ch_buf_puts(&path, "watch=true&allowWatchBookmarks=true&resourceVersion=");
    ch_api_put_encoded(&path, reflector->resource_version);
    ch_buf_printf(&path, "&timeoutSeconds=%" PRIu64,
                  WATCH_SECONDS + ch_random_below(&reflector->random, WATCH_SECONDS));
    request.path = path.text;
    request.accept = accept_of(reflector, AS_METADATA("PartialObjectMetadata"));
    (void)next_watch_number(reflector);
    if (ch_buf_ok(&path))
        st = transport->ops->watch(transport, &request, &sink, &watch, err);
    else
        st = ch_no_memory("a request", err);
    if (st == CHANDRA_OK)
        keep_watch(reflector, watch);
    ch_buf_clear(&path);
    return st;
}

void
ch_reflector_end_watch(struct ch_reflector *reflector)
{
    struct chandra_transport *transport = reflector->options.transport;
    struct chandra_watch *watch = next_watch_number(reflector);

    if (watch)
        transport->ops->watch_stop(transport, watch);
}

/* Timers. */

static void
on_timer(void *user)
{
    struct ch_signal signal = {.type = CH_SIGNAL_TIMER};

    ch_reflector_take_signal(user, &signal);
}

enum chandra_status
ch_reflector_set_timer(struct ch_reflector *reflector, int64_t delay_ms, struct chandra_error *err)
{
    struct chandra_transport *transport = reflector->options.transport;

    return transport->ops->after(transport, delay_ms, on_timer, reflector, err);
}
