/* unreserve_test.c - reservations: made in PreBind, given back in Unreserve. */
#include "disguise.h"
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

#define SHAREABLE "driverName: gpu.example.com, allocation: {shareable: true}"

static void
reserve(struct rig *rig, const char *pod, const char *node)
{
    assert_int_equal(rig_pre_filter(rig, pod), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_reserve(rig, node), CHANDRA_CODE_SUCCESS);
}

/* pitfall 21 and pitfall 22: no resourceVersion, and one element merged: what others reserved in
 * the meantime stays, and the new entry comes first. */
static void
reservation_leaves_others_alone(void **state)
{
    struct rig *rig = *state;
    char yaml[2048];

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, SHAREABLE);
    reserve(rig, "p", "n1");
    rig_lag(rig, claim_yaml(yaml, "c", DELAYED, SHAREABLE ", " RESERVED_FOR("q")));
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 200");
    rig_assert_stored(rig, "ResourceClaim", "c", "status",
                      "{" SHAREABLE ", reservedFor: [{resource: pods, name: p, uid: uid-p}, "
                      "{resource: pods, name: q, uid: uid-q}]}");
    chandra_cycle_unreserve(rig->cycle, "n1");
    rig_assert_stored(rig, "ResourceClaim", "c", "status",
                      "{" SHAREABLE ", " RESERVED_FOR("q") "}");
}

static void
reserved_already_needs_no_write(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", IMMEDIATE, ALLOCATED ", " RESERVED_FOR("p"));
    reserve(rig, "p", "n1");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_string_equal(rig_writes(rig), "");
}

/* pitfall 23: nobody but the server counts the users. */
static void
thirty_third_user_fails_in_pre_bind(void **state)
{
    struct rig *rig = *state;
    char status[4096], yaml[8192];
    size_t len = (size_t)snprintf(status, sizeof(status), SHAREABLE ", reservedFor: [");

    for (int i = 0; i < 32; i++)
        len += (size_t)snprintf(status + len, sizeof(status) - len,
                                "%s{resource: pods, name: q%d, uid: uid-q%d}", i ? ", " : "", i, i);
    snprintf(yaml, sizeof(yaml),
             "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
             "metadata: {name: c, namespace: default, uid: uid-c}\n"
             "spec: {resourceClassName: gpu}\nstatus: {%s]}\n",
             status);
    rig_apply(rig, yaml);
    rig_pod(rig, "p", "c");
    reserve(rig, "p", "n1");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_EREJECTED);
    rig_assert_reason(rig, "claim default/c");
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 422");
}

/* pitfall 24: the loser of a race is told 422, gives up, and is told "in use" the next time. */
static void
loser_of_a_race_is_rejected(void **state)
{
    struct rig *rig = *state;
    char yaml[2048];

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    reserve(rig, "p", "n1");
    rig_lag(rig, claim_yaml(yaml, "c", DELAYED, ALLOCATED ", " RESERVED_FOR("q")));
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_EREJECTED);
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 422");
    rig_sync(rig);
    assert_int_equal(rig_pre_filter(rig, "p"), CHANDRA_CODE_UNRESOLVABLE);
}

/* pitfall 25: the patch names the uid. pitfall 46: nor can a claim be reserved that was freed. */
static void
claim_that_is_another_one_by_now_is_rejected(void **state)
{
    struct rig *rig = *state;
    char yaml[2048];

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    reserve(rig, "p", "n1");
    rig_lag(rig, "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                 "metadata: {name: c, namespace: default, uid: uid-other}\n"
                 "spec: {resourceClassName: gpu}\nstatus: {" SHAREABLE "}\n");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_EREJECTED);

    rig_lag(rig, claim_yaml(yaml, "c", DELAYED, ""));
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_EREJECTED);

    rig_remove(rig, "ResourceClaim", "c");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_ENOTFOUND);
}

/* pitfall 47: all claims or none; what was reserved before the failure is given back. */
static void
first_failure_ends_the_reserving(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "a b c");
    rig_claim(rig, "a", DELAYED, ALLOCATED);
    rig_claim(rig, "b", DELAYED, ALLOCATED);
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    reserve(rig, "p", "n1");
    rig_remove(rig, "ResourceClaim", "b");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    rig_assert_reason(rig, "default/b");
    assert_string_equal(rig_writes(rig),
                        "PATCH ResourceClaim/status 200, PATCH ResourceClaim/status 404");
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 200");
    rig_assert_stored(rig, "ResourceClaim", "a", "status", "{" ALLOCATED "}");
    rig_assert_stored(rig, "ResourceClaim", "c", "status", "{" ALLOCATED "}");
}

/* The answer is lost on its way: the reservation that may have been made is given back all the
 * same, or pods that need the same two claims wait for each other for ever. */
static void
reservation_without_an_answer_is_given_back(void **state)
{
    const struct chandra_sim_fault fault = {.size = sizeof(fault),
                                            .method = "PATCH",
                                            .drop = true,
                                            .after_effect = true,
                                            .retry_after_s = -1,
                                            .count = 1};
    struct rig *rig = *state;

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    reserve(rig, "p", "n1");
    RIG_OK(chandra_sim_add_fault(rig->sim, &fault, &rig_err));
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig->answer.status, CHANDRA_ETRANSIENT);
    chandra_cycle_unreserve(rig->cycle, "n1");
    rig_assert_stored(rig, "ResourceClaim", "c", "status", "{" ALLOCATED "}");
}

