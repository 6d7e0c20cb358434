/* pre_enqueue.c - PreEnqueue: may the pod enter the active queue? (spec 4.1) */
#include "engine/engine.h"

/* PreEnqueue does not ask for the gate, but with the gate off there may be no claims to look at. */
static bool
knows_claims(const struct chandra_engine *engine)
{
    if (!engine->options.is_disabled)
        return true;
    return atomic_load(&engine->is_started) &&
           ch_reflector_is_synced(engine->reflectors[CHANDRA_KIND_CLAIM]);
}

static void
decide(struct chandra_engine *engine, const struct chandra_pod *pod, struct chandra_answer *out)
{
    struct chandra_error err;
    enum chandra_status st = CHANDRA_OK;

    if (knows_claims(engine)) {
        ch_cache_lock_read(engine->cache);
        st = ch_walk_claims(engine, pod, NULL, NULL, &err);
        ch_cache_unlock(engine->cache);
    }
    if (st == CHANDRA_OK)
        ch_answer(out, CHANDRA_CODE_SUCCESS, "%s", "");
    else if (st == CHANDRA_ENOMEM)
        ch_answer_no_memory(out);
    else
        ch_answer(out, CHANDRA_CODE_UNRESOLVABLE, "%s", err.message);
}

void
chandra_engine_pre_enqueue(struct chandra_engine *engine, const struct chandra_pod *pod,
                           struct chandra_answer *out_answer)
{
    const struct chandra_call call = {
        .point = CHANDRA_POINT_PRE_ENQUEUE,
        .pod = pod,
        .answer = out_answer,
    };

    ch_observe_begin(engine);
    decide(engine, pod, out_answer);
    ch_observe_end(engine, &call);
}
