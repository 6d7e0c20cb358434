/* reflect.c - what a reflector does next: list, watch, and how it comes back from every failure. */
#include "cache/reflect.h"

#include "base/alloc.h"
#include "base/log.h"
#include "doc/value.h"

#include <inttypes.h>
#include <string.h>

enum {
    FIRST_DELAY_MS = 800,
    MAX_DELAY_MS = 30000,
    LASTING_MS = 1000, /* a watch that lived so long was no failure */
    MAX_REFUSALS = 3,  /* of a watch, before a new list is tried in its place */
};

static const char *
kind_name(const struct ch_reflector *reflector)
{
    return chandra_kind_name(reflector->options.kind);
}

static void
set_problem(struct ch_reflector *reflector, const struct chandra_error *problem)
{
    pthread_mutex_lock(&reflector->guard->lock);
    if (problem)
        reflector->problem = *problem;
    else
        reflector->problem.message[0] = '\0';
    pthread_mutex_unlock(&reflector->guard->lock);
}

static void
succeed(struct ch_reflector *reflector)
{
    if (reflector->failures > 0 || !atomic_load(&reflector->is_synced))
        set_problem(reflector, NULL);
    reflector->is_anew = false;
    reflector->failures = 0;
    reflector->refusals = 0;
}

/* Doubles from failure to failure, and is never the same for two reflectors. */
static int64_t
next_delay(struct ch_reflector *reflector)
{
    int64_t delay = FIRST_DELAY_MS;

    for (unsigned i = 1; i < reflector->failures && delay < MAX_DELAY_MS; i++)
        delay *= 2;
    if (delay > MAX_DELAY_MS)
        delay = MAX_DELAY_MS;
    return delay / 2 + (int64_t)ch_random_below(&reflector->random, (uint64_t)delay / 2 + 1);
}

/* Something failed: do it, or the other thing, again later. */
static void
try_later(struct ch_reflector *reflector, bool is_watch_next, int64_t retry_after_ms,
          const struct chandra_error *why)
{
    struct chandra_error err;
    int64_t delay;

    if (ch_reflector_is_stopped(reflector))
        return;
    reflector->failures++;
    delay = next_delay(reflector);
    if (delay < retry_after_ms)
        delay = retry_after_ms;
    set_problem(reflector, why);
    ch_log(&reflector->options.logger, CHANDRA_LOG_WARNING,
           "%s: %s; will %s again in %" PRId64 " ms", kind_name(reflector), why->message,
           is_watch_next ? "watch" : "list", delay);
    reflector->state = CH_REFLECTOR_WAITING;
    reflector->is_watch_next = is_watch_next;
    if (ch_reflector_set_timer(reflector, delay, &err) == CHANDRA_OK)
        return;
    ch_log(&reflector->options.logger, CHANDRA_LOG_ERROR, "%s: stopped following: no timer: %s",
           kind_name(reflector), err.message);
    set_problem(reflector, &err);
    reflector->state = CH_REFLECTOR_IDLE;
}

/* Lists. */

static void
request_page(struct ch_reflector *reflector, const char *continue_token)
{
    struct chandra_error err;

    reflector->is_requested = true;
    if (ch_reflector_request_page(reflector, continue_token, &err) == CHANDRA_OK)
        return;
    reflector->is_requested = false;
    ch_listing_clear(&reflector->listing);
    try_later(reflector, false, -1, &err);
}

static void
start_list(struct ch_reflector *reflector)
{
    if (ch_reflector_is_stopped(reflector))
        return;
    reflector->state = CH_REFLECTOR_LISTING;
    ch_listing_clear(&reflector->listing);
    request_page(reflector, NULL);
}

/* What was known is too old: list anew, at once unless that did not help the last time. */
static void
list_anew(struct ch_reflector *reflector, const struct chandra_error *why)
{
    if (reflector->is_anew) {
        try_later(reflector, false, -1, why);
        return;
    }
    reflector->is_anew = true;
    reflector->failures++;
    ch_log(&reflector->options.logger, CHANDRA_LOG_INFO, "%s: listing anew: %s",
           kind_name(reflector), why->message);
    start_list(reflector);
}

static void start_watch(struct ch_reflector *reflector);

static void
finish_list(struct ch_reflector *reflector)
{
    struct ch_listing *listing = &reflector->listing;
    const struct ch_reflector_sink *sink = &reflector->options.sink;

    memcpy(reflector->resource_version, listing->resource_version, CH_RESOURCE_VERSION_SIZE);
    reflector->is_unpaged = false;
    sink->replace(sink->user, reflector->options.kind, listing->items, listing->count);
    ch_listing_clear(listing);
    set_problem(reflector, NULL);
    atomic_store(&reflector->is_synced, true);
    start_watch(reflector);
}

