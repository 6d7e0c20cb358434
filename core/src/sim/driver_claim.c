/* driver_claim.c - how every driver allocates and frees claims. */
#include "base/text.h"
#include "sim/driver.h"
#include "sim/values.h"

static bool
has_finalizer(const struct ch_sim_driver *driver, const struct ch_sim_version *claim)
{
    return ch_sim_list_has(ch_sim_get2(claim->root, "metadata", "finalizers"), driver->finalizer);
}

/* The claim as it is stored by now, unless it is another one under the same name. */
static struct ch_sim_version *
present(const struct ch_sim_driver *driver, const struct ch_sim_version *claim)
{
    struct ch_sim_version *found =
        ch_sim_get(driver->sim, CH_SIM_CLAIM, claim->name_space, claim->name);

    return found && ch_streq(found->uid, claim->uid) ? found : NULL;
}

/* Write a draft, which is used up, or say that there was no memory to make it. */
static enum chandra_status
finish(struct ch_sim_driver *driver, struct ch_sim_draft *draft, bool is_made, const char *sub,
       struct chandra_error *err)
{
    if (is_made)
        return ch_sim_act_put(driver->sim, driver->name, draft, sub, err);
    ch_sim_draft_clear(draft);
    return ch_sim_no_memory(err);
}

/* Finalizers. */

static enum chandra_status
add_finalizer(struct ch_sim_driver *driver, const struct ch_sim_version *claim,
              struct chandra_error *err)
{
    struct ch_sim_draft draft;
    struct chandra_value *meta;
    struct chandra_value *list;
    bool is_made;
    enum chandra_status st = ch_sim_draft_new(claim->kind, claim->root, &draft, err);

    if (st != CHANDRA_OK)
        return st;
    meta = chandra_value_get_mutable(draft.root, "metadata");
    list = chandra_value_get_mutable(meta, "finalizers");
    is_made = list != NULL;
    if (!list) {
        list = chandra_value_new_array(draft.doc);
        is_made = chandra_value_set(meta, "finalizers", list);
    }
    is_made = is_made &&
              chandra_value_append(list, chandra_value_new_string(draft.doc, driver->finalizer));
    return finish(driver, &draft, is_made, "", err);
}

static enum chandra_status
remove_finalizer(struct ch_sim_driver *driver, const struct ch_sim_version *claim,
                 struct chandra_error *err)
{
    const struct chandra_value *old = ch_sim_get2(claim->root, "metadata", "finalizers");
    struct ch_sim_draft draft;
    struct chandra_value *list;
    bool is_made;
    enum chandra_status st = ch_sim_draft_new(claim->kind, claim->root, &draft, err);

    if (st != CHANDRA_OK)
        return st;
    list = chandra_value_new_array(draft.doc);
    is_made = list != NULL;
    for (size_t i = 0; is_made && i < chandra_value_count(old); i++) {
        const struct chandra_value *text = chandra_value_at(old, i);

        if (!ch_streq(chandra_value_string(text), driver->finalizer))
            is_made = chandra_value_append(list, chandra_value_copy(draft.doc, text));
    }
    is_made = is_made && chandra_value_set(chandra_value_get_mutable(draft.root, "metadata"),
                                           "finalizers", list);
    return finish(driver, &draft, is_made, "", err);
}

/* Allocating. */

static enum chandra_status
write_allocation(struct ch_sim_driver *driver, const struct ch_sim_version *claim, const char *node,
                 const struct chandra_pod *user, struct chandra_error *err)
{
    struct ch_sim_draft draft;
    struct chandra_value *allocation = NULL;
    struct chandra_value *status;
    bool is_made;
    enum chandra_status st = ch_sim_draft_new(claim->kind, claim->root, &draft, err);

    if (st != CHANDRA_OK)
        return st;
    st = ch_sim_device_allocate(driver, claim, node, draft.doc, &allocation, err);
    if (st != CHANDRA_OK) {
        ch_sim_draft_clear(&draft);
        return st;
    }
    status = ch_sim_want_object(draft.doc, draft.root, "status");
    is_made = status && chandra_value_set(status, "allocation", allocation) &&
              ch_sim_set_text(draft.doc, status, "driverName", driver->name) &&
              (!user || driver->dont_set_reserved_for || ch_sim_add_user(&draft, user));
    return finish(driver, &draft, is_made, "status", err);
}

