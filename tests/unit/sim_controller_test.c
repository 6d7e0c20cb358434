/* sim_controller_test.c - the resourceclaim controller: the cases of its own unit test, and what it
 * must never do. */
#include "sim_kit.h"

#define KCM "claim-controller"
#define TEMPLATE                                                                                  \
    "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaimTemplate','metadata':{'name':" \
    "'t'},'spec':{'metadata':{'labels':{'l':'x'},'annotations':{'a':'y'}},"                       \
    "'spec':{'resourceClassName':'k'}}}"
#define CLAIM(name, meta, spec, status)                                                           \
    "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'" name   \
    "','namespace':'default'" meta "},'spec':{'resourceClassName':'k'" spec "},'status':{" status \
    "}}"
#define OWNED \
    ",'ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'p','uid':'u','controller':true}]"
#define POD(spec, status)                                                                      \
    "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'default','uid':'u'}," \
    "'spec':{'resourceClaims':[" spec "]},'status':{'phase':'Pending'" status "}}"
#define BOUND(spec, status)                                                                    \
    "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'default','uid':'u'}," \
    "'spec':{'nodeName':'n','resourceClaims':[" spec "]},'status':{'phase':'Running'" status "}}"
#define BY_TEMPLATE "{'name':'gpu','source':{'resourceClaimTemplateName':'t'}}"
#define BY_NAME "{'name':'gpu','source':{'resourceClaimName':'c'}}"
#define NAMED ",'resourceClaimStatuses':[{'name':'gpu','resourceClaimName':'c'}]"
#define ALLOCATED "'driverName':'d.io','allocation':{'shareable':true}"
#define USERS(list) ALLOCATED ",'reservedFor':[" list "]"
#define USER(name, uid) "{'resource':'pods','name':'" name "','uid':'" uid "'}"

static size_t
kcm_writes(struct chandra_sim *sim)
{
    return count_writes(sim, KCM, NULL, NULL, NULL);
}

/* The name that the pod's status gives. */
static const char *
claim_name(struct chandra_sim *sim, char *out, size_t size)
{
    return dig(get(sim, PODS "/p").body, "status/resourceClaimStatuses/0/resourceClaimName", out,
               size);
}

/* Making claims. */

static void
test_create(void **state)
{
    struct chandra_sim *sim = new_sim();
    char name[128];
    char path[256];

    (void)state;
    load(sim, TEMPLATE);
    load(sim, POD(BY_TEMPLATE, ""));
    settle_all(sim);
    claim_name(sim, name, sizeof(name));
    assert_memory_equal(name, "p-gpu-", 6);
    assert_int_equal(strlen(name), 11);
    snprintf(path, sizeof(path), CLAIMS "/%s", name);
    assert_stored(sim, path, "metadata/generateName", "p-gpu-");
    assert_stored(sim, path, "metadata/labels", "{'l':'x'}");
    assert_stored(sim, path, "metadata/annotations",
                  "{'a':'y','resource.kubernetes.io/pod-claim-name':'gpu'}");
    assert_stored(sim, path, "metadata/ownerReferences",
                  "[{'apiVersion':'v1','kind':'Pod','name':'p','uid':'u','controller':true,"
                  "'blockOwnerDeletion':true}]");
    assert_stored(sim, path, "spec",
                  "{'resourceClassName':'k','allocationMode':'WaitForFirstConsumer'}");
    assert_int_equal(kcm_writes(sim), 2);
    /* nothing more to do */
    assert_false(settle(sim));
    assert_int_equal(kcm_writes(sim), 2);
    chandra_sim_free(sim);
}

static void
test_nothing_to_do(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM("c", OWNED, "", ""));
    load(sim, POD(BY_TEMPLATE, NAMED));
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'plain'}}");
    settle_all(sim);
    assert_int_equal(kcm_writes(sim), 0);
    chandra_sim_free(sim);
}

