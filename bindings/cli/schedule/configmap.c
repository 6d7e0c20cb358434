/* configmap.c - one GET, then a watch of the one object; both again when the watch has ended.
 *
 * What the transport's thread hears it leaves, as text, for the scheduler's thread to pick up.
 */
#include "schedule/configmap.h"

#include <chandra/client.h>
#include <chandra/sys/base.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { PAUSE_MS = 1000, PATH_SIZE = 700 };

/* What is to be done, or under way. */
enum step { ASK, ASKING, WATCH, WATCHING };

struct configmap {
    struct chandra_transport *transport;
    struct bell *bell;
    char *name;
    char path[PATH_SIZE];
    struct chandra_watch *watch; /* of the scheduler's thread, as the two below */
    int64_t due_ms;              /* not before */
    char version[64];            /* to watch from */

    pthread_mutex_t mutex;
    pthread_cond_t answered;
    enum step step;
    char *text;                 /* news: the object, or a watch event around it */
    bool is_gone;               /* news: it was deleted */
    struct chandra_error error; /* why it cannot be had; status OK when it can */
};

enum chandra_status
configmap_new(struct chandra_transport *transport, const char *name, struct bell *bell,
              struct configmap **out_map, struct chandra_error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    const size_t space = strspn(name, allowed);
    const size_t size = strlen(name) + 1;
    struct configmap *map;

    if (space == 0 || space > 63 || name[space] != '/' || !name[space + 1] ||
        strspn(name + space + 1, allowed) != size - space - 2 || size > 320)
        return chandra_error_set(err, CHANDRA_EINVAL, "want NAMESPACE/NAME, got \"%.100s\"", name);
    map = chandra_realloc(NULL, sizeof(*map));
    if (!map)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(map, 0, sizeof(*map));
    pthread_mutex_init(&map->mutex, NULL);
    pthread_cond_init(&map->answered, NULL);
    map->transport = transport;
    map->bell = bell;
    map->name = chandra_realloc(NULL, size);
    if (!map->name) {
        configmap_free(map);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    memcpy(map->name, name, size);
    snprintf(map->path, sizeof(map->path), "/api/v1/namespaces/%.*s/configmaps", (int)space, name);
    *out_map = map;
    return CHANDRA_OK;
}

void
configmap_close(struct configmap *map)
{
    if (map->watch)
        map->transport->ops->watch_stop(map->transport, map->watch);
    map->watch = NULL;
}

void
configmap_free(struct configmap *map)
{
    if (!map)
        return;
    pthread_cond_destroy(&map->answered);
    pthread_mutex_destroy(&map->mutex);
    chandra_free(map->text);
    chandra_free(map->name);
    chandra_free(map);
}

const char *
configmap_name(const struct configmap *map)
{
    return map->name;
}

/* The mutex is held; takes the text. */
static void
set_text(struct configmap *map, char *text)
{
    chandra_free(map->text);
    map->text = text;
    map->is_gone = false;
    map->error = (struct chandra_error){0};
}

static void
ring(struct configmap *map)
{
    if (map->bell)
        bell_ring(map->bell);
}

static void
set_error(struct configmap *map, const struct chandra_response *response)
{
    const enum chandra_status st = response->http_status == 404   ? CHANDRA_ENOTFOUND
                                   : response->http_status == 403 ? CHANDRA_EFORBIDDEN
                                                                  : CHANDRA_ETRANSIENT;

    if (st == CHANDRA_ENOTFOUND)
        chandra_error_set(&map->error, st, "ConfigMap %s does not exist", map->name);
    else
        chandra_error_set(&map->error, st, "ConfigMap %s cannot be read: HTTP status %d: %.300s",
                          map->name, response->http_status, response->body);
}

static void
on_answer(void *user, const struct chandra_response *response)
{
    struct configmap *map = user;
    const bool is_there = response->http_status == 200;
    char *text = is_there ? chandra_strndup(response->body, response->body_len) : NULL;

    pthread_mutex_lock(&map->mutex);
    if (text)
        set_text(map, text);
    else if (!is_there)
        set_error(map, response);
    map->step = text ? WATCH : ASK;
    pthread_cond_signal(&map->answered);
    pthread_mutex_unlock(&map->mutex);
    ring(map);
}

static bool
is_event(const char *line, size_t len, const char *type)
{
    char begin[40];
    const size_t size = (size_t)snprintf(begin, sizeof(begin), "{\"type\":\"%s\"", type);

    return len > size && memcmp(line, begin, size) == 0;
}

static void
on_event(void *user, const char *line, size_t len)
{
    struct configmap *map = user;
    char *text;

    if (is_event(line, len, "BOOKMARK") || is_event(line, len, "ERROR"))
        return;
    text = chandra_strndup(line, len);
    pthread_mutex_lock(&map->mutex);
    if (text)
        set_text(map, text);
    map->is_gone = is_event(line, len, "DELETED");
    pthread_mutex_unlock(&map->mutex);
    ring(map);
}

static void
on_closed(void *user, const struct chandra_response *why)
{
    struct configmap *map = user;

    (void)why;
    pthread_mutex_lock(&map->mutex);
    map->step = ASK;
    pthread_mutex_unlock(&map->mutex);
    ring(map);
}

static enum step
step_of(struct configmap *map)
{
    enum step step;

    pthread_mutex_lock(&map->mutex);
    step = map->step;
    pthread_mutex_unlock(&map->mutex);
    return step;
}

static void
set_step(struct configmap *map, enum step step)
{
    pthread_mutex_lock(&map->mutex);
    map->step = step;
    pthread_mutex_unlock(&map->mutex);
}

static void
ask(struct configmap *map)
{
    char path[PATH_SIZE + 320];
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};

    if (map->watch)
        map->transport->ops->watch_stop(map->transport, map->watch);
    map->watch = NULL;
    snprintf(path, sizeof(path), "%s/%s", map->path, strchr(map->name, '/') + 1);
    set_step(map, ASKING);
    if (map->transport->ops->submit(map->transport, &request, on_answer, map, NULL) != CHANDRA_OK)
        set_step(map, ASK);
}

