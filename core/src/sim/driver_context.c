/* driver_context.c - how every driver answers a PodSchedulingContext. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/driver.h"
#include "sim/values.h"

/* A PodSchedulingContext being answered. */
struct sync {
    struct ch_sim_driver *driver;
    struct ch_sim_version *context; /* references, like the pod's */
    struct ch_sim_version *pod_version;
    const struct chandra_pod *pod;
    const char *selected;         /* "" for none */
    struct ch_sim_wanted *wanted; /* the pending claims that are the driver's */
    size_t wanted_count;
    const char **unsuitable; /* names, borrowed from the context */
    size_t unsuitable_count;
    struct chandra_error *err;
};

static void
clear(struct sync *sync)
{
    for (size_t i = 0; i < sync->wanted_count; i++)
        ch_sim_version_unref(sync->wanted[i].version);
    ch_free(sync->wanted);
    ch_free(sync->unsuitable);
    ch_sim_version_unref(sync->pod_version);
    ch_sim_version_unref(sync->context);
}

static const struct chandra_value *
potential_nodes(const struct sync *sync)
{
    return ch_sim_get2(sync->context->root, "spec", "potentialNodes");
}

/* Which claims are ours. */

/* One entry of the pod; *out_is_ours only for a pending claim of this driver. */
static enum chandra_status
look_at(const struct sync *sync, const struct ch_sim_entry *entry, bool *out_is_ours)
{
    const struct chandra_class *klass;

    *out_is_ours = false;
    if (entry->state == CH_SIM_ENTRY_UNNAMED)
        return chandra_error_set(sync->err, CHANDRA_ENOTFOUND,
                                 "pod claim %s: ResourceClaim not created yet", entry->name);
    if (entry->state == CH_SIM_ENTRY_FOREIGN)
        return chandra_error_set(sync->err, CHANDRA_EINVAL,
                                 "pod claim %s: ResourceClaim %s was not created for the pod",
                                 entry->name, entry->claim_name);
    if (entry->state != CH_SIM_ENTRY_FOUND || entry->claim->mode != CHANDRA_MODE_DELAYED ||
        entry->claim->is_allocated)
        return CHANDRA_OK;
    klass = ch_sim_class(ch_sim_get(sync->driver->sim, CH_SIM_CLASS, "", entry->claim->class_name));
    if (!klass)
        return chandra_error_set(sync->err, CHANDRA_ENOTFOUND,
                                 "pod claim %s: resourceclass.resource.k8s.io \"%s\" not found",
                                 entry->name, entry->claim->class_name);
    *out_is_ours = ch_streq(klass->driver_name, sync->driver->name);
    return CHANDRA_OK;
}

static enum chandra_status
collect(struct sync *sync)
{
    const size_t count = sync->pod->claim_count;

    sync->wanted = ch_calloc(count > 0 ? count : 1, sizeof(*sync->wanted));
    if (!sync->wanted)
        return ch_sim_no_memory(sync->err);
    for (size_t i = 0; i < count; i++) {
        struct ch_sim_entry entry;
        bool is_ours;
        enum chandra_status st;

        ch_sim_entry_find(sync->driver->sim, sync->pod, i, &entry);
        st = look_at(sync, &entry, &is_ours);
        if (st != CHANDRA_OK)
            return st;
        if (is_ours)
            sync->wanted[sync->wanted_count++] =
                (struct ch_sim_wanted){entry.name, ch_sim_version_ref(entry.version)};
    }
    return CHANDRA_OK;
}

/* Which nodes do not do. */

/* A list may hold no more than 128 names, but candidates are the potential nodes and the selected
 * one: one goes that is not the selected. */
static void
cut_list(struct sync *sync)
{
    if (sync->unsuitable_count <= CH_SIM_MAX_UNSUITABLE)
        return;
    if (!ch_streq(sync->unsuitable[0], sync->selected))
        for (size_t i = 1; i < sync->unsuitable_count; i++)
            sync->unsuitable[i - 1] = sync->unsuitable[i];
    sync->unsuitable_count--;
}

static void
try_node(struct sync *sync, const char *node)
{
    if (node && ch_sim_device_is_unsuitable(sync->driver, node, sync->wanted_count))
        sync->unsuitable[sync->unsuitable_count++] = node;
}

/* Without potential nodes nobody has asked. */
static enum chandra_status
find_unsuitable(struct sync *sync)
{
    const struct chandra_value *potential = potential_nodes(sync);
    const size_t count = chandra_value_count(potential);

    if (count == 0)
        return CHANDRA_OK;
    sync->unsuitable = ch_calloc(count + 1, sizeof(*sync->unsuitable));
    if (!sync->unsuitable)
        return ch_sim_no_memory(sync->err);
    for (size_t i = 0; i < count; i++)
        try_node(sync, chandra_value_string(chandra_value_at(potential, i)));
    if (!ch_is_empty(sync->selected) && !ch_sim_list_has(potential, sync->selected))
        try_node(sync, sync->selected);
    return CHANDRA_OK;
}

static bool
is_selected_suitable(const struct sync *sync)
{
    for (size_t i = 0; i < sync->unsuitable_count; i++)
        if (ch_streq(sync->unsuitable[i], sync->selected))
            return false;
    return !ch_is_empty(sync->selected);
}

/* The answer. */

