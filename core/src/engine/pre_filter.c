/* pre_filter.c - PreFilter: look the pod's claims up, refuse what no node can help (spec 4.3). */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

/* The claims on their way into the cycle; they are put there when nothing refuses the pod. */
struct draft {
    struct chandra_cycle *cycle;
    struct ch_cycle_claim *claims;
    size_t count;
};

static void
drop_draft(struct draft *draft)
{
    for (size_t i = 0; i < draft->count; i++) {
        chandra_object_unref(draft->claims[i].claim);
        chandra_object_unref(draft->claims[i].klass);
    }
}

static enum chandra_status
add_claim(void *user, const char *entry, struct chandra_object *claim, struct chandra_error *err)
{
    struct draft *draft = user;

    (void)err;
    draft->claims[draft->count++] = (struct ch_cycle_claim){
        .entry = entry,
        .claim = chandra_object_ref(claim),
    };
    return CHANDRA_OK;
}

/* Steps 3 and 4. */
static bool
collect_claims(struct draft *draft, struct chandra_answer *out)
{
    struct chandra_cycle *cycle = draft->cycle;
    const struct chandra_pod *pod = chandra_object_pod(cycle->pod);
    struct chandra_error err;
    enum chandra_status st;

    if (pod->claim_count > 0) {
        draft->claims = ch_arena_calloc(&cycle->arena, pod->claim_count, sizeof(*draft->claims));
        if (!draft->claims) {
            ch_answer_no_memory(out);
            return false;
        }
    }
    st = ch_walk_claims(cycle->engine, pod, add_claim, draft, &err);
    if (st == CHANDRA_ENOMEM)
        ch_answer_no_memory(out);
    else if (st != CHANDRA_OK)
        ch_answer(out, CHANDRA_CODE_UNRESOLVABLE, "%s", err.message);
    else if (draft->count == 0)
        ch_answer(out, CHANDRA_CODE_SKIP, "%s", "");
    return st == CHANDRA_OK && draft->count > 0;
}

/* Step 5. */
static bool
load_context(struct chandra_cycle *cycle, struct chandra_answer *out)
{
    const struct chandra_object *pod = cycle->pod;
    struct chandra_object *context =
        ch_cache_get(cycle->engine->cache, CHANDRA_KIND_CONTEXT, pod->name_space, pod->name);

    if (!context)
        return true;
    if (!context->controller_uid || strcmp(context->controller_uid, pod->uid) != 0) {
        ch_answer(out, CHANDRA_CODE_ERROR,
                  "PodSchedulingContext %s/%s is not owned by pod %s/%s (uid %s)", pod->name_space,
                  pod->name, pod->name_space, pod->name, pod->uid);
        out->status = CHANDRA_ECONFLICT;
        return false;
    }
    cycle->context = chandra_object_ref(context);
    return true;
}

