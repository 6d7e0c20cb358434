/* attempt.c - what kube-scheduler does with a pod between taking it from the queue and putting it
 * back.
 *
 * DynamicResources is the only plugin here: every node passes all others. Where the status of a
 * point sends the pod is in the table of spec 2; a PreBind that waits for drivers parks the pod as
 * pending, as kube-scheduler does from 1.31 on.
 */
#include "attempt.h"

#include <chandra/client.h>
#include <chandra/doc.h>
#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/policy.h>
#include <chandra/sys/transport.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct attempt {
    struct attempt_tools *tools;
    const struct chandra_pod *pod;
    struct chandra_cycle *cycle;
    struct refusals *refusals;
    struct outcome *outcome;
    struct chandra_answer answer; /* of the last point */
    struct chandra_nodeset *feasible;
    struct chandra_nodeset *asked; /* nodes that every driver has been asked about */
    bool has_scores;
    bool is_out_of_memory;
};

void
attempt_tools_clear(struct attempt_tools *tools)
{
    chandra_free(tools->feasible);
    chandra_free(tools->asked);
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
            !resize(&scores, (capacity + 1) * sizeof(int64_t)))
            return false;
        tools->scores = scores;
        tools->capacity = capacity;
    }
    attempt->feasible = chandra_nodeset_init(tools->feasible, capacity);
    attempt->asked = chandra_nodeset_init(tools->asked, capacity);
    return true;
}

