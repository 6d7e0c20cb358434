/* sim_watch_test.c - lists in pages; watches: what they tell, when they end. */
#include "sim_kit.h"

#define NODES "/api/v1/nodes"
#define NODE(name, label) \
    "{'apiVersion':'v1','kind':'Node','metadata':{'name':'" name "','labels':{" label "}}}"
#define POD(name) "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'" name "'}}"

static void
load_nodes(struct chandra_sim *sim, int count)
{
    char text[256];

    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n%d'}}",
                 i);
        load(sim, text);
    }
}

static int64_t
revision(struct chandra_sim *sim)
{
    char text[32];

    return atoll(dig(get(sim, NODES).body, "metadata/resourceVersion", text, sizeof(text)));
}

static struct chandra_watch *
watch_from_now(struct chandra_sim *sim, const char *path, const char *query, struct seen *seen)
{
    char text[512];

    snprintf(text, sizeof(text), "%s?watch=1&resourceVersion=%lld%s", path,
             (long long)revision(sim), query);
    return watch(sim, text, seen);
}

/* Lists. */

static void
test_list(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    load_nodes(sim, 3);
    load(sim, POD("p"));
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'q','namespace':'other'}}");
    answer = get(sim, NODES);
    assert_at(answer.body, "kind", "NodeList");
    assert_at(answer.body, "apiVersion", "v1");
    assert_at(answer.body, "items/#", "3");
    assert_at(answer.body, "items/0/metadata/name", "n0");
    /* items have no kind of their own, as on a real server */
    assert_at(answer.body, "items/0/kind", "(none)");
    assert_at(answer.body, "items/0/apiVersion", "(none)");
    assert_at(answer.body, "metadata/continue", "(none)");
    assert_at(get(sim, "/api/v1/pods").body, "items/#", "2");
    assert_at(get(sim, PODS).body, "items/#", "1");
    assert_at(get(sim, CLAIMS).body, "items", "[]");
    chandra_sim_free(sim);
}

static void
test_pages_show_one_moment(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;
    char token[128];
    char path[256];

    (void)state;
    load_nodes(sim, 5);
    answer = get(sim, NODES "?limit=2");
    assert_at(answer.body, "items/#", "2");
    assert_at(answer.body, "metadata/remainingItemCount", "3");
    dig(answer.body, "metadata/continue", token, sizeof(token));
    request(sim, CHANDRA_DELETE, NODES "/n3", NULL);
    load(sim, NODE("n1b", ""));
    snprintf(path, sizeof(path), NODES "?limit=2&continue=%s", token);
    answer = get(sim, path);
    assert_at(answer.body, "items/0/metadata/name", "n2");
    assert_at(answer.body, "items/1/metadata/name", "n3");
    dig(answer.body, "metadata/continue", token, sizeof(token));
    snprintf(path, sizeof(path), NODES "?limit=2&continue=%s", token);
    answer = get(sim, path);
    assert_at(answer.body, "items/#", "1");
    assert_at(answer.body, "metadata/continue", "(none)");
    /* a page can be asked for again; after a compaction it has expired */
    assert_int_equal(get(sim, path).http_status, 200);
    chandra_sim_compact(sim);
    assert_int_equal(get(sim, path).http_status, 410);
    assert_int_equal(get(sim, NODES "?continue=rubbish").http_status, 400);
    chandra_sim_free(sim);
}

static void
test_list_revisions(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load_nodes(sim, 3);
    assert_int_equal(get(sim, NODES "?resourceVersion=0").http_status, 200);
    assert_int_equal(get(sim, NODES "?resourceVersion=2").http_status, 200);
    assert_int_equal(get(sim, NODES "?resourceVersion=2&resourceVersionMatch=Exact").http_status,
                     410);
    assert_int_equal(get(sim, NODES "?resourceVersion=99").http_status, 504);
    assert_int_equal(get(sim, NODES "?resourceVersion=x").http_status, 400);
    chandra_sim_free(sim);
}

