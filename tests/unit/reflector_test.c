/* reflector_test.c - the reflector lists, watches and goes on; it can be freed at any time. */
#include "reflector_scene.h"

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
    scene->reflector = make_reflector(scene, "fieldSelector=x%3Dy", false);
    begin(scene);
    assert_non_null(strstr(scene->fake.path, "resourceclaims?fieldSelector=x%3Dy&watch=true&"));
}

/* What comes as metadata is handed on as what it is the metadata of. */
static void
test_metadata(void **state)
{
    struct scene *scene = *state;
    const char *const metadata =
        json("{'kind':'PartialObjectMetadata','apiVersion':'meta.k8s.io/v1','metadata':{"
             "'namespace':'a','name':'x','uid':'u','resourceVersion':'1'},"
             "'spec':{'resourceClassName':'k'}}");

    assert_string_equal(scene->fake.accept, "");
    ch_reflector_free(scene->reflector);
    scene->reflector = make_reflector(scene, NULL, true);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    assert_string_equal(scene->fake.accept,
                        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
                        "application/json");
    answer(scene, 200, page(json("%s,%s", metadata, item("y", "2")), "10", ""));
    assert_string_equal(scene->fake.accept,
                        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
                        "application/json");
    emit(scene, event("MODIFIED", metadata));
    emit(scene, event("DELETED", item("y", "3"))); /* a server that knows whole objects only */
    expect_told(scene, "[ x1 y2 ] +x1 -y3 ");
    assert_string_equal(scene->logged, "");
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

/* What a watch still had to say when the next one had begun is not taken for the next one's. */
static void
test_watches_are_told_apart(void **state)
{
    struct scene *scene = *state;

    begin(scene);
    emit(scene, event("ADDED", item("x", "11"))); /* so that the end is no failure */
    scene->line_in_put = event("ADDED", item("y", "12"));
    scene->closes_in_put = true;
    emit(scene, event("MODIFIED", item("x", "12")));
    expect_told(scene, "+x11 +x12 +y12 ");
    expect_watch_from(scene, "12");
    emit(scene, event("ADDED", item("z", "13")));
    expect_told(scene, "+z13 ");
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
    scene->reflector = make_reflector(scene, NULL, false);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    ch_reflector_free(scene->reflector); /* listing: the answer comes later */
    answer(scene, 200, page(item("x", "1"), "10", ""));
    scene->reflector = make_reflector(scene, NULL, false);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page(item("x", "1"), "10", "c"));
    ch_reflector_free(scene->reflector); /* between two pages */
    answer(scene, 410, failure(410, "Expired"));
    scene->reflector = make_reflector(scene, NULL, false);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 500, "");
    ch_reflector_free(scene->reflector); /* waiting */
    assert_null(scene->fake.timer);
    expect_told(scene, "");
    scene->reflector = make_reflector(scene, NULL, false);
    begin(scene);
    ch_reflector_free(scene->reflector); /* watching */
    assert_null(scene->fake.sink.event);
    scene->reflector = make_reflector(scene, NULL, false);
    begin(scene);
    scene->frees_in_put = true;
    emit(scene, event("ADDED", item("x", "11"))); /* in the sink */
    assert_null(scene->fake.sink.event);
    expect_told(scene, "+x11 ");
    scene->frees_in_put = false;
    scene->frees_in_replace = true;
    scene->reflector = make_reflector(scene, NULL, false);
    assert_int_equal(ch_reflector_start(scene->reflector, NULL), CHANDRA_OK);
    answer(scene, 200, page(item("x", "1"), "10", "")); /* and so here */
    assert_null(scene->fake.sink.event);
    expect_told(scene, "[ x1 ] ");
    scene->reflector = NULL;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list_in_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_query, setup, teardown),
        cmocka_unit_test_setup_teardown(test_metadata, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bookmark, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dropped_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callbacks_from_inside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_watches_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resync, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_at_every_stage, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
