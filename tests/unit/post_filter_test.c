/* post_filter_test.c - PostFilter: which claim is given back when no node is left, and how. */
#include "engine_rig.h"

static int
set_up(void **state)
{
    static struct rig rig;

    rig_open(&rig, NULL);
    rig_nodes(&rig, "n1 n2 n3");
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

/* pitfall 32: UNSCHEDULABLE, so that the pod stays parked and preemption may run. */
static void
claim_that_is_elsewhere_is_given_back(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("gone") ", " RESERVED_FOR("p"));
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", ""));
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    rig_assert_reason(rig, "claim default/c (class gpu, driver gpu.example.com): deallocation");
    assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 200");
    rig_assert_stored(rig, "ResourceClaim", "c", "status",
                      "{" ALLOCATED_ON("gone") ", deallocationRequested: true}");
    rig_sync(rig);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
}

/* pitfall 1: a driver that still sees a selected node would allocate for it again. */
static void
selected_node_is_cleared_first(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("gone"));
    rig_context(rig, "p", "selectedNode: gone, potentialNodes: [gone, n1]", "");
    rig_pre_filter(rig, "p");
    rig_filter(rig, "n1");
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig),
                        "PUT PodSchedulingContext 200, PUT ResourceClaim/status 200");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [gone, n1]}");
}

static void
claim_stays_when_the_context_cannot_be_written(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("gone"));
    rig_context(rig, "p", "selectedNode: gone", "");
    rig_pre_filter(rig, "p");
    rig_filter(rig, "n1");
    rig_fault(rig, "PUT", "podschedulingcontexts", 500, 1);
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_ETRANSIENT);
    assert_string_equal(rig_writes(rig), "");
}

/* pitfall 7: the context is gone; the apply makes it anew, and the answer is that of a success. */
static void
vanished_context_is_no_failure(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("gone"));
    rig_context(rig, "p", "selectedNode: gone, potentialNodes: [gone]", "");
    rig_pre_filter(rig, "p");
    rig_filter(rig, "n1");
    rig_remove(rig, "PodSchedulingContext", "p");
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig), "PUT PodSchedulingContext 409, PATCH PodSchedulingContext "
                                         "201, PUT ResourceClaim/status 200");
    rig_sync(rig);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_ERROR);
}

/* pitfall 33 */
static void
conflict_on_the_claim_is_an_error(void **state)
{
    struct rig *rig = *state;
    char yaml[2048];

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("gone"));
    rig_pre_filter(rig, "p");
    rig_filter(rig, "n1");
    rig_lag(rig, claim_yaml(yaml, "c", DELAYED, ALLOCATED_ON("n1")));
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_ECONFLICT);
    assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 409");
    rig_sync(rig);
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n1"));
}

/* pitfall 29: not every allocated claim is a candidate. */
static void
only_delayed_unused_blocking_claims_are_candidates(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "immediate shared blocking fine");
    rig_claim(rig, "immediate", IMMEDIATE, ALLOCATED_ON("gone"));
    rig_claim(rig, "shared", DELAYED,
              "driverName: d, allocation: {shareable: true, availableOnNodes: " ON(
                  "gone") "}, reservedFor: [{resource: pods, name: p, uid: uid-p}, "
                          "{resource: pods, name: q, uid: uid-q}]");
    rig_claim(rig, "blocking", DELAYED, ALLOCATED_ON("n1"));
    rig_claim(rig, "fine", DELAYED, ALLOCATED);
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", ""));
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    rig_assert_reason(rig, "default/blocking");

    /* The blocking one bars only n2 and n3: on n1 alone there is nothing to give back. */
    rig_claim(rig, "blocking", DELAYED, ALLOCATED_ON("n1"));
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "n1", ""));
    rig_writes(rig);
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig), "");
}

/* pitfall 30: a node that class or driver rejects too says nothing about the allocated claim, in
 * whatever order the claims are. */
static void
nodes_rejected_for_other_reasons_do_not_count(void **state)
{
    struct rig *rig = *state;

    for (int all_at_once = 0; all_at_once < 2; all_at_once++) {
        rig_pod(rig, "p", "a b");
        rig_claim(rig, "a", DELAYED, ALLOCATED_ON("n1"));
        rig_claim(rig, "b", DELAYED, "");
        rig_context(rig, "p", "potentialNodes: [n1, n2]",
                    "{name: in-b, unsuitableNodes: [n1, n2]}");
        rig_pre_filter(rig, "p");
        if (all_at_once) {
            assert_true(rig_passes(rig, "n1 n2", ""));
        } else {
            assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_UNRESOLVABLE);
            assert_int_equal(rig_filter(rig, "n2"), CHANDRA_CODE_UNRESOLVABLE);
            rig_assert_reason(rig, "default/b");
        }
        assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
        assert_string_equal(rig_writes(rig), "");

        /* On n3 only the allocation is in the way. */
        if (all_at_once)
            assert_true(rig_passes(rig, "n3", ""));
        else
            assert_int_equal(rig_filter(rig, "n3"), CHANDRA_CODE_UNRESOLVABLE);
        assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
        assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 200");
    }
}

static void
one_of_several_is_chosen_by_chance(void **state)
{
    struct rig *rig = *state;
    int chosen[2] = {0, 0};

    rig_pod(rig, "p", "a b");
    for (int i = 0; i < 40; i++) {
        rig_claim(rig, "a", DELAYED, ALLOCATED_ON("gone"));
        rig_claim(rig, "b", DELAYED, ALLOCATED_ON("gone"));
        rig_pre_filter(rig, "p");
        assert_true(rig_passes(rig, "*", ""));
        assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
        assert_string_equal(rig_writes(rig), "PUT ResourceClaim/status 200");
        chosen[strstr(rig->answer.reason, "default/b") ? 1 : 0]++;
    }
    assert_true(chosen[0] > 5);
    assert_true(chosen[1] > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(claim_that_is_elsewhere_is_given_back),
        TEST(selected_node_is_cleared_first),
        TEST(claim_stays_when_the_context_cannot_be_written),
        TEST(vanished_context_is_no_failure),
        TEST(conflict_on_the_claim_is_an_error),
        TEST(only_delayed_unused_blocking_claims_are_candidates),
        TEST(nodes_rejected_for_other_reasons_do_not_count),
        TEST(one_of_several_is_chosen_by_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
