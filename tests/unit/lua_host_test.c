/* lua_host_test.c - the Lua host where C shows more: limits, failing memory, threads, reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <chandra/sys/policy.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HEADER "--!chandra api=1 name=test version=1.2.3\n"

/* Every kind of view, set and vector, so that each can fail to be made. */
static const char busy_policy[] = HEADER
    "local P = {}\n"
    "function P.match(cx, claim, nodes)\n"
    "  local labels = {}\n"
    "  for key, value in pairs(claim.metadata.labels) do labels[#labels + 1] = key .. value end\n"
    "  nodes = cx:keep(nodes, function(node) return node.labels.zone ~= 'c' end, 'zone c')\n"
    "  for node in nodes:matching{zone = 'a'}:each() do labels[#labels + 1] = node.name end\n"
    "  for _, other in ipairs(cx:find_claims{class = claim.class_name}) do\n"
    "    labels[#labels + 1] = tostring(other) .. #other.reserved_for\n"
    "  end\n"
    "  table.sort(labels, function(a, b) return a > b end)\n"
    "  print(table.concat(labels, ','))\n"
    "  return cx:drop(nodes & claim.class.suitable, claim.unsuitable, 'unsuitable')\n"
    "end\n"
    "function P.scores(cx, pod, nodes)\n"
    "  local counts = cx:count_claims()\n"
    "  return nodes:score(function(node) return 10 * counts[node] + #node.name end)\n"
    "end\n"
    "function P.suggest(cx, _, nodes) return cx:sample(nodes, 2), nodes:first() end\n"
    "return P\n";

static const char cluster_text[] =
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {zone: a}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-2, labels: {zone: b}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-3, labels: {zone: c}}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},\n"
    " driverName: gpu.example.com}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: c1, namespace: ns, labels: {app: x}}, spec: {resourceClassName: gpu}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: c2, namespace: ns}, spec: {resourceClassName: gpu}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns},\n"
    " spec: {containers: [{name: main, image: main}], resourceClaims: [\n"
    "  {name: a, source: {resourceClaimName: c1}}, {name: b, source: {resourceClaimName: c2}}]}}\n";

struct world {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_object *pod;
};

static enum chandra_status
load_text(const char *text, const struct chandra_lua_options *options,
          struct chandra_policy **out_policy, struct chandra_error *err)
{
    const struct chandra_lua_source source = {
        .name = "test.lua", .text = text, .len = strlen(text)};

    return chandra_lua_policy_load(&source, 1, options, out_policy, err);
}

