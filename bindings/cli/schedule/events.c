/* events.c - builds Events and conditions, and keeps account of what was told. */
#include "schedule/events.h"

#include "map.h"
#include "schedule/outbox.h"
#include "values.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    REFRESH_MS = 6 * 60 * 1000, /* of a series that goes on */
    MAX_UNSAID = 1000,
    TIME_SIZE = 40,
    PATH_SIZE = 768,
    NAME_SIZE = 320,
};

static const char merge_patch[] = "application/strategic-merge-patch+json";

struct events {
    struct chandra_transport *transport;
    struct outbox *outbox;
    char *reporter;
    char *instance;
    uint64_t number; /* of the last Event */
    pthread_mutex_t mutex;
    struct map unsaid; /* uids of pods whose condition could not be written */
    size_t refused;
};

/* A write has ended. Conditions have the pod's uid as id, Events none. */
static void
on_done(void *user, const char *id, const struct chandra_response *response)
{
    struct events *events = user;

    if (response->http_status >= 200 && response->http_status < 300)
        return;
    pthread_mutex_lock(&events->mutex);
    events->refused++;
    if (events->unsaid.count == MAX_UNSAID)
        map_clear(&events->unsaid, NULL); /* of pods that are gone, mostly */
    if (*id)
        (void)map_set(&events->unsaid, id, events);
    pthread_mutex_unlock(&events->mutex);
}

enum chandra_status
events_new(struct chandra_transport *transport, const char *reporter, const char *instance,
           struct events **out_events, struct chandra_error *err)
{
    struct events *events = chandra_realloc(NULL, sizeof(*events));
    enum chandra_status st;

    if (!events)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(events, 0, sizeof(*events));
    events->transport = transport;
    events->reporter = chandra_strdup(reporter);
    events->instance = chandra_strdup(instance);
    events->number = (uint64_t)transport->ops->wall_time(transport) << 20;
    pthread_mutex_init(&events->mutex, NULL);
    st = outbox_new(transport, on_done, events, &events->outbox, err);
    if (st == CHANDRA_OK && (!events->reporter || !events->instance))
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    if (st == CHANDRA_OK)
        *out_events = events;
    else
        events_free(events);
    return st;
}

void
events_free(struct events *events)
{
    if (!events)
        return;
    outbox_free(events->outbox);
    map_clear(&events->unsaid, NULL);
    pthread_mutex_destroy(&events->mutex);
    chandra_free(events->reporter);
    chandra_free(events->instance);
    chandra_free(events);
}

static int64_t
wall_time(const struct events *events)
{
    return events->transport->ops->wall_time(events->transport);
}

/* RFC 3339, with microseconds for what the API calls MicroTime. */
static const char *
time_text(int64_t wall_time, bool has_micros, char text[TIME_SIZE])
{
    const time_t seconds = (time_t)wall_time;
    struct tm tm;
    size_t len;

    gmtime_r(&seconds, &tm);
    len = strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + len, TIME_SIZE - len, "%s", has_micros ? ".000000Z" : "Z");
    return text;
}

static void
send(struct events *events, struct chandra_request *request, const struct chandra_value *body,
     const char *id)
{
    char *text = NULL;

    if (chandra_value_print(body, CHANDRA_PRINT_COMPACT, &text, &request->body_len, NULL) !=
        CHANDRA_OK)
        return;
    request->body = text;
    outbox_put(events->outbox, request, id);
    chandra_free(text);
}

/* What an Event says. */
struct news {
    const struct chandra_object *pod;
    uint64_t number;
    const char *type;
    const char *reason;
    const char *action;
    const char *note;
};

static const char *
event_name(const struct news *news, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%s.%llx", chandra_object_name(news->pod),
             (unsigned long long)news->number);
    return name;
}

static bool
build_event(const struct events *events, const struct news *news, struct chandra_doc *doc,
            struct chandra_value *root)
{
    char name[NAME_SIZE];
    char now[TIME_SIZE];
    const char *name_space = chandra_object_namespace(news->pod);

