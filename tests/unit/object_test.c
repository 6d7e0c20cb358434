/* object_test.c - decoding of the five kinds, and what the engine's rules ask of them. */
#include "base/alloc.h"
#include "base/text.h"
#include "manifest.h"
#include "model/object.h"

#include <stdio.h>

static const char pod_text[] =
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata:\n"
    "  name: job-1\n"
    "  namespace: team-a\n"
    "  uid: uid-pod-1\n"
    "  resourceVersion: '17'\n"
    "  deletionTimestamp: null\n"
    "  labels: {b: '2', a: '1', c: }\n"
    "  annotations: {example.com/note: hello}\n"
    "spec:\n"
    "  nodeName: node-1\n"
    "  schedulerName: chandra\n"
    "  priority: -5\n"
    "  priorityClassName: low\n"
    "  unknownField: [1, {two: 3}]\n"
    "  schedulingGates: [{name: example.com/quota}, {}]\n"
    "  resourceClaims:\n"
    "  - {name: named, source: {resourceClaimName: shared}}\n"
    "  - {name: made, source: {resourceClaimTemplateName: template}}\n"
    "  - {name: needless, source: {resourceClaimTemplateName: template}}\n"
    "  - {name: early, source: {resourceClaimTemplateName: template}}\n"
    "  - {name: both, source: {resourceClaimName: mine, resourceClaimTemplateName: template}}\n"
    "  - {name: neither, source: {}}\n"
    "status:\n"
    "  phase: Pending\n"
    "  resourceClaimStatuses:\n"
    "  - {name: made, resourceClaimName: job-1-made-x7}\n"
    "  - {name: needless}\n"
    "  - {name: both, resourceClaimName: other}\n";

static const char claim_text[] =
    "apiVersion: resource.k8s.io/v1alpha2\n"
    "kind: ResourceClaim\n"
    "metadata:\n"
    "  name: gpu\n"
    "  namespace: team-a\n"
    "  uid: uid-claim-1\n"
    "  resourceVersion: '99'\n"
    "  creationTimestamp: '2024-06-01T12:00:00Z'\n"
    "  deletionTimestamp: '2024-05-01T00:00:00Z'\n"
    "  finalizers: [gpu.example.com/deletion-protection]\n"
    "  labels: {app: train}\n"
    "  annotations: {b: '2', a: '1'}\n"
    "  ownerReferences:\n"
    "  - {apiVersion: v1, kind: Pod, name: other, uid: uid-other}\n"
    "  - {apiVersion: v1, kind: Pod, name: job-1, uid: uid-pod-1, controller: true}\n"
    "  - {apiVersion: v1, kind: Pod, name: job-2, uid: uid-pod-2, controller: true}\n"
    "spec: {resourceClassName: gpu-class, allocationMode: Immediate}\n"
    "status:\n"
    "  driverName: gpu.example.com\n"
    "  deallocationRequested: true\n"
    "  allocation:\n"
    "    shareable: true\n"
    "    resourceHandles: [{driverName: gpu.example.com, data: '{\"card\": 1}'}]\n"
    "    availableOnNodes:\n"
    "      nodeSelectorTerms:\n"
    "      - matchExpressions:\n"
    "        - {key: kubernetes.io/hostname, operator: In, values: [node-1]}\n"
    "  reservedFor:\n"
    "  - {resource: pods, name: job-1, uid: uid-pod-1}\n"
    "  - {apiGroup: batch, resource: jobs, name: job-2, uid: uid-job-2}\n";

static const char class_text[] = "apiVersion: resource.k8s.io/v1alpha2\n"
                                 "kind: ResourceClass\n"
                                 "metadata: {name: gpu-class, namespace: ignored}\n"
                                 "driverName: gpu.example.com\n"
                                 "structuredParameters: true\n"
                                 "suitableNodes:\n"
                                 "  nodeSelectorTerms:\n"
                                 "  - matchExpressions: [{key: gpu, operator: Exists}]\n";

static const char context_text[] = "apiVersion: resource.k8s.io/v1alpha2\n"
                                   "kind: PodSchedulingContext\n"
                                   "metadata: {name: job-1, namespace: team-a, uid: uid-psc-1}\n"
                                   "spec:\n"
                                   "  selectedNode: node-2\n"
                                   "  potentialNodes: [node-1, node-2]\n"
                                   "status:\n"
                                   "  resourceClaims:\n"
                                   "  - {name: gpu, unsuitableNodes: [node-1]}\n"
                                   "  - {name: fpga}\n";

