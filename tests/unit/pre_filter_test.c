/* pre_filter_test.c - PreEnqueue and PreFilter: which pods are refused, for what, in which order.
 */
#include "engine_rig.h"

static int
set_up(void **state)
{
    static struct rig rig;

    rig_open(&rig, NULL);
    rig_nodes(&rig, "n1 n2");
    rig_class(&rig, "gpu", "");
    *state = &rig;
    return 0;
}

static int
tear_down(void **state)
{
    rig_close(*state);
    return 0;
}

static void
pod_without_claims_is_skipped(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "");
    assert_int_equal(rig_pre_enqueue(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SKIP);
    assert_true(rig_passes(rig, "*", "n1 n2"));
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_SUCCESS);
    chandra_cycle_unreserve(rig->cycle, "n1");
    chandra_cycle_post_bind(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "");
}

/* pitfall 42: the pod waits for its claim, then for its status to name it. */
static void
unresolved_claims_gate_the_pod(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    assert_int_equal(rig_pre_enqueue(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "default/c");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_claim(rig, "c", DELAYED, "");
    assert_int_equal(rig_pre_enqueue(rig, "p"), CHANDRA_CODE_SUCCESS);

    rig_pod_with(rig, "q", "{name: a, source: {resourceClaimTemplateName: t}}", "");
    assert_int_equal(rig_pre_enqueue(rig, "q"), CHANDRA_CODE_UNRESOLVABLE);
    rig_pod_with(rig, "q", "{name: a, source: {resourceClaimTemplateName: t}}",
                 "resourceClaimStatuses: [{name: a, resourceClaimName: c}]");
    assert_int_equal(rig_pre_enqueue(rig, "q"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "not created for pod default/q");
    rig_apply(rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                   "metadata: {name: c, namespace: default, uid: uid-c, ownerReferences: "
                   "[{apiVersion: v1, kind: Pod, name: q, uid: uid-q, controller: true}]}\n"
                   "spec: {resourceClassName: gpu}\n");
    assert_int_equal(rig_pre_enqueue(rig, "q"), CHANDRA_CODE_SUCCESS);

    /* An empty source is nothing to wait for a claim with. */
    rig_pod_with(rig, "r", "{name: a, source: {}}", "");
    assert_int_equal(rig_pre_enqueue(rig, "r"), CHANDRA_CODE_UNRESOLVABLE);
}

static void
claim_that_is_being_deleted_gates_the_pod(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_apply(rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                   "metadata: {name: c, namespace: default, finalizers: [example.com/x], "
                   "deletionTimestamp: 2024-06-01T00:00:00Z}\n"
                   "spec: {resourceClassName: gpu}\n");
    assert_int_equal(rig_pre_enqueue(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "being deleted");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
}

/* pitfall 6 */
static void
context_of_an_earlier_pod_is_an_error(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_apply(rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: PodSchedulingContext\n"
                   "metadata: {name: p, namespace: default, ownerReferences: "
                   "[{apiVersion: v1, kind: Pod, name: p, uid: uid-old, controller: true}]}\n"
                   "spec: {}\n");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_ERROR);
    rig_assert_reason(rig, "not owned by pod default/p");
    rig_remove(rig, "PodSchedulingContext", "p");
    rig_sync(rig);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
}

/* pitfall 34: a reservation for the pod itself does not stop it. */
static void
claim_in_use_by_another_pod_is_refused(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED ", " RESERVED_FOR("q"));
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "claim default/c (class gpu, driver gpu.example.com): in use by q");
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);

    rig_claim(rig, "c", DELAYED, ALLOCATED ", " RESERVED_FOR("p"));
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    rig_claim(rig, "c", DELAYED,
              "driverName: d, allocation: {shareable: true}, " RESERVED_FOR("q"));
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
}

static void
deallocation_request_comes_before_use(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED ", deallocationRequested: true, " RESERVED_FOR("q"));
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "deallocation has been requested");
}

/* pitfall 35: an allocated claim needs its class no more. */
static void
missing_class_matters_to_pending_claims_only(void **state)
{
    struct rig *rig = *state;

    rig_remove(rig, "ResourceClass", "gpu");
    rig_sync(rig);
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", IMMEDIATE, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "class gpu does not exist");
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_null(chandra_cycle_claim_class(rig->cycle, 0));
}

static void
immediate_claim_waits_for_its_driver(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", IMMEDIATE, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "allocated immediately");
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    rig_claim(rig, "c", IMMEDIATE, ALLOCATED);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
}

/* pitfall 36 */
static void
empty_allocation_counts_as_allocated(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "driverName: gpu.example.com, allocation: {}");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_true(rig_passes(rig, "*", "n1 n2"));
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 200");
}

