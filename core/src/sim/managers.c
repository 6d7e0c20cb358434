/* managers.c - server-side apply, and who owns which field of a PodSchedulingContext.
 *
 * Only the two fields of its spec have owners, as nothing else is ever given up by leaving it out.
 */
#include "base/arena.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"
#include "sim/write.h"

#include <string.h>

enum { FIELD_COUNT = 2 };

static const struct field {
    unsigned bit;
    const char *key; /* in the spec */
} fields[FIELD_COUNT] = {
    {CH_SIM_FIELD_SELECTED, "selectedNode"},
    {CH_SIM_FIELD_POTENTIAL, "potentialNodes"},
};

static unsigned
fields_in(const struct chandra_value *root)
{
    unsigned set = 0;

    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (ch_sim_get2(root, "spec", fields[i].key))
            set |= fields[i].bit;
    return set;
}

static unsigned
fields_changed(const struct chandra_value *root, const struct chandra_value *old)
{
    unsigned set = 0;

    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!chandra_value_equal(ch_sim_get2(root, "spec", fields[i].key),
                                 ch_sim_get2(old, "spec", fields[i].key)))
            set |= fields[i].bit;
    return set;
}

static bool
is_manager(const struct ch_sim_manager *manager, const char *name, bool applies)
{
    return manager->applies == applies && ch_streq(manager->name, name);
}

/* Write the managers of the new version: those of the old one without the fields `lost`, and `own`
 * with its fields. Managers without fields are none. */
static enum chandra_status
set_managers(struct ch_sim_draft *draft, const struct ch_sim_version *old, unsigned lost,
             const struct ch_sim_manager *own, struct chandra_error *err)
{
    const size_t old_count = old ? old->manager_count : 0;
    struct ch_sim_manager *managers =
        ch_arena_calloc(&draft->doc->arena, old_count + 1, sizeof(*managers));
    struct ch_sim_manager *last = managers;

    if (!managers)
        return ch_sim_no_memory(err);
    for (size_t i = 0; i < old_count; i++) {
        *last = old->managers[i];
        if (is_manager(last, own->name, own->applies))
            continue;
        last->fields &= ~lost;
        last->name = ch_arena_strdup(&draft->doc->arena, last->name);
        if (!last->name)
            return ch_sim_no_memory(err);
        last += last->fields != 0;
    }
    *last = *own;
    last->name = ch_arena_strdup(&draft->doc->arena, own->name);
    if (!last->name)
        return ch_sim_no_memory(err);
    last += own->fields != 0;
    draft->managers = managers;
    draft->manager_count = (size_t)(last - managers);
    return CHANDRA_OK;
}

static unsigned
fields_of(const struct ch_sim_version *old, const char *name, bool applies)
{
    for (size_t i = 0; old && i < old->manager_count; i++)
        if (is_manager(&old->managers[i], name, applies))
            return old->managers[i].fields;
    return 0;
}

enum chandra_status
ch_sim_managers_update(struct ch_sim_draft *draft, const struct ch_sim_version *old,
                       const char *manager, struct chandra_error *err)
{
    const unsigned present = fields_in(draft->root);
    const unsigned changed = fields_changed(draft->root, old ? old->root : NULL);
    const struct ch_sim_manager own = {
        .name = manager,
        .fields = (fields_of(old, manager, false) | changed) & present,
    };

    if (draft->kind->id != CH_SIM_CONTEXT)
        return CHANDRA_OK;
    return set_managers(draft, old, changed, &own, err);
}

bool
ch_sim_managers_equal(const struct ch_sim_draft *draft, const struct ch_sim_version *version)
{
    if (draft->manager_count != version->manager_count)
        return false;
    for (size_t i = 0; i < draft->manager_count; i++)
        if (draft->managers[i].fields !=
            fields_of(version, draft->managers[i].name, draft->managers[i].applies))
            return false;
    return true;
}

/* Server-side apply. */

static enum chandra_status merge_object(struct ch_sim_draft *draft, struct chandra_value *target,
                                        const struct chandra_value *applied,
                                        struct chandra_error *err);

/* Elements of a list merge by their key; new ones go to its end. */
static enum chandra_status
merge_list(struct ch_sim_draft *draft, struct chandra_value *list,
           const struct chandra_value *applied, const char *key, struct chandra_error *err)
{
    for (size_t i = 0; i < chandra_value_count(applied); i++) {
        const struct chandra_value *element = chandra_value_at(applied, i);
        struct chandra_value *found = NULL;
        enum chandra_status st = CHANDRA_OK;

        for (size_t j = 0; j < list->count && !found; j++)
            if (ch_is_empty(key) ? chandra_value_equal(list->items[j], element)
                                 : chandra_value_equal(chandra_value_get(list->items[j], key),
                                                       chandra_value_get(element, key)))
                found = list->items[j];
        if (!found && !chandra_value_append(list, chandra_value_copy(draft->doc, element)))
            st = ch_sim_no_memory(err);
        else if (found && chandra_value_type(found) == CHANDRA_OBJECT)
            st = merge_object(draft, found, element, err);
        if (st != CHANDRA_OK)
            return st;
    }
    return CHANDRA_OK;
}