static void
test_recreate_deleted_claim(void **state)
{
    struct chandra_sim *sim = new_sim();
    char name[128];
    char path[256];

    (void)state;
    load(sim, TEMPLATE);
    load(sim, POD(BY_TEMPLATE, ""));
    settle_all(sim);
    claim_name(sim, name, sizeof(name));
    snprintf(path, sizeof(path), CLAIMS "/%s", name);
    request(sim, CHANDRA_DELETE, path, NULL);
    settle_all(sim);
    assert_gone(sim, path);
    assert_at(get(sim, CLAIMS).body, "items/#", "1");
    assert_string_not_equal(claim_name(sim, (char[128]){0}, 128), name);
    chandra_sim_free(sim);
}

/* Without the template nothing comes of it, until there is one. */
static void
test_missing_template(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, POD(BY_TEMPLATE, ""));
    settle_all(sim);
    assert_int_equal(kcm_writes(sim), 0);
    /* a retry is no reason for the clock to go on, but it comes */
    assert_int_equal(chandra_sim_next_ms(sim, false), -1);
    assert_true(chandra_sim_next_ms(sim, true) > 0);
    load(sim, TEMPLATE);
    advance(sim, 1000);
    assert_at(get(sim, CLAIMS).body, "items/#", "1");
    chandra_sim_free(sim);
}

static void
test_find_existing(void **state)
{
    static const char *const metas[] = {
        OWNED ",'annotations':{'resource.kubernetes.io/pod-claim-name':'gpu'}",
        OWNED,
    };
    static const char *const names[] = {"any", "p-gpu"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct chandra_sim *sim = new_sim();
        char text[1024];

        snprintf(
            text, sizeof(text),
            "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
            "'%s'%s},'spec':{'resourceClassName':'k'}}",
            names[i], metas[i]);
        load(sim, TEMPLATE);
        load(sim, text);
        load(sim, POD(BY_TEMPLATE, ""));
        settle_all(sim);
        assert_string_equal(claim_name(sim, text, sizeof(text)), names[i]);
        assert_at(get(sim, CLAIMS).body, "items/#", "1");
        chandra_sim_free(sim);
    }
}

/* A claim of that name that was made for another pod is not taken; without a template that is an
 * error. A claim of another namespace does not count. */
static void
test_foreign_claims(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, POD(BY_TEMPLATE, NAMED));
    settle_all(sim);
    assert_int_equal(kcm_writes(sim), 0);
    chandra_sim_free(sim);

    sim = new_sim();
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
              "'p-gpu','namespace':'other'" OWNED "},'spec':{'resourceClassName':'k'}}");
    load(sim, TEMPLATE);
    load(sim, POD(BY_TEMPLATE, ""));
    /* before the garbage collector sees that the owner is not there */
    settle(sim);
    assert_at(get(sim, CLAIMS).body, "items/#", "1");
    chandra_sim_free(sim);
}

static void
test_pods_that_need_nothing(void **state)
{
    static const char *const metas[] = {"'uid':'u','finalizers':['x.io/y']", "'uid':'u'"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct chandra_sim *sim = new_sim();
        char text[1024];

        load(sim, TEMPLATE);
        snprintf(
            text, sizeof(text),
            "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p',%s},'spec':{'resourceClaims':"
            "[" BY_TEMPLATE "]}}",
            metas[i]);
        load(sim, text);
        request(sim, CHANDRA_DELETE, PODS "/p", NULL);
        settle_all(sim);
        assert_int_equal(kcm_writes(sim), 0);
        chandra_sim_free(sim);
    }
}

