/* worker_pool_test.c - what goes from thread to thread: attempts, events, and the scheduler that
 * hands them over. */
#include "bell.h"
#include "manifest.h"
#include "scheduler/inbox.h"
#include "scheduler/scheduler.h"
#include "scheduler/workers.h"

#include <chandra/doc.h>
#include <chandra/engine.h>
#include <chandra/sim.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ATTEMPTS = 200, PODS = 24, WORKERS = 4, PRODUCERS = 3, EVENTS = 500, WAIT_MS = 10000 };

/* Attempts. */

struct pool {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_object *pod;
    struct attempt_tools tools;
    struct bell bell;
    int numbers[ATTEMPTS];
};

static int
set_up(void **state)
{
    static struct pool pool;
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_error err;

    pool = (struct pool){0};
    *state = &pool;
    pool.pod =
        manifest_object("apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\n");
    if (bell_init(&pool.bell, &err) != CHANDRA_OK ||
        chandra_sim_new(NULL, &pool.sim, &err) != CHANDRA_OK ||
        chandra_engine_new(chandra_sim_transport(pool.sim), &options, &pool.engine, &err) !=
            CHANDRA_OK)
        return -1;
    pool.tools.engine = pool.engine;
    return 0;
}

static int
tear_down(void **state)
{
    struct pool *pool = *state;

    attempt_tools_clear(&pool->tools);
    chandra_object_unref(pool->pod);
    chandra_engine_free(pool->engine);
    chandra_sim_free(pool->sim);
    bell_clear(&pool->bell);
    return 0;
}

/* On a cluster without nodes: there is nothing left to do but to hand it over. */
static struct attempt *
new_attempt(struct pool *pool, int number)
{
    struct refusals refusals = {0};
    struct attempt *attempt;
    struct chandra_error err;

    assert_int_equal(
        attempt_decide(&pool->tools, chandra_object_pod(pool->pod), &refusals, &attempt, &err),
        CHANDRA_OK);
    pool->numbers[number] = number;
    attempt_set_owner(attempt, &pool->numbers[number]);
    return attempt;
}

static void
gives_everything_back_once(void **state)
{
    struct pool *pool = *state;
    bool is_back[ATTEMPTS] = {false};
    struct workers *workers;
    struct attempt *attempt;
    struct chandra_error err;
    int count = 0;

    assert_int_equal(workers_new(WORKERS, &pool->bell, &workers, &err), CHANDRA_OK);
    for (int i = 0; i < ATTEMPTS; i++)
        workers_put(workers, new_attempt(pool, i));
    while (count < ATTEMPTS) {
        bell_wait(&pool->bell, WAIT_MS);
        for (; (attempt = workers_take(workers)); count++) {
            const int *number = attempt_owner(attempt);

            assert_false(is_back[*number]);
            is_back[*number] = true;
            attempt_free(attempt);
        }
    }
    assert_null(workers_take(workers));
    workers_free(workers);
}

static void
returns_what_nobody_began(void **state)
{
    struct pool *pool = *state;
    struct workers *workers;
    struct chandra_error err;

    assert_int_equal(workers_new(0, &pool->bell, &workers, &err), CHANDRA_OK);
    for (int i = 0; i < 3; i++)
        workers_put(workers, new_attempt(pool, i));
    assert_null(workers_take(workers));
    workers_stop(workers);
    for (int i = 0; i < 2; i++) {
        struct attempt *attempt = workers_take(workers);

        assert_ptr_equal(attempt_owner(attempt), &pool->numbers[i]); /* in their order */
        attempt_free(attempt);
    }
    workers_free(workers); /* with one that is left */
    workers_free(NULL);
}

static void
ends_in_the_middle_of_work(void **state)
{
    struct pool *pool = *state;
    struct workers *workers;
    struct attempt *attempt;
    struct chandra_error err;
    int count = 0;

    assert_int_equal(workers_new(WORKERS, &pool->bell, &workers, &err), CHANDRA_OK);
    for (int i = 0; i < ATTEMPTS; i++)
        workers_put(workers, new_attempt(pool, i));
    workers_stop(workers);
    for (; (attempt = workers_take(workers)); count++)
        attempt_free(attempt);
    assert_int_equal(count, ATTEMPTS);
    workers_free(workers);
}

/* Events. */

struct producer {
    struct inbox *inbox;
    pthread_t thread;
    struct chandra_object *objects[2];
};

static void *
produce(void *user)
{
    struct producer *producer = user;

    for (int i = 0; i < EVENTS; i++)
        inbox_put(producer->inbox, producer->objects[i % 2], producer->objects[(i + 1) % 2]);
    return NULL;
}

static void
start_producer(struct producer *producer, struct inbox *inbox, int number)
{
    producer->inbox = inbox;
    for (int i = 0; i < 2; i++) {
        char text[128];

        snprintf(text, sizeof(text),
                 "apiVersion: v1\nkind: Node\nmetadata: {name: n%d, labels: {x: \"%d\"}}\n", number,
                 i);
        producer->objects[i] = manifest_object(text);
    }
    assert_int_equal(pthread_create(&producer->thread, NULL, produce, producer), 0);
}