static enum chandra_status
merge_object(struct ch_sim_draft *draft, struct chandra_value *target,
             const struct chandra_value *applied, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(applied); i++) {
        const char *key = chandra_value_key(applied, i);
        const struct chandra_value *member = chandra_value_at(applied, i);
        const char *list_key = ch_sim_merge_key(draft->kind, key, true);
        struct chandra_value *old = chandra_value_get_mutable(target, key);

        if (chandra_value_type(member) == CHANDRA_OBJECT &&
            chandra_value_type(old) == CHANDRA_OBJECT)
            st = merge_object(draft, old, member, err);
        else if (chandra_value_type(member) == CHANDRA_ARRAY && list_key &&
                 chandra_value_type(old) == CHANDRA_ARRAY)
            st = merge_list(draft, old, member, list_key, err);
        else if (!ch_sim_set_copy(draft->doc, target, key, member))
            st = ch_sim_no_memory(err);
    }
    return st;
}

/* Fields that the apply would change although others own them. */
static unsigned
conflicting_fields(const struct ch_sim_version *old, const struct ch_sim_write *write,
                   unsigned applied, const struct ch_sim_manager **out_owner)
{
    const unsigned changed = applied & fields_changed(write->body, old ? old->root : NULL);

    for (size_t i = 0; old && i < old->manager_count; i++) {
        const struct ch_sim_manager *manager = &old->managers[i];

        if (is_manager(manager, write->manager, true) || (manager->fields & changed) == 0)
            continue;
        *out_owner = manager;
        return manager->fields & changed;
    }
    return 0;
}

/* What the manager applied before and leaves out now goes, unless somebody else owns it too. */
static void
drop_given_up(struct ch_sim_draft *draft, const struct ch_sim_version *old,
              const struct ch_sim_write *write, unsigned applied)
{
    unsigned given_up = fields_of(old, write->manager, true) & ~applied;

    for (size_t i = 0; old && i < old->manager_count; i++)
        if (!is_manager(&old->managers[i], write->manager, true))
            given_up &= ~old->managers[i].fields;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (given_up & fields[i].bit)
            chandra_value_remove(chandra_value_get_mutable(draft->root, "spec"), fields[i].key);
}

static enum chandra_status
refuse_conflict(const struct ch_sim_manager *owner, unsigned set, const struct ch_sim_draft *draft,
                struct chandra_error *err)
{
    const bool are_both = set == (CH_SIM_FIELD_SELECTED | CH_SIM_FIELD_POTENTIAL);

    return chandra_error_set(
        err, CHANDRA_ECONFLICT,
        "Apply failed with %d conflict%s: conflict%s with \"%s\" using %s: %s%s%s",
        are_both ? 2 : 1, are_both ? "s" : "", are_both ? "s" : "", owner->name,
        draft->kind->api_version, set & CH_SIM_FIELD_SELECTED ? ".spec.selectedNode" : "",
        are_both ? ", " : "", set & CH_SIM_FIELD_POTENTIAL ? ".spec.potentialNodes" : "");
}

enum chandra_status
ch_sim_patch_apply(struct ch_sim_draft *draft, const struct ch_sim_version *old,
                   const struct ch_sim_write *write, struct chandra_error *err)
{
    const bool has_owners = draft->kind->id == CH_SIM_CONTEXT;
    const unsigned applied = has_owners ? fields_in(write->body) : 0;
    const struct ch_sim_manager own = {write->manager, true, applied};
    const struct ch_sim_manager *owner = NULL;
    const unsigned conflicts = has_owners ? conflicting_fields(old, write, applied, &owner) : 0;
    enum chandra_status st;

    if (ch_is_empty(write->manager))
        return chandra_error_set(err, CHANDRA_EREJECTED,
                                 "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required "
                                 "value: is required for apply patch");
    if (conflicts != 0 && !write->force)
        return refuse_conflict(owner, conflicts, draft, err);
    st = merge_object(draft, draft->root, write->body, err);
    if (st != CHANDRA_OK || !has_owners)
        return st;
    drop_given_up(draft, old, write, applied);
    return set_managers(draft, old, fields_changed(draft->root, old ? old->root : NULL), &own, err);
}
