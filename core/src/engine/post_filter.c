/* post_filter.c - PostFilter: no node was left; one claim may be given back (spec 4.6). */
#include "engine/engine.h"

/* Claims that keep the pod from a node and that nobody else uses. */
static bool
find_candidates(struct chandra_cycle *cycle, size_t **out_claims, size_t *out_count)
{
    size_t *claims = ch_arena_calloc(&cycle->arena, cycle->claim_count, sizeof(*claims));
    size_t count = 0;

    if (!claims)
        return false;
    for (size_t i = 0; i < cycle->claim_count; i++) {
        const struct chandra_claim *claim = ch_cycle_claim_at(cycle, i);
        const bool is_free =
            claim->user_count == 0 ||
            (claim->user_count == 1 && ch_claim_is_reserved_for(claim, cycle->pod->uid));

        if (atomic_load(&cycle->claims[i].is_unavailable) && is_free)
            claims[count++] = i;
    }
    *out_claims = claims;
    *out_count = count;
    return true;
}

static bool
is_one_of(const size_t *claims, size_t count, size_t choice)
{
    for (size_t i = 0; i < count; i++)
        if (claims[i] == choice)
            return true;
    return false;
}

static enum chandra_status
ask_policy(struct chandra_cycle *cycle, const size_t *claims, size_t count, size_t *out_choice,
           struct chandra_error *err)
{
    struct chandra_policy *policy = cycle->policy;
    size_t choice = SIZE_MAX;
    enum chandra_status st;

    if (!policy || !policy->ops->release)
        return CHANDRA_ENOTFOUND;
    st = policy->ops->release(policy, cycle, claims, count, &choice, err);
    if (st != CHANDRA_OK)
        return st;
    if (choice != SIZE_MAX && !is_one_of(claims, count, choice))
        return chandra_error_set(err, CHANDRA_ESCRIPT,
                                 "policy %s: release chose a claim that it was not offered",
                                 ch_policy_name(policy));
    *out_choice = choice;
    return CHANDRA_OK;
}

/* The claim to give back, SIZE_MAX for none; false: *out is an ERROR. */
static bool
choose(struct chandra_cycle *cycle, size_t *out_choice, struct chandra_answer *out)
{
    struct chandra_error err = {0};
    size_t *claims, count;
    enum chandra_status st;

    if (!find_candidates(cycle, &claims, &count)) {
        ch_answer_no_memory(out);
        return false;
    }
    *out_choice = SIZE_MAX;
    if (count == 0)
        return true;
    st = ask_policy(cycle, claims, count, out_choice, &err);
    if (st == CHANDRA_OK)
        return true;
    if (st != CHANDRA_ENOTFOUND && !ch_policy_forgiven(cycle, "release", &err, out))
        return false;
    *out_choice = claims[ch_cycle_random(cycle, count)];
    return true;
}

static enum chandra_status
request_deallocation(struct chandra_cycle *cycle, size_t choice, struct chandra_error *err)
{
    const struct chandra_claim *claim = ch_cycle_claim_at(cycle, choice);
    struct chandra_doc *doc = NULL;
    enum chandra_status st =
        ch_api_request_deallocation(cycle->engine->transport, claim, &doc, err);

    if (st != CHANDRA_OK)
        return chandra_error_prefix(err, "claim %s/%s", claim->object.name_space,
                                    claim->object.name);
    ch_observe_write(cycle, CHANDRA_KIND_CLAIM, claim->object.name, chandra_doc_root(doc, 0));
    chandra_doc_free(doc);
    return CHANDRA_OK;
}

static void
give_back(struct chandra_cycle *cycle, size_t choice, struct chandra_answer *out)
{
    const struct chandra_context *context = chandra_object_context(cycle->context);
    struct chandra_error err;
    enum chandra_status st = CHANDRA_OK;
    char text[512];

    /* A driver that still sees a selected node would allocate for it again at once. */
    if (context && !ch_is_empty(context->selected_node)) {
        cycle->change.selected_node = "";
        st = ch_publish(cycle, &err);
    }
    if (st == CHANDRA_OK)
        st = request_deallocation(cycle, choice, &err);
    if (st != CHANDRA_OK) {
        ch_answer_error(out, &err);
        return;
    }
    ch_cycle_claim_text(cycle, choice, text, sizeof(text));
    ch_answer(out, CHANDRA_CODE_UNSCHEDULABLE, "%s: deallocation was requested", text);
}

static void
post_filter(struct chandra_cycle *cycle, struct chandra_answer *out)
{
    size_t choice;

    if (cycle->engine->options.is_disabled) {
        ch_answer(out, CHANDRA_CODE_UNSCHEDULABLE, "dynamic resource allocation is disabled");
        return;
    }
    if (!ch_answer_begin(cycle, out)) {
        if (out->code == CHANDRA_CODE_SUCCESS)
            ch_answer(out, CHANDRA_CODE_UNSCHEDULABLE, "no claims to deallocate");
        return;
    }
    if (!choose(cycle, &choice, out))
        return;
    cycle->released = choice;
    if (choice == SIZE_MAX)
        ch_answer(out, CHANDRA_CODE_UNSCHEDULABLE,
                  "no claim could be deallocated to make the pod schedulable");
    else if (cycle->is_shadow)
        ch_answer(out, CHANDRA_CODE_UNSCHEDULABLE, "deallocation would be requested");
    else
        give_back(cycle, choice, out);
}

void
chandra_cycle_post_filter(struct chandra_cycle *cycle, struct chandra_answer *out_answer)
{
    const struct chandra_call call = {
        .point = CHANDRA_POINT_POST_FILTER,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .answer = out_answer,
    };

    if (cycle->is_shadow) {
        post_filter(cycle, out_answer);
        return;
    }
    ch_observe_hold(cycle);
    post_filter(cycle, out_answer);
    ch_observe_release(cycle, &call);
}
