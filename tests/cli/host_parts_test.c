/* host_parts_test.c - the parts of `chandra schedule`: loads, node rules, Events, election,
 * metrics, probes; on the cluster in memory and its clock. */
#include "manifest.h"
#include "schedule/election.h"
#include "schedule/events.h"
#include "schedule/health.h"
#include "schedule/klog.h"
#include "schedule/metrics.h"
#include "scheduler/fit.h"
#include "scheduler/loads.h"

#include <chandra/client.h>
#include <chandra/doc.h>
#include <chandra/sim.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct chandra_object *
decode_pod(const char *name, const char *cpu)
{
    char text[256];

    snprintf(
        text, sizeof(text),
        "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: default, uid: u-%s}, spec: "
        "{containers: [{resources: {requests: {cpu: %s}}}]}}",
        name, name, cpu);
    return manifest_object(text);
}

/* Loads and rules. */

static void
adds_up_loads(void **state)
{
    struct loads loads = {0};
    struct share a = {0};
    struct share b = {0};
    struct chandra_object *small = decode_pod("a", "250m");
    struct chandra_object *large = decode_pod("b", "2");

    (void)state;
    assert_null(loads_of(&loads, "n"));
    assert_true(loads_add(&loads, &a, "n", chandra_object_pod(small), false));
    assert_true(loads_add(&loads, &b, "n", chandra_object_pod(large), true));
    assert_int_equal(load_taken(loads_of(&loads, "n"), "cpu", false), 250);
    assert_int_equal(load_taken(loads_of(&loads, "n"), "cpu", true), 2250);
    assert_int_equal(load_taken(loads_of(&loads, "n"), "memory", true), 0);
    assert_int_equal(loads_of(&loads, "n")->pods, 2);
    assert_int_equal(loads_of(&loads, "n")->promised_pods, 1);
    loads_remove(&loads, &a);
    loads_remove(&loads, &a);
    assert_int_equal(load_taken(loads_of(&loads, "n"), "cpu", true), 2000);
    loads_remove(&loads, &b);
    assert_null(loads_of(&loads, "n")); /* nodes that come and go leave nothing behind */
    loads_clear(&loads);
    chandra_object_unref(small);
    chandra_object_unref(large);
}

static void
leaves_promised_room_alone(void **state)
{
    struct chandra_object *node =
        manifest_object("{apiVersion: v1, kind: Node, metadata: {name: n}, status: "
                        "{allocatable: {cpu: 2, pods: 2}}}");
    struct chandra_object *pod = decode_pod("a", "1500m");
    struct chandra_object *none = decode_pod("b", "0");
    struct loads loads = {0};
    struct share share = {0};
    struct fit_query query = {.pod = chandra_object_pod(pod), .node = chandra_object_node(node)};

    (void)state;
    query.with_promised = true;
    assert_true(fit_check(&query, NULL, NULL));
    assert_true(loads_add(&loads, &share, "n", chandra_object_pod(pod), true));
    query.load = loads_of(&loads, "n");
    assert_false(fit_check(&query, NULL, NULL));
    query.with_promised = false;
    assert_true(fit_check(&query, NULL, NULL));
    query.pod = chandra_object_pod(none); /* asks for nothing: a slot is enough */
    query.with_promised = true;
    assert_true(fit_check(&query, NULL, NULL));
    loads_remove(&loads, &share);
    loads_clear(&loads);
    chandra_object_unref(node);
    chandra_object_unref(pod);
    chandra_object_unref(none);
}

