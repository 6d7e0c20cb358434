/* watch.c - watches: who is told what, and when each ends. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/route.h"
#include "sim/sim.h"
#include "sim/values.h"
#include "sim/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The server tells how far it is when it has had nothing else to say for so many events or so long,
 * and keeps this many events for those who come back. */
enum { BOOKMARK_EVENTS = 500, BOOKMARK_MS = 60 * 1000, KEPT_EVENTS = 1000 };

struct chandra_watch {
    struct chandra_watch *next;
    uint64_t id;
    struct ch_sim_route route; /* what is watched */
    struct chandra_watch_sink sink;
    int64_t begin_ms;               /* before then nothing is told: the answer is delayed */
    int64_t end_ms;                 /* -1: none */
    int end_status;                 /* HTTP status of the end; 0: the connection was cut */
    uint64_t event;                 /* number of the next event to look at */
    uint64_t told_event;            /* the event after the last that was told */
    int64_t told_ms;                /* when something was told */
    struct ch_sim_versions initial; /* objects to tell of first */
    size_t initial_done;
    uint64_t lost_revision; /* not 0: so old that the events since are forgotten */
    bool is_open;           /* `opened` has been called, or is not asked for */
    bool is_over;           /* `closed` has been called */
    bool is_stopped;        /* from inside a callback: whoever calls back frees it */
    struct ch_sim_running running;
};

static void
free_watch(struct chandra_watch *watch)
{
    ch_sim_versions_clear(&watch->initial);
    ch_sim_route_clear(&watch->route);
    ch_free(watch);
}

/* Calling back. Each gives the lock away meanwhile and says whether the watch still exists. */

static bool
end_callback(struct chandra_sim *sim, struct chandra_watch *watch)
{
    ch_sim_run_end(sim, &watch->running);
    if (!watch->is_stopped)
        return true;
    free_watch(watch);
    return false;
}

static bool
tell(struct chandra_sim *sim, struct chandra_watch *watch, const char *line, size_t len)
{
    watch->told_event = watch->event;
    watch->told_ms = sim->now_ms;
    ch_sim_run_begin(sim, &watch->running);
    watch->sink.event(watch->sink.user, line, len);
    return end_callback(sim, watch);
}

static void
tell_open(struct chandra_sim *sim, struct chandra_watch *watch)
{
    watch->is_open = true;
    ch_sim_run_begin(sim, &watch->running);
    watch->sink.opened(watch->sink.user);
    (void)end_callback(sim, watch);
}

static bool
close_watch(struct chandra_sim *sim, struct chandra_watch *watch,
            const struct ch_sim_answer *answer)
{
    const struct chandra_response why = {
        .http_status = answer->http_status,
        .body = answer->body.text ? answer->body.text : "",
        .body_len = answer->body.len,
        .retry_after_ms = answer->retry_after_ms,
    };

    watch->is_over = true;
    ch_sim_versions_clear(&watch->initial);
    ch_sim_run_begin(sim, &watch->running);
    watch->sink.closed(watch->sink.user, &why);
    return end_callback(sim, watch);
}

/* End with an error event: the watch has missed something. */
static enum chandra_status
expire(struct chandra_sim *sim, struct chandra_watch *watch, uint64_t revision,
       struct chandra_error *err)
{
    struct ch_buf line = {0};
    char message[96];
    enum chandra_status st = CHANDRA_OK;

    snprintf(message, sizeof(message), "too old resource version: %" PRIu64 " (%" PRIu64 ")",
             revision, sim->store.history.compacted);
    ch_buf_puts(&line, "{\"type\":\"ERROR\",\"object\":");
    ch_sim_put_status(&line, 410, "Expired", message, NULL, NULL);
    ch_buf_putc(&line, '}');
    if (!ch_buf_ok(&line))
        st = ch_sim_no_memory(err);
    else if (tell(sim, watch, line.text, line.len))
        close_watch(sim, watch, &(struct ch_sim_answer){.http_status = 200, .retry_after_ms = -1});
    ch_buf_clear(&line);
    return st;
}