static void
decodes_a_pod(void **state)
{
    struct chandra_object *object = manifest_object(pod_text);
    const struct chandra_pod *pod = chandra_object_pod(object);

    (void)state;
    assert_int_equal(chandra_object_kind(object), CHANDRA_KIND_POD);
    assert_string_equal(chandra_object_name(object), "job-1");
    assert_string_equal(chandra_object_namespace(object), "team-a");
    assert_string_equal(chandra_object_uid(object), "uid-pod-1");
    assert_string_equal(chandra_object_resource_version(object), "17");
    assert_false(chandra_object_is_deleting(object));
    assert_int_equal(chandra_object_created(object), 0);
    assert_null(chandra_object_controller_uid(object));
    assert_string_equal(chandra_pod_node_name(pod), "node-1");
    assert_string_equal(chandra_pod_scheduler_name(pod), "chandra");
    assert_string_equal(chandra_pod_priority_class_name(pod), "low");
    assert_int_equal(chandra_pod_priority(pod), -5);
    assert_string_equal(chandra_pod_phase(pod), "Pending");
    assert_string_equal(chandra_pod_gate_at(pod, 0), "example.com/quota");
    assert_string_equal(chandra_pod_gate_at(pod, 1), "");
    assert_null(chandra_pod_gate_at(pod, 2));
    assert_int_equal(chandra_pod_claim_count(pod), 6);
    assert_string_equal(chandra_pod_claim_entry(pod, 2), "needless");
    assert_null(chandra_pod_claim_entry(pod, 6));
    assert_int_equal(pod->claim_status_count, 3);
    assert_null(pod->claim_statuses[1].claim_name);
    assert_ptr_equal(chandra_pod_object(pod), object);
    chandra_object_unref(object);
}

static void
sorts_labels_and_annotations(void **state)
{
    struct chandra_object *object = manifest_object(pod_text);
    const char *key = NULL;
    const char *value = NULL;

    (void)state;
    assert_int_equal(chandra_object_label_count(object), 3);
    assert_true(chandra_object_label_at(object, 1, &key, &value));
    assert_string_equal(key, "b");
    assert_string_equal(value, "2");
    assert_false(chandra_object_label_at(object, 3, &key, &value));
    assert_string_equal(chandra_object_label(object, "a"), "1");
    assert_string_equal(chandra_object_label(object, "c"), ""); /* null reads as "" */
    assert_null(chandra_object_label(object, "d"));
    assert_null(chandra_object_label(object, ""));
    assert_int_equal(chandra_object_annotation_count(object), 1);
    assert_string_equal(chandra_object_annotation(object, "example.com/note"), "hello");
    assert_null(chandra_object_annotation(object, "a"));
    assert_true(chandra_object_annotation_at(object, 0, &key, &value));
    assert_false(chandra_object_annotation_at(object, 1, &key, &value));
    chandra_object_unref(object);
}

static void
keeps_no_annotations_of_nodes_and_contexts(void **state)
{
    struct chandra_object *node = manifest_object(
        "{apiVersion: v1, kind: Node, metadata: {name: n, namespace: no, annotations: {a: b}}}");
    struct chandra_object *context =
        manifest_object("{apiVersion: resource.k8s.io/v1alpha2, kind: PodSchedulingContext,"
                        " metadata: {name: p, annotations: {a: b}}}");

    (void)state;
    assert_int_equal(chandra_object_annotation_count(node), 0);
    assert_int_equal(chandra_object_annotation_count(context), 0);
    assert_string_equal(chandra_object_namespace(node), "");
    chandra_object_unref(node);
    chandra_object_unref(context);
}

