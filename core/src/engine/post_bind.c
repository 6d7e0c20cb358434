/* post_bind.c - PostBind: the pod is bound, its PodSchedulingContext is of no use any more
 * (spec 4.11). */
#include "engine/engine.h"

/* By name and without a look into the cache, which may not have seen the context yet. */
static enum chandra_status
delete_context(struct chandra_cycle *cycle)
{
    struct chandra_engine *engine = cycle->engine;
    const struct chandra_object *pod = cycle->pod;
    struct chandra_error err;
    const enum chandra_status st =
        ch_api_delete_context(engine->transport, pod->name_space, pod->name, &err);

    if (st == CHANDRA_OK)
        ch_observe_write(cycle, CHANDRA_KIND_CONTEXT, pod->name, NULL);
    else if (st != CHANDRA_ENOTFOUND)
        ch_log(&engine->options.logger, CHANDRA_LOG_WARNING,
               "pod %s/%s: PostBind: the PodSchedulingContext stays, for garbage collection: %s",
               pod->name_space, pod->name, err.message);
    return st == CHANDRA_ENOTFOUND ? CHANDRA_OK : st;
}

void
chandra_cycle_post_bind(struct chandra_cycle *cycle, const char *node)
{
    struct chandra_answer answer;
    enum chandra_status st = CHANDRA_OK;
    const struct chandra_call call = {
        .point = CHANDRA_POINT_POST_BIND,
        .pod = chandra_object_pod(cycle->pod),
        .cycle = cycle,
        .node = node,
        .answer = &answer,
    };

    if (ch_shadow_refuses(cycle, "PostBind", &answer))
        return;
    if (ch_answer_begin(cycle, &answer))
        st = delete_context(cycle);
    ch_answer(&answer, CHANDRA_CODE_SUCCESS, "%s", "");
    answer.status = st;
    ch_observe_call(cycle->engine, &call);
}