static void
test_selectors(void **state)
{
    static const struct {
        const char *query;
        const char *count;
    } cases[] = {
        {"labelSelector=zone%3Da", "2"},
        {"labelSelector=zone==a", "2"},
        {"labelSelector=zone%21%3Da", "2"},
        {"labelSelector=zone+in+(a,b)", "3"},
        {"labelSelector=zone%20notin%20(a,b)", "1"},
        {"labelSelector=zone", "3"},
        {"labelSelector=!zone", "1"},
        {"labelSelector=zone=a,gpu=yes", "1"},
        {"labelSelector=zone%20in%20(a),gpu", "1"},
        {"fieldSelector=metadata.name%3Dn2", "1"},
        {"fieldSelector=metadata.name%21%3Dn2", "3"},
        {"fieldSelector=metadata.name=n2&labelSelector=zone=a", "0"},
    };
    struct chandra_sim *sim = new_sim();
    char path[256];

    (void)state;
    load(sim, NODE("n1", "'zone':'a','gpu':'yes'"));
    load(sim, NODE("n2", "'zone':'b'"));
    load(sim, NODE("n3", "'zone':'a'"));
    load(sim, NODE("n4", ""));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(path, sizeof(path), NODES "?%s", cases[i].query);
        assert_at(get(sim, path).body, "items/#", cases[i].count);
    }
    assert_int_equal(get(sim, NODES "?labelSelector=a%20in%20b").http_status, 400);
    assert_int_equal(get(sim, NODES "?labelSelector=a%20in%20(b").http_status, 400);
    chandra_sim_free(sim);
}

/* Watches. */

static void
test_watch_tells_at_delivery(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at;

    (void)state;
    load_nodes(sim, 1);
    at = watch_from_now(sim, NODES, "", &seen);
    load(sim, NODE("a", ""));
    load(sim, POD("p"));
    load(sim, NODE("a", "'x':'y'"));
    request(sim, CHANDRA_DELETE, NODES "/a", NULL);
    assert_int_equal(seen.count, 0);
    deliver(sim);
    assert_int_equal(seen.count, 3);
    assert_at(seen.lines[0], "type", "ADDED");
    assert_at(seen.lines[0], "object/kind", "Node");
    assert_at(seen.lines[0], "object/metadata/name", "a");
    assert_at(seen.lines[1], "type", "MODIFIED");
    assert_at(seen.lines[1], "object/metadata/labels/x", "y");
    assert_at(seen.lines[2], "type", "DELETED");
    /* the revision of a deletion is its own */
    assert_at(seen.lines[2], "object/metadata/resourceVersion",
              dig(get(sim, NODES).body, "metadata/resourceVersion", (char[32]){0}, 32));
    stop(sim, at);
    load(sim, NODE("b", ""));
    deliver(sim);
    assert_int_equal(seen.count, 3);
    chandra_sim_free(sim);
}

static void
test_watch_begins_with_what_is_there(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at;

    (void)state;
    load_nodes(sim, 2);
    at = watch(sim, NODES "?watch=1", &seen);
    load(sim, NODE("z", ""));
    deliver(sim);
    assert_int_equal(seen.count, 3);
    assert_at(seen.lines[0], "type", "ADDED");
    assert_at(seen.lines[0], "object/metadata/name", "n0");
    assert_at(seen.lines[2], "object/metadata/name", "z");
    stop(sim, at);
    chandra_sim_free(sim);
}

static void
test_watch_with_selector(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at;

    (void)state;
    load(sim, NODE("a", ""));
    at = watch_from_now(sim, NODES, "&labelSelector=gpu", &seen);
    load(sim, NODE("b", ""));
    load(sim, NODE("a", "'gpu':'yes'"));
    load(sim, NODE("a", "'gpu':'two'"));
    load(sim, NODE("a", ""));
    request(sim, CHANDRA_DELETE, NODES "/b", NULL);
    deliver(sim);
    assert_int_equal(seen.count, 3);
    assert_at(seen.lines[0], "type", "ADDED");
    assert_at(seen.lines[1], "type", "MODIFIED");
    /* as good as deleted: the old state, the new revision */
    assert_at(seen.lines[2], "type", "DELETED");
    assert_at(seen.lines[2], "object/metadata/labels/gpu", "two");
    assert_int_equal(
        atoll(dig(seen.lines[2], "object/metadata/resourceVersion", (char[32]){0}, 32)),
        revision_of(sim, NODES "/a"));
    stop(sim, at);
    chandra_sim_free(sim);
}

