/* attempt.c - what kube-scheduler does with a pod between taking it from the queue and putting it
 * back.
 *
 * Nodes are filtered by fit.h and then by DynamicResources. Where the status of a point sends the
 * pod is in the table of spec 2; a PreBind that waits for drivers parks the pod as pending, as
 * kube-scheduler does from 1.31 on.
 */
#include "scheduler/attempt.h"

#include "scheduler/binding.h"
#include "scheduler/blame.h"
#include "scheduler/fit.h"

#include <chandra/doc.h>
#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/policy.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What the second half has to do. */
enum rest { REST_NOTHING, REST_POST_FILTER, REST_UNRESERVE, REST_BIND };

struct attempt {
    struct attempt_tools *tools; /* first half only, like the four below */
    struct refusals *refusals;
    struct chandra_nodeset *feasible;
    struct chandra_nodeset *asked; /* nodes that every driver has been asked about; until a node is
                                    * picked, those left out as drivers refused them before */
    struct chandra_nodeset *fitting; /* nodes that take the pod but for its claims */
    bool has_scores;

    const struct chandra_pod *pod; /* the cycle holds a reference */
    struct chandra_transport *transport;
    struct chandra_cycle *cycle; /* NULL where there was nothing to ask */
    enum rest rest;
    struct outcome outcome;
    struct chandra_answer answer; /* of the last point */
    bool is_out_of_memory;

    bool is_shadow;                   /* it decides beside another attempt */
    uint32_t suggested;               /* node, or CHANDRA_NODESET_END */
    uint32_t picked;                  /* the same */
    struct chandra_cycle *shadow;     /* of the other policy, or NULL */
    bool shadow_is_left_without_node; /* it would come to PostFilter */
    struct shadow_note *note;         /* what differs, or NULL */

    struct attempt *next;
    void *owner;
};

void
attempt_tools_clear(struct attempt_tools *tools)
{
    chandra_free(tools->feasible);
    chandra_free(tools->asked);
    chandra_free(tools->fitting);
    chandra_free(tools->scores);
    *tools = (struct attempt_tools){0};
}

static bool
resize(void **memory, size_t size)
{
    void *grown = chandra_realloc(*memory, size);

    if (grown)
        *memory = grown;
    return grown != NULL;
}

static bool
prepare_sets(struct attempt *attempt)
{
    struct attempt_tools *tools = attempt->tools;
    const uint32_t capacity = chandra_cycle_capacity(attempt->cycle);
    const size_t bytes = chandra_nodeset_bytes(capacity);
    void *scores = tools->scores;

    if (capacity > tools->capacity || !tools->feasible) {
        if (!resize(&tools->feasible, bytes) || !resize(&tools->asked, bytes) ||
            !resize(&tools->fitting, bytes) || !resize(&scores, (capacity + 1) * sizeof(int64_t)))
            return false;
        tools->scores = scores;
        tools->capacity = capacity;
    }
    attempt->feasible = chandra_nodeset_init(tools->feasible, capacity);
    attempt->asked = chandra_nodeset_init(tools->asked, capacity);
    attempt->fitting = chandra_nodeset_init(tools->fitting, capacity);
    return true;
}

/* End the attempt; false, so that a step can end with it. */
static bool
end(struct attempt *attempt, enum verdict verdict, const char *point)
{
    if (!outcome_set(&attempt->outcome, verdict, point, &attempt->answer))
        attempt->is_out_of_memory = true;
    return false;
}

static bool
end_at(struct attempt *attempt, enum verdict verdict, enum chandra_point point)
{
    return end(attempt, verdict, chandra_point_name(point));
}

static bool
is_refused(enum chandra_code code)
{
    return code == CHANDRA_CODE_UNSCHEDULABLE || code == CHANDRA_CODE_UNRESOLVABLE;
}

/* No node is left. Whether a driver should free a claim is asked in the second half. */
static bool
reject(struct attempt *attempt, enum chandra_point point)
{
    end_at(attempt, VERDICT_REJECTED, point);
    if (!outcome_set_cycle(&attempt->outcome, attempt->cycle))
        attempt->is_out_of_memory = true;
    attempt->rest = REST_POST_FILTER;
    return false;
}

/* PostFilter never changes what becomes of the pod; only what a policy did wrong there is worth
 * telling in place of the reason. */
static void
post_filter(struct attempt *attempt)
{
    const struct chandra_answer *answer = &attempt->answer;

    chandra_cycle_post_filter(attempt->cycle, &attempt->answer);
    if (answer->status == CHANDRA_ESCRIPT || answer->status == CHANDRA_EBUDGET)
        end_at(attempt, VERDICT_REJECTED, CHANDRA_POINT_POST_FILTER);
}

