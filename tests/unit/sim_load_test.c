/* sim_load_test.c - manifests as `kubectl apply` would take them, and what is wrong with them. */
#include "sim_kit.h"

static void
test_defaults(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n'}}");
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'}}");
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c',"
         "'namespace':'team'},'spec':{'resourceClassName':'k'}}");
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaimTemplate','metadata':{"
              "'name':'t'},'spec':{'spec':{'resourceClassName':'k'}}}");
    assert_stored(sim, "/api/v1/nodes/n", "metadata/labels", "{'kubernetes.io/hostname':'n'}");
    assert_stored(sim, PODS "/p", "spec/schedulerName", "default-scheduler");
    assert_stored(sim, PODS "/p", "status/phase", "Pending");
    assert_stored(sim, PODS "/p", "metadata/creationTimestamp", "2024-06-01T00:00:00Z");
    assert_stored(sim, DRA "/namespaces/team/resourceclaims/c", "spec/allocationMode",
                  "WaitForFirstConsumer");
    assert_stored(sim, DRA "/namespaces/default/resourceclaimtemplates/t",
                  "spec/spec/allocationMode", "WaitForFirstConsumer");
    assert_stored(sim, "/api/v1/namespaces/team", "status/phase", "Active");
    chandra_sim_free(sim);
}

static void
test_what_is_taken_over(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c',"
         "'uid':'mine','resourceVersion':'77'},'spec':{'resourceClassName':'k'},'status':{"
         "'driverName':'d.io','allocation':{}}}");
    assert_stored(sim, CLAIMS "/c", "metadata/uid", "mine");
    assert_stored(sim, CLAIMS "/c", "status/driverName", "d.io");
    load(sim, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n','labels':{"
              "'kubernetes.io/hostname':'other'}}}");
    assert_stored(sim, "/api/v1/nodes/n", "metadata/labels", "{'kubernetes.io/hostname':'other'}");
    chandra_sim_free(sim);
}

static void
test_update(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim,
         "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','labels':{'a':'1'}},'status':{"
         "'phase':'Running'}}");
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','labels':{'b':'2'}}}");
    assert_stored(sim, PODS "/p", "metadata/labels", "{'b':'2'}");
    assert_stored(sim, PODS "/p", "status/phase", "Running");
    load(sim,
         "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'status':{'phase':'Failed'}}");
    assert_stored(sim, PODS "/p", "status/phase", "Failed");
    chandra_sim_free(sim);
}

static void
test_generated_names(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'generateName':'p-'}}");
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'generateName':'p-'}}");
    assert_at(get(sim, PODS).body, "items/#", "2");
    chandra_sim_free(sim);
}

static void
test_lists(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_error err;

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'List','items':["
              "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'}},"
              "{'apiVersion':'v1','kind':'Service','metadata':{'name':'s'}},"
              "{'apiVersion':'v1','kind':'PodList','items':["
              "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'q'}}]}]}");
    assert_at(get(sim, PODS).body, "items/#", "2");
    assert_int_equal(try_load(sim, "{'apiVersion':'v1','kind':'List','items':[7]}", &err),
                     CHANDRA_EINVAL);
    assert_string_equal(err.message, "test.json:1:43: want an object, got number");
    chandra_sim_free(sim);
}

static void
test_unknown_kinds(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_error err;

    (void)state;
    assert_int_equal(
        try_load(sim, "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d'}}", &err),
        CHANDRA_EUNSUPPORTED);
    assert_string_equal(err.message,
                        "test.json:1:1: the cluster does not store apps/v1 Deployment");
    assert_int_equal(chandra_sim_write_count(sim), 0);
    chandra_sim_free(sim);
}

/* A refusal says where and what. */
static void
check(const char *text, enum chandra_status wanted, const char *message)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_error err;
    const enum chandra_status st = try_load(sim, text, &err);

    if (st != wanted)
        fail_msg("%s: got %s", text, chandra_status_name(st));
    assert_string_equal(err.message, message);
    assert_at(get(sim, "/api/v1/pods").body, "items/#", "0");
    chandra_sim_free(sim);
}

static void
test_bad_manifests(void **state)
{
    (void)state;
    check("[1]", CHANDRA_EINVAL, "test.json:1:1: want an object, got array");
    check("{'kind':'Pod'}", CHANDRA_EINVAL, "test.json:1:1: apiVersion is missing");
    check("{'apiVersion':'v1'}", CHANDRA_EINVAL, "test.json:1:1: kind is missing");
    check("{'apiVersion':'v2','kind':'Pod','metadata':{'name':'p'}}", CHANDRA_EINVAL,
          "test.json:1:15: unknown apiVersion \"v2\" of Pod \"p\", want \"v1\"");
    check("{'apiVersion':'v1','kind':'Pod'}", CHANDRA_EINVAL, "test.json:1:1: metadata is missing");
    check("{'apiVersion':'v1','kind':'Pod','metadata':[]}", CHANDRA_EINVAL,
          "test.json:1:44: metadata: want an object, got array");
    check("{'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaim','metadata':{'name':'c'}}",
          CHANDRA_EINVAL,
          "test.json:1:15: ResourceClaim \"c\" is resource.k8s.io/v1, want "
          "resource.k8s.io/v1alpha2: only "
          "classic DRA is supported");
    check(
        "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c'},\n"
        " 'spec':{'resourceClassName':'Bad_Name'}}",
        CHANDRA_EREJECTED,
        "test.json:2:30: ResourceClaim.resource.k8s.io \"c\" is invalid: spec.resourceClassName: "
        "Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case "
        "alphanumeric characters, '-' or '.'");
    check(
        "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'spec':{\n'resourceClaims':[\n"
        "{'name':'a','source':{}}]}}",
        CHANDRA_EREJECTED,
        "test.json:3:22: Pod \"p\" is invalid: spec.resourceClaims[0].source: Required value: must "
        "specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
}

static void
test_types_are_checked_in_place(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_error err;

    (void)state;
    assert_int_equal(try_load(sim,
                              "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim',\n"
                              "'metadata':{'name':'c'},'spec':{'resourceClassName':['k']}}",
                              &err),
                     CHANDRA_EINVAL);
    assert_memory_equal(err.message, "test.json:2:", 12);
    assert_non_null(strstr(err.message, "spec.resourceClassName"));
    chandra_sim_free(sim);
}

/* A change that the server does not allow. */
static void
test_refused_update(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_error err;

    (void)state;
    load(sim,
         "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':'c'},"
         "'spec':{'resourceClassName':'k'}}");
    assert_int_equal(
        try_load(
            sim,
            "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaim','metadata':{'name':"
            "'c'},'spec':{'resourceClassName':'z'}}",
            &err),
        CHANDRA_EREJECTED);
    assert_string_equal(err.message,
                        "test.json:1:96: ResourceClaim.resource.k8s.io \"c\" is invalid: "
                        "spec: Invalid value: field is immutable");
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),       cmocka_unit_test(test_what_is_taken_over),
        cmocka_unit_test(test_update),         cmocka_unit_test(test_generated_names),
        cmocka_unit_test(test_lists),          cmocka_unit_test(test_unknown_kinds),
        cmocka_unit_test(test_bad_manifests),  cmocka_unit_test(test_types_are_checked_in_place),
        cmocka_unit_test(test_refused_update),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
