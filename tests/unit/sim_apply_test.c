/* sim_apply_test.c - server-side apply and the managers of a PodSchedulingContext's fields. */
#include "sim_kit.h"

#define CONTEXT "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'PodSchedulingContext'"
#define NAMED CONTEXT ",'metadata':{'name':'p','namespace':'default'"

static struct answer
apply_as(struct chandra_sim *sim, const char *manager, bool forced, const char *spec)
{
    char path[256];
    char text[512];

    snprintf(path, sizeof(path), CONTEXTS "/p?fieldManager=%s%s", manager,
             forced ? "&force=true" : "");
    snprintf(text, sizeof(text), NAMED "},'spec':%s}", spec);
    return request_as(sim, CHANDRA_PATCH, path, APPLY, text);
}

static struct answer
put(struct chandra_sim *sim, const char *manager, const char *spec)
{
    char path[256];
    char text[512];

    snprintf(path, sizeof(path), CONTEXTS "/p?fieldManager=%s", manager);
    snprintf(text, sizeof(text), NAMED "},'spec':%s}", spec);
    return request(sim, CHANDRA_PUT, path, text);
}

#define assert_spec(sim, wanted) assert_stored(sim, CONTEXTS "/p", "spec", wanted)

/* pitfall 7: on a missing object an apply makes one, without an owner */
static void
test_apply_creates(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer =
        apply_as(sim, "kube-scheduler", true, "{'selectedNode':'n','potentialNodes':['n']}");

    (void)state;
    assert_int_equal(answer.http_status, 201);
    assert_at(answer.body, "spec", "{'selectedNode':'n','potentialNodes':['n']}");
    assert_at(answer.body, "metadata/ownerReferences", "(none)");
    assert_string_not_equal(dig(answer.body, "metadata/uid", (char[64]){0}, 64), "(none)");
    chandra_sim_free(sim);
}

static void
test_apply_needs_a_manager(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    assert_int_equal(apply_as(sim, "", true, "{}").http_status, 422);
    chandra_sim_free(sim);
}

static void
test_force_takes_fields(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    stage(sim, NAMED "},'spec':{}}");
    assert_int_equal(put(sim, "a", "{'selectedNode':'n','potentialNodes':['n','m']}").http_status,
                     200);
    answer = apply_as(sim, "b", false, "{'selectedNode':'m','potentialNodes':['n','m']}");
    assert_int_equal(answer.http_status, 409);
    assert_at(answer.body, "reason", "Conflict");
    assert_non_null(strstr(answer.body, ".spec.selectedNode"));
    assert_null(strstr(answer.body, ".spec.potentialNodes"));
    assert_int_equal(
        apply_as(sim, "b", true, "{'selectedNode':'m','potentialNodes':['n','m']}").http_status,
        200);
    assert_spec(sim, "{'selectedNode':'m','potentialNodes':['n','m']}");
    /* the same once more: nothing is stored */
    {
        const int64_t revision = revision_of(sim, CONTEXTS "/p");

        apply_as(sim, "b", true, "{'selectedNode':'m','potentialNodes':['n','m']}");
        assert_int_equal(revision_of(sim, CONTEXTS "/p"), revision);
    }
    chandra_sim_free(sim);
}

/* pitfall 3: a list that is left out vanishes, if the manager alone owns it. [T] */
static void
test_fields_left_out_go(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    apply_as(sim, "kube-scheduler", true, "{'selectedNode':'n','potentialNodes':['n']}");
    apply_as(sim, "kube-scheduler", true, "{'potentialNodes':['n','m']}");
    assert_spec(sim, "{'potentialNodes':['n','m']}");
    apply_as(sim, "kube-scheduler", true, "{'selectedNode':'m'}");
    assert_spec(sim, "{'selectedNode':'m'}");
    chandra_sim_free(sim);
}

static void
test_fields_of_others_stay(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage(sim, NAMED "},'spec':{}}");
    put(sim, "a", "{'selectedNode':'n'}");
    /* the same value: both own it */
    apply_as(sim, "b", true, "{'selectedNode':'n','potentialNodes':['n']}");
    apply_as(sim, "b", true, "{'potentialNodes':['n']}");
    assert_spec(sim, "{'selectedNode':'n','potentialNodes':['n']}");
    /* a PUT takes what it changes, even from an apply of the same name */
    apply_as(sim, "b", true, "{'selectedNode':'m','potentialNodes':['n']}");
    put(sim, "b", "{'selectedNode':'k','potentialNodes':['n']}");
    apply_as(sim, "b", true, "{'potentialNodes':['n']}");
    assert_spec(sim, "{'selectedNode':'k','potentialNodes':['n']}");
    chandra_sim_free(sim);
}

/* A stage's apply resets the owners, so nothing goes. */
static void
test_stage_resets_owners(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    apply_as(sim, "b", true, "{'selectedNode':'n','potentialNodes':['n']}");
    stage(sim, NAMED "},'spec':{'selectedNode':'n','potentialNodes':['n']}}");
    apply_as(sim, "b", true, "{'potentialNodes':['m']}");
    assert_spec(sim, "{'selectedNode':'n','potentialNodes':['m']}");
    chandra_sim_free(sim);
}

/* pitfall 4: the empty string is sent, and clears */
static void
test_empty_text_clears(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage(sim, NAMED "},'spec':{'selectedNode':'n','potentialNodes':['n']}}");
    apply_as(sim, "b", true, "{'selectedNode':'','potentialNodes':['n']}");
    assert_spec(sim, "{'potentialNodes':['n']}");
    chandra_sim_free(sim);
}

static void
test_status_of_pods(void **state)
{
    static const char path[] = PODS "/p/status?fieldManager=ResourceClaimController&force=true";
    struct chandra_sim *sim = new_sim();

    (void)state;
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'spec':{'resourceClaims':["
              "{'name':'a','source':{'resourceClaimTemplateName':'t'}},"
              "{'name':'b','source':{'resourceClaimTemplateName':'t'}}]}}");
    assert_int_equal(
        request_as(sim, CHANDRA_PATCH, path, APPLY,
                   "{'status':{'resourceClaimStatuses':[{'name':'a','resourceClaimName':"
                   "'p-a'}]}}")
            .http_status,
        200);
    assert_int_equal(request_as(sim, CHANDRA_PATCH, path, APPLY,
                                "status:\n  resourceClaimStatuses:\n  - name: b\n    "
                                "resourceClaimName: p-b\n")
                         .http_status,
                     200);
    assert_stored(
        sim, PODS "/p", "status/resourceClaimStatuses",
        "[{'name':'a','resourceClaimName':'p-a'},{'name':'b','resourceClaimName':'p-b'}]");
    assert_int_equal(request_as(sim, CHANDRA_PATCH, path, APPLY,
                                "{'status':{'resourceClaimStatuses':[{'name':'z'}]}}")
                         .http_status,
                     422);
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_creates),         cmocka_unit_test(test_apply_needs_a_manager),
        cmocka_unit_test(test_force_takes_fields),    cmocka_unit_test(test_fields_left_out_go),
        cmocka_unit_test(test_fields_of_others_stay), cmocka_unit_test(test_stage_resets_owners),
        cmocka_unit_test(test_empty_text_clears),     cmocka_unit_test(test_status_of_pods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
