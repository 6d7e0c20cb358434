/* config_test.c - configurations: strict reading, defaults, schema, and the chain that each pod
 * gets. */
#include "engine_rig.h"

#include "base/alloc.h"

#include <chandra/config.h>

#define HEAD "apiVersion: chandra.config/v1alpha1\nkind: ChandraConfiguration\n"

static struct chandra_config *
read_config(const char *text)
{
    struct chandra_config *config = NULL;
    struct chandra_error err;

    if (chandra_config_parse(text, strlen(text), "c.yaml", &config, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return config;
}

static void
assert_refused(const char *text, const char *want)
{
    struct chandra_config *config = NULL;
    struct chandra_error err;

    if (chandra_config_parse(text, strlen(text), "c.yaml", &config, &err) == CHANDRA_OK)
        fail_msg("accepted, want: %s", want);
    assert_string_equal(err.message, want);
    assert_null(config);
}

static void
fills_defaults_in(void **state)
{
    struct chandra_config *config =
        read_config(HEAD "rules:\n"
                         "- name: gpus\n"
                         "  match: {classes: [gpu]}\n"
                         "  policies: [{file: a.lua, weight: 2.5}, {builtin: default}]\n"
                         "  limits: {memory: 8Mi}\n");
    char *text;

    (void)state;
    RIG_OK(chandra_value_print(chandra_config_value(config), CHANDRA_PRINT_COMPACT, &text, NULL,
                               &rig_err));
    assert_string_equal(
        text, "{\"apiVersion\":\"chandra.config/v1alpha1\",\"kind\":\"ChandraConfiguration\","
              "\"queueKey\":\"chandra.dev/queue\",\"rules\":[{\"name\":\"gpus\",\"match\":"
              "{\"classes\":[\"gpu\"]},\"policies\":[{\"file\":\"a.lua\",\"weight\":2.5},"
              "{\"builtin\":\"default\",\"weight\":1}],\"failurePolicy\":\"Fail\",\"limits\":"
              "{\"memory\":\"8Mi\",\"instructions\":2000000,\"timeout\":\"100ms\"}}],\"default\":"
              "{\"policies\":[{\"builtin\":\"default\",\"weight\":1}],\"failurePolicy\":\"Fail\","
              "\"limits\":{\"memory\":\"16Mi\",\"instructions\":2000000,\"timeout\":\"100ms\"}}}");
    chandra_free(text);
    chandra_config_free(config);
}

/* What is printed is a configuration again, and the same. */
static void
prints_what_it_reads(void **state)
{
    struct chandra_config *config = read_config(
        HEAD "default: {failurePolicy: Ignore, policies: [{file: x.lua}]}\nqueueKey: q\n"
             "rules: [{name: a, match: {podSelector: {matchLabels: {a: b}, "
             "matchExpressions: [{key: k, operator: Exists}]}, queues: ['*', 'x-*']}}]\n");
    struct chandra_config *again;
    char *text;

    (void)state;
    RIG_OK(chandra_value_print(chandra_config_value(config), CHANDRA_PRINT_YAML, &text, NULL,
                               &rig_err));
    again = read_config(text);
    assert_true(chandra_value_equal(chandra_config_value(config), chandra_config_value(again)));
    chandra_free(text);
    chandra_config_free(config);
    chandra_config_free(again);
}

static void
refuses_what_it_does_not_know(void **state)
{
    (void)state;
    assert_refused("kind: ChandraConfiguration\n", "c.yaml:1:1: \"apiVersion\" is missing");
    assert_refused("apiVersion: chandra.config/v1\nkind: ChandraConfiguration\n",
                   "c.yaml:1:13: apiVersion: unknown value \"chandra.config/v1\", want "
                   "chandra.config/v1alpha1");
    assert_refused(HEAD "rule: []\n", "c.yaml:3:7: rule: unknown field, did you mean \"rules\"?");
    assert_refused(HEAD "somethingElse: 1\n", "c.yaml:3:16: somethingElse: unknown field");
    assert_refused(HEAD "rules: [{name: a, match: {namespace: [b]}}]\n",
                   "c.yaml:3:38: rules[0].match.namespace: unknown field, did you mean "
                   "\"namespaces\"?");
    assert_refused(HEAD "default: {failurePolicy: fail}\n",
                   "c.yaml:3:26: default.failurePolicy: unknown value \"fail\", did you mean "
                   "\"Fail\"?");
    assert_refused(HEAD "default: {policies: [{builtin: spread}]}\n",
                   "c.yaml:3:32: default.policies[0].builtin: unknown value \"spread\", want "
                   "default");
    assert_refused("", "c.yaml: want one object, got 0 documents");
    assert_refused(HEAD "---\n" HEAD, "c.yaml: want one object, got 2 documents");
    assert_refused("[]", "c.yaml:1:1: want an object, got array");
    assert_refused(HEAD "default:\n", "c.yaml:3:9: default: want an object, got null");
}

static void
refuses_wrong_values(void **state)
{
    (void)state;
    assert_refused(HEAD "rules: [{match: {queues: [a]}}]\n",
                   "c.yaml:3:9: rules[0]: \"name\" is missing");
    assert_refused(HEAD "rules: [{name: A, match: {queues: [a]}}]\n",
                   "c.yaml:3:16: rules[0].name: want a name of at most 63 of a-z, 0-9 and - "
                   "within, got \"A\"");
    assert_refused(HEAD "rules: [{name: a, match: {}}]\n",
                   "c.yaml:3:26: rules[0].match: a condition is missing");
    assert_refused(HEAD "rules: [{name: a, match: {queues: [a]}}, {name: a, match: {queues: [b]}}]",
                   "c.yaml:3:49: rules[1].name: rules[0] is called \"a\" too");
    assert_refused(HEAD "rules: [{name: a, match: {queues: ['a*b']}}]\n",
                   "c.yaml:3:36: rules[0].match.queues[0]: want a name, or its beginning and one "
                   "*, got \"a*b\"");
    assert_refused(HEAD "rules: [{name: a, match: {queues: []}}]\n",
                   "c.yaml:3:35: rules[0].match.queues: want a list of 1 to 1000, got 0");
    assert_refused(HEAD "rules: [{name: a, match: {queues: x}}]\n",
                   "c.yaml:3:35: rules[0].match.queues: want a list, got string");
    assert_refused(HEAD "rules: [{name: a, match: {podSelector: {matchLabels: {a: 1}}}}]\n",
                   "c.yaml:3:58: rules[0].match.podSelector.matchLabels.a: want a text, got "
                   "number");
    assert_refused(HEAD "rules: [{name: a, match: {podSelector: {matchExpressions: [{key: a, "
                        "operator: In}]}}}]\n",
                   "c.yaml:3:60: rules[0].match.podSelector.matchExpressions[0].values: In and "
                   "NotIn need values");
    assert_refused(HEAD "default: {policies: []}\n",
                   "c.yaml:3:21: default.policies: want a list of 1 to 100, got 0");
    assert_refused(HEAD "default: {policies: [{weight: 2}]}\n",
                   "c.yaml:3:22: default.policies[0]: \"file\" or \"builtin\" is missing");
    assert_refused(HEAD "default: {policies: [{file: a, builtin: default}]}\n",
                   "c.yaml:3:41: default.policies[0].builtin: a policy is either a file or built "
                   "in, not both");
    assert_refused(HEAD "default: {policies: [{file: a, weight: 0}]}\n",
                   "c.yaml:3:40: default.policies[0].weight: want a number above 0 and up to 1e9, "
                   "got 0");
    assert_refused(HEAD "default: {limits: {timeout: 100}}\n",
                   "c.yaml:3:29: default.limits.timeout: want a duration such as 1m30s or 500ms "
                   "from 1 to 3600000 ms, got 100");
    assert_refused(HEAD "default: {limits: {memory: 1Ki}}\n",
                   "c.yaml:3:28: default.limits.memory: want a number of bytes such as 16Mi from "
                   "262144 to 4294967296 bytes, got 1Ki");
    assert_refused(HEAD "default: {limits: {instructions: many}}\n",
                   "c.yaml:3:34: default.limits.instructions: want a whole number from 1000 to "
                   "1000000000000, got many");
}

static void
names_files_once(void **state)
{
    struct chandra_config *config =
        read_config(HEAD "rules:\n"
                         "- {name: a, match: {queues: [a]}, policies: [{file: b.lua}, {builtin: "
                         "default}, {file: a.lua}]}\n"
                         "- {name: b, match: {queues: [b]}, policies: [{file: a.lua}]}\n"
                         "default: {policies: [{file: c.lua}, {file: b.lua}]}\n");

    (void)state;
    assert_string_equal(chandra_config_file_at(config, 0), "b.lua");
    assert_string_equal(chandra_config_file_at(config, 1), "a.lua");
    assert_string_equal(chandra_config_file_at(config, 2), "c.lua");
    assert_null(chandra_config_file_at(config, 3));
    chandra_config_free(config);
}

/* Which chain decides? */

#define POLICY(id) {.name = id ".lua", .text = "--!chandra api=1 name=" id BODY}
#define BODY " version=1.0.0\nreturn {match = function(cx, claim, n) error('called') end}"

static struct chandra_policy *
load(const char *text, enum chandra_status want, const char *message)
{
    struct chandra_lua_source files[] = {
        POLICY("one"), POLICY("two"), POLICY("three"), {.name = "bad.lua", .text = "return 1"}};
    struct chandra_config *config = read_config(text);
    struct chandra_policy *policy = NULL;
    struct chandra_error err;
    enum chandra_status st;

    for (size_t i = 0; i < 4; i++)
        files[i].len = strlen(files[i].text);
    st = chandra_config_load(config, files, 4, NULL, &policy, &err);
    chandra_config_free(config);
    assert_int_equal(st, want);
    if (want != CHANDRA_OK)
        assert_string_equal(err.message, message);
    return policy;
}

static const char rules[] =
    HEAD "queueKey: example.com/queue\n"
         "rules:\n"
         "- {name: a, match: {queues: [fast, 'batch-*'], classes: [gpu]}, policies: [{file: "
         "one.lua}]}\n"
         "- {name: b, match: {podSelector: {matchLabels: {tier: x}, matchExpressions: [{key: "
         "team, operator: NotIn, values: [y]}]}}, policies: [{file: two.lua}], failurePolicy: "
         "Ignore}\n"
         "- {name: c, match: {namespaces: [other]}, policies: [{file: three.lua}]}\n"
         "default: {policies: [{builtin: default}, {file: three.lua}]}\n";

struct scene {
    struct rig rig;
    char text[400];
};

static int
set_up(void **state)
{
    static struct scene scene;
    struct chandra_policy *policy = load(rules, CHANDRA_OK, NULL);

    rig_open(&scene.rig, NULL);
    rig_nodes(&scene.rig, "n1");
    rig_class(&scene.rig, "gpu", "");
    rig_claim(&scene.rig, "c", DELAYED, "");
    chandra_engine_set_policy(scene.rig.engine, policy);
    chandra_policy_unref(policy);
    *state = &scene;
    return 0;
}

static int
tear_down(void **state)
{
    rig_close(&((struct scene *)*state)->rig);
    return 0;
}

/* The names in the chain of a pod with this metadata, each with its version. */
static const char *
chain_of(struct scene *scene, const char *metadata, const char *queue)
{
    char yaml[1024];
    char *out = scene->text;

    snprintf(yaml, sizeof(yaml),
             "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default, uid: uid-p, %s}\n"
             "spec: {resourceClaims: [{name: in, source: {resourceClaimName: c}}]}\n",
             metadata);
    rig_apply(&scene->rig, yaml);
    rig_begin(&scene->rig, "p");
    RIG_OK(chandra_cycle_set_queue(scene->rig.cycle, queue, &rig_err));
    chandra_cycle_pre_filter(scene->rig.cycle, &scene->rig.answer);
    assert_int_equal(scene->rig.answer.code, CHANDRA_CODE_SUCCESS);
    out[0] = '\0';
    for (size_t i = 0; i < chandra_policy_count(chandra_cycle_policy(scene->rig.cycle)); i++)
        snprintf(out + strlen(out), sizeof(scene->text) - strlen(out), "%s%s", i ? "+" : "",
                 chandra_policy_info_at(chandra_cycle_policy(scene->rig.cycle), i)->name);
    return out;
}

static void
first_rule_that_matches_decides(void **state)
{
    struct scene *scene = *state;

    assert_string_equal(chain_of(scene, "", NULL), "default+three");
    assert_string_equal(chain_of(scene, "", "fast"), "one");
    assert_string_equal(chain_of(scene, "", "batch-7"), "one");
    assert_string_equal(chain_of(scene, "", "batch"), "default+three");
    assert_string_equal(chain_of(scene, "labels: {example.com/queue: fast}", NULL), "one");
    assert_string_equal(chain_of(scene, "annotations: {example.com/queue: batch-}", NULL), "one");
    assert_string_equal(chain_of(scene, "labels: {example.com/queue: fast}", "slow"),
                        "default+three");
    assert_string_equal(chain_of(scene, "labels: {tier: x}", NULL), "two");
    assert_string_equal(chain_of(scene, "labels: {tier: x, team: y}", NULL), "default+three");
    assert_string_equal(chain_of(scene, "labels: {tier: x, team: z}", "fast"), "one");
}

static void
chains_have_their_failure_policies(void **state)
{
    struct scene *scene = *state;

    chain_of(scene, "labels: {tier: x}", NULL);
    assert_int_equal(rig_filter(&scene->rig, "n1"), CHANDRA_CODE_SUCCESS);
    chain_of(scene, "", "fast");
    assert_int_equal(rig_filter(&scene->rig, "n1"), CHANDRA_CODE_ERROR);
    rig_assert_reason(&scene->rig, "one.lua:2: called");
}

static void
set_lists_each_policy_once(void **state)
{
    struct scene *scene = *state;
    struct chandra_policy *policy = chandra_engine_policy(scene->rig.engine);

    assert_int_equal(chandra_policy_count(policy), 4);
    assert_string_equal(chandra_policy_info_at(policy, 3)->name, "default");
    assert_null(chandra_policy_info_at(policy, 4));
    chandra_policy_unref(policy);
}

static void
tells_which_chain_does_not_load(void **state)
{
    (void)state;
    load(HEAD "rules: [{name: a, match: {queues: [a]}, policies: [{file: missing.lua}]}]",
         CHANDRA_ENOTFOUND, "c.yaml: rule a: there is no policy \"missing.lua\"");
    load(HEAD "default: {policies: [{file: bad.lua}]}", CHANDRA_ESCRIPT,
         "c.yaml: default: bad.lua:1: want a first line '--!chandra api=1 name=NAME "
         "version=X.Y.Z'");
}

/* Budgets are the chain's. */
static void
limits_hold(void **state)
{
    static const char loop[] = "--!chandra api=1 name=loop version=1.0.0\nfor i = 1, 1e5 do end\n"
                               "return {match = function() end}";
    const struct chandra_lua_source file = {
        .name = "loop.lua", .text = loop, .len = sizeof(loop) - 1};
    const struct chandra_lua_options options = {.size = sizeof(options), .timeout_ms = 60000};
    struct chandra_config *config =
        read_config(HEAD "default: {policies: [{file: loop.lua}], limits: {instructions: 2000}}");
    struct chandra_policy *policy;
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_config_load(config, &file, 1, &options, &policy, &err),
                     CHANDRA_EBUDGET);
    chandra_config_free(config);
    config = read_config(HEAD "default: {policies: [{file: loop.lua}]}");
    RIG_OK(chandra_config_load(config, &file, 1, &options, &policy, &rig_err));
    chandra_policy_unref(policy);
    chandra_config_free(config);
}

static void
schema_is_json(void **state)
{
    struct chandra_doc *doc;
    char *text;

    (void)state;
    RIG_OK(chandra_config_schema(&text, &rig_err));
    RIG_OK(chandra_doc_parse_json(text, strlen(text), "schema", NULL, &doc, &rig_err));
    assert_string_equal(chandra_value_string(chandra_value_get(chandra_doc_root(doc, 0), "title")),
                        "ChandraConfiguration");
    chandra_doc_free(doc);
    chandra_free(text);
}

static enum chandra_status
try_all(struct chandra_error *err)
{
    const struct chandra_lua_source file = POLICY("one");
    struct chandra_lua_source files[] = {file};
    static const char text[] = HEAD "rules: [{name: a, match: {queues: [a]}}]\n"
                                    "default: {policies: [{file: one.lua}]}\n";
    struct chandra_config *config;
    struct chandra_policy *policy;
    char *schema;
    enum chandra_status st = chandra_config_parse(text, sizeof(text) - 1, "c.yaml", &config, err);

    files[0].len = strlen(files[0].text);
    if (st != CHANDRA_OK)
        return st;
    st = chandra_config_load(config, files, 1, NULL, &policy, err);
    chandra_config_free(config);
    if (st != CHANDRA_OK)
        return st;
    chandra_policy_unref(policy);
    st = chandra_config_schema(&schema, err);
    if (st == CHANDRA_OK)
        chandra_free(schema);
    return st;
}

static void
memory_may_run_out(void **state)
{
    struct chandra_error err;
    enum chandra_status st = CHANDRA_ENOMEM;
    long n = 0;

    (void)state;
    for (; st == CHANDRA_ENOMEM; n++) {
        ch_alloc_fail_after(n);
        st = try_all(&err);
        ch_alloc_fail_after(-1);
        assert_true(n < 20000);
    }
    if (st != CHANDRA_OK)
        fail_msg("after %ld allocations: %s", n, err.message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_defaults_in),
        cmocka_unit_test(prints_what_it_reads),
        cmocka_unit_test(refuses_what_it_does_not_know),
        cmocka_unit_test(refuses_wrong_values),
        cmocka_unit_test(names_files_once),
        cmocka_unit_test_setup_teardown(first_rule_that_matches_decides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(chains_have_their_failure_policies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(set_lists_each_policy_once, set_up, tear_down),
        cmocka_unit_test(tells_which_chain_does_not_load),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(schema_is_json),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