static void
on_listed(struct ch_reflector *reflector, struct ch_signal *signal)
{
    const bool is_continued = reflector->listing.has_begun;
    char *continue_token = NULL;

    reflector->is_requested = false;
    if (signal->status == CHANDRA_OK)
        signal->status = ch_listing_add(reflector, signal, &continue_token, &signal->err);
    if (signal->status == CHANDRA_OK) {
        if (continue_token)
            request_page(reflector, continue_token);
        else
            finish_list(reflector);
        ch_free(continue_token);
        return;
    }
    ch_listing_clear(&reflector->listing);
    /* The pages take longer than the server remembers. A list in one piece may be too large: it is
     * tried once. */
    reflector->is_unpaged = signal->status == CHANDRA_EGONE && is_continued;
    if (reflector->is_unpaged) {
        list_anew(reflector, &signal->err);
    } else {
        try_later(reflector, false, signal->retry_after_ms, &signal->err);
    }
}

/* Watches. */

static enum chandra_watch_restart
restart_reason(enum chandra_status status, const struct ch_signal *signal)
{
    if (status == CHANDRA_OK)
        return CHANDRA_RESTART_ENDED;
    if (status == CHANDRA_EGONE)
        return CHANDRA_RESTART_EXPIRED;
    if (status == CHANDRA_ENOMEM)
        return CHANDRA_RESTART_MEMORY;
    if (signal->http_status == 0)
        return CHANDRA_RESTART_LOST;
    if (signal->type == CH_SIGNAL_EVENT && signal->status != CHANDRA_OK)
        return CHANDRA_RESTART_INVALID;
    return CHANDRA_RESTART_REFUSED;
}

static void
count_restart(struct ch_reflector *reflector, enum chandra_watch_restart reason)
{
    atomic_fetch_add(&reflector->restarts[reason], 1);
}

static int64_t
now(const struct ch_reflector *reflector)
{
    return reflector->options.transport->ops->now_ms(reflector->options.transport);
}

static void
start_watch(struct ch_reflector *reflector)
{
    struct chandra_error err;

    if (ch_reflector_is_stopped(reflector))
        return;
    reflector->state = CH_REFLECTOR_WATCHING;
    reflector->is_healthy = false;
    reflector->watch_began_ms = now(reflector);
    if (ch_reflector_watch(reflector, &err) != CHANDRA_OK)
        try_later(reflector, true, -1, &err);
}

static bool
has_lasted(const struct ch_reflector *reflector)
{
    return reflector->is_healthy || now(reflector) - reflector->watch_began_ms >= LASTING_MS;
}

/* The watch was refused or is of no use: watch again from where it was, or list anew. */
static void
watch_failed(struct ch_reflector *reflector, enum chandra_status status,
             const struct ch_signal *signal)
{
    const bool may_resume = status == CHANDRA_ETRANSIENT || status == CHANDRA_ETHROTTLED ||
                            status == CHANDRA_ENOMEM || status == CHANDRA_EPARSE ||
                            status == CHANDRA_EINVAL;

    if (has_lasted(reflector))
        succeed(reflector);
    ch_reflector_end_watch(reflector);
    if (status == CHANDRA_EGONE) {
        list_anew(reflector, &signal->err);
        return;
    }
    if (signal->http_status != 0 && status != CHANDRA_ETHROTTLED && status != CHANDRA_ENOMEM)
        reflector->refusals++;
    try_later(reflector, may_resume && reflector->refusals < MAX_REFUSALS, signal->retry_after_ms,
              &signal->err);
}

static void
on_closed(struct ch_reflector *reflector, struct ch_signal *signal)
{
    const bool is_ordinary = signal->status == CHANDRA_OK || signal->http_status == 0;

    count_restart(reflector, restart_reason(signal->status, signal));
    if (is_ordinary && has_lasted(reflector)) {
        succeed(reflector);
        ch_reflector_end_watch(reflector);
        start_watch(reflector);
        return;
    }
    if (signal->status == CHANDRA_OK)
        signal->status =
            chandra_error_set(&signal->err, CHANDRA_ETRANSIENT, "the watch ended at once");
    watch_failed(reflector, signal->status, signal);
}

/* Tell the sink that an object is gone that can no longer be read. */
static enum chandra_status
remove_unread(struct ch_reflector *reflector, const struct chandra_value *value,
              struct chandra_error *err)
{
    const struct ch_reflector_sink *sink = &reflector->options.sink;
    struct chandra_doc *doc = NULL;
    struct ch_reflected item = {0};
    const enum chandra_status st =
        ch_reflected_stub(reflector->options.kind, value, &doc, &item, err);

