/* engine_oom_test.c - memory runs out at every allocation of the engine's life in turn. */
#include "engine_rig.h"

#include "base/alloc.h"

static const char *const cluster =
    "apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {kubernetes.io/hostname: n1}}\n"
    "---\napiVersion: v1\nkind: Node\nmetadata: {name: n2, labels: {kubernetes.io/hostname: n2}}\n"
    "---\napiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\nmetadata: {name: gpu}\n"
    "driverName: gpu.example.com\nsuitableNodes: " ON(
        "n1, n2") "\n"
                  "---\napiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                  "metadata: {name: free, namespace: default, uid: uid-free}\n"
                  "spec: {resourceClassName: gpu}\n"
                  "---\napiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                  "metadata: {name: bound, namespace: default, uid: uid-bound}\n"
                  "spec: {resourceClassName: gpu}\n"
                  "status: {" ALLOCATED_ON(
                      "n1") "}\n"
                            "---\napiVersion: v1\nkind: Pod\nmetadata: {name: waits, namespace: "
                            "default, uid: uid-waits}\n"
                            "spec: {resourceClaims: [{name: a, source: {resourceClaimName: free}}, "
                            "{name: b, source: {resourceClaimName: bound}}]}\n"
                            "---\napiVersion: v1\nkind: Pod\nmetadata: {name: binds, namespace: "
                            "default, uid: uid-binds}\n"
                            "spec: {resourceClaims: [{name: b, source: {resourceClaimName: "
                            "bound}}]}\n"
                            "---\napiVersion: resource.k8s.io/v1alpha2\nkind: "
                            "PodSchedulingContext\n"
                            "metadata: {name: waits, namespace: default, ownerReferences: "
                            "[{apiVersion: v1, kind: Pod, name: waits, uid: uid-waits, controller: "
                            "true}]}\n"
                            "spec: {potentialNodes: [n2], selectedNode: n2}\n"
                            "status: {resourceClaims: [{name: a, unsuitableNodes: [n2]}]}\n";

/* Every point in turn, whatever the ones before it answered. Answers say so when memory was short.
 */
static void
attempt(struct rig *rig, const struct chandra_object *object, const char *node)
{
    const struct chandra_pod *pod = chandra_object_pod(object);
    struct chandra_cycle *cycle;
    struct chandra_nodeset *nodes;
    struct chandra_error err;

    chandra_engine_pre_enqueue(rig->engine, pod, &rig->answer);
    if (chandra_cycle_new(rig->engine, pod, &cycle, &err) != CHANDRA_OK) {
        assert_int_equal(err.status, CHANDRA_ENOMEM);
        return;
    }
    chandra_cycle_pre_filter(cycle, &rig->answer);
    if (rig->answer.code == CHANDRA_CODE_ERROR)
        assert_int_equal(rig->answer.status, CHANDRA_ENOMEM);
    nodes = chandra_nodeset_init(malloc(chandra_nodeset_bytes(chandra_cycle_capacity(cycle))),
                                 chandra_cycle_capacity(cycle));
    chandra_cycle_filter_all(cycle, NULL, nodes, &rig->answer);
    if (rig->answer.code == CHANDRA_CODE_ERROR)
        assert_int_equal(rig->answer.status, CHANDRA_ENOMEM);
    chandra_cycle_filter(cycle, "n2", &rig->answer);
    chandra_cycle_pre_score(cycle, nodes, &rig->answer);
    if (rig->answer.code == CHANDRA_CODE_ERROR)
        assert_int_equal(rig->answer.status, CHANDRA_ENOMEM);
    chandra_cycle_reserve(cycle, node, &rig->answer);
    chandra_cycle_pre_bind(cycle, node, &rig->answer);
    chandra_cycle_unreserve(cycle, node);
    chandra_cycle_post_filter(cycle, &rig->answer);
    chandra_cycle_post_bind(cycle, node);
    chandra_cycle_free(cycle);
    free(nodes);
}

/* Both pods' attempts on a fresh cluster, with the allocation `n` after their beginning and all
 * later ones failing; whether they needed more than `n`. */
