/* lua_console_test.c - the console: what lines see, keep and show, and that nothing breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"

#include <chandra/cycle.h>
#include <chandra/doc.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

static const char cluster_text[] =
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {zone: a}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-2, labels: {zone: b}}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},\n"
    " driverName: gpu.example.com}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: c1, namespace: ns, labels: {app: x}}, spec: {resourceClassName: gpu}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns},\n"
    " spec: {containers: [{name: main, image: main}], resourceClaims: [\n"
    "  {name: a, source: {resourceClaimName: c1}}]}}\n";

static const char policy_text[] =
    "--!chandra api=1 name=zones version=1\n"
    "local P = {}\n"
    "function P.match(cx, claim, nodes)\n"
    "  return cx:keep(nodes, nodes:matching{zone = 'a'}, 'not in zone a')\n"
    "end\n"
    "function P.score(cx, pod, node)\n"
    "  return node.nmae\n"
    "end\n"
    "return P\n";

struct world {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_object *pod;
    struct chandra_cycle *cycle;
    struct chandra_lua_console *console;
};

static void
load_cluster(struct chandra_sim *sim)
{
    struct chandra_doc *doc;
    bool has_moved;

    assert_int_equal(
        chandra_doc_parse_yaml(cluster_text, strlen(cluster_text), "cluster", NULL, &doc, NULL),
        CHANDRA_OK);
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        assert_int_equal(chandra_sim_load(sim, chandra_doc_root(doc, i), NULL), CHANDRA_OK);
    chandra_doc_free(doc);
    assert_int_equal(chandra_sim_settle(sim, &has_moved, NULL), CHANDRA_OK);
}

static struct world
open_world(const struct chandra_lua_options *options)
{
    struct world world = {0};
    struct chandra_answer answer;
    bool has_moved;

    assert_int_equal(chandra_sim_new(NULL, &world.sim, NULL), CHANDRA_OK);
    load_cluster(world.sim);
    assert_int_equal(
        chandra_engine_new(chandra_sim_transport(world.sim), NULL, &world.engine, NULL),
        CHANDRA_OK);
    assert_int_equal(chandra_engine_start(world.engine, NULL), CHANDRA_OK);
    assert_int_equal(chandra_sim_settle(world.sim, &has_moved, NULL), CHANDRA_OK);
    world.pod = chandra_engine_get(world.engine, CHANDRA_KIND_POD, "ns", "p");
    assert_int_equal(
        chandra_cycle_new(world.engine, chandra_object_pod(world.pod), &world.cycle, NULL),
        CHANDRA_OK);
    chandra_cycle_pre_filter(world.cycle, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_SUCCESS);
    assert_int_equal(chandra_lua_console_new(options, &world.console, NULL), CHANDRA_OK);
    chandra_lua_console_set_cycle(world.console, world.cycle, NULL);
    return world;
}

static void
close_world(struct world *world)
{
    chandra_lua_console_free(world->console);
    chandra_cycle_free(world->cycle);
    chandra_object_unref(world->pod);
    chandra_engine_free(world->engine);
    chandra_sim_free(world->sim);
}

static void
set_policy(const struct world *world, const char *text)
{
    const struct chandra_lua_source source = {
        .name = "dir/zones.lua", .text = text, .len = strlen(text)};
    struct chandra_policy *policy;

    assert_int_equal(chandra_lua_policy_load(&source, 1, NULL, &policy, NULL), CHANDRA_OK);
    assert_int_equal(chandra_lua_console_set_policy(world->console, policy, NULL), CHANDRA_OK);
    chandra_policy_unref(policy);
}

static void
check_shows(const struct world *world, const char *line, const char *want)
{
    struct chandra_error err;
    char *text;

    if (chandra_lua_console_eval(world->console, line, &text, &err) != CHANDRA_OK)
        fail_msg("%s: %s", line, err.message);
    assert_string_equal(text, want);
    chandra_free(text);
}

static void
check_fails(const struct world *world, const char *line, enum chandra_status want,
            const char *message)
{
    struct chandra_error err;
    char *text = NULL;

    assert_int_equal(chandra_lua_console_eval(world->console, line, &text, &err), want);
    assert_null(text);
    if (!strstr(err.message, message))
        fail_msg("%s: want \"%s\", got \"%s\"", line, message, err.message);
    check_shows(world, "1 + 1", "2\n");
}

static void
test_plain_values(void **state)
{
    struct world world = open_world(NULL);

    (void)state;
    check_shows(&world, "1 + 1, 'a\\n\"b\\1', nil, true", "2\n\"a\\n\\\"b\\001\"\nnil\ntrue\n");
    check_shows(&world, "x = 3", "");
    check_shows(&world, "x", "3\n");
    check_shows(&world, "local y = x + 1", "");
    check_shows(&world, "y", "4\n");
    check_shows(&world, "function f(n) return n * 2 end", "");
    check_shows(&world, "local function g(n)\n  return f(n) + 1\nend", "");
    check_shows(&world, "f(4), g(4)", "8\n9\n");
    check_shows(&world, "print", "function\n");
    check_shows(&world, "{3, 2, b = {c = 1}, [true] = 'x', ['a b'] = 2}",
                "{3, 2, [true] = \"x\", [\"a b\"] = 2, b = {c = 1}}\n");
    check_shows(&world, "t = {}; t.t = t", "");
    check_shows(&world, "t", "{t = {t = {t = {t = {...}}}}}\n");
    check_shows(&world, "", "");
    check_shows(&world, "-- only a comment", "");
    close_world(&world);
}

static void
test_views(void **state)
{
    struct world world = open_world(NULL);

    (void)state;
    check_shows(&world, "nodes",
                "node set: 2 of 2 nodes\nNODE    LABELS\nnode-1  zone=a\nnode-2  zone=b\n");
    check_shows(&world, "nodes:matching{zone = 'c'}", "node set: 0 of 2 nodes\n");
    check_shows(&world, "nodes:score(function(node) return #node.labels.zone + 0.5 end)",
                "vector over 2 nodes\nNODE    VALUE\nnode-1  1.5\nnode-2  1.5\n");
    check_shows(&world, "claims",
                "CLAIM  CLASS  STATE    NODES  USERS\nns/c1  gpu    pending  -      0\n");
    check_shows(&world, "{n = nodes, pod}", "{pod ns/p, n = 2 nodes: node-1, node-2}\n");
    check_shows(&world, "{[cx:node('node-2')] = 7}", "NODE    VALUE\nnode-2  7\n");
    check_shows(&world, "cx:node('node-1').labels",
                "{[\"kubernetes.io/hostname\"] = \"node-1\", zone = \"a\"}\n");
    check_shows(&world, "cx:find_claims{}",
                "CLAIM  CLASS  STATE    NODES  USERS\nns/c1  gpu    pending  -      0\n");
    check_shows(&world, "claim.reserved_for", "{}\n");
    close_world(&world);
}

static void
test_fields(void **state)
{
    struct world world = open_world(NULL);
    char *text;

    (void)state;
    assert_int_equal(chandra_lua_console_eval(world.console, "claim", &text, NULL), CHANDRA_OK);
    assert_non_null(strstr(text, "claim ns/c1\nFIELD "));
    assert_non_null(strstr(text, "\nclass_name    gpu\n"));
    assert_non_null(strstr(text, "\nunsuitable    0 nodes\n"));
    assert_null(strstr(text, "metadata"));
    chandra_free(text);
    close_world(&world);
}

/* Views stay good while the cycle stands still, also those of what was found. */
static void
test_moments(void **state)
{
    struct world world = open_world(NULL);

    (void)state;
    check_shows(&world, "kept, found = claim, cx:find_claims{}[1]", "");
    check_shows(&world, "kept.name, found.name, found == kept", "\"c1\"\n\"c1\"\ntrue\n");
    chandra_lua_console_set_cycle(world.console, world.cycle, NULL);
    check_fails(&world, "kept.name", CHANDRA_ESCRIPT, "used after its call");
    check_shows(&world, "kept", "(claim of an earlier step)\n");
    check_shows(&world, "claim.name", "\"c1\"\n");
    check_shows(&world, "claim = 5", "");
    check_shows(&world, "claim", "5\n");
    check_shows(&world, "claim = nil", "");
    check_shows(&world, "claim.name", "\"c1\"\n");
    chandra_lua_console_set_cycle(world.console, NULL, NULL);
    check_fails(&world, "nodes", CHANDRA_ESCRIPT, "there is no 'nodes': no pod is chosen");
    check_shows(&world, "kept", "(claim of an earlier step)\n");
    close_world(&world);
}

