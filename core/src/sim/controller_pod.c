/* controller_pod.c - makes the claims of a pod from its templates; asks drivers for the claims of a
 * pod that was bound past the scheduler. */
#include "base/text.h"
#include "doc/value.h"
#include "sim/controller.h"
#include "sim/values.h"
#include "sim/write.h"

#include <stdio.h>
#include <string.h>

static const char entry_annotation[] = "resource.kubernetes.io/pod-claim-name";

/* A pod being served. */
struct sync {
    struct chandra_sim *sim;
    const struct chandra_pod *pod;
    struct chandra_doc *doc;        /* of the names found */
    struct chandra_value *statuses; /* for pod.status.resourceClaimStatuses */
    struct chandra_error *err;
};

static bool
is_delayed(const struct chandra_claim *claim)
{
    return claim->mode == CHANDRA_MODE_DELAYED;
}

static bool
can_be_reserved(const struct chandra_claim *claim)
{
    return claim->is_shareable || claim->user_count == 0;
}

/* Whether the PodSchedulingContext names the pod's node. */
static bool
has_context(struct chandra_sim *sim, const struct chandra_pod *pod)
{
    const struct ch_sim_version *context =
        ch_sim_get(sim, CH_SIM_CONTEXT, pod->object.name_space, pod->object.name);

    return context &&
           ch_streq(ch_member_text(chandra_value_get(context->root, "spec"), "selectedNode"),
                    pod->node_name);
}

enum need { NEED_NONE, NEED_WORK, NEED_STOP };

/* What one entry needs; NEED_STOP ends the search, as the real controller's does. */
static enum need
entry_needs(struct chandra_sim *sim, const struct chandra_pod *pod, size_t index)
{
    struct ch_sim_entry entry;

    ch_sim_entry_find(sim, pod, index, &entry);
    switch (entry.state) {
    case CH_SIM_ENTRY_UNNAMED:
        return NEED_WORK;
    case CH_SIM_ENTRY_MISSING:
        return entry.template_name ? NEED_WORK : NEED_STOP;
    case CH_SIM_ENTRY_IGNORED:
    case CH_SIM_ENTRY_FOREIGN:
        return NEED_STOP;
    case CH_SIM_ENTRY_FOUND:
        break;
    }
    if (ch_is_empty(pod->node_name))
        return NEED_NONE;
    if (!entry.claim->is_allocated)
        return is_delayed(entry.claim) && !has_context(sim, pod) ? NEED_WORK : NEED_NONE;
    return !ch_claim_is_reserved_for(entry.claim, pod->object.uid) && can_be_reserved(entry.claim)
               ? NEED_WORK
               : NEED_NONE;
}

/* A pod that has ended gets nothing more, or its claims would be taken away and given back for
 * ever. */
static bool
is_over(const struct chandra_pod *pod)
{
    return pod->object.is_deleting || ch_sim_pod_is_done(pod);
}

bool
ch_sim_pod_needs_work(struct chandra_sim *sim, const struct chandra_pod *pod)
{
    if (is_over(pod))
        return false;
    for (size_t i = 0; i < pod->claim_count; i++) {
        const enum need need = entry_needs(sim, pod, i);

        if (need != NEED_NONE)
            return need == NEED_WORK;
    }
    return false;
}

/* Making claims. */

/* A claim that was made for the entry before, or NULL. */
static const struct ch_sim_version *
find_made(const struct sync *sync, const char *entry)
{
    const struct ch_map *claims =
        ch_sim_index_get(&sync->sim->controller.claims_by_owner, sync->pod->object.uid);
    const size_t pod_len = strlen(sync->pod->object.name);
    const char *key;
    void *cursor = NULL;
    void *member;

    while (claims && ch_map_next(claims, &cursor, &key, &member)) {
        char name_space[CH_SIM_KEY_SIZE];
        const char *name = ch_sim_key_split(key, name_space);
        const struct ch_sim_version *version =
            ch_sim_get(sync->sim, CH_SIM_CLAIM, name_space, name);
        const char *made_for;

        if (!version || !ch_streq(name_space, sync->pod->object.name_space))
            continue;
        made_for = chandra_object_annotation(version->object, entry_annotation);
        if (made_for ? ch_streq(made_for, entry)
                     : strncmp(name, sync->pod->object.name, pod_len) == 0 &&
                           name[pod_len] == '-' && ch_streq(name + pod_len + 1, entry))
            return version;
    }
    return NULL;
}