/* End the attempt; false, so that a step can end with it. */
static bool
end(struct attempt *attempt, enum verdict verdict, const char *point)
{
    if (!outcome_set(attempt->outcome, verdict, point, &attempt->answer))
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

/* No node is left. PostFilter never changes that; only what a policy did wrong there is worth
 * telling in place of the reason. */
static bool
reject(struct attempt *attempt, enum chandra_point point)
{
    struct chandra_answer *answer = &attempt->answer;

    end_at(attempt, VERDICT_REJECTED, point);
    if (!outcome_explain(attempt->outcome, attempt->cycle))
        attempt->is_out_of_memory = true;
    chandra_cycle_post_filter(attempt->cycle, answer);
    if (answer->status == CHANDRA_ESCRIPT || answer->status == CHANDRA_EBUDGET)
        end_at(attempt, VERDICT_REJECTED, CHANDRA_POINT_POST_FILTER);
    return false;
}

static bool
pre_filter(struct attempt *attempt)
{
    chandra_cycle_pre_filter(attempt->cycle, &attempt->answer);
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

/* Leave out the nodes that drivers refused before, where one question cannot name all nodes. */
static bool
find_candidates(struct attempt *attempt)
{
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(attempt->cycle);
    struct chandra_nodeset *candidates = attempt->asked; /* not needed before a node is picked */

    chandra_nodeset_assign(candidates, nodes);
    if (chandra_nodeset_count(nodes) <= QUESTION_NODES)
        return true;
    if (!refusals_hear(attempt->refusals, attempt->cycle, attempt->tools->epoch))
        return false;
    chandra_nodeset_minus(candidates, attempt->refusals->nodes);
    attempt->outcome->refused_count = chandra_nodeset_count(attempt->refusals->nodes);
    return true;
}

static bool
filter(struct attempt *attempt)
{
    const bool is_asked = attempt->answer.code != CHANDRA_CODE_SKIP;

    if (!find_candidates(attempt)) {
        attempt->is_out_of_memory = true;
        return false;
    }
    if (is_asked)
        chandra_cycle_filter_all(attempt->cycle, attempt->asked, attempt->feasible,
                                 &attempt->answer);
    else
        chandra_nodeset_assign(attempt->feasible, attempt->asked);
    if (is_asked && attempt->answer.code != CHANDRA_CODE_SUCCESS)
        return end_at(attempt, VERDICT_FAILED, CHANDRA_POINT_FILTER);
    if (!chandra_nodeset_is_empty(attempt->feasible))
        return true;
    say_no_node_left(attempt);
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

static const char *
node_name(const struct attempt *attempt, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(attempt->cycle, index)));
}

static uint32_t
load_of(const struct attempt *attempt, uint32_t index)
{
    const struct node_load *load = map_get(attempt->tools->loads, node_name(attempt, index));

    return load ? load->pods : 0;
}

/* What a node is picked by. */
struct candidate {
    uint32_t index;
    bool is_asked;
    int64_t score;
    uint32_t load;
    uint32_t rank;
};

static struct candidate
candidate_at(const struct attempt *attempt, uint32_t index)
{
    return (struct candidate){
        .index = index,
        .is_asked = chandra_nodeset_has(attempt->asked, index),
        .score = attempt->has_scores ? attempt->tools->scores[index] : 0,
        .load = load_of(attempt, index),
        .rank = chandra_cycle_node_rank(attempt->cycle, index),
    };
}

static bool
is_better(const struct candidate *a, const struct candidate *b)
{
    if (a->is_asked != b->is_asked)
        return a->is_asked;
    if (a->score != b->score)
        return a->score > b->score;
    if (a->load != b->load)
        return a->load < b->load;
    return a->rank < b->rank;
}

/* The policy's suggestion; else a node known to be good, of the highest score, with the fewest
 * pods, the first by name, in this order. */
static const char *
pick(struct attempt *attempt)
{
    const struct chandra_nodeset *nodes = attempt->feasible;
    const uint32_t suggested = chandra_cycle_suggested(attempt->cycle, nodes);
    struct candidate best;

    if (suggested != CHANDRA_NODESET_END)
        return node_name(attempt, suggested);
    find_asked(attempt);
    best = candidate_at(attempt, chandra_nodeset_next(nodes, 0));
    for (uint32_t i = best.index; i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct candidate other = candidate_at(attempt, i);
        if (is_better(&other, &best))
            best = other;
    }
    return node_name(attempt, best.index);
}

static bool
undo(struct attempt *attempt, const char *node, enum verdict verdict, const char *point)
{
    end(attempt, verdict, point);
    chandra_cycle_unreserve(attempt->cycle, node);
    return false;
}

/* Reserve and PreBind go on, wait for a driver, are refused, or fail. */
static bool
judge(struct attempt *attempt, const char *node, enum chandra_point point)
{
    const enum chandra_code code = attempt->answer.code;
    const char *name = chandra_point_name(point);

    if (code == CHANDRA_CODE_SUCCESS)
        return true;
    if (code == CHANDRA_CODE_PENDING)
        return undo(attempt, node, VERDICT_PENDING, name);
    return undo(attempt, node, is_refused(code) ? VERDICT_REJECTED : VERDICT_FAILED, name);
}

static bool
set_texts(struct chandra_doc *doc, struct chandra_value *object, const char *const *pairs)
{
    bool is_ok = object != NULL;

    for (; is_ok && pairs[0]; pairs += 2)
        is_ok = chandra_value_set(object, pairs[0], chandra_value_new_string(doc, pairs[1]));
    return is_ok;
}

/* A Binding as JSON text. Ownership: caller frees. */
static enum chandra_status
binding_body(const struct chandra_object *pod, const char *node, char **out_text, size_t *out_len,
             struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_new(&doc, err);
    struct chandra_value *root;
    struct chandra_value *metadata;
    struct chandra_value *target;

    if (st != CHANDRA_OK)
        return st;
    root = chandra_value_new_object(doc);
    metadata = chandra_value_new_object(doc);
    target = chandra_value_new_object(doc);
    if (set_texts(doc, root, (const char *[]){"apiVersion", "v1", "kind", "Binding", NULL}) &&
        set_texts(doc, metadata,
                  (const char *[]){"name", chandra_object_name(pod), "namespace",
                                   chandra_object_namespace(pod), "uid", chandra_object_uid(pod),
                                   NULL}) &&
        set_texts(doc, target,
                  (const char *[]){"apiVersion", "v1", "kind", "Node", "name", node, NULL}) &&
        chandra_value_set(root, "metadata", metadata) && chandra_value_set(root, "target", target))
        st = chandra_value_print(root, CHANDRA_PRINT_COMPACT, out_text, out_len, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    chandra_doc_free(doc);
    return st;
}

static enum chandra_status
post_binding(struct attempt *attempt, const char *node, struct chandra_error *err)
{
    const struct chandra_object *pod = chandra_pod_object(attempt->pod);
    struct chandra_request request = {.method = CHANDRA_POST};
    char path[768];
    char *body = NULL;
    enum chandra_status st = binding_body(pod, node, &body, &request.body_len, err);

    if (st != CHANDRA_OK)
        return st;
    snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s/binding",
             chandra_object_namespace(pod), chandra_object_name(pod));
    request.path = path;
    request.body = body;
    st = chandra_client_request(attempt->tools->transport, &request, NULL, err);
    chandra_free(body);
    return st;
}

static bool
bind_pod(struct attempt *attempt, const char *node)
{
    struct chandra_error err;
    const enum chandra_status st = post_binding(attempt, node, &err);

    if (st == CHANDRA_OK)
        return true;
    attempt->answer.code = CHANDRA_CODE_ERROR;
    attempt->answer.status = st;
    snprintf(attempt->answer.reason, sizeof(attempt->answer.reason), "%.*s",
             (int)sizeof(attempt->answer.reason) - 1, err.message);
    return undo(attempt, node, VERDICT_FAILED, "Bind");
}

static void
place(struct attempt *attempt)
{
    const char *node = pick(attempt);

    if (!outcome_set_node(attempt->outcome, node)) {
        attempt->is_out_of_memory = true;
        return;
    }
    chandra_cycle_reserve(attempt->cycle, node, &attempt->answer);
    if (!judge(attempt, node, CHANDRA_POINT_RESERVE))
        return;
    chandra_cycle_pre_bind(attempt->cycle, node, &attempt->answer);
    if (!judge(attempt, node, CHANDRA_POINT_PRE_BIND) || !bind_pod(attempt, node))
        return;
    chandra_cycle_post_bind(attempt->cycle, node);
    end_at(attempt, VERDICT_BOUND, CHANDRA_POINT_POST_BIND);
}

enum chandra_status
attempt_run(struct attempt_tools *tools, const struct chandra_pod *pod, struct refusals *refusals,
            struct outcome *outcome, struct chandra_error *err)
{
    struct attempt attempt = {.tools = tools, .pod = pod, .refusals = refusals, .outcome = outcome};
    enum chandra_status st;

    outcome_clear(outcome);
    if (chandra_engine_count(tools->engine, CHANDRA_KIND_NODE) == 0) {
        attempt.answer.code = CHANDRA_CODE_UNSCHEDULABLE;
        snprintf(attempt.answer.reason, sizeof(attempt.answer.reason), "the cluster has no nodes");
        end(&attempt, VERDICT_REJECTED, chandra_point_name(CHANDRA_POINT_FILTER));
        return attempt.is_out_of_memory ? chandra_error_set(err, CHANDRA_ENOMEM, "out of memory")
                                        : CHANDRA_OK;
    }
    st = chandra_cycle_new(tools->engine, pod, &attempt.cycle, err);
    if (st != CHANDRA_OK)
        return st;
    if (pre_filter(&attempt) && filter(&attempt) && score(&attempt))
        place(&attempt);
    chandra_cycle_free(attempt.cycle);
    if (attempt.is_out_of_memory)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return CHANDRA_OK;
}