static void
test_policy_by_hand(void **state)
{
    struct world world = open_world(NULL);

    (void)state;
    check_fails(&world, "policy", CHANDRA_ESCRIPT, "unknown global 'policy'");
    set_policy(&world, policy_text);
    check_shows(&world, "policy", "{match = function, score = function}\n");
    check_shows(&world, "policies.zones == policy", "true\n");
    check_shows(&world, "policy.match(cx, claim, nodes):names()", "{\"node-1\"}\n");
    check_fails(&world, "policy.score(cx, pod, nodes:first())", CHANDRA_ESCRIPT,
                "zones.lua:7: node has no field 'nmae'; did you mean 'name'?");
    assert_int_equal(chandra_cycle_removal_count(world.cycle), 0);
    assert_int_equal(chandra_lua_console_set_policy(world.console, NULL, NULL), CHANDRA_OK);
    check_fails(&world, "policy", CHANDRA_ESCRIPT, "unknown global 'policy'");
    close_world(&world);
}

static void
test_failures(void **state)
{
    struct world world = open_world(NULL);

    (void)state;
    check_fails(&world, "cx.pdo", CHANDRA_ESCRIPT, "cx has no field 'pdo'; did you mean 'pod'?");
    check_fails(&world, "x = = 1", CHANDRA_ESCRIPT, "unexpected symbol near '='");
    check_fails(&world, "local a\na.b = 1", CHANDRA_ESCRIPT, "line:2: attempt to index a nil");
    check_fails(&world, "while true do end", CHANDRA_EBUDGET, "over the limit of 2000000");
    check_fails(&world, "pcall(function() while true do end end)", CHANDRA_EBUDGET, "2000000");
    check_fails(&world, "s = 'x'; while true do s = s .. s end", CHANDRA_EBUDGET, "of memory");
    check_fails(&world, "function r() return 1 + r() end r()", CHANDRA_EBUDGET, "limit");
    check_fails(&world, "t = {} for i = 1, 1e9 do t[i] = {} end", CHANDRA_EBUDGET, "limit");
    check_fails(&world, "error({})", CHANDRA_ESCRIPT, "error object is a table value");
    check_fails(&world, "error()", CHANDRA_ESCRIPT, "error object is a nil value");
    check_fails(&world, "nodes.x = 1", CHANDRA_ESCRIPT, "node set");
    check_fails(&world, "string.x = 1", CHANDRA_ESCRIPT, "string is read-only");
    check_fails(&world, "\x1bLua", CHANDRA_ESCRIPT, "");
    close_world(&world);
}