static struct chandra_policy *
must_load(const char *text, const struct chandra_lua_options *options)
{
    struct chandra_policy *policy = NULL;
    struct chandra_error err;

    if (load_text(text, options, &policy, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return policy;
}

static void
load_cluster(struct chandra_sim *sim)
{
    struct chandra_doc *doc;
    struct chandra_error err;
    bool has_moved;

    if (chandra_doc_parse_yaml(cluster_text, strlen(cluster_text), "cluster", NULL, &doc, &err) !=
        CHANDRA_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        if (chandra_sim_load(sim, chandra_doc_root(doc, i), &err) != CHANDRA_OK)
            fail_msg("%s", err.message);
    chandra_doc_free(doc);
    assert_int_equal(chandra_sim_add_default_drivers(sim, &err), CHANDRA_OK);
    assert_int_equal(chandra_sim_settle(sim, &has_moved, &err), CHANDRA_OK);
}

static struct world
open_world(struct chandra_policy *policy)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct world world = {NULL, NULL, NULL};
    struct chandra_error err;
    bool has_moved;

    assert_int_equal(chandra_sim_new(NULL, &world.sim, &err), CHANDRA_OK);
    load_cluster(world.sim);
    assert_int_equal(
        chandra_engine_new(chandra_sim_transport(world.sim), &options, &world.engine, &err),
        CHANDRA_OK);
    chandra_engine_set_policy(world.engine, policy);
    assert_int_equal(chandra_engine_start(world.engine, &err), CHANDRA_OK);
    assert_int_equal(chandra_sim_settle(world.sim, &has_moved, &err), CHANDRA_OK);
    world.pod = chandra_engine_get(world.engine, CHANDRA_KIND_POD, "ns", "p");
    assert_non_null(world.pod);
    return world;
}

static void
close_world(struct world *world)
{
    chandra_object_unref(world->pod);
    chandra_engine_free(world->engine);
    chandra_sim_free(world->sim);
}

/* Number of feasible nodes, or SIZE_MAX when the attempt is aborted; *answer says why. */
static size_t
filter_pod(const struct world *world, struct chandra_answer *answer)
{
    struct chandra_cycle *cycle;
    struct chandra_error err;
    struct chandra_nodeset *feasible;
    size_t count = SIZE_MAX;
    enum chandra_status st =
        chandra_cycle_new(world->engine, chandra_object_pod(world->pod), &cycle, &err);

    answer->code = CHANDRA_CODE_ERROR;
    answer->status = st;
    if (st != CHANDRA_OK)
        return SIZE_MAX;
    chandra_cycle_pre_filter(cycle, answer);
    if (answer->code == CHANDRA_CODE_SUCCESS) {
        const uint32_t capacity = chandra_cycle_capacity(cycle);
        void *memory = calloc(1, chandra_nodeset_bytes(capacity));

        feasible = chandra_nodeset_init(memory, capacity);
        chandra_cycle_filter_all(cycle, NULL, feasible, answer);
        if (answer->code == CHANDRA_CODE_SUCCESS)
            count = chandra_nodeset_count(feasible);
        free(memory);
    }
    chandra_cycle_free(cycle);
    return count;
}

static void
test_identity(void **state)
{
    static const char text[] = HEADER "return {match = function(_, _, nodes) return nodes end}\n";
    struct chandra_policy *policy = must_load(text, NULL);
    const struct chandra_policy_info *info = chandra_policy_info_at(policy, 0);

    (void)state;
    assert_int_equal(chandra_policy_count(policy), 1);
    assert_null(chandra_policy_info_at(policy, 1));
    assert_string_equal(info->name, "test");
    assert_string_equal(info->version, "1.2.3");
    assert_string_equal(info->source, "test.lua");
    assert_int_equal(info->api, 1);
    assert_int_equal(strlen(info->sha256), 64);
    chandra_policy_unref(policy);
}

static void
test_builtin_default_loads(void **state)
{
    struct chandra_policy *policy;
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_lua_policy_load(chandra_lua_default(), 1, NULL, &policy, &err),
                     CHANDRA_OK);
    assert_string_equal(chandra_policy_info_at(policy, 0)->name, "default");
    chandra_policy_unref(policy);
}

static void
test_chain_bounds(void **state)
{
    struct chandra_policy *policy;
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_lua_policy_load(NULL, 0, NULL, &policy, &err), CHANDRA_EINVAL);
    assert_int_equal(chandra_lua_policy_load_files(NULL, 0, NULL, &policy, &err), CHANDRA_EINVAL);
}

static void
test_missing_file(void **state)
{
    static const char *const path = "/nowhere/policy.lua";
    struct chandra_policy *policy;
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_lua_policy_load_files(&path, 1, NULL, &policy, &err), CHANDRA_EIO);
    assert_non_null(strstr(err.message, "/nowhere/policy.lua: "));
}

/* Whatever the cap, a policy loads or is out of memory, and from some cap on it always loads. */
static void
test_memory_caps_of_load(void **state)
{
    size_t enough = SIZE_MAX - 16384; /* the least with which it loads; give or take some chunks */

    (void)state;
    for (size_t limit = 256; limit < 200000; limit += limit < 60000 ? 101 : 4099) {
        const struct chandra_lua_options options = {.size = sizeof(options), .memory_limit = limit};
        struct chandra_policy *policy;
        struct chandra_error err;
        const enum chandra_status st = load_text(busy_policy, &options, &policy, &err);

        /* no room for the VM, or none for the policy */
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM || st == CHANDRA_EBUDGET);
        assert_true(st == CHANDRA_OK || limit < enough + 16384);
        if (st == CHANDRA_OK)
            chandra_policy_unref(policy);
        if (st == CHANDRA_OK && limit < enough)
            enough = limit;
    }
    assert_true(enough < 200000);
}

static void
test_memory_caps_of_hooks(void **state)
{
    struct world world = open_world(NULL);
    bool has_passed = false;

    (void)state;
    for (size_t limit = 30000; limit < 120000; limit += 499) {
        const struct chandra_lua_options options = {.size = sizeof(options), .memory_limit = limit};
        struct chandra_policy *policy;
        struct chandra_answer answer;
        struct chandra_error err;
        size_t count;

        if (load_text(busy_policy, &options, &policy, &err) != CHANDRA_OK)
            continue;
        chandra_engine_set_policy(world.engine, policy);
        chandra_policy_unref(policy);
        count = filter_pod(&world, &answer);
        assert_true(count == 2 ||
                    (count == SIZE_MAX && answer.status == CHANDRA_EBUDGET &&
                     strstr(answer.reason, "over the limit of") && strstr(answer.reason, "match")));
        has_passed = count == 2;
    }
    assert_true(has_passed);
    close_world(&world);
}

