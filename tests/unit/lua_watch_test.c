/* lua_watch_test.c - budgets without counted instructions, and memory over many loads. */
#define _GNU_SOURCE /* SIGRTMIN */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <chandra/sys/policy.h>
#ifdef __GLIBC__
#    include <malloc.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HEADER "--!chandra api=1 name=test version=1\n"
#define SIGNAL (SIGRTMIN + 3)
#define MATCH(body) HEADER "return {match = function(cx, claim, nodes) " body " end}\n"

/* ThreadSanitizer holds signals back until the thread calls the C library, as a comparison of
 * strings does. */
#ifdef __SANITIZE_THREAD__
#    define CALL_LIBC "local _ = 'a' <= 'a'"
#else
#    define CALL_LIBC ""
#endif

static const char *const cluster[] = {
    "{apiVersion: v1, kind: Node, metadata: {name: node-1}}",
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},"
    " driverName: gpu.example.com}",
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: {name: c, namespace: n},"
    " spec: {resourceClassName: gpu}}",
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: n}, spec: {resourceClaims:"
    " [{name: a, source: {resourceClaimName: c}}], containers: [{name: main, image: main}]}}",
};

struct world {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_object *pod;
};

static struct world world;

static int
open_world(void **state)
{
    struct chandra_error err;
    bool has_moved;

    (void)state;
    assert_int_equal(chandra_sim_new(NULL, &world.sim, &err), CHANDRA_OK);
    for (size_t i = 0; i < sizeof(cluster) / sizeof(cluster[0]); i++) {
        struct chandra_doc *doc;

        assert_int_equal(
            chandra_doc_parse_yaml(cluster[i], strlen(cluster[i]), "cluster", NULL, &doc, &err),
            CHANDRA_OK);
        assert_int_equal(chandra_sim_load(world.sim, chandra_doc_root(doc, 0), &err), CHANDRA_OK);
        chandra_doc_free(doc);
    }
    assert_int_equal(
        chandra_engine_new(chandra_sim_transport(world.sim), NULL, &world.engine, &err),
        CHANDRA_OK);
    assert_int_equal(chandra_engine_start(world.engine, &err), CHANDRA_OK);
    assert_int_equal(chandra_sim_settle(world.sim, &has_moved, &err), CHANDRA_OK);
    world.pod = chandra_engine_get(world.engine, CHANDRA_KIND_POD, "n", "p");
    assert_non_null(world.pod);
    return 0;
}

static int
close_world(void **state)
{
    (void)state;
    chandra_object_unref(world.pod);
    chandra_engine_free(world.engine);
    chandra_sim_free(world.sim);
    return 0;
}

static struct chandra_policy *
load(const char *text, const struct chandra_lua_options *options)
{
    const struct chandra_lua_source source = {"test.lua", text, strlen(text), 0};
    struct chandra_policy *policy;
    struct chandra_error err;

    if (chandra_lua_policy_load(&source, 1, options, &policy, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return policy;
}

/* Ask match once; the answer of Filter. */
static struct chandra_answer
ask(struct chandra_policy *policy)
{
    struct chandra_answer answer;
    struct chandra_cycle *cycle;
    struct chandra_error err;

    chandra_engine_set_policy(world.engine, policy);
    assert_int_equal(chandra_cycle_new(world.engine, chandra_object_pod(world.pod), &cycle, &err),
                     CHANDRA_OK);
    chandra_cycle_pre_filter(cycle, &answer);
    assert_int_equal(answer.code, CHANDRA_CODE_SUCCESS);
    chandra_cycle_filter(cycle, "node-1", &answer);
    chandra_cycle_free(cycle);
    return answer;
}

static int64_t
cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A policy ends by the clock; generous, since what is tested is that it ends and by what. */
static void
expect_over_time(const char *text)
{
    const struct chandra_lua_options options = {
        .size = sizeof(options), .timeout_ms = 60, .interrupt_signal = SIGNAL};
    struct chandra_policy *policy = load(text, &options);
    const int64_t start = cpu_ms();
    const struct chandra_answer answer = ask(policy);

    assert_true(cpu_ms() - start < 2000);
    assert_int_equal(answer.status, CHANDRA_EBUDGET);
    if (!strstr(answer.reason, "over the limit of 60 ms"))
        fail_msg("%s", answer.reason);
    chandra_policy_unref(policy);
}

static void
test_endless_loops_end(void **state)
{
    (void)state;
    expect_over_time(MATCH("while true do " CALL_LIBC " end"));
    expect_over_time(
        MATCH("while true do pcall(function() while true do " CALL_LIBC " end end) end"));
    expect_over_time(MATCH("::again:: do " CALL_LIBC " end goto again"));
    expect_over_time(MATCH("local function f() " CALL_LIBC " return f() end return f()"));
    expect_over_time(MATCH("repeat local x = 1 " CALL_LIBC " until not x"));
}

/* What library functions charge counts without a hook, and is the same in every run. */
static void
test_charges_count(void **state)
{
    const struct chandra_lua_options options = {.size = sizeof(options),
                                                .instruction_limit = 100000,
                                                .timeout_ms = 60000,
                                                .interrupt_signal = SIGNAL};
    struct chandra_policy *policy =
        load(MATCH("while true do local _ = ('x'):rep(1000):find('y') end"), &options);
    const struct chandra_answer answer = ask(policy);

    (void)state;
    assert_int_equal(answer.status, CHANDRA_EBUDGET);
    assert_non_null(strstr(answer.reason, "over the limit of 100000 instructions"));
    chandra_policy_unref(policy);
}

static void
test_short_and_long_calls_pass(void **state)
{
    const struct chandra_lua_options options = {
        .size = sizeof(options), .timeout_ms = 20000, .interrupt_signal = SIGNAL};
    struct chandra_policy *policy =
        load(MATCH("for i = 1, 30000000 do local x = i end return nodes"), &options);

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(policy).code, CHANDRA_CODE_SUCCESS); /* with signals in between */
    chandra_policy_unref(policy);
    policy = load(MATCH("return nodes"), &options);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ask(policy).code, CHANDRA_CODE_SUCCESS);
    chandra_policy_unref(policy);
}

