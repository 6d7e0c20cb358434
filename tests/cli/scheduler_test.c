/* scheduler_test.c - the scheduler inside the command, on the cluster in memory and its faults. */
#include "base/alloc.h"
#include "map.h"
#include "scheduler/queue.h"
#include "scheduler/scheduler.h"
#include "simulate/drive.h"
#include "simulate/result.h"

#include <chandra/client.h>
#include <chandra/sim.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct chandra_sim *sim;
    struct scheduler *scheduler;
    struct problems problems;
};

static void
load(struct world *world, const char *text)
{
    struct chandra_error err;
    struct chandra_doc *doc;

    assert_int_equal(chandra_doc_parse_yaml(text, strlen(text), "test", NULL, &doc, &err), 0);
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        assert_int_equal(chandra_sim_load(world->sim, chandra_doc_root(doc, i), &err), 0);
    chandra_doc_free(doc);
}

static void
load_node(struct world *world, const char *name)
{
    char text[256];

    snprintf(text, sizeof(text),
             "apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {kubernetes.io/hostname: "
             "%s}}\n",
             name, name);
    load(world, text);
}

/* The class, and a driver for it. */
static void
load_class(struct world *world)
{
    struct chandra_error err;

    load(world, "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\nmetadata: {name: gpu}\n"
                "driverName: gpu.example.com\n");
    assert_int_equal(chandra_sim_add_default_drivers(world->sim, &err), 0);
}

static void
load_claim(struct world *world, const char *name)
{
    char text[256];

    snprintf(text, sizeof(text),
             "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\nmetadata: {name: %s, "
             "namespace: default}\nspec: {resourceClassName: gpu}\n",
             name);
    load(world, text);
}

static void
load_pod(struct world *world, const char *name, const char *claim, int priority)
{
    char text[512];

    snprintf(text, sizeof(text),
             "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default}\nspec:\n"
             "  priority: %d\n  containers: [{name: c, image: i}]\n"
             "  resourceClaims: [{name: dev, source: {resourceClaimName: %s}}]\n",
             name, priority, claim);
    load(world, text);
}

static void
start(struct world *world)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_error err;

    assert_int_equal(
        scheduler_new(chandra_sim_transport(world->sim), &options, NULL, &world->scheduler, &err),
        0);
    assert_int_equal(chandra_engine_start(scheduler_engine(world->scheduler), &err), 0);
}

static int
set_up(void **state)
{
    static struct world world;
    struct chandra_error err;

    world = (struct world){0};
    *state = &world;
    return chandra_sim_new(NULL, &world.sim, &err) == CHANDRA_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
    struct world *world = *state;

    scheduler_free(world->scheduler);
    problems_clear(&world->problems);
    chandra_sim_free(world->sim);
    return 0;
}

/* Let the cluster work, then try one pod; its name, or "" if none was tried. */
static const char *
step(struct world *world)
{
    const struct queued_pod *pod;
    struct chandra_error err;
    bool has_moved;

    assert_int_equal(chandra_sim_settle(world->sim, &has_moved, &err), 0);
    assert_int_equal(scheduler_step(world->scheduler, &pod, &err), 0);
    return pod ? chandra_object_name(chandra_pod_object(pod->pod)) : "";
}

static void
advance(struct world *world, int64_t ms)
{
    struct chandra_error err;

    assert_int_equal(chandra_sim_advance(world->sim, chandra_sim_now_ms(world->sim) + ms, &err), 0);
}

static const struct queued_pod *
pod_of(const struct world *world, const char *name)
{
    const struct queued_pod *pod = scheduler_pod(world->scheduler, "default", name);

    assert_non_null(pod);
    return pod;
}

