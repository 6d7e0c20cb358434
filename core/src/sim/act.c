/* act.c - what the controllers and drivers have in common. */
#include "sim/act.h"

#include "base/text.h"
#include "sim/values.h"
#include "sim/write.h"

static enum chandra_status
act(struct chandra_sim *sim, const struct ch_sim_write *write, struct chandra_error *err)
{
    struct ch_sim_outcome outcome = {0};
    const enum chandra_status st = ch_sim_write(sim, write, &outcome, err);

    ch_sim_version_unref(outcome.version);
    return st;
}

enum chandra_status
ch_sim_act_put(struct chandra_sim *sim, const char *actor, struct ch_sim_draft *draft,
               const char *sub, struct chandra_error *err)
{
    const struct ch_sim_write write = {
        .actor = actor,
        .method = CHANDRA_PUT,
        .kind = draft->kind,
        .name_space = draft->kind->is_namespaced ? ch_sim_meta(draft->root, "namespace") : "",
        .name = ch_sim_meta(draft->root, "name"),
        .sub = sub,
        .body = draft->root,
        .manager = actor,
    };
    const enum chandra_status st = act(sim, &write, err);

    ch_sim_draft_clear(draft);
    return st;
}

enum chandra_status
ch_sim_act_post(struct chandra_sim *sim, const char *actor, struct ch_sim_draft *draft,
                struct chandra_error *err)
{
    const struct ch_sim_write write = {
        .actor = actor,
        .method = CHANDRA_POST,
        .kind = draft->kind,
        .name_space = draft->kind->is_namespaced ? ch_sim_meta(draft->root, "namespace") : "",
        .name = "",
        .sub = "",
        .body = draft->root,
        .manager = actor,
    };
    const enum chandra_status st = act(sim, &write, err);

    ch_sim_draft_clear(draft);
    return st;
}

enum chandra_status
ch_sim_act_delete(struct chandra_sim *sim, const char *actor, const struct ch_sim_version *version,
                  struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    struct chandra_value *body;
    struct chandra_value *conditions;
    struct ch_sim_write write = {
        .actor = actor,
        .method = CHANDRA_DELETE,
        .kind = version->kind,
        .name_space = version->name_space,
        .name = version->name,
        .sub = "",
    };
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    body = chandra_value_new_object(doc);
    conditions = body ? ch_sim_want_object(doc, body, "preconditions") : NULL;
    write.body = body;
    st = ch_sim_set_text(doc, conditions, "uid", version->uid) ? act(sim, &write, err)
                                                               : ch_sim_no_memory(err);
    chandra_doc_free(doc);
    return st;
}

enum ch_sim_result
ch_sim_act_failed(struct chandra_sim *sim, const char *actor, const char *key,
                  const struct chandra_error *why)
{
    ch_sim_note(sim, CHANDRA_LOG_WARNING, "%s: %s: %s", actor, key, why->message);
    return why->status == CHANDRA_ECONFLICT ? CH_SIM_RETRY : CH_SIM_NOT_YET;
}

const struct chandra_pod *
ch_sim_pod(const struct ch_sim_version *version)
{
    return version ? chandra_object_pod(version->object) : NULL;
}

const struct chandra_claim *
ch_sim_claim(const struct ch_sim_version *version)
{
    return version ? chandra_object_claim(version->object) : NULL;
}

const struct chandra_class *
ch_sim_class(const struct ch_sim_version *version)
{
    return version ? chandra_object_class(version->object) : NULL;
}

bool
ch_sim_pod_is_done(const struct chandra_pod *pod)
{
    return ch_streq(pod->phase, "Succeeded") || ch_streq(pod->phase, "Failed") ||
           (pod->object.is_deleting && ch_is_empty(pod->node_name));
}

void
ch_sim_entry_find(struct chandra_sim *sim, const struct chandra_pod *pod, size_t index,
                  struct ch_sim_entry *out_entry)
{
    const char *name_space = pod->object.name_space;
    bool is_for_pod = false;

    *out_entry = (struct ch_sim_entry){
        .state = CH_SIM_ENTRY_UNNAMED,
        .name = pod->claims[index].entry,
        .template_name = pod->claims[index].template_name,
    };
    if (ch_pod_claim_name(pod, index, NULL, &out_entry->claim_name, &is_for_pod, NULL) !=
        CHANDRA_OK)
        return;
    if (!out_entry->claim_name) {
        out_entry->state = CH_SIM_ENTRY_IGNORED;
        return;
    }
    out_entry->version = ch_sim_get(sim, CH_SIM_CLAIM, name_space, out_entry->claim_name);
    out_entry->claim = ch_sim_claim(out_entry->version);
    if (!out_entry->claim)
        out_entry->state = CH_SIM_ENTRY_MISSING;
    else if (is_for_pod && !ch_claim_is_owned_by(out_entry->claim, pod))
        out_entry->state = CH_SIM_ENTRY_FOREIGN;
    else
        out_entry->state = CH_SIM_ENTRY_FOUND;
}

bool
ch_sim_set_owner(struct ch_sim_draft *draft, const struct chandra_pod *pod, bool blocks_deletion)
{
    struct chandra_doc *doc = draft->doc;
    struct chandra_value *meta = ch_sim_want_object(doc, draft->root, "metadata");
    struct chandra_value *owners = chandra_value_new_array(doc);
    struct chandra_value *owner = chandra_value_new_object(doc);

    return meta && owners && ch_sim_set_text(doc, owner, "apiVersion", "v1") &&
           ch_sim_set_text(doc, owner, "kind", "Pod") &&
           ch_sim_set_text(doc, owner, "name", pod->object.name) &&
           ch_sim_set_text(doc, owner, "uid", pod->object.uid) &&
           chandra_value_set(owner, "controller", chandra_value_new_bool(doc, true)) &&
           (!blocks_deletion ||
            chandra_value_set(owner, "blockOwnerDeletion", chandra_value_new_bool(doc, true))) &&
           chandra_value_append(owners, owner) &&
           chandra_value_set(meta, "ownerReferences", owners);
}

bool
ch_sim_add_user(struct ch_sim_draft *draft, const struct chandra_pod *pod)
{
    struct chandra_doc *doc = draft->doc;
    struct chandra_value *status = ch_sim_want_object(doc, draft->root, "status");
    struct chandra_value *users = chandra_value_get_mutable(status, "reservedFor");
    struct chandra_value *user = chandra_value_new_object(doc);

    if (!users) {
        users = chandra_value_new_array(doc);
        if (!status || !users || !chandra_value_set(status, "reservedFor", users))
            return false;
    }
    return ch_sim_set_text(doc, user, "resource", "pods") &&
           ch_sim_set_text(doc, user, "name", pod->object.name) &&
           ch_sim_set_text(doc, user, "uid", pod->object.uid) && chandra_value_append(users, user);
}