static void
knows_which_changes_matter(void **state)
{
    static const struct {
        const char *more;
        bool matters;
    } cases[] = {
        {"", false},
        {", status: {conditions: [{type: MemoryPressure, status: 'True'}]}", false},
        {", status: {conditions: [{type: Ready, status: 'True'}]}", true},
        {", spec: {unschedulable: true}", true},
        {", spec: {taints: [{key: a, effect: NoSchedule}]}", true},
        {", status: {allocatable: {cpu: 1}}", true},
    };
    struct chandra_object *before =
        manifest_object("{apiVersion: v1, kind: Node, metadata: {name: n}}");

    (void)state;
    assert_true(fit_may_improve(NULL, chandra_object_node(before)));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        struct chandra_object *now;
        snprintf(text, sizeof(text), "{apiVersion: v1, kind: Node, metadata: {name: n}%s}",
                 cases[i].more);
        now = manifest_object(text);
        assert_int_equal(fit_may_improve(chandra_object_node(before), chandra_object_node(now)),
                         cases[i].matters);
        chandra_object_unref(now);
    }
    chandra_object_unref(before);
}

/* What the cluster has. */

static struct chandra_doc *
get(struct chandra_sim *sim, const char *path)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    if (chandra_client_request(chandra_sim_transport(sim), &request, &doc, &err) != CHANDRA_OK)
        fail_msg("%s: %s", path, err.message);
    return doc;
}

static const struct chandra_value *
at(const struct chandra_value *value, const char *path)
{
    char copy[128];
    char *rest = copy;
    char *key;

    snprintf(copy, sizeof(copy), "%s", path);
    while ((key = strtok_r(rest, ".", &rest)))
        value = chandra_value_get(value, key);
    return value;
}

static const char *
text_at(const struct chandra_value *value, const char *path)
{
    const char *text = chandra_value_string(at(value, path));

    return text ? text : "";
}

static int64_t
int_at(const struct chandra_value *value, const char *path)
{
    int64_t number = -1;

    chandra_value_int64(at(value, path), &number);
    return number;
}

static void
advance(struct chandra_sim *sim, int64_t ms)
{
    struct chandra_error err;

    assert_int_equal(chandra_sim_advance(sim, chandra_sim_now_ms(sim) + ms, &err), 0);
}

static int
set_up(void **state)
{
    struct chandra_sim *sim;
    struct chandra_error err;
    struct chandra_doc *doc =
        manifest_doc("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default}, spec: "
                     "{containers: [{name: c, image: i}]}}");
    enum chandra_status st = chandra_sim_new(NULL, &sim, &err);

    if (st == CHANDRA_OK)
        st = chandra_sim_load(sim, chandra_doc_root(doc, 0), &err);
    chandra_doc_free(doc);
    *state = sim;
    return st == CHANDRA_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
    chandra_sim_free(*state);
    return 0;
}

/* Events. */

static struct chandra_object *
stored_pod(struct chandra_sim *sim)
{
    struct chandra_doc *doc = get(sim, "/api/v1/namespaces/default/pods/a");
    struct chandra_object *pod = NULL;
    struct chandra_error err;

    assert_int_equal(chandra_object_decode(chandra_doc_root(doc, 0), &pod, &err), 0);
    chandra_doc_free(doc);
    return pod;
}

static struct chandra_doc *
list_events(struct chandra_sim *sim, size_t count)
{
    struct chandra_doc *doc = get(sim, "/apis/events.k8s.io/v1/namespaces/default/events");

    assert_int_equal(chandra_value_count(chandra_value_get(chandra_doc_root(doc, 0), "items")),
                     count);
    return doc;
}

static const struct chandra_value *
item(const struct chandra_doc *doc, size_t index)
{
    return chandra_value_at(chandra_value_get(chandra_doc_root(doc, 0), "items"), index);
}

static struct events *
open_events(struct chandra_sim *sim)
{
    struct events *events;
    struct chandra_error err;

    assert_int_equal(
        events_new(chandra_sim_transport(sim), "chandra", "chandra-host", &events, &err), 0);
    return events;
}