static bool
attempts_need_more_than(long n)
{
    struct rig rig;
    struct chandra_object *waits, *binds;
    struct chandra_doc *doc;
    bool is_short;

    rig_open(&rig, NULL);
    rig_apply(&rig, cluster);
    waits = chandra_engine_get(rig.engine, CHANDRA_KIND_POD, "default", "waits");
    binds = chandra_engine_get(rig.engine, CHANDRA_KIND_POD, "default", "binds");
    ch_alloc_fail_after(n);
    attempt(&rig, waits, "n1");
    attempt(&rig, binds, "n1");
    is_short = chandra_doc_new(&doc, NULL) != CHANDRA_OK;
    ch_alloc_fail_after(-1);
    if (!is_short)
        chandra_doc_free(doc);

    /* Nothing is broken: with memory the same engine goes on. */
    attempt(&rig, binds, "n1");
    chandra_object_unref(waits);
    chandra_object_unref(binds);
    rig_sync(&rig);
    rig_close(&rig);
    return is_short;
}

static void
attempts_survive(void **state)
{
    long n = 0;

    (void)state;
    while (attempts_need_more_than(n))
        n++;
    assert_true(n > 50);
}

/* What PreBind reserved is given back even if it could not be noted for want of memory. */
static void
no_reservation_is_forgotten(void **state)
{
    struct rig rig;
    bool is_bound = false;

    (void)state;
    for (long n = 0; !is_bound; n++) {
        rig_open(&rig, NULL);
        rig_apply(&rig, cluster);
        rig_pre_filter(&rig, "binds");
        rig_reserve(&rig, "n1");
        ch_alloc_fail_after(n);
        is_bound = rig_pre_bind(&rig, "n1") == CHANDRA_CODE_SUCCESS;
        ch_alloc_fail_after(-1);
        assert_true(is_bound || rig.answer.status == CHANDRA_ENOMEM ||
                    rig.answer.status == CHANDRA_ETRANSIENT);
        chandra_cycle_unreserve(rig.cycle, "n1");
        if (is_bound || rig.answer.status == CHANDRA_ENOMEM)
            rig_assert_stored(&rig, "ResourceClaim", "bound", "status", "{" ALLOCATED_ON("n1") "}");
        rig_close(&rig);
    }
}

/* An engine that cannot be made or started says so, and leaves nothing behind. */
static void
beginning_survives(void **state)
{
    bool is_synced = false;

    (void)state;
    for (long n = 0; !is_synced; n++) {
        struct chandra_sim *sim;
        struct chandra_engine *engine = NULL;
        struct chandra_error err;
        enum chandra_status st;

        RIG_OK(chandra_sim_new(NULL, &sim, &rig_err));
        ch_alloc_fail_after(n);
        st = chandra_engine_new(chandra_sim_transport(sim), NULL, &engine, &err);
        if (st == CHANDRA_OK)
            st = chandra_engine_start(engine, &err);
        ch_alloc_fail_after(-1);
        if (st == CHANDRA_OK)
            is_synced = chandra_engine_is_synced(engine);
        else
            assert_int_equal(st, CHANDRA_ENOMEM);
        chandra_engine_free(engine);
        chandra_sim_free(sim);
        assert_true(n < 10000);
    }
}

/* Changes that arrive while memory is short are made up for later, after a push if not even the
 * timer for another list could be had. */
static void
intake_catches_up(void **state)
{
    (void)state;
    for (long n = 0; n < 400; n += 3) {
        struct rig rig;
        struct chandra_error err;

        rig_open(&rig, NULL);
        rig_claim(&rig, "old", DELAYED, "");
        rig_lag(&rig, cluster);
        rig_remove(&rig, "ResourceClaim", "old");
        ch_alloc_fail_after(n);
        (void)!rig.stage->ops->deliver(rig.stage, &err);
        ch_alloc_fail_after(-1);
        rig_sync(&rig);
        RIG_OK(chandra_engine_start(rig.engine, &rig_err));
        RIG_OK(chandra_sim_advance(rig.sim, 300000, &rig_err));
        rig_sync(&rig);
        assert_int_equal(chandra_engine_count(rig.engine, CHANDRA_KIND_NODE), 2);
        assert_int_equal(chandra_engine_count(rig.engine, CHANDRA_KIND_CLAIM), 2);
        assert_int_equal(chandra_engine_count(rig.engine, CHANDRA_KIND_POD), 2);
        assert_int_equal(chandra_engine_count(rig.engine, CHANDRA_KIND_CLASS), 1);
        assert_int_equal(chandra_engine_count(rig.engine, CHANDRA_KIND_CONTEXT), 1);
        rig_close(&rig);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_survive),
        cmocka_unit_test(no_reservation_is_forgotten),
        cmocka_unit_test(beginning_survives),
        cmocka_unit_test(intake_catches_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
