/* api_test.c - paths, failures, the bodies of the writes, watch events; over a transport that
 * answers what the test wants. */
#include "api/api.h"

#include "base/alloc.h"
#include "manifest.h"
#include "model/object.h"
#include "script_transport.h"

#include <stdio.h>

static void
expect_path(enum chandra_kind kind, const char *name_space, const char *name, const char *sub,
            const char *want)
{
    struct ch_buf buf = {0};

    ch_api_put_path(&buf, kind, name_space, name, sub);
    assert_true(ch_buf_ok(&buf));
    assert_string_equal(buf.text, want);
    ch_buf_clear(&buf);
}

static void
spells_paths(void **state)
{
    (void)state;
    expect_path(CHANDRA_KIND_POD, NULL, NULL, NULL, "/api/v1/pods");
    expect_path(CHANDRA_KIND_POD, "", NULL, NULL, "/api/v1/pods");
    expect_path(CHANDRA_KIND_POD, "a", NULL, NULL, "/api/v1/namespaces/a/pods");
    expect_path(CHANDRA_KIND_POD, "a", "p", "binding", "/api/v1/namespaces/a/pods/p/binding");
    expect_path(CHANDRA_KIND_NODE, "a", "n", NULL, "/api/v1/nodes/n");
    expect_path(CHANDRA_KIND_CLAIM, "a", "c", "status",
                "/apis/resource.k8s.io/v1alpha2/namespaces/a/resourceclaims/c/status");
    expect_path(CHANDRA_KIND_CLASS, NULL, NULL, NULL,
                "/apis/resource.k8s.io/v1alpha2/resourceclasses");
    expect_path(CHANDRA_KIND_CONTEXT, "a", "p", NULL,
                "/apis/resource.k8s.io/v1alpha2/namespaces/a/podschedulingcontexts/p");
    expect_path(CHANDRA_KIND_NODE, NULL, "a/b?c d%\xc3\xa4", NULL,
                "/api/v1/nodes/a%2Fb%3Fc%20d%25%C3%A4");
}

static void
names_kinds_as_objects_do(void **state)
{
    (void)state;
    for (enum chandra_kind kind = 0; kind < CHANDRA_KIND_COUNT; kind++)
        assert_string_equal(ch_api_resource(kind)->kind, chandra_kind_name(kind));
}