static void
decodes_a_claim(void **state)
{
    struct chandra_object *object = manifest_object(claim_text);
    const struct chandra_claim *claim = chandra_object_claim(object);
    const char *resource = NULL;
    const char *name = NULL;
    const char *uid = NULL;

    (void)state;
    assert_true(chandra_object_is_deleting(object));
    assert_int_equal(chandra_object_created(object), 1717243200);
    assert_string_equal(chandra_object_controller_uid(object), "uid-pod-1");
    assert_string_equal(chandra_object_annotation(object, "a"), "1");
    assert_string_equal(chandra_claim_class_name(claim), "gpu-class");
    assert_int_equal(chandra_claim_mode(claim), CHANDRA_MODE_IMMEDIATE);
    assert_string_equal(chandra_claim_driver_name(claim), "gpu.example.com");
    assert_true(chandra_claim_is_allocated(claim));
    assert_true(chandra_claim_is_shareable(claim));
    assert_true(chandra_claim_is_deallocating(claim));
    assert_true(chandra_claim_is_node_bound(claim));
    assert_false(claim->is_structured);
    assert_int_equal(chandra_claim_user_count(claim), 2);
    assert_true(chandra_claim_user_at(claim, 1, &resource, &name, &uid));
    assert_string_equal(resource, "jobs");
    assert_string_equal(name, "job-2");
    assert_string_equal(uid, "uid-job-2");
    assert_string_equal(claim->users[1].api_group, "batch");
    assert_string_equal(claim->users[0].api_group, "");
    assert_false(chandra_claim_user_at(claim, 2, &resource, &name, &uid));
    assert_string_equal(claim->status,
                        "{\"allocation\":{\"availableOnNodes\":{\"nodeSelectorTerms\":[{"
                        "\"matchExpressions\":[{\"key\":\"kubernetes.io/hostname\",\"operator\":"
                        "\"In\",\"values\":[\"node-1\"]}]}]},\"resourceHandles\":[{\"data\":"
                        "\"{\\\"card\\\": 1}\",\"driverName\":\"gpu.example.com\"}],\"shareable\":"
                        "true},\"deallocationRequested\":true,\"driverName\":\"gpu.example.com\","
                        "\"reservedFor\":[{\"name\":\"job-1\",\"resource\":\"pods\",\"uid\":"
                        "\"uid-pod-1\"},{\"apiGroup\":\"batch\",\"name\":\"job-2\",\"resource\":"
                        "\"jobs\",\"uid\":\"uid-job-2\"}]}");
    chandra_object_unref(object);
}

static void
decodes_a_bare_claim(void **state)
{
    struct chandra_object *object = manifest_object(
        "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {name: c}}");
    const struct chandra_claim *claim = chandra_object_claim(object);

    (void)state;
    assert_string_equal(chandra_object_namespace(object), "");
    assert_string_equal(chandra_object_uid(object), "");
    assert_int_equal(chandra_claim_mode(claim), CHANDRA_MODE_DELAYED);
    assert_string_equal(chandra_claim_class_name(claim), "");
    assert_string_equal(chandra_claim_driver_name(claim), "");
    assert_false(chandra_claim_is_allocated(claim));
    assert_false(chandra_claim_is_node_bound(claim));
    assert_int_equal(chandra_claim_user_count(claim), 0);
    assert_string_equal(claim->status, "{}");
    chandra_object_unref(object);
}

static struct chandra_object *
claim_with(const char *spec, const char *status)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,"
             " metadata: {name: c, namespace: ns}, spec: %s, status: %s}",
             spec, status);
    return manifest_object(text);
}

