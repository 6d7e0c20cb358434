/* attempt_finish.c - Reserve, and the second half of an attempt: what the API server is told.
 *
 * A PreBind that waits for drivers parks the pod as pending, as kube-scheduler does from 1.31 on.
 */
#include "scheduler/attempt_state.h"

#include "scheduler/binding.h"

#include <stdio.h>

/* Reserve and PreBind go on, wait for a driver, are refused, or fail; then what was reserved is to
 * be given back. */
static bool
judge(struct attempt *attempt, enum chandra_point point)
{
    const enum chandra_code code = attempt->answer.code;
    enum verdict verdict = VERDICT_FAILED;

    if (code == CHANDRA_CODE_SUCCESS)
        return true;
    if (code == CHANDRA_CODE_PENDING)
        verdict = VERDICT_PENDING;
    else if (attempt_is_refused(code))
        verdict = VERDICT_REJECTED;
    attempt->rest = REST_UNRESERVE;
    return attempt_end_at(attempt, verdict, point);
}

void
attempt_place(struct attempt *attempt)
{
    if (!outcome_set_node(&attempt->outcome, attempt_node_name(attempt, attempt->picked))) {
        attempt->is_out_of_memory = true;
        return;
    }
    chandra_cycle_reserve(attempt->cycle, attempt->outcome.node, &attempt->answer);
    attempt->refusals->is_out_of_turn = false;
    if (judge(attempt, CHANDRA_POINT_RESERVE))
        attempt->rest = REST_BIND;
}

/* PostFilter never changes what becomes of the pod; only what a policy did wrong there is worth
 * telling in place of the reason. */
static void
post_filter(struct attempt *attempt)
{
    const struct chandra_answer *answer = &attempt->answer;

    chandra_cycle_post_filter(attempt->cycle, &attempt->answer);
    if (answer->status == CHANDRA_ESCRIPT || answer->status == CHANDRA_EBUDGET)
        attempt_end_at(attempt, VERDICT_REJECTED, CHANDRA_POINT_POST_FILTER);
}

static bool
bind_pod(struct attempt *attempt)
{
    struct chandra_error err;
    const enum chandra_status st =
        binding_post(attempt->transport, attempt->pod, attempt->outcome.node, &err);

    if (st == CHANDRA_OK)
        return true;
    attempt->answer.code = CHANDRA_CODE_ERROR;
    attempt->answer.status = st;
    snprintf(attempt->answer.reason, sizeof(attempt->answer.reason), "%.*s",
             (int)sizeof(attempt->answer.reason) - 1, err.message);
    attempt->rest = REST_UNRESERVE;
    return attempt_end(attempt, VERDICT_FAILED, "Bind");
}

static void
bind_and_clean_up(struct attempt *attempt)
{
    const char *node = attempt->outcome.node;

    chandra_cycle_pre_bind(attempt->cycle, node, &attempt->answer);
    if (judge(attempt, CHANDRA_POINT_PRE_BIND) && bind_pod(attempt)) {
        attempt_end_at(attempt, VERDICT_BOUND, CHANDRA_POINT_POST_BIND);
        chandra_cycle_post_bind(attempt->cycle, node);
    }
    if (attempt->rest == REST_UNRESERVE)
        chandra_cycle_unreserve(attempt->cycle, node);
}

void
attempt_finish(struct attempt *attempt)
{
    switch (attempt->rest) {
    case REST_NOTHING:
        break;
    case REST_POST_FILTER:
        post_filter(attempt);
        attempt_release_shadow(attempt);
        break;
    case REST_UNRESERVE:
        chandra_cycle_unreserve(attempt->cycle, attempt->outcome.node);
        break;
    case REST_BIND:
        bind_and_clean_up(attempt);
        break;
    }
    attempt->rest = REST_NOTHING;
}

void
attempt_end_dry(struct attempt *attempt)
{
    if (attempt->rest == REST_BIND)
        attempt_end_at(attempt, VERDICT_BOUND, CHANDRA_POINT_RESERVE);
    attempt->rest = REST_NOTHING;
}
