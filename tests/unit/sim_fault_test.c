/* sim_fault_test.c - faults on request, and the timers of the transport. */
#include "sim_kit.h"

#define NODES "/api/v1/nodes"
#define NODE "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n'}}"

static void
add(struct chandra_sim *sim, struct chandra_sim_fault fault)
{
    struct chandra_error err;

    fault.size = sizeof(fault);
    must(chandra_sim_add_fault(sim, &fault, &err), &err);
}

static struct answer
post_node(struct chandra_sim *sim)
{
    return request(sim, CHANDRA_POST, NODES, NODE);
}

static void
test_refusals(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    add(sim, (struct chandra_sim_fault){.method = "POST",
                                        .path = "/nodes",
                                        .http_status = 429,
                                        .retry_after_s = 3,
                                        .skip = 1,
                                        .count = 1});
    request(sim, CHANDRA_POST, CLAIMS, "{}");
    assert_int_equal(post_node(sim).http_status, 201);
    answer = request(sim, CHANDRA_POST, NODES, "{'metadata':{'name':'m'}}");
    assert_int_equal(answer.http_status, 429);
    assert_int_equal(answer.retry_after_ms, 3000);
    assert_at(answer.body, "reason", "TooManyRequests");
    assert_at(answer.body, "code", "429");
    /* it had no effect, and is over */
    assert_gone(sim, NODES "/m");
    assert_int_equal(request(sim, CHANDRA_POST, NODES, "{'metadata':{'name':'m'}}").http_status,
                     201);
    chandra_sim_free(sim);
}

static void
test_words(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct answer answer;

    (void)state;
    add(sim, (struct chandra_sim_fault){.http_status = 409,
                                        .reason = "Conflict",
                                        .message = "somebody was faster",
                                        .retry_after_s = -1});
    answer = get(sim, NODES);
    assert_int_equal(answer.http_status, 409);
    assert_int_equal(answer.retry_after_ms, -1);
    assert_at(answer.body, "message", "somebody was faster");
    chandra_sim_clear_faults(sim);
    assert_int_equal(get(sim, NODES).http_status, 200);
    chandra_sim_free(sim);
}

static void
test_lost_answers(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    add(sim, (struct chandra_sim_fault){
                 .method = "POST", .drop = true, .retry_after_s = -1, .count = 1});
    add(sim, (struct chandra_sim_fault){
                 .method = "POST", .drop = true, .after_effect = true, .retry_after_s = -1});
    assert_int_equal(post_node(sim).http_status, 0);
    assert_gone(sim, NODES "/n");
    assert_int_equal(post_node(sim).http_status, 0);
    assert_stored(sim, NODES "/n", "metadata/name", "n");
    chandra_sim_free(sim);
}

static void
test_late_answers(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct chandra_transport *transport = chandra_sim_transport(sim);
    const struct chandra_request what = {.method = CHANDRA_GET, .path = NODES};
    struct answer answer = {0};
    struct chandra_error err;

    (void)state;
    add(sim, (struct chandra_sim_fault){.delay_ms = 250, .retry_after_s = -1});
    must(transport->ops->submit(transport, &what, keep_answer, &answer, &err), &err);
    assert_int_equal(answer.count, 0);
    assert_int_equal(chandra_sim_next_ms(sim, false), 250);
    advance(sim, 249);
    assert_int_equal(answer.count, 0);
    advance(sim, 250);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.http_status, 200);
    /* one that is never waited for is given back with the cluster */
    must(transport->ops->submit(transport, &what, keep_answer, &answer, &err), &err);
    chandra_sim_free(sim);
    assert_int_equal(answer.count, 1);
}

