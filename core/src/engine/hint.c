/* hint.c - queueing hints: is an event a reason to try a parked pod again? (spec 4.2) */
#include "engine/engine.h"

#include <string.h>

/* What a walk over the pod's claims looks for. */
struct claim_search {
    const char *uid; /* of the claim that the event is about */
    bool is_found;
};

static enum chandra_status
find_uid(void *user, const char *entry, struct chandra_object *claim, struct chandra_error *err)
{
    struct claim_search *search = user;

    (void)entry;
    (void)err;
    if (ch_streq(claim->uid, search->uid))
        search->is_found = true;
    return CHANDRA_OK;
}

struct answer_search {
    const struct chandra_context *context;
    bool is_missing; /* a driver has still to answer for one of the pod's claims */
};

static enum chandra_status
find_missing_answer(void *user, const char *entry, struct chandra_object *object,
                    struct chandra_error *err)
{
    struct answer_search *search = user;
    const struct chandra_claim *claim = chandra_object_claim(object);

    (void)err;
    if (claim->mode == CHANDRA_MODE_DELAYED && !claim->is_allocated &&
        !ch_context_answer(search->context, entry))
        search->is_missing = true;
    return CHANDRA_OK;
}

static enum chandra_status
walk(struct chandra_engine *engine, const struct chandra_pod *pod, ch_walk_fn fn, void *user,
     struct chandra_error *err)
{
    enum chandra_status st;

    ch_cache_lock_read(engine->cache);
    st = ch_walk_claims(engine, pod, fn, user, err);
    ch_cache_unlock(engine->cache);
    return st;
}

static void
wrong_kind(struct chandra_answer *out, enum chandra_kind kind, const struct chandra_object *object)
{
    ch_answer(out, CHANDRA_CODE_ERROR, "the event is about a %s, but carries a %s",
              chandra_kind_name(kind), chandra_kind_name(object->kind));
    out->status = CHANDRA_EINVAL;
}

/* Spec 4.2.1; the rows are numbered as there. */
static void
claim_hint(struct chandra_engine *engine, const struct chandra_pod *pod,
           const struct chandra_claim *old_claim, const struct chandra_claim *new_claim,
           struct chandra_answer *out)
{
    struct claim_search search = {.uid = new_claim ? new_claim->object.uid : NULL};
    struct chandra_error err;
    enum chandra_status st = walk(engine, pod, find_uid, &search, &err);

    if (st == CHANDRA_ENOMEM)
        ch_answer_no_memory(out);
    else if (st != CHANDRA_OK) /* 2 */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "%s", err.message);
    else if (!new_claim) /* deletions are not registered: nothing becomes schedulable by them */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "a claim was deleted");
    else if (old_claim && old_claim->is_structured && !new_claim->is_allocated) /* 3 */
        ch_answer(out, CHANDRA_CODE_QUEUE, "devices of claim %s/%s were freed",
                  new_claim->object.name_space, new_claim->object.name);
    else if (!search.is_found) /* 4 */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "claim %s/%s is not the pod's",
                  new_claim->object.name_space, new_claim->object.name);
    else if (!old_claim) /* 5 */
        ch_answer(out, CHANDRA_CODE_QUEUE, "claim %s/%s was created", new_claim->object.name_space,
                  new_claim->object.name);
    else if (ch_streq(old_claim->status, new_claim->status)) /* 6 */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "the status of claim %s/%s is as before",
                  new_claim->object.name_space, new_claim->object.name);
    else /* 7 */
        ch_answer(out, CHANDRA_CODE_QUEUE, "the status of claim %s/%s changed",
                  new_claim->object.name_space, new_claim->object.name);
}

static bool
selected_is_unsuitable(const struct chandra_context *context)
{
    if (ch_is_empty(context->selected_node))
        return false;
    for (size_t i = 0; i < context->answer_count; i++)
        for (size_t n = 0; n < context->answers[i].unsuitable_count; n++)
            if (strcmp(context->answers[i].unsuitable[n], context->selected_node) == 0)
                return true;
    return false;
}