static void
watch(struct configmap *map)
{
    char path[PATH_SIZE + 500];
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};
    const struct chandra_watch_sink sink = {
        .size = sizeof(sink), .user = map, .event = on_event, .closed = on_closed};

    snprintf(path, sizeof(path),
             "%s?watch=1&allowWatchBookmarks=true&fieldSelector=metadata.name%%3D%s&"
             "resourceVersion=%s",
             map->path, strchr(map->name, '/') + 1, map->version);
    set_step(map, WATCHING);
    if (map->transport->ops->watch(map->transport, &request, &sink, &map->watch, NULL) !=
        CHANDRA_OK)
        set_step(map, ASK);
}

bool
configmap_has_news(struct configmap *map)
{
    bool has_news;

    pthread_mutex_lock(&map->mutex);
    has_news = map->text || map->step == WATCH;
    pthread_mutex_unlock(&map->mutex);
    return has_news;
}

/* Remember from where to watch; a watch event is opened. */
static enum chandra_status
parse(struct configmap *map, const char *text, struct chandra_doc **out_doc,
      struct chandra_error *err)
{
    struct chandra_doc *doc;
    struct chandra_value *copied;
    const struct chandra_value *root, *object;
    const char *version;
    enum chandra_status st = chandra_doc_parse_json(text, strlen(text), map->name, NULL, &doc, err);

    if (st != CHANDRA_OK)
        return st;
    root = chandra_doc_root(doc, 0);
    object = chandra_value_get(root, "object");
    version = chandra_value_string(chandra_value_get(
        chandra_value_get(object ? object : root, "metadata"), "resourceVersion"));
    snprintf(map->version, sizeof(map->version), "%s", version ? version : "");
    if (!object) {
        *out_doc = doc;
        return CHANDRA_OK;
    }
    st = chandra_doc_new(out_doc, err);
    if (st == CHANDRA_OK) {
        copied = chandra_value_copy(*out_doc, object);
        if (!copied || !chandra_doc_add_root(*out_doc, copied)) {
            chandra_doc_free(*out_doc);
            st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
        }
    }
    chandra_doc_free(doc);
    return st;
}

static enum chandra_status
take_news(struct configmap *map, struct chandra_doc **out_doc, struct chandra_error *err)
{
    struct chandra_error failure;
    enum chandra_status st = CHANDRA_OK;
    bool is_gone;
    char *text;

    pthread_mutex_lock(&map->mutex);
    text = map->text;
    map->text = NULL;
    is_gone = map->is_gone;
    failure = map->error;
    pthread_mutex_unlock(&map->mutex);
    *out_doc = NULL;
    if (text && !is_gone)
        st = parse(map, text, out_doc, err);
    chandra_free(text);
    if (is_gone)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "ConfigMap %s was deleted", map->name);
    if (failure.status != CHANDRA_OK)
        return chandra_error_set(err, failure.status, "%s", failure.message);
    return st;
}

enum chandra_status
configmap_look(struct configmap *map, struct chandra_doc **out_doc, struct chandra_error *err)
{
    const int64_t now = map->transport->ops->now_ms(map->transport);
    const enum chandra_status st = take_news(map, out_doc, err);
    const enum step step = step_of(map);

    if (step == WATCH) {
        watch(map);
    } else if (step == ASK && now >= map->due_ms) {
        map->due_ms = now + PAUSE_MS;
        ask(map);
    }
    return st;
}

enum chandra_status
configmap_fetch(struct configmap *map, struct chandra_doc **out_doc, struct chandra_error *err)
{
    enum chandra_status st;

    ask(map);
    pthread_mutex_lock(&map->mutex);
    while (map->step == ASKING)
        pthread_cond_wait(&map->answered, &map->mutex);
    pthread_mutex_unlock(&map->mutex);
    st = take_news(map, out_doc, err);
    if (st == CHANDRA_OK && !*out_doc)
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return st;
}