static void
test_queue_orders(void **state)
{
    struct world *world = *state;

    load_node(world, "n1");
    load_class(world);
    for (int i = 0; i < 4; i++) {
        const char *names[] = {"low", "first", "second", "high"};
        const int priorities[] = {-1, 0, 0, 7};
        load_claim(world, names[i]);
        load_pod(world, names[i], names[i], priorities[i]);
    }
    start(world);
    assert_string_equal(step(world), "high");
    assert_int_equal(scheduler_waiting(world->scheduler), 4);
    /* Its driver has answered by now: it goes before those of lower priority. */
    assert_string_equal(step(world), "high");
    assert_true(pod_of(world, "high")->is_bound);
    assert_string_equal(step(world), "first");
    assert_string_equal(step(world), "second");
    assert_string_equal(step(world), "first");
    assert_string_equal(step(world), "second");
    assert_string_equal(step(world), "low");
    assert_string_equal(step(world), "low");
    assert_string_equal(step(world), "");
    assert_int_equal(scheduler_bound(world->scheduler), 4);
    assert_int_equal(scheduler_waiting(world->scheduler), 0);
    assert_int_equal(scheduler_next_ms(world->scheduler, false), -1);
}

/* A failing API server: the pod backs off, 1 s at first, twice as long each time, 10 s at most, and
 * events do not shorten that. */
static void
test_backs_off(void **state)
{
    struct world *world = *state;
    const struct chandra_sim_fault fault = {.size = sizeof(fault),
                                            .method = "POST",
                                            .path = "/binding",
                                            .http_status = 503,
                                            .retry_after_s = -1};
    const int64_t backoffs[] = {2000, 4000, 8000, 10000, 10000};
    struct chandra_error err;

    load_node(world, "n1");
    load_class(world);
    load_claim(world, "c");
    load_pod(world, "p", "c", 0);
    start(world);
    assert_int_equal(chandra_sim_add_fault(world->sim, &fault, &err), 0);
    assert_string_equal(step(world), "p");
    assert_int_equal(pod_of(world, "p")->outcome.verdict, VERDICT_PENDING);
    for (size_t i = 0; i < sizeof(backoffs) / sizeof(backoffs[0]); i++) {
        const int64_t now = chandra_sim_now_ms(world->sim);
        assert_string_equal(step(world), "p");
        assert_int_equal(pod_of(world, "p")->outcome.verdict, VERDICT_FAILED);
        assert_string_equal(pod_of(world, "p")->outcome.point, "Bind");
        assert_int_equal(scheduler_next_ms(world->scheduler, false), now + backoffs[i]);
        /* The failure is the way's, not the cluster's: another try makes sense. */
        assert_int_equal(scheduler_next_ms(world->scheduler, true), now + backoffs[i]);
        load_node(world, i % 2 ? "n2" : "n3");
        advance(world, backoffs[i] - 1);
        assert_string_equal(step(world), "");
        advance(world, 1);
    }
    chandra_sim_clear_faults(world->sim);
    assert_string_equal(step(world), "p");
    assert_true(pod_of(world, "p")->is_bound);
    assert_int_equal(pod_of(world, "p")->attempts, 7);
}

/* Pitfall 20: a pod that waits for a driver is tried at once when the answer comes, back-off or
 * not. */
static void
test_pending_wakes_at_once(void **state)
{
    struct world *world = *state;

    load_node(world, "n1");
    load_class(world);
    load_claim(world, "c");
    load_pod(world, "p", "c", 0);
    start(world);
    assert_string_equal(step(world), "p");
    assert_true(pod_of(world, "p")->is_pending);
    assert_int_equal(pod_of(world, "p")->place, POD_PARKED);
    assert_string_equal(step(world), "p");
    assert_int_equal(chandra_sim_now_ms(world->sim), 0);
    assert_true(pod_of(world, "p")->is_bound);
}