static bool
pre_filter(struct attempt *attempt)
{
    chandra_cycle_pre_filter(attempt->cycle, &attempt->answer);
    attempt->refusals->is_out_of_turn |= is_refused(attempt->answer.code);
    if (is_refused(attempt->answer.code))
        return reject(attempt, CHANDRA_POINT_PRE_FILTER);
    if (attempt->answer.code != CHANDRA_CODE_SUCCESS && attempt->answer.code != CHANDRA_CODE_SKIP)
        return end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_PRE_FILTER);
    if (!prepare_sets(attempt)) {
        attempt->is_out_of_memory = true;
        return false;
    }
    return true;
}

static void
say_no_node_left(struct attempt *attempt)
{
    struct chandra_answer *answer = &attempt->answer;
    const uint32_t count = chandra_nodeset_count(chandra_cycle_nodes(attempt->cycle));

    answer->code = CHANDRA_CODE_UNSCHEDULABLE;
    answer->status = CHANDRA_OK;
    snprintf(answer->reason, sizeof(answer->reason), "0/%u nodes are available", count);
}

static const char *
node_name(const struct attempt *attempt, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(attempt->cycle, index)));
}

static struct fit_query
fit_query(const struct attempt *attempt, uint32_t index, bool with_promised)
{
    return (struct fit_query){
        .pod = attempt->pod,
        .node = chandra_cycle_node(attempt->cycle, index),
        .load = loads_of(attempt->tools->loads, node_name(attempt, index)),
        .with_promised = with_promised,
    };
}

/* Tell which rules took the nodes. */
static void
explain(struct attempt *attempt)
{
    const struct blame blame = {
        .cycle = attempt->cycle, .loads = attempt->tools->loads, .refused = attempt->asked};

    if (!blame_nodes(&blame, &attempt->outcome))
        attempt->is_out_of_memory = true;
}

static void
keep_fitting(struct attempt *attempt, bool with_promised)
{
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(attempt->cycle);

    chandra_nodeset_reset(attempt->fitting);
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct fit_query query = fit_query(attempt, i, with_promised);
        if (fit_check(&query, NULL, NULL))
            chandra_nodeset_add(attempt->fitting, i);
    }
}

/* Leave out the nodes that drivers refused before. */
static bool
leave_out_refused(struct attempt *attempt)
{
    struct chandra_nodeset *refused = attempt->asked;

    if (!attempt->is_shadow &&
        !refusals_hear(attempt->refusals, attempt->cycle, attempt->tools->epoch))
        return false;
    chandra_nodeset_assign(refused, attempt->feasible);
    chandra_nodeset_and(refused, attempt->refusals->nodes);
    chandra_nodeset_minus(attempt->feasible, refused);
    return true;
}

/* Claims last, as kube-scheduler has it: they are asked only about nodes that pass all else. */
static bool
filter_claims(struct attempt *attempt, bool is_asked)
{
    if (!is_asked) {
        chandra_nodeset_assign(attempt->feasible, attempt->fitting);
        return true;
    }
    chandra_cycle_filter_all(attempt->cycle, attempt->fitting, attempt->feasible, &attempt->answer);
    if (attempt->answer.code != CHANDRA_CODE_SUCCESS)
        return end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_FILTER);
    if (leave_out_refused(attempt))
        return true;
    attempt->is_out_of_memory = true;
    return false;
}

static bool
filter(struct attempt *attempt)
{
    const bool is_asked = attempt->answer.code != CHANDRA_CODE_SKIP;
    uint32_t count;

    keep_fitting(attempt, true);
    if (!filter_claims(attempt, is_asked))
        return false;
    if (!chandra_nodeset_is_empty(attempt->feasible))
        return true;
    /* What is promised to others is taken only where nothing else is left. */
    count = chandra_nodeset_count(attempt->fitting);
    keep_fitting(attempt, false);
    if (chandra_nodeset_count(attempt->fitting) > count && !filter_claims(attempt, is_asked))
        return false;
    if (!chandra_nodeset_is_empty(attempt->feasible))
        return true;
    say_no_node_left(attempt);
    explain(attempt);
    return reject(attempt, CHANDRA_POINT_FILTER);
}

static bool
score(struct attempt *attempt)
{
    struct chandra_answer *answer = &attempt->answer;

    if (chandra_nodeset_count(attempt->feasible) < 2)
        return true;
    chandra_cycle_pre_score(attempt->cycle, attempt->feasible, answer);
    if (answer->code != CHANDRA_CODE_SUCCESS && answer->code != CHANDRA_CODE_SKIP)
        return end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_PRE_SCORE);
    memset(attempt->tools->scores, 0, attempt->tools->capacity * sizeof(int64_t));
    chandra_cycle_score(attempt->cycle, attempt->feasible, attempt->tools->scores, answer);
    if (answer->code != CHANDRA_CODE_SUCCESS && answer->code != CHANDRA_CODE_SKIP)
        return end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_SCORE);
    attempt->has_scores = answer->code == CHANDRA_CODE_SUCCESS;
    return true;
}

