/* reflector_test.c - the reflector on a transport that does what a test tells it to, step by step.
 */
#include "base/alloc.h"
#include "cache/reflector.h"
#include "model/object.h"

#include <inttypes.h>
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

static struct fake *
fake_of(struct chandra_transport *transport)
{
    return (struct fake *)transport;
}

static void
respond(chandra_response_fn done, void *user, int http_status, const char *body,
        int64_t retry_after_ms)
{
    const struct chandra_response response = {http_status, body, strlen(body), retry_after_ms};

    done(user, &response);
}

static enum chandra_status
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
    fake->requests++;
    if (fake->pages && *fake->pages) {
        respond(done, user, 200, *fake->pages++, -1);
        return CHANDRA_OK;
    }
    fake->done = done;
    fake->done_user = user;
    return CHANDRA_OK;
}

static enum chandra_status
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
    fake->sink = *sink;
    fake->watches++;
    *out_watch = (struct chandra_watch *)watch;
    if (fake->line)
        sink->event(sink->user, fake->line, strlen(fake->line));
    return CHANDRA_OK;
}

static void
fake_watch_stop(struct chandra_transport *transport, struct chandra_watch *watch)
{
    fake_of(transport)->sink = (struct chandra_watch_sink){0};
    ch_free(watch);
}

static enum chandra_status
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

static void
fake_forget(struct chandra_transport *transport, void *user)
{
    struct fake *fake = fake_of(transport);

    if (fake->timer_user == user)
        fake->timer = NULL;
}

static int64_t
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
    const char *line_in_put; /* an event that arrives meanwhile */
};

/* JSON in which ' stands for ", in one of some buffers in turn. */
static const char *
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

static const char *
item(const char *name, const char *version)
{
    return json("{'metadata':{'namespace':'a','name':'%s','uid':'u','resourceVersion':'%s'},"
                "'spec':{'resourceClassName':'k'}}",
                name, version);
}

static const char *
page(const char *items, const char *version, const char *continue_token)
{
    return json("{'kind':'List','metadata':{'resourceVersion':'%s','continue':'%s'},"
                "'items':[%s]}",
                version, continue_token, items);
}

static const char *
event(const char *type, const char *object)
{
    return json("{'type':'%s','object':%s}", type, object);
}

static const char *
failure(int code, const char *reason)
{
    return json("{'kind':'Status','code':%d,'reason':'%s','message':'it is %s'}", code, reason,
                reason);
}

static void
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

static void
emit(struct scene *scene, const char *line)
{
    scene->fake.sink.event(scene->fake.sink.user, line, strlen(line));
}

static void
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

static void
on_put(void *user, const struct ch_reflected *reflected)
{
    struct scene *scene = user;
    const char *line = scene->line_in_put;

    assert_int_equal(scene->depth++, 0);
    tell(scene, "+", reflected);
    scene->line_in_put = NULL;
    if (line)
        emit(scene, line);
    if (scene->resyncs_in_put)
        ch_reflector_resync(scene->reflector);
    if (scene->frees_in_put)
        ch_reflector_free(scene->reflector);
    scene->depth--;
}

static void
on_remove(void *user, const struct ch_reflected *reflected)
{
    struct scene *scene = user;

    assert_int_equal(scene->depth++, 0);
    tell(scene, "-", reflected);
    scene->depth--;
}

static void
on_log(void *user, enum chandra_level level, const char *message)
{
    struct scene *scene = user;
    const size_t len = strlen(scene->logged);

    (void)level;
    snprintf(scene->logged + len, sizeof(scene->logged) - len, "%s\n", message);
}

