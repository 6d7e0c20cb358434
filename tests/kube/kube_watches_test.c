/* kube_watches_test.c - watches over TLS: cut into lines, ended by either side, stopped from
 * anywhere. */
#include "base/alloc.h"
#include "kube_rig.h"

#include <limits.h>

/* A watch and what it has brought. */
struct viewer {
    pthread_mutex_t lock;
    pthread_cond_t news;
    const struct rig *rig;
    struct chandra_watch *watch;
    unsigned opened;
    bool was_opened_late;
    unsigned events;
    size_t longest;
    char last[256];
    bool is_closed;
    int http_status;
    char *why;
    /* What to do in callbacks. */
    struct viewer *victim; /* to be stopped at the first event */
    long nap_ms;
    bool is_napping;
    bool was_called_late; /* after it was stopped */
    bool is_stopped;
};

static void
stop(struct viewer *viewer)
{
    viewer->rig->transport->ops->watch_stop(viewer->rig->transport, viewer->watch);
    pthread_mutex_lock(&viewer->lock);
    viewer->is_stopped = true;
    pthread_mutex_unlock(&viewer->lock);
}

static void
on_opened(void *user)
{
    struct viewer *viewer = user;

    pthread_mutex_lock(&viewer->lock);
    viewer->was_called_late |= viewer->is_stopped;
    viewer->was_opened_late |= viewer->opened > 0 || viewer->events > 0 || viewer->is_closed;
    viewer->opened++;
    pthread_cond_broadcast(&viewer->news);
    pthread_mutex_unlock(&viewer->lock);
}

static void
on_event(void *user, const char *line, size_t len)
{
    struct viewer *viewer = user;
    struct viewer *victim;

    pthread_mutex_lock(&viewer->lock);
    viewer->was_called_late |= viewer->is_stopped;
    viewer->events++;
    if (len > viewer->longest)
        viewer->longest = len;
    snprintf(viewer->last, sizeof(viewer->last), "%.*s", (int)(len < 200 ? len : 200), line);
    victim = viewer->victim;
    viewer->is_napping = viewer->nap_ms > 0;
    pthread_cond_broadcast(&viewer->news);
    pthread_mutex_unlock(&viewer->lock);
    if (victim && !victim->is_stopped)
        stop(victim);
    if (viewer->nap_ms == 0)
        return;
    rig_nap(viewer->nap_ms);
    pthread_mutex_lock(&viewer->lock);
    viewer->is_napping = false;
    pthread_mutex_unlock(&viewer->lock);
}

static void
on_closed(void *user, const struct chandra_response *why)
{
    struct viewer *viewer = user;

    pthread_mutex_lock(&viewer->lock);
    viewer->was_called_late |= viewer->is_stopped || viewer->is_closed;
    viewer->is_closed = true;
    viewer->http_status = why->http_status;
    viewer->why = strdup(why->body);
    pthread_cond_broadcast(&viewer->news);
    pthread_mutex_unlock(&viewer->lock);
    if (viewer->victim == viewer)
        stop(viewer);
}

static void
view(struct viewer *viewer, const struct rig *rig, const char *path)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};
    const struct chandra_watch_sink sink = {.size = sizeof(sink),
                                            .user = viewer,
                                            .event = on_event,
                                            .closed = on_closed,
                                            .opened = on_opened};
    struct chandra_watch *watch = NULL;

    pthread_mutex_init(&viewer->lock, NULL);
    pthread_cond_init(&viewer->news, NULL);
    viewer->rig = rig;
    pthread_mutex_lock(&viewer->lock); /* callbacks wait until it is known what they are of */
    assert_int_equal(rig->transport->ops->watch(rig->transport, &request, &sink, &watch, NULL),
                     CHANDRA_OK);
    viewer->watch = watch;
    pthread_mutex_unlock(&viewer->lock);
}