/* Pitfall 42: a gated pod waits for its claim, and no other event opens the gate. */
static void
test_gate_opens_for_the_claim(void **state)
{
    struct world *world = *state;

    load_node(world, "n1");
    load_class(world);
    load_pod(world, "p", "c", 0);
    start(world);
    assert_string_equal(step(world), "");
    assert_true(pod_of(world, "p")->is_gated);
    assert_int_equal(pod_of(world, "p")->outcome.verdict, VERDICT_GATED);
    load_node(world, "n2");
    load_claim(world, "other");
    advance(world, 10 * 60 * 1000);
    assert_string_equal(step(world), "");
    assert_true(pod_of(world, "p")->is_gated);
    load_claim(world, "c");
    assert_string_equal(step(world), "p");
    assert_int_equal(pod_of(world, "p")->attempts, 1);
}

static void
set_gates(struct world *world, const char *name, const char *gates)
{
    struct chandra_transport *transport = chandra_sim_transport(world->sim);
    char path[128];
    char body[256];
    struct chandra_error err;
    struct chandra_request request = {.method = CHANDRA_PATCH,
                                      .path = path,
                                      .content_type = "application/merge-patch+json",
                                      .body = body};

    snprintf(path, sizeof(path), "/api/v1/namespaces/default/pods/%s", name);
    snprintf(body, sizeof(body), "{\"spec\": {\"schedulingGates\": [%s]}}", gates);
    request.body_len = strlen(body);
    assert_int_equal(chandra_client_request(transport, &request, NULL, &err), 0);
}

/* Only the last of a pod's own gates lets it in, and then at once; its claim does not. */
static void
test_scheduling_gates(void **state)
{
    struct world *world = *state;

    load_node(world, "n1");
    load_class(world);
    load_pod(world, "p", "c", 0);
    set_gates(world, "p", "{\"name\": \"example.com/a\"}, {\"name\": \"example.com/b\"}");
    start(world);
    assert_string_equal(step(world), "");
    assert_true(pod_of(world, "p")->is_gated);
    assert_string_equal(pod_of(world, "p")->outcome.point, "PreEnqueue");
    assert_string_equal(pod_of(world, "p")->outcome.reason,
                        "waiting for scheduling gates: [example.com/a example.com/b]");
    load_claim(world, "c");
    load_node(world, "n2");
    advance(world, 10 * 60 * 1000);
    assert_string_equal(step(world), "");
    set_gates(world, "p", "{\"name\": \"example.com/b\"}");
    assert_string_equal(step(world), "");
    assert_string_equal(pod_of(world, "p")->outcome.reason,
                        "waiting for scheduling gates: [example.com/b]");
    assert_int_equal(pod_of(world, "p")->attempts, 0);
    set_gates(world, "p", "");
    assert_string_equal(step(world), "p");
    assert_string_equal(step(world), "p");
    assert_true(pod_of(world, "p")->is_bound);
}

/* A pod without a class is parked; the class wakes it, but not before its back-off is over. */
static void
test_class_wakes(void **state)
{
    struct world *world = *state;

    load_node(world, "n1");
    load_claim(world, "c");
    load_pod(world, "p", "c", 0);
    start(world);
    assert_string_equal(step(world), "p");
    assert_int_equal(pod_of(world, "p")->outcome.verdict, VERDICT_REJECTED);
    assert_string_equal(pod_of(world, "p")->outcome.point, "PreFilter");
    load_class(world);
    assert_string_equal(step(world), "");
    assert_int_equal(pod_of(world, "p")->place, POD_BACKING_OFF);
    advance(world, 1000);
    assert_string_equal(step(world), "p");
    assert_string_equal(step(world), "p");
    assert_true(pod_of(world, "p")->is_bound);
}

/* Nothing happens: the pod is tried again after five minutes, which is hopeless by itself. */
static void
test_parked_pods_are_flushed(void **state)
{
    struct world *world = *state;

    load_node(world, "n1");
    load_claim(world, "c");
    load_pod(world, "p", "c", 0);
    start(world);
    assert_string_equal(step(world), "p");
    assert_string_equal(step(world), "");
    assert_int_equal(scheduler_next_ms(world->scheduler, false), 300000);
    assert_int_equal(scheduler_next_ms(world->scheduler, true), -1);
    advance(world, 299999);
    assert_string_equal(step(world), "");
    advance(world, 1);
    assert_string_equal(step(world), "p");
}