    if (st != CHANDRA_OK)
        return st == CHANDRA_ENOMEM ? st : CHANDRA_OK;
    sink->remove(sink->user, &item);
    chandra_object_unref(item.object);
    chandra_doc_free(doc);
    return CHANDRA_OK;
}

/* An object that was changed into something that cannot be read is gone, as it would be from a
 * list. */
static enum chandra_status
skip_object(struct ch_reflector *reflector, const struct ch_watch_event *event,
            struct chandra_error *err)
{
    ch_log(&reflector->options.logger, CHANDRA_LOG_ERROR, "skipped in a watch: %s", err->message);
    return event->type == CH_WATCH_ADDED ? CHANDRA_OK
                                         : remove_unread(reflector, event->object, err);
}

static enum chandra_status
take_object(struct ch_reflector *reflector, const struct ch_watch_event *event,
            struct chandra_error *err)
{
    const struct ch_reflector_sink *sink = &reflector->options.sink;
    struct chandra_value *value = chandra_value_get_mutable(event->doc->roots[0], "object");
    struct ch_reflected item = {0};
    const enum chandra_status st =
        ch_reflected_decode(reflector->options.kind, event->doc, value, &item, err);

    if (st == CHANDRA_ENOMEM)
        return st;
    if (st != CHANDRA_OK)
        return skip_object(reflector, event, err);
    if (event->type == CH_WATCH_DELETED)
        sink->remove(sink->user, &item);
    else
        sink->put(sink->user, &item);
    chandra_object_unref(item.object);
    return CHANDRA_OK;
}

static void
on_event(struct ch_reflector *reflector, struct ch_signal *signal)
{
    const struct ch_watch_event *event = &signal->event;
    enum chandra_status st = signal->status;

    if (st == CHANDRA_OK)
        atomic_fetch_add(&reflector->events[event->type], 1);
    if (st == CHANDRA_OK && event->type == CH_WATCH_ERROR)
        st = event->status;
    if (st == CHANDRA_OK && event->type != CH_WATCH_BOOKMARK)
        st = take_object(reflector, event, &signal->err);
    /* Without the version of this event the next watch would begin before it: nothing is lost. */
    if (st == CHANDRA_OK)
        (void)ch_read_resource_version(event->object, reflector->resource_version);
    if (st != CHANDRA_OK) {
        count_restart(reflector, restart_reason(st, signal));
        watch_failed(reflector, st, signal);
        return;
    }
    reflector->is_healthy = true;
    succeed(reflector);
}

/* Signals. */

static void
start(struct ch_reflector *reflector)
{
    if (reflector->state == CH_REFLECTOR_IDLE && !reflector->is_requested)
        start_list(reflector);
}

static void
on_timer(struct ch_reflector *reflector)
{
    if (reflector->state != CH_REFLECTOR_WAITING)
        return;
    if (reflector->is_watch_next)
        start_watch(reflector);
    else
        start_list(reflector);
}

void
ch_reflector_handle(struct ch_reflector *reflector, struct ch_signal *signal)
{
    const bool is_present =
        reflector->state == CH_REFLECTOR_WATCHING && signal->watch == reflector->watch_number;

    switch (signal->type) {
    case CH_SIGNAL_START:
        start(reflector);
        break;
    case CH_SIGNAL_LISTED:
        on_listed(reflector, signal);
        break;
    case CH_SIGNAL_OPENED:
        if (is_present) /* in step again, although there may be nothing to tell for long */
            set_problem(reflector, NULL);
        break;
    case CH_SIGNAL_EVENT:
        if (is_present)
            on_event(reflector, signal);
        break;
    case CH_SIGNAL_CLOSED:
        if (is_present)
            on_closed(reflector, signal);
        break;
    case CH_SIGNAL_TIMER:
        on_timer(reflector);
        break;
    }
}

void
ch_reflector_recover(struct ch_reflector *reflector, bool has_lost_page)
{
    struct chandra_error err;

    /* A list on its way says it all; what was lost came from a watch that has ended. */
    if (reflector->is_requested && !has_lost_page)
        return;
    (void)ch_no_memory("what the API server said", &err);
    if (reflector->state == CH_REFLECTOR_WATCHING)
        count_restart(reflector, CHANDRA_RESTART_MEMORY);
    ch_reflector_end_watch(reflector);
    ch_listing_clear(&reflector->listing);
    reflector->is_requested = false;
    try_later(reflector, false, -1, &err);
}