static struct ch_reflector *
make_reflector(struct scene *scene, const char *query)
{
    const struct ch_reflector_options options = {
        .transport = &scene->fake.base,
        .kind = CHANDRA_KIND_CLAIM,
        .query = query,
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

static int
setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    scene->reflector = make_reflector(scene, NULL);
    *state = scene;
    return 0;
}

static int
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

static void
answer_after(struct scene *scene, int http_status, const char *body, int64_t retry_after_ms)
{
    const chandra_response_fn done = scene->fake.done;

    assert_non_null(done);
    scene->fake.done = NULL;
    respond(done, scene->fake.done_user, http_status, body, retry_after_ms);
}

static void
answer(struct scene *scene, int http_status, const char *body)
{
    answer_after(scene, http_status, body, -1);
}

static void
close_after(struct scene *scene, int http_status, const char *body, int64_t retry_after_ms)
{
    assert_non_null(scene->fake.sink.closed);
    respond(scene->fake.sink.closed, scene->fake.sink.user, http_status, body, retry_after_ms);
}

static void
close_watch(struct scene *scene, int http_status, const char *body)
{
    close_after(scene, http_status, body, -1);
}

/* Let the timer run out; returns how long it was set for. */
static int64_t
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
static void
expect_told(struct scene *scene, const char *expected)
{
    assert_string_equal(scene->told, expected);
    scene->told[0] = '\0';
}

static void
expect_watch_from(const struct scene *scene, const char *version)
{
    char part[64];

    snprintf(part, sizeof(part), "resourceVersion=%s&", version);
    assert_non_null(scene->fake.sink.event);
    assert_non_null(strstr(scene->fake.path, "watch=true&allowWatchBookmarks=true&"));
    assert_non_null(strstr(scene->fake.path, part));
}

static void
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
static void
begin(struct scene *scene)
{
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page("", "10", ""));
    expect_told(scene, "[ ] ");
    expect_watch_from(scene, "10");
}

static void
test_list_in_pages(void **state)
{
    struct scene *scene = *state;
    int seconds = 0;

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    assert_string_equal(scene->fake.path, "/apis/resource.k8s.io/v1alpha2/resourceclaims?limit=2");
    answer(scene, 200, page(json("%s,%s", item("x", "1"), item("y", "2")), "10", "a/b="));
    assert_string_equal(scene->fake.path, "/apis/resource.k8s.io/v1alpha2/resourceclaims?limit=2"
                                          "&continue=a%2Fb%3D");
    answer(scene, 200, page(item("z", "3"), "11", "more"));
    expect_told(scene, "");
    assert_false(ch_reflector_is_synced(scene->reflector));
    answer(scene, 200, page("", "12", ""));
    expect_told(scene, "[ x1 y2 z3 ] ");
    assert_true(ch_reflector_is_synced(scene->reflector));
    /* Not from a later page: what happened between the pages must not be missed. */
    expect_watch_from(scene, "10");
    assert_int_equal(
        sscanf(strstr(scene->fake.path, "timeoutSeconds="), "timeoutSeconds=%d", &seconds), 1);
    assert_true(seconds >= 300 && seconds < 600);
    expect_error(scene, NULL);
    assert_string_equal(scene->logged, "");
}

static void
test_query(void **state)
{
    struct scene *scene = *state;

    ch_reflector_free(scene->reflector);
    scene->reflector = make_reflector(scene, "fieldSelector=x%3Dy");
    begin(scene);
    assert_non_null(strstr(scene->fake.path, "resourceclaims?fieldSelector=x%3Dy&watch=true&"));
}

static void
test_events(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    emit(scene, event("ADDED", item("x", "11")));
    emit(scene, event("MODIFIED", item("x", "12")));
    emit(scene, event("DELETED", item("x", "13")));
    expect_told(scene, "+x11 +x12 -x13 ");
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK); /* does nothing */
    assert_int_equal(scene->fake.requests, 1);
    close_watch(scene, 200, "");
    expect_watch_from(scene, "13");
    assert_int_equal(scene->fake.watches, 2);
    expect_told(scene, "");
    assert_string_equal(scene->logged, "");
}

static void
test_bookmark(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    emit(scene, event("BOOKMARK", json("{'metadata':{'resourceVersion':'99'}}")));
    close_watch(scene, 0, "connection reset");
    expect_watch_from(scene, "99");
    expect_told(scene, "");
}

static void
test_expired_pages(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page(item("x", "1"), "10", "c"));
    answer(scene, 410, failure(410, "Expired"));
    /* At once, and in one piece. */
    assert_null(strstr(scene->fake.path, "limit"));
    assert_null(strstr(scene->fake.path, "continue"));
    answer(scene, 200, page(item("y", "1"), "20", ""));
    expect_told(scene, "[ y1 ] ");
    expect_watch_from(scene, "20");
}

static void
test_expired_watch(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    close_watch(scene, 410, failure(410, "Gone"));
    assert_non_null(strstr(scene->fake.path, "limit=2"));
    assert_null(scene->fake.sink.event);
    answer(scene, 200, page(item("x", "1"), "20", ""));
    expect_told(scene, "[ x1 ] ");
    expect_watch_from(scene, "20");
    /* Once more, and the list did not help: no hurry. */
    close_watch(scene, 410, failure(410, "Gone"));
    assert_null(scene->fake.done);
    wait_for_timer(scene);
    answer(scene, 200, page("", "30", ""));
    expect_watch_from(scene, "30");
    expect_told(scene, "[ ] ");
}

