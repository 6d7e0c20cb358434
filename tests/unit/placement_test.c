/* placement_test.c - what pods ask of nodes, and what nodes have. */
#include "base/alloc.h"
#include "manifest.h"
#include "model/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define POD "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: d}\nspec:\n"
#define NODE "apiVersion: v1\nkind: Node\nmetadata: {name: n, labels: {disk: ssd, zone: a}}\n"

static int64_t
request_of(const struct chandra_pod *pod, const char *wanted)
{
    const char *resource;
    int64_t amount;

    for (size_t i = 0; chandra_pod_request_at(pod, i, &resource, &amount); i++)
        if (strcmp(resource, wanted) == 0)
            return amount;
    return -1;
}

static void
adds_up_requests(void **state)
{
    static const struct {
        const char *spec;
        int64_t cpu, memory, gpu;
    } cases[] = {
        {"  containers: []\n", -1, -1, -1},
        {"  containers:\n"
         "  - {resources: {requests: {cpu: 250m, memory: 1Gi}}}\n"
         "  - {resources: {requests: {cpu: 1, memory: 100, example.com/gpu: 2}}}\n",
         1250, 1073741924, 2},
        /* Rounded up: a pod never gets less than it asked for. */
        {"  containers: [{resources: {requests: {cpu: 100u, memory: 1500m}}}]\n", 1, 2, -1},
        {"  containers: [{resources: {requests: {cpu: 1}, limits: {cpu: 2, memory: 5}}}]\n", 1000,
         5, -1},
        /* Init containers run before, one by one. */
        {"  containers: [{resources: {requests: {cpu: 1, memory: 10}}}]\n"
         "  initContainers:\n"
         "  - {resources: {requests: {cpu: 3}}}\n"
         "  - {resources: {requests: {cpu: 2, memory: 4}}}\n",
         3000, 10, -1},
        /* Sidecars stay: beside the containers, and beside the init containers after them. */
        {"  containers: [{resources: {requests: {cpu: 1}}}]\n"
         "  initContainers:\n"
         "  - {resources: {requests: {cpu: 3}}}\n"
         "  - {restartPolicy: Always, resources: {requests: {cpu: 500m}}}\n"
         "  - {resources: {requests: {cpu: 2700m}}}\n",
         3200, -1, -1},
        {"  containers: [{resources: {requests: {cpu: 1}}}]\n"
         "  overhead: {cpu: 200m, memory: 7}\n",
         1200, 7, -1},
        {"  containers: [{resources: {requests: {cpu: 16E, memory: 1e30}}},\n"
         "    {resources: {requests: {cpu: 16E, memory: 1}}}]\n",
         INT64_MAX, INT64_MAX, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[1024];
        struct chandra_object *object;
        const struct chandra_pod *pod;

        snprintf(text, sizeof(text), POD "%s", cases[i].spec);
        object = manifest_object(text);
        pod = chandra_object_pod(object);
        assert_int_equal(request_of(pod, "cpu"), cases[i].cpu);
        assert_int_equal(request_of(pod, "memory"), cases[i].memory);
        assert_int_equal(request_of(pod, "example.com/gpu"), cases[i].gpu);
        chandra_object_unref(object);
    }
}

/* Whoever may create pods decides how many resources they name. */
static void
many_resources_take_no_ages(void **state)
{
    enum { MANY = 30000 };
    const size_t size = MANY * 32;
    char *text = malloc(size);
    size_t len = (size_t)snprintf(text, size, POD "  containers: [{resources: {limits: {cpu: 1");
    struct chandra_doc *doc;
    struct chandra_object *object = NULL;
    const struct chandra_pod *pod;
    clock_t start;

    (void)state;
    for (int i = 0; i < MANY; i++)
        len += (size_t)snprintf(text + len, size - len, ", example.com/r%d: %d", i, i);
    snprintf(text + len, size - len, "}}}]\n");
    doc = manifest_doc(text);
    start = clock();
    assert_int_equal(chandra_object_decode(chandra_doc_root(doc, 0), &object, NULL), CHANDRA_OK);
    assert_true((clock() - start) / CLOCKS_PER_SEC < 3);
    pod = chandra_object_pod(object);
    assert_int_equal(chandra_pod_request_count(pod), MANY + 1);
    assert_int_equal(request_of(pod, "cpu"), 1000);
    assert_int_equal(request_of(pod, "example.com/r7"), 7);
    assert_int_equal(request_of(pod, "example.com/r29999"), 29999);
    chandra_object_unref(object);
    chandra_doc_free(doc);
    free(text);
}

static void
names_a_bad_quantity(void **state)
{
    struct chandra_object *object = NULL;
    struct chandra_error err;

    (void)state;
    assert_int_equal(manifest_decode(POD "  containers: [{resources: {requests: {cpu: much}}}]\n",
                                     &object, &err),
                     CHANDRA_EINVAL);
    assert_non_null(strstr(err.message, "spec.containers[0].resources.requests.cpu"));
    assert_int_equal(manifest_decode(NODE "status: {allocatable: {cpu: [1]}}\n", &object, &err),
                     CHANDRA_EINVAL);
}

static void
selects_nodes(void **state)
{
    static const struct {
        const char *spec;
        bool is_selected;
    } cases[] = {
        {"  {}\n", true},
        {"  nodeSelector: {disk: ssd, zone: a}\n", true},
        {"  nodeSelector: {disk: ssd, zone: b}\n", false},
        {"  nodeSelector: {none: ''}\n", false},
        {"  affinity: {nodeAffinity: {}}\n", true},
        {"  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {}}}\n",
         false},
        {"  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:\n"
         "    {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [b]}]},\n"
         "      {matchExpressions: [{key: disk, operator: Exists}]}]}}}\n",
         true},
        {"  nodeSelector: {zone: b}\n"
         "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:\n"
         "    {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: Exists}]}]}}}\n",
         false},
        {"  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:\n"
         "    {nodeSelectorTerms: [{matchFields:\n"
         "      [{key: metadata.name, operator: In, values: [n]}]}]}}}\n",
         true},
        {"  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:\n"
         "    {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: Near}]}]}}}\n",
         false},
    };
    struct chandra_object *node = manifest_object(NODE);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[1024];
        struct chandra_object *pod;

        snprintf(text, sizeof(text), POD "%s", cases[i].spec);
        pod = manifest_object(text);
        assert_int_equal(
            chandra_pod_selects_node(chandra_object_pod(pod), chandra_object_node(node)),
            cases[i].is_selected);
        chandra_object_unref(pod);
    }
    chandra_object_unref(node);
}