/* Pitfall 36: presence counts. Pitfall 37: an empty selector is not an absent one. */
static void
tells_empty_from_absent(void **state)
{
    static const struct {
        const char *status;
        bool is_allocated;
        bool is_node_bound;
        bool is_structured;
    } cases[] = {
        {"{}", false, false, false},
        {"{allocation: }", false, false, false},
        {"{allocation: {}}", true, false, false},
        {"{allocation: {availableOnNodes: }}", true, false, false},
        {"{allocation: {availableOnNodes: {}}}", true, true, false},
        {"{allocation: {availableOnNodes: {nodeSelectorTerms: []}}}", true, true, false},
        {"{allocation: {resourceHandles: [{structuredData: {}}]}}", true, false, true},
        {"{allocation: {resourceHandles: [{structuredData: }]}}", true, false, false},
        {"{allocation: {resourceHandles: [{data: x}, {structuredData: {nodeName: n}}]}}", true,
         false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct chandra_object *object = claim_with("{}", cases[i].status);
        const struct chandra_claim *claim = chandra_object_claim(object);

        assert_int_equal(claim->is_allocated, cases[i].is_allocated);
        assert_int_equal(claim->available_on != NULL, cases[i].is_node_bound);
        assert_int_equal(claim->is_structured, cases[i].is_structured);
        chandra_object_unref(object);
    }
}

static void
reads_allocation_modes(void **state)
{
    static const struct {
        const char *spec;
        enum chandra_allocation_mode mode;
    } cases[] = {
        {"{}", CHANDRA_MODE_DELAYED},
        {"{allocationMode: }", CHANDRA_MODE_DELAYED},
        {"{allocationMode: ''}", CHANDRA_MODE_DELAYED},
        {"{allocationMode: WaitForFirstConsumer}", CHANDRA_MODE_DELAYED},
        {"{allocationMode: Immediate}", CHANDRA_MODE_IMMEDIATE},
        {"{allocationMode: immediate}", CHANDRA_MODE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct chandra_object *object = claim_with(cases[i].spec, "{}");

        assert_int_equal(chandra_claim_mode(chandra_object_claim(object)), cases[i].mode);
        chandra_object_unref(object);
    }
}

/* Spec 4.2.1 row 6: equal means semantically equal. */
static void
compares_statuses_by_meaning(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool is_equal;
    } cases[] = {
        {"{}", "", true},
        {"{reservedFor: []}", "{}", true},
        {"{reservedFor: , driverName: ''}", "{}", true},
        {"{deallocationRequested: false}", "{}", true},
        {"{driverName: d, allocation: {}}", "{allocation: {}, driverName: d}", true},
        {"{allocation: {shareable: false, resourceHandles: []}}", "{allocation: {}}", true},
        {"{allocation: {}}", "{}", false},
        {"{allocation: {availableOnNodes: {}}}", "{allocation: {}}", false},
        {"{driverName: d}", "{driverName: e}", false},
        {"{reservedFor: [{uid: a}, {uid: b}]}", "{reservedFor: [{uid: b}, {uid: a}]}", false},
        {"{allocation: {availableOnNodes: {nodeSelectorTerms: [{matchExpressions: "
         "[{key: k, operator: In, values: ['']}]}]}}}",
         "{allocation: {availableOnNodes: {nodeSelectorTerms: [{matchExpressions: "
         "[{key: k, operator: In, values: []}]}]}}}",
         false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct chandra_object *a = claim_with("{}", cases[i].a);
        struct chandra_object *b = claim_with("{}", cases[i].b);
        const bool is_equal =
            ch_streq(chandra_object_claim(a)->status, chandra_object_claim(b)->status);

        if (is_equal != cases[i].is_equal)
            fail_msg("case %zu: %s, %s", i, cases[i].a, cases[i].b);
        chandra_object_unref(a);
        chandra_object_unref(b);
    }
}

static void
sorts_the_members_of_large_objects(void **state)
{
    struct chandra_object *object;
    char text[1024] = "{";

    (void)state;
    for (int i = 40; i > 10; i--)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "k%d: %d, ", i, i);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "}");
    object = claim_with("{}", text);
    assert_memory_equal(chandra_object_claim(object)->status, "{\"k11\":11,\"k12\":12,", 19);
    chandra_object_unref(object);
}

static void
decodes_a_class(void **state)
{
    struct chandra_object *object = manifest_object(class_text);
    const struct chandra_class *klass = chandra_object_class(object);

    (void)state;
    assert_string_equal(chandra_object_namespace(object), "");
    assert_string_equal(chandra_class_driver_name(klass), "gpu.example.com");
    assert_true(chandra_class_is_node_bound(klass));
    assert_true(klass->is_structured);
    assert_ptr_equal(chandra_class_object(klass), object);
    chandra_object_unref(object);
}

static void
decodes_a_context(void **state)
{
    struct chandra_object *object = manifest_object(context_text);
    const struct chandra_context *context = chandra_object_context(object);
    const struct ch_claim_answer *answer = ch_context_answer(context, "gpu");

    (void)state;
    assert_string_equal(chandra_context_selected_node(context), "node-2");
    assert_int_equal(chandra_context_potential_count(context), 2);
    assert_string_equal(chandra_context_potential_at(context, 1), "node-2");
    assert_null(chandra_context_potential_at(context, 2));
    assert_true(ch_context_has_potential(context, "node-1"));
    assert_false(ch_context_has_potential(context, "node-3"));
    assert_non_null(answer);
    assert_int_equal(answer->unsuitable_count, 1);
    assert_string_equal(answer->unsuitable[0], "node-1");
    answer = ch_context_answer(context, "fpga");
    assert_non_null(answer); /* presence is the information */
    assert_int_equal(answer->unsuitable_count, 0);
    assert_null(ch_context_answer(context, "nic"));
    assert_string_equal(context->spec,
                        "{\"potentialNodes\":[\"node-1\",\"node-2\"],\"selectedNode\":\"node-2\"}");
    assert_string_equal(context->status, "{\"resourceClaims\":[{\"name\":\"gpu\","
                                         "\"unsuitableNodes\":[\"node-1\"]},{\"name\":\"fpga\"}]}");
    assert_non_null(strstr(object->raw, "\"uid\":\"uid-psc-1\""));
    chandra_object_unref(object);
}