/* Until so many events have come, or, with UINT_MAX, until it is closed. */
static void
await(struct viewer *viewer, unsigned events)
{
    const struct timespec deadline = rig_deadline();
    int code = 0;

    pthread_mutex_lock(&viewer->lock);
    while (viewer->events < events && !viewer->is_closed && code == 0)
        code = pthread_cond_timedwait(&viewer->news, &viewer->lock, &deadline);
    pthread_mutex_unlock(&viewer->lock);
    assert_int_equal(code, 0);
}

static void
clear(struct viewer *viewer)
{
    if (!viewer->is_stopped)
        stop(viewer);
    assert_false(viewer->was_called_late);
    assert_false(viewer->was_opened_late);
    free(viewer->why);
    pthread_cond_destroy(&viewer->news);
    pthread_mutex_destroy(&viewer->lock);
    memset(viewer, 0, sizeof(*viewer));
}

/* Lines. */

static void
cuts_lines_from_the_stream(void **state)
{
    static const char *const paths[] = {"/lines?count=500", "/lines?count=500&step=1",
                                        "/lines?count=500&step=7", "/lines?count=500&step=1000"};
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        view(&viewer, rig, paths[i]);
        await(&viewer, UINT_MAX);
        assert_int_equal(viewer.events, 500);
        assert_string_equal(viewer.last, "{\"n\":499}");
        assert_int_equal(viewer.http_status, 200);
        assert_string_equal(viewer.why, "");
        clear(&viewer);
    }
}

static void
drops_empty_and_half_lines(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&viewer, rig, "/odd-lines");
    await(&viewer, UINT_MAX);
    assert_int_equal(viewer.events, 2);
    assert_string_equal(viewer.last, "{\"b\":2}");
    assert_int_equal(viewer.http_status, 200);
    assert_string_equal(viewer.why, "");
    clear(&viewer);
}

static void
takes_long_lines_up_to_a_limit(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&viewer, rig, "/long-line?bytes=5000000");
    await(&viewer, 2);
    assert_int_equal(viewer.longest, 5000000);
    assert_string_equal(viewer.last, "{\"after\":1}");
    clear(&viewer);
    view(&viewer, rig, "/long-line?bytes=17000000");
    await(&viewer, UINT_MAX);
    assert_int_equal(viewer.events, 0);
    assert_int_equal(viewer.http_status, 0);
    assert_non_null(strstr(viewer.why, "an event of the watch is larger than 16 MiB"));
    clear(&viewer);
}

/* Ends. */

static void
tells_why_it_was_refused(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&viewer, rig, "/status?code=410");
    await(&viewer, UINT_MAX);
    assert_int_equal(viewer.opened, 0);
    assert_int_equal(viewer.events, 0);
    assert_int_equal(viewer.http_status, 410);
    assert_non_null(strstr(viewer.why, "as you asked"));
    clear(&viewer);
}

static void
notices_a_cut(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&viewer, rig, "/cut-watch");
    await(&viewer, UINT_MAX);
    assert_int_equal(viewer.events, 1);
    assert_int_equal(viewer.http_status, 0);
    assert_non_null(strstr(viewer.why, "(server of cluster \"c\", config:3:"));
    clear(&viewer);
}

static void
notices_silence(void **state)
{
    const struct chandra_kube_options options = {
        .size = sizeof(options), .request_timeout_ms = 700, .watch_idle_ms = 300};
    struct rig *rig = *state;
    struct viewer viewer = {0};
    int64_t began = rig_now_ms();

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    view(&viewer, rig, "/silent?count=5&ms=150"); /* longer than the limit in all */
    await(&viewer, UINT_MAX);
    assert_int_equal(viewer.opened, 1);
    assert_int_equal(viewer.events, 5);
    assert_int_equal(viewer.http_status, 0);
    assert_non_null(strstr(viewer.why, "the watch was silent for 300 ms"));
    assert_true(rig_now_ms() - began >= 900);
    clear(&viewer);

    began = rig_now_ms();
    view(&viewer, rig, "/silence"); /* not even headers */
    await(&viewer, UINT_MAX);
    assert_int_equal(viewer.opened, 0);
    assert_non_null(strstr(viewer.why, "the watch was silent for 700 ms"));
    assert_true(rig_now_ms() - began >= 700);
    clear(&viewer);
}

