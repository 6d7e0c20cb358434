/* attempt_shadow.c - the shadow: another policy in the same state, by the same steps, without any
 * effect. */
#include "scheduler/attempt_state.h"

#include <chandra/nodeset.h>
#include <chandra/sys/policy.h>

void
attempt_begin_shadow(struct attempt *attempt)
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
        .best = is_empty ? CHANDRA_NODESET_END : attempt_find_best(attempt),
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
void
attempt_run_shadow(struct attempt *attempt)
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
    if (attempt->note && attempt_prepare_sets(&shadow)) {
        if (attempt_filter(&shadow) && attempt_score(&shadow))
            attempt_pick(&shadow);
        fail_shadow(attempt, &shadow);
        ours = view_of(attempt);
        its = view_of(&shadow);
        if (!attempt->note->texts[SHADOW_FAILURE])
            shadow_compare(attempt->note, &ours, &its);
        attempt->shadow_is_left_without_node = chandra_nodeset_is_empty(shadow.feasible);
    }
    outcome_clear(&shadow.outcome);
}

void
attempt_release_shadow(struct attempt *attempt)
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