/* pitfall 53: an allocation mode that nobody filled in means WaitForFirstConsumer. */
static void
missing_mode_is_delayed(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_apply(rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                   "metadata: {name: c, namespace: default, uid: uid-c}\n"
                   "spec: {resourceClassName: gpu}\n");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_true(rig_passes(rig, "*", "n1 n2"));
}

/* pitfall 38 */
static void
bad_term_in_a_selector_is_an_error(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED,
              "driverName: d, allocation: {availableOnNodes: {nodeSelectorTerms: ["
              "{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [n1]}]}, "
              "{matchExpressions: [{key: size, operator: Gt, values: [big]}]}]}}");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_ERROR);
    rig_assert_reason(rig, "claim default/c");
    rig_assert_reason(rig, "availableOnNodes");

    rig_claim(rig, "c", DELAYED, "");
    rig_class(rig, "gpu",
              "suitableNodes: {nodeSelectorTerms: [{matchExpressions: "
              "[{key: size, operator: In, values: []}]}]}");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_ERROR);
    rig_assert_reason(rig, "suitableNodes");
}

static void
first_claim_that_refuses_decides(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", IMMEDIATE, "");
    rig_claim(rig, "b", DELAYED, ALLOCATED ", deallocationRequested: true");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "default/a");
    rig_claim(rig, "a", DELAYED, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "default/b");
}

/* pitfall 55: nothing waits for events that structured parameters would need; they are refused. */
static void
structured_parameters_are_refused_by_name(void **state)
{
    struct rig *rig = *state;

    rig_class(rig, "gpu", "structuredParameters: true");
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", IMMEDIATE, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "claim default/c");
    rig_assert_reason(rig, "class gpu wants structured parameters");
    rig_claim(rig, "c", DELAYED,
              "driverName: d, allocation: {resourceHandles: [{structuredData: {nodeName: n1}}]}");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "structured parameters");
}

static void
refusal_leaves_an_attempt_without_claims(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", IMMEDIATE, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
    assert_int_equal(chandra_cycle_claim_count(rig->cycle), 0);
    assert_true(rig_passes(rig, "*", "n1 n2"));
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "");
}

static void
points_before_pre_filter_are_errors(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_begin(rig, "p");
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_ERROR);
    assert_int_equal(rig_pre_score(rig, "n1 n2"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    chandra_cycle_unreserve(rig->cycle, "n1");
    chandra_cycle_post_bind(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "");
}

static void
disabled_engine_stays_out_of_it(void **state)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_object *pod =
        manifest_object("apiVersion: v1\nkind: Pod\n"
                        "metadata: {name: p, namespace: default, uid: uid-p}\n"
                        "spec: {resourceClaims: [{name: a, source: {resourceClaimName: c}}]}\n");
    struct rig rig;

    (void)state;
    options.is_disabled = true;
    rig_open(&rig, &options);
    chandra_engine_pre_enqueue(rig.engine, chandra_object_pod(pod), &rig.answer);
    assert_int_equal(rig.answer.code, CHANDRA_CODE_UNRESOLVABLE);
    RIG_OK(chandra_cycle_new(rig.engine, chandra_object_pod(pod), &rig.cycle, &rig_err));
    chandra_cycle_pre_filter(rig.cycle, &rig.answer);
    assert_int_equal(rig.answer.code, CHANDRA_CODE_SKIP);
    assert_int_equal(rig_filter(&rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_post_filter(&rig), CHANDRA_CODE_UNSCHEDULABLE);
    rig_assert_reason(&rig, "disabled");
    assert_int_equal(rig_reserve(&rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(&rig, "n1"), CHANDRA_CODE_SUCCESS);
    chandra_object_unref(pod);
    rig_close(&rig);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pod_without_claims_is_skipped),
        TEST(unresolved_claims_gate_the_pod),
        TEST(claim_that_is_being_deleted_gates_the_pod),
        TEST(context_of_an_earlier_pod_is_an_error),
        TEST(claim_in_use_by_another_pod_is_refused),
        TEST(deallocation_request_comes_before_use),
        TEST(missing_class_matters_to_pending_claims_only),
        TEST(immediate_claim_waits_for_its_driver),
        TEST(empty_allocation_counts_as_allocated),
        TEST(missing_mode_is_delayed),
        TEST(bad_term_in_a_selector_is_an_error),
        TEST(first_claim_that_refuses_decides),
        TEST(structured_parameters_are_refused_by_name),
        TEST(refusal_leaves_an_attempt_without_claims),
        TEST(points_before_pre_filter_are_errors),
        TEST(disabled_engine_stays_out_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