static void
test_watch_of_namespace(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at = watch_from_now(sim, PODS, "&fieldSelector=spec.nodeName%3Dn", &seen);

    (void)state;
    load(sim, POD("p"));
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'q','namespace':'other'},"
              "'spec':{'nodeName':'n'}}");
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'r'},'spec':{'nodeName':'n'}}");
    deliver(sim);
    assert_int_equal(seen.count, 1);
    assert_at(seen.lines[0], "object/metadata/name", "r");
    stop(sim, at);
    chandra_sim_free(sim);
}

static void
test_compaction(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct seen late = {0};
    struct chandra_watch *at;
    struct chandra_watch *other;

    (void)state;
    load_nodes(sim, 2);
    at = watch_from_now(sim, NODES, "", &seen);
    load(sim, NODE("z", ""));
    chandra_sim_compact(sim);
    assert_int_equal(seen.count, 1);
    assert_at(seen.lines[0], "type", "ERROR");
    assert_at(seen.lines[0], "object/code", "410");
    assert_at(seen.lines[0], "object/reason", "Expired");
    assert_int_equal(seen.closed, 1);
    assert_int_equal(seen.http_status, 200);
    stop(sim, at);
    /* who comes back with an old revision is told the same */
    other = watch(sim, NODES "?watch=1&resourceVersion=1", &late);
    deliver(sim);
    assert_at(late.lines[0], "object/code", "410");
    assert_int_equal(late.closed, 1);
    stop(sim, other);
    memset(&late, 0, sizeof(late));
    other = watch_from_now(sim, NODES, "", &late);
    load(sim, NODE("y", ""));
    deliver(sim);
    assert_int_equal(late.count, 1);
    assert_at(late.lines[0], "type", "ADDED");
    stop(sim, other);
    chandra_sim_free(sim);
}

static void
test_timeout_and_bookmarks(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at =
        watch_from_now(sim, NODES, "&allowWatchBookmarks=true&timeoutSeconds=300", &seen);

    (void)state;
    load(sim, POD("p"));
    deliver(sim);
    assert_int_equal(seen.count, 0);
    /* a timeout alone is no reason for the clock to go on */
    assert_int_equal(chandra_sim_next_ms(sim, false), -1);
    assert_int_equal(chandra_sim_next_ms(sim, true), 300 * 1000);
    advance(sim, 61 * 1000);
    deliver(sim);
    assert_int_equal(seen.count, 1);
    assert_at(seen.lines[0], "type", "BOOKMARK");
    assert_at(seen.lines[0], "object/kind", "Node");
    assert_at(seen.lines[0], "object/metadata/resourceVersion",
              dig(get(sim, NODES).body, "metadata/resourceVersion", (char[32]){0}, 32));
    advance(sim, 301 * 1000);
    assert_int_equal(seen.closed, 1);
    assert_int_equal(seen.http_status, 200);
    assert_int_equal(chandra_sim_now_ms(sim), 301 * 1000);
    stop(sim, at);
    chandra_sim_free(sim);
}

/* Old events are forgotten by themselves, but never before all have seen them. */
static void
test_history_is_bounded(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen early = {0};
    struct chandra_watch *at;

    (void)state;
    load(sim, NODE("a", ""));
    for (int i = 0; i < 4000; i++) {
        char text[256];

        snprintf(text, sizeof(text), NODE("a", "'i':'%d'"), i);
        load(sim, text);
        if (i % 100 == 0)
            settle(sim);
    }
    settle(sim);
    at = watch(sim, NODES "?watch=1&resourceVersion=1", &early);
    deliver(sim);
    assert_at(early.lines[0], "object/code", "410");
    stop(sim, at);
    chandra_sim_free(sim);
}

