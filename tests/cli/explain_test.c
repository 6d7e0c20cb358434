/* explain_test.c - the parts of `chandra explain`: words for selectors, the memory of attempts,
 * small changes, pages and lines of hostile texts, and all of it when memory runs out. */
#include "base/alloc.h"
#include "explain/explanation.h"
#include "explain/fetch.h"
#include "explain/history.h"
#include "explain/html.h"
#include "explain/html_parts.h"
#include "explain/mirror.h"
#include "explain/selector.h"
#include "explain/text.h"
#include "explain/whatif.h"
#include "manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Selectors. */

static void
check_gap(const char *selector, const char *wants, const char *seen)
{
    struct chandra_object *node = manifest_object(
        "{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {zone: b, rank: '7'}}}");
    struct chandra_doc *doc = manifest_doc(selector);
    struct selector_gap gap;

    selector_explain(chandra_doc_root(doc, 0), chandra_object_node(node), &gap);
    assert_string_equal(gap.wants, wants);
    assert_string_equal(gap.seen, seen);
    chandra_doc_free(doc);
    chandra_object_unref(node);
}

#define TERM(key, op, values)                                                            \
    "{nodeSelectorTerms: [{matchExpressions: [{key: " key ", operator: " op ", values: " \
    "[" values "]}]}]}"

static void
selectors_say_what_they_want(void **state)
{
    (void)state;
    check_gap(TERM("zone", "In", "a"), "zone=a", "zone=b");
    check_gap(TERM("zone", "In", "a, c"), "zone in (a, c)", "zone=b");
    check_gap(TERM("zone", "In", "b"), "", "");
    check_gap(TERM("zone", "NotIn", "b"), "zone!=b", "zone=b");
    check_gap(TERM("disk", "NotIn", "b"), "", "");
    check_gap(TERM("disk", "Exists", ""), "a label disk", "no label disk");
    check_gap(TERM("zone", "DoesNotExist", ""), "no label zone", "zone=b");
    check_gap(TERM("rank", "Gt", "'7'"), "rank > 7", "rank=7");
    check_gap(TERM("rank", "Lt", "'8'"), "", "");
    check_gap(TERM("zone", "Lt", "'8'"), "zone < 8", "zone=b");
    check_gap(
        "{nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [x]}]}]}",
        "name=x", "name=n1");
    check_gap("{nodeSelectorTerms: []}", "", "");
    check_gap("nothing", "", "");
}

static void
the_term_that_comes_nearest_counts(void **state)
{
    (void)state;
    check_gap(
        "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}, {key: b, operator: "
        "Exists}]}, {matchExpressions: [{key: zone, operator: Exists}, {key: c, operator: "
        "Exists}]}]}",
        "a label c", "no label c");
}

static void
long_selectors_are_cut(void **state)
{
    char text[20000] = "{nodeSelectorTerms: [{matchExpressions: [{key: k, operator: In, values: [";
    struct selector_gap gap;
    struct chandra_object *node =
        manifest_object("{apiVersion: v1, kind: Node, metadata: {name: n1}}");
    struct chandra_doc *doc;
    char words[64];

    (void)state;
    for (int i = 0; i < 1000; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "value-%d, ", i);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "z]}]}]}");
    doc = manifest_doc(text);
    selector_explain(chandra_doc_root(doc, 0), chandra_object_node(node), &gap);
    assert_int_equal(strlen(gap.wants), SELECTOR_TEXT_SIZE - 1);
    selector_text(chandra_doc_root(doc, 0), words, sizeof(words));
    assert_int_equal(strlen(words), sizeof(words) - 1);
    chandra_doc_free(doc);
    chandra_object_unref(node);
}

/* The memory of attempts. */

static void
note_attempt(struct history *history, const char *name, uint32_t number, const char *reason)
{
    char text[256];
    struct chandra_object *object;
    struct queued_pod pod = {.attempts = number};
    struct chandra_answer answer = {.code = CHANDRA_CODE_UNSCHEDULABLE};

    snprintf(text, sizeof(text),
             "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: ns, uid: u-%s}}", name,
             name);
    object = manifest_object(text);
    pod.pod = chandra_object_pod(object);
    snprintf(answer.reason, sizeof(answer.reason), "%s", reason);
    if (outcome_set(&pod.outcome, VERDICT_REJECTED, "Filter", &answer))
        history_note(history, &pod, 1000 + number);
    outcome_clear(&pod.outcome);
    chandra_object_unref(object);
}

static struct chandra_doc *
recall(struct history *history, const char *name)
{
    size_t len = 0;
    char *text = history_document(history, "ns", name, 2000, &len);
    struct chandra_doc *doc = NULL;

    if (text && chandra_doc_parse_json(text, len, "history", NULL, &doc, NULL) != CHANDRA_OK)
        fail_msg("no JSON: %s", text);
    chandra_free(text);
    return doc;
}