/* A mark of how far the watch has seen everything; losing one does no harm. */
static bool
tell_bookmark(struct chandra_sim *sim, struct chandra_watch *watch)
{
    const struct ch_sim_event *last =
        watch->event > sim->store.history.first ? ch_sim_event_at(sim, watch->event - 1) : NULL;
    const uint64_t revision = last ? last->now->revision : sim->store.history.compacted;
    const bool is_whole = watch->route.form == CH_SIM_FORM_WHOLE;
    struct ch_buf line = {0};
    bool is_there = true;

    watch->told_event = watch->event;
    watch->told_ms = sim->now_ms;
    ch_buf_printf(&line,
                  "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"%s\",\"apiVersion\":\"%s\","
                  "\"metadata\":{\"resourceVersion\":\"%" PRIu64 "\",\"creationTimestamp\":null}}}",
                  is_whole ? watch->route.kind->name : "PartialObjectMetadata",
                  is_whole ? watch->route.kind->api_version : "meta.k8s.io/v1", revision);
    if (ch_buf_ok(&line))
        is_there = tell(sim, watch, line.text, line.len);
    ch_buf_clear(&line);
    return is_there;
}

/* Starting and stopping. */

static void
add_watch(struct chandra_sim *sim, struct chandra_watch *watch)
{
    struct chandra_watch **link = &sim->watches;

    while (*link)
        link = &(*link)->next;
    *link = watch;
}

static void
remove_watch(struct chandra_sim *sim, const struct chandra_watch *watch)
{
    struct chandra_watch **link = &sim->watches;

    while (*link && *link != watch)
        link = &(*link)->next;
    if (*link)
        *link = watch->next;
}

/* Where the watch begins: after a revision, or with the objects there are. */
static enum chandra_status
set_start(struct chandra_sim *sim, struct chandra_watch *watch, struct chandra_error *err)
{
    const char *text = watch->route.resource_version;
    int64_t revision = 0;

    if (!ch_is_empty(text) && (!ch_parse_int64(text, &revision) || revision < 0))
        return chandra_error_set(err, CHANDRA_EINVAL, "resourceVersion: Invalid value: \"%s\"",
                                 text);
    watch->event = watch->told_event = ch_sim_event_end(sim);
    watch->told_ms = sim->now_ms;
    if (revision == 0)
        return ch_sim_versions_of(sim, watch->route.kind->id, watch->route.name_space,
                                  &watch->initial, err);
    if ((uint64_t)revision < sim->store.history.compacted)
        watch->lost_revision = (uint64_t)revision;
    else
        watch->event = watch->told_event = ch_sim_event_after(sim, (uint64_t)revision);
    return CHANDRA_OK;
}

/* Have the watch looked at again later. */
static enum chandra_status
set_alarm(struct chandra_sim *sim, struct ch_sim_agenda *agenda, const struct chandra_watch *watch,
          int64_t due, struct chandra_error *err)
{
    const struct ch_sim_alarm alarm = {due, ++sim->order, CH_SIM_ALARM_WATCH, NULL, watch->id};

    return ch_sim_agenda_add(agenda, &alarm) ? CHANDRA_OK : ch_sim_no_memory(err);
}

/* The end of a watch is no reason for the clock to go on. */
static enum chandra_status
set_end(struct chandra_sim *sim, struct chandra_watch *watch, int64_t delay_ms, int http_status,
        struct chandra_error *err)
{
    watch->end_ms = sim->now_ms + delay_ms;
    watch->end_status = http_status;
    return set_alarm(sim, &sim->periodic, watch, watch->end_ms, err);
}

/* What a fault does to a watch that it does not refuse: cut it later, or let it begin later. */
static enum chandra_status
set_mishap(struct chandra_sim *sim, struct chandra_watch *watch, const struct ch_sim_mishap *mishap,
           struct chandra_error *err)
{
    if (!mishap->is_hit)
        return CHANDRA_OK;
    if (mishap->after_effect)
        return set_end(sim, watch, mishap->delay_ms, mishap->drop ? 0 : mishap->http_status, err);
    if (mishap->delay_ms == 0)
        return CHANDRA_OK;
    watch->begin_ms = sim->now_ms + mishap->delay_ms;
    return set_alarm(sim, &sim->alarms, watch, watch->begin_ms, err);
}

/* Find out what is watched, and from where on. */
static enum chandra_status
aim(struct chandra_sim *sim, struct chandra_watch *watch, const struct chandra_request *request,
    struct chandra_error *err)
{
    enum chandra_status st = ch_sim_route_parse(request->path, &watch->route, err);