/* UNRESOLVABLE for a reason that lies in a claim. */
static bool CHANDRA_PRINTF(3, 4)
    refuse(const struct ch_cycle_claim *item, struct chandra_answer *out, const char *fmt, ...)
{
    char text[512], why[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    ch_claim_text(chandra_object_claim(item->claim), chandra_object_class(item->klass), text,
                  sizeof(text));
    ch_answer(out, CHANDRA_CODE_UNRESOLVABLE, "%s: %s", text, why);
    return false;
}

static bool
refuse_selector(const struct ch_cycle_claim *item, const char *field, const char *why,
                struct chandra_answer *out)
{
    refuse(item, out, "%s: %s", field, why);
    out->code = CHANDRA_CODE_ERROR;
    out->status = CHANDRA_EINVAL;
    return false;
}

/* The nodes that a selector names, into the arena. */
static bool
select_nodes(struct chandra_cycle *cycle, struct ch_selector *selector,
             const struct chandra_nodeset **out_nodes, struct chandra_answer *out)
{
    struct chandra_nodeset *nodes = ch_cycle_new_set(cycle);
    struct chandra_error err;

    if (!nodes) {
        ch_answer_no_memory(out);
        return false;
    }
    if (ch_cache_select(cycle->engine->cache, selector, nodes, &err) != CHANDRA_OK) {
        ch_answer_error(out, &err);
        return false;
    }
    *out_nodes = nodes;
    return true;
}

/* Rows b, c and c'. */
static bool
check_allocated(struct chandra_cycle *cycle, struct ch_cycle_claim *item,
                struct chandra_answer *out)
{
    const struct chandra_claim *claim = chandra_object_claim(item->claim);
    struct ch_selector *selector = claim->available_on;

    if (!claim->is_shareable && claim->user_count > 0 &&
        !ch_claim_is_reserved_for(claim, cycle->pod->uid))
        return refuse(item, out, "in use by %s (uid %s), and not shareable", claim->users[0].name,
                      claim->users[0].uid);
    if (selector && ch_selector_error(selector))
        return refuse_selector(item, "availableOnNodes", ch_selector_error(selector), out);
    if (selector && !select_nodes(cycle, selector, &item->available, out))
        return false;
    if (claim->is_structured)
        return refuse(item, out, "allocated by structured parameters, which are not supported");
    return true;
}

/* Rows d to h. */
static bool
check_pending(struct chandra_cycle *cycle, struct ch_cycle_claim *item, struct chandra_answer *out)
{
    const struct chandra_claim *claim = chandra_object_claim(item->claim);
    const struct chandra_class *klass = chandra_object_class(item->klass);

    if (!klass)
        return refuse(item, out, "its class %s does not exist", claim->class_name);
    if (klass->suitable && ch_selector_error(klass->suitable))
        return refuse_selector(item, "the class's suitableNodes",
                               ch_selector_error(klass->suitable), out);
    if (klass->suitable && !select_nodes(cycle, klass->suitable, &item->suitable, out))
        return false;
    if (klass->is_structured)
        return refuse(item, out,
                      "its class %s wants structured parameters, which are not supported",
                      claim->class_name);
    if (claim->mode == CHANDRA_MODE_IMMEDIATE)
        return refuse(item, out, "allocated immediately, but its driver has not done so yet");
    return true;
}

/* Step 6 for one claim. */
static bool
check_claim(struct chandra_cycle *cycle, struct ch_cycle_claim *item, struct chandra_answer *out)
{
    const struct chandra_claim *claim = chandra_object_claim(item->claim);
    struct chandra_object *klass =
        ch_cache_get(cycle->engine->cache, CHANDRA_KIND_CLASS, "", claim->class_name);

    item->klass = klass ? chandra_object_ref(klass) : NULL;
    item->available = ch_nodes_all(cycle->nodes);
    item->suitable = ch_nodes_all(cycle->nodes);
    item->unsuitable = cycle->no_nodes;
    if (cycle->context)
        item->answer = ch_context_answer(chandra_object_context(cycle->context), item->entry);
    if (claim->is_deallocating)
        return refuse(item, out, "its deallocation has been requested; it must be allocated anew");
    return claim->is_allocated ? check_allocated(cycle, item, out)
                               : check_pending(cycle, item, out);
}

/* The driver's answers as node sets. No lock is needed any more. */
static bool
take_answers(struct draft *draft, struct chandra_answer *out)
{
    struct chandra_cycle *cycle = draft->cycle;

    for (size_t i = 0; i < draft->count; i++) {
        struct ch_cycle_claim *item = &draft->claims[i];
        const struct ch_claim_answer *answer = item->answer;
        struct chandra_nodeset *nodes;

        if (!answer || answer->unsuitable_count == 0 ||
            chandra_object_claim(item->claim)->is_allocated)
            continue;
        nodes = ch_cycle_new_set(cycle);
        if (!nodes) {
            ch_answer_no_memory(out);
            return false;
        }
        for (size_t n = 0; n < answer->unsuitable_count; n++)
            chandra_nodeset_add(nodes, ch_nodes_index(cycle->nodes, answer->unsuitable[n]));
        item->unsuitable = nodes;
    }
    return true;
}

static bool
read_cache(struct draft *draft, struct chandra_answer *out)
{
    struct chandra_cycle *cycle = draft->cycle;
    struct chandra_error err;
    bool ok;

    ch_cache_lock_read(cycle->engine->cache);
    ok = ch_cycle_look(cycle, &err) == CHANDRA_OK;
    if (!ok)
        ch_answer_error(out, &err);
    ok = ok && collect_claims(draft, out) && load_context(cycle, out);
    for (size_t i = 0; i < draft->count && ok; i++)
        ok = check_claim(cycle, &draft->claims[i], out);
    ch_cache_unlock(cycle->engine->cache);
    return ok;
}

static void
pre_filter(struct chandra_cycle *cycle, struct chandra_answer *out)
{
    struct draft draft = {.cycle = cycle};
    bool is_refused;

    if (cycle->engine->options.is_disabled) {
        ch_answer(out, CHANDRA_CODE_SKIP, "%s", "");
        return;
    }
    ch_cycle_reset(cycle);
    cycle->has_state = true;
    is_refused = !read_cache(&draft, out) || !take_answers(&draft, out);
    /* A pod that is refused has a policy too, though it is not asked. */
    cycle->claims = draft.claims;
    cycle->claim_count = draft.count;
    ch_policy_choose(cycle);
    if (is_refused) {
        cycle->claims = NULL;
        cycle->claim_count = 0;
        drop_draft(&draft);
        return;
    }
    ch_answer(out, CHANDRA_CODE_SUCCESS, "%s", "");
}

void
chandra_cycle_pre_filter(struct chandra_cycle *cycle, struct chandra_answer *out_answer)
{
    const struct chandra_call call = {
        .point = CHANDRA_POINT_PRE_FILTER,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .answer = out_answer,
    };

    if (ch_shadow_refuses(cycle, "PreFilter", out_answer))
        return;
    ch_observe_begin(cycle->engine);
    pre_filter(cycle, out_answer);
    ch_observe_end(cycle->engine, &call);
}
