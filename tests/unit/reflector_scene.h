/* reflector_scene.h - a reflector on a transport that does what a test tells it to, step by step,
 * with a sink that notes what it is told. */
#ifndef REFLECTOR_SCENE_H
#define REFLECTOR_SCENE_H

#include "base/alloc.h"
#include "cache/reflector.h"
#include "model/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The transport: keeps what was asked for until the test answers. */

struct fake {
    struct chandra_transport base; /* first, so that a pointer to one is a pointer to the other */
    char path[1024];               /* of the last request */
    char accept[128];              /* likewise; "" for the default */
    chandra_response_fn done;      /* of a request that waits for its answer */
    void *done_user;
    struct chandra_watch_sink sink; /* of the watch; `event` is NULL when there is none */
    chandra_timer_fn timer;
    void *timer_user;
    int64_t delay_ms;
    int64_t now_ms;
    int requests;
    int watches;
    const char *const *pages; /* answers to give at once, until NULL */
    const char *line;         /* event to give at once when a watch begins */
};

static inline struct fake *
fake_of(struct chandra_transport *transport)
{
    return (struct fake *)transport;
}

static inline void
respond(chandra_response_fn done, void *user, int http_status, const char *body,
        int64_t retry_after_ms)
{
    const struct chandra_response response = {http_status, body, strlen(body), retry_after_ms};

    done(user, &response);
}

static inline enum chandra_status
fake_submit(struct chandra_transport *transport, const struct chandra_request *request,
            chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct fake *fake = fake_of(transport);
    char *copy = ch_strdup(request->path);

    assert_null(fake->done); /* one at a time */
    if (!copy)
        return chandra_error_set(err, CHANDRA_ENOMEM, "no memory to submit");
    ch_free(copy);
    snprintf(fake->path, sizeof(fake->path), "%s", request->path);
    snprintf(fake->accept, sizeof(fake->accept), "%s", request->accept ? request->accept : "");
    fake->requests++;
    if (fake->pages && *fake->pages) {
        respond(done, user, 200, *fake->pages++, -1);
        return CHANDRA_OK;
    }
    fake->done = done;
    fake->done_user = user;
    return CHANDRA_OK;
}

static inline enum chandra_status
fake_watch(struct chandra_transport *transport, const struct chandra_request *request,
           const struct chandra_watch_sink *sink, struct chandra_watch **out_watch,
           struct chandra_error *err)
{
    struct fake *fake = fake_of(transport);
    char *watch = ch_strdup(request->path);

    assert_null(fake->sink.event); /* the one before was stopped */
    if (!watch)
        return chandra_error_set(err, CHANDRA_ENOMEM, "no memory to watch");
    snprintf(fake->path, sizeof(fake->path), "%s", request->path);
    snprintf(fake->accept, sizeof(fake->accept), "%s", request->accept ? request->accept : "");
    fake->sink = *sink;
    fake->watches++;
    *out_watch = (struct chandra_watch *)watch;
    if (fake->line)
        sink->event(sink->user, fake->line, strlen(fake->line));
    return CHANDRA_OK;
}

static inline void
fake_watch_stop(struct chandra_transport *transport, struct chandra_watch *watch)
{
    fake_of(transport)->sink = (struct chandra_watch_sink){0};
    ch_free(watch);
}

static inline enum chandra_status
fake_after(struct chandra_transport *transport, int64_t delay_ms, chandra_timer_fn fn, void *user,
           struct chandra_error *err)
{
    struct fake *fake = fake_of(transport);
    void *memory = ch_alloc(1);

    assert_null(fake->timer);
    if (!memory)
        return chandra_error_set(err, CHANDRA_ENOMEM, "no memory for a timer");
    ch_free(memory);
    fake->timer = fn;
    fake->timer_user = user;
    fake->delay_ms = delay_ms;
    return CHANDRA_OK;
}

static inline void
fake_forget(struct chandra_transport *transport, void *user)
{
    struct fake *fake = fake_of(transport);

    if (fake->timer_user == user)
        fake->timer = NULL;
}