/* The thread has the signal blocked: the call goes on, and the signal does not stay behind. */
static void
test_blocked_signal(void **state)
{
    const struct chandra_lua_options options = {
        .size = sizeof(options), .timeout_ms = 10, .interrupt_signal = SIGNAL};
    struct chandra_policy *policy =
        load(MATCH("for i = 1, 10000000 do " CALL_LIBC " end return nodes"), &options);
    sigset_t set, before, pending;

    (void)state;
    sigemptyset(&set);
    sigaddset(&set, SIGNAL);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    assert_int_equal(ask(policy).code, CHANDRA_CODE_SUCCESS);
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGNAL));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(ask(policy).status, CHANDRA_EBUDGET);
    chandra_policy_unref(policy);
}

static void
foreign_handler(int signal)
{
    (void)signal;
}

static void
test_signals_that_cannot_be_had(void **state)
{
    const struct chandra_lua_source source = {"test.lua", MATCH("return nodes"),
                                              sizeof(MATCH("return nodes")) - 1, 0};
    struct chandra_lua_options options = {.size = sizeof(options), .interrupt_signal = SIGKILL};
    struct chandra_policy *policy;
    struct chandra_error err;

    (void)state;
    assert_int_equal(chandra_lua_policy_load(&source, 1, &options, &policy, &err), CHANDRA_EINVAL);
    assert_non_null(strstr(err.message, "cannot be had"));
    options.interrupt_signal = SIGUSR1;
    assert_ptr_not_equal(signal(SIGUSR1, foreign_handler), SIG_ERR);
    assert_int_equal(chandra_lua_policy_load(&source, 1, &options, &policy, &err), CHANDRA_EINVAL);
    assert_non_null(strstr(err.message, "another handler"));
    signal(SIGUSR1, SIG_DFL);
}

enum { THREADS = 3, ROUNDS = 4 };

static void *
run_thread(void *argument)
{
    size_t wrong = 0;

    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        struct chandra_answer answer;
        struct chandra_cycle *cycle;
        struct chandra_error err;

        if (chandra_cycle_new(world.engine, chandra_object_pod(world.pod), &cycle, &err) !=
            CHANDRA_OK)
            return (void *)SIZE_MAX;
        chandra_cycle_pre_filter(cycle, &answer);
        chandra_cycle_filter(cycle, "node-1", &answer);
        wrong += answer.status != CHANDRA_EBUDGET;
        chandra_cycle_free(cycle);
    }
    return (void *)wrong;
}

static void
test_threads(void **state)
{
    const struct chandra_lua_options options = {
        .size = sizeof(options), .timeout_ms = 20, .max_vms = 2, .interrupt_signal = SIGNAL};
    struct chandra_policy *policy = load(MATCH("while true do " CALL_LIBC " end"), &options);
    pthread_t threads[THREADS];
    void *wrong;

    (void)state;
    chandra_engine_set_policy(world.engine, policy);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    chandra_policy_unref(policy);
}

/* Bytes in use; 0 where that is not known, as under sanitizers, which look for leaks by themselves.
 */
static size_t
bytes_in_use(void)
{
#ifdef __GLIBC__
    return mallinfo2().uordblks;
#else
    return 0;
#endif
}

/* After 1,000 loads, each put to work, as much memory is held as after the first ones. */
static void
test_loads_leave_nothing(void **state)
{
    const struct chandra_lua_source *source = chandra_lua_default();
    struct chandra_policy *policy;
    struct chandra_error err;
    size_t before = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(chandra_lua_policy_load(source, 1, NULL, &policy, &err), CHANDRA_OK);
        assert_int_equal(ask(policy).code, CHANDRA_CODE_SUCCESS);
        chandra_policy_unref(policy);
        if (i == 10)
            before = bytes_in_use();
    }
    assert_true(bytes_in_use() < before + 65536);
    chandra_engine_set_policy(world.engine, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endless_loops_end),          cmocka_unit_test(test_charges_count),
        cmocka_unit_test(test_short_and_long_calls_pass),  cmocka_unit_test(test_blocked_signal),
        cmocka_unit_test(test_signals_that_cannot_be_had), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_loads_leave_nothing),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