/* "POD-ENTRY-", both parts cut in proportion if the server could not add its five characters. */
static void
put_generate_name(const char *pod, const char *entry, char name[CH_SIM_NAME_SIZE])
{
    enum { MAX_BASE = 57 };
    const size_t pod_len = strlen(pod);
    const size_t entry_len = strlen(entry);
    const size_t total = pod_len + entry_len + 2;

    if (total <= MAX_BASE)
        snprintf(name, CH_SIM_NAME_SIZE, "%s-%s-", pod, entry);
    else
        snprintf(name, CH_SIM_NAME_SIZE, "%.*s-%.*s", (int)(pod_len * MAX_BASE / total), pod,
                 (int)(entry_len * MAX_BASE / total), entry);
}

static enum chandra_status
draft_claim(const struct sync *sync, const struct ch_sim_entry *entry,
            const struct ch_sim_version *template, struct ch_sim_draft *out_draft)
{
    const struct chandra_value *spec = chandra_value_get(template->root, "spec");
    const struct chandra_value *meta_from = chandra_value_get(spec, "metadata");
    struct ch_sim_draft draft;
    struct chandra_value *meta;
    struct chandra_value *annotations;
    char generate_name[CH_SIM_NAME_SIZE];
    enum chandra_status st = ch_sim_draft_new(
        ch_sim_kind(CH_SIM_CLAIM), chandra_value_new_object(sync->doc), &draft, sync->err);

    if (st != CHANDRA_OK)
        return st;
    put_generate_name(sync->pod->object.name, entry->name, generate_name);
    meta = chandra_value_get_mutable(draft.root, "metadata");
    if (ch_sim_set_text(draft.doc, meta, "generateName", generate_name) &&
        ch_sim_set_text(draft.doc, meta, "namespace", sync->pod->object.name_space) &&
        ch_sim_set_copy(draft.doc, meta, "labels", chandra_value_get(meta_from, "labels")) &&
        ch_sim_set_copy(draft.doc, meta, "annotations",
                        chandra_value_get(meta_from, "annotations")) &&
        (annotations = ch_sim_want_object(draft.doc, meta, "annotations")) &&
        ch_sim_set_text(draft.doc, annotations, entry_annotation, entry->name) &&
        ch_sim_set_owner(&draft, sync->pod, true) &&
        ch_sim_set_copy(draft.doc, draft.root, "spec", chandra_value_get(spec, "spec"))) {
        *out_draft = draft;
        return CHANDRA_OK;
    }
    ch_sim_draft_clear(&draft);
    return ch_sim_no_memory(sync->err);
}

static enum chandra_status
create_claim(const struct sync *sync, const struct ch_sim_entry *entry, const char **out_name)
{
    const char *name_space = sync->pod->object.name_space;
    const struct ch_sim_version *template =
        ch_sim_get(sync->sim, CH_SIM_TEMPLATE, name_space, entry->template_name);
    struct ch_sim_draft draft;
    enum chandra_status st;

    if (!template)
        return chandra_error_set(
            sync->err, CHANDRA_ENOTFOUND,
            "resource claim template \"%s\": resourceclaimtemplate.resource.k8s.io "
            "\"%s\" not found",
            entry->template_name, entry->template_name);
    st = draft_claim(sync, entry, template, &draft);
    if (st == CHANDRA_OK)
        st = ch_sim_act_post(sync->sim, CH_SIM_CONTROLLER, &draft, sync->err);
    /* The write just noted knows the name that the server made up. */
    if (st == CHANDRA_OK)
        *out_name = sync->sim->writes.items[sync->sim->writes.count - 1].name;
    return st;
}

