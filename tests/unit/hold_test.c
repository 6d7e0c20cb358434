/* hold_test.c - what an observer hears when echoes of a write come before its answer. */
#include "base/alloc.h"
#include "engine_rig.h"

#include <chandra/sys/observer.h>
#include <chandra/sys/transport.h>

/* A way to the cluster in memory on which watches are quicker than answers. */
struct hasty {
    struct chandra_transport base;
    struct chandra_transport *inner;
    struct rig *rig;
    bool is_hasty;
};

static struct hasty hasty;

struct late_answer {
    int http_status;
    char body[4096];
    size_t body_len;
};

static void
keep_answer(void *user, const struct chandra_response *response)
{
    struct late_answer *answer = user;

    answer->http_status = response->http_status;
    answer->body_len = response->body_len;
    assert_true(response->body_len < sizeof(answer->body));
    memcpy(answer->body, response->body, response->body_len + 1);
}

static bool is_short_of_memory;

static enum chandra_status
deliver(void)
{
    return hasty.rig->stage->ops->deliver(hasty.rig->stage, NULL);
}

static enum chandra_status
submit(struct chandra_transport *transport, const struct chandra_request *request,
       chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct late_answer answer;
    struct chandra_response response = {.retry_after_ms = -1};
    enum chandra_status st;

    (void)transport;
    if (!hasty.is_hasty)
        return hasty.inner->ops->submit(hasty.inner, request, done, user, err);
    st = hasty.inner->ops->submit(hasty.inner, request, keep_answer, &answer, err);
    if (st != CHANDRA_OK)
        return st;
    assert_true(deliver() == CHANDRA_OK || is_short_of_memory);
    response.http_status = answer.http_status;
    response.body = answer.body;
    response.body_len = answer.body_len;
    done(user, &response);
    return CHANDRA_OK;
}

static enum chandra_status
watch(struct chandra_transport *transport, const struct chandra_request *request,
      const struct chandra_watch_sink *sink, struct chandra_watch **out_watch,
      struct chandra_error *err)
{
    (void)transport;
    return hasty.inner->ops->watch(hasty.inner, request, sink, out_watch, err);
}

static void
watch_stop(struct chandra_transport *transport, struct chandra_watch *one)
{
    (void)transport;
    hasty.inner->ops->watch_stop(hasty.inner, one);
}

static enum chandra_status
after(struct chandra_transport *transport, int64_t delay_ms, chandra_timer_fn fn, void *user,
      struct chandra_error *err)
{
    (void)transport;
    return hasty.inner->ops->after(hasty.inner, delay_ms, fn, user, err);
}

static void
forget(struct chandra_transport *transport, void *user)
{
    (void)transport;
    hasty.inner->ops->forget(hasty.inner, user);
}

static int64_t
now_ms(struct chandra_transport *transport)
{
    (void)transport;
    return hasty.inner->ops->now_ms(hasty.inner);
}

static int64_t
wall_time(struct chandra_transport *transport)
{
    (void)transport;
    return hasty.inner->ops->wall_time(hasty.inner);
}

static const struct chandra_transport_ops ops = {
    sizeof(ops), submit, watch, watch_stop, after, forget, now_ms, wall_time,
};

/* What was heard, in words. */
static char heard[1024];

static void
hear_event(void *user, enum chandra_kind kind, enum chandra_event_type type,
           const struct chandra_value *object, bool is_own)
{
    (void)user;
    (void)object;
    snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "%s%s %d; ",
             is_own ? "own " : "", chandra_kind_name(kind), (int)type);
}

static void
hear_write(void *user, const struct chandra_cycle *cycle, enum chandra_kind kind,
           const char *name_space, const char *name, const struct chandra_value *object)
{
    (void)user;
    (void)cycle;
    (void)name_space;
    (void)name;
    (void)object;
    snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "write %s; ",
             chandra_kind_name(kind));
}

static void
hear_call(void *user, const struct chandra_call *call)
{
    (void)user;
    snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "%s; ",
             chandra_point_name(call->point));
}

static const struct chandra_observer observer = {
    .size = sizeof(observer), .event = hear_event, .write = hear_write, .call = hear_call};

static int
set_up(void **state)
{
    static struct rig rig;
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;

    rig_open(&rig, NULL);
    chandra_engine_free(rig.engine);
    hasty = (struct hasty){.base = {&ops}, .inner = chandra_sim_transport(rig.sim), .rig = &rig};
    options.observer = &observer;
    RIG_OK(chandra_engine_new(&hasty.base, &options, &rig.engine, &rig_err));
    RIG_OK(chandra_engine_start(rig.engine, &rig_err));
    rig_nodes(&rig, "n1 n2");
    rig_class(&rig, "gpu", "");
    rig_pod(&rig, "p", "c");
    rig_claim(&rig, "c", DELAYED, "");
    assert_int_equal(rig_pre_filter(&rig, "p"), CHANDRA_CODE_SUCCESS);
    assert_int_equal(rig_reserve(&rig, "n1"), CHANDRA_CODE_SUCCESS);
    heard[0] = '\0';
    *state = &rig;
    return 0;
}

static int
tear_down(void **state)
{
    rig_close(*state);
    return 0;
}

/* The context is in the cache at once, but the observer hears of it after the call. */
static void
calls_come_before_their_echoes(void **state)
{
    struct rig *rig = *state;

    hasty.is_hasty = true;
    assert_int_equal(rig_pre_bind(rig, "n1"), CHANDRA_CODE_PENDING);
    assert_string_equal(heard, "write PodSchedulingContext; PreBind; own PodSchedulingContext 0; ");
    heard[0] = '\0';
    rig_sync(rig);
    assert_string_equal(heard, "");
}

/* Without a call in progress everything is told as it comes. */
static void
nothing_is_held_without_a_call(void **state)
{
    struct rig *rig = *state;

    rig_context(rig, "p", "potentialNodes: [n1]", "");
    assert_string_equal(heard, "PodSchedulingContext 0; ");
}

/* What cannot be held for want of memory is told at once: never lost, never a crash. */
static void
survives_lack_of_memory(void **state)
{
    bool is_done = false;

    for (long n = 0; !is_done; n++) {
        struct rig *rig = *state;
        hasty.is_hasty = true;
        is_short_of_memory = true;
        ch_alloc_fail_after(n);
        chandra_cycle_pre_bind(rig->cycle, "n1", &rig->answer);
        ch_alloc_fail_after(-1);
        is_short_of_memory = false;
        is_done = rig->answer.code == CHANDRA_CODE_PENDING;
        tear_down(state);
        set_up(state);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_come_before_their_echoes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_held_without_a_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_lack_of_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