static void
test_expired_event(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    for (int i = 0; i < 3; i++) {
        emit(scene, event("ADDED", item("x", "11")));
        emit(scene, event("ERROR", failure(410, "Expired")));
        assert_null(scene->fake.sink.event);
        answer(scene, 200, page(item("y", "1"), "20", "")); /* each time at once */
        expect_told(scene, "+x11 [ y1 ] ");
        expect_watch_from(scene, "20");
    }
}

static void
test_error_event(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    emit(scene, event("ERROR", failure(500, "InternalError")));
    expect_error(scene, "InternalError");
    wait_for_timer(scene);
    expect_watch_from(scene, "10");
    emit(scene, event("ERROR", failure(403, "Forbidden")));
    wait_for_timer(scene);
    assert_non_null(strstr(scene->fake.path, "limit=2"));
    answer(scene, 200, page("", "20", ""));
    expect_watch_from(scene, "20");
}

static void
test_watches_that_end_at_once(void **state)
{
    struct scene *scene = *state;
    int64_t last = 0;

    begin(scene);
    /* The server is away: always from where it was, at longer and longer intervals. */
    for (int i = 0; i < 12; i++) {
        close_watch(scene, 0, "connection refused");
        assert_null(scene->fake.sink.event);
        last = wait_for_timer(scene);
        assert_true(last >= (INT64_C(400) << (i < 6 ? i : 5)) && last <= 30000);
        expect_watch_from(scene, "10");
    }
    assert_true(last >= 15000);
    expect_error(scene, "connection refused");
    /* One that lives a while ends that. */
    scene->fake.now_ms += 60000;
    close_watch(scene, 200, "");
    expect_watch_from(scene, "10");
    expect_error(scene, NULL);
    close_watch(scene, 200, "");
    assert_true(wait_for_timer(scene) <= 800);
}

static void
test_refused_watches(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    close_watch(scene, 503, "");
    wait_for_timer(scene);
    expect_watch_from(scene, "10");
    close_watch(scene, 500, failure(500, "InternalError"));
    wait_for_timer(scene);
    expect_watch_from(scene, "10");
    close_watch(scene, 504,
                failure(504, "Timeout")); /* such as: resourceVersion is in the future */
    wait_for_timer(scene);
    assert_non_null(strstr(scene->fake.path, "limit=2"));
    answer(scene, 200, page("", "5", ""));
    expect_watch_from(scene, "5");
}

static void
test_forbidden(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 403, failure(403, "Forbidden"));
    expect_error(scene, "it is Forbidden");
    assert_non_null(strstr(scene->logged, "ResourceClaim: it is Forbidden"));
    wait_for_timer(scene);
    answer(scene, 200, page("", "10", ""));
    expect_error(scene, NULL);
    close_watch(scene, 403, failure(403, "Forbidden"));
    wait_for_timer(scene);
    assert_non_null(strstr(scene->fake.path, "limit=2"));
    assert_true(ch_reflector_is_synced(scene->reflector));
}

static void
test_server_down_at_start(void **state)
{
    struct scene *scene = *state;
    int64_t first = 0;
    int64_t last = 0;

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    for (int i = 0; i < 10; i++) {
        answer(scene, 0, "connection refused");
        assert_false(ch_reflector_is_synced(scene->reflector));
        expect_error(scene, "connection refused");
        last = wait_for_timer(scene);
        if (i == 0)
            first = last;
    }
    assert_true(first >= 400 && first <= 800);
    assert_true(last >= 15000 && last <= 30000);
    answer(scene, 200, page(item("x", "1"), "10", ""));
    expect_told(scene, "[ x1 ] ");
    expect_error(scene, NULL);
    assert_true(ch_reflector_is_synced(scene->reflector));
}

static void
test_throttled(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer_after(scene, 429, failure(429, "TooManyRequests"), 7000);
    assert_int_equal(wait_for_timer(scene), 7000);
    answer(scene, 200, page("", "10", ""));
    for (int i = 0; i < 5; i++) {
        close_after(scene, 429, failure(429, "TooManyRequests"), 45000);
        assert_int_equal(wait_for_timer(scene), 45000);
        expect_watch_from(scene, "10");
    }
    close_after(scene, 429, "", -1);
    assert_true(wait_for_timer(scene) > 0);
    expect_watch_from(scene, "10");
}