static inline int64_t
fake_now(struct chandra_transport *transport)
{
    return fake_of(transport)->now_ms;
}

static const struct chandra_transport_ops fake_ops = {
    .size = sizeof(fake_ops),
    .submit = fake_submit,
    .watch = fake_watch,
    .watch_stop = fake_watch_stop,
    .after = fake_after,
    .forget = fake_forget,
    .now_ms = fake_now,
    .wall_time = fake_now,
};

/* The test: what the sink was told, and what was logged. */

struct scene {
    struct fake fake;
    struct ch_reflector *reflector;
    char told[4096];
    char logged[8192];
    int depth;             /* of calls of the sink */
    bool frees_in_replace; /* what the sink does in return */
    bool frees_in_put;
    bool resyncs_in_put;
    bool closes_in_put;      /* and the watch's last words come after its end */
    const char *line_in_put; /* an event that arrives meanwhile */
};

/* JSON in which ' stands for ", in one of some buffers in turn. */
static inline const char *json(const char *fmt, ...) CHANDRA_PRINTF(1, 2);

static inline const char *
json(const char *fmt, ...)
{
    static char texts[16][16384];
    static int next;
    char *text = texts[next++ % 16];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(texts[0]), fmt, args);
    va_end(args);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    return text;
}

static inline const char *
item(const char *name, const char *version)
{
    return json("{'metadata':{'namespace':'a','name':'%s','uid':'u','resourceVersion':'%s'},"
                "'spec':{'resourceClassName':'k'}}",
                name, version);
}

static inline const char *
page(const char *items, const char *version, const char *continue_token)
{
    return json("{'kind':'List','metadata':{'resourceVersion':'%s','continue':'%s'},"
                "'items':[%s]}",
                version, continue_token, items);
}

static inline const char *
event(const char *type, const char *object)
{
    return json("{'type':'%s','object':%s}", type, object);
}

static inline const char *
failure(int code, const char *reason)
{
    return json("{'kind':'Status','code':%d,'reason':'%s','message':'it is %s'}", code, reason,
                reason);
}

static inline void
tell(struct scene *scene, const char *what, const struct ch_reflected *reflected)
{
    const size_t len = strlen(scene->told);

    if (reflected) {
        assert_string_equal(chandra_value_string(chandra_value_get(reflected->value, "kind")),
                            "ResourceClaim");
        assert_string_equal(chandra_value_string(chandra_value_get(reflected->value, "apiVersion")),
                            "resource.k8s.io/v1alpha2");
    }
    snprintf(scene->told + len, sizeof(scene->told) - len, "%s%s%s ", what,
             reflected ? reflected->object->name : "",
             reflected ? reflected->object->resource_version : "");
}

static inline void
emit(struct scene *scene, const char *line)
{
    scene->fake.sink.event(scene->fake.sink.user, line, strlen(line));
}

static inline void
on_replace(void *user, enum chandra_kind kind, const struct ch_reflected *items, size_t count)
{
    struct scene *scene = user;

    assert_int_equal(kind, CHANDRA_KIND_CLAIM);
    assert_int_equal(scene->depth++, 0);
    tell(scene, "[", NULL);
    for (size_t i = 0; i < count; i++)
        tell(scene, "", &items[i]);
    tell(scene, "]", NULL);
    if (scene->frees_in_replace)
        ch_reflector_free(scene->reflector);
    scene->depth--;
}

static inline void
on_put(void *user, const struct ch_reflected *reflected)
{
    struct scene *scene = user;
    const char *line = scene->line_in_put;

    assert_int_equal(scene->depth++, 0);
    tell(scene, "+", reflected);
    scene->line_in_put = NULL;
    if (line)
        emit(scene, line);
    if (scene->closes_in_put) {
        const struct chandra_watch_sink sink = scene->fake.sink;

        scene->closes_in_put = false;
        sink.closed(sink.user, &(struct chandra_response){200, "", 0, -1});
        sink.event(sink.user, line, strlen(line));
    }
    if (scene->resyncs_in_put)
        ch_reflector_resync(scene->reflector);
    if (scene->frees_in_put)
        ch_reflector_free(scene->reflector);
    scene->depth--;
}

