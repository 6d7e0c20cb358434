/* unreserve.c - Unreserve: the attempt failed; say what is to be said, give reservations back
 * (spec 4.10). Nothing fails here: the next attempt ends here again, or binds.
 */
#include "engine/engine.h"

static enum chandra_status
give_back(struct chandra_cycle *cycle, const struct ch_cycle_claim *item)
{
    struct chandra_engine *engine = cycle->engine;
    const struct chandra_claim *claim = chandra_object_claim(item->claim);
    struct chandra_doc *doc = NULL;
    struct chandra_error err;
    const enum chandra_status st =
        ch_api_unreserve(engine->transport, claim, chandra_object_pod(cycle->pod), &doc, &err);

    if (st != CHANDRA_OK) {
        ch_log(&engine->options.logger, CHANDRA_LOG_ERROR,
               "pod %s/%s: Unreserve: claim %s/%s stays reserved: %s", cycle->pod->name_space,
               cycle->pod->name, item->claim->name_space, item->claim->name, err.message);
        return st;
    }
    ch_observe_write(cycle, CHANDRA_KIND_CLAIM, item->claim->name, chandra_doc_root(doc, 0));
    chandra_doc_free(doc);
    return CHANDRA_OK;
}

/* All is tried, whatever fails; the first failure is returned. */
static enum chandra_status
unreserve(struct chandra_cycle *cycle)
{
    struct chandra_error err;
    enum chandra_status first = ch_publish(cycle, &err);

    if (first != CHANDRA_OK)
        ch_log(&cycle->engine->options.logger, CHANDRA_LOG_ERROR,
               "pod %s/%s: Unreserve: the PodSchedulingContext was not published: %s",
               cycle->pod->name_space, cycle->pod->name, err.message);
    /* Whoever made a reservation, the driver included: pods that each hold one of the claims that
     * both need would wait for each other for ever. */
    for (size_t i = 0; i < cycle->claim_count; i++) {
        const struct ch_cycle_claim *item = &cycle->claims[i];
        const struct chandra_claim *claim = chandra_object_claim(item->claim);

        if (claim->is_allocated &&
            (item->is_reserved || ch_claim_is_reserved_for(claim, cycle->pod->uid))) {
            const enum chandra_status st = give_back(cycle, item);

            first = first == CHANDRA_OK ? st : first;
        }
    }
    return first;
}

void
chandra_cycle_unreserve(struct chandra_cycle *cycle, const char *node)
{
    struct chandra_answer answer;
    enum chandra_status st = CHANDRA_OK;
    const struct chandra_call call = {
        .point = CHANDRA_POINT_UNRESERVE,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .node = node,
        .answer = &answer,
    };

    if (ch_shadow_refuses(cycle, "Unreserve", &answer))
        return;
    ch_observe_hold(cycle);
    if (ch_answer_begin(cycle, &answer))
        st = unreserve(cycle);
    ch_answer(&answer, CHANDRA_CODE_SUCCESS, "%s", "");
    answer.status = st;
    ch_observe_release(cycle, &call);
}