static void
test_broken_lists(void **state)
{
    struct scene *scene = *state;
    const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        json("{'items':[]}"),
        json("{'metadata':{'resourceVersion':''},'items':[]}"),
        json("{'metadata':{'resourceVersion':'1'},'items':{}}"),
        json("{'metadata':{'resourceVersion':'%0200d'},'items':[]}", 1),
    };

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        answer(scene, 200, bodies[i]);
        expect_error(scene, "list");
        wait_for_timer(scene);
    }
    answer(scene, 200, json("{'metadata':{'resourceVersion':'1'},'items':null}"));
    expect_told(scene, "[ ] ");
    expect_watch_from(scene, "1");
}

static void
test_broken_lines(void **state)
{
    struct scene *scene = *state;
    const char *const lines[] = {
        "",
        "{\"type\":\"ADD",
        "[]",
        json("{'type':'SHRUNK','object':%s}", item("x", "12")),
        json("{'type':'ADDED','object':7}"),
    };

    begin(scene);
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        emit(scene, event("ADDED", item("x", "11")));
        emit(scene, lines[i]);
        assert_null(scene->fake.sink.event);
        wait_for_timer(scene);
        expect_watch_from(scene, "11"); /* what the line should have said comes again */
        expect_told(scene, "+x11 ");
    }
    /* A server that never gets it right is asked for a list. */
    for (int i = 0; i < 2; i++) {
        expect_watch_from(scene, "11");
        emit(scene, lines[1]);
        wait_for_timer(scene);
    }
    assert_non_null(strstr(scene->fake.path, "limit=2"));
}

static void
test_bad_objects(void **state)
{
    struct scene *scene = *state;
    const char *const bad = json("{'metadata':{'namespace':'a','name':'bad','uid':'u',"
                                 "'resourceVersion':'20'},'spec':{'resourceClassName':[]}}");
    const char *const worse = json("{'metadata':{'name':7}}");

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page(json("%s,%s,7,%s", item("x", "1"), bad, item("y", "2")), "10", ""));
    expect_told(scene, "[ x1 y2 ] ");
    assert_non_null(strstr(scene->logged, "ResourceClaim a/bad"));
    assert_non_null(strstr(scene->logged, "resourceClassName"));
    emit(scene, event("ADDED", bad));
    expect_told(scene, "");
    emit(scene, event("ADDED", worse));
    emit(scene, event("MODIFIED", worse));
    emit(scene, event("DELETED", worse));
    expect_told(scene, "");
    /* It is not what it was, and would be missing from a list. */
    emit(scene, event("MODIFIED", bad));
    expect_told(scene, "-bad20 ");
    emit(scene, event("DELETED", bad));
    emit(scene, event("ADDED", item("z", "21")));
    expect_told(scene, "-bad20 +z21 ");
    assert_int_equal(scene->fake.watches, 1);
}

static void
test_dropped_values(void **state)
{
    struct scene *scene = *state;
    const struct ch_reflector_options options = {
        .transport = &scene->fake.base,
        .kind = CHANDRA_KIND_CLAIM,
        .drop_values = true,
        .sink = {scene, on_replace, on_put, on_remove},
    };

    ch_reflector_free(scene->reflector);
    assert_int_equal(ch_reflector_new(&options, &scene->reflector, NULL), CHANDRA_OK);
    begin(scene); /* on_replace() looks into the values */
    assert_non_null(strstr(scene->fake.path, "resourceclaims?watch"));
    emit(scene, event("ADDED", item("x", "11")));
    expect_told(scene, "+x11 ");
}

/* A transport that calls back from inside the calls: all in order, nothing inside anything. */
static void
test_callbacks_from_inside(void **state)
{
    struct scene *scene = *state;
    const char *const middle = page(item("x", "1"), "10", "c");
    const char *pages[201] = {NULL};

    for (size_t i = 0; i < 199; i++)
        pages[i] = middle;
    pages[199] = page(item("z", "3"), "10", "");
    scene->fake.pages = pages;
    scene->fake.line = event("ADDED", item("n", "11"));
    scene->line_in_put = event("DELETED", item("n", "12"));
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    assert_int_equal(scene->fake.requests, 200);
    assert_non_null(strstr(scene->told, "z3 ] +n11 -n12 "));
}

static void
test_resync(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    scene->resyncs_in_put = true;
    emit(scene, event("ADDED", item("x", "11")));
    scene->resyncs_in_put = false;
    assert_null(scene->fake.sink.event);
    wait_for_timer(scene);
    answer(scene, 200, page(item("x", "11"), "12", ""));
    expect_told(scene, "+x11 [ x11 ] ");
    expect_watch_from(scene, "12");
}

