/* record_compare_test.c - how answers and objects are compared: what is dropped, what counts, and
 * what a replay says of a difference.
 */
#include "base/alloc.h"
#include "record/record.h"
#include "record_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* A text in which ' stands for ". */
static struct chandra_doc *
parse(const char *text)
{
    struct chandra_doc *doc = NULL;
    struct ch_buf buf = {0};
    struct chandra_error err;

    for (; *text; text++)
        ch_buf_putc(&buf, *text == '\'' ? '"' : *text);
    if (chandra_doc_parse_json(buf.text, buf.len, "test", NULL, &doc, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    ch_buf_clear(&buf);
    return doc;
}

static bool
objects_equal(const char *one, const char *other)
{
    struct chandra_doc *a = parse(one);
    struct chandra_doc *b = parse(other);
    struct chandra_value *left = ch_normalize(a, chandra_doc_root(a, 0));
    struct chandra_value *right = ch_normalize(b, chandra_doc_root(b, 0));
    bool equal;

    assert_non_null(left);
    assert_non_null(right);
    equal = chandra_value_equal(left, right);
    chandra_doc_free(a);
    chandra_doc_free(b);
    return equal;
}

static void
what_servers_set_is_dropped(void **state)
{
    (void)state;
    assert_true(objects_equal("{'kind': 'ResourceClaim', 'metadata': {'name': 'a'}}",
                              "{'metadata': {'resourceVersion': '7', 'managedFields': [{}], "
                              "'generation': 3, 'selfLink': '/a', 'creationTimestamp': 'now', "
                              "'deletionGracePeriodSeconds': 0, 'name': 'a'}, "
                              "'kind': 'ResourceClaim'}"));
    assert_false(objects_equal("{'metadata': {'uid': 'a'}}", "{'metadata': {'uid': 'b'}}"));
    assert_false(objects_equal("{'spec': {'generation': 1}}", "{'spec': {'generation': 2}}"));
}

static void
what_the_api_omits_is_dropped(void **state)
{
    (void)state;
    assert_true(
        objects_equal("{'spec': {'a': null, 'b': [], 'c': {}, 'd': '', 'e': {'f': {}}}}", "{}"));
    assert_false(objects_equal("{'spec': {'a': false}}", "{}"));
    assert_false(objects_equal("{'spec': {'a': 0}}", "{}"));
    assert_false(objects_equal("{'spec': {'values': ['']}}", "{'spec': {'values': []}}"));
    assert_false(objects_equal("{'spec': {'terms': [{}]}}", "{'spec': {}}"));
}

static void
presence_of_an_allocation_counts(void **state)
{
    (void)state;
    assert_false(objects_equal("{'status': {'allocation': {}}}", "{}"));
    assert_true(objects_equal("{'status': {'allocation': {'resourceHandles': []}}}",
                              "{'status': {'allocation': {}}}"));
    assert_true(objects_equal("{'status': {'allocation': null}}", "{}"));
}

static void
deletions_are_all_alike(void **state)
{
    (void)state;
    assert_true(objects_equal("{'metadata': {'deletionTimestamp': '2024-01-01T00:00:00Z'}}",
                              "{'metadata': {'deletionTimestamp': '2025-01-01T00:00:00Z'}}"));
    assert_false(
        objects_equal("{'metadata': {'deletionTimestamp': '2024-01-01T00:00:00Z'}}", "{}"));
}

static void
sets_have_no_order(void **state)
{
    (void)state;
    assert_true(objects_equal("{'status': {'reservedFor': [{'uid': 'a'}, {'uid': 'b'}]}}",
                              "{'status': {'reservedFor': [{'uid': 'b'}, {'uid': 'a'}]}}"));
    assert_true(objects_equal("{'status': {'resourceClaims': [{'name': 'a'}, {'name': 'b'}]}}",
                              "{'status': {'resourceClaims': [{'name': 'b'}, {'name': 'a'}]}}"));
    assert_false(objects_equal("{'spec': {'potentialNodes': ['a', 'b']}}",
                               "{'spec': {'potentialNodes': ['b', 'a']}}"));
    assert_false(objects_equal("{'status': {'resourceClaims': [{'name': 'a', 'unsuitableNodes': "
                               "['x', 'y']}]}}",
                               "{'status': {'resourceClaims': [{'name': 'a', 'unsuitableNodes': "
                               "['y', 'x']}]}}"));
}

static bool
answers_equal(const char *want, const char *got, bool strict)
{
    struct chandra_doc *a = parse(want);
    struct chandra_doc *b = parse(got);
    const bool equal = ch_answers_equal(ch_normalize_answer(a, chandra_doc_root(a, 0)),
                                        ch_normalize_answer(b, chandra_doc_root(b, 0)), strict);

    chandra_doc_free(a);
    chandra_doc_free(b);
    return equal;
}

static void
answers_compare_what_is_wanted(void **state)
{
    (void)state;
    assert_true(answers_equal("{'code': 'Success'}", "{'code': 'Success'}", true));
    assert_false(answers_equal("{'code': 'Success'}", "{'code': 'Skip'}", false));
    assert_true(answers_equal("{'codes': {'a': 'Success', 'b': 'Error'}}",
                              "{'codes': {'b': 'Error'}}", false));
    assert_true(answers_equal("{}", "{'codes': {}}", false));
    assert_false(answers_equal("{}", "{'codes': {'b': 'Error'}}", false));
    assert_true(
        answers_equal("{'code': 'Success'}", "{'code': 'Success', 'scores': {'a': 1}}", false));
    assert_false(answers_equal("{'code': 'Success', 'scores': {'a': 2}}",
                               "{'code': 'Success', 'scores': {'a': 1}}", false));
    assert_false(
        answers_equal("{'code': 'Success', 'nodes': ['a']}", "{'code': 'Success'}", false));
}

static void
reasons_count_only_when_strict(void **state)
{
    (void)state;
    assert_true(answers_equal("{'code': 'Error', 'reasons': ['a']}",
                              "{'code': 'Error', 'reasons': ['b']}", false));
    assert_false(answers_equal("{'code': 'Error', 'reasons': ['a']}",
                               "{'code': 'Error', 'reasons': ['b']}", true));
    assert_true(answers_equal("{'code': 'Error'}", "{'code': 'Error', 'reasons': ['b']}", true));
    assert_true(answers_equal("{'codes': {'a': 'Error'}, 'reasons': ['a: x', 'b: y']}",
                              "{'codes': {'a': 'Error'}, 'reasons': ['b: y', 'a: x']}", true));
}

static void
changes_have_no_order(void **state)
{
    static const char a[] = "{'kind': 'ResourceClaim', 'metadata': {'name': 'a'}}";
    static const char b[] = "{'kind': 'ResourceClaim', 'metadata': {'name': 'b'}}";
    char want[256];
    char got[256];

    (void)state;
    snprintf(want, sizeof(want), "{'changed': [%s, %s], 'deleted': ['x', 'y']}", a, b);
    snprintf(got, sizeof(got), "{'changed': [%s, %s], 'deleted': ['y', 'x']}", b, a);
    assert_true(answers_equal(want, got, false));
    snprintf(got, sizeof(got), "{'changed': [%s], 'deleted': ['y', 'x']}", b);
    assert_false(answers_equal(want, got, false));
    snprintf(got, sizeof(got), "{'changed': [%s, %s]}", b, a);
    assert_false(answers_equal(want, got, false));
}

/* Replays of whole cases. */

#define CASE                                                                                    \
    "record: 1\nname: a\napi: resource.k8s.io/v1alpha2\n---\n"                                  \
    "apply: {apiVersion: v1, kind: Node, metadata: {name: n1}}\n---\n"                          \
    "apply: {apiVersion: v1, kind: Pod, metadata: {namespace: x, name: p, uid: u1},\n"          \
    "    spec: {resourceClaims: [{name: c, source: {resourceClaimName: c}}]}}\n---\n"           \
    "apply: {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: k},\n" \
    "    driverName: d.example.com}\n---\n"                                                     \
    "apply: {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"                      \
    "    metadata: {namespace: x, name: c}, spec: {resourceClassName: k,\n"                     \
    "    allocationMode: WaitForFirstConsumer}}\n---\n"

static struct chandra_replay_result
replay(struct record_world *world, const char *text)
{
    const struct chandra_replay_options options = record_world_options(world);
    struct chandra_replay_result result = {0};
    struct chandra_error err;

    *world = (struct record_world){0};
    if (chandra_replay_text(text, strlen(text), "r.yaml", &options, &result, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return result;
}

static void
differences_are_told(void **state)
{
    struct record_world world;
    const struct chandra_replay_result result = replay(
        &world, CASE "{call: PreFilter, pod: x/p, want: {code: Skip}}\n---\n"
                     "{call: Filter, pod: x/p, nodes: \"*\", want: {codes: {n1: Error}}}\n---\n"
                     "{call: PreEnqueue, pod: x/p, want: {code: Success}}\n");

    (void)state;
    assert_int_equal(result.failed, 1); /* cases, not steps */
    assert_int_equal(result.passed, 0);
    assert_int_equal(world.failure_count, 2);
    assert_non_null(strstr(world.failures, "r.yaml:17 a: PreFilter x/p want {\"code\":\"Skip\"} "
                                           "got {\"code\":\"Success\"}"));
    assert_non_null(strstr(world.failures, "Filter x/p want {\"codes\":{\"n1\":\"Error\"}}"));
}

static void
points_without_pre_filter_find_nothing(void **state)
{
    struct record_world world;
    const struct chandra_replay_result result = replay(
        &world, CASE "{call: Filter, pod: x/p, nodes: [n1], want: {codes: {n1: Error}}}\n---\n"
                     "{call: PreScore, pod: x/p, nodes: \"*\", want: {code: Error}}\n---\n"
                     "{call: Reserve, pod: x/p, node: n1, want: {code: Error}}\n---\n"
                     "{call: PreBind, pod: x/p, node: n1, want: {code: Error}}\n---\n"
                     "{call: PostFilter, pod: x/p, want: {code: Error}}\n---\n"
                     "{call: Unreserve, pod: x/p, node: n1, want: {code: Success}}\n---\n"
                     "{call: PostBind, pod: x/p, node: n1, want: {code: Success}}\n");

    (void)state;
    assert_string_equal(world.failures, "");
    assert_int_equal(result.passed, 1);
}

static const char lag_case[] = CASE
    "{call: PreFilter, pod: x/p, want: {code: Success}}\n---\n"
    "{call: Reserve, pod: x/p, node: n1, want: {code: Success}}\n---\n"
    "{call: PreBind, pod: x/p, node: n1, want: {code: Pending, changed: [\n"
    "  {apiVersion: resource.k8s.io/v1alpha2, kind: PodSchedulingContext,\n"
    "   metadata: {namespace: x, name: p, ownerReferences: [{apiVersion: v1, kind: Pod, name: p,\n"
    "     uid: u1, controller: true, blockOwnerDeletion: true}]},\n"
    "   spec: {selectedNode: n1, potentialNodes: [n1]}}]}}\n---\n"
    /* The cache has not seen the context: the pod would create it once more. */
    "{call: PreFilter, pod: x/p, want: {code: Success}}\n---\n"
    "{call: Reserve, pod: x/p, node: n1, want: {code: Success}}\n---\n"
    "{call: PreBind, pod: x/p, node: n1, want: {code: Error}}\n---\n"
    "{delete: {kind: ResourceClass, name: k}, lag: true}\n---\n"
    "{call: PreFilter, pod: x/p, want: {code: Success}}\n---\n"
    "sync: true\n---\n"
    "{call: PreFilter, pod: x/p, want: {code: UnschedulableAndUnresolvable}}\n---\n"
    "want: {objects: [\n"
    "  {apiVersion: resource.k8s.io/v1alpha2, kind: PodSchedulingContext,\n"
    "   metadata: {namespace: x, name: p, ownerReferences: [{apiVersion: v1, kind: Pod, name: p,\n"
    "     uid: u1, controller: true, blockOwnerDeletion: true}]},\n"
    "   spec: {selectedNode: n1, potentialNodes: [n1]}},\n"
    "  {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    "   metadata: {namespace: x, name: c, uid: u2}, spec: {resourceClassName: k,\n"
    "   allocationMode: WaitForFirstConsumer}}]}\n";

/* The claim's uid is the server's, so only the last step fails: it wants another. */
static void
lag_hides_writes_and_steps(void **state)
{
    struct record_world world;

    (void)state;
    replay(&world, lag_case);
    assert_int_equal(world.failure_count, 1);
    assert_non_null(strstr(world.failures, "a: want want {\"objects\":"));
}

static void
running_out_of_memory_is_an_error(void **state)
{
    struct record_world world = {0};
    const struct chandra_replay_options options = record_world_options(&world);
    enum chandra_status st = CHANDRA_ENOMEM;
    long count = 0;

    (void)state;
    for (; st != CHANDRA_OK && count < 100000; count += 1 + count / 50) {
        struct chandra_replay_result result = {0};

        ch_alloc_fail_after(count);
        st = chandra_replay_text(lag_case, strlen(lag_case), "r.yaml", &options, &result, NULL);
        ch_alloc_fail_after(-1);
        if (st == CHANDRA_OK)
            assert_int_equal(result.passed + result.failed, 1);
    }
    assert_int_equal(st, CHANDRA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_servers_set_is_dropped),
        cmocka_unit_test(what_the_api_omits_is_dropped),
        cmocka_unit_test(presence_of_an_allocation_counts),
        cmocka_unit_test(deletions_are_all_alike),
        cmocka_unit_test(sets_have_no_order),
        cmocka_unit_test(answers_compare_what_is_wanted),
        cmocka_unit_test(reasons_count_only_when_strict),
        cmocka_unit_test(changes_have_no_order),
        cmocka_unit_test(differences_are_told),
        cmocka_unit_test(points_without_pre_filter_find_nothing),
        cmocka_unit_test(lag_hides_writes_and_steps),
        cmocka_unit_test(running_out_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("record_compare", tests, NULL, NULL);
}
