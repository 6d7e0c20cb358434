/* kube_limiter_test.c - the token bucket and the timers of the transport. */
#include "base/alloc.h"
#include "kube/limiter.h"
#include "kube/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* How many tokens there are at once. */
static int
take_all(struct ch_limiter *limiter, int64_t now_ms)
{
    int count = 0;

    while (count < 10000 && ch_limiter_take(limiter, now_ms))
        count++;
    return count;
}

static void
begins_with_a_burst(void **state)
{
    struct ch_limiter limiter;

    (void)state;
    ch_limiter_init(&limiter, 50, 100, 1000);
    assert_int_equal(take_all(&limiter, 1000), 100);
    assert_int_equal(ch_limiter_wait_ms(&limiter, 1000), 21); /* 20 ms and a bit */
    assert_int_equal(take_all(&limiter, 1019), 0);
    assert_int_equal(take_all(&limiter, 1021), 1);
}

static void
fills_with_time_up_to_the_burst(void **state)
{
    struct ch_limiter limiter;

    (void)state;
    ch_limiter_init(&limiter, 50, 100, 0);
    assert_int_equal(take_all(&limiter, 0), 100);
    assert_int_equal(take_all(&limiter, 1000), 50);
    assert_int_equal(take_all(&limiter, 1000000), 100);
}

static void
keeps_the_rate_over_a_long_time(void **state)
{
    struct ch_limiter limiter;
    int count = 0;
    int64_t now = 0;

    (void)state;
    ch_limiter_init(&limiter, 7.5, 1, 0);
    for (; now < 100000; now += ch_limiter_wait_ms(&limiter, now))
        count += take_all(&limiter, now);
    assert_in_range(count, 740, 751);
}

static void
never_limits_without_a_rate(void **state)
{
    struct ch_limiter limiter;

    (void)state;
    ch_limiter_init(&limiter, -1, 1, 0);
    assert_int_equal(take_all(&limiter, 0), 10000);
    assert_int_equal(ch_limiter_wait_ms(&limiter, 0), 0);
}

static void
survives_odd_numbers(void **state)
{
    struct ch_limiter limiter;

    (void)state;
    ch_limiter_init(&limiter, 1e-9, -5, 0);
    assert_int_equal(take_all(&limiter, 0), 1);
    assert_int_equal(ch_limiter_wait_ms(&limiter, 0), 60000); /* asked again later */
    assert_int_equal(take_all(&limiter, -1000), 0);           /* a clock that steps back */
}

/* Timers. */

static void
do_nothing(void *user)
{
    (void)user;
}

static void
timers_come_in_order(void **state)
{
    struct ch_timers timers = {0};
    struct ch_timer timer;
    int64_t last = -1;
    uint64_t last_order = 0;
    size_t count = 0;

    (void)state;
    assert_int_equal(ch_timers_next_ms(&timers), INT64_MAX);
    assert_false(ch_timers_take(&timers, INT64_MAX, &timer));
    for (int i = 0; i < 1000; i++)
        assert_true(ch_timers_add(&timers, i * 7919 % 100, do_nothing, &timers));
    assert_int_equal(ch_timers_next_ms(&timers), 0);
    for (; ch_timers_take(&timers, 49, &timer); count++) {
        assert_true(timer.due_ms > last || (timer.due_ms == last && timer.order > last_order));
        last = timer.due_ms;
        last_order = timer.order;
    }
    assert_int_equal(count, 500);
    assert_int_equal(ch_timers_next_ms(&timers), 50);
    ch_timers_clear(&timers);
}

static void
timers_of_one_user_are_forgotten(void **state)
{
    struct ch_timers timers = {0};
    struct ch_timer timer;
    int users[3];
    int64_t last = -1;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < 300; i++)
        assert_true(ch_timers_add(&timers, i * 7919 % 1000, do_nothing, &users[i % 3]));
    ch_timers_forget(&timers, &users[1]);
    for (; ch_timers_take(&timers, INT64_MAX, &timer); count++) {
        assert_ptr_not_equal(timer.user, &users[1]);
        assert_true(timer.due_ms >= last);
        last = timer.due_ms;
    }
    assert_int_equal(count, 200);
    ch_timers_clear(&timers);
}

static void
timers_survive_running_out_of_memory(void **state)
{
    struct ch_timers timers = {0};
    struct ch_timer timer;
    size_t count = 0;

    (void)state;
    ch_alloc_fail_after(1);
    while (ch_timers_add(&timers, (int64_t)count, do_nothing, NULL))
        count++;
    ch_alloc_fail_after(-1);
    assert_int_equal(timers.count, count);
    for (; count > 0; count--)
        assert_true(ch_timers_take(&timers, INT64_MAX, &timer));
    ch_timers_clear(&timers);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_with_a_burst),
        cmocka_unit_test(fills_with_time_up_to_the_burst),
        cmocka_unit_test(keeps_the_rate_over_a_long_time),
        cmocka_unit_test(never_limits_without_a_rate),
        cmocka_unit_test(survives_odd_numbers),
        cmocka_unit_test(timers_come_in_order),
        cmocka_unit_test(timers_of_one_user_are_forgotten),
        cmocka_unit_test(timers_survive_running_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