static void
test_long_names_are_cut(void **state)
{
    struct chandra_sim *sim = new_sim();
    char pod[61];
    char text[1024];
    char name[128];

    (void)state;
    memset(pod, 'a', 60);
    pod[60] = '\0';
    load(sim, TEMPLATE);
    snprintf(text, sizeof(text),
             "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'%s'},'spec':{'resourceClaims':["
             "{'name':'bbbbbbbbbbbbbbbbbbbb','source':{'resourceClaimTemplateName':'t'}}]}}",
             pod);
    load(sim, text);
    settle_all(sim);
    dig(get(sim, CLAIMS).body, "items/0/metadata/name", name, sizeof(name));
    assert_true(strlen(name) <= 63);
    /* 60 and 20 of 82 characters, of 57 */
    assert_int_equal(strspn(name, "a"), 41);
    assert_int_equal(name[41], '-');
    assert_int_equal(strspn(name + 42, "b") >= 13, 1);
    chandra_sim_free(sim);
}

static void
test_ignored_entries_need_no_claim(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, TEMPLATE);
    load(sim, POD(BY_TEMPLATE, ",'resourceClaimStatuses':[{'name':'gpu'}]"));
    settle_all(sim);
    assert_int_equal(kcm_writes(sim), 0);
    chandra_sim_free(sim);
}

/* Taking reservations away. */

/* Load a claim with users beside whatever else is there, and let the controller see it. */
static struct chandra_sim *
with_users(const char *pod, const char *spec, const char *users)
{
    struct chandra_sim *sim = new_sim();
    char text[2048];

    snprintf(
        text, sizeof(text),
        "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c',"
        "'uid':'uid-c'},'spec':{'resourceClassName':'k'%s},'status':{" ALLOCATED
        ",'reservedFor':[%s]}}",
        spec, users);
    if (pod)
        load(sim, pod);
    load(sim, text);
    settle_all(sim);
    return sim;
}

/* pitfall 52: a pod that exists keeps its reservation, whether the controller has seen it or not */
static void
test_keep_reservation(void **state)
{
    struct chandra_sim *sim = with_users(POD(BY_NAME, ""), "", USER("p", "u"));

    (void)state;
    assert_stored(sim, CLAIMS "/c", "status/reservedFor/#", "1");
    assert_int_equal(kcm_writes(sim), 0);
    chandra_sim_free(sim);
}

static void
test_clear_reservation(void **state)
{
    struct chandra_sim *sim = with_users(NULL, "", USER("p", "u"));

    (void)state;
    assert_stored(sim, CLAIMS "/c", "status/reservedFor", "(none)");
    assert_stored(sim, CLAIMS "/c", "status/deallocationRequested", "true");
    assert_int_equal(kcm_writes(sim), 1);
    chandra_sim_free(sim);

    /* another pod of the same name */
    sim = with_users(POD(BY_NAME, ""), "", USER("p", "before"));
    assert_stored(sim, CLAIMS "/c", "status/deallocationRequested", "true");
    chandra_sim_free(sim);

    sim = with_users(NULL, ",'allocationMode':'Immediate'", USER("p", "u"));
    assert_stored(sim, CLAIMS "/c", "status", "{" ALLOCATED "}");
    chandra_sim_free(sim);
}

static void
test_clear_reservation_of_finished_pod(void **state)
{
    static const char *const phases[] = {"Succeeded", "Failed"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        char pod[512];
        struct chandra_sim *sim;

        snprintf(pod, sizeof(pod),
                 "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','uid':'u'},'spec':"
                 "{'nodeName':'n','resourceClaims':[" BY_NAME "]},'status':{'phase':'%s'}}",
                 phases[i]);
        sim = with_users(pod, "", USER("p", "u"));
        assert_stored(sim, CLAIMS "/c", "status/deallocationRequested", "true");
        chandra_sim_free(sim);
        sim = with_users(pod, ",'allocationMode':'Immediate'", USER("p", "u"));
        assert_stored(sim, CLAIMS "/c", "status", "{" ALLOCATED "}");
        chandra_sim_free(sim);
    }
}