static void
the_last_attempts_are_remembered(void **state)
{
    struct history *history;
    struct chandra_doc *doc;
    const struct chandra_value *root, *attempts;

    (void)state;
    assert_int_equal(history_new("chandra", &history, NULL), CHANDRA_OK);
    assert_null(recall(history, "p"));
    for (uint32_t i = 1; i <= HISTORY_ATTEMPTS + 3; i++)
        note_attempt(history, "p", i, i % 2 ? "no <room>" : "no class");
    doc = recall(history, "p");
    root = chandra_doc_root(doc, 0);
    attempts = chandra_value_get(root, "attempts");
    assert_int_equal(chandra_value_count(attempts), HISTORY_ATTEMPTS);
    assert_int_equal(values_int(chandra_value_at(attempts, 0), "number"), 4);
    assert_int_equal(values_int(chandra_value_at(attempts, HISTORY_ATTEMPTS - 1), "number"), 11);
    assert_string_equal(values_text(root, "cause"), "no <room>");
    assert_int_equal(values_int(chandra_value_get(root, "source"), "ageSeconds"), 2000 - 1011);
    chandra_doc_free(doc);
    history_free(history);
}

static char *
copy_of(const char *text)
{
    char *copy = ch_alloc(strlen(text) + 1);

    assert_non_null(copy);
    memcpy(copy, text, strlen(text) + 1);
    return copy;
}

/* Nearest miss and policy have places of their own: only the Event's text repeats them. */
static void
the_cause_is_one_thing(void **state)
{
    struct chandra_answer answer = {.code = CHANDRA_CODE_UNSCHEDULABLE,
                                    .reason = "0/3 nodes are available"};
    struct queued_pod pod = {.attempts = 1};
    struct chandra_object *object =
        manifest_object("{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, uid: u}}");
    struct history *history;
    struct chandra_doc *doc;
    const struct chandra_value *root;

    (void)state;
    assert_int_equal(history_new("chandra", &history, NULL), CHANDRA_OK);
    pod.pod = chandra_object_pod(object);
    assert_true(outcome_set(&pod.outcome, VERDICT_REJECTED, "Filter", &answer));
    assert_true(outcome_set_nearest(&pod.outcome, "n1", 1, "too old"));
    pod.outcome.node_count = 3;
    pod.outcome.policy = copy_of("gpu@1 sha256:0123");
    pod.outcome.exclusions = ch_alloc(sizeof(struct exclusion));
    assert_non_null(pod.outcome.exclusions);
    pod.outcome.exclusions[0] = (struct exclusion){.stage = MISS_CLASS,
                                                   .claim = copy_of("gpu"),
                                                   .entry = copy_of("gpu"),
                                                   .policy = copy_of(""),
                                                   .rule = copy_of("too old"),
                                                   .count = 3};
    pod.outcome.exclusion_count = 1;
    history_note(history, &pod, 1000);
    doc = recall(history, "p");
    root = chandra_doc_root(doc, 0);
    assert_string_equal(values_text(root, "cause"), "all 3 nodes are left out: claim gpu: too old");
    assert_string_equal(
        values_text(chandra_value_at(chandra_value_get(root, "attempts"), 0), "text"),
        "0/3 nodes are available: 3 claim gpu: too old.");
    assert_string_equal(values_text(root, "short"),
                        "0/3 nodes are available: 3 claim gpu: too old. Nearest: n1, but for: too "
                        "old. Policy gpu@1 sha256:0123.");
    chandra_doc_free(doc);
    outcome_clear(&pod.outcome);
    chandra_object_unref(object);
    history_free(history);
}

static void
memory_is_bounded(void **state)
{
    struct history *history;
    char name[32];

    (void)state;
    assert_int_equal(history_new("chandra", &history, NULL), CHANDRA_OK);
    for (int i = 0; i < HISTORY_PODS; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        note_attempt(history, name, 1, "no");
    }
    note_attempt(history, "p0", 2, "no"); /* tried again: it is the newest now */
    note_attempt(history, "late", 1, "no");
    for (int i = 0; i < 3; i++) {
        struct chandra_doc *doc;
        snprintf(name, sizeof(name), "p%d", i);
        doc = recall(history, name);
        assert_int_equal(doc == NULL, i == 1);
        chandra_doc_free(doc);
    }
    history_free(history);
}

/* Whole explanations. */

static const char cluster[] =
    "---\n{apiVersion: v1, kind: Node, metadata: {name: a, labels: {disk: a}}, spec: "
    "{unschedulable: "
    "true, taints: [{key: t, value: '<b>\"', effect: NoSchedule}]}}\n"
    "---\n{apiVersion: v1, kind: Node, metadata: {name: b, labels: {disk: b}}, status: "
    "{allocatable: "
    "{cpu: 1, pods: 5}}}\n"
    "---\n{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu}, "
    "driverName: "
    "gpu.example.com, suitableNodes: {nodeSelectorTerms: [{matchExpressions: [{key: disk, "
    "operator: In, "
    "values: [a]}]}]}}\n"
    "---\n{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {name: c}, spec: "
    "{resourceClassName: gpu}}\n"
    "---\n{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: m, "
    "resources: "
    "{requests: {cpu: 2}}}], resourceClaims: [{name: dev, source: {resourceClaimName: c}}]}}\n";