/* Nodes that the drivers were asked about and that are still feasible are known to be good.
 * Preferring them ends the negotiation also where more nodes are full than one question can name.
 */
static void
find_asked(struct attempt *attempt)
{
    const struct chandra_context *context = chandra_cycle_context(attempt->cycle);
    const size_t claim_count = chandra_cycle_claim_count(attempt->cycle);
    size_t count = context ? chandra_context_potential_count(context) : 0;

    chandra_nodeset_reset(attempt->asked);
    for (size_t i = 0; i < claim_count; i++)
        if (!chandra_claim_is_allocated(chandra_cycle_claim(attempt->cycle, i)) &&
            !chandra_cycle_claim_is_informed(attempt->cycle, i))
            count = 0;
    for (size_t i = 0; i < count; i++)
        chandra_nodeset_add(
            attempt->asked,
            chandra_cycle_node_index(attempt->cycle, chandra_context_potential_at(context, i)));
}

static uint32_t
load_of(const struct attempt *attempt, uint32_t index)
{
    const struct node_load *load = loads_of(attempt->tools->loads, node_name(attempt, index));

    return load ? load->pods : 0;
}

/* What a node is picked by. */
struct candidate {
    uint32_t index;
    bool is_selected; /* the drivers work on it already */
    bool is_asked;
    int64_t score;
    bool is_stale; /* the drivers were told, but had nothing to do */
    uint32_t load;
    uint32_t rank;
};

static bool
attempt_selects(const struct attempt *attempt, uint32_t index)
{
    const struct chandra_context *context = chandra_cycle_context(attempt->cycle);

    return context &&
           strcmp(chandra_context_selected_node(context), node_name(attempt, index)) == 0;
}

static struct candidate
candidate_at(const struct attempt *attempt, uint32_t index)
{
    const bool selects = attempt_selects(attempt, index);

    return (struct candidate){
        .index = index,
        .is_selected = selects && !attempt->refusals->is_out_of_turn,
        .is_asked = chandra_nodeset_has(attempt->asked, index),
        .score = attempt->has_scores ? attempt->tools->scores[index] : 0,
        .is_stale = selects && attempt->refusals->is_out_of_turn,
        .load = load_of(attempt, index),
        .rank = chandra_cycle_node_rank(attempt->cycle, index),
    };
}

static bool
is_better(const struct candidate *a, const struct candidate *b)
{
    if (a->is_selected != b->is_selected)
        return a->is_selected;
    if (a->is_asked != b->is_asked)
        return a->is_asked;
    if (a->score != b->score)
        return a->score > b->score;
    if (a->is_stale != b->is_stale)
        return b->is_stale;
    if (a->load != b->load)
        return a->load < b->load;
    return a->rank < b->rank;
}

/* The node that the drivers were told, one known to be good, of the highest score, with the fewest
 * pods, the first by name, in this order. */
static uint32_t
find_best(struct attempt *attempt)
{
    const struct chandra_nodeset *nodes = attempt->feasible;
    struct candidate best;

    find_asked(attempt);
    best = candidate_at(attempt, chandra_nodeset_next(nodes, 0));
    for (uint32_t i = best.index; i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct candidate other = candidate_at(attempt, i);
        if (is_better(&other, &best))
            best = other;
    }
    return best.index;
}

/* The policy's suggestion, else the best node. */
static void
pick(struct attempt *attempt)
{
    attempt->suggested = chandra_cycle_suggested(attempt->cycle, attempt->feasible);
    attempt->picked =
        attempt->suggested == CHANDRA_NODESET_END ? find_best(attempt) : attempt->suggested;
}

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
    else if (is_refused(code))
        verdict = VERDICT_REJECTED;
    attempt->rest = REST_UNRESERVE;
    return end_at(attempt, verdict, point);
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
    return end(attempt, VERDICT_FAILED, "Bind");
}

static void
place(struct attempt *attempt)
{
    if (!outcome_set_node(&attempt->outcome, node_name(attempt, attempt->picked))) {
        attempt->is_out_of_memory = true;
        return;
    }
    chandra_cycle_reserve(attempt->cycle, attempt->outcome.node, &attempt->answer);
    attempt->refusals->is_out_of_turn = false;
    if (judge(attempt, CHANDRA_POINT_RESERVE))
        attempt->rest = REST_BIND;
}