static struct chandra_value *
new_names(const struct sync *sync, struct chandra_doc *doc)
{
    struct chandra_value *names = chandra_value_new_array(doc);

    for (size_t i = 0; names && i < sync->unsuitable_count; i++)
        if (!chandra_value_append(names, chandra_value_new_string(doc, sync->unsuitable[i])))
            return NULL;
    return names;
}

/* An entry is added also when its list is empty: that it is there is the answer. False when out of
 * memory. */
static bool
put_answer(const struct sync *sync, struct ch_sim_draft *draft, struct chandra_value *answers,
           const char *entry)
{
    struct chandra_value *names = new_names(sync, draft->doc);
    struct chandra_value *answer = NULL;

    for (size_t i = 0; i < chandra_value_count(answers); i++)
        if (ch_streq(ch_member_text(chandra_value_at(answers, i), "name"), entry))
            answer = ch_sim_element(answers, i);
    if (!answer) {
        answer = chandra_value_new_object(draft->doc);
        if (!ch_sim_set_text(draft->doc, answer, "name", entry) ||
            !chandra_value_append(answers, answer))
            return false;
    }
    if (!names)
        return false;
    if (sync->unsuitable_count > 0)
        return chandra_value_set(answer, "unsuitableNodes", names);
    chandra_value_remove(answer, "unsuitableNodes");
    return true;
}

/* Write the answers; one that is there already is no write. */
static enum chandra_status
answer(const struct sync *sync)
{
    struct ch_sim_draft draft;
    struct chandra_value *status;
    struct chandra_value *answers;
    bool is_made;
    enum chandra_status st =
        ch_sim_draft_new(sync->context->kind, sync->context->root, &draft, sync->err);

    if (st != CHANDRA_OK)
        return st;
    status = ch_sim_want_object(draft.doc, draft.root, "status");
    answers = chandra_value_get_mutable(status, "resourceClaims");
    if (!answers) {
        answers = chandra_value_new_array(draft.doc);
        is_made = status && chandra_value_set(status, "resourceClaims", answers);
    } else {
        is_made = true;
    }
    for (size_t i = 0; is_made && i < sync->wanted_count; i++)
        is_made = put_answer(sync, &draft, answers, sync->wanted[i].entry);
    if (is_made && !chandra_value_equal(draft.root, sync->context->root))
        return ch_sim_act_put(sync->driver->sim, sync->driver->name, &draft, "status", sync->err);
    ch_sim_draft_clear(&draft);
    return is_made ? CHANDRA_OK : ch_sim_no_memory(sync->err);
}

/* Whether the next look will find the node unsuitable where nothing was left to give: not if the
 * driver is not asked about nodes, nor if it has no limit, as it then calls no node unsuitable. */
static bool
will_find_unsuitable(const struct sync *sync)
{
    return sync->driver->max_allocations > 0 && chandra_value_count(potential_nodes(sync)) > 0;
}

static enum chandra_status
serve(struct sync *sync, enum ch_sim_result *out_result)
{
    enum chandra_status st = collect(sync);

    *out_result = CH_SIM_CHECK_AGAIN;
    if (st != CHANDRA_OK || sync->wanted_count == 0)
        return st;
    st = find_unsuitable(sync);
    if (st != CHANDRA_OK)
        return st;
    if (is_selected_suitable(sync))
        st = ch_sim_driver_allocate(sync->driver, sync->wanted, sync->wanted_count, sync->selected,
                                    sync->pod, sync->err);
    cut_list(sync);
    if (st == CHANDRA_OK)
        return answer(sync);
    if (st == CHANDRA_ELIMIT && will_find_unsuitable(sync)) {
        *out_result = CH_SIM_RETRY;
        return CHANDRA_OK;
    }
    return st;
}

/* Whether the context asks for something. */
static bool
is_of_interest(const struct ch_sim_version *context)
{
    return ch_is_empty(ch_sim_meta(context->root, "deletionTimestamp")) &&
           (!ch_is_empty(
                ch_member_text(chandra_value_get(context->root, "spec"), "selectedNode")) ||
            chandra_value_count(ch_sim_get2(context->root, "spec", "potentialNodes")) > 0);
}

enum chandra_status
ch_sim_driver_sync_context(struct ch_sim_driver *driver, const char *name_space, const char *name,
                           enum ch_sim_result *out_result, struct chandra_error *err)
{
    struct ch_sim_version *context = ch_sim_get(driver->sim, CH_SIM_CONTEXT, name_space, name);
    struct ch_sim_version *pod = ch_sim_get(driver->sim, CH_SIM_POD, name_space, name);
    struct sync sync = {.driver = driver, .pod = ch_sim_pod(pod), .err = err};
    const struct chandra_value *owner;
    enum chandra_status st;

    if (!context || !is_of_interest(context))
        return CHANDRA_OK;
    if (!sync.pod)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "pods \"%s\" not found", name);
    owner = ch_sim_controller_of(context->root);
    if (sync.pod->object.is_deleting || !ch_streq(ch_member_text(owner, "uid"), pod->uid))
        return CHANDRA_OK;
    sync.context = ch_sim_version_ref(context);
    sync.pod_version = ch_sim_version_ref(pod);
    sync.selected = ch_member_text(chandra_value_get(context->root, "spec"), "selectedNode");
    st = serve(&sync, out_result);
    clear(&sync);
    return st;
}