static void
test_free_at_every_stage(void **state)
{
    struct scene *scene = *state;

    ch_reflector_free(scene->reflector); /* not started */
    scene->reflector = make_reflector(scene, NULL);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    ch_reflector_free(scene->reflector); /* listing: the answer comes later */
    answer(scene, 200, page(item("x", "1"), "10", ""));
    scene->reflector = make_reflector(scene, NULL);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page(item("x", "1"), "10", "c"));
    ch_reflector_free(scene->reflector); /* between two pages */
    answer(scene, 410, failure(410, "Expired"));
    scene->reflector = make_reflector(scene, NULL);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 500, "");
    ch_reflector_free(scene->reflector); /* waiting */
    assert_null(scene->fake.timer);
    expect_told(scene, "");
    scene->reflector = make_reflector(scene, NULL);
    begin(scene);
    ch_reflector_free(scene->reflector); /* watching */
    assert_null(scene->fake.sink.event);
    scene->reflector = make_reflector(scene, NULL);
    begin(scene);
    scene->frees_in_put = true;
    emit(scene, event("ADDED", item("x", "11"))); /* in the sink */
    assert_null(scene->fake.sink.event);
    expect_told(scene, "+x11 ");
    scene->frees_in_put = false;
    scene->frees_in_replace = true;
    scene->reflector = make_reflector(scene, NULL);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page(item("x", "1"), "10", "")); /* and so here */
    assert_null(scene->fake.sink.event);
    expect_told(scene, "[ x1 ] ");
    scene->reflector = NULL;
}

/* Go on until a watch runs, as a server would answer that has x and nothing happening. */
static void
go_on(struct scene *scene)
{
    for (int i = 0; i < 10; i++) {
        if (scene->fake.done)
            answer(scene, 200, page(item("x", "1"), "10", ""));
        if (scene->fake.timer)
            wait_for_timer(scene);
    }
    assert_non_null(scene->fake.sink.event);
}

/* Memory runs out at the n-th allocation of a list, a watch and its events, for every n. */
static void
test_out_of_memory(void **state)
{
    struct scene *scene = *state;
    const char *pages[3] = {NULL};

    for (long n = 0; n < 200; n++) {
        ch_reflector_free(scene->reflector);
        scene->reflector = make_reflector(scene, NULL);
        pages[0] = page("", "9", "c");
        pages[1] = page(item("x", "1"), "10", "");
        scene->fake.pages = pages;
        scene->fake.line = event("ADDED", item("y", "11"));
        scene->line_in_put = event("DELETED", item("y", "12"));
        scene->told[0] = scene->logged[0] = '\0';
        ch_alloc_fail_after(n);
        assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
        ch_alloc_fail_after(-1);
        scene->fake.pages = NULL;
        scene->fake.line = NULL;
        scene->line_in_put = NULL;
        assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK); /* if stuck */
        go_on(scene);
        assert_true(ch_reflector_is_synced(scene->reflector));
        /* Either y went by an event, or it comes again, or a list says that it is gone. */
        if (!strstr(scene->told, "-y12") &&
            strcmp(scene->told + strlen(scene->told) - 7, "[ x1 ] "))
            expect_watch_from(scene, strstr(scene->told, "+y11") ? "11" : "10");
    }
    assert_string_equal(scene->told, "[ x1 ] +y11 -y12 ");
    assert_string_equal(scene->logged, "");
}

static void
test_new_out_of_memory(void **state)
{
    struct scene *scene = *state;
    const struct ch_reflector_options options = {.transport = &scene->fake.base, .query = "a=b"};
    struct ch_reflector *reflector = NULL;
    struct chandra_error err;

    for (long n = 0; !reflector; n++) {
        assert_true(n < 10);
        ch_alloc_fail_after(n);
        if (ch_reflector_new(&options, &reflector, &err) != CHANDRA_OK)
            assert_int_equal(err.status, CHANDRA_ENOMEM);
        ch_alloc_fail_after(-1);
    }
    ch_reflector_free(reflector);
    ch_reflector_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list_in_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_query, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bookmark, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired_watch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watches_that_end_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_watches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forbidden, setup, teardown),
        cmocka_unit_test_setup_teardown(test_server_down_at_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_throttled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dropped_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callbacks_from_inside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resync, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_at_every_stage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_out_of_memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