static void
is_open_before_anything_happens(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {0};
    const struct timespec deadline = rig_deadline();
    int code = 0;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&viewer, rig, "/silent?count=0");
    pthread_mutex_lock(&viewer.lock);
    while (viewer.opened == 0 && code == 0)
        code = pthread_cond_timedwait(&viewer.news, &viewer.lock, &deadline);
    pthread_mutex_unlock(&viewer.lock);
    assert_int_equal(code, 0);
    assert_int_equal(viewer.events, 0);
    assert_false(viewer.is_closed);
    clear(&viewer);
}

/* Whoever was compiled before a member was added does not have it. */
static void
knows_what_a_shorter_sink_lacks(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {.lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER};
    const struct chandra_request request = {.method = CHANDRA_GET, .path = "/lines?count=3"};
    const struct chandra_watch_sink sink = {.size = offsetof(struct chandra_watch_sink, opened),
                                            .user = &viewer,
                                            .event = on_event,
                                            .closed = on_closed,
                                            .opened = on_opened};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    viewer.rig = rig;
    assert_int_equal(
        rig->transport->ops->watch(rig->transport, &request, &sink, &viewer.watch, NULL),
        CHANDRA_OK);
    await(&viewer, UINT_MAX);
    assert_int_equal(viewer.events, 3);
    assert_int_equal(viewer.opened, 0);
    clear(&viewer);
}

static void
names_a_server_that_is_not_there(void **state)
{
    struct rig gone = {.port = 1};
    struct viewer viewer = {0};

    (void)state;
    rig_open(&gone, RIG_CA, RIG_TOKEN, NULL);
    view(&viewer, &gone, "/lines");
    await(&viewer, UINT_MAX);
    assert_non_null(strstr(viewer.why, "https://127.0.0.1:1: cannot connect: Connection refused"));
    clear(&viewer);
    rig_close((void *[]){&gone});
}

static void
does_not_count_for_the_rate(void **state)
{
    const struct chandra_kube_options options = {.size = sizeof(options), .qps = 0.01, .burst = 1};
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, &options);
    rig_expect(rig, "/ok", 200, "ok");
    for (int i = 0; i < 10; i++) {
        view(&viewer, rig, "/lines");
        await(&viewer, UINT_MAX);
        clear(&viewer);
    }
}

/* Stops. */

static void
await_stop(struct viewer *viewer)
{
    bool is_stopped = false;

    while (!is_stopped) {
        rig_nap(1);
        pthread_mutex_lock(&viewer->lock);
        is_stopped = viewer->is_stopped;
        pthread_mutex_unlock(&viewer->lock);
    }
}

static void
stops_in_its_own_callback(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    viewer.victim = &viewer;
    view(&viewer, rig, "/endless");
    await_stop(&viewer);
    rig_nap(50);
    rig_close(state); /* the callback that stopped it has returned then */
    clear(&viewer);
    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    viewer.victim = &viewer;
    view(&viewer, rig, "/lines?count=0"); /* in `closed` */
    await(&viewer, UINT_MAX);
    await_stop(&viewer);
    rig_close(state);
    clear(&viewer);
}

static void
stops_in_the_callback_of_another(void **state)
{
    struct rig *rig = *state;
    struct viewer victim = {0};
    struct viewer viewer = {.victim = &victim};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&victim, rig, "/endless");
    await(&victim, 1);
    view(&viewer, rig, "/silent?count=2&ms=100");
    await(&viewer, 2);
    clear(&viewer);
    assert_true(victim.is_stopped);
    clear(&victim);
}

static void
waits_for_a_callback_that_runs(void **state)
{
    struct rig *rig = *state;
    struct viewer viewer = {.nap_ms = 300};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&viewer, rig, "/endless");
    await(&viewer, 1);
    stop(&viewer);
    assert_false(viewer.is_napping); /* without the lock: nobody else touches it any more */
    clear(&viewer);
}