static void
repeats_events_as_series(void **state)
{
    struct chandra_sim *sim = *state;
    struct events *events = open_events(sim);
    struct chandra_object *pod = stored_pod(sim);
    struct told told = {0};
    struct chandra_doc *doc;

    events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no room");
    doc = list_events(sim, 1);
    assert_string_equal(text_at(item(doc, 0), "reason"), "FailedScheduling");
    assert_string_equal(text_at(item(doc, 0), "type"), "Warning");
    assert_string_equal(text_at(item(doc, 0), "note"), "no room");
    assert_string_equal(text_at(item(doc, 0), "reportingController"), "chandra");
    assert_string_equal(text_at(item(doc, 0), "regarding.name"), "a");
    assert_int_equal(int_at(item(doc, 0), "series.count"), -1);
    chandra_doc_free(doc);

    for (int i = 0; i < 4; i++) /* of which the second is written and the rest is counted */
        events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no room");
    doc = list_events(sim, 1);
    assert_int_equal(int_at(item(doc, 0), "series.count"), 2);
    chandra_doc_free(doc);
    advance(sim, 6 * 60 * 1000);
    events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no room");
    doc = list_events(sim, 1);
    assert_int_equal(int_at(item(doc, 0), "series.count"), 6);
    chandra_doc_free(doc);

    events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no device");
    events_scheduled(events, chandra_object_pod(pod), "node-1");
    chandra_doc_free(list_events(sim, 3));
    assert_int_equal(events_waiting(events), 0);
    events_free(events);
    chandra_object_unref(pod);
}

static const struct chandra_value *
condition_of(const struct chandra_doc *doc)
{
    const struct chandra_value *list = at(chandra_doc_root(doc, 0), "status.conditions");

    for (size_t i = 0; i < chandra_value_count(list); i++)
        if (strcmp(text_at(chandra_value_at(list, i), "type"), "PodScheduled") == 0)
            return chandra_value_at(list, i);
    return NULL;
}

static void
writes_conditions_once(void **state)
{
    struct chandra_sim *sim = *state;
    struct events *events = open_events(sim);
    struct chandra_object *pod = stored_pod(sim);
    struct told told = {0};
    struct chandra_doc *doc;
    size_t writes;

    events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no room");
    doc = get(sim, "/api/v1/namespaces/default/pods/a");
    assert_string_equal(text_at(condition_of(doc), "status"), "False");
    assert_string_equal(text_at(condition_of(doc), "reason"), "Unschedulable");
    assert_string_equal(text_at(condition_of(doc), "message"), "no room");
    chandra_doc_free(doc);

    for (int i = 0; i < 2; i++)
        events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no room");
    writes = chandra_sim_write_count(sim);
    events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no room");
    assert_int_equal(chandra_sim_write_count(sim), writes);

    /* The pod as it was before the first condition: that is refused, and tried again later. */
    events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no device");
    doc = get(sim, "/api/v1/namespaces/default/pods/a");
    assert_string_equal(text_at(condition_of(doc), "message"), "no room");
    chandra_doc_free(doc);
    assert_int_equal(events_lost(events), 1);
    chandra_object_unref(pod);
    pod = stored_pod(sim);
    events_failed(events, chandra_object_pod(pod), &told, "Unschedulable", "no device");
    doc = get(sim, "/api/v1/namespaces/default/pods/a");
    assert_string_equal(text_at(condition_of(doc), "message"), "no device");
    chandra_doc_free(doc);
    events_free(events);
    chandra_object_unref(pod);
}

/* Election. */

static const struct klog quiet = {.verbosity = -1};

static struct election *
stand(struct chandra_sim *sim, const char *identity)
{
    const struct election_options options = {
        .transport = chandra_sim_transport(sim),
        .log = &quiet,
        .name_space = "kube-system",
        .name = "chandra",
        .identity = identity,
        .lease_duration_ms = 15000,
        .renew_deadline_ms = 10000,
        .retry_period_ms = 2000,
    };
    struct election *election;
    struct chandra_error err;

    assert_int_equal(election_new(&options, &election, &err), 0);
    return election;
}

static const char lease_path[] =
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/chandra";