static enum chandra_status
note_name(const struct sync *sync, const char *entry, const char *claim)
{
    struct chandra_value *status = chandra_value_new_object(sync->doc);

    return ch_sim_set_text(sync->doc, status, "name", entry) &&
                   ch_sim_set_text(sync->doc, status, "resourceClaimName", claim) &&
                   chandra_value_append(sync->statuses, status)
               ? CHANDRA_OK
               : ch_sim_no_memory(sync->err);
}

/* See to it that an entry has its claim. */
static enum chandra_status
want_claim(const struct sync *sync, size_t index)
{
    const struct ch_sim_version *made;
    struct ch_sim_entry entry;
    const char *name = NULL;
    enum chandra_status st;

    ch_sim_entry_find(sync->sim, sync->pod, index, &entry);
    if (entry.state == CH_SIM_ENTRY_FOUND || entry.state == CH_SIM_ENTRY_IGNORED)
        return CHANDRA_OK;
    if (!entry.template_name || sync->pod->claims[index].claim_name)
        return CHANDRA_OK;
    made = find_made(sync, entry.name);
    if (made)
        return note_name(sync, entry.name, made->name);
    st = create_claim(sync, &entry, &name);
    return st == CHANDRA_OK ? note_name(sync, entry.name, name) : st;
}

/* Write the names down in the pod's status, by server-side apply. */
static enum chandra_status
write_names(const struct sync *sync)
{
    struct chandra_value *body = chandra_value_new_object(sync->doc);
    struct chandra_value *status = body ? ch_sim_want_object(sync->doc, body, "status") : NULL;
    const struct ch_sim_write write = {
        .actor = CH_SIM_CONTROLLER,
        .method = CHANDRA_PATCH,
        .kind = ch_sim_kind(CH_SIM_POD),
        .name_space = sync->pod->object.name_space,
        .name = sync->pod->object.name,
        .sub = "status",
        .body = body,
        .patch = CH_SIM_PATCH_APPLY,
        .manager = "ResourceClaimController",
        .force = true,
    };
    struct ch_sim_outcome outcome = {0};
    enum chandra_status st;

    if (!status || !chandra_value_set(status, "resourceClaimStatuses", sync->statuses))
        return ch_sim_no_memory(sync->err);
    st = ch_sim_write(sync->sim, &write, &outcome, sync->err);
    ch_sim_version_unref(outcome.version);
    return st;
}

static enum chandra_status
want_claims(struct sync *sync)
{
    enum chandra_status st = chandra_doc_new(&sync->doc, sync->err);

    if (st != CHANDRA_OK)
        return st;
    sync->statuses = chandra_value_new_array(sync->doc);
    if (!sync->statuses)
        st = ch_sim_no_memory(sync->err);
    for (size_t i = 0; st == CHANDRA_OK && i < sync->pod->claim_count; i++)
        st = want_claim(sync, i);
    if (st == CHANDRA_OK && chandra_value_count(sync->statuses) > 0)
        st = write_names(sync);
    chandra_doc_free(sync->doc);
    return st;
}

/* Serving a pod that has a node. */

/* A PodSchedulingContext that only names the node, so that drivers allocate for it. */
static enum chandra_status
create_context(const struct sync *sync)
{
    const struct chandra_pod *pod = sync->pod;
    struct chandra_doc *doc = NULL;
    struct ch_sim_draft draft;
    struct chandra_value *meta;
    struct chandra_value *spec;
    enum chandra_status st = chandra_doc_new(&doc, sync->err);

    if (st != CHANDRA_OK)
        return st;
    st = ch_sim_draft_new(ch_sim_kind(CH_SIM_CONTEXT), chandra_value_new_object(doc), &draft,
                          sync->err);
    chandra_doc_free(doc);
    if (st != CHANDRA_OK)
        return st;
    meta = chandra_value_get_mutable(draft.root, "metadata");
    if (ch_sim_set_text(draft.doc, meta, "name", pod->object.name) &&
        ch_sim_set_text(draft.doc, meta, "namespace", pod->object.name_space) &&
        ch_sim_set_owner(&draft, pod, false) &&
        (spec = ch_sim_want_object(draft.doc, draft.root, "spec")) &&
        ch_sim_set_text(draft.doc, spec, "selectedNode", pod->node_name))
        return ch_sim_act_post(sync->sim, CH_SIM_CONTROLLER, &draft, sync->err);
    ch_sim_draft_clear(&draft);
    return ch_sim_no_memory(sync->err);
}

