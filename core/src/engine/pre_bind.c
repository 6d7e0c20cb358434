/* pre_bind.c - PreBind: publish, or reserve the claims for the pod (spec 4.9). */
#include "engine/engine.h"

/* Keep the claim as the server stored it. If it cannot be kept, Unreserve must still know that the
 * reservation may have been made. */
static enum chandra_status
keep_answer(struct chandra_cycle *cycle, struct ch_cycle_claim *item,
            const struct chandra_value *value, struct chandra_error *err)
{
    struct chandra_object *object = NULL;
    const struct chandra_claim *claim;
    enum chandra_status st = chandra_object_decode(value, &object, err);

    if (st != CHANDRA_OK)
        return st;
    claim = chandra_object_claim(object);
    if (claim && ch_claim_is_reserved_for(claim, cycle->pod->uid)) {
        chandra_object_unref(item->claim);
        item->claim = object;
        return CHANDRA_OK;
    }
    st = chandra_error_set(
        err, CHANDRA_EAPI,
        "claim %s/%s: the API server's answer, a %s, is not reserved for the pod",
        item->claim->name_space, item->claim->name, chandra_kind_name(chandra_object_kind(object)));
    chandra_object_unref(object);
    return st;
}

/* Whether a write with this outcome may have reached the server all the same: its answer was lost,
 * could not be read, or there was no memory for it. */
static bool
may_have_been_made(enum chandra_status st)
{
    return st == CHANDRA_OK || st == CHANDRA_ENOMEM || st == CHANDRA_ETRANSIENT ||
           st == CHANDRA_EAPI;
}

static enum chandra_status
reserve_claim(struct chandra_cycle *cycle, struct ch_cycle_claim *item, struct chandra_error *err)
{
    const struct chandra_claim *claim = chandra_object_claim(item->claim);
    struct chandra_doc *doc = NULL;
    enum chandra_status st;

    if (ch_claim_is_reserved_for(claim, cycle->pod->uid))
        return CHANDRA_OK;
    st = ch_api_reserve(cycle->engine->transport, claim, chandra_object_pod(cycle->pod), &doc, err);
    item->is_reserved = may_have_been_made(st);
    if (st != CHANDRA_OK)
        return chandra_error_prefix(err, "claim %s/%s", item->claim->name_space, item->claim->name);
    ch_observe_write(cycle, CHANDRA_KIND_CLAIM, item->claim->name, chandra_doc_root(doc, 0));
    st = keep_answer(cycle, item, chandra_doc_root(doc, 0), err);
    chandra_doc_free(doc);
    return st;
}

/* Whether PreBind will select a node or reserve claims, and not only ask drivers about nodes. */
static bool
is_decisive(const struct chandra_cycle *cycle)
{
    return !ch_publish_is_due(cycle) || !ch_is_empty(cycle->change.selected_node);
}

static void
pre_bind(struct chandra_cycle *cycle, const char *node, struct chandra_answer *out)
{
    struct chandra_error err;
    enum chandra_status st = CHANDRA_OK;

    if (!ch_answer_begin(cycle, out))
        return;
    if (is_decisive(cycle) && !ch_guard_allows(cycle, node, out))
        return;
    if (ch_publish_is_due(cycle)) {
        st = ch_publish(cycle, &err);
        if (st == CHANDRA_OK)
            ch_answer(out, CHANDRA_CODE_PENDING,
                      "PodSchedulingContext %s/%s was published; waiting for the resource drivers",
                      cycle->pod->name_space, cycle->pod->name);
    } else {
        for (size_t i = 0; i < cycle->claim_count && st == CHANDRA_OK; i++)
            st = reserve_claim(cycle, &cycle->claims[i], &err);
    }
    if (st != CHANDRA_OK)
        ch_answer_error(out, &err);
}

void
chandra_cycle_pre_bind(struct chandra_cycle *cycle, const char *node,
                       struct chandra_answer *out_answer)
{
    const struct chandra_call call = {
        .point = CHANDRA_POINT_PRE_BIND,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .node = node,
        .answer = out_answer,
    };

    if (ch_shadow_refuses(cycle, "PreBind", out_answer))
        return;
    ch_observe_hold(cycle);
    pre_bind(cycle, node, out_answer);
    ch_observe_release(cycle, &call);
}