/* Spec 1.3 and 12.4. */
static void
tells_failures_apart(void **state)
{
    static const struct {
        int http_status;
        const char *body;
        enum chandra_status status;
        const char *message;
    } rows[] = {
        {200, "{}", CHANDRA_OK, NULL},
        {201, "", CHANDRA_OK, NULL},
        {0, "connection refused", CHANDRA_ETRANSIENT,
         "no answer from the API server: connection refused"},
        {409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"object was modified\"}",
         CHANDRA_ECONFLICT, "object was modified"},
        {409, "{\"reason\":\"AlreadyExists\",\"message\":\"x already exists\"}", CHANDRA_EEXISTS,
         "x already exists"},
        {409, "{}", CHANDRA_ECONFLICT, "the API server answered 409"},
        {422, "{\"reason\":\"Invalid\",\"message\":\"spec: Invalid value\\nand more\"}",
         CHANDRA_EREJECTED, "spec: Invalid value and more"},
        {404, "{\"reason\":\"NotFound\"}", CHANDRA_ENOTFOUND,
         "the API server answered 404 NotFound"},
        {404, "404 page not found", CHANDRA_ENOTFOUND,
         "the API server answered 404: 404 page not found"},
        {410, "{\"reason\":\"Expired\"}", CHANDRA_EGONE, NULL},
        {410, "{\"reason\":\"Gone\"}", CHANDRA_EGONE, NULL},
        {401, "", CHANDRA_EUNAUTHORIZED, "the API server answered 401"},
        {403, "{\"reason\":\"Forbidden\",\"message\":\"no\"}", CHANDRA_EFORBIDDEN, "no"},
        {429, "slow down", CHANDRA_ETHROTTLED, NULL},
        {408, "", CHANDRA_ETRANSIENT, NULL},
        {500, "{\"reason\":\"InternalError\"}", CHANDRA_ETRANSIENT, NULL},
        {503, "<html>", CHANDRA_ETRANSIENT, "the API server answered 503: <html>"},
        {504, "{\"reason\":\"Timeout\"}", CHANDRA_ETRANSIENT, NULL},
        {400, "{\"reason\":\"BadRequest\",\"message\":\"bad\"}", CHANDRA_EAPI, "bad"},
        {405, "[]", CHANDRA_EAPI, "the API server answered 405: []"},
        {301, "", CHANDRA_EAPI, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct chandra_response response = {rows[i].http_status, rows[i].body,
                                                  strlen(rows[i].body), -1};
        struct chandra_error err = {CHANDRA_OK, ""};

        assert_int_equal(ch_api_classify(&response, &err), rows[i].status);
        assert_int_equal(err.status, rows[i].status);
        if (rows[i].message)
            assert_string_equal(err.message, rows[i].message);
        assert_int_equal(ch_api_classify(&response, NULL), rows[i].status);
    }
}

static struct ch_watch_event
event(const char *line)
{
    struct ch_watch_event parsed = {0};
    struct chandra_error err;

    assert_int_equal(ch_api_parse_event(line, strlen(line), &parsed, &err), CHANDRA_OK);
    return parsed;
}

static void
parses_watch_events(void **state)
{
    static const struct {
        const char *line;
        enum ch_watch_type type;
    } rows[] = {
        {"{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\"}}", CH_WATCH_ADDED},
        {"{\"object\":{},\"type\":\"MODIFIED\"}", CH_WATCH_MODIFIED},
        {"{\"type\":\"DELETED\",\"object\":{}}", CH_WATCH_DELETED},
        {"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}",
         CH_WATCH_BOOKMARK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ch_watch_event parsed = event(rows[i].line);

        assert_int_equal(parsed.type, rows[i].type);
        assert_int_equal(parsed.status, CHANDRA_OK);
        assert_int_equal(chandra_value_type(parsed.object), CHANDRA_OBJECT);
        chandra_doc_free(parsed.doc);
    }
}

static void
parses_errors_in_a_watch(void **state)
{
    static const struct {
        const char *object;
        enum chandra_status status;
        const char *message;
    } rows[] = {
        {"{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}",
         CHANDRA_EGONE, "too old"},
        {"{\"code\":410}", CHANDRA_EGONE, "the API server answered 410"},
        {"{\"reason\":\"Gone\"}", CHANDRA_EGONE, NULL},
        {"{\"code\":500,\"reason\":\"InternalError\"}", CHANDRA_ETRANSIENT, NULL},
        {"{}", CHANDRA_EAPI, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ch_watch_event parsed = {0};
        struct chandra_error err;
        char line[256];

        snprintf(line, sizeof(line), "{\"type\":\"ERROR\",\"object\":%s}", rows[i].object);
        assert_int_equal(ch_api_parse_event(line, strlen(line), &parsed, &err), CHANDRA_OK);
        assert_int_equal(parsed.type, CH_WATCH_ERROR);
        assert_int_equal(parsed.status, rows[i].status);
        if (rows[i].message)
            assert_string_equal(err.message, rows[i].message);
        chandra_doc_free(parsed.doc);
    }
}

static void
refuses_lines_that_are_no_events(void **state)
{
    static const struct {
        const char *line;
        enum chandra_status status;
    } rows[] = {
        {"", CHANDRA_EPARSE},
        {"{\"type\":\"ADDED\",\"object\":{", CHANDRA_EPARSE},
        {"{\"type\":\"ADDED\"}", CHANDRA_EINVAL},
        {"{\"type\":\"ADDED\",\"object\":[]}", CHANDRA_EINVAL},
        {"{\"type\":\"MOVED\",\"object\":{}}", CHANDRA_EINVAL},
        {"{\"type\":7,\"object\":{}}", CHANDRA_EINVAL},
        {"{\"object\":{}}", CHANDRA_EINVAL},
        {"[]", CHANDRA_EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct ch_watch_event parsed = {0};
        struct chandra_error err;

        assert_int_equal(ch_api_parse_event(rows[i].line, strlen(rows[i].line), &parsed, &err),
                         rows[i].status);
        assert_null(parsed.doc);
        assert_int_equal(strncmp(err.message, "watch", 5), 0);
    }
}

/* The writes. */

struct fixture {
    struct script_transport script;
    struct chandra_object *pod_object;
    struct chandra_object *claim_object;
    struct chandra_object *context_object;
    const struct chandra_pod *pod;
    const struct chandra_claim *claim;
    const struct chandra_context *context;
};

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    script_init(&fixture->script);
    fixture->pod_object = manifest_object(
        "{apiVersion: v1, kind: Pod, metadata: {name: job, namespace: ns, uid: uid-pod}}");
    fixture->claim_object = manifest_object(
        "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,"
        " metadata: {name: gpu, namespace: ns, uid: uid-claim, resourceVersion: '7'},"
        " spec: {resourceClassName: class},"
        " status: {reservedFor: [{resource: pods, name: job, uid: uid-pod}], driverName: d,"
        "  allocation: {shareable: true, resourceHandles: [{driverName: d, data: '\"x\"'}]}}}");
    fixture->context_object = manifest_object(
        "{metadata: {name: job, namespace: ns, uid: uid-psc, resourceVersion: '8',"
        "  labels: {a: b}}, apiVersion: resource.k8s.io/v1alpha2, kind: PodSchedulingContext,"
        " spec: {selectedNode: n1, potentialNodes: [n1, n2]},"
        " status: {resourceClaims: [{name: gpu, unsuitableNodes: [n2]}]}}");
    fixture->pod = chandra_object_pod(fixture->pod_object);
    fixture->claim = chandra_object_claim(fixture->claim_object);
    fixture->context = chandra_object_context(fixture->context_object);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    chandra_object_unref(fixture->pod_object);
    chandra_object_unref(fixture->claim_object);
    chandra_object_unref(fixture->context_object);
    script_clear(&fixture->script);
    free(fixture);
    return 0;
}

#define GROUP "/apis/resource.k8s.io/v1alpha2/namespaces/ns/"

static const char *const two_nodes[] = {"n1", "n3"};

static void
creates_a_context(void **state)
{
    struct fixture *fixture = *state;
    const struct ch_context_change both = {"n1", two_nodes, 2, true};
    const struct ch_context_change selected = {.selected_node = "n1"};
    struct chandra_doc *doc = NULL;

    script_answer(&fixture->script, 201, "{\"metadata\":{\"name\":\"job\"}}");
    assert_int_equal(ch_api_create_context(&fixture->script.base, fixture->pod, &both, &doc, NULL),
                     CHANDRA_OK);
    script_expect(&fixture->script, CHANDRA_POST, GROUP "podschedulingcontexts", NULL,
                  "{\"apiVersion\":\"resource.k8s.io/v1alpha2\",\"kind\":\"PodSchedulingContext\","
                  "\"metadata\":{\"name\":\"job\",\"namespace\":\"ns\",\"ownerReferences\":[{"
                  "\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"job\",\"uid\":\"uid-pod\","
                  "\"controller\":true,\"blockOwnerDeletion\":true}]},\"spec\":{"
                  "\"potentialNodes\":[\"n1\",\"n3\"],\"selectedNode\":\"n1\"}}");
    assert_non_null(chandra_value_get(chandra_doc_root(doc, 0), "metadata"));
    chandra_doc_free(doc);
    script_answer(&fixture->script, 409, "{\"reason\":\"AlreadyExists\"}");
    assert_int_equal(
        ch_api_create_context(&fixture->script.base, fixture->pod, &selected, NULL, NULL),
        CHANDRA_EEXISTS);
    assert_non_null(strstr(fixture->script.body, "\"spec\":{\"selectedNode\":\"n1\"}}"));
}

/* Spec 3.6: a copy of the cached object, only the overridden fields replaced. */
static void
updates_a_context(void **state)
{
    static const struct {
        struct ch_context_change change;
        const char *spec;
    } rows[] = {
        {{.selected_node = "n3"}, "{\"selectedNode\":\"n3\",\"potentialNodes\":[\"n1\",\"n2\"]}"},
        {{.selected_node = ""}, "{\"potentialNodes\":[\"n1\",\"n2\"]}"},
        {{.potential = two_nodes, .potential_count = 2, .has_potential = true},
         "{\"selectedNode\":\"n1\",\"potentialNodes\":[\"n1\",\"n3\"]}"},
        {{"n3", two_nodes, 2, true},
         "{\"selectedNode\":\"n3\",\"potentialNodes\":[\"n1\",\"n3\"]}"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char body[512];

        snprintf(body, sizeof(body),
                 "{\"metadata\":{\"name\":\"job\",\"namespace\":\"ns\",\"uid\":\"uid-psc\","
                 "\"resourceVersion\":\"8\",\"labels\":{\"a\":\"b\"}},"
                 "\"apiVersion\":\"resource.k8s.io/v1alpha2\",\"kind\":\"PodSchedulingContext\","
                 "\"spec\":%s,\"status\":{\"resourceClaims\":[{\"name\":\"gpu\","
                 "\"unsuitableNodes\":[\"n2\"]}]}}",
                 rows[i].spec);
        script_answer(&fixture->script, 200, "{}");
        assert_int_equal(ch_api_update_context(&fixture->script.base, fixture->context,
                                               &rows[i].change, NULL, NULL),
                         CHANDRA_OK);
        script_expect(&fixture->script, CHANDRA_PUT, GROUP "podschedulingcontexts/job", NULL, body);
    }
}

static void
updates_a_context_that_came_in_a_list(void **state)
{
    struct fixture *fixture = *state;
    const struct ch_context_change change = {.selected_node = "n1"};
    struct chandra_doc *item = manifest_doc("{metadata: {name: job, namespace: ns}}");
    struct chandra_object *object = NULL;

    assert_int_equal(
        ch_object_decode_as(CHANDRA_KIND_CONTEXT, chandra_doc_root(item, 0), &object, NULL),
        CHANDRA_OK);
    script_answer(&fixture->script, 200, "{}");
    assert_int_equal(ch_api_update_context(&fixture->script.base, chandra_object_context(object),
                                           &change, NULL, NULL),
                     CHANDRA_OK);
    assert_string_equal(fixture->script.body,
                        "{\"metadata\":{\"name\":\"job\",\"namespace\":\"ns\"},"
                        "\"spec\":{\"selectedNode\":\"n1\"},"
                        "\"apiVersion\":\"resource.k8s.io/v1alpha2\","
                        "\"kind\":\"PodSchedulingContext\"}");
    chandra_object_unref(object);
    chandra_doc_free(item);
}

/* Pitfall 3: the list is always sent. Pitfall 4: so is an empty selection. */
static void
applies_a_context(void **state)
{
    static const struct {
        struct ch_context_change change;
        const char *spec;
    } rows[] = {
        {{.selected_node = "n3"}, "{\"potentialNodes\":[\"n1\",\"n2\"],\"selectedNode\":\"n3\"}"},
        {{.selected_node = ""}, "{\"potentialNodes\":[\"n1\",\"n2\"],\"selectedNode\":\"\"}"},
        {{.potential = two_nodes, .potential_count = 2, .has_potential = true},
         "{\"potentialNodes\":[\"n1\",\"n3\"]}"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char body[512];

        snprintf(body, sizeof(body),
                 "{\"apiVersion\":\"resource.k8s.io/v1alpha2\",\"kind\":\"PodSchedulingContext\","
                 "\"metadata\":{\"name\":\"job\",\"namespace\":\"ns\"},\"spec\":%s}",
                 rows[i].spec);
        script_answer(&fixture->script, 200, "{}");
        assert_int_equal(ch_api_apply_context(&fixture->script.base, fixture->context,
                                              &rows[i].change, "kube-scheduler", NULL, NULL),
                         CHANDRA_OK);
        script_expect(&fixture->script, CHANDRA_PATCH,
                      GROUP "podschedulingcontexts/job?fieldManager=kube-scheduler&force=true",
                      "application/apply-patch+yaml", body);
    }
}

static void
deletes_a_context(void **state)
{
    struct fixture *fixture = *state;

    script_answer(&fixture->script, 200, "{\"kind\":\"Status\"}");
    assert_int_equal(ch_api_delete_context(&fixture->script.base, "ns", "job", NULL), CHANDRA_OK);
    script_expect(&fixture->script, CHANDRA_DELETE, GROUP "podschedulingcontexts/job", NULL, NULL);
    script_answer(&fixture->script, 404, "{\"reason\":\"NotFound\"}");
    assert_int_equal(ch_api_delete_context(&fixture->script.base, "ns", "job", NULL),
                     CHANDRA_ENOTFOUND);
}

static void
requests_deallocation(void **state)
{
    struct fixture *fixture = *state;

    script_answer(&fixture->script, 200, "{}");
    assert_int_equal(ch_api_request_deallocation(&fixture->script.base, fixture->claim, NULL, NULL),
                     CHANDRA_OK);
    script_expect(&fixture->script, CHANDRA_PUT, GROUP "resourceclaims/gpu/status", NULL,
                  "{\"apiVersion\":\"resource.k8s.io/v1alpha2\",\"kind\":\"ResourceClaim\","
                  "\"metadata\":{\"name\":\"gpu\",\"namespace\":\"ns\",\"uid\":\"uid-claim\","
                  "\"resourceVersion\":\"7\"},\"status\":{\"allocation\":{\"resourceHandles\":[{"
                  "\"data\":\"\\\"x\\\"\",\"driverName\":\"d\"}],\"shareable\":true},"
                  "\"driverName\":\"d\",\"deallocationRequested\":true}}");
}

static void
reserves_and_gives_back(void **state)
{
    struct fixture *fixture = *state;

    script_answer(&fixture->script, 200, "{}");
    assert_int_equal(
        ch_api_reserve(&fixture->script.base, fixture->claim, fixture->pod, NULL, NULL),
        CHANDRA_OK);
    script_expect(&fixture->script, CHANDRA_PATCH, GROUP "resourceclaims/gpu/status",
                  "application/strategic-merge-patch+json",
                  "{\"metadata\":{\"uid\":\"uid-claim\"},\"status\":{\"reservedFor\":[{"
                  "\"resource\":\"pods\",\"name\":\"job\",\"uid\":\"uid-pod\"}]}}");
    script_answer(&fixture->script, 200, "{}");
    assert_int_equal(
        ch_api_unreserve(&fixture->script.base, fixture->claim, fixture->pod, NULL, NULL),
        CHANDRA_OK);
    script_expect(&fixture->script, CHANDRA_PATCH, GROUP "resourceclaims/gpu/status",
                  "application/strategic-merge-patch+json",
                  "{\"metadata\":{\"uid\":\"uid-claim\"},\"status\":{\"reservedFor\":[{"
                  "\"$patch\":\"delete\",\"uid\":\"uid-pod\"}]}}");
}

/* One write by number, for the sweep. */
static enum chandra_status
write_number(struct fixture *fixture, int number, struct chandra_doc **out_doc,
             struct chandra_error *err)
{
    const struct ch_context_change change = {"n1", two_nodes, 2, true};
    struct chandra_transport *transport = &fixture->script.base;

    switch (number) {
    case 0:
        return ch_api_create_context(transport, fixture->pod, &change, out_doc, err);
    case 1:
        return ch_api_update_context(transport, fixture->context, &change, out_doc, err);
    case 2:
        return ch_api_apply_context(transport, fixture->context, &change, "m", out_doc, err);
    case 3:
        return ch_api_request_deallocation(transport, fixture->claim, out_doc, err);
    case 4:
        return ch_api_reserve(transport, fixture->claim, fixture->pod, out_doc, err);
    default:
        return ch_api_unreserve(transport, fixture->claim, fixture->pod, out_doc, err);
    }
}

static void
survives_a_lack_of_memory(void **state)
{
    struct fixture *fixture = *state;

    for (int number = 0; number < 6; number++) {
        enum chandra_status st = CHANDRA_ENOMEM;
        struct chandra_doc *doc = NULL;
        long count = 0;

        while (st == CHANDRA_ENOMEM && count < 1000) {
            struct chandra_error err;

            script_answer(&fixture->script, 200, "{\"metadata\":{}}");
            ch_alloc_fail_after(count++);
            st = write_number(fixture, number, &doc, &err);
            ch_alloc_fail_after(-1);
            if (st == CHANDRA_ENOMEM)
                assert_null(doc);
        }
        assert_int_equal(st, CHANDRA_OK);
        assert_true(count > 2);
        chandra_doc_free(doc);
    }
}

static void
events_survive_a_lack_of_memory(void **state)
{
    static const char line[] = "{\"type\":\"ERROR\",\"object\":{\"code\":410}}";
    enum chandra_status st = CHANDRA_ENOMEM;
    struct ch_watch_event parsed = {0};

    (void)state;
    for (long count = 0; st == CHANDRA_ENOMEM && count < 1000; count++) {
        ch_alloc_fail_after(count);
        st = ch_api_parse_event(line, strlen(line), &parsed, NULL);
        ch_alloc_fail_after(-1);
    }
    assert_int_equal(st, CHANDRA_OK);
    assert_int_equal(parsed.status, CHANDRA_EGONE);
    chandra_doc_free(parsed.doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spells_paths),
        cmocka_unit_test(names_kinds_as_objects_do),
        cmocka_unit_test(tells_failures_apart),
        cmocka_unit_test(parses_watch_events),
        cmocka_unit_test(parses_errors_in_a_watch),
        cmocka_unit_test(refuses_lines_that_are_no_events),
        cmocka_unit_test(creates_a_context),
        cmocka_unit_test(updates_a_context),
        cmocka_unit_test(updates_a_context_that_came_in_a_list),
        cmocka_unit_test(applies_a_context),
        cmocka_unit_test(deletes_a_context),
        cmocka_unit_test(requests_deallocation),
        cmocka_unit_test(reserves_and_gives_back),
        cmocka_unit_test(survives_a_lack_of_memory),
        cmocka_unit_test(events_survive_a_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