static enum chandra_status
want_context(const struct sync *sync)
{
    const struct ch_sim_version *context =
        ch_sim_get(sync->sim, CH_SIM_CONTEXT, sync->pod->object.name_space, sync->pod->object.name);
    struct ch_sim_draft draft;
    struct chandra_value *spec;
    enum chandra_status st;

    if (!context)
        return create_context(sync);
    if (has_context(sync->sim, sync->pod))
        return CHANDRA_OK;
    st = ch_sim_draft_new(context->kind, context->root, &draft, sync->err);
    if (st != CHANDRA_OK)
        return st;
    spec = ch_sim_want_object(draft.doc, draft.root, "spec");
    if (ch_sim_set_text(draft.doc, spec, "selectedNode", sync->pod->node_name))
        return ch_sim_act_put(sync->sim, CH_SIM_CONTROLLER, &draft, "", sync->err);
    ch_sim_draft_clear(&draft);
    return ch_sim_no_memory(sync->err);
}

static enum chandra_status
reserve(const struct sync *sync, const struct ch_sim_version *claim)
{
    struct ch_sim_draft draft;
    enum chandra_status st = ch_sim_draft_new(claim->kind, claim->root, &draft, sync->err);

    if (st != CHANDRA_OK)
        return st;
    if (ch_sim_add_user(&draft, sync->pod))
        return ch_sim_act_put(sync->sim, CH_SIM_CONTROLLER, &draft, "status", sync->err);
    ch_sim_draft_clear(&draft);
    return ch_sim_no_memory(sync->err);
}

/* What the scheduler would have seen to. *out_waits: a driver is to act first. */
static enum chandra_status
serve_entry(const struct sync *sync, size_t index, bool *out_waits)
{
    struct ch_sim_entry entry;

    ch_sim_entry_find(sync->sim, sync->pod, index, &entry);
    if (entry.state == CH_SIM_ENTRY_FOREIGN)
        return chandra_error_set(sync->err, CHANDRA_EINVAL,
                                 "ResourceClaim %s was not created for pod %s", entry.claim_name,
                                 sync->pod->object.name);
    if (entry.state != CH_SIM_ENTRY_FOUND)
        return CHANDRA_OK;
    if (!entry.claim->is_allocated && is_delayed(entry.claim)) {
        *out_waits = true;
        return want_context(sync);
    }
    if (entry.claim->is_allocated && can_be_reserved(entry.claim) &&
        !ch_claim_is_reserved_for(entry.claim, sync->pod->object.uid))
        return reserve(sync, entry.version);
    return CHANDRA_OK;
}

enum chandra_status
ch_sim_sync_pod(struct chandra_sim *sim, const char *name_space, const char *name,
                struct chandra_error *err)
{
    struct ch_sim_version *version = ch_sim_get(sim, CH_SIM_POD, name_space, name);
    struct sync sync = {.sim = sim, .pod = ch_sim_pod(version), .err = err};
    bool waits = false;
    enum chandra_status st;

    if (!sync.pod || is_over(sync.pod))
        return CHANDRA_OK;
    ch_sim_version_ref(version); /* the pod may be stored anew meanwhile */
    st = want_claims(&sync);
    if (st == CHANDRA_OK && !ch_is_empty(sync.pod->node_name)) {
        ch_sim_version_unref(version);
        version = ch_sim_version_ref(ch_sim_get(sim, CH_SIM_POD, name_space, name));
        sync.pod = ch_sim_pod(version);
        for (size_t i = 0; st == CHANDRA_OK && !waits && sync.pod && i < sync.pod->claim_count; i++)
            st = serve_entry(&sync, i, &waits);
    }
    ch_sim_version_unref(version);
    return st;
}
