/* sim_gc_test.c - what has lost its owners goes, nothing else does. */
#include "sim_kit.h"

#define OWNER(name, uid) "{'apiVersion':'v1','kind':'Pod','name':'" name "','uid':'" uid "'}"
#define POD(name) \
    "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'" name "','uid':'uid-" name "'}}"
#define CLAIM(owners, meta)                                                                   \
    "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c'," \
    "'ownerReferences':[" owners "]" meta "},'spec':{'resourceClassName':'k'}}"

static void
test_dependents_follow(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, POD("p"));
    load(sim, CLAIM(OWNER("p", "uid-p"), ""));
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'PodSchedulingContext','metadata':{"
              "'name':'p','ownerReferences':[" OWNER("p", "uid-p") "]}}");
    settle_all(sim);
    assert_int_equal(count_writes(sim, "gc", NULL, NULL, NULL), 0);
    request(sim, CHANDRA_DELETE, PODS "/p", NULL);
    settle_all(sim);
    assert_gone(sim, CLAIMS "/c");
    assert_gone(sim, CONTEXTS "/p");
    assert_int_equal(count_writes(sim, "gc", "DELETE", NULL, ""), 2);
    chandra_sim_free(sim);
}

/* pitfall 6: a pod of the same name is another pod */
static void
test_owner_is_told_by_uid(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, POD("p"));
    load(sim, CLAIM(OWNER("p", "before"), ""));
    settle_all(sim);
    assert_gone(sim, CLAIMS "/c");
    chandra_sim_free(sim);
}

static void
test_finalizers_delay_it(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM(OWNER("gone", "u"), ",'finalizers':['x.io/y']"));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "metadata/deletionTimestamp", "2024-06-01T00:00:00Z");
    assert_false(settle(sim));
    chandra_sim_free(sim);
}

static void
test_one_owner_is_enough(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, POD("p"));
    load(sim, CLAIM(OWNER("gone", "u") "," OWNER("p", "uid-p"), ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "metadata/ownerReferences", "[" OWNER("p", "uid-p") "]");
    chandra_sim_free(sim);
}

/* Owners of kinds that are not stored here are taken to be there. */
static void
test_unknown_owners(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim,
         "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','ownerReferences':[{'apiVersion':"
         "'apps/v1','kind':'ReplicaSet','name':'r','uid':'r'}]}}");
    settle_all(sim);
    assert_stored(sim, PODS "/p", "metadata/name", "p");
    chandra_sim_free(sim);
}

/* The order of loading does not matter. */
static void
test_order_of_loading(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM(OWNER("p", "uid-p"), ""));
    load(sim, POD("p"));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "metadata/name", "c");
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dependents_follow),   cmocka_unit_test(test_owner_is_told_by_uid),
        cmocka_unit_test(test_finalizers_delay_it), cmocka_unit_test(test_one_owner_is_enough),
        cmocka_unit_test(test_unknown_owners),      cmocka_unit_test(test_order_of_loading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