    return values_set_texts(doc, root,
                            (const char *[]){"apiVersion", "events.k8s.io/v1", "kind", "Event",
                                             "eventTime", time_text(wall_time(events), true, now),
                                             "type", news->type, "reason", news->reason, "action",
                                             news->action, "note", news->note,
                                             "reportingController", events->reporter,
                                             "reportingInstance", events->instance, NULL}) &&
           values_set_texts(
               doc, values_add_object(doc, root, "metadata"),
               (const char *[]){"name", event_name(news, name), "namespace", name_space, NULL}) &&
           values_set_texts(doc, values_add_object(doc, root, "regarding"),
                            (const char *[]){"apiVersion", "v1", "kind", "Pod", "name",
                                             chandra_object_name(news->pod), "namespace",
                                             name_space, "uid", chandra_object_uid(news->pod),
                                             "resourceVersion",
                                             chandra_object_resource_version(news->pod), NULL});
}

static void
post_event(struct events *events, const struct news *news)
{
    struct chandra_request request = {.method = CHANDRA_POST};
    struct chandra_doc *doc;
    struct chandra_value *root;
    char path[PATH_SIZE];

    if (chandra_doc_new(&doc, NULL) != CHANDRA_OK)
        return;
    root = chandra_value_new_object(doc);
    snprintf(path, sizeof(path), "/apis/events.k8s.io/v1/namespaces/%s/events",
             chandra_object_namespace(news->pod));
    request.path = path;
    if (build_event(events, news, doc, root))
        send(events, &request, root, "");
    chandra_doc_free(doc);
}

static void
patch_series(struct events *events, const struct news *news, uint32_t count)
{
    struct chandra_request request = {.method = CHANDRA_PATCH, .content_type = merge_patch};
    struct chandra_doc *doc;
    struct chandra_value *root;
    struct chandra_value *series;
    char path[PATH_SIZE];
    char name[NAME_SIZE];
    char now[TIME_SIZE];

    if (chandra_doc_new(&doc, NULL) != CHANDRA_OK)
        return;
    root = chandra_value_new_object(doc);
    series = values_add_object(doc, root, "series");
    snprintf(path, sizeof(path), "/apis/events.k8s.io/v1/namespaces/%s/events/%s",
             chandra_object_namespace(news->pod), event_name(news, name));
    request.path = path;
    if (values_set_texts(
            doc, series,
            (const char *[]){"lastObservedTime", time_text(wall_time(events), true, now), NULL}) &&
        chandra_value_set(series, "count", chandra_value_new_int64(doc, count)))
        send(events, &request, root, "");
    chandra_doc_free(doc);
}

void
events_scheduled(struct events *events, const struct chandra_pod *pod, const char *node)
{
    const struct chandra_object *object = chandra_pod_object(pod);
    char note[1024];
    const struct news news = {.pod = object,
                              .number = ++events->number,
                              .type = "Normal",
                              .reason = "Scheduled",
                              .action = "Binding",
                              .note = note};

    snprintf(note, sizeof(note), "Successfully assigned %s/%s to %s",
             chandra_object_namespace(object), chandra_object_name(object), node);
    post_event(events, &news);
}

/* FNV-1a; never 0. */
static uint64_t
hash_of(const char *a, const char *b)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *a; a++)
        hash = (hash ^ (unsigned char)*a) * UINT64_C(1099511628211);
    for (; *b; b++)
        hash = (hash ^ (unsigned char)*b) * UINT64_C(1099511628211);
    return hash ? hash : 1;
}

