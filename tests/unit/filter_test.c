/* filter_test.c - Filter: which nodes a pod's claims can be served on, one by one and all at once.
 */
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

static void
allocated_claim_binds_the_pod_to_its_nodes(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n1, n3"));
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_true(rig_passes(rig, "*", "n1 n3"));
    assert_true(rig_passes(rig, "n1 n2", "n1"));
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_filter(rig, "n2"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "claim default/c (class gpu, driver gpu.example.com): "
                           "claim is allocated elsewhere");
}

/* pitfall 37: absent is everywhere, empty is nowhere. */
static void
empty_selector_matches_no_node(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n1 n2 n3"));
    rig_claim(rig, "c", DELAYED,
              "driverName: d, allocation: {availableOnNodes: {nodeSelectorTerms: [{}]}}");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_true(rig_passes(rig, "*", ""));
}

static void
class_and_driver_exclude_nodes_of_pending_claims(void **state)
{
    struct rig *rig = *state;

    rig_class(rig, "gpu", "suitableNodes: " ON("n1, n2"));
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_context(rig, "p", "potentialNodes: [n1, n2]", "{name: in-c, unsuitableNodes: [n2, gone]}");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_true(rig_passes(rig, "*", "n1"));
    assert_int_equal(rig_filter(rig, "n2"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "driver calls the node unsuitable");
    assert_int_equal(rig_filter(rig, "n3"), CHANDRA_CODE_UNRESOLVABLE);
    rig_assert_reason(rig, "class excludes the node");
    assert_int_equal(rig_filter(rig, "unheard-of"), CHANDRA_CODE_UNRESOLVABLE);
}

/* The class and the driver's answer say nothing about a claim that is allocated. */
static void
class_and_answer_do_not_matter_once_allocated(void **state)
{
    struct rig *rig = *state;

    rig_class(rig, "gpu", "suitableNodes: " ON("n1"));
    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    rig_context(rig, "p", "potentialNodes: [n1, n2]", "{name: in-c, unsuitableNodes: [n2]}");
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n1 n2 n3"));
}

/* pitfall 16 and pitfall 17: the answer is looked up by the pod's own name for the claim, also
 * after an entry that needs none. */
static void
answers_are_found_by_the_entry(void **state)
{
    struct rig *rig = *state;

    rig_claim(rig, "c", DELAYED, "");
    rig_pod_with(rig, "p",
                 "{name: none, source: {resourceClaimTemplateName: t}}, "
                 "{name: some, source: {resourceClaimName: c}}",
                 "resourceClaimStatuses: [{name: none}]");
    rig_context(rig, "p", "potentialNodes: [n1, n2, n3]",
                "{name: none, unsuitableNodes: [n1]}, {name: c, unsuitableNodes: [n2]}, "
                "{name: some, unsuitableNodes: [n3]}");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(chandra_cycle_claim_count(rig->cycle), 1);
    assert_string_equal(chandra_cycle_claim_entry(rig->cycle, 0), "some");
    assert_true(rig_passes(rig, "*", "n1 n2"));
}

static void
every_claim_must_fit(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", DELAYED, ALLOCATED_ON("n1, n2"));
    rig_claim(rig, "b", DELAYED, ALLOCATED_ON("n2, n3"));
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n2"));
}

static void
removals_say_which_rule_took_what(void **state)
{
    struct rig *rig = *state;
    struct chandra_removal removal;
    size_t nodes = 0;

    rig_class(rig, "gpu", "suitableNodes: " ON("n1, n2"));
    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", DELAYED, "");
    rig_claim(rig, "b", DELAYED, ALLOCATED_ON("n1"));
    rig_context(rig, "p", "", "{name: in-a, unsuitableNodes: [n2, n3]}");
    rig_pre_filter(rig, "p");
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 0);
    assert_true(rig_passes(rig, "*", "n1"));
    assert_int_equal(chandra_cycle_removal_count(rig->cycle), 3);
    for (size_t i = 0; chandra_cycle_removal_at(rig->cycle, i, &removal); i++) {
        assert_int_equal(removal.claim, i < 2 ? 0 : 1);
        assert_string_equal(removal.policy, "builtin");
        nodes += chandra_nodeset_count(removal.nodes);
    }
    assert_int_equal(nodes, 1 + 1 + 2); /* n3 counts once for claim a, by the class */
    assert_false(chandra_cycle_removal_at(rig->cycle, 3, &removal));
}

/* Asking why is no Filter: PostFilter must not take it for one. */
static void
why_changes_nothing(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n1"));
    rig_pre_filter(rig, "p");
    chandra_cycle_why(rig->cycle, "n2", &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_UNRESOLVABLE);
    chandra_cycle_why(rig->cycle, "n1", &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_post_filter(rig), CHANDRA_CODE_UNSCHEDULABLE);
    assert_string_equal(rig_writes(rig), "");
}

/* A node's labels and existence are those of the attempt's beginning. */
static void
attempt_sees_one_picture_of_the_nodes(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED_ON("n1, n4"));
    rig_pre_filter(rig, "p");
    rig_nodes(rig, "n4");
    rig_remove(rig, "Node", "n1");
    rig_sync(rig);
    assert_true(rig_passes(rig, "*", "n1"));
    assert_int_equal(rig_filter(rig, "n4"), CHANDRA_CODE_UNRESOLVABLE);
    rig_pre_filter(rig, "p");
    assert_true(rig_passes(rig, "*", "n4"));
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_UNRESOLVABLE);
}

static void
unknown_allocation_mode_is_an_error_where_its_turn_comes(void **state)
{
    struct rig *rig = *state;
    struct chandra_nodeset *feasible;

    rig_class(rig, "gpu", "suitableNodes: " ON("n1"));
    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", DELAYED, "");
    rig_claim(rig, "b", "Sometimes", "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_filter(rig, "n2"), CHANDRA_CODE_UNRESOLVABLE);
    assert_int_equal(rig_filter(rig, "n1"), CHANDRA_CODE_ERROR);
    rig_assert_reason(rig, "default/b");
    assert_true(rig_passes(rig, "n2 n3", ""));
    feasible = rig_new_set(rig);
    chandra_cycle_filter_all(rig->cycle, NULL, feasible, &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_ERROR);
    free(feasible);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(allocated_claim_binds_the_pod_to_its_nodes),
        TEST(empty_selector_matches_no_node),
        TEST(class_and_driver_exclude_nodes_of_pending_claims),
        TEST(class_and_answer_do_not_matter_once_allocated),
        TEST(answers_are_found_by_the_entry),
        TEST(every_claim_must_fit),
        TEST(removals_say_which_rule_took_what),
        TEST(why_changes_nothing),
        TEST(attempt_sees_one_picture_of_the_nodes),
        TEST(unknown_allocation_mode_is_an_error_where_its_turn_comes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