static void
test_refused_watches(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};

    (void)state;
    stop(sim, watch(sim, "/api/v1/unicorns?watch=1", &seen));
    assert_int_equal(seen.closed, 1);
    assert_int_equal(seen.http_status, 404);
    stop(sim, watch(sim, NODES "?watch=1&resourceVersion=x", &seen));
    assert_int_equal(seen.closed, 2);
    assert_int_equal(seen.http_status, 400);
    stop(sim, watch(sim, NODES "/a?watch=1", &seen));
    assert_int_equal(seen.closed, 3);
    chandra_sim_free(sim);
}

/* A watch stopped from inside its own callback, and objects written there. */
struct reaction {
    struct chandra_sim *sim;
    struct chandra_watch *at;
    int count;
};

static void
react(void *user, const char *line, size_t len)
{
    struct reaction *reaction = user;

    (void)line, (void)len;
    reaction->count++;
    if (reaction->count == 1) {
        load(reaction->sim, NODE("made-inside", ""));
        deliver(reaction->sim); /* goes on outside */
    } else {
        stop(reaction->sim, reaction->at);
    }
}

static void
test_callbacks_may_act(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_transport *transport = chandra_sim_transport(sim);
    struct reaction reaction = {.sim = sim};
    const struct chandra_watch_sink sink = {
        .size = sizeof(sink), .user = &reaction, .event = react, .closed = see_end};
    const struct chandra_request what = {.method = CHANDRA_GET, .path = NODES "?watch=1"};
    struct chandra_error err;

    (void)state;
    must(transport->ops->watch(transport, &what, &sink, &reaction.at, &err), &err);
    load(sim, NODE("a", ""));
    deliver(sim);
    assert_int_equal(reaction.count, 2);
    load(sim, NODE("b", ""));
    deliver(sim);
    assert_int_equal(reaction.count, 2);
    chandra_sim_free(sim);
}

/* Forms. */

#define METADATA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define METADATA_LIST "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

static void
test_metadata_form(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    load(sim, NODE("a", "'zone':'b'"));
    load_nodes(sim, 2);
    answer = get_as(sim, NODES "?limit=2", METADATA_LIST);
    assert_at(answer.body, "kind", "PartialObjectMetadataList");
    assert_at(answer.body, "apiVersion", "meta.k8s.io/v1");
    assert_at(answer.body, "items/0/kind", "PartialObjectMetadata");
    assert_at(answer.body, "items/0/metadata/labels/zone", "b");
    assert_at(answer.body, "items/1/metadata/name", "n0");
    assert_at(answer.body, "items/#", "2");
    assert_null(strstr(answer.body, "status"));
    assert_null(strstr(answer.body, "spec"));
    answer = get_as(sim, NODES "/a", METADATA);
    assert_at(answer.body, "kind", "PartialObjectMetadata");
    assert_at(answer.body, "apiVersion", "meta.k8s.io/v1");
    assert_at(answer.body, "metadata/name", "a");
    chandra_sim_free(sim);
}