static void
casts_only_to_its_own_kind(void **state)
{
    struct chandra_object *node =
        manifest_object("{apiVersion: v1, kind: Node, metadata: {name: n}}");

    (void)state;
    assert_ptr_equal(chandra_node_object(chandra_object_node(node)), node);
    assert_null(chandra_object_pod(node));
    assert_null(chandra_object_claim(node));
    assert_null(chandra_object_class(node));
    assert_null(chandra_object_context(node));
    assert_null(chandra_object_node(NULL));
    chandra_object_unref(node);
    chandra_object_unref(NULL);
}

static void
counts_references(void **state)
{
    struct chandra_object *object = manifest_object(claim_text);

    (void)state;
    assert_ptr_equal(chandra_object_ref(object), object);
    chandra_object_unref(object);
    assert_string_equal(chandra_object_name(object), "gpu");
    chandra_object_unref(object);
}

static void
knows_the_names_of_kinds(void **state)
{
    (void)state;
    assert_string_equal(chandra_kind_name(CHANDRA_KIND_CONTEXT), "PodSchedulingContext");
    assert_string_equal(chandra_kind_name(CHANDRA_KIND_COUNT), "unknown kind");
}

/* Spec 3.1, row by row. */
static void
names_the_claim_of_an_entry(void **state)
{
    static const struct {
        size_t index;
        enum chandra_status status;
        const char *name;
        bool check_owner;
        const char *deterministic;
    } rows[] = {
        {0, CHANDRA_OK, "shared", false, "shared"},
        {1, CHANDRA_OK, "job-1-made-x7", true, "job-1-made"},
        {2, CHANDRA_OK, NULL, true, "job-1-needless"},
        {3, CHANDRA_ENOTFOUND, NULL, false, "job-1-early"},
        {4, CHANDRA_OK, "mine", false, "mine"},
        {5, CHANDRA_EINVAL, NULL, false, NULL},
    };
    struct chandra_object *object = manifest_object(pod_text);
    const struct chandra_pod *pod = chandra_object_pod(object);
    struct ch_arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *name = NULL;
        bool check_owner = false;
        struct chandra_error err;

        assert_int_equal(ch_pod_claim_name(pod, rows[i].index, NULL, &name, &check_owner, &err),
                         rows[i].status);
        assert_true(ch_streq(name, rows[i].name));
        assert_int_equal(check_owner, rows[i].check_owner);
        if (rows[i].status != CHANDRA_OK)
            assert_non_null(strstr(err.message, pod->claims[i].entry));
        name = NULL;
        (void)ch_pod_claim_name(pod, rows[i].index, &arena, &name, &check_owner, NULL);
        assert_true(ch_streq(name, rows[i].deterministic));
    }
    ch_alloc_fail_after(0);
    assert_int_equal(ch_pod_claim_name(pod, 1, &arena, &(const char *){NULL}, &(bool){false}, NULL),
                     CHANDRA_ENOMEM);
    ch_alloc_fail_after(-1);
    ch_arena_clear(&arena);
    chandra_object_unref(object);
}

static void
tells_which_claims_a_pod_uses(void **state)
{
    static const char *const names[] = {"shared", "job-1-made-x7", NULL, NULL, "mine", NULL, NULL};
    struct chandra_object *object = manifest_object(pod_text);

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_true(ch_streq(chandra_pod_claim_name(chandra_object_pod(object), i), names[i]));
    chandra_object_unref(object);
}