static void
test_no_nodes(void **state)
{
    struct world *world = *state;

    load_class(world);
    load_claim(world, "c");
    load_pod(world, "p", "c", 0);
    start(world);
    assert_string_equal(step(world), "p");
    assert_int_equal(pod_of(world, "p")->outcome.verdict, VERDICT_REJECTED);
    assert_string_equal(pod_of(world, "p")->outcome.reason, "the cluster has no nodes");
    load_node(world, "n1");
    advance(world, 1000);
    assert_string_equal(step(world), "p");
    assert_string_equal(step(world), "p");
    assert_true(pod_of(world, "p")->is_bound);
}

static void
delete_pod(struct world *world, const char *name)
{
    struct chandra_transport *transport = chandra_sim_transport(world->sim);
    char path[128];
    struct chandra_error err;
    struct chandra_request request = {.method = CHANDRA_DELETE, .path = path};

    snprintf(path, sizeof(path), "/api/v1/namespaces/default/pods/%s?gracePeriodSeconds=0", name);
    assert_int_equal(chandra_client_request(transport, &request, NULL, &err), 0);
}

/* A pod may go while it waits, and come again under its name. */
static void
test_pods_come_and_go(void **state)
{
    struct world *world = *state;

    load_node(world, "n1");
    load_class(world);
    load_pod(world, "p", "c", 0);
    load_pod(world, "q", "c", 0);
    start(world);
    assert_string_equal(step(world), "");
    assert_int_equal(scheduler_waiting(world->scheduler), 2);
    delete_pod(world, "p");
    assert_string_equal(step(world), "");
    assert_null(scheduler_pod(world->scheduler, "default", "p"));
    assert_int_equal(scheduler_waiting(world->scheduler), 1);
    load_claim(world, "c");
    assert_string_equal(step(world), "q");
    assert_string_equal(step(world), "q");
    assert_true(pod_of(world, "q")->is_bound);
    delete_pod(world, "q");
    load_pod(world, "q", "c", 0);
    assert_string_equal(step(world), "q");
    assert_false(pod_of(world, "q")->is_bound && pod_of(world, "q")->attempts > 1);
}

/* The drivers of the claim were told of b's node while a had the claim, and would look again half a
 * minute later. */
static void
test_claim_changes_hands(void **state)
{
    struct world *world = *state;
    const struct chandra_sim_driver driver = {
        .size = sizeof(driver), .driver_name = "gpu.example.com", .is_node_local = true};
    const struct queued_pod *pod;
    struct chandra_error err;
    int64_t freed_ms;

    load_node(world, "n1");
    load_node(world, "n2");
    load_class(world);
    assert_int_equal(chandra_sim_add_driver(world->sim, &driver, &err), 0);
    load_claim(world, "c");
    load_pod(world, "a", "c", 0);
    load_pod(world, "b", "c", 0);
    start(world);
    assert_string_equal(step(world), "a");
    assert_int_equal(scheduler_step(world->scheduler, &pod, &err), 0); /* asks, too */
    assert_ptr_equal(pod, pod_of(world, "b"));
    while (*step(world))
        ;
    assert_true(pod_of(world, "a")->is_bound);
    assert_false(pod_of(world, "b")->is_bound);
    advance(world, 60000); /* past all back-offs */
    while (*step(world))
        ;
    delete_pod(world, "a");
    freed_ms = chandra_sim_now_ms(world->sim);
    while (!pod_of(world, "b")->is_bound && chandra_sim_now_ms(world->sim) < freed_ms + 60000)
        if (!*step(world))
            advance(world, 500);
    assert_true(pod_of(world, "b")->is_bound);
    assert_true(chandra_sim_now_ms(world->sim) - freed_ms <= 12000);
}

