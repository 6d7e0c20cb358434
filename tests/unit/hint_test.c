/* hint_test.c - queueing hints: the rows of both tables, and events that do not matter. */
#include "engine_rig.h"

static int
set_up(void **state)
{
    static struct rig rig;

    rig_open(&rig, NULL);
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

static struct chandra_object *
claim_object(const char *name, const char *status)
{
    char yaml[2048];

    return manifest_object(claim_yaml(yaml, name, DELAYED, status));
}

static struct chandra_object *
context_object(const char *name, const char *more)
{
    char yaml[2048];

    snprintf(yaml, sizeof(yaml),
             "apiVersion: resource.k8s.io/v1alpha2\nkind: PodSchedulingContext\n"
             "metadata: {name: %s, namespace: default}\n%s\n",
             name, more);
    return manifest_object(yaml);
}

/* Ask about an event of pod p; both objects are dropped. */
static enum chandra_code
hint(struct rig *rig, enum chandra_kind kind, struct chandra_object *old_object,
     struct chandra_object *new_object)
{
    struct chandra_object *pod = chandra_engine_get(rig->engine, CHANDRA_KIND_POD, "default", "p");

    chandra_engine_hint(rig->engine, chandra_object_pod(pod), kind, old_object, new_object,
                        &rig->answer);
    chandra_object_unref(pod);
    chandra_object_unref(old_object);
    chandra_object_unref(new_object);
    return rig->answer.code;
}

static void
claim_rows(void **state)
{
    struct rig *rig = *state;
    const enum chandra_kind kind = CHANDRA_KIND_CLAIM;

    assert_int_equal(hint(rig, kind, NULL, context_object("p", "")), CHANDRA_CODE_ERROR);
    assert_int_equal(hint(rig, kind, context_object("p", ""), claim_object("c", "")),
                     CHANDRA_CODE_ERROR);
    assert_int_equal(hint(rig, kind, NULL, claim_object("other", "")), CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, kind, NULL, claim_object("c", "")), CHANDRA_CODE_QUEUE);
    assert_int_equal(hint(rig, kind, claim_object("c", ""), claim_object("c", ALLOCATED)),
                     CHANDRA_CODE_QUEUE);
    /* Lists that are missing and lists that are empty are the same. */
    assert_int_equal(hint(rig, kind, claim_object("c", ALLOCATED),
                          claim_object("c", ALLOCATED ", reservedFor: []")),
                     CHANDRA_CODE_QUEUE_SKIP);
    /* Devices of structured parameters were freed: that may help anybody. */
    assert_int_equal(hint(rig, kind,
                          claim_object("other", "driverName: d, allocation: {resourceHandles: "
                                                "[{structuredData: {nodeName: n1}}]}"),
                          claim_object("other", "")),
                     CHANDRA_CODE_QUEUE);
    /* The uid counts, not the name. */
    assert_int_equal(
        hint(rig, kind, NULL,
             manifest_object("apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                             "metadata: {name: c, namespace: default, uid: uid-new}\n"
                             "spec: {resourceClassName: gpu}\n")),
        CHANDRA_CODE_QUEUE_SKIP);
}

static void
failing_walk_skips(void **state)
{
    struct rig *rig = *state;

    rig_remove(rig, "ResourceClaim", "c");
    rig_sync(rig);
    assert_int_equal(hint(rig, CHANDRA_KIND_CLAIM, NULL, claim_object("c", "")),
                     CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, CHANDRA_KIND_CLAIM, claim_object("c", ""), NULL),
                     CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, CHANDRA_KIND_CONTEXT, NULL,
                          context_object("p", "status: {resourceClaims: [{name: in-c}]}")),
                     CHANDRA_CODE_QUEUE_SKIP);
}

#define ANSWERED "status: {resourceClaims: [{name: in-c}]}"