/* A server that says yes and means no: nothing may be bound to that. */
static void
answer_without_the_reservation_is_an_error(void **state)
{
    struct disguise disguise = {
        .base = {&disguise_ops},
        .path = "/status",
        .http_status = 200,
        .body = "{\"apiVersion\": \"resource.k8s.io/v1alpha2\", \"kind\": \"ResourceClaim\", "
                "\"metadata\": {\"name\": \"c\", \"namespace\": \"default\"}, \"status\": "
                "{\"allocation\": {}}}"};
    struct rig rig = {0};

    (void)state;
    RIG_OK(chandra_sim_new(NULL, &rig.sim, &rig_err));
    rig.stage = chandra_sim_stage(rig.sim);
    disguise.inner = chandra_sim_transport(rig.sim);
    RIG_OK(chandra_engine_new(&disguise.base, NULL, &rig.engine, &rig_err));
    RIG_OK(chandra_engine_start(rig.engine, &rig_err));
    rig_nodes(&rig, "n1");
    rig_pod(&rig, "p", "c");
    rig_claim(&rig, "c", DELAYED, ALLOCATED);
    reserve(&rig, "p", "n1");
    assert_int_equal(rig_pre_bind(&rig, "n1"), CHANDRA_CODE_ERROR);
    assert_int_equal(rig.answer.status, CHANDRA_EAPI);
    rig_assert_reason(&rig, "not reserved for the pod");
    chandra_cycle_unreserve(rig.cycle, "n1");
    assert_int_equal(disguise.asked, 2);
    rig_close(&rig);
}

/* pitfall 45: an allocation that the cache has not seen does no harm. */
static void
unseen_allocation_only_costs_an_attempt(void **state)
{
    struct rig *rig = *state;
    char yaml[2048];

    rig_pod(rig, "p", "c");
    rig_claim(rig, "c", DELAYED, "");
    rig_context(rig, "p", "potentialNodes: [n1], selectedNode: n1", "{name: in-c}");
    rig_lag(rig, claim_yaml(yaml, "c", DELAYED, ALLOCATED_ON("n1") ", " RESERVED_FOR("p")));
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_PENDING);
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "");
    rig_sync(rig);
    reserve(rig, "p", "n1");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_SUCCESS);
}

/* pitfall 48: two entries that name one claim count twice, and one reservation serves both. */
static void
claim_named_twice_counts_twice(void **state)
{
    struct rig *rig = *state;

    rig_pod_with(rig, "p",
                 "{name: x, source: {resourceClaimName: c}}, "
                 "{name: y, source: {resourceClaimName: c}}",
                 "");
    rig_claim(rig, "c", DELAYED, "");
    rig_pre_filter(rig, "p");
    assert_int_equal(chandra_cycle_claim_count(rig->cycle), 2);
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n1]}");
    rig_writes(rig);
    rig_claim(rig, "c", DELAYED, ALLOCATED);
    reserve(rig, "p", "n1");
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_SUCCESS);
    assert_string_equal(rig_writes(rig),
                        "PATCH ResourceClaim/status 200, PATCH ResourceClaim/status 200");
    rig_assert_stored(rig, "ResourceClaim", "c", "status",
                      "{" ALLOCATED ", " RESERVED_FOR("p") "}");
}

/* pitfall 26: the driver's reservations too, or two pods wait for each other for ever.
 * pitfall 27: but never the allocation. */
static void
every_reservation_of_the_pod_is_given_back(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "x y");
    rig_claim(rig, "x", DELAYED, ALLOCATED_ON("n1") ", " RESERVED_FOR("p"));
    rig_claim(rig, "y", DELAYED, "");
    rig_context(rig, "p", "potentialNodes: [n1], selectedNode: n1", "{name: in-y}");
    rig_pre_filter(rig, "p");
    assert_int_equal(rig_reserve(rig, "n1"), CHANDRA_CODE_PENDING);
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 200");
    rig_assert_stored(rig, "ResourceClaim", "x", "status", "{" ALLOCATED_ON("n1") "}");
    chandra_cycle_unreserve(rig->cycle, "n1");
    rig_assert_stored(rig, "ResourceClaim", "x", "status", "{" ALLOCATED_ON("n1") "}");
}

/* pitfall 28: another plugin's Reserve failed first; what PreScore found is still worth telling. */
static void
unreserve_copes_without_reserve(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", DELAYED, "");
    rig_claim(rig, "b", DELAYED, "");
    rig_pre_filter(rig, "p");
    rig_pre_score(rig, "n1 n3");
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "POST PodSchedulingContext 201");
    rig_assert_stored(rig, "PodSchedulingContext", "p", "spec", "{potentialNodes: [n1, n3]}");
}

static void
failing_unreserve_is_only_logged(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "a b");
    rig_claim(rig, "a", DELAYED, ALLOCATED ", " RESERVED_FOR("p"));
    rig_claim(rig, "b", DELAYED, ALLOCATED ", " RESERVED_FOR("p"));
    reserve(rig, "p", "n1");
    rig_fault(rig, "PATCH", "resourceclaims/a", 500, 1);
    chandra_cycle_unreserve(rig->cycle, "n1");
    assert_string_equal(rig_writes(rig), "PATCH ResourceClaim/status 200");
    rig_assert_stored(rig, "ResourceClaim", "b", "status", "{" ALLOCATED "}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reservation_leaves_others_alone),
        TEST(reserved_already_needs_no_write),
        TEST(thirty_third_user_fails_in_pre_bind),
        TEST(loser_of_a_race_is_rejected),
        TEST(claim_that_is_another_one_by_now_is_rejected),
        TEST(first_failure_ends_the_reserving),
        TEST(reservation_without_an_answer_is_given_back),
        cmocka_unit_test(answer_without_the_reservation_is_an_error),
        TEST(unseen_allocation_only_costs_an_attempt),
        TEST(claim_named_twice_counts_twice),
        TEST(every_reservation_of_the_pod_is_given_back),
        TEST(unreserve_copes_without_reserve),
        TEST(failing_unreserve_is_only_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