    if (st != CHANDRA_OK)
        return st;
    watch->route.form = ch_sim_form_of(request->accept, false);
    if (watch->route.form == CH_SIM_FORM_NONE)
        return chandra_error_set(err, CHANDRA_EUNSUPPORTED, "Accept: %s", request->accept);
    if (!watch->route.kind || !ch_is_empty(watch->route.name))
        return chandra_error_set(err, CHANDRA_EINVAL, "only collections can be watched");
    st = set_start(sim, watch, err);
    if (st == CHANDRA_OK && watch->route.timeout_s > 0)
        st = set_end(sim, watch, watch->route.timeout_s * 1000, 200, err);
    return st;
}

/* The answer in place of a watch: by a fault, or by the server. */
static void
answer_refusal(const struct ch_sim_mishap *mishap, const struct chandra_watch *watch,
               const struct chandra_error *why, struct ch_sim_answer *answer)
{
    const enum chandra_status st = why->status;

    if (mishap->is_hit && !mishap->after_effect && (mishap->http_status != 0 || mishap->drop)) {
        ch_sim_fault_answer(mishap, answer);
    } else if (watch->route.form == CH_SIM_FORM_NONE) {
        ch_sim_put_not_acceptable(answer);
    } else {
        answer->http_status = ch_sim_http_status(st);
        ch_sim_put_status(&answer->body, answer->http_status,
                          ch_sim_http_reason(answer->http_status, st), why->message, NULL, NULL);
    }
}

enum chandra_status
ch_sim_watch(struct chandra_transport *transport, const struct chandra_request *request,
             const struct chandra_watch_sink *sink, struct chandra_watch **out_watch,
             struct chandra_error *err)
{
    struct chandra_sim *sim = (struct chandra_sim *)transport;
    struct ch_sim_answer answer = {.retry_after_ms = -1};
    struct chandra_watch *watch = ch_calloc(1, sizeof(*watch));
    struct ch_sim_mishap mishap;
    struct chandra_error why;
    bool is_refused;
    enum chandra_status st;

    if (!watch)
        return ch_sim_no_memory(err);
    memcpy(&watch->sink, sink, sink->size < sizeof(*sink) ? sink->size : sizeof(*sink));
    watch->is_open = !watch->sink.opened;
    watch->end_ms = -1;
    ch_sim_lock(sim);
    watch->id = ++sim->watch_id;
    st = aim(sim, watch, request, &why);
    ch_sim_fault_find(sim, "WATCH", request->path, &mishap);
    is_refused =
        st != CHANDRA_OK || (!mishap.after_effect && (mishap.http_status != 0 || mishap.drop));
    if (!is_refused)
        st = set_mishap(sim, watch, &mishap, &why);
    if (st == CHANDRA_ENOMEM) {
        free_watch(watch);
        ch_sim_unlock(sim);
        return ch_sim_no_memory(err);
    }
    *out_watch = watch;
    add_watch(sim, watch);
    if (is_refused) {
        answer_refusal(&mishap, watch, &why, &answer);
        close_watch(sim, watch, &answer);
        ch_buf_clear(&answer.body);
    }
    ch_sim_unlock(sim);
    return CHANDRA_OK;
}

void
ch_sim_watch_stop(struct chandra_transport *transport, struct chandra_watch *watch)
{
    struct chandra_sim *sim = (struct chandra_sim *)transport;

    ch_sim_lock(sim);
    remove_watch(sim, watch);
    while (ch_sim_runs_elsewhere(&watch->running))
        pthread_cond_wait(&sim->lock->idle, &sim->lock->mutex);
    if (watch->running.is_running)
        watch->is_stopped = true;
    else
        free_watch(watch);
    ch_sim_unlock(sim);
}

void
ch_sim_watches_clear(struct chandra_sim *sim)
{
    while (sim->watches) {
        struct chandra_watch *watch = sim->watches;

        sim->watches = watch->next;
        free_watch(watch);
    }
}

/* What an event means to one watch. */

struct notice {
    const char *line;
    size_t len;
    char *own; /* a line made for this watch alone */
};

static void
put_event(struct ch_buf *line, enum ch_sim_event_type type, enum ch_sim_form form,
          const struct chandra_value *object)
{
    static const char *const types[] = {"ADDED", "MODIFIED", "DELETED"};

    ch_buf_printf(line, "{\"type\":\"%s\",\"object\":", types[type]);
    if (form == CH_SIM_FORM_METADATA)
        ch_sim_form_put_metadata(line, object);
    else
        ch_json_put_value(line, object);
    ch_buf_putc(line, '}');
}