static void
bind_and_clean_up(struct attempt *attempt)
{
    const char *node = attempt->outcome.node;

    chandra_cycle_pre_bind(attempt->cycle, node, &attempt->answer);
    if (judge(attempt, CHANDRA_POINT_PRE_BIND) && bind_pod(attempt)) {
        end_at(attempt, VERDICT_BOUND, CHANDRA_POINT_POST_BIND);
        chandra_cycle_post_bind(attempt->cycle, node);
    }
    if (attempt->rest == REST_UNRESERVE)
        chandra_cycle_unreserve(attempt->cycle, node);
}

/* The shadow: another policy in the same state, by the same steps, without any effect. */

static void
begin_shadow(struct attempt *attempt)
{
    struct chandra_policy *policy = attempt->tools->shadow;

    if (!policy || attempt->answer.code != CHANDRA_CODE_SUCCESS ||
        chandra_cycle_shadow(attempt->cycle, policy, &attempt->shadow, NULL) != CHANDRA_OK)
        return;
    attempt->note = shadow_note_new(chandra_cycle_policy(attempt->shadow));
}

static struct shadow_view
view_of(struct attempt *attempt)
{
    const bool is_empty = chandra_nodeset_is_empty(attempt->feasible);

    return (struct shadow_view){
        .cycle = attempt->cycle,
        .feasible = attempt->feasible,
        .scores = attempt->has_scores ? attempt->tools->scores : NULL,
        .best = is_empty ? CHANDRA_NODESET_END : find_best(attempt),
        .suggested = attempt->suggested,
        .picked = attempt->picked,
    };
}

static void
fail_shadow(const struct attempt *attempt, const struct attempt *shadow)
{
    const char *fault = chandra_cycle_fault(shadow->cycle);

    if (fault)
        shadow_fail(attempt->note, fault);
    else if (shadow->answer.status != CHANDRA_OK)
        shadow_fail(attempt->note, shadow->answer.reason);
}

/* What goes wrong here is told in the note, or lost; the attempt goes on as without it. */
static void
run_shadow(struct attempt *attempt)
{
    struct attempt shadow = {.tools = attempt->tools->shadow_tools,
                             .refusals = attempt->refusals,
                             .pod = attempt->pod,
                             .cycle = attempt->shadow,
                             .is_shadow = true,
                             .suggested = CHANDRA_NODESET_END,
                             .picked = CHANDRA_NODESET_END};
    struct shadow_view ours, its;

    if (attempt->outcome.verdict == VERDICT_FAILED) {
        shadow_note_free(attempt->note); /* there is nothing to compare with */
        attempt->note = NULL;
    }
    shadow.tools->loads = attempt->tools->loads;
    if (attempt->note && prepare_sets(&shadow)) {
        if (filter(&shadow) && score(&shadow))
            pick(&shadow);
        fail_shadow(attempt, &shadow);
        ours = view_of(attempt);
        its = view_of(&shadow);
        if (!attempt->note->texts[SHADOW_FAILURE])
            shadow_compare(attempt->note, &ours, &its);
        attempt->shadow_is_left_without_node = chandra_nodeset_is_empty(shadow.feasible);
    }
    outcome_clear(&shadow.outcome);
}

static void
release_shadow(struct attempt *attempt)
{
    struct chandra_answer answer;
    const char *fault;

    if (!attempt->shadow || !attempt->note || attempt->note->texts[SHADOW_FAILURE])
        return;
    if (attempt->shadow_is_left_without_node)
        chandra_cycle_post_filter(attempt->shadow, &answer);
    fault = chandra_cycle_fault(attempt->shadow);
    if (fault)
        shadow_fail(attempt->note, fault);
    else
        shadow_compare_release(attempt->note, attempt->cycle, attempt->shadow);
}

struct shadow_note *
attempt_take_shadow(struct attempt *attempt)
{
    struct shadow_note *note = attempt->note;

    attempt->note = NULL;
    return note;
}

void
attempt_finish(struct attempt *attempt)
{
    switch (attempt->rest) {
    case REST_NOTHING:
        break;
    case REST_POST_FILTER:
        post_filter(attempt);
        release_shadow(attempt);
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

/* Nothing is written: what would have been is left undone. */
static void
end_dry(struct attempt *attempt)
{
    if (attempt->rest == REST_BIND)
        end_at(attempt, VERDICT_BOUND, CHANDRA_POINT_RESERVE);
    attempt->rest = REST_NOTHING;
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
        end_at(attempt, VERDICT_REJECTED, CHANDRA_POINT_FILTER);
        return CHANDRA_OK;
    }
    st = chandra_cycle_new(tools->engine, attempt->pod, &attempt->cycle, err);
    if (st != CHANDRA_OK)
        return st;
    if (pre_filter(attempt)) {
        begin_shadow(attempt);
        has_node = filter(attempt) && score(attempt);
        if (has_node)
            pick(attempt);
        if (attempt->shadow)
            run_shadow(attempt);
        if (has_node)
            place(attempt);
    }
    if (tools->is_dry)
        end_dry(attempt);
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