static inline void
on_remove(void *user, const struct ch_reflected *reflected)
{
    struct scene *scene = user;

    assert_int_equal(scene->depth++, 0);
    tell(scene, "-", reflected);
    scene->depth--;
}

static inline void
on_log(void *user, enum chandra_level level, const char *message)
{
    struct scene *scene = user;
    const size_t len = strlen(scene->logged);

    (void)level;
    snprintf(scene->logged + len, sizeof(scene->logged) - len, "%s\n", message);
}

static inline struct ch_reflector *
make_reflector(struct scene *scene, const char *query, bool metadata_only)
{
    const struct ch_reflector_options options = {
        .transport = &scene->fake.base,
        .kind = CHANDRA_KIND_CLAIM,
        .query = query,
        .metadata_only = metadata_only,
        .page_size = 2,
        .seed = 1,
        .logger = {on_log, scene},
        .sink = {scene, on_replace, on_put, on_remove},
    };
    struct ch_reflector *reflector = NULL;

    scene->fake.base.ops = &fake_ops;
    assert_int_equal(ch_reflector_new(&options, &reflector, NULL), CHANDRA_OK);
    return reflector;
}

static inline int
setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    scene->reflector = make_reflector(scene, NULL, false);
    *state = scene;
    return 0;
}

static inline int
teardown(void **state)
{
    struct scene *scene = *state;
    const chandra_response_fn done = scene->fake.done;

    ch_reflector_free(scene->reflector);
    if (done) /* every request gets its answer */
        respond(done, scene->fake.done_user, 0, "the transport is gone", -1);
    free(scene);
    return 0;
}

static inline void
answer_after(struct scene *scene, int http_status, const char *body, int64_t retry_after_ms)
{
    const chandra_response_fn done = scene->fake.done;

    assert_non_null(done);
    scene->fake.done = NULL;
    respond(done, scene->fake.done_user, http_status, body, retry_after_ms);
}

static inline void
answer(struct scene *scene, int http_status, const char *body)
{
    answer_after(scene, http_status, body, -1);
}

static inline void
close_after(struct scene *scene, int http_status, const char *body, int64_t retry_after_ms)
{
    assert_non_null(scene->fake.sink.closed);
    respond(scene->fake.sink.closed, scene->fake.sink.user, http_status, body, retry_after_ms);
}

static inline void
close_watch(struct scene *scene, int http_status, const char *body)
{
    close_after(scene, http_status, body, -1);
}

/* Let the timer run out; returns how long it was set for. */
static inline int64_t
wait_for_timer(struct scene *scene)
{
    const chandra_timer_fn timer = scene->fake.timer;

    assert_non_null(timer);
    scene->fake.timer = NULL;
    scene->fake.now_ms += scene->fake.delay_ms;
    timer(scene->fake.timer_user);
    return scene->fake.delay_ms;
}

/* What the sink was told since the last time. */
static inline void
expect_told(struct scene *scene, const char *expected)
{
    assert_string_equal(scene->told, expected);
    scene->told[0] = '\0';
}

static inline void
expect_watch_from(const struct scene *scene, const char *version)
{
    char part[64];

    snprintf(part, sizeof(part), "resourceVersion=%s&", version);
    assert_non_null(scene->fake.sink.event);
    assert_non_null(strstr(scene->fake.path, "watch=true&allowWatchBookmarks=true&"));
    assert_non_null(strstr(scene->fake.path, part));
}

static inline void
expect_error(const struct scene *scene, const char *part)
{
    char text[256];

    ch_reflector_error(scene->reflector, text, sizeof(text));
    if (part)
        assert_non_null(strstr(text, part));
    else
        assert_string_equal(text, "");
}

/* Until the watch of an empty list from version 10. */
static inline void
begin(struct scene *scene)
{
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page("", "10", ""));
    expect_told(scene, "[ ] ");
    expect_watch_from(scene, "10");
}

#endif