static void
test_watches(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at;

    (void)state;
    add(sim, (struct chandra_sim_fault){
                 .method = "WATCH", .http_status = 503, .retry_after_s = 1, .count = 1});
    add(sim, (struct chandra_sim_fault){
                 .method = "WATCH", .drop = true, .retry_after_s = -1, .count = 1});
    add(sim, (struct chandra_sim_fault){.method = "WATCH",
                                        .drop = true,
                                        .after_effect = true,
                                        .delay_ms = 1000,
                                        .retry_after_s = -1,
                                        .count = 1});
    stop(sim, watch(sim, NODES "?watch=1", &seen));
    assert_int_equal(seen.closed, 1);
    assert_int_equal(seen.http_status, 503);
    stop(sim, watch(sim, NODES "?watch=1", &seen));
    assert_int_equal(seen.closed, 2);
    assert_int_equal(seen.http_status, 0);
    /* cut later: events before come through */
    at = watch(sim, NODES "?watch=1", &seen);
    post_node(sim);
    deliver(sim);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.closed, 2);
    advance(sim, 1000);
    assert_int_equal(seen.closed, 3);
    assert_int_equal(seen.http_status, 0);
    stop(sim, at);
    chandra_sim_free(sim);
}

static void
test_late_watch(void **state)
{
    struct chandra_sim *sim = new_sim();
    struct seen seen = {0};
    struct chandra_watch *at;

    (void)state;
    add(sim, (struct chandra_sim_fault){.method = "WATCH", .delay_ms = 500, .retry_after_s = -1});
    at = watch(sim, NODES "?watch=1", &seen);
    post_node(sim);
    deliver(sim);
    assert_int_equal(seen.count, 0);
    assert_int_equal(chandra_sim_next_ms(sim, false), 500);
    advance(sim, 500);
    assert_int_equal(seen.count, 1);
    stop(sim, at);
    chandra_sim_free(sim);
}

/* Controllers are part of the cluster: no fault touches them. */
static void
test_controllers_are_spared(void **state)
{
    struct chandra_sim *sim = new_sim();

    (void)state;
    add(sim, (struct chandra_sim_fault){.http_status = 500, .retry_after_s = -1});
    load(sim, "{'apiVersion':'resource.k8s.io/v1alpha2','kind':'ResourceClaimTemplate','metadata':{"
              "'name':'t'},'spec':{'spec':{'resourceClassName':'k'}}}");
    load(sim, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p'},'spec':{'resourceClaims':[{"
              "'name':'a','source':{'resourceClaimTemplateName':'t'}}]}}");
    settle_all(sim);
    chandra_sim_clear_faults(sim);
    assert_at(get(sim, CLAIMS).body, "items/#", "1");
    chandra_sim_free(sim);
}

/* Timers. */

struct clock {
    struct chandra_sim *sim;
    int count;
    int64_t rang[8];
};

static void
ring(void *user)
{
    struct clock *clock = user;

    clock->rang[clock->count++] = chandra_sim_now_ms(clock->sim);
}

static void
set(struct clock *clock, int64_t delay_ms)
{
    struct chandra_transport *transport = chandra_sim_transport(clock->sim);
    struct chandra_error err;

    must(transport->ops->after(transport, delay_ms, ring, clock, &err), &err);
}

static void
test_timers(void **state)
{
    struct clock clock = {.sim = new_sim()};
    struct clock other = {.sim = clock.sim};
    struct chandra_transport *transport = chandra_sim_transport(clock.sim);

    (void)state;
    set(&clock, 300);
    set(&clock, 100);
    set(&clock, 0);
    set(&other, 200);
    assert_int_equal(chandra_sim_next_ms(clock.sim, false), 0);
    advance(clock.sim, 250);
    assert_int_equal(clock.count, 2);
    assert_int_equal(clock.rang[0], 0);
    assert_int_equal(clock.rang[1], 100);
    assert_int_equal(other.rang[0], 200);
    assert_int_equal(transport->ops->now_ms(transport), 250);
    assert_int_equal(transport->ops->wall_time(transport), 1717200000);
    /* the clock never goes back */
    advance(clock.sim, 10);
    assert_int_equal(chandra_sim_now_ms(clock.sim), 250);
    transport->ops->forget(transport, &clock);
    assert_int_equal(chandra_sim_next_ms(clock.sim, false), -1);
    advance(clock.sim, 2000);
    assert_int_equal(clock.count, 2);
    assert_int_equal(transport->ops->wall_time(transport), 1717200002);
    chandra_sim_free(clock.sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_lost_answers),
        cmocka_unit_test(test_late_answers),
        cmocka_unit_test(test_watches),
        cmocka_unit_test(test_late_watch),
        cmocka_unit_test(test_controllers_are_spared),
        cmocka_unit_test(test_timers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