static enum chandra_status
take_line(struct ch_buf *line, struct notice *out_notice, struct chandra_error *err)
{
    out_notice->len = line->len;
    out_notice->line = out_notice->own = ch_buf_take(line);
    return out_notice->own ? CHANDRA_OK : ch_sim_no_memory(err);
}

/* An object that is not selected any more is as good as deleted: the old one, with the revision of
 * the change. */
static enum chandra_status
make_line(const struct ch_sim_event *event, bool is_arrival, enum ch_sim_form form,
          struct notice *out_notice, struct chandra_error *err)
{
    const struct ch_sim_version *version = is_arrival ? event->now : event->old;
    struct ch_sim_draft draft;
    struct ch_buf line = {0};
    char revision[24];
    enum chandra_status st = ch_sim_draft_new(version->kind, version->root, &draft, err);

    if (st != CHANDRA_OK)
        return st;
    snprintf(revision, sizeof(revision), "%" PRIu64, event->now->revision);
    if (ch_sim_set_text(draft.doc, chandra_value_get_mutable(draft.root, "metadata"),
                        "resourceVersion", revision))
        put_event(&line, is_arrival ? CH_SIM_ADDED : CH_SIM_DELETED, form, draft.root);
    else
        line.failed = true;
    ch_sim_draft_clear(&draft);
    return take_line(&line, out_notice, err);
}

/* Leaves the notice without a line if the event does not concern the watch. */
static enum chandra_status
make_notice(const struct chandra_watch *watch, struct ch_sim_event *event,
            struct notice *out_notice, struct chandra_error *err)
{
    const struct ch_sim_route *route = &watch->route;
    bool was_selected;
    bool is_selected;
    struct ch_buf line = {0};
    enum chandra_status st;

    if (event->now->kind != route->kind ||
        (!ch_is_empty(route->name_space) && !ch_streq(route->name_space, event->now->name_space)))
        return CHANDRA_OK;
    was_selected = event->old && ch_sim_select_has(&route->select, event->old);
    is_selected = event->type == CH_SIM_DELETED ? was_selected
                                                : ch_sim_select_has(&route->select, event->now);
    if (!was_selected && !is_selected)
        return CHANDRA_OK;
    if (event->type == CH_SIM_MODIFIED && was_selected != is_selected)
        return make_line(event, is_selected, route->form, out_notice, err);
    if (route->form == CH_SIM_FORM_METADATA) {
        put_event(&line, event->type, route->form, event->now->root);
        return take_line(&line, out_notice, err);
    }
    st = ch_sim_event_line(event, err);
    out_notice->line = event->line;
    out_notice->len = event->line_len;
    return st;
}

/* Telling. */

static bool
has_news(const struct chandra_sim *sim, const struct chandra_watch *watch)
{
    if (watch->is_over || watch->running.is_running || sim->now_ms < watch->begin_ms)
        return false;
    return !watch->is_open || watch->lost_revision > 0 ||
           watch->initial_done < watch->initial.count || watch->event < ch_sim_event_end(sim);
}

/* The watch that is furthest behind, so that all see the changes in the order in which they
 * happened. */
static struct chandra_watch *
furthest_behind(const struct chandra_sim *sim)
{
    struct chandra_watch *found = NULL;

    for (struct chandra_watch *watch = sim->watches; watch; watch = watch->next)
        if (has_news(sim, watch) && (!found || watch->event < found->event))
            found = watch;
    return found;
}

static enum chandra_status
tell_initial(struct chandra_sim *sim, struct chandra_watch *watch, struct chandra_error *err)
{
    const struct ch_sim_version *version = watch->initial.items[watch->initial_done];
    struct ch_buf line = {0};

    if (ch_sim_select_has(&watch->route.select, version))
        put_event(&line, CH_SIM_ADDED, watch->route.form, version->root);
    if (line.failed) {
        ch_buf_clear(&line);
        return ch_sim_no_memory(err);
    }
    watch->initial_done++;
    if (line.text)
        tell(sim, watch, line.text, line.len);
    ch_buf_clear(&line);
    return CHANDRA_OK;
}