static void
one_of_two_leads(void **state)
{
    struct chandra_sim *sim = *state;
    struct election *a = stand(sim, "a");
    struct election *b = stand(sim, "b");
    struct chandra_doc *doc;

    election_step(a);
    election_step(b);
    assert_int_equal(election_state(a), ELECTION_LEADING);
    assert_int_equal(election_state(b), ELECTION_FOLLOWING);
    for (int i = 0; i < 20; i++) { /* while it is renewed it stays */
        advance(sim, 2000);
        election_step(a);
        election_step(b);
    }
    assert_int_equal(election_state(a), ELECTION_LEADING);
    assert_int_equal(election_state(b), ELECTION_FOLLOWING);

    advance(sim, 10001); /* a is stuck: it knows before b does */
    assert_int_equal(election_state(a), ELECTION_LOST);
    election_step(b);
    assert_int_equal(election_state(b), ELECTION_FOLLOWING);
    advance(sim, 5000);
    election_step(b);
    assert_int_equal(election_state(b), ELECTION_LEADING);
    election_step(a);
    assert_int_equal(election_state(a), ELECTION_LOST);
    doc = get(sim, lease_path);
    assert_string_equal(text_at(chandra_doc_root(doc, 0), "spec.holderIdentity"), "b");
    assert_int_equal(int_at(chandra_doc_root(doc, 0), "spec.leaseTransitions"), 1);
    assert_int_equal(int_at(chandra_doc_root(doc, 0), "spec.leaseDurationSeconds"), 15);
    chandra_doc_free(doc);
    election_free(a);
    election_free(b);
}

static void
gives_the_lease_back(void **state)
{
    struct chandra_sim *sim = *state;
    struct election *a = stand(sim, "a");
    struct election *b = stand(sim, "b");

    election_step(a);
    election_step(b);
    election_stop(a);
    assert_int_equal(election_state(a), ELECTION_LOST);
    election_step(b);
    assert_int_equal(election_state(b), ELECTION_LEADING);
    election_stop(b);
    election_free(a);
    election_free(b);
}

static void
survives_short_failures(void **state)
{
    struct chandra_sim *sim = *state;
    const struct chandra_sim_fault fault = {
        .size = sizeof(fault), .path = "/leases", .http_status = 503, .retry_after_s = -1};
    struct election *a = stand(sim, "a");
    struct chandra_error err;

    election_step(a);
    assert_int_equal(chandra_sim_add_fault(sim, &fault, &err), 0);
    for (int i = 0; i < 4; i++) {
        advance(sim, 2000);
        election_step(a);
        assert_int_equal(election_state(a), ELECTION_LEADING);
    }
    chandra_sim_clear_faults(sim);
    advance(sim, 1999);
    election_step(a);
    advance(sim, 9999);
    assert_int_equal(election_state(a), ELECTION_LEADING);
    election_free(a);
}

/* Metrics and probes. */