static void
tell_event(struct events *events, struct told *told, struct news *news)
{
    const int64_t now_ms = events->transport->ops->now_ms(events->transport);
    const uint64_t hash = hash_of(news->reason, news->note);

    if (!told->event || told->note != hash) {
        told->event = ++events->number;
        told->note = hash;
        told->count = 1;
        told->written_ms = now_ms;
        news->number = told->event;
        post_event(events, news);
        return;
    }
    told->count++;
    if (told->count > 2 && now_ms < told->written_ms + REFRESH_MS)
        return;
    told->written_ms = now_ms;
    news->number = told->event;
    patch_series(events, news, told->count);
}

/* Take note of a condition that did not arrive. */
static void
recall_unsaid(struct events *events, const struct chandra_object *pod, struct told *told)
{
    pthread_mutex_lock(&events->mutex);
    if (events->unsaid.count > 0 && map_remove(&events->unsaid, chandra_object_uid(pod)))
        told->condition = 0;
    pthread_mutex_unlock(&events->mutex);
}

/* What the condition PodScheduled says. */
struct condition {
    const struct chandra_object *pod;
    const char *reason;
    const char *text;
    int64_t since;
};

/* With the version that was seen, so that a pod that has been bound meanwhile is left alone. */
static bool
build_condition(const struct condition *condition, struct chandra_doc *doc,
                struct chandra_value *root)
{
    const struct chandra_object *pod = condition->pod;
    struct chandra_value *list = chandra_value_new_array(doc);
    struct chandra_value *entry = chandra_value_new_object(doc);
    char since[TIME_SIZE];

    return values_set_texts(doc, values_add_object(doc, root, "metadata"),
                            (const char *[]){"uid", chandra_object_uid(pod), "resourceVersion",
                                             chandra_object_resource_version(pod), NULL}) &&
           values_set_texts(doc, entry,
                            (const char *[]){"type", "PodScheduled", "status", "False", "reason",
                                             condition->reason, "message", condition->text,
                                             "lastTransitionTime",
                                             time_text(condition->since, false, since), NULL}) &&
           list && chandra_value_append(list, entry) &&
           chandra_value_set(values_add_object(doc, root, "status"), "conditions", list);
}

static void
tell_condition(struct events *events, const struct chandra_object *pod, struct told *told,
               const char *reason, const char *text)
{
    struct chandra_request request = {.method = CHANDRA_PATCH, .content_type = merge_patch};
    struct condition condition = {.pod = pod, .reason = reason, .text = text};
    const uint64_t hash = hash_of(reason, text);
    struct chandra_doc *doc;
    struct chandra_value *root;
    char path[PATH_SIZE];

    recall_unsaid(events, pod, told);
    if (told->condition == hash || chandra_doc_new(&doc, NULL) != CHANDRA_OK)
        return;
    told->condition = hash;
    if (!told->since)
        told->since = wall_time(events);
    condition.since = told->since;
    root = chandra_value_new_object(doc);
    snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s/status",
             chandra_object_namespace(pod), chandra_object_name(pod));
    request.path = path;
    if (root && build_condition(&condition, doc, root))
        send(events, &request, root, chandra_object_uid(pod));
    chandra_doc_free(doc);
}

void
events_failed(struct events *events, const struct chandra_pod *pod, struct told *told,
              const char *reason, const char *text)
{
    struct news news = {.pod = chandra_pod_object(pod),
                        .type = "Warning",
                        .reason = "FailedScheduling",
                        .action = "Scheduling",
                        .note = text};

    tell_event(events, told, &news);
    tell_condition(events, news.pod, told, reason, text);
}

void
events_hold(struct events *events, bool is_held)
{
    outbox_hold(events->outbox, is_held);
}

size_t
events_waiting(struct events *events)
{
    return outbox_count(events->outbox);
}

size_t
events_lost(struct events *events)
{
    size_t lost;

    pthread_mutex_lock(&events->mutex);
    lost = events->refused;
    pthread_mutex_unlock(&events->mutex);
    return lost + outbox_dropped(events->outbox);
}

void
events_close(struct events *events)
{
    outbox_close(events->outbox);
}