static void
test_one_of_two_users_goes(void **state)
{
    struct chandra_sim *sim =
        with_users(POD(BY_NAME, ""), "", USER("gone", "g") "," USER("p", "u"));

    (void)state;
    assert_stored(sim, CLAIMS "/c", "status/reservedFor", "[" USER("p", "u") "]");
    assert_stored(sim, CLAIMS "/c", "status/deallocationRequested", "(none)");
    /* the other one follows when it is deleted */
    request(sim, CHANDRA_DELETE, PODS "/p", NULL);
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/deallocationRequested", "true");
    chandra_sim_free(sim);
}

/* pitfall 51: a claim that nobody has used yet is left alone */
static void
test_unused_claim_is_kept(void **state)
{
    struct chandra_sim *sim = with_users(NULL, "", "");

    (void)state;
    assert_stored(sim, CLAIMS "/c", "status", "{" ALLOCATED "}");
    assert_int_equal(kcm_writes(sim), 0);
    chandra_sim_free(sim);
}

static void
test_foreign_users_stop_it(void **state)
{
    struct chandra_sim *sim = with_users(
        NULL, "",
        USER("gone", "g") ",{'apiGroup':'x.io','resource':'things','name':'t','uid':'t'}");

    (void)state;
    assert_stored(sim, CLAIMS "/c", "status/reservedFor/#", "2");
    chandra_sim_free(sim);
}

static void
test_finished_pod_loses_its_own_claim(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM("c", OWNED, "", ""));
    load(sim,
         "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','uid':'u'},'spec':{'nodeName':"
         "'n','resourceClaims':[" BY_TEMPLATE "]},'status':{'phase':'Succeeded'" NAMED "}}");
    settle_all(sim);
    assert_gone(sim, CLAIMS "/c");
    assert_int_equal(count_writes(sim, KCM, "DELETE", "ResourceClaim", ""), 1);
    chandra_sim_free(sim);
}

/* Pods bound past the scheduler. */

static void
test_bound_pod_with_pending_claim(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, BOUND(BY_NAME, ""));
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "spec", "{'selectedNode':'n'}");
    assert_stored(sim, CONTEXTS "/p", "metadata/ownerReferences",
                  "[{'apiVersion':'v1','kind':'Pod','name':'p','uid':'u','controller':true}]");
    assert_int_equal(kcm_writes(sim), 1);
    chandra_sim_free(sim);
}

static void
test_bound_pod_with_another_selection(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM("c", "", "", ""));
    load(sim, BOUND(BY_NAME, ""));
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'PodSchedulingContext','metadata':{"
              "'name':'p'},'spec':{'selectedNode':'m','potentialNodes':['m']}}");
    settle_all(sim);
    assert_stored(sim, CONTEXTS "/p", "spec", "{'selectedNode':'n','potentialNodes':['m']}");
    chandra_sim_free(sim);
}

static void
test_bound_pod_with_allocated_claim(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, CLAIM("c", "", "", ALLOCATED));
    load(sim, BOUND(BY_NAME, ""));
    settle_all(sim);
    assert_stored(sim, CLAIMS "/c", "status/reservedFor", "[" USER("p", "u") "]");
    assert_int_equal(kcm_writes(sim), 1);
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_recreate_deleted_claim),
        cmocka_unit_test(test_missing_template),
        cmocka_unit_test(test_find_existing),
        cmocka_unit_test(test_foreign_claims),
        cmocka_unit_test(test_pods_that_need_nothing),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_ignored_entries_need_no_claim),
        cmocka_unit_test(test_keep_reservation),
        cmocka_unit_test(test_clear_reservation),
        cmocka_unit_test(test_clear_reservation_of_finished_pod),
        cmocka_unit_test(test_one_of_two_users_goes),
        cmocka_unit_test(test_unused_claim_is_kept),
        cmocka_unit_test(test_foreign_users_stop_it),
        cmocka_unit_test(test_finished_pod_loses_its_own_claim),
        cmocka_unit_test(test_bound_pod_with_pending_claim),
        cmocka_unit_test(test_bound_pod_with_another_selection),
        cmocka_unit_test(test_bound_pod_with_allocated_claim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
