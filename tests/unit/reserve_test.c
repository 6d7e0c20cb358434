/* reserve_test.c - PreScore and Reserve: what is to be published, and who has to wait. */
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
pending_pod(struct rig *rig, const char *claims)
{
    char claim[64];
    int used;

    rig_pod(rig, "p", claims);
    for (; sscanf(claims, " %63s%n", claim, &used) == 1; claims += used)
        rig_claim(rig, claim, DELAYED, "");
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_SUCCESS);
}

/* pitfall 18: the writes are PreBind's. pitfall 14 below is the same with one claim allocated. */
static void
one_pending_claim_selects_at_once(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "c");
    assert_int_equal(rig_pre_score(rig, "n2 n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_reserve(rig, "n2"), CHANDRA_CODE_SUCCESS);
    assert_string_equal(rig_writes(rig), "");
    assert_int_equal(rig_pre_bind(rig, "n2"), CHANDRA_CODE_PENDING);
    assert_string_equal(rig_writes(rig), "POST PodSchedulingContext 201");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1, n2], selectedNode: n2}");
}

static void
several_pending_claims_ask_first(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "a b");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n1, n2]}");
    rig_sync(rig);

    /* The next attempt has nothing to add, and waits. */
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n2"), CHANDRA_CODE_PENDING);
    rig_assert_reason(rig, "default/");
}

/* pitfall 13: an entry is an answer, be it empty, old, or about other nodes. */
static void
presence_of_every_answer_selects(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "a b");
    rig_context(rig, "p", "potentialNodes: [n1, n2]", "{name: in-a}");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_assert_reason(rig, "default/b");

    rig_context(rig, "p", "potentialNodes: [n1, n2]",
                "{name: in-a}, {name: in-b, unsuitableNodes: [elsewhere]}");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    assert_string_equal(rig_writes(rig), "PUT PodSchedulingContext 200");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1, n2], selectedNode: n1}");
}

/* pitfall 14 */
static void
allocated_claims_do_not_count(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "a b");
    rig_claim(rig, "a", DELAYED, ALLOCATED);
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    rig_pre_bind(rig, "n1");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n1, n2], selectedNode: n1}");
}

/* pitfall 15: a selection that is out of date stays as it is while drivers have still to answer. */
static void
stale_selection_is_left_alone(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "a b");
    rig_context(rig, "p", "potentialNodes: [n1], selectedNode: n1", "");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n2 n3");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n3"), CHANDRA_CODE_PENDING);
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec",
                      "{potentialNodes: [n2, n3], selectedNode: n1}");
}

static void
selected_already_waits_for_the_allocation(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "c");
    rig_context(rig, "p", "potentialNodes: [n1, n2], selectedNode: n1", "");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_assert_reason(rig, "no answer yet");
    rig_context(rig, "p", "potentialNodes: [n1, n2], selectedNode: n1", "{name: in-c}");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_assert_reason(rig, "not allocated yet");
}

/* pitfall 9 and pitfall 10: for one feasible node, a nominated one say, PreScore is not called. */
static void
single_node_replaces_the_potential_nodes(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "a b");
    assert_int_equal(rig_reserve(rig, "n2"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n2"), CHANDRA_CODE_PENDING);
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n2]}");
    rig_sync(rig);
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n3"), CHANDRA_CODE_PENDING);
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n3]}");
    rig_sync(rig);
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_PENDING);
}

/* PreScore counts as called even when it had nothing to do. */
static void
pre_score_is_remembered(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "a b");
    rig_context(rig, "p", "potentialNodes: [n1, n2]", "");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_PENDING);
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n3"), CHANDRA_CODE_SUCCESS);
}

/* pitfall 12: names that are no longer feasible do not make it worth a write. */
static void
superset_of_the_nodes_is_enough(void **state)
{
    struct rig *rig = *state;

    pending_pod(rig, "a b");
    rig_context(rig, "p", "potentialNodes: [gone, n1, n2, n3]", "");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n3");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_context(rig, "p", "potentialNodes: [n1, n2]", "");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n3");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    rig_pre_bind(rig, "n1");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n1, n3]}");
}

/* How many of the published names differ from `other`, which is updated; checks their order. */
static size_t
published(struct rig *rig, char names[128][8])
{
    struct chandra_object *object =
        chandra_engine_get(rig->engine, CHANDRA_KIND_CONTEXT, "default", "p");
    const struct chandra_context *context = chandra_object_context(object);
    size_t different = 0;

    assert_non_null(context);
    assert_int_equal(chandra_context_potential_count(context), 128);
    for (size_t i = 0; i < 128; i++) {
        const char *name = chandra_context_potential_at(context, i);

        different += strcmp(names[i], name) != 0;
        snprintf(names[i], sizeof(names[i]), "%s", name);
        assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
    }
    chandra_object_unref(object);
    return different;
}

/* pitfall 11: more than 128 nodes are cut down by chance, anew in every attempt, and in order. */
static void
too_many_nodes_are_cut_by_chance(void **state)
{
    struct rig *rig = *state;
    char names[2048] = "", published_names[128][8] = {""};
    size_t len = 0;
    bool is_selected_outside = false;

    for (int i = 0; i < 200; i++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, "m%d ", i);
    rig_nodes(rig, names);
    pending_pod(rig, "c");
    for (int i = 0; i < 20; i++) {
        bool has_m7 = false;

        rig_pre_filter(rig, "p");
        assert_int_equal(rig_pre_score(rig, names), CHANDRA_CODE_SUCCESS);
        assert_int_equal(rig_reserve(rig, "m7"), CHANDRA_CODE_SUCCESS);
        assert_int_equal(rig_pre_bind(rig, "m7"), CHANDRA_CODE_PENDING);
        rig_sync(rig);
        assert_true(published(rig, published_names) > 10);
        for (size_t n = 0; n < 128; n++)
            has_m7 = has_m7 || strcmp(published_names[n], "m7") == 0;
        is_selected_outside = is_selected_outside || !has_m7;
    }
    assert_true(is_selected_outside);
}

static void
nothing_pending_needs_no_context(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n2");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 200");
}

static void
score_has_no_opinion_without_a_policy(void **state)
{
    struct rig *rig = *state;
    int64_t scores[64] = {42};
    struct chandra_nodeset *nodes;

    pending_pod(rig, "c");
    nodes = rig_set(rig, "n1 n2");
    chandra_cycle_score(rig->cycle, nodes, scores, &rig->answer);
    assert_int_equal(rig->answer.code, CHANDRA_CODE_SKIP);
    assert_int_equal(scores[0], 42);
    assert_int_equal(chandra_cycle_suggested(rig->cycle, nodes), CHANDRA_NODESET_END);
    free(nodes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_pending_claim_selects_at_once),
        TEST(several_pending_claims_ask_first),
        TEST(presence_of_every_answer_selects),
        TEST(allocated_claims_do_not_count),
        TEST(stale_selection_is_left_alone),
        TEST(selected_already_waits_for_the_allocation),
        TEST(single_node_replaces_the_potential_nodes),
        TEST(pre_score_is_remembered),
        TEST(superset_of_the_nodes_is_enough),
        TEST(too_many_nodes_are_cut_by_chance),
        TEST(nothing_pending_needs_no_context),
        TEST(score_has_no_opinion_without_a_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