/* Let the n-th allocation fail, for every n. */
static void
test_failing_allocations_of_load(void **state)
{
    enum chandra_status st = CHANDRA_ENOMEM;
    long n;

    (void)state;
    for (n = 0; st != CHANDRA_OK && n < 100000; n++) {
        struct chandra_policy *policy;
        struct chandra_error err;

        ch_alloc_fail_after(n);
        st = load_text(busy_policy, NULL, &policy, &err);
        ch_alloc_fail_after(-1);
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
        if (st == CHANDRA_OK)
            chandra_policy_unref(policy);
    }
    assert_true(n > 30); /* small blocks come by the chunk */
}

static void
test_failing_allocations_of_hooks(void **state)
{
    struct chandra_policy *policy = must_load(busy_policy, NULL);
    struct world world = open_world(policy);
    size_t count = SIZE_MAX;

    (void)state;
    for (long n = 0; count == SIZE_MAX && n < 100000; n++) {
        struct chandra_answer answer;

        ch_alloc_fail_after(n);
        count = filter_pod(&world, &answer);
        ch_alloc_fail_after(-1);
        assert_true(count == 2 || (count == SIZE_MAX && answer.status == CHANDRA_ENOMEM));
    }
    assert_int_equal(count, 2);
    close_world(&world);
    chandra_policy_unref(policy);
}

static void
test_failing_allocations_of_check(void **state)
{
    static const char text[] = HEADER "x = 1\nreturn {macth = function() return undefined end}\n";
    const struct chandra_lua_source source = {.name = "t.lua", .text = text, .len = strlen(text)};
    enum chandra_status st = CHANDRA_ENOMEM;
    size_t findings = 0;

    (void)state;
    for (long n = 0; st != CHANDRA_OK && n < 100000; n++) {
        struct chandra_error err;

        ch_alloc_fail_after(n);
        st = chandra_lua_check(&source, NULL, NULL, &findings, &err);
        ch_alloc_fail_after(-1);
        assert_true(st == CHANDRA_OK || st == CHANDRA_ENOMEM);
    }
    assert_int_equal(findings, 3);
}

/* A call that failed leaves nothing behind: the next one is served by a fresh VM. */
static void
test_failed_vm_is_replaced(void **state)
{
    static const char text[] = HEADER "local calls = 0\n"
                                      "return {match = function(_, _, nodes)\n"
                                      "  calls = calls + 1\n"
                                      "  if calls == 3 then while true do end end\n"
                                      "  return nodes\n"
                                      "end}\n";
    const struct chandra_lua_options options = {
        .size = sizeof(options), .instruction_limit = 5000, .timeout_ms = 10000, .max_vms = 1};
    struct chandra_policy *policy = must_load(text, &options);
    struct world world = open_world(policy);
    struct chandra_answer answer;

    (void)state;
    assert_int_equal(filter_pod(&world, &answer), 3);
    assert_int_equal(filter_pod(&world, &answer), SIZE_MAX);
    assert_int_equal(answer.status, CHANDRA_EBUDGET);
    assert_non_null(strstr(answer.reason, "over the limit of 5000 instructions"));
    assert_int_equal(filter_pod(&world, &answer), 3);
    close_world(&world);
    chandra_policy_unref(policy);
}

static void
test_wall_clock(void **state)
{
    static const char text[] = HEADER "return {match = function() while true do end end}\n";
    const struct chandra_lua_options options = {
        .size = sizeof(options), .instruction_limit = UINT64_MAX / 2, .timeout_ms = 20};
    struct chandra_policy *policy = must_load(text, &options);
    struct world world = open_world(policy);
    struct chandra_answer answer;

    (void)state;
    assert_int_equal(filter_pod(&world, &answer), SIZE_MAX);
    assert_int_equal(answer.status, CHANDRA_EBUDGET);
    assert_non_null(strstr(answer.reason, "test.lua:2: over the limit of 20 ms for a call"));
    close_world(&world);
    chandra_policy_unref(policy);
}

/* A logger that takes as long as `user` says: time that passes without the policy's doing. */
static void
sleepy_log(void *user, enum chandra_level level, const char *message)
{
    const int *sleep_ms = user;
    const struct timespec pause = {.tv_sec = *sleep_ms / 1000,
                                   .tv_nsec = (long)(*sleep_ms % 1000) * 1000000};

    (void)level;
    (void)message;
    nanosleep(&pause, NULL);
}

