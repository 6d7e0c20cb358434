/* publish_test.c - writing the PodSchedulingContext: conflicts, lag, failures; and its deletion. */
#include "engine_rig.h"

static int
set_up(void **state)
{
    static struct rig rig;

    rig_open(&rig, NULL);
    rig_nodes(&rig, "n1 n2 n3");
    rig_class(&rig, "gpu", "");
    rig_pod(&rig, "p", "c");
    rig_claim(&rig, "c", DELAYED, "");
    *state = &rig;
    return 0;
}

static int
tear_down(void **state)
{
    rig_close(*state);
    return 0;
}

/* Everything before PreBind, for one feasible node. */
static void
reserve(struct rig *rig, const char *node)
{
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_reserve(rig, node), CHANDRA_CODE_SUCCESS);
}

static void
new_context_belongs_to_the_pod(void **state)
{
    struct rig *rig = *state;
    struct chandra_object *context;

    reserve(rig, "n1");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_sync(rig);
    context = chandra_engine_get(rig->engine, CHANDRA_KIND_CONTEXT, "default", "p");
    assert_non_null(context);
    assert_string_equal(chandra_object_controller_uid(context), "uid-p");
    chandra_object_unref(context);
}

/* pitfall 2: a driver's answer between our read and our write costs a second request, no attempt.
 * pitfall 3: the apply must send the potential nodes, or the server drops them. */
static void
conflict_is_answered_by_an_apply(void **state)
{
    struct rig *rig = *state;

    rig_context(rig, "p", "potentialNodes: [n1, n2]", "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    rig_pre_score(rig, "n1 n2");
    rig_reserve(rig, "n1");
    rig_lag(rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: PodSchedulingContext\n"
                 "metadata: {name: p, namespace: default, uid: uid-context-p, labels: {a: b}, "
                 "ownerReferences: "
                 "[{apiVersion: v1, kind: Pod, name: p, uid: uid-p, controller: true}]}\n"
                 "spec: {potentialNodes: [n1, n2]}\n"
                 "status: {resourceClaims: [{name: in-c, unsuitableNodes: [n2]}]}\n");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    assert_string_equal(rig_writes(rig),
                        "PUT PodSchedulingContext 409, PATCH PodSchedulingContext 200");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1, n2], selectedNode: n1}");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "status",
                      "{resourceClaims: [{name: in-c, unsuitableNodes: [n2]}]}");
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "");
}

/* pitfall 4: "clear the selected node" is a change like any other; an apply says it in so many
 * words. (pitfall 1 is tested with PostFilter.) */
static void
clearing_the_selection_is_sent_by_the_apply_too(void **state)
{
    struct rig *rig = *state;

    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("gone"));
    rig_context(rig, "p", "potentialNodes: [n1, n2], selectedNode: n1", "");
    rig_pre_filter(rig, "p");
    rig_filter(rig, "n1");
    rig_fault(rig, "PUT", "podschedulingcontexts", 409, 1);
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig),
                        "PATCH PodSchedulingContext 200, PUT ResourceClaim/status 200");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n1, n2]}");
}

/* pitfall 5: the context exists already, but the cache has not seen it: an error, no apply.
 * Unreserve tries once more. */
static void
context_that_the_cache_has_not_seen_is_an_error(void **state)
{
    struct rig *rig = *state;

    reserve(rig, "n1");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_writes(rig);
    reserve(rig, "n2");
    assert_int_equal(rig_pre_bind(rig, "n2"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_EEXISTS);
    chandra_cycle_unreserve(rig->cycle, "n2");
    assert_string_equal(rig_writes(rig),
                        "POST PodSchedulingContext 409, POST PodSchedulingContext 409");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1], selectedNode: n1}");
}

/* pitfall 7: the context vanished since PreFilter; the call goes on as after a success, and the
 * next attempt fails, for the new context has no owner. */
static void
context_that_vanished_is_made_anew(void **state)
{
    struct rig *rig = *state;

    rig_context(rig, "p", "potentialNodes: [n1, n2]", "");
    reserve(rig, "n1");
    rig_remove(rig, "PodSchedulingContext", "p");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    assert_string_equal(rig_writes(rig),
                        "PUT PodSchedulingContext 409, PATCH PodSchedulingContext 201");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1, n2], selectedNode: n1}");
    rig_sync(rig);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_ERROR);
}

/* pitfall 8: what could not be published in PreBind is tried again in Unreserve. */
static void
failed_publish_is_repeated(void **state)
{
    struct rig *rig = *state;

    reserve(rig, "n1");
    rig_fault(rig, "POST", "podschedulingcontexts", 500, 1);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "POST PodSchedulingContext 201");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1], selectedNode: n1}");
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "");
}

/* pitfall 19: nothing is reserved in the attempt that published. pitfall 20: it ends as PENDING,
 * which parks the pod until an event, and does not send it into back-off. */
static void
publishing_ends_the_attempt(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c d");
    rig_claim(rig, "d", DELAYED, ALLOCATED);
    reserve(rig, "n1");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    assert_string_equal(rig_writes(rig), "POST PodSchedulingContext 201");
    rig_assert_stored(rig, "ResourceClaim", "d", "status",
                      "{driverName: gpu.example.com, allocation: {}}");
}

/* pitfall 44: by name, unconditionally, whether the cache knows it or not. */
static void
post_bind_deletes_the_context(void **state)
{
    struct rig *rig = *state;

    reserve(rig, "n1");
    rig_pre_bind(rig, "n1");
    assert_true(rig_is_stored(rig, "PodSchedulingContext", "p"));
    chandra_cycle_post_bind(rig->cycle, "n1");
    assert_false(rig_is_stored(rig, "PodSchedulingContext", "p"));
    chandra_cycle_post_bind(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "POST PodSchedulingContext 201, DELETE "
                                         "PodSchedulingContext 200, DELETE PodSchedulingContext "
                                         "404");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_context_belongs_to_the_pod),
        TEST(conflict_is_answered_by_an_apply),
        TEST(clearing_the_selection_is_sent_by_the_apply_too),
        TEST(context_that_the_cache_has_not_seen_is_an_error),
        TEST(context_that_vanished_is_made_anew),
        TEST(failed_publish_is_repeated),
        TEST(publishing_ends_the_attempt),
        TEST(post_bind_deletes_the_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