static void
context_rows(void **state)
{
    struct rig *rig = *state;
    const enum chandra_kind kind = CHANDRA_KIND_CONTEXT;

    assert_int_equal(hint(rig, kind, context_object("p", ""), NULL), CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, kind, claim_object("c", ""), context_object("p", "")),
                     CHANDRA_CODE_ERROR);
    assert_int_equal(hint(rig, kind, NULL, claim_object("c", "")), CHANDRA_CODE_ERROR);
    assert_int_equal(hint(rig, kind, NULL, context_object("q", ANSWERED)), CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, kind, NULL, context_object("p", "")), CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, kind, NULL, context_object("p", ANSWERED)), CHANDRA_CODE_QUEUE);
    assert_int_equal(hint(rig, kind, context_object("p", ""), context_object("p", ANSWERED)),
                     CHANDRA_CODE_QUEUE);
    assert_int_equal(
        hint(rig, kind, context_object("p", "spec: {selectedNode: n1}\n" ANSWERED),
             context_object("p",
                            "spec: {selectedNode: n1}\n"
                            "status: {resourceClaims: [{name: in-c, unsuitableNodes: [n1]}]}")),
        CHANDRA_CODE_QUEUE);
    assert_int_equal(hint(rig, kind, context_object("p", ANSWERED),
                          context_object("p", "status: {resourceClaims: "
                                              "[{name: in-c, unsuitableNodes: [n1]}]}")),
                     CHANDRA_CODE_QUEUE);
    assert_int_equal(hint(rig, kind, context_object("p", ANSWERED), context_object("p", ANSWERED)),
                     CHANDRA_CODE_QUEUE);
}

/* pitfall 39: one driver's answer is not worth an attempt while another's is missing. */
static void
pod_waits_for_every_driver(void **state)
{
    struct rig *rig = *state;

    rig_pod(rig, "p", "c d");
    rig_claim(rig, "d", DELAYED, "");
    assert_int_equal(
        hint(rig, CHANDRA_KIND_CONTEXT, context_object("p", ""), context_object("p", ANSWERED)),
        CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(
        hint(rig, CHANDRA_KIND_CONTEXT, context_object("p", ANSWERED),
             context_object("p", "status: {resourceClaims: [{name: in-c}, {name: in-d}]}")),
        CHANDRA_CODE_QUEUE);
    /* An allocated claim has no answer to wait for. */
    rig_claim(rig, "d", DELAYED, ALLOCATED);
    assert_int_equal(
        hint(rig, CHANDRA_KIND_CONTEXT, context_object("p", ""), context_object("p", ANSWERED)),
        CHANDRA_CODE_QUEUE);
}

/* pitfall 40 */
static void
own_write_does_not_wake_the_pod(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(hint(rig, CHANDRA_KIND_CONTEXT, context_object("p", ANSWERED),
                          context_object("p", "spec: {selectedNode: n1}\n" ANSWERED)),
                     CHANDRA_CODE_QUEUE_SKIP);
}

/* pitfall 43: deletions are not registered; nothing becomes schedulable by them. */
static void
only_additions_and_updates_of_some_kinds_matter(void **state)
{
    struct rig *rig = *state;
    const char *node = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n";
    const char *class_yaml = "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\n"
                             "metadata: {name: gpu}\ndriverName: d\n";

    assert_int_equal(hint(rig, CHANDRA_KIND_NODE, NULL, manifest_object(node)), CHANDRA_CODE_QUEUE);
    assert_int_equal(hint(rig, CHANDRA_KIND_NODE, manifest_object(node), manifest_object(node)),
                     CHANDRA_CODE_QUEUE);
    assert_int_equal(hint(rig, CHANDRA_KIND_NODE, manifest_object(node), NULL),
                     CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, CHANDRA_KIND_CLASS, NULL, manifest_object(class_yaml)),
                     CHANDRA_CODE_QUEUE);
    assert_int_equal(hint(rig, CHANDRA_KIND_CLASS, manifest_object(class_yaml), NULL),
                     CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, CHANDRA_KIND_CLAIM, claim_object("c", ""), NULL),
                     CHANDRA_CODE_QUEUE_SKIP);
    assert_int_equal(hint(rig, CHANDRA_KIND_POD, NULL,
                          manifest_object("apiVersion: v1\nkind: Pod\n"
                                          "metadata: {name: q, namespace: default}\n")),
                     CHANDRA_CODE_QUEUE_SKIP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(claim_rows),
        TEST(failing_walk_skips),
        TEST(context_rows),
        TEST(pod_waits_for_every_driver),
        TEST(own_write_does_not_wake_the_pod),
        TEST(only_additions_and_updates_of_some_kinds_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
