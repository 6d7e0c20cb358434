/* stage.c - the server's state set step by step: for replays, past all rules. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"
#include "sim/write.h"

static struct chandra_sim *
sim_of(struct chandra_stage *stage)
{
    return ((struct ch_sim_stage *)stage)->sim; /* the stage is its first member */
}

/* The draft that a step stores; its metadata has a name, a namespace where there must be one, and a
 * uid. */
static enum chandra_status
make_draft(struct chandra_sim *sim, const struct ch_sim_kind *kind,
           const struct chandra_value *object, struct ch_sim_draft *out_draft,
           struct chandra_error *err)
{
    const char *name_space = ch_sim_meta(object, "namespace");
    struct ch_sim_draft draft;
    struct chandra_value *meta;
    const struct ch_sim_version *old;
    char uid[CH_SIM_UID_SIZE];
    bool is_done = true;
    enum chandra_status st = ch_sim_draft_new(kind, object, &draft, err);

    if (st != CHANDRA_OK)
        return st;
    draft.is_unchecked = true;
    ch_sim_normalize(&draft);
    meta = chandra_value_get_mutable(draft.root, "metadata");
    if (kind->is_namespaced && ch_is_empty(name_space))
        is_done = ch_sim_set_text(draft.doc, meta, "namespace", name_space = "default");
    if (!kind->is_namespaced)
        chandra_value_remove(meta, "namespace");
    old = ch_sim_get(sim, kind->id, kind->is_namespaced ? name_space : "",
                     ch_member_text(meta, "name"));
    if (!old)
        ch_sim_new_uid(sim, uid);
    if (is_done && ch_is_empty(ch_member_text(meta, "uid")))
        is_done = ch_sim_set_text(draft.doc, meta, "uid", old ? old->uid : uid);
    if (!is_done) {
        ch_sim_draft_clear(&draft);
        return ch_sim_no_memory(err);
    }
    *out_draft = draft;
    return CHANDRA_OK;
}

/* An object with another uid is another object: the old one goes first. */
static enum chandra_status
store(struct chandra_sim *sim, struct ch_sim_draft *draft, struct chandra_error *err)
{
    const char *name_space =
        draft->kind->is_namespaced ? ch_sim_meta(draft->root, "namespace") : "";
    struct ch_sim_version *old =
        ch_sim_get(sim, draft->kind->id, name_space, ch_sim_meta(draft->root, "name"));
    enum chandra_status st = CHANDRA_OK;

    if (old && !ch_streq(old->uid, ch_sim_meta(draft->root, "uid")))
        st = ch_sim_remove(sim, old, err);
    if (st == CHANDRA_OK)
        return ch_sim_put(sim, draft, NULL, err);
    ch_sim_draft_clear(draft);
    return st;
}

static enum chandra_status
stage_apply(struct chandra_stage *stage, const struct chandra_value *object,
            struct chandra_error *err)
{
    struct chandra_sim *sim = sim_of(stage);
    const char *version = ch_member_text(object, "apiVersion");
    const char *name = ch_member_text(object, "kind");
    const struct ch_sim_kind *kind = ch_sim_kind_by_name(version, name);
    struct ch_sim_draft draft = {0};
    enum chandra_status st;

    if (!kind)
        return ch_value_error(object, err, CHANDRA_EUNSUPPORTED,
                              "the cluster does not store %s \"%s\"", version, name);
    if (ch_is_empty(ch_sim_meta(object, "name")))
        return ch_value_error(object, err, CHANDRA_EINVAL, "%s without metadata.name", name);
    ch_sim_lock(sim);
    st = make_draft(sim, kind, object, &draft, err);
    if (draft.kind)
        st = store(sim, &draft, err);
    ch_sim_unlock(sim);
    return st;
}

static enum chandra_status
stage_remove(struct chandra_stage *stage, const char *kind_name, const char *name_space,
             const char *name, struct chandra_error *err)
{
    struct chandra_sim *sim = sim_of(stage);
    const struct ch_sim_kind *kind = ch_sim_kind_by_bare_name(kind_name);
    struct ch_sim_version *version = NULL;
    enum chandra_status st;

    ch_sim_lock(sim);
    if (kind)
        version = ch_sim_get(sim, kind->id, kind->is_namespaced ? name_space : "", name);
    if (version)
        st = ch_sim_remove(sim, version, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOTFOUND, "there is no %s %s%s%s", kind_name,
                               name_space ? name_space : "", ch_is_empty(name_space) ? "" : "/",
                               name);
    ch_sim_unlock(sim);
    return st;
}

static enum chandra_status
stage_deliver(struct chandra_stage *stage, struct chandra_error *err)
{
    return ch_sim_deliver(sim_of(stage), err);
}

static void
stage_each(struct chandra_stage *stage, const char *kind_name, chandra_stage_fn fn, void *user)
{
    struct chandra_sim *sim = sim_of(stage);
    const struct ch_sim_kind *kind = ch_sim_kind_by_bare_name(kind_name);
    struct ch_sim_versions versions = {0};
    enum chandra_status st;

    if (!kind)
        return;
    ch_sim_lock(sim);
    st = ch_sim_versions_of(sim, kind->id, NULL, &versions, NULL);
    ch_sim_unlock(sim);
    for (size_t i = 0; st == CHANDRA_OK && i < versions.count; i++)
        if (!fn(user, versions.items[i]->root))
            break;
    ch_sim_lock(sim);
    ch_sim_versions_clear(&versions);
    ch_sim_unlock(sim);
}

static void
stage_find(struct chandra_stage *stage, const char *kind_name, const char *name_space,
           const char *name, chandra_stage_fn fn, void *user)
{
    struct chandra_sim *sim = sim_of(stage);
    const struct ch_sim_kind *kind = ch_sim_kind_by_bare_name(kind_name);
    struct ch_sim_version *version;

    if (!kind)
        return;
    ch_sim_lock(sim);
    version = ch_sim_get(sim, kind->id, kind->is_namespaced ? name_space : "", name);
    if (version)
        ch_sim_version_ref(version);
    ch_sim_unlock(sim);
    if (!version)
        return;
    fn(user, version->root);
    ch_sim_lock(sim);
    ch_sim_version_unref(version);
    ch_sim_unlock(sim);
}

const struct chandra_stage_ops ch_sim_stage_ops = {
    .size = sizeof(ch_sim_stage_ops),
    .apply = stage_apply,
    .remove = stage_remove,
    .deliver = stage_deliver,
    .each = stage_each,
    .find = stage_find,
};