/* Spec 3.2: the namespace and the uid of the first controller, nothing else. */
static void
knows_who_owns_a_claim(void **state)
{
    static const struct {
        const char *pod;
        bool is_owner;
    } cases[] = {
        {"{name: any, namespace: team-a, uid: uid-pod-1}", true},
        {"{name: job-1, namespace: team-b, uid: uid-pod-1}", false},
        {"{name: other, namespace: team-a, uid: uid-other}", false},
        {"{name: job-2, namespace: team-a, uid: uid-pod-2}", false},
    };
    struct chandra_object *claim = manifest_object(claim_text);
    struct chandra_object *orphan = claim_with("{}", "{}");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct chandra_object *pod;
        char text[256];

        snprintf(text, sizeof(text), "{apiVersion: v1, kind: Pod, metadata: %s}", cases[i].pod);
        pod = manifest_object(text);
        assert_int_equal(ch_claim_is_owned_by(chandra_object_claim(claim), chandra_object_pod(pod)),
                         cases[i].is_owner);
        assert_false(ch_claim_is_owned_by(chandra_object_claim(orphan), chandra_object_pod(pod)));
        chandra_object_unref(pod);
    }
    assert_true(ch_claim_is_reserved_for(chandra_object_claim(claim), "uid-pod-1"));
    assert_true(ch_claim_is_reserved_for(chandra_object_claim(claim), "uid-job-2"));
    assert_false(ch_claim_is_reserved_for(chandra_object_claim(claim), "uid-pod-2"));
    assert_false(ch_claim_is_reserved_for(chandra_object_claim(orphan), "uid-pod-1"));
    chandra_object_unref(claim);
    chandra_object_unref(orphan);
}

static void
refuses_with_place_and_object(void **state)
{
    static const struct {
        const char *text;
        enum chandra_status status;
        const char *message;
    } cases[] = {
        {"apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
         "metadata: {name: c, namespace: ns}\nspec:\n  allocationMode: [Immediate]\n",
         CHANDRA_EINVAL,
         "test.yaml:5:19: ResourceClaim ns/c: spec.allocationMode: want a string, got an array"},
        {"apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
         "metadata: {name: c}\nstatus: {reservedFor: [{}, {uid: 7}]}\n",
         CHANDRA_EINVAL,
         "test.yaml:4:34: ResourceClaim c: status.reservedFor[1].uid: want a string, got a number"},
        {"apiVersion: v1\nkind: Node\nmetadata: {name: n, labels: {a/b: true}}\n", CHANDRA_EINVAL,
         "test.yaml:3:35: Node n: metadata.labels.a/b: want a string, got a boolean"},
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {schedulingGates: [quota]}\n",
         CHANDRA_EINVAL,
         "test.yaml:4:26: Pod p: spec.schedulingGates[0]: want an object, got a string"},
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {priority: 1.5}\n", CHANDRA_EINVAL,
         "test.yaml:4:18: Pod p: spec.priority: want a 64-bit integer, got 1.5"},
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {resourceClaims: [x]}\n",
         CHANDRA_EINVAL,
         "test.yaml:4:25: Pod p: spec.resourceClaims[0]: want an object, got a string"},
        {"apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: ns\n", CHANDRA_EINVAL,
         "test.yaml:4:3: Pod: metadata.name: is missing"},
        {"apiVersion: v1\nkind: Pod\n", CHANDRA_EINVAL,
         "test.yaml:1:1: Pod: metadata.name: is missing"},
        {"kind: Pod\n", CHANDRA_EINVAL, "test.yaml:1:1: apiVersion: is missing"},
        {"a: b\n", CHANDRA_EINVAL, "test.yaml:1:1: kind: is missing"},
        {"just text\n", CHANDRA_EINVAL, "test.yaml:1:1: want a Kubernetes object, got string"},
        {"apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\n",
         CHANDRA_EUNSUPPORTED,
         "test.yaml:1:13: apiVersion: resource.k8s.io/v1 is not supported for ResourceClaim, only "
         "resource.k8s.io/v1alpha2 is"},
        {"apiVersion: resource.k8s.io/v1beta1\nkind: DeviceClass\nmetadata: {name: c}\n",
         CHANDRA_EUNSUPPORTED,
         "test.yaml:2:7: kind: DeviceClass of resource.k8s.io/v1beta1 is not supported, only "
         "ResourceClaim, ResourceClass and PodSchedulingContext of resource.k8s.io/v1alpha2 are"},
        {"apiVersion: apps/v1\nkind: Deployment\n", CHANDRA_EUNSUPPORTED,
         "test.yaml:2:7: kind: Deployment of apps/v1 is not supported"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct chandra_object *object = NULL;
        struct chandra_error err;

        assert_int_equal(manifest_decode(cases[i].text, &object, &err), cases[i].status);
        assert_null(object);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(manifest_decode(cases[i].text, &object, NULL), cases[i].status);
    }
    assert_int_equal(chandra_object_decode(NULL, &(struct chandra_object *){NULL}, NULL),
                     CHANDRA_EINVAL);
}