/* Keep the first failure of several. */
static void
keep_first(enum chandra_status st, const struct chandra_error *why, enum chandra_status *first,
           struct chandra_error *err)
{
    if (st == CHANDRA_OK || *first != CHANDRA_OK)
        return;
    *first = st;
    if (err)
        *err = *why;
}

enum chandra_status
ch_sim_driver_allocate(struct ch_sim_driver *driver, const struct ch_sim_wanted *wanted,
                       size_t count, const char *node, const struct chandra_pod *user,
                       struct chandra_error *err)
{
    enum chandra_status first = CHANDRA_OK;
    struct chandra_error why;

    for (size_t i = 0; i < count; i++) {
        const struct ch_sim_version *claim = present(driver, wanted[i].version);

        if (claim && !ch_sim_claim(claim)->is_allocated && !has_finalizer(driver, claim))
            keep_first(add_finalizer(driver, claim, &why), &why, &first, err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct ch_sim_version *claim = present(driver, wanted[i].version);

        if (claim && !ch_sim_claim(claim)->is_allocated && has_finalizer(driver, claim))
            keep_first(write_allocation(driver, claim, node, user, &why), &why, &first, err);
    }
    return first;
}

/* An immediate claim needs nobody to ask for it. Without its class, or without anything left to
 * give, it waits for others. */
static enum chandra_status
allocate_immediate(struct ch_sim_driver *driver, struct ch_sim_version *version,
                   enum ch_sim_result *out_result, struct chandra_error *err)
{
    const struct chandra_claim *claim = ch_sim_claim(version);
    const struct ch_sim_wanted wanted = {"", version};
    const struct chandra_class *klass =
        ch_sim_class(ch_sim_get(driver->sim, CH_SIM_CLASS, "", claim->class_name));

    if (!klass)
        return chandra_error_set(err, CHANDRA_ENOTFOUND,
                                 "resourceclass.resource.k8s.io \"%s\" not found",
                                 claim->class_name);
    if (!ch_streq(klass->driver_name, driver->name)) {
        *out_result = CH_SIM_NOT_YET;
        return CHANDRA_OK;
    }
    return ch_sim_driver_allocate(driver, &wanted, 1, "", NULL, err);
}

/* Freeing. */

static enum chandra_status
clear_allocation(struct ch_sim_driver *driver, const struct ch_sim_version *claim,
                 struct chandra_error *err)
{
    struct ch_sim_draft draft;
    struct chandra_value *status;
    const enum chandra_status st = ch_sim_draft_new(claim->kind, claim->root, &draft, err);

    if (st != CHANDRA_OK)
        return st;
    status = chandra_value_get_mutable(draft.root, "status");
    chandra_value_remove(status, "allocation");
    chandra_value_remove(status, "driverName");
    chandra_value_remove(status, "deallocationRequested");
    return finish(driver, &draft, true, "status", err);
}

static enum chandra_status
deallocate(struct ch_sim_driver *driver, const struct ch_sim_version *version,
           struct chandra_error *err)
{
    const struct chandra_claim *claim = ch_sim_claim(version);
    enum chandra_status st = CHANDRA_OK;

    if (!has_finalizer(driver, version))
        return CHANDRA_OK;
    ch_sim_device_deallocate(driver, version->uid);
    if (claim->is_allocated || claim->is_deallocating)
        st = clear_allocation(driver, version, err);
    version = present(driver, version);
    return st == CHANDRA_OK && version ? remove_finalizer(driver, version, err) : st;
}

enum chandra_status
ch_sim_driver_sync_claim(struct ch_sim_driver *driver, const char *name_space, const char *name,
                         enum ch_sim_result *out_result, struct chandra_error *err)
{
    struct ch_sim_version *version = ch_sim_get(driver->sim, CH_SIM_CLAIM, name_space, name);
    const struct chandra_claim *claim = ch_sim_claim(version);
    enum chandra_status st = CHANDRA_OK;

    if (!claim || claim->user_count > 0)
        return CHANDRA_OK;
    ch_sim_version_ref(version); /* it is stored anew meanwhile */
    if (claim->object.is_deleting || claim->is_deallocating)
        st = deallocate(driver, version, err);
    else if (!claim->is_allocated && claim->mode != CHANDRA_MODE_DELAYED)
        st = allocate_immediate(driver, version, out_result, err);
    ch_sim_version_unref(version);
    return st;
}
