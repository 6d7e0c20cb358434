/* sim_patch_test.c - strategic merge and JSON merge patches, as far as Kubernetes' clients use
 * them. */
#include "sim_kit.h"

#define POD "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','uid':'u'"

static struct answer
patch(struct chandra_sim *sim, const char *path, const char *type, const char *text)
{
    return request_as(sim, CHANDRA_PATCH, path, type, text);
}

/* Apply a patch to a pod's metadata and spec and compare a part of the result. */
static void
check(const char *before, const char *type, const char *text, const char *path, const char *wanted)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    stage(sim, before);
    answer = patch(sim, PODS "/p", type, text);
    if (answer.http_status != 200)
        fail_msg("%s: %d %s", text, answer.http_status, answer.body);
    assert_at(answer.body, path, wanted);
    chandra_sim_free(sim);
}

static void
test_objects_merge(void **state)
{
    (void)state;
    check(POD ",'labels':{'a':'1','b':'2'}}}", SMP, "{'metadata':{'labels':{'b':null,'c':'3'}}}",
          "metadata/labels", "{'a':'1','c':'3'}");
    check(POD ",'labels':{'a':'1'}}}", SMP, "{'metadata':{'labels':{'$patch':'replace','c':'3'}}}",
          "metadata/labels", "{'c':'3'}");
    check(POD ",'labels':{'a':'1'}}}", SMP, "{'metadata':{'labels':{'$patch':'delete'}}}",
          "metadata/labels", "(none)");
    check(POD ",'labels':{'a':'1','b':'2'}}}", SMP,
          "{'metadata':{'labels':{'$retainKeys':['b','c'],'c':'3'}}}", "metadata/labels",
          "{'b':'2','c':'3'}");
    check(POD "}}", SMP, "{'metadata':{'labels':{'a':'1'}}}", "metadata/labels", "{'a':'1'}");
}

static void
test_lists_merge_by_key(void **state)
{
    static const char before[] = POD "},'status':{},'spec':{'containers':["
                                     "{'name':'a','image':'1'},{'name':'b','image':'1'}]}}";

    (void)state;
    check(before, SMP,
          "{'spec':{'$setElementOrder/containers':[{'name':'a'}],"
          "'containers':[{'name':'b','image':'2'}]}}",
          "spec/containers", "[{'name':'a','image':'1'},{'name':'b','image':'2'}]");
    check(before, SMP, "{'spec':{'containers':[{'name':'c','image':'3'}]}}", "spec/containers",
          "[{'name':'c','image':'3'},{'name':'a','image':'1'},{'name':'b','image':'1'}]");
    check(before, SMP, "{'spec':{'containers':[{'$patch':'delete','name':'a'}]}}",
          "spec/containers", "[{'name':'b','image':'1'}]");
    check(before, SMP, "{'spec':{'containers':[{'$patch':'replace'},{'name':'z'}]}}",
          "spec/containers", "[{'name':'z'}]");
}

static void
test_other_lists_are_replaced(void **state)
{
    (void)state;
    check(POD "},'spec':{'tolerations':[{'key':'a'}]}}", SMP,
          "{'spec':{'tolerations':[{'key':'b'}]}}", "spec/tolerations", "[{'key':'b'}]");
    check(POD ",'finalizers':['a.io/x']}}", SMP, "{'metadata':{'finalizers':['b.io/y','a.io/x']}}",
          "metadata/finalizers", "['b.io/y','a.io/x']");
    check(POD ",'finalizers':['a.io/x','b.io/y']}}", SMP,
          "{'metadata':{'$deleteFromPrimitiveList/finalizers':['a.io/x']}}", "metadata/finalizers",
          "['b.io/y']");
}

static void
test_json_merge(void **state)
{
    (void)state;
    check(POD ",'labels':{'a':'1','b':'2'}}}", MERGE, "{'metadata':{'labels':{'b':null,'c':'3'}}}",
          "metadata/labels", "{'a':'1','c':'3'}");
    check(POD "},'spec':{'containers':[{'name':'a'},{'name':'b'}]}}", MERGE,
          "{'spec':{'containers':[{'name':'c'}]}}", "spec/containers", "[{'name':'c'}]");
    check(POD ",'labels':{'a':'1'}}}", MERGE, "{'metadata':{'annotations':{'n':'x'}}}",
          "metadata/annotations", "{'n':'x'}");
}

static void
test_bad_patches(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage(sim, POD "},'spec':{'containers':[{'name':'a'}]}}");
    assert_int_equal(patch(sim, PODS "/p", SMP, "[]").http_status, 400);
    assert_int_equal(patch(sim, PODS "/p", MERGE, "7").http_status, 400);
    assert_int_equal(patch(sim, PODS "/p", SMP, "{'metadata':{'$patch':'melt'}}").http_status, 400);
    assert_int_equal(
        patch(sim, PODS "/p", SMP, "{'spec':{'containers':[{'image':'x'}]}}").http_status, 400);
    assert_int_equal(patch(sim, PODS "/p", SMP, "{'metadata':{'name':'q'}}").http_status, 400);
    assert_int_equal(patch(sim, PODS "/p", "text/plain", "{}").http_status, 415);
    assert_stored(sim, PODS "/p", "spec/containers", "[{'name':'a'}]");
    chandra_sim_free(sim);
}

/* A patch of the whole object leaves the status alone, and the other way round. */
static void
test_subresources(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    stage(sim, POD "},'spec':{},'status':{'phase':'Pending'}}");
    assert_int_equal(
        patch(sim, PODS "/p", SMP, "{'metadata':{'labels':{'a':'b'}},'status':{'phase':'Failed'}}")
            .http_status,
        200);
    assert_stored(sim, PODS "/p", "status/phase", "Pending");
    assert_stored(sim, PODS "/p", "metadata/labels/a", "b");
    assert_int_equal(patch(sim, PODS "/p/status", SMP,
                           "{'metadata':{'labels':{'a':'z'}},'status':{'phase':'Running',"
                           "'conditions':[{'type':'PodScheduled','status':'False'}]}}")
                         .http_status,
                     200);
    assert_stored(sim, PODS "/p", "status/phase", "Running");
    assert_stored(sim, PODS "/p", "metadata/labels/a", "b");
    assert_int_equal(patch(sim, PODS "/p/status", SMP,
                           "{'status':{'conditions':[{'type':'Ready','status':'True'},"
                           "{'type':'PodScheduled','status':'True'}]}}")
                         .http_status,
                     200);
    assert_stored(sim, PODS "/p", "status/conditions",
                  "[{'type':'Ready','status':'True'},{'type':'PodScheduled','status':'True'}]");
    chandra_sim_free(sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_merge),
        cmocka_unit_test(test_lists_merge_by_key),
        cmocka_unit_test(test_other_lists_are_replaced),
        cmocka_unit_test(test_json_merge),
        cmocka_unit_test(test_bad_patches),
        cmocka_unit_test(test_subresources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