static void
stops_at_any_time(void **state)
{
    static const char *const paths[] = {"/endless", "/lines", "/silence", "/cut-watch",
                                        "/status?code=500"};
    struct rig *rig = *state;
    struct viewer viewer = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    for (int i = 0; i < 50; i++) {
        view(&viewer, rig, paths[i % 5]);
        rig_nap(i % 7 * 3);
        clear(&viewer);
    }
}

static void
follows_many_at_once(void **state)
{
    enum { COUNT = 30 };
    struct rig *rig = *state;
    struct viewer *viewers = calloc(COUNT, sizeof(*viewers));

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    for (size_t i = 0; i < COUNT; i++)
        view(&viewers[i], rig, i % 2 ? "/endless" : "/lines?count=100");
    for (size_t i = 0; i < COUNT; i++)
        await(&viewers[i], 100);
    rig_expect(rig, "/ok", 200, "ok");
    for (size_t i = 0; i < COUNT; i++)
        clear(&viewers[i]);
    free(viewers);
}

static void
ends_what_is_open(void **state)
{
    struct rig *rig = *state;
    struct viewer viewers[3] = {0};

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    view(&viewers[0], rig, "/endless");
    view(&viewers[1], rig, "/lines");
    view(&viewers[2], rig, "/silence");
    await(&viewers[0], 1);
    await(&viewers[1], UINT_MAX);
    rig_close(state);
    assert_string_equal(viewers[0].why, "the transport is closed");
    assert_string_equal(viewers[2].why, "the transport is closed");
    for (size_t i = 0; i < 3; i++) {
        viewers[i].is_stopped = true; /* with the transport */
        assert_true(viewers[i].is_closed);
        clear(&viewers[i]);
    }
}

/* Memory. */

static void
survives_running_out_of_memory(void **state)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = "/lines?count=9&step=7"};
    struct rig *rig = *state;
    unsigned events = 0;

    rig_open(rig, RIG_CA, RIG_TOKEN, NULL);
    for (long count = 0; events < 9 && count < 1000; count++) {
        struct viewer viewer = {
            .lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER, .rig = rig};
        const struct chandra_watch_sink sink = {
            .size = sizeof(sink), .user = &viewer, .event = on_event, .closed = on_closed};
        struct chandra_watch *watch = NULL;
        enum chandra_status st;

        ch_alloc_fail_after(count);
        st = rig->transport->ops->watch(rig->transport, &request, &sink, &watch, NULL);
        if (st == CHANDRA_OK)
            await(&viewer, UINT_MAX);
        ch_alloc_fail_after(-1);
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
        if (st == CHANDRA_OK)
            rig->transport->ops->watch_stop(rig->transport, watch);
        events = viewer.events;
        free(viewer.why);
    }
    assert_int_equal(events, 9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(cuts_lines_from_the_stream, rig_close),
        cmocka_unit_test_teardown(drops_empty_and_half_lines, rig_close),
        cmocka_unit_test_teardown(takes_long_lines_up_to_a_limit, rig_close),
        cmocka_unit_test_teardown(tells_why_it_was_refused, rig_close),
        cmocka_unit_test_teardown(notices_a_cut, rig_close),
        cmocka_unit_test_teardown(notices_silence, rig_close),
        cmocka_unit_test_teardown(is_open_before_anything_happens, rig_close),
        cmocka_unit_test_teardown(knows_what_a_shorter_sink_lacks, rig_close),
        cmocka_unit_test_teardown(names_a_server_that_is_not_there, rig_close),
        cmocka_unit_test_teardown(does_not_count_for_the_rate, rig_close),
        cmocka_unit_test_teardown(stops_in_its_own_callback, rig_close),
        cmocka_unit_test_teardown(stops_in_the_callback_of_another, rig_close),
        cmocka_unit_test_teardown(waits_for_a_callback_that_runs, rig_close),
        cmocka_unit_test_teardown(stops_at_any_time, rig_close),
        cmocka_unit_test_teardown(follows_many_at_once, rig_close),
        cmocka_unit_test_teardown(ends_what_is_open, rig_close),
        cmocka_unit_test_teardown(survives_running_out_of_memory, rig_close),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