/* Pods that wait for their drivers count where they were picked, so that they spread. */
static void
test_pods_spread(void **state)
{
    struct world *world = *state;

    for (int i = 1; i <= 3; i++) {
        char name[16];
        snprintf(name, sizeof(name), "n%d", i);
        load_node(world, name);
        snprintf(name, sizeof(name), "p%d", i);
        load_claim(world, name);
        load_pod(world, name, name, 0);
    }
    load_class(world);
    start(world);
    for (int i = 0; i < 6; i++)
        assert_string_not_equal(step(world), "");
    assert_int_equal(scheduler_bound(world->scheduler), 3);
    assert_string_equal(pod_of(world, "p1")->outcome.node, "n1");
    assert_string_equal(pod_of(world, "p2")->outcome.node, "n2");
    assert_string_equal(pod_of(world, "p3")->outcome.node, "n3");
}

static void
load_small_node(struct world *world, const char *name)
{
    char text[256];

    snprintf(text, sizeof(text),
             "apiVersion: v1\nkind: Node\nmetadata: {name: %s}\nstatus: {allocatable: {cpu: 1}}\n",
             name);
    load(world, text);
}

static void
load_cpu_pod(struct world *world, const char *name)
{
    char text[256];

    snprintf(text, sizeof(text),
             "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: default}\nspec: "
             "{containers: [{name: c, image: i, resources: {requests: {cpu: 1}}}]}\n",
             name);
    load(world, text);
}

/* Room that a pod leaves, and a node that gets room, wake those that found none. */
static void
test_room_wakes(void **state)
{
    struct world *world = *state;

    load_small_node(world, "n1");
    load_cpu_pod(world, "p");
    load_cpu_pod(world, "q");
    load_cpu_pod(world, "r");
    start(world);
    assert_string_equal(step(world), "p");
    assert_string_equal(step(world), "q");
    assert_string_equal(step(world), "r");
    assert_true(pod_of(world, "p")->is_bound);
    assert_true(pod_of(world, "q")->outcome.is_unfit);
    assert_string_equal(pod_of(world, "q")->outcome.exclusions[0].rule, "Insufficient cpu");
    advance(world, 60000);
    assert_string_equal(step(world), ""); /* nothing has happened */
    delete_pod(world, "p");
    assert_string_equal(step(world), "q");
    assert_true(pod_of(world, "q")->is_bound);
    assert_string_equal(step(world), "r");
    assert_false(pod_of(world, "r")->is_bound);
    advance(world, 60000);
    load_small_node(world, "n2");
    assert_string_equal(step(world), "r");
    assert_string_equal(pod_of(world, "r")->outcome.node, "n2");
}

/* Told to write nothing it writes nothing, and decides as if it had. */
static void
test_dry_run(void **state)
{
    struct world *world = *state;
    size_t writes;

    load_small_node(world, "n1");
    load_class(world);
    load_claim(world, "c");
    load_pod(world, "p", "c", 1);
    load_cpu_pod(world, "q");
    load_cpu_pod(world, "r");
    start(world);
    scheduler_set_dry(world->scheduler);
    writes = chandra_sim_write_count(world->sim);
    assert_string_equal(step(world), "p");
    assert_string_equal(step(world), "q");
    assert_string_equal(step(world), "r");
    assert_true(pod_of(world, "p")->is_bound);
    assert_true(pod_of(world, "q")->is_bound);
    assert_false(pod_of(world, "r")->is_bound); /* q has its room */
    assert_int_equal(chandra_sim_write_count(world->sim), writes);
}

/* A line for people, cut between characters. */
static void
test_outcome_text(void **state)
{
    struct exclusion exclusions[] = {
        {.claim = (char[]){""}, .rule = (char[]){"Insufficient cpu"}, .count = 2},
        {.claim = (char[]){"gpu"}, .rule = (char[]){"zu warm \u00e4"}, .count = 1},
    };
    struct outcome outcome = {.reason = (char[]){"0/3 nodes are available"},
                              .exclusions = exclusions,
                              .exclusion_count = 2};
    char text[128];

    (void)state;
    outcome_text(&outcome, text, sizeof(text));
    assert_string_equal(
        text, "0/3 nodes are available: 2 Insufficient cpu, 1 claim gpu: zu warm \u00e4.");
    outcome_text(&outcome, text,
                 strlen("0/3 nodes are available: 2 Insufficient cpu, 1 claim gpu: "
                        "zu warm ?") +
                     1);
    assert_string_equal(text, "0/3 nodes are available: 2 Insufficient cpu, 1 claim gpu: zu warm ");
}

