/* unreserve.c - Unreserve: the attempt failed; say what is to be said, give reservations back
 * (spec 4.10). Nothing fails here: the next attempt ends here again, or binds.
 */
#include "engine/engine.h"

static void
give_back(struct chandra_cycle *cycle, const struct ch_cycle_claim *item)
{
    struct chandra_engine *engine = cycle->engine;
    const struct chandra_claim *claim = chandra_object_claim(item->claim);
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    if (ch_api_unreserve(engine->transport, claim, chandra_object_pod(cycle->pod), &doc, &err) !=
        CHANDRA_OK) {
        ch_log(&engine->options.logger, CHANDRA_LOG_ERROR,
               "pod %s/%s: Unreserve: claim %s/%s stays reserved: %s", cycle->pod->name_space,
               cycle->pod->name, item->claim->name_space, item->claim->name, err.message);
        return;
    }
    ch_observe_write(cycle, CHANDRA_KIND_CLAIM, item->claim->name, chandra_doc_root(doc, 0));
    chandra_doc_free(doc);
}

static void
unreserve(struct chandra_cycle *cycle)
{
    struct chandra_error err;

    if (ch_publish(cycle, &err) != CHANDRA_OK)
        ch_log(&cycle->engine->options.logger, CHANDRA_LOG_ERROR,
               "pod %s/%s: Unreserve: the PodSchedulingContext was not published: %s",
               cycle->pod->name_space, cycle->pod->name, err.message);
    /* Whoever made a reservation, the driver included: pods that each hold one of the claims that
     * both need would wait for each other for ever. */
    for (size_t i = 0; i < cycle->claim_count; i++) {
        const struct ch_cycle_claim *item = &cycle->claims[i];
        const struct chandra_claim *claim = chandra_object_claim(item->claim);

        if (claim->is_allocated &&
            (item->is_reserved || ch_claim_is_reserved_for(claim, cycle->pod->uid)))
            give_back(cycle, item);
    }
}

void
chandra_cycle_unreserve(struct chandra_cycle *cycle, const char *node)
{
    struct chandra_answer answer;
    const struct chandra_call call = {
        .point = CHANDRA_POINT_UNRESERVE,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .node = node,
        .answer = &answer,
    };

    if (ch_answer_begin(cycle, &answer))
        unreserve(cycle);
    ch_answer(&answer, CHANDRA_CODE_SUCCESS, "%s", "");
    ch_observe_call(cycle->engine, &call);
}
