/* explanation.c - the head of an explanation: what is explained, how it stands, and the cause in
 * one line. */
#include "explain/explanation.h"

#include "scheduler/gate.h"

#include <chandra/nodeset.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/policy.h>
#include <chandra/version.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024, POLICY_SIZE = 8192 };

struct chandra_value *
explanation_begin(struct build *build, const char *kind, const struct chandra_object *object,
                  const struct explain_source *source)
{
    struct chandra_value *root = chandra_value_new_object(build->doc);
    struct chandra_value *from;

    if (!root) {
        build->is_out_of_memory = true;
        return NULL;
    }
    build_number(build, root, "explanation", 1);
    build_text(build, root, "chandra", CHANDRA_VERSION);
    build_text(build, root, "kind", kind);
    build_text(build, root, "namespace", chandra_object_namespace(object));
    build_text(build, root, "name", chandra_object_name(object));
    build_text(build, root, "uid", chandra_object_uid(object));
    from = build_object(build, root, "source");
    build_text(build, from, "type", source->type);
    build_text(build, from, "from", source->from);
    build_time(build, from, "time", source->time);
    if (source->age_s >= 0)
        build_number(build, from, "ageSeconds", source->age_s);
    else
        build_null(build, from, "ageSeconds");
    return root;
}

/* Why this node: by what the scheduler would pick it from those that are left. */
static const char *
choice_reason(const struct decision *decision, uint32_t node, int64_t *out_best)
{
    const uint32_t count = chandra_nodeset_count(decision->feasible);
    bool is_tie = false;

    *out_best = -1;
    if (!chandra_nodeset_has(decision->feasible, node))
        return "now it would not be chosen again";
    if (count == 1)
        return "the only node that is left";
    if (decision->suggested != CHANDRA_NODESET_END)
        return decision->suggested == node ? "suggested by the policy"
                                           : "feasible; the policy would now suggest another";
    if (!decision->scores)
        return "one of several that are alike: drivers, fewest pods and name decide";
    for (uint32_t i = chandra_nodeset_next(decision->feasible, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(decision->feasible, i + 1)) {
        is_tie = decision->scores[i] == *out_best || (is_tie && decision->scores[i] < *out_best);
        if (decision->scores[i] > *out_best)
            *out_best = decision->scores[i];
    }
    if (decision->scores[node] < *out_best)
        return "feasible; another now has a higher score";
    return is_tie ? "one of the highest scores: drivers, fewest pods and name decide"
                  : "the highest score";
}

static void
put_choice(struct build *build, struct chandra_value *root, const struct explain_subject *subject,
           const struct decision *decision)
{
    const uint32_t node = chandra_cycle_node_index(decision->cycle, subject->node);
    struct chandra_value *choice;
    int64_t best;

    if (!*subject->node || node == CHANDRA_NODESET_END || !decision->feasible) {
        build_null(build, root, "choice");
        return;
    }
    choice = build_object(build, root, "choice");
    build_text(build, choice, "node", subject->node);
    build_text(build, choice, "reason", choice_reason(decision, node, &best));
    build_number(build, choice, "feasible", chandra_nodeset_count(decision->feasible));
    if (decision->scores && chandra_nodeset_has(decision->feasible, node))
        build_number(build, choice, "score", decision->scores[node]);
    else
        build_null(build, choice, "score");
}

/* "node(s) were unschedulable" and so on, with the claim in front. */
static void
reason_text(const struct chandra_value *entry, char *text, size_t size)
{
    const char *claim = values_text(entry, "claim");
    const char *wants = values_text(entry, "wants");

    snprintf(text, size, "%s%s%s%s%s%s%s", *claim ? "claim " : "", claim, *claim ? ": " : "",
             values_text(entry, "rule"), *wants ? " (wants " : "", wants, *wants ? ")" : "");
}

static const struct chandra_value *
largest(const struct chandra_value *funnel)
{
    const struct chandra_value *best = chandra_value_at(funnel, 0);

    for (size_t i = 1; i < chandra_value_count(funnel); i++)
        if (values_int(chandra_value_at(funnel, i), "nodes") > values_int(best, "nodes"))
            best = chandra_value_at(funnel, i);
    return best;
}

void
explanation_no_node_left(const struct chandra_value *root, char *text, size_t size)
{
    const struct chandra_value *funnel = chandra_value_get(root, "funnel");
    const int64_t count = values_int(root, "nodeCount");
    const struct chandra_value *worst = largest(funnel);
    char reason[TEXT_SIZE - 128]; /* leaves room for what stands around it */

    reason_text(worst, reason, sizeof(reason));
    if (chandra_value_count(funnel) == 1)
        snprintf(text, size, "%s%lld node%s left out: %s", count == 1 ? "the only " : "all ",
                 (long long)count, count == 1 ? " is" : "s are", reason);
    else
        snprintf(text, size, "none of %lld nodes is left; most, %lld, by: %s", (long long)count,
                 (long long)values_int(worst, "nodes"), reason);
    if (count == 1 && chandra_value_count(funnel) == 1)
        snprintf(text, size, "the only node is left out: %s", reason);
}

static void
say_waiting(const struct chandra_value *root, char *text, size_t size)
{
    const struct chandra_value *waiting =
        chandra_value_get(chandra_value_get(root, "negotiation"), "waitingFor");
    const struct chandra_value *first = chandra_value_at(waiting, 0);
    const int64_t feasible = values_int(chandra_value_get(root, "feasible"), "nodes");

    if (first)
        snprintf(text, size, "waiting for driver %s: claim %s %s", values_text(first, "driver"),
                 values_text(first, "claim"),
                 strcmp(values_text(first, "for"), "answer") == 0 ? "has no answer yet"
                                                                  : "is not allocated yet");
    else
        snprintf(text, size, "%lld node%s could take the pod; it has not been tried since",
                 (long long)feasible, feasible == 1 ? "" : "s");
}

static void
say_placed(const struct chandra_value *root, const char *node, char *text, size_t size)
{
    const struct chandra_value *choice = chandra_value_get(root, "choice");
    const int64_t feasible = values_int(choice, "feasible");

    if (chandra_value_type(choice) != CHANDRA_OBJECT)
        snprintf(text, size, "placed on %s", node);
    else
        snprintf(text, size, "placed on %s, %s (%lld of %lld nodes could take it)", node,
                 values_text(choice, "reason"), (long long)feasible,
                 (long long)values_int(root, "nodeCount"));
}

static void
put_cause(struct build *build, struct chandra_value *root, const struct explain_subject *subject,
          const struct decision *decision)
{
    struct chandra_answer gates;
    char text[TEXT_SIZE];

    if (chandra_pod_gate_at(subject->pod, 0))
        gate_pre_enqueue(subject->engine, subject->pod, &gates);
    if (*subject->node)
        say_placed(root, subject->node, text, sizeof(text));
    else if (chandra_pod_gate_at(subject->pod, 0))
        snprintf(text, sizeof(text), "%s", gates.reason);
    else if (*decision->answer.reason)
        snprintf(text, sizeof(text), "%s", decision->answer.reason);
    else if (values_int(root, "nodeCount") == 0)
        snprintf(text, sizeof(text), "the cluster has no nodes");
    else if (decision->answer.code == CHANDRA_CODE_UNSCHEDULABLE)
        explanation_no_node_left(root, text, sizeof(text));
    else
        say_waiting(root, text, sizeof(text));
    build_text(build, root, "cause", text);
}

static const char *
state_of(const struct explain_subject *subject)
{
    struct chandra_answer answer;

    if (*subject->node)
        return "placed";
    gate_pre_enqueue(subject->engine, subject->pod, &answer);
    return answer.code == CHANDRA_CODE_SUCCESS ? "waiting" : "gated";
}

/* The scheduler's own words: what goes into Events. */
static void
put_short(struct build *build, struct chandra_value *root, const struct decision *decision)
{
    const struct blame blame = decision_blame(decision);
    struct outcome outcome = {0};
    struct chandra_answer answer = decision->answer;
    char text[TEXT_SIZE];
    bool is_ok = outcome_set_cycle(&outcome, decision->cycle);

    if (decision->is_blamed && answer.code == CHANDRA_CODE_UNSCHEDULABLE) {
        snprintf(answer.reason, sizeof(answer.reason), "0/%u nodes are available",
                 outcome.node_count);
        is_ok = is_ok && blame_nodes(&blame, &outcome);
    }
    is_ok = is_ok && outcome_set(&outcome, VERDICT_REJECTED, "", &answer);
    if (is_ok)
        outcome_text(&outcome, text, sizeof(text));
    build->is_out_of_memory = build->is_out_of_memory || !is_ok;
    build_text(build, root, "short", is_ok ? text : "");
    outcome_clear(&outcome);
}

static void
put_policy(struct build *build, struct chandra_value *root, const struct decision *decision)
{
    char text[POLICY_SIZE];

    chandra_cycle_policy_text(decision->cycle, text, sizeof(text));
    build_text(build, root, "policy", text);
}

static void
put_notes(struct build *build, struct chandra_value *root, const struct decision *decision)
{
    struct chandra_value *notes = build_array(build, root, "notes");
    struct chandra_note note;

    for (size_t i = 0; chandra_cycle_note_at(decision->cycle, i, &note); i++) {
        const struct chandra_claim *claim = chandra_cycle_claim(decision->cycle, note.claim);
        struct chandra_value *value = build_element(build, notes);
        build_text(build, value, "policy", note.policy);
        build_text(build, value, "hook", note.hook);
        build_text(build, value, "claim",
                   claim ? chandra_object_name(chandra_claim_object(claim)) : "");
        build_text(build, value, "text", note.text);
    }
}

void
explanation_pod(struct build *build, struct chandra_value *root,
                const struct explain_subject *subject, struct decision *decision)
{
    build_text(build, root, "state", state_of(subject));
    build_text(build, root, "node", *subject->node ? subject->node : NULL);
    build_null(build, root, "cause"); /* its place, near the top */
    put_short(build, root, decision);
    build_text(build, root, "point", chandra_point_name(decision->point));
    build_text(build, root, "code", chandra_code_name(decision->answer.code));
    put_policy(build, root, decision);
    explanation_nodes(build, root, subject, decision);
    put_choice(build, root, subject, decision);
    if (!chandra_value_get(root, "claims"))
        explanation_claims(build, root, subject);
    explanation_negotiation(build, root, subject, decision);
    put_notes(build, root, decision);
    put_cause(build, root, subject, decision);
}