static void
test_incomplete(void **state)
{
    static const char *const incomplete[] = {"for i = 1, 2 do", "f(", "x = {1,", "[[a",
                                             "function f()\nlocal x"};
    static const char *const complete[] = {"1", "x = 1", "x = = 1", "for i = 1, 2 do end",
                                           "",  "]]"};
    struct world world = open_world(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(incomplete) / sizeof(incomplete[0]); i++)
        if (!chandra_lua_console_is_incomplete(world.console, incomplete[i]))
            fail_msg("complete: %s", incomplete[i]);
    for (size_t i = 0; i < sizeof(complete) / sizeof(complete[0]); i++)
        if (chandra_lua_console_is_incomplete(world.console, complete[i]))
            fail_msg("incomplete: %s", complete[i]);
    close_world(&world);
}

static struct chandra_lua_console *interrupted;

static void
on_alarm(int number)
{
    (void)number;
    chandra_lua_console_interrupt(interrupted);
}

static void
test_interrupt(void **state)
{
    const struct chandra_lua_options options = {
        .size = sizeof(options), .instruction_limit = UINT64_MAX / 2, .timeout_ms = 60000};
    const struct itimerval soon = {.it_value = {.tv_usec = 50000}};
    struct world world = open_world(&options);

    (void)state;
    interrupted = world.console;
    signal(SIGALRM, on_alarm);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    check_fails(&world, "while true do pcall(function() while true do end end) end",
                CHANDRA_ECANCELED, "interrupted");
    signal(SIGALRM, SIG_DFL);
    close_world(&world);
}

static void
test_long_output(void **state)
{
    struct world world = open_world(NULL);
    char *text;

    (void)state;
    assert_int_equal(chandra_lua_console_eval(world.console,
                                              "big = {} for i = 1, 3000 do big[i] = 'item' .. i "
                                              "end",
                                              &text, NULL),
                     CHANDRA_OK);
    chandra_free(text);
    assert_int_equal(chandra_lua_console_eval(world.console, "big", &text, NULL), CHANDRA_OK);
    assert_non_null(strstr(text, "  ... 2900 more\n}\n"));
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        assert_true(strchr(line, '\n') - line <= 80);
    chandra_free(text);
    close_world(&world);
}

/* Fail the n-th allocation: the console stays usable, nothing leaks. */
static void
test_out_of_memory(void **state)
{
    static const char *const lines[] = {"nodes", "claims", "{a = {1, 2}, nodes}", "x = cx.claims"};
    struct world world = open_world(NULL);
    char *text;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        for (long n = 1; n < 400; n++) {
            enum chandra_status st;
            text = NULL;
            chandra_lua_console_set_cycle(world.console, world.cycle, NULL);
            ch_alloc_fail_after(n);
            st = chandra_lua_console_eval(world.console, lines[i], &text, NULL);
            ch_alloc_fail_after(-1);
            assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
            chandra_free(text);
            check_shows(&world, "1 + 1", "2\n");
        }
    for (long n = 1; n < 600; n++) {
        struct chandra_lua_console *console = NULL;
        ch_alloc_fail_after(n);
        if (chandra_lua_console_new(NULL, &console, NULL) != CHANDRA_OK)
            assert_null(console);
        ch_alloc_fail_after(-1);
        chandra_lua_console_free(console);
    }
    close_world(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_values),   cmocka_unit_test(test_views),
        cmocka_unit_test(test_fields),         cmocka_unit_test(test_moments),
        cmocka_unit_test(test_policy_by_hand), cmocka_unit_test(test_failures),
        cmocka_unit_test(test_incomplete),     cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_long_output),    cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