/* Whose event it is; each comes from the state that the one before led to. */
static int
check_event(const struct producer *producers, const int *counts, const struct inbox_event *event)
{
    const int who = chandra_object_name(event->new_object)[1] - '0';

    assert_int_equal(event->kind, CHANDRA_KIND_NODE);
    assert_ptr_equal(event->old_object, producers[who].objects[counts[who] % 2]);
    assert_ptr_equal(event->new_object, producers[who].objects[(counts[who] + 1) % 2]);
    return who;
}

static void
keeps_the_order_of_events(void **state)
{
    struct pool *pool = *state;
    struct producer producers[PRODUCERS];
    struct inbox_event event;
    struct inbox *inbox;
    int counts[PRODUCERS] = {0};
    int count = 0;

    assert_int_equal(inbox_new(&inbox, NULL), CHANDRA_OK);
    inbox_set_bell(inbox, &pool->bell);
    for (int i = 0; i < PRODUCERS; i++)
        start_producer(&producers[i], inbox, i);
    while (count < PRODUCERS * EVENTS) {
        bell_wait(&pool->bell, WAIT_MS);
        for (; inbox_take(inbox, &event); count++) {
            counts[check_event(producers, counts, &event)]++;
            inbox_release(&event);
        }
    }
    assert_false(inbox_has_lost(inbox));
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    inbox_put(inbox, producers[0].objects[0], NULL); /* freed with the inbox */
    inbox_free(inbox);
    for (int i = 0; i < PRODUCERS; i++)
        for (int j = 0; j < 2; j++)
            chandra_object_unref(producers[i].objects[j]);
}

/* The scheduler. */

static void
load(struct chandra_sim *sim, const char *text)
{
    struct chandra_doc *doc = manifest_doc(text);
    struct chandra_error err;

    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        assert_int_equal(chandra_sim_load(sim, chandra_doc_root(doc, i), &err), CHANDRA_OK);
    chandra_doc_free(doc);
}

static void
load_pods(struct chandra_sim *sim)
{
    struct chandra_error err;

    load(sim, "apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: "
              "{kubernetes.io/hostname: n1}}\n---\n"
              "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\nmetadata: {name: gpu}\n"
              "driverName: gpu.example.com\n");
    assert_int_equal(chandra_sim_add_default_drivers(sim, &err), CHANDRA_OK);
    for (int i = 0; i < PODS; i++) {
        char text[768];

        snprintf(text, sizeof(text),
                 "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
                 "metadata: {name: c%d, namespace: default}\nspec: {resourceClassName: gpu}\n---\n"
                 "apiVersion: v1\nkind: Pod\nmetadata: {name: p%d, namespace: default}\n"
                 "spec:\n  containers: [{name: c, image: i}]\n"
                 "  resourceClaims: [{name: dev, source: {resourceClaimName: c%d}}]\n",
                 i, i, i);
        load(sim, text);
    }
}

static void
start_scheduler(struct pool *pool, struct scheduler **out_scheduler)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_error err;

    load_pods(pool->sim);
    assert_int_equal(
        scheduler_new(chandra_sim_transport(pool->sim), &options, NULL, out_scheduler, &err),
        CHANDRA_OK);
    scheduler_set_bell(*out_scheduler, &pool->bell);
    assert_int_equal(scheduler_start_workers(*out_scheduler, WORKERS, &err), CHANDRA_OK);
    assert_int_equal(chandra_engine_start(scheduler_engine(*out_scheduler), &err), CHANDRA_OK);
}

/* Drivers answer between the steps, while workers write. */
static void
binds_with_workers(void **state)
{
    struct pool *pool = *state;
    struct scheduler *scheduler;
    const struct queued_pod *pod;
    struct chandra_error err;
    bool has_moved;

    start_scheduler(pool, &scheduler);
    for (int i = 0; scheduler_bound(scheduler) < PODS && i < 10000; i++) {
        assert_int_equal(chandra_sim_settle(pool->sim, &has_moved, &err), CHANDRA_OK);
        assert_int_equal(scheduler_step(scheduler, &pod, &err), CHANDRA_OK);
        if (!pod)
            bell_wait(&pool->bell, 1);
    }
    assert_int_equal(scheduler_bound(scheduler), PODS);
    assert_int_equal(scheduler_waiting(scheduler), 0);
    assert_int_equal(scheduler_in_flight(scheduler), 0);
    scheduler_free(scheduler);
}

static void
ends_with_attempts_under_way(void **state)
{
    struct pool *pool = *state;
    struct scheduler *scheduler;
    const struct queued_pod *pod;
    struct chandra_error err;

    start_scheduler(pool, &scheduler);
    for (int i = 0; i < PODS / 2; i++)
        assert_int_equal(scheduler_step(scheduler, &pod, &err), CHANDRA_OK);
    scheduler_free(scheduler);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_everything_back_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(returns_what_nobody_began, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_in_the_middle_of_work, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_the_order_of_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(binds_with_workers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_with_attempts_under_way, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