/* Tell a watch the next thing. */
static enum chandra_status
tell_next(struct chandra_sim *sim, struct chandra_watch *watch, struct chandra_error *err)
{
    struct notice notice = {0};
    enum chandra_status st;

    if (!watch->is_open) {
        tell_open(sim, watch);
        return CHANDRA_OK;
    }
    if (watch->lost_revision > 0)
        return expire(sim, watch, watch->lost_revision, err);
    if (watch->initial_done < watch->initial.count)
        return tell_initial(sim, watch, err);
    st = make_notice(watch, ch_sim_event_at(sim, watch->event), &notice, err);
    if (st != CHANDRA_OK)
        return st;
    watch->event++;
    if (notice.line)
        tell(sim, watch, notice.line, notice.len);
    chandra_free(notice.own);
    return CHANDRA_OK;
}

static bool
wants_bookmark(const struct chandra_sim *sim, const struct chandra_watch *watch)
{
    return watch->route.wants_bookmarks && !watch->is_over && !watch->running.is_running &&
           watch->event > watch->told_event &&
           (watch->event - watch->told_event >= BOOKMARK_EVENTS ||
            sim->now_ms - watch->told_ms >= BOOKMARK_MS);
}

static void
tell_bookmarks(struct chandra_sim *sim)
{
    struct chandra_watch *watch = sim->watches;

    while (watch) {
        if (!wants_bookmark(sim, watch)) {
            watch = watch->next;
            continue;
        }
        tell_bookmark(sim, watch);
        watch = sim->watches; /* the list may have changed meanwhile */
    }
}

/* Forget what all have seen, but for the newest events. */
static void
trim_history(struct chandra_sim *sim)
{
    uint64_t seen = sim->worked;

    for (const struct chandra_watch *watch = sim->watches; watch; watch = watch->next)
        if (!watch->is_over && watch->event < seen)
            seen = watch->event;
    if (seen > sim->store.history.first + (uint64_t)2 * KEPT_EVENTS)
        ch_sim_history_forget(sim, seen - KEPT_EVENTS);
}

static void
expire_all(struct chandra_sim *sim)
{
    struct chandra_watch *watch;

    sim->is_compacting = false;
    ch_sim_snapshots_clear(sim);
    ch_sim_history_compact(sim, sim->worked);
    for (watch = sim->watches; watch; watch = watch->next)
        if (!watch->is_over && watch->lost_revision == 0)
            watch->lost_revision = sim->store.revision;
}

enum chandra_status
ch_sim_deliver(struct chandra_sim *sim, struct chandra_error *err)
{
    struct chandra_watch *watch;
    enum chandra_status st = CHANDRA_OK;

    ch_sim_lock(sim);
    if (sim->is_delivering) { /* from inside a callback: whoever is at it goes on */
        ch_sim_unlock(sim);
        return CHANDRA_OK;
    }
    sim->is_delivering = true;
    do {
        while (st == CHANDRA_OK && (watch = furthest_behind(sim)))
            st = tell_next(sim, watch, err);
        if (st == CHANDRA_OK)
            tell_bookmarks(sim);
        if (sim->is_compacting)
            expire_all(sim);
    } while (st == CHANDRA_OK && furthest_behind(sim));
    sim->is_delivering = false;
    trim_history(sim);
    ch_sim_unlock(sim);
    return st;
}

void
ch_sim_watch_end(struct chandra_sim *sim, uint64_t id)
{
    struct ch_sim_answer answer = {.retry_after_ms = -1};
    struct chandra_watch *watch;

    ch_sim_lock(sim);
    watch = sim->watches;
    while (watch && watch->id != id)
        watch = watch->next;
    if (watch && !watch->is_over && !watch->running.is_running && watch->end_ms >= 0 &&
        watch->end_ms <= sim->now_ms) {
        answer.http_status = watch->end_status;
        if (answer.http_status == 0)
            ch_buf_puts(&answer.body, "the connection was cut");
        if (watch->end_status != 200 || !watch->route.wants_bookmarks || watch->initial.count > 0 ||
            tell_bookmark(sim, watch))
            close_watch(sim, watch, &answer);
        ch_buf_clear(&answer.body);
    }
    ch_sim_unlock(sim);
}

void
chandra_sim_compact(struct chandra_sim *sim)
{
    bool is_delivering;

    ch_sim_lock(sim);
    is_delivering = sim->is_delivering;
    sim->is_compacting = is_delivering;
    if (!is_delivering)
        expire_all(sim);
    ch_sim_unlock(sim);
    /* Running out of memory leaves the rest to the next delivery. */
    if (!is_delivering && ch_sim_deliver(sim, NULL) != CHANDRA_OK)
        ch_sim_note(sim, CHANDRA_LOG_WARNING, "out of memory while watches were ended");
}
