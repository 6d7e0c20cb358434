/* attempt.c - what kube-scheduler does with a pod between taking it from the queue and putting it
 * back.
 *
 * Where the status of a point sends the pod is in the table of spec 2.
 */
#include "scheduler/attempt_state.h"

#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

void
attempt_tools_clear(struct attempt_tools *tools)
{
    chandra_free(tools->feasible);
    chandra_free(tools->asked);
    chandra_free(tools->fitting);
    chandra_free(tools->scores);
    chandra_free(tools->node_loads);
    *tools = (struct attempt_tools){0};
}

bool
attempt_end(struct attempt *attempt, enum verdict verdict, const char *point)
{
    if (!outcome_set(&attempt->outcome, verdict, point, &attempt->answer))
        attempt->is_out_of_memory = true;
    return false;
}

bool
attempt_end_at(struct attempt *attempt, enum verdict verdict, enum chandra_point point)
{
    return attempt_end(attempt, verdict, chandra_point_name(point));
}

bool
attempt_is_refused(enum chandra_code code)
{
    return code == CHANDRA_CODE_UNSCHEDULABLE || code == CHANDRA_CODE_UNRESOLVABLE;
}

const char *
attempt_node_name(const struct attempt *attempt, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(attempt->cycle, index)));
}

static enum chandra_status
decide(struct attempt *attempt, struct chandra_error *err)
{
    struct attempt_tools *tools = attempt->tools;
    enum chandra_status st;
    bool has_node;

    if (chandra_engine_count(tools->engine, CHANDRA_KIND_NODE) == 0) {
        attempt->answer.code = CHANDRA_CODE_UNSCHEDULABLE;
        snprintf(attempt->answer.reason, sizeof(attempt->answer.reason),
                 "the cluster has no nodes");
        attempt_end_at(attempt, VERDICT_REJECTED, CHANDRA_POINT_FILTER);
        return CHANDRA_OK;
    }
    st = chandra_cycle_new(tools->engine, attempt->pod, &attempt->cycle, err);
    if (st != CHANDRA_OK)
        return st;
    if (attempt_pre_filter(attempt)) {
        attempt_begin_shadow(attempt);
        has_node = attempt_filter(attempt) && attempt_score(attempt);
        if (has_node)
            attempt_pick(attempt);
        if (attempt->shadow)
            attempt_run_shadow(attempt);
        if (has_node)
            attempt_place(attempt);
    }
    if (tools->is_dry)
        attempt_end_dry(attempt);
    return CHANDRA_OK;
}

enum chandra_status
attempt_decide(struct attempt_tools *tools, const struct chandra_pod *pod,
               struct refusals *refusals, struct attempt **out_attempt, struct chandra_error *err)
{
    struct attempt *attempt = chandra_realloc(NULL, sizeof(*attempt));
    enum chandra_status st;

    if (!attempt)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(attempt, 0, sizeof(*attempt));
    attempt->tools = tools;
    attempt->refusals = refusals;
    attempt->pod = pod;
    attempt->transport = tools->transport;
    attempt->suggested = CHANDRA_NODESET_END;
    attempt->picked = CHANDRA_NODESET_END;
    st = decide(attempt, err);
    if (st == CHANDRA_OK && attempt->is_out_of_memory)
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    if (st == CHANDRA_OK)
        *out_attempt = attempt;
    else
        attempt_free(attempt);
    return st;
}

bool
attempt_has_more(const struct attempt *attempt)
{
    return attempt->rest != REST_NOTHING;
}

const char *
attempt_node(const struct attempt *attempt)
{
    return attempt->rest == REST_BIND ? attempt->outcome.node : NULL;
}

enum chandra_status
attempt_take_outcome(struct attempt *attempt, struct outcome *outcome, struct chandra_error *err)
{
    outcome_clear(outcome);
    *outcome = attempt->outcome;
    attempt->outcome = (struct outcome){0};
    if (attempt->cycle && !outcome_set_notes(outcome, attempt->cycle))
        attempt->is_out_of_memory = true;
    if (attempt->is_out_of_memory)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return CHANDRA_OK;
}

void
attempt_free(struct attempt *attempt)
{
    if (!attempt)
        return;
    chandra_cycle_free(attempt->shadow);
    chandra_cycle_free(attempt->cycle);
    shadow_note_free(attempt->note);
    outcome_clear(&attempt->outcome);
    chandra_free(attempt);
}

struct attempt *
attempt_next(const struct attempt *attempt)
{
    return attempt->next;
}

void
attempt_set_next(struct attempt *attempt, struct attempt *next)
{
    attempt->next = next;
}

void *
attempt_owner(const struct attempt *attempt)
{
    return attempt->owner;
}

void
attempt_set_owner(struct attempt *attempt, void *owner)
{
    attempt->owner = owner;
}
