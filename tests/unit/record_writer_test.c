/* record_writer_test.c - what a recorder writes of a running engine replays without a failure. */
#include "base/alloc.h"
#include "record/record.h"
#include "record_world.h"

#include <chandra/client.h>
#include <chandra/cycle.h>
#include <chandra/sys/policy.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { NODES = 4, PODS = 6, MAX_PODS = PODS + 1, MAX_ROUNDS = 30 };

/* A cluster with an engine that is recorded, and a scheduler of the simplest kind. */
struct live {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_recorder *recorder;
    char path[64];
    bool is_slow; /* the cache sees nothing before a round over all pods is over */
    size_t bound;
};

static void
load(struct live *live, const char *yaml)
{
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    if (chandra_doc_parse_yaml(yaml, strlen(yaml), "test", NULL, &doc, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        if (chandra_sim_load(live->sim, chandra_doc_root(doc, i), &err) != CHANDRA_OK)
            fail_msg("%s", err.message);
    chandra_doc_free(doc);
}

static void loadf(struct live *live, const char *fmt, ...) CHANDRA_PRINTF(2, 3);

static void
loadf(struct live *live, const char *fmt, ...)
{
    char text[2048];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    load(live, text);
}

static void
load_cluster(struct live *live)
{
    for (int i = 0; i < NODES; i++)
        loadf(live,
              "{apiVersion: v1, kind: Node, metadata: {name: node-%d, labels: {zone: z%d, "
              "kubernetes.io/hostname: node-%d}}}",
              i, i % 2, i);
    load(live,
         "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: k},\n"
         "  driverName: d.example.com, suitableNodes: {nodeSelectorTerms: [{matchExpressions:\n"
         "  [{key: zone, operator: In, values: [z0]}]}]}}\n---\n"
         "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: k2},\n"
         "  driverName: d2.example.com}\n---\n"
         "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaimTemplate,\n"
         "  metadata: {namespace: x, name: t}, spec: {spec: {resourceClassName: k}}}\n---\n"
         "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
         "  metadata: {namespace: x, name: shared}, spec: {resourceClassName: k2}}\n---\n"
         "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
         "  metadata: {namespace: x, name: now}, spec: {resourceClassName: k2,\n"
         "  allocationMode: Immediate}}\n");
    for (int i = 0; i < PODS; i++)
        loadf(live,
              "{apiVersion: v1, kind: Pod, metadata: {namespace: x, name: pod-%d}, spec:\n"
              "  {resourceClaims: [{name: own, source: {resourceClaimTemplateName: t}},\n"
              "  {name: other, source: {resourceClaimName: %s}}]}}",
              i, i % 2 ? "shared" : "now");
}

/* Every event is put to every pod that waits, as a scheduling queue would. */
struct hints {
    struct chandra_engine *engine;
    const struct chandra_object *old_object;
    const struct chandra_object *new_object;
};

static bool
keep_pod(void *user, const struct chandra_object *pod)
{
    struct chandra_object **pods = user;

    while (*pods)
        pods++;
    *pods = chandra_object_ref(pod);
    return true;
}

static void
on_event(void *user, const struct chandra_object *old_object,
         const struct chandra_object *new_object)
{
    struct live *live = user;
    const enum chandra_kind kind = chandra_object_kind(new_object ? new_object : old_object);
    struct chandra_object *pods[MAX_PODS + 1] = {0};
    struct chandra_answer answer;

    if (kind == CHANDRA_KIND_POD || !live->engine)
        return;
    chandra_engine_each(live->engine, CHANDRA_KIND_POD, keep_pod, pods);
    for (size_t i = 0; pods[i]; i++) {
        chandra_engine_hint(live->engine, chandra_object_pod(pods[i]), kind, old_object, new_object,
                            &answer);
        chandra_object_unref(pods[i]);
    }
}

static void
settle(struct live *live)
{
    bool has_moved = true;

    while (has_moved)
        assert_int_equal(chandra_sim_settle(live->sim, &has_moved, NULL), CHANDRA_OK);
}

static void
start(struct live *live, const char *suffix, const struct chandra_recorder_options *record)
{
    const struct chandra_sim_options sim_options = {.size = sizeof(sim_options), .seed = 7};
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_error err;

    snprintf(live->path, sizeof(live->path), "record_writer_%ld%s", (long)getpid(), suffix);
    assert_int_equal(chandra_sim_new(&sim_options, &live->sim, &err), CHANDRA_OK);
    load_cluster(live);
    assert_int_equal(chandra_sim_add_default_drivers(live->sim, &err), CHANDRA_OK);
    assert_int_equal(chandra_recorder_open(live->path, record, &live->recorder, &err), CHANDRA_OK);
    options.observer = chandra_recorder_observer(live->recorder);
    options.on_event = on_event;
    options.on_event_user = live;
    assert_int_equal(
        chandra_engine_new(chandra_sim_transport(live->sim), &options, &live->engine, &err),
        CHANDRA_OK);
    assert_int_equal(chandra_engine_start(live->engine, &err), CHANDRA_OK);
    settle(live);
}

static void
bind_pod(struct live *live, const char *name, const char *node)
{
    char path[128];
    char body[256];
    const struct chandra_request request = {
        .method = CHANDRA_POST, .path = path, .body = body, .body_len = 0};
    struct chandra_request sent = request;

    snprintf(path, sizeof(path), "/api/v1/namespaces/x/pods/%s/binding", name);
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"%s\"},"
             "\"target\":{\"kind\":\"Node\",\"name\":\"%s\"}}",
             name, node);
    sent.body_len = strlen(body);
    assert_int_equal(chandra_client_request(chandra_sim_transport(live->sim), &sent, NULL, NULL),
                     CHANDRA_OK);
    live->bound++;
}

static void
reserve_and_bind(struct live *live, struct chandra_cycle *cycle, const char *node)
{
    const char *name = chandra_object_name(chandra_pod_object(chandra_cycle_pod(cycle)));
    struct chandra_answer answer;

    chandra_cycle_reserve(cycle, node, &answer);
    if (answer.code == CHANDRA_CODE_SUCCESS)
        chandra_cycle_pre_bind(cycle, node, &answer);
    if (answer.code != CHANDRA_CODE_SUCCESS) {
        chandra_cycle_unreserve(cycle, node);
        return;
    }
    bind_pod(live, name, node);
    chandra_cycle_post_bind(cycle, node);
}

static void
attempt(struct live *live, const struct chandra_pod *pod)
{
    struct chandra_cycle *cycle = NULL;
    struct chandra_nodeset *feasible;
    struct chandra_answer answer;
    const struct chandra_node *node;

    chandra_engine_pre_enqueue(live->engine, pod, &answer);
    if (answer.code != CHANDRA_CODE_SUCCESS)
        return;
    assert_int_equal(chandra_cycle_new(live->engine, pod, &cycle, NULL), CHANDRA_OK);
    chandra_cycle_pre_filter(cycle, &answer);
    feasible = chandra_nodeset_init(malloc(chandra_nodeset_bytes(chandra_cycle_capacity(cycle))),
                                    chandra_cycle_capacity(cycle));
    if (answer.code == CHANDRA_CODE_SUCCESS)
        chandra_cycle_filter_all(cycle, NULL, feasible, &answer);
    if (chandra_nodeset_is_empty(feasible)) {
        chandra_cycle_post_filter(cycle, &answer);
    } else {
        if (chandra_nodeset_count(feasible) > 1)
            chandra_cycle_pre_score(cycle, feasible, &answer);
        node = chandra_cycle_node(cycle, chandra_nodeset_next(feasible, 0));
        chandra_cycle_filter(cycle, chandra_object_name(chandra_node_object(node)), &answer);
        reserve_and_bind(live, cycle, chandra_object_name(chandra_node_object(node)));
    }
    free(feasible);
    chandra_cycle_free(cycle);
}

static void
run(struct live *live)
{
    for (int round = 0; round < MAX_ROUNDS && live->bound < PODS; round++) {
        for (int i = 0; i < PODS; i++) {
            char name[16];
            struct chandra_object *pod;

            snprintf(name, sizeof(name), "pod-%d", i);
            pod = chandra_engine_get(live->engine, CHANDRA_KIND_POD, "x", name);
            assert_non_null(pod);
            if (chandra_pod_node_name(chandra_object_pod(pod))[0] == '\0')
                attempt(live, chandra_object_pod(pod));
            chandra_object_unref(pod);
            if (!live->is_slow)
                settle(live);
        }
        settle(live);
        assert_int_equal(chandra_sim_advance(live->sim, chandra_sim_now_ms(live->sim) + 1000, NULL),
                         CHANDRA_OK);
        settle(live);
    }
}

static void
stop(struct live *live)
{
    struct chandra_error err = {0};

    chandra_engine_free(live->engine);
    if (chandra_recorder_close(live->recorder, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    chandra_sim_free(live->sim);
}

static struct chandra_replay_result
replay(const char *path)
{
    struct record_world world = {0};
    struct chandra_replay_options options = record_world_options(&world);
    struct chandra_replay_result result = {0};
    struct chandra_error err;

    options.strict_reasons = true;
    if (chandra_replay_file(path, &options, &result, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    assert_string_equal(world.failures, "");
    assert_int_equal(result.passed, 1);
    return result;
}

static void
round_trip(const char *suffix, bool is_slow)
{
    struct live live = {.is_slow = is_slow};

    start(&live, suffix, NULL);
    run(&live);
    stop(&live);
    if (!is_slow)
        assert_int_equal(live.bound, PODS);
    assert_true(replay(live.path).steps > 100);
    remove(live.path);
}

static void
json_lines_replay(void **state)
{
    (void)state;
    round_trip(".jsonl", false);
}

static void
gzip_replays(void **state)
{
    (void)state;
    round_trip(".jsonl.gz", false);
}

static void
yaml_replays(void **state)
{
    (void)state;
    round_trip(".yaml", false);
    round_trip(".yaml.gz", false);
}

/* Writes of one pod's attempt are not seen by the next one's. */
static void
lagging_cache_replays(void **state)
{
    (void)state;
    round_trip(".jsonl", true);
}

static char *
read_all(const char *path, size_t *out_len)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 20);

    assert_non_null(file);
    assert_non_null(text);
    *out_len = fread(text, 1, (1 << 20) - 1, file);
    text[*out_len] = '\0';
    fclose(file);
    return text;
}

/* The recorder has not been closed yet. */
static void
file_is_complete_after_each_step(void **state)
{
    static const char *const suffixes[] = {".jsonl", ".yaml", ".jsonl.gz"};

    (void)state;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        struct live live = {0};
        struct record_world world = {0};
        const struct chandra_replay_options options = record_world_options(&world);
        struct chandra_replay_result result = {0};
        char *text;
        size_t len;

        start(&live, suffixes[i], NULL);
        run(&live);
        text = read_all(live.path, &len);
        assert_int_equal(chandra_replay_text(text, len, live.path, &options, &result, NULL),
                         i == 2 ? CHANDRA_EPARSE : CHANDRA_OK); /* only the trailer is missing */
        assert_true(result.steps > 100);
        assert_string_equal(world.failures, "");
        free(text);
        stop(&live);
        remove(live.path);
    }
}

static void
header_tells_the_options(void **state)
{
    const struct chandra_recorder_options options = {.size = sizeof(options),
                                                     .name = "a case",
                                                     .policy = "default@1.0.0",
                                                     .seed = 5,
                                                     .is_disabled = true};
    struct chandra_recorder *recorder = NULL;
    char path[64];
    char *text;
    size_t len;

    (void)state;
    snprintf(path, sizeof(path), "record_writer_%ld.header.jsonl", (long)getpid());
    assert_int_equal(chandra_recorder_open(path, &options, &recorder, NULL), CHANDRA_OK);
    assert_int_equal(chandra_recorder_close(recorder, NULL), CHANDRA_OK);
    text = read_all(path, &len);
    assert_string_equal(text, "{\"record\":1,\"name\":\"a case\","
                              "\"api\":\"resource.k8s.io/v1alpha2\",\"policy\":\"default@1.0.0\","
                              "\"seed\":5,\"features\":{\"DynamicResourceAllocation\":false}}\n");
    free(text);
    remove(path);
    assert_int_equal(chandra_recorder_close(NULL, NULL), CHANDRA_OK);
}

static void
unwritable_file_is_an_error(void **state)
{
    struct chandra_recorder *recorder = NULL;
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_recorder_open("/nonexistent/r.jsonl", NULL, &recorder, &err),
                     CHANDRA_EIO);
    assert_non_null(strstr(err.message, "/nonexistent/r.jsonl: "));
    assert_null(recorder);
    if (access("/dev/full", W_OK) == 0)
        assert_int_equal(chandra_recorder_open("/dev/full", NULL, &recorder, &err), CHANDRA_EIO);
}

/* Somebody changes objects while an attempt is under way, and the cache does not see it. */
static void
change_behind_the_cache(struct live *live, const char *yaml)
{
    struct chandra_stage *stage = chandra_sim_stage(live->sim);
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    if (chandra_doc_parse_yaml(yaml, strlen(yaml), "test", NULL, &doc, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    assert_int_equal(stage->ops->apply(stage, chandra_doc_root(doc, 0), &err), CHANDRA_OK);
    chandra_doc_free(doc);
}

static void
unseen_changes_replay(void **state)
{
    struct live live = {0};
    struct chandra_object *pod;
    struct chandra_cycle *cycle = NULL;
    struct chandra_answer answer;

    (void)state;
    start(&live, ".jsonl", NULL);
    pod = chandra_engine_get(live.engine, CHANDRA_KIND_POD, "x", "pod-1");
    assert_non_null(pod);
    assert_int_equal(chandra_cycle_new(live.engine, chandra_object_pod(pod), &cycle, NULL),
                     CHANDRA_OK);
    chandra_cycle_pre_filter(cycle, &answer);
    chandra_cycle_reserve(cycle, "node-0", &answer);
    chandra_cycle_pre_bind(cycle, "node-0", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_PENDING);
    assert_int_equal(chandra_sim_stage(live.sim)->ops->deliver(chandra_sim_stage(live.sim), NULL),
                     CHANDRA_OK);
    chandra_cycle_pre_filter(cycle, &answer);
    chandra_cycle_reserve(cycle, "node-2", &answer);
    change_behind_the_cache(
        &live, "{apiVersion: resource.k8s.io/v1alpha2, kind: PodSchedulingContext, metadata:\n"
               "  {namespace: x, name: pod-1, labels: {touched: \"yes\"}},\n"
               "  spec: {potentialNodes: [node-0]}, status: {resourceClaims: [{name: own}]}}");
    chandra_cycle_pre_bind(cycle, "node-2", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_PENDING);
    chandra_cycle_unreserve(cycle, "node-2");
    chandra_cycle_free(cycle);
    chandra_object_unref(pod);
    run(&live);
    stop(&live);
    replay(live.path);
    remove(live.path);
}

static const struct chandra_value *
parse(struct chandra_doc **out_doc, const char *yaml)
{
    struct chandra_error err;

    if (chandra_doc_parse_yaml(yaml, strlen(yaml), "test", NULL, out_doc, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return chandra_doc_root(*out_doc, 0);
}

/* Whatever cannot be written for want of memory is told at the end. */
static void
running_out_of_memory_is_told(void **state)
{
    static const char claim_yaml[] =
        "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {namespace: x,\n"
        "  name: c, uid: u, resourceVersion: \"%d\"}, status: {allocation: {}, reservedFor: %s}}";
    struct chandra_doc *docs[3] = {0};
    const struct chandra_value *values[3];
    struct chandra_object *pod = NULL;
    const struct chandra_answer answer = {.code = CHANDRA_CODE_SUCCESS, .reason = "why"};
    enum chandra_status st = CHANDRA_ENOMEM;
    char text[512];

    (void)state;
    snprintf(text, sizeof(text), claim_yaml, 1, "[]");
    values[0] = parse(&docs[0], text);
    snprintf(text, sizeof(text), claim_yaml, 3, "[{resource: pods, name: o, uid: o}, {uid: p}]");
    values[1] = parse(&docs[1], text);
    values[2] = parse(&docs[2], "{apiVersion: v1, kind: Pod, metadata: {namespace: x, name: p,\n"
                                "  uid: p}, spec: {resourceClaims: [{name: c, source:\n"
                                "  {resourceClaimName: c}}]}}");
    assert_int_equal(chandra_object_decode(values[2], &pod, NULL), CHANDRA_OK);
    for (long count = 0; st != CHANDRA_OK && count < 10000; count++) {
        const struct chandra_call call = {.point = CHANDRA_POINT_PRE_BIND,
                                          .pod = chandra_object_pod(pod),
                                          .cycle = (const void *)values,
                                          .node = "n",
                                          .answer = &answer};
        struct chandra_recorder *recorder = NULL;
        const struct chandra_observer *observer;

        assert_int_equal(chandra_recorder_open("/dev/null", NULL, &recorder, NULL), CHANDRA_OK);
        observer = chandra_recorder_observer(recorder);
        ch_alloc_fail_after(count);
        observer->event(observer->user, CHANDRA_KIND_CLAIM, CHANDRA_EVENT_ADD, values[0], false);
        observer->write(observer->user, call.cycle, CHANDRA_KIND_CLAIM, "x", "c", values[1]);
        observer->call(observer->user, &call);
        ch_alloc_fail_after(-1);
        st = chandra_recorder_close(recorder, NULL);
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
    }
    assert_int_equal(st, CHANDRA_OK);
    chandra_object_unref(pod);
    for (size_t i = 0; i < 3; i++)
        chandra_doc_free(docs[i]);
}

/* Of a claim that others changed before we did, their change comes first, unseen by the cache. */
static void
foreign_changes_come_first(void **state)
{
    struct chandra_recorder *recorder = NULL;
    const struct chandra_observer *observer;
    const struct chandra_answer answer = {.code = CHANDRA_CODE_SUCCESS};
    struct chandra_doc *docs[3] = {0};
    struct chandra_object *pod = NULL;
    struct chandra_call call = {.point = CHANDRA_POINT_PRE_BIND, .node = "n", .answer = &answer};
    char path[64];
    char *text;
    size_t len;

    (void)state;
    snprintf(path, sizeof(path), "record_writer_%ld.foreign.jsonl", (long)getpid());
    assert_int_equal(chandra_recorder_open(path, NULL, &recorder, NULL), CHANDRA_OK);
    observer = chandra_recorder_observer(recorder);
    call.cycle = (const void *)docs;
    assert_int_equal(chandra_object_decode(parse(&docs[0], "{apiVersion: v1, kind: Pod, metadata:\n"
                                                           "  {namespace: x, name: p, uid: p}}"),
                                           &pod, NULL),
                     CHANDRA_OK);
    call.pod = chandra_object_pod(pod);
    observer->event(observer->user, CHANDRA_KIND_CLAIM, CHANDRA_EVENT_ADD,
                    parse(&docs[1], "{metadata: {namespace: x, name: c, uid: u, resourceVersion: "
                                    "\"1\"}, status: {allocation: {shareable: true}}}"),
                    false);
    observer->write(observer->user, call.cycle, CHANDRA_KIND_CLAIM, "x", "c",
                    parse(&docs[2], "{metadata: {namespace: x, name: c, uid: u, resourceVersion: "
                                    "\"3\"}, status: {allocation: {shareable: true}, reservedFor: "
                                    "[{uid: p}, {uid: o}]}}"));
    observer->call(observer->user, &call);
    /* What the cache gets to see now has been told already. */
    observer->event(observer->user, CHANDRA_KIND_CLAIM, CHANDRA_EVENT_UPDATE,
                    chandra_doc_root(docs[1], 0), false);
    observer->event(observer->user, CHANDRA_KIND_CLAIM, CHANDRA_EVENT_UPDATE,
                    chandra_doc_root(docs[2], 0), true);
    assert_int_equal(chandra_recorder_close(recorder, NULL), CHANDRA_OK);
    text = read_all(path, &len);
    assert_non_null(strstr(text, "\"reservedFor\":[{\"uid\":\"o\"}]}},\"lag\":true}\n"
                                 "{\"call\":\"PreBind\",\"pod\":\"x/p\""));
    assert_non_null(strstr(text, "\"reservedFor\":[{\"uid\":\"o\"},{\"uid\":\"p\"}]}}]}}\n"
                                 "{\"sync\":true}\n"));
    free(text);
    remove(path);
    chandra_object_unref(pod);
    for (size_t i = 0; i < 3; i++)
        chandra_doc_free(docs[i]);
}

/* A claim is freed just before PreBind would reserve it: nobody can tell from what the engine saw.
 */
static void
unexplained_refusals_are_left_out(void **state)
{
    static const char claim[] =
        "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {namespace: x,\n"
        "  name: named, uid: u}, spec: {resourceClassName: k2, allocationMode: Immediate}%s}";
    struct live live = {0};
    struct chandra_object *pod;
    struct chandra_cycle *cycle = NULL;
    struct chandra_answer answer;
    char text[512];

    (void)state;
    start(&live, ".jsonl", NULL);
    load(&live, "{apiVersion: v1, kind: Pod, metadata: {namespace: x, name: late}, spec:\n"
                "  {resourceClaims: [{name: c, source: {resourceClaimName: named}}]}}");
    snprintf(text, sizeof(text), claim, ", status: {driverName: d, allocation: {}}");
    change_behind_the_cache(&live, text);
    assert_int_equal(chandra_sim_stage(live.sim)->ops->deliver(chandra_sim_stage(live.sim), NULL),
                     CHANDRA_OK);
    pod = chandra_engine_get(live.engine, CHANDRA_KIND_POD, "x", "late");
    assert_non_null(pod);
    assert_int_equal(chandra_cycle_new(live.engine, chandra_object_pod(pod), &cycle, NULL),
                     CHANDRA_OK);
    chandra_cycle_pre_filter(cycle, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_SUCCESS);
    snprintf(text, sizeof(text), claim, "");
    change_behind_the_cache(&live, text);
    chandra_cycle_reserve(cycle, "node-0", &answer);
    chandra_cycle_pre_bind(cycle, "node-0", &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_ERROR);
    chandra_cycle_unreserve(cycle, "node-0");
    chandra_cycle_free(cycle);
    chandra_object_unref(pod);
    assert_int_equal(chandra_sim_stage(live.sim)->ops->deliver(chandra_sim_stage(live.sim), NULL),
                     CHANDRA_OK);
    stop(&live);
    replay(live.path);
    remove(live.path);
}

#define RESERVABLE(name)                                                                    \
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {namespace: x, " \
    "name: " name                                                                           \
    "}, spec: {resourceClassName: k2, allocationMode: Immediate}, status: {driverName: d, " \
    "allocation: {}}}"

/* A PreBind that reserved one of two claims is left out: so is the Unreserve that gives it back. */
static void
rest_of_an_attempt_is_left_out(void **state)
{
    static const struct chandra_sim_fault fault = {.size = sizeof(fault),
                                                   .method = "PATCH",
                                                   .path = "resourceclaims/b",
                                                   .http_status = 500,
                                                   .retry_after_s = -1,
                                                   .count = 1};
    struct live live = {0};
    struct chandra_object *pod;
    struct chandra_cycle *cycle = NULL;
    struct chandra_answer answer;

    (void)state;
    start(&live, ".jsonl", NULL);
    load(&live, "{apiVersion: v1, kind: Pod, metadata: {namespace: x, name: two}, spec:\n"
                "  {resourceClaims: [{name: a, source: {resourceClaimName: a}},\n"
                "  {name: b, source: {resourceClaimName: b}}]}}");
    change_behind_the_cache(&live, RESERVABLE("a"));
    change_behind_the_cache(&live, RESERVABLE("b"));
    assert_int_equal(chandra_sim_stage(live.sim)->ops->deliver(chandra_sim_stage(live.sim), NULL),
                     CHANDRA_OK);
    assert_int_equal(chandra_sim_add_fault(live.sim, &fault, NULL), CHANDRA_OK);
    pod = chandra_engine_get(live.engine, CHANDRA_KIND_POD, "x", "two");
    assert_int_equal(chandra_cycle_new(live.engine, chandra_object_pod(pod), &cycle, NULL),
                     CHANDRA_OK);
    for (int i = 0; i < 2; i++) {
        chandra_cycle_pre_filter(cycle, &answer);
        chandra_cycle_reserve(cycle, "node-0", &answer);
        chandra_cycle_pre_bind(cycle, "node-0", &answer);
        assert_int_equal(answer.code, i == 0 ? CHANDRA_CODE_ERROR : CHANDRA_CODE_SUCCESS);
        chandra_cycle_unreserve(cycle, "node-0");
        assert_int_equal(
            chandra_sim_stage(live.sim)->ops->deliver(chandra_sim_stage(live.sim), NULL),
            CHANDRA_OK);
    }
    chandra_cycle_free(cycle);
    chandra_object_unref(pod);
    stop(&live);
    replay(live.path);
    remove(live.path);
}

/* The API server cannot be reached for a while: those calls are not told, and all replays. */
static void
lost_requests_are_left_out(void **state)
{
    static const struct chandra_sim_fault fault = {.size = sizeof(fault),
                                                   .method = "POST",
                                                   .path = "podschedulingcontexts",
                                                   .http_status = 500,
                                                   .retry_after_s = -1,
                                                   .skip = 1,
                                                   .count = 3};
    struct live live = {0};
    char *text;
    size_t len;

    (void)state;
    start(&live, ".jsonl", NULL);
    assert_int_equal(chandra_sim_add_fault(live.sim, &fault, NULL), CHANDRA_OK);
    run(&live);
    stop(&live);
    assert_int_equal(live.bound, PODS);
    text = read_all(live.path, &len);
    assert_null(strstr(text, "\"code\":\"Error\""));
    free(text);
    replay(live.path);
    remove(live.path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines_replay),
        cmocka_unit_test(gzip_replays),
        cmocka_unit_test(yaml_replays),
        cmocka_unit_test(lagging_cache_replays),
        cmocka_unit_test(unseen_changes_replay),
        cmocka_unit_test(file_is_complete_after_each_step),
        cmocka_unit_test(header_tells_the_options),
        cmocka_unit_test(unwritable_file_is_an_error),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(foreign_changes_come_first),
        cmocka_unit_test(unexplained_refusals_are_left_out),
        cmocka_unit_test(rest_of_an_attempt_is_left_out),
        cmocka_unit_test(lost_requests_are_left_out),
    };

    return cmocka_run_group_tests_name("record_writer", tests, NULL, NULL);
}