static void
test_map(void **state)
{
    static int values[2000];
    struct map map = {0};
    char key[16];

    (void)state;
    assert_null(map_get(&map, "x"));
    assert_null(map_remove(&map, "x"));
    for (size_t i = 0; i < 2000; i++) {
        snprintf(key, sizeof(key), "key-%zu", i);
        assert_true(map_set(&map, key, &values[i]));
    }
    assert_int_equal(map.count, 2000);
    for (size_t i = 0; i < 2000; i += 2) {
        snprintf(key, sizeof(key), "key-%zu", i);
        assert_ptr_equal(map_remove(&map, key), &values[i]);
        assert_null(map_remove(&map, key));
    }
    for (size_t i = 0; i < 2000; i++) {
        snprintf(key, sizeof(key), "key-%zu", i);
        assert_ptr_equal(map_get(&map, key), i % 2 ? &values[i] : NULL);
    }
    assert_true(map_set(&map, "key-1", &values[0]));
    assert_ptr_equal(map_get(&map, "key-1"), &values[0]);
    assert_int_equal(map.count, 1000);
    map_clear(&map, NULL);
    assert_int_equal(map.count, 0);
    assert_null(map_get(&map, "key-1"));
}

/* A run of two pods from start to result, with memory failing at some point. */
static enum chandra_status
run_all(struct world *world)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct drive drive = {.sim = world->sim, .problems = &world->problems};
    const struct manifests manifests = {.sim = world->sim, .problems = &world->problems};
    struct chandra_value *result;
    struct chandra_doc *doc;
    struct chandra_error err;
    bool all_placed;
    enum chandra_status st =
        scheduler_new(chandra_sim_transport(world->sim), &options, NULL, &world->scheduler, &err);

    if (st == CHANDRA_OK)
        st = chandra_engine_start(scheduler_engine(world->scheduler), &err);
    drive.scheduler = world->scheduler;
    if (st == CHANDRA_OK)
        st = drive_run(&drive, &err);
    if (st == CHANDRA_OK)
        st = chandra_doc_new(&doc, &err);
    if (st != CHANDRA_OK)
        return st;
    st = result_build(&drive, &manifests, doc, &result, &all_placed, &err);
    chandra_doc_free(doc);
    return st;
}

/* Whatever allocation fails: no crash, no leak, and the run ends. */
static void
test_out_of_memory(void **state)
{
    enum chandra_status st = CHANDRA_ENOMEM;

    tear_down(state);
    for (long count = 1; st != CHANDRA_OK && count < 100000; count += 1 + count / 40) {
        struct world *world;
        assert_int_equal(set_up(state), 0);
        world = *state;
        load_node(world, "n1");
        load_node(world, "n2");
        load_class(world);
        load_claim(world, "c");
        load_pod(world, "p", "c", 0);
        load_pod(world, "q", "none", 0);
        ch_alloc_fail_after(count);
        st = run_all(world);
        ch_alloc_fail_after(-1);
        if (st == CHANDRA_OK)
            assert_int_equal(scheduler_bound(world->scheduler), 1);
        tear_down(state);
    }
    assert_int_equal(st, CHANDRA_OK);
    assert_int_equal(set_up(state), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_queue_orders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_backs_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pending_wakes_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gate_opens_for_the_claim, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_scheduling_gates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_class_wakes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parked_pods_are_flushed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_nodes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pods_come_and_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_claim_changes_hands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pods_spread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_room_wakes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dry_run, set_up, tear_down),
        cmocka_unit_test(test_outcome_text),
        cmocka_unit_test(test_map),
        cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
