/* publish.c - write the pod's PodSchedulingContext, if there is something new to say (spec 3.6). */
#include "engine/engine.h"

bool
ch_publish_is_due(const struct chandra_cycle *cycle)
{
    return cycle->change.selected_node || cycle->change.has_potential;
}

/* An update; where somebody else was faster, an apply of the same fields. */
static enum chandra_status
update(struct chandra_cycle *cycle, struct chandra_doc **out_doc, struct chandra_error *err)
{
    struct chandra_engine *engine = cycle->engine;
    const struct chandra_context *context = chandra_object_context(cycle->context);
    enum chandra_status st =
        ch_api_update_context(engine->transport, context, &cycle->change, out_doc, err);

    if (st == CHANDRA_ECONFLICT)
        st = ch_api_apply_context(engine->transport, context, &cycle->change, engine->field_manager,
                                  out_doc, err);
    return st;
}

enum chandra_status
ch_publish(struct chandra_cycle *cycle, struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    struct chandra_doc **answer = cycle->engine->options.observer ? &doc : NULL;
    enum chandra_status st;

    if (!ch_publish_is_due(cycle))
        return CHANDRA_OK;
    st = cycle->context
             ? update(cycle, answer, err)
             : ch_api_create_context(cycle->engine->transport, chandra_object_pod(cycle->pod),
                                     &cycle->change, answer, err);
    if (st != CHANDRA_OK)
        return st; /* the changes stay, for the next try */
    cycle->change = (struct ch_context_change){0};
    ch_observe_write(cycle, CHANDRA_KIND_CONTEXT, cycle->pod->name, chandra_doc_root(doc, 0));
    chandra_doc_free(doc);
    return CHANDRA_OK;
}