/* Spec 4.2.2 from row 3 on. */
static void
context_hint(struct chandra_engine *engine, const struct chandra_pod *pod,
             const struct chandra_context *old_context, const struct chandra_context *new_context,
             struct chandra_answer *out)
{
    struct answer_search search = {.context = new_context};
    struct chandra_error err;
    enum chandra_status st;

    if (!ch_streq(new_context->object.name, pod->object.name) ||
        !ch_streq(new_context->object.name_space, pod->object.name_space)) { /* 3 */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "the context is not the pod's");
        return;
    }
    st = walk(engine, pod, find_missing_answer, &search, &err);
    if (st == CHANDRA_ENOMEM)
        ch_answer_no_memory(out);
    else if (st != CHANDRA_OK) /* 4 */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "%s", err.message);
    else if (search.is_missing) /* 5 */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "not every driver has answered yet");
    else if (!old_context || old_context->answer_count < new_context->answer_count) /* 6 */
        ch_answer(out, CHANDRA_CODE_QUEUE, "every driver has answered");
    else if (selected_is_unsuitable(new_context)) /* 7 */
        ch_answer(out, CHANDRA_CODE_QUEUE, "the selected node %s is unsuitable",
                  new_context->selected_node);
    else if (!ch_streq(old_context->spec, new_context->spec) &&
             ch_streq(old_context->status, new_context->status)) /* 8 */
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "the scheduler's own write");
    else /* 9 */
        ch_answer(out, CHANDRA_CODE_QUEUE, "the context changed");
}

/* Kinds without a hint of their own: registered for additions and updates only. */
static void
plain_hint(enum chandra_kind kind, const struct chandra_object *new_object,
           struct chandra_answer *out)
{
    const bool is_registered = kind == CHANDRA_KIND_NODE || kind == CHANDRA_KIND_CLASS;

    if (is_registered && new_object)
        ch_answer(out, CHANDRA_CODE_QUEUE, "%s %s changed", chandra_kind_name(kind),
                  new_object->name);
    else
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "such events do not matter to pods with claims");
}

static void
decide(struct chandra_engine *engine, const struct chandra_pod *pod, enum chandra_kind kind,
       const struct chandra_object *old_object, const struct chandra_object *new_object,
       struct chandra_answer *out)
{
    if (engine->options.is_disabled) {
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "dynamic resource allocation is disabled");
    } else if (kind != CHANDRA_KIND_CLAIM && kind != CHANDRA_KIND_CONTEXT) {
        plain_hint(kind, new_object, out);
    } else if (kind == CHANDRA_KIND_CONTEXT && old_object && !new_object) {
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "the scheduler itself deletes contexts");
    } else if (old_object && old_object->kind != kind) {
        wrong_kind(out, kind, old_object);
    } else if (new_object && new_object->kind != kind) {
        wrong_kind(out, kind, new_object);
    } else if (kind == CHANDRA_KIND_CLAIM) {
        claim_hint(engine, pod, chandra_object_claim(old_object), chandra_object_claim(new_object),
                   out);
    } else if (!new_object) {
        ch_answer(out, CHANDRA_CODE_QUEUE_SKIP, "an event without an object");
    } else {
        context_hint(engine, pod, chandra_object_context(old_object),
                     chandra_object_context(new_object), out);
    }
}

void
chandra_engine_hint(struct chandra_engine *engine, const struct chandra_pod *pod,
                    enum chandra_kind kind, const struct chandra_object *old_object,
                    const struct chandra_object *new_object, struct chandra_answer *out_answer)
{
    struct chandra_call call = {.point = CHANDRA_POINT_HINT,
                                .pod = pod,
                                .answer = out_answer,
                                .event_kind = kind,
                                .old_object = old_object,
                                .new_object = new_object};

    if (!old_object)
        call.event = CHANDRA_EVENT_ADD;
    else
        call.event = new_object ? CHANDRA_EVENT_UPDATE : CHANDRA_EVENT_DELETE;
    ch_observe_begin(engine);
    decide(engine, pod, kind, old_object, new_object, out_answer);
    ch_observe_end(engine, &call);
}