static enum chandra_status
explain(struct mirror *mirror, struct build *build, struct chandra_value **out_root,
        struct chandra_error *err)
{
    const struct explain_source source = {.type = "manifests", .from = "test", .age_s = -1};
    struct chandra_object *pod =
        chandra_engine_get(mirror->engine, CHANDRA_KIND_POD, "default", "p");
    struct explain_subject subject = {.engine = mirror->engine,
                                      .stage = mirror->stage,
                                      .pod = chandra_object_pod(pod),
                                      .node = ""};
    struct decision decision = {0};
    enum chandra_status st;

    if (!pod)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    st = decision_make(subject.engine, subject.pod, NULL, &decision, err);
    if (st == CHANDRA_OK) {
        *out_root = explanation_begin(build, "Pod", pod, &source);
        explanation_pod(build, *out_root, &subject, &decision);
        st = whatif_explain(build, *out_root, mirror, &subject, err);
    }
    if (st == CHANDRA_OK)
        history_put(mirror->history, build, *out_root, "default", "p");
    if (st == CHANDRA_OK)
        st = build_end(build, err);
    decision_clear(&decision);
    chandra_object_unref(pod);
    return st;
}

static enum chandra_status
load_and_explain(struct mirror *mirror, struct build *build, const char *path,
                 struct chandra_value **out_root, struct chandra_error *err)
{
    const char *bad = NULL;
    enum chandra_status st = mirror_new(mirror, NULL, 0, err);

    if (st == CHANDRA_OK)
        st = mirror_simulate(mirror, &path, 1, 0, &bad, err);
    if (st == CHANDRA_OK)
        st = chandra_doc_new(&build->doc, err);
    return st == CHANDRA_OK ? explain(mirror, build, out_root, err) : st;
}

static void
write_cluster(char path[64])
{
    FILE *file;
    int fd;

    snprintf(path, 64, "/tmp/chandra-explain-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    fputs(cluster, file);
    fclose(file);
}

static void
an_explanation_adds_up_and_shows(void **state)
{
    struct mirror mirror = {0};
    struct build build = {0};
    struct chandra_value *root = NULL;
    const struct chandra_value *hints;
    const struct text_options options = {.has_color = true, .max_nodes = 20};
    struct chandra_error err;
    char path[64];
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    write_cluster(path);
    if (load_and_explain(&mirror, &build, path, &root, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    assert_int_equal(values_int(root, "nodeCount"), 2);
    assert_int_equal(chandra_value_count(chandra_value_get(root, "funnel")), 2);
    hints = chandra_value_get(root, "hints");
    assert_true(chandra_value_count(hints) >= 3);
    assert_int_equal(text_show(out, root, &options, &err), CHANDRA_OK);
    assert_true(text_show_node(out, root, "a"));
    assert_false(text_show_node(out, root, "z"));
    assert_int_equal(html_show(out, root, &err), CHANDRA_OK);
    fclose(out);
    assert_non_null(strstr(text, "&lt;b&gt;&quot;"));
    free(text);
    chandra_doc_free(build.doc);
    mirror_clear(&mirror);
    remove(path);
}

/* Each allocation fails once: an error, or an explanation that is whole. */
static void
running_out_of_memory_is_an_error(void **state)
{
    char path[64];
    bool is_done = false;

    (void)state;
    write_cluster(path);
    for (long n = 1; !is_done && n < 100000; n += n < 400 ? 7 : 97) {
        struct mirror mirror = {0};
        struct build build = {0};
        struct chandra_value *root = NULL;
        struct chandra_error err = {0};
        enum chandra_status st;
        ch_alloc_fail_after(n);
        st = load_and_explain(&mirror, &build, path, &root, &err);
        ch_alloc_fail_after(-1);
        is_done = st == CHANDRA_OK && n > 5000;
        chandra_doc_free(build.doc);
        mirror_clear(&mirror);
    }
    assert_true(is_done);
    remove(path);
}

static void
servers_must_be_hosts_with_ports(void **state)
{
    static const char *const bad[] = {
        "", ":1", "host", "https://host:1", "host:", "http://host:1/x"};
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(fetch_explanation(bad[i], "ns", "p", &doc, &err), CHANDRA_EINVAL);
    assert_int_equal(fetch_explanation("http://127.0.0.1:1/", "ns", "p", &doc, &err),
                     CHANDRA_ETRANSIENT);
}

static void
pages_take_any_text(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    char byte[2] = {0};

    (void)state;
    for (int i = 1; i < 128; i++) {
        byte[0] = (char)i;
        html_text(out, byte);
    }
    fclose(out);
    for (size_t i = 0; i < len; i++)
        assert_false(strchr("<>\"'\x01\x1b\x7f", text[i]) && text[i]);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors_say_what_they_want),
        cmocka_unit_test(the_term_that_comes_nearest_counts),
        cmocka_unit_test(long_selectors_are_cut),
        cmocka_unit_test(the_last_attempts_are_remembered),
        cmocka_unit_test(the_cause_is_one_thing),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(an_explanation_adds_up_and_shows),
        cmocka_unit_test(running_out_of_memory_is_an_error),
        cmocka_unit_test(servers_must_be_hosts_with_ports),
        cmocka_unit_test(pages_take_any_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