static void
tolerates_taints(void **state)
{
    struct chandra_object *object =
        manifest_object(POD "  tolerations:\n"
                            "  - {key: team, value: a, effect: NoSchedule}\n"
                            "  - {key: spare, operator: Exists}\n"
                            "  - {operator: Exists, effect: NoExecute}\n");
    const struct chandra_pod *pod = chandra_object_pod(object);

    (void)state;
    assert_true(chandra_pod_tolerates(pod, "team", "a", "NoSchedule"));
    assert_false(chandra_pod_tolerates(pod, "team", "b", "NoSchedule"));
    assert_true(chandra_pod_tolerates(pod, "spare", "x", "NoSchedule"));
    assert_true(chandra_pod_tolerates(pod, "anything", "", "NoExecute"));
    assert_false(chandra_pod_tolerates(pod, "anything", "", "NoSchedule"));
    chandra_object_unref(object);
}

static const char full_node[] = NODE
    "spec: {unschedulable: true, taints: [{key: a, effect: NoSchedule}, {key: b, value: c, effect: "
    "NoExecute}]}\n"
    "status:\n"
    "  allocatable: {pods: '110', cpu: 7910m, memory: 16393224Ki, example.com/gpu: 4}\n"
    "  conditions: [{type: MemoryPressure, status: 'False'}, {type: Ready, status: Unknown}]\n";

static void
knows_nodes(void **state)
{
    struct chandra_object *object = manifest_object(full_node);
    struct chandra_object *plain = manifest_object(NODE);
    const struct chandra_node *node = chandra_object_node(object);
    const char *key, *value, *effect;
    int64_t amount;

    (void)state;
    assert_true(chandra_node_is_unschedulable(node));
    assert_string_equal(chandra_node_ready(node), "Unknown");
    assert_int_equal(chandra_node_taint_count(node), 2);
    assert_true(chandra_node_taint_at(node, 1, &key, &value, &effect));
    assert_string_equal(key, "b");
    assert_string_equal(value, "c");
    assert_string_equal(effect, "NoExecute");
    assert_false(chandra_node_taint_at(node, 2, &key, &value, &effect));
    assert_int_equal(chandra_node_allocatable_count(node), 4);
    assert_true(chandra_node_allocatable_at(node, 0, &key, &amount));
    assert_string_equal(key, "cpu");
    assert_int_equal(amount, 7910);
    assert_true(chandra_node_allocatable_at(node, 2, &key, &amount));
    assert_string_equal(key, "memory");
    assert_int_equal(amount, 16393224LL * 1024);
    assert_false(chandra_node_allocatable_at(node, 4, &key, &amount));
    assert_string_equal(chandra_node_ready(chandra_object_node(plain)), "");
    assert_false(chandra_node_is_unschedulable(chandra_object_node(plain)));
    chandra_object_unref(plain);
    chandra_object_unref(object);
}

static void
survives_lack_of_memory(void **state)
{
    static const char pod_text[] =
        POD "  nodeSelector: {a: b}\n  tolerations: [{key: a, operator: Exists}]\n"
            "  containers: [{resources: {requests: {cpu: 1, memory: 1}}}]\n"
            "  initContainers: [{restartPolicy: Always, resources: {requests: {cpu: 1}}}]\n"
            "  overhead: {cpu: 1}\n"
            "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:\n"
            "    {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: Exists}]}]}}}\n";
    const char *const texts[] = {pod_text, full_node};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct chandra_doc *doc = manifest_doc(texts[i]);
        enum chandra_status st = CHANDRA_ENOMEM;

        for (long n = 0; st != CHANDRA_OK; n++) {
            struct chandra_object *object = NULL;
            ch_alloc_fail_after(n);
            st = chandra_object_decode(chandra_doc_root(doc, 0), &object, NULL);
            ch_alloc_fail_after(-1);
            assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
            chandra_object_unref(object);
        }
        chandra_doc_free(doc);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_requests),        cmocka_unit_test(many_resources_take_no_ages),
        cmocka_unit_test(names_a_bad_quantity),    cmocka_unit_test(selects_nodes),
        cmocka_unit_test(tolerates_taints),        cmocka_unit_test(knows_nodes),
        cmocka_unit_test(survives_lack_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