static void
decodes_items_without_a_kind(void **state)
{
    struct chandra_doc *doc =
        manifest_doc("{apiVersion: meta.k8s.io/v1, kind: PartialObjectMetadata,"
                     " metadata: {name: n, labels: {zone: a}}}");
    struct chandra_object *object = NULL;

    (void)state;
    assert_int_equal(
        ch_object_decode_as(CHANDRA_KIND_NODE, chandra_doc_root(doc, 0), &object, NULL),
        CHANDRA_OK);
    assert_string_equal(chandra_object_label(object, "zone"), "a");
    assert_non_null(chandra_object_node(object));
    chandra_object_unref(object);
    object = NULL;
    assert_int_equal(ch_object_decode_as(CHANDRA_KIND_NODE, NULL, &object, NULL), CHANDRA_EINVAL);
    assert_null(object);
    chandra_doc_free(doc);
}

static void
survives_a_lack_of_memory(void **state)
{
    static const char *const texts[] = {pod_text, claim_text, class_text, context_text};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct chandra_doc *doc = manifest_doc(texts[i]);
        struct chandra_object *object = NULL;
        enum chandra_status st = CHANDRA_ENOMEM;
        struct chandra_error err;
        long count = 0;

        while (st == CHANDRA_ENOMEM && count < 1000) {
            ch_alloc_fail_after(count++);
            st = chandra_object_decode(chandra_doc_root(doc, 0), &object, &err);
            ch_alloc_fail_after(-1);
            if (st == CHANDRA_ENOMEM)
                assert_null(object);
        }
        assert_int_equal(st, CHANDRA_OK);
        assert_true(count > 2);
        chandra_object_unref(object);
        chandra_doc_free(doc);
    }
}

/* Telling of an error takes memory as well. */
static void
survives_a_lack_of_memory_in_errors(void **state)
{
    struct chandra_doc *doc = manifest_doc("{apiVersion: v1, kind: Pod, metadata: {name: [n]}}");
    struct chandra_object *object = NULL;
    enum chandra_status st = CHANDRA_ENOMEM;

    (void)state;
    for (long count = 0; st == CHANDRA_ENOMEM && count < 100; count++) {
        struct chandra_error err;

        ch_alloc_fail_after(count);
        st = chandra_object_decode(chandra_doc_root(doc, 0), &object, &err);
        ch_alloc_fail_after(-1);
    }
    assert_int_equal(st, CHANDRA_EINVAL);
    assert_null(object);
    chandra_doc_free(doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_a_pod),
        cmocka_unit_test(sorts_labels_and_annotations),
        cmocka_unit_test(keeps_no_annotations_of_nodes_and_contexts),
        cmocka_unit_test(decodes_a_claim),
        cmocka_unit_test(decodes_a_bare_claim),
        cmocka_unit_test(tells_empty_from_absent),
        cmocka_unit_test(reads_allocation_modes),
        cmocka_unit_test(compares_statuses_by_meaning),
        cmocka_unit_test(sorts_the_members_of_large_objects),
        cmocka_unit_test(decodes_a_class),
        cmocka_unit_test(decodes_a_context),
        cmocka_unit_test(casts_only_to_its_own_kind),
        cmocka_unit_test(counts_references),
        cmocka_unit_test(knows_the_names_of_kinds),
        cmocka_unit_test(names_the_claim_of_an_entry),
        cmocka_unit_test(tells_which_claims_a_pod_uses),
        cmocka_unit_test(knows_who_owns_a_claim),
        cmocka_unit_test(refuses_with_place_and_object),
        cmocka_unit_test(decodes_items_without_a_kind),
        cmocka_unit_test(survives_a_lack_of_memory),
        cmocka_unit_test(survives_a_lack_of_memory_in_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