/* The kind and the status of what comes, by what was asked for. */
static void
test_forms(void **state)
{
    static const struct {
        const char *path;
        const char *accept;
        int http_status;
        const char *kind;
    } cases[] = {
        {NODES, NULL, 200, "NodeList"},
        {NODES, "*/*", 200, "NodeList"},
        {NODES, "application/json; charset=utf-8", 200, "NodeList"},
        {NODES, "application/json;", 200, "NodeList"},
        {NODES, METADATA ",application/json", 200, "NodeList"},
        {NODES, "application/yaml, application/*", 200, "NodeList"},
        {NODES, METADATA_LIST ",application/json", 200, "PartialObjectMetadataList"},
        {NODES, "application/json,  " METADATA_LIST, 200, "NodeList"},
        {NODES, "application/yaml,, " METADATA_LIST, 200, "PartialObjectMetadataList"},
        {NODES "/a", METADATA_LIST ",application/json", 200, "Node"},
        {NODES "/a", METADATA ",application/json", 200, "PartialObjectMetadata"},
        {NODES, METADATA, 406, "Status"},
        {NODES "/a", METADATA_LIST, 406, "Status"},
        {NODES, "application/json;as=Table;g=meta.k8s.io;v=v1", 406, "Status"},
        {NODES, "application/json;as=PartialObjectMetadataList;v=v1", 406, "Status"},
        {NODES, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v2", 406, "Status"},
        {NODES, "application/vnd.kubernetes.protobuf", 406, "Status"},
        {NODES, "", 406, "Status"},
    };
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, NODE("a", ""));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct answer answer = get_as(sim, cases[i].path, cases[i].accept);

        assert_int_equal(answer.http_status, cases[i].http_status);
        assert_at(answer.body, "kind", cases[i].kind);
        if (answer.http_status == 406)
            assert_at(answer.body, "reason", "NotAcceptable");
    }
    chandra_sim_free(sim);
}

static void
test_watch_of_metadata(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {.accept = METADATA};
    struct seen refused = {.accept = METADATA_LIST};
    struct chandra_watch *at;

    (void)state;
    load(sim, NODE("a", "'zone':'b'"));
    at = watch(sim, NODES "?watch=1&labelSelector=zone%3Db", &seen);
    deliver(sim);
    assert_int_equal(seen.count, 1);
    assert_at(seen.lines[0], "type", "ADDED");
    assert_at(seen.lines[0], "object/kind", "PartialObjectMetadata");
    assert_null(strstr(seen.lines[0], "spec"));
    assert_int_equal(request_as(sim, CHANDRA_PATCH, NODES "/a", "application/merge-patch+json",
                                "{'spec':{'unschedulable':true}}")
                         .http_status,
                     200);
    assert_int_equal(request_as(sim, CHANDRA_PATCH, NODES "/a", "application/merge-patch+json",
                                "{'metadata':{'labels':{'zone':'c'}}}")
                         .http_status,
                     200);
    deliver(sim);
    assert_int_equal(seen.count, 3);
    assert_at(seen.lines[1], "type", "MODIFIED");
    assert_at(seen.lines[1], "object/apiVersion", "meta.k8s.io/v1");
    assert_at(seen.lines[1], "object/metadata/labels/zone", "b");
    assert_null(strstr(seen.lines[1], "unschedulable"));
    assert_at(seen.lines[2], "type", "DELETED");
    assert_at(seen.lines[2], "object/kind", "PartialObjectMetadata");
    assert_null(strstr(seen.lines[2], "unschedulable"));
    stop(sim, at);
    at = watch(sim, NODES "?watch=1", &refused);
    assert_int_equal(refused.closed, 1);
    assert_int_equal(refused.http_status, 406);
    assert_int_equal(refused.opened, 0);
    stop(sim, at);
    chandra_sim_free(sim);
}

static void
test_watch_opens_once(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at = watch_from_now(sim, NODES, "", &seen);

    (void)state;
    deliver(sim);
    assert_int_equal(seen.opened, 1);
    assert_int_equal(seen.count, 0);
    load_nodes(sim, 1);
    deliver(sim);
    assert_int_equal(seen.opened, 1);
    assert_int_equal(seen.count, 1);
    stop(sim, at);
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_metadata_form),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_watch_of_metadata),
        cmocka_unit_test(test_watch_opens_once),
        cmocka_unit_test(test_pages_show_one_moment),
        cmocka_unit_test(test_list_revisions),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_watch_tells_at_delivery),
        cmocka_unit_test(test_watch_begins_with_what_is_there),
        cmocka_unit_test(test_watch_with_selector),
        cmocka_unit_test(test_watch_of_namespace),
        cmocka_unit_test(test_compaction),
        cmocka_unit_test(test_timeout_and_bookmarks),
        cmocka_unit_test(test_history_is_bounded),
        cmocka_unit_test(test_refused_watches),
        cmocka_unit_test(test_callbacks_may_act),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
