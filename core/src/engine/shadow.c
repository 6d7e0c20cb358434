/* shadow.c - a second policy's attempt beside the one that acts, in the same state. */
#include "engine/engine.h"

bool
ch_shadow_refuses(const struct chandra_cycle *cycle, const char *point, struct chandra_answer *out)
{
    if (!cycle->is_shadow)
        return false;
    ch_answer(out, CHANDRA_CODE_ERROR, "pod %s/%s: a shadow decides, but has no %s",
              cycle->pod->name_space, cycle->pod->name, point);
    out->status = CHANDRA_EINVAL;
    return true;
}

/* A set of the model's, as it is where that stands for all nodes. */
static const struct chandra_nodeset *
copy_set(struct chandra_cycle *shadow, const struct chandra_nodeset *set)
{
    struct chandra_nodeset *copy;

    if (set == ch_nodes_all(shadow->nodes))
        return set;
    copy = ch_cycle_new_set(shadow);
    if (copy)
        chandra_nodeset_assign(copy, set);
    return copy;
}

static bool
copy_claim(struct chandra_cycle *shadow, const struct ch_cycle_claim *from,
           struct ch_cycle_claim *to)
{
    *to = (struct ch_cycle_claim){
        .entry = from->entry,
        .claim = chandra_object_ref(from->claim),
        .klass = from->klass ? chandra_object_ref(from->klass) : NULL,
        .answer = from->answer,
        .available = copy_set(shadow, from->available),
        .suitable = copy_set(shadow, from->suitable),
        .unsuitable = copy_set(shadow, from->unsuitable),
    };
    shadow->claim_count++;
    return to->available && to->suitable && to->unsuitable;
}

static bool
copy_state(const struct chandra_cycle *cycle, struct chandra_cycle *shadow)
{
    bool ok;

    shadow->context = cycle->context ? chandra_object_ref(cycle->context) : NULL;
    shadow->nodes = ch_nodes_ref(cycle->nodes);
    shadow->no_nodes = ch_cycle_new_set(shadow);
    shadow->claims = ch_arena_calloc(&shadow->arena, cycle->claim_count, sizeof(*shadow->claims));
    ok = shadow->no_nodes && shadow->claims;
    for (size_t i = 0; ok && i < cycle->claim_count; i++)
        ok = copy_claim(shadow, &cycle->claims[i], &shadow->claims[i]);
    if (ok && cycle->queue) {
        shadow->queue = ch_strdup(cycle->queue);
        ok = shadow->queue != NULL;
    }
    return ok;
}

enum chandra_status
chandra_cycle_shadow(const struct chandra_cycle *cycle, struct chandra_policy *policy,
                     struct chandra_cycle **out_shadow, struct chandra_error *err)
{
    struct chandra_engine *engine = cycle->engine;
    struct chandra_cycle *shadow;

    if (!cycle->has_state || cycle->claim_count == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "pod %s/%s: the attempt decides nothing",
                                 cycle->pod->name_space, cycle->pod->name);
    shadow = ch_calloc(1, sizeof(*shadow));
    if (!shadow)
        return ch_cycle_no_memory(cycle, err);
    shadow->engine = engine;
    shadow->pod = chandra_object_ref(cycle->pod);
    pthread_mutex_init(&shadow->lock, NULL);
    ch_cycle_reset(shadow);
    chandra_policy_unref(shadow->policy);
    shadow->policy = chandra_policy_ref(policy);
    shadow->has_state = true;
    shadow->is_shadow = true;
    shadow->time = cycle->time;
    pthread_mutex_lock(&engine->random_lock);
    shadow->random = engine->random;
    pthread_mutex_unlock(&engine->random_lock);
    if (!copy_state(cycle, shadow)) {
        chandra_cycle_free(shadow);
        return ch_cycle_no_memory(cycle, err);
    }
    ch_policy_choose(shadow);
    *out_shadow = shadow;
    return CHANDRA_OK;
}
