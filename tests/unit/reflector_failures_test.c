/* reflector_failures_test.c - the reflector comes back from every failure and loses nothing. */
#include "reflector_scene.h"

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

/* One piece may be more than there is room for: it is not insisted on. */
static void
test_expired_pages_and_no_list_in_one_piece(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page(item("x", "1"), "10", "c"));
    answer(scene, 410, failure(410, "Expired"));
    answer(scene, 504, failure(504, "Timeout"));
    wait_for_timer(scene);
    assert_non_null(strstr(scene->fake.path, "limit=2"));
    answer(scene, 200, page(item("y", "1"), "20", ""));
    expect_told(scene, "[ y1 ] ");
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

/* Refused for a while, and then too old: the list does not wait as well. */
static void
test_expired_after_refusals(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    for (int i = 0; i < 2; i++) {
        close_watch(scene, 503, "");
        wait_for_timer(scene);
        expect_watch_from(scene, "10");
    }
    close_watch(scene, 410, failure(410, "Expired"));
    answer(scene, 200, page(item("x", "1"), "20", ""));
    expect_told(scene, "[ x1 ] ");
    expect_watch_from(scene, "20");
    close_watch(scene, 410, failure(410, "Expired"));
    assert_null(scene->fake.done);
    assert_true(wait_for_timer(scene) >= 1600); /* the refusals still count */
}

static void
expect_counts(const struct scene *scene, const char *events, const char *restarts)
{
    char text[64] = "";

    for (int type = 0; type <= CHANDRA_WATCH_ERROR; type++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ",
                 (int)ch_reflector_events(scene->reflector, (enum chandra_watch_event)type));
    assert_string_equal(text, events);
    text[0] = '\0';
    for (int why = 0; why <= CHANDRA_RESTART_REFUSED; why++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ",
                 (int)ch_reflector_restarts(scene->reflector, (enum chandra_watch_restart)why));
    assert_string_equal(text, restarts);
}

static void
test_counts_of_events(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    expect_counts(scene, "0 0 0 0 0 ", "0 0 0 0 0 0 ");
    emit(scene, event("ADDED", item("x", "11")));
    emit(scene, event("MODIFIED", item("x", "12")));
    emit(scene, event("MODIFIED", item("x", "13")));
    emit(scene, event("DELETED", item("x", "14")));
    emit(scene, event("BOOKMARK", "{'metadata':{'resourceVersion':'15'}}"));
    expect_counts(scene, "1 2 1 1 0 ", "0 0 0 0 0 0 ");
    emit(scene, event("ERROR", failure(410, "Expired")));
    expect_counts(scene, "1 2 1 1 1 ", "0 1 0 0 0 0 ");
}

/* Each end of a watch counts once, under its reason: ended, expired, invalid, lost, memory,
 * refused. */
static void
test_counts_of_restarts(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    scene->fake.now_ms += 60000;
    close_watch(scene, 200, "");
    expect_counts(scene, "0 0 0 0 0 ", "1 0 0 0 0 0 ");
    close_watch(scene, 200, ""); /* at once */
    expect_counts(scene, "0 0 0 0 0 ", "2 0 0 0 0 0 ");
    wait_for_timer(scene);
    emit(scene, "nonsense");
    expect_counts(scene, "0 0 0 0 0 ", "2 0 1 0 0 0 ");
    wait_for_timer(scene);
    close_watch(scene, 0, "connection refused");
    expect_counts(scene, "0 0 0 0 0 ", "2 0 1 1 0 0 ");
    wait_for_timer(scene);
    close_watch(scene, 503, "");
    expect_counts(scene, "0 0 0 0 0 ", "2 0 1 1 0 1 ");
    wait_for_timer(scene);
    answer(scene, 200, page("", "20", "")); /* after so many refusals */
    emit(scene, event("ERROR", failure(500, "InternalError")));
    expect_counts(scene, "0 0 0 0 1 ", "2 0 1 1 0 2 ");
    wait_for_timer(scene);
    answer(scene, 200, page("", "20", ""));
    close_watch(scene, 410, failure(410, "Gone"));
    expect_counts(scene, "0 0 0 0 1 ", "2 1 1 1 0 2 ");
    answer(scene, 200, page("", "20", ""));
    scene->resyncs_in_put = true;
    emit(scene, event("ADDED", item("x", "21")));
    expect_counts(scene, "1 0 0 0 1 ", "2 1 1 1 1 2 ");
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
        json("{'kind':'Status','metadata':{'resourceVersion':'1'},'status':'Failure'}"),
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
        scene->reflector = make_reflector(scene, NULL, false);
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

/* There may be nothing to tell for long after an outage. */
static void
test_accepted_watch(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    close_watch(scene, 0, "connection refused");
    expect_error(scene, "connection refused");
    wait_for_timer(scene);
    expect_error(scene, "connection refused");
    scene->fake.sink.opened(scene->fake.sink.user);
    expect_error(scene, NULL);
    /* It was no success yet: what ends at once waits longer the next time. */
    close_watch(scene, 200, "");
    expect_error(scene, "the watch ended at once");
    assert_true(wait_for_timer(scene) >= 800);
    expect_told(scene, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_expired_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired_pages_and_no_list_in_one_piece, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_expired_watch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired_after_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counts_of_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counts_of_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watches_that_end_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_watches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_accepted_watch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forbidden, setup, teardown),
        cmocka_unit_test_setup_teardown(test_server_down_at_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_throttled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_out_of_memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