static void
prints_metrics(void **state)
{
    struct metrics *metrics;
    struct chandra_error err;
    char labels[METRIC_LABELS_SIZE];
    size_t len = 0;
    char *text;

    (void)state;
    assert_int_equal(metrics_new(&metrics, &err), 0);
    metrics_add(metrics, METRIC_DECISIONS, metrics_labels(labels, "result", "allocated", NULL), 1);
    metrics_add(metrics, METRIC_DECISIONS, metrics_labels(labels, "result", "allocated", NULL), 2);
    metrics_set(metrics, METRIC_POLICY_INFO,
                metrics_labels(labels, "policy", "a\"b\\c\nd", "version", "1", NULL), 1);
    metrics_observe(metrics, METRIC_DECISION_SECONDS, "mode=\"classic\"", 0.0015);
    metrics_observe(metrics, METRIC_DECISION_SECONDS, "mode=\"classic\"", 1000);
    metrics_observe(metrics, METRIC_API_REQUEST_SECONDS, NULL, 0.001);
    text = metrics_text(metrics, &len);
    assert_non_null(text);
    assert_int_equal(strlen(text), len);
    assert_non_null(strstr(text, "# TYPE chandra_decisions_total counter\n"
                                 "chandra_decisions_total{result=\"allocated\"} 3\n"));
    assert_non_null(strstr(text, "{policy=\"a\\\"b\\\\c d\",version=\"1\"} 1\n"));
    assert_non_null(strstr(text, "_bucket{mode=\"classic\",le=\"0.001\"} 0\n"));
    assert_non_null(strstr(text, "_bucket{mode=\"classic\",le=\"0.002\"} 1\n"));
    assert_non_null(strstr(text, "_bucket{mode=\"classic\",le=\"16.384\"} 1\n"));
    assert_non_null(strstr(text, "_bucket{mode=\"classic\",le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(text, "_sum{mode=\"classic\"} 1000.0015\n"));
    assert_non_null(strstr(text, "_count{mode=\"classic\"} 2\n"));
    assert_non_null(strstr(text, "chandra_api_request_duration_seconds_bucket{le=\"0.001\"} 1\n"));
    assert_non_null(strstr(text, "chandra_api_request_duration_seconds_count 1\n"));
    chandra_free(text);
    metrics_reset(metrics, METRIC_POLICY_INFO);
    metrics_read_process(metrics);
    text = metrics_text(metrics, &len);
    assert_null(strstr(text, "policy_info"));
    assert_non_null(strstr(text, "\nprocess_resident_memory_bytes "));
    chandra_free(text);
    metrics_free(metrics);
}

static bool
is_well(void *user, int which, char *why, size_t size)
{
    const int *sick = user;

    if (which != *sick)
        return true;
    snprintf(why, size, "it is sick");
    return false;
}

static void
answers_probes(void **state)
{
    static const struct {
        bool is_life;
        int sick;
        const char *arguments;
        bool is_fine;
        const char *body;
    } cases[] = {
        {true, 0, "", true, "ok"},
        {false, 0, "verbose", true, "[+]ping ok\n[+]watch-pods ok\nreadyz check passed\n"},
        {true, 2, "", true, "ok"},
        {false, 2, "", false,
         "[+]ping ok\n[-]watch-pods failed: it is sick\nreadyz check failed\n"},
        {false, 2, "exclude=watch-pods", true, "ok"},
        {false, 2, "exclude=watch&exclude=ping", false,
         "[+]ping excluded: ok\n[-]watch-pods failed: it is sick\nreadyz check failed\n"},
        {true, 1, "verbose=1", false, "[-]ping failed: it is sick\nlivez check failed\n"},
    };
    static const struct health_check checks[] = {
        {"ping", is_well, 1, true}, {"watch-pods", is_well, 2, false}, {0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int sick = cases[i].sick;
        const struct health_options options = {.checks = checks, .user = &sick};
        bool is_fine = false;
        char *body = health_probe(&options, cases[i].is_life, cases[i].arguments, &is_fine);
        assert_int_equal(is_fine, cases[i].is_fine);
        assert_string_equal(body, cases[i].body);
        chandra_free(body);
    }
}

static void
refuses_bad_addresses(void **state)
{
    static const char *const addresses[] = {"nowhere", "127.0.0.1:", "127.0.0.1:http2x"};
    struct health_options options = {0};
    struct health *health = NULL;
    struct chandra_error err;

    (void)state;
    assert_true(health_is_off(NULL) && health_is_off("") && health_is_off("0"));
    assert_false(health_is_off(":0"));
    for (size_t i = 0; i < 3; i++) {
        options.address = addresses[i];
        assert_int_equal(health_start(&options, &health, &err), CHANDRA_EINVAL);
        assert_non_null(strstr(err.message, addresses[i]));
    }
    options.address = "127.0.0.1:0";
    assert_int_equal(health_start(&options, &health, &err), CHANDRA_OK);
    health_stop(health);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_loads),
        cmocka_unit_test(leaves_promised_room_alone),
        cmocka_unit_test(knows_which_changes_matter),
        cmocka_unit_test_setup_teardown(repeats_events_as_series, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_conditions_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_of_two_leads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_the_lease_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_short_failures, set_up, tear_down),
        cmocka_unit_test(prints_metrics),
        cmocka_unit_test(answers_probes),
        cmocka_unit_test(refuses_bad_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
