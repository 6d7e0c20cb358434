/* walk.c - from a pod to its claims: names, existence, ownership (spec 3.1 to 3.3). */
#include "engine/engine.h"

/* What an entry of the pod's says about its claim. */
struct wanted {
    const char *name; /* NULL: the entry needs no claim */
    bool check_owner;
};

static enum chandra_status
resolve(struct chandra_engine *engine, const struct chandra_pod *pod, size_t index,
        struct ch_arena *arena, struct wanted *out, struct chandra_error *err)
{
    const enum ch_naming naming = atomic_load(&engine->naming);
    const struct ch_pod_claim *claim = &pod->claims[index];

    *out = (struct wanted){0};
    if (naming == CH_NAMING_UNKNOWN && !claim->claim_name && claim->template_name)
        return chandra_error_set(err, CHANDRA_ENOTFOUND,
                                 "pod %s/%s: the claim for entry \"%s\" cannot be named before the "
                                 "API server has told its version",
                                 pod->object.name_space, pod->object.name, claim->entry);
    return ch_pod_claim_name(pod, index, naming == CH_NAMING_DETERMINISTIC ? arena : NULL,
                             &out->name, &out->check_owner, err);
}

static enum chandra_status
check_claim(const struct chandra_pod *pod, const struct chandra_claim *claim,
            const struct wanted *wanted, struct chandra_error *err)
{
    const char *name_space = pod->object.name_space;

    if (!claim)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "claim %s/%s not found", name_space,
                                 wanted->name);
    if (claim->object.is_deleting)
        return chandra_error_set(err, CHANDRA_EINVAL, "claim %s/%s is being deleted", name_space,
                                 wanted->name);
    if (wanted->check_owner && !ch_claim_is_owned_by(claim, pod))
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "claim %s/%s was not created for pod %s/%s (it is not its owner)",
                                 name_space, wanted->name, name_space, pod->object.name);
    return CHANDRA_OK;
}

enum chandra_status
ch_walk_claims(struct chandra_engine *engine, const struct chandra_pod *pod, ch_walk_fn fn,
               void *user, struct chandra_error *err)
{
    struct ch_arena arena = {0}; /* deterministic names; empty, and free of cost, otherwise */
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; i < pod->claim_count && st == CHANDRA_OK; i++) {
        struct chandra_object *claim;
        struct wanted wanted;

        st = resolve(engine, pod, i, &arena, &wanted, err);
        if (st != CHANDRA_OK || !wanted.name)
            continue;
        claim =
            ch_cache_get(engine->cache, CHANDRA_KIND_CLAIM, pod->object.name_space, wanted.name);
        st = check_claim(pod, chandra_object_claim(claim), &wanted, err);
        if (st == CHANDRA_OK && fn)
            st = fn(user, pod->claims[i].entry, claim, err);
    }
    ch_arena_clear(&arena);
    return st;
}