static enum chandra_status
filter_with_pause(int sleep_ms)
{
    static const char text[] = HEADER "return {match = function(cx, _, nodes) cx:log('x')\n"
                                      "for _ = 1, 5000 do end return nodes end}\n";
    const struct chandra_lua_options options = {
        .size = sizeof(options), .timeout_ms = 40, .logger = {sleepy_log, &sleep_ms}};
    struct chandra_policy *policy = must_load(text, &options);
    struct world world = open_world(policy);
    struct chandra_answer answer;

    (void)filter_pod(&world, &answer);
    close_world(&world);
    chandra_policy_unref(policy);
    return answer.status;
}

static void
test_time_withheld_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(filter_with_pause(80), CHANDRA_OK);
    assert_int_equal(filter_with_pause(600), CHANDRA_EBUDGET); /* ten times the limit */
}

enum { THREADS = 4, ROUNDS = 30 };

static void *
run_thread(void *arg)
{
    const struct world *world = arg;
    size_t failures = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct chandra_answer answer;

        failures += filter_pod(world, &answer) != 2;
    }
    return (void *)failures;
}

/* More threads than VMs, while the policy is replaced again and again. */
static void
test_threads(void **state)
{
    const struct chandra_lua_options options = {
        .size = sizeof(options), .timeout_ms = 60000, .max_vms = 2};
    struct chandra_policy *policy = must_load(busy_policy, &options);
    struct world world = open_world(policy);
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, &world), 0);
    for (int i = 0; i < 10; i++) {
        chandra_policy_unref(policy);
        policy = must_load(busy_policy, &options);
        chandra_engine_set_policy(world.engine, policy);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failures;

        pthread_join(threads[i], &failures);
        assert_null(failures);
    }
    close_world(&world);
    chandra_policy_unref(policy);
}

static void
write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static const char *
version_of(struct chandra_engine *engine, char text[64])
{
    struct chandra_policy *policy = chandra_engine_policy(engine);

    snprintf(text, 64, "%s", chandra_policy_info_at(policy, 0)->version);
    chandra_policy_unref(policy);
    return text;
}

#define VERSION(number)                          \
    "--!chandra api=1 name=test version=" number \
    "\nreturn {match = function(_, _, nodes) return nodes end}\n"

/* The last good text stays, and each bad one is told once. */
static void
test_reload(void **state)
{
    char path[] = "/tmp/chandra-policy-XXXXXX", text[64];
    const char *const paths[] = {path};
    const int fd = mkstemp(path);
    struct world world = open_world(NULL);
    struct chandra_lua_loader *loader;
    struct chandra_error err;
    bool is_swapped;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    write_file(path, VERSION("1"));
    assert_int_equal(chandra_lua_loader_new(world.engine, paths, 1, NULL, &loader, &err),
                     CHANDRA_OK);
    assert_string_equal(version_of(world.engine, text), "1");
    assert_int_equal(chandra_lua_loader_poll(loader, &is_swapped, &err), CHANDRA_OK);
    assert_false(is_swapped);
    write_file(path, VERSION("2") "syntax error");
    assert_int_equal(chandra_lua_loader_poll(loader, &is_swapped, &err), CHANDRA_ESCRIPT);
    assert_int_equal(chandra_lua_loader_poll(loader, &is_swapped, &err), CHANDRA_OK);
    assert_false(is_swapped);
    assert_string_equal(version_of(world.engine, text), "1");
    unlink(path);
    assert_int_equal(chandra_lua_loader_poll(loader, &is_swapped, &err), CHANDRA_EIO);
    assert_int_equal(chandra_lua_loader_poll(loader, &is_swapped, &err), CHANDRA_OK);
    assert_string_equal(version_of(world.engine, text), "1");
    write_file(path, VERSION("3"));
    assert_int_equal(chandra_lua_loader_poll(loader, &is_swapped, &err), CHANDRA_OK);
    assert_true(is_swapped);
    assert_string_equal(version_of(world.engine, text), "3");
    chandra_lua_loader_free(loader);
    assert_string_equal(version_of(world.engine, text), "3");
    unlink(path);
    close_world(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_builtin_default_loads),
        cmocka_unit_test(test_chain_bounds),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_memory_caps_of_load),
        cmocka_unit_test(test_memory_caps_of_hooks),
        cmocka_unit_test(test_failing_allocations_of_load),
        cmocka_unit_test(test_failing_allocations_of_hooks),
        cmocka_unit_test(test_failing_allocations_of_check),
        cmocka_unit_test(test_failed_vm_is_replaced),
        cmocka_unit_test(test_wall_clock),
        cmocka_unit_test(test_time_withheld_does_not_count),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_reload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
