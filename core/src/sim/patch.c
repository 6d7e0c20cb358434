/* patch.c - patches: strategic merge as far as its rules for lists are in use, and JSON merge. */
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"
#include "sim/write.h"

#include <string.h>

static const char directive_key[] = "$patch";
static const char retained_key[] = "$retainKeys";
static const char order_prefix[] = "$setElementOrder/";
static const char deletion_prefix[] = "$deleteFromPrimitiveList/";

/* Lists that are merged element by element, and the key that tells the elements apart; "" for lists
 * of plain values. All others are replaced as a whole. */
static const struct merged_list {
    const char *field;
    const char *key;
} merged_lists[] = {
    {"addresses", "type"},      {"conditions", "type"},
    {"containers", "name"},     {"env", "name"},
    {"finalizers", ""},         {"imagePullSecrets", "name"},
    {"initContainers", "name"}, {"ownerReferences", "uid"},
    {"reservedFor", "uid"},     {"resourceClaimStatuses", "name"},
    {"volumes", "name"},
};

const char *
ch_sim_merge_key(const struct ch_sim_kind *kind, const char *field, bool is_apply)
{
    for (size_t i = 0; i < sizeof(merged_lists) / sizeof(merged_lists[0]); i++)
        if (ch_streq(merged_lists[i].field, field))
            return merged_lists[i].key;
    /* A pod's claims; those in the status of a PodSchedulingContext only for server-side apply. */
    if (ch_streq(field, "resourceClaims") && (kind->id == CH_SIM_POD || is_apply))
        return "name";
    return NULL;
}

/* A patch being merged into a document. */
struct merge {
    struct chandra_doc *doc;
    const struct ch_sim_kind *kind;
    struct chandra_error *err;
};

static enum chandra_status merge_object(const struct merge *merge, struct chandra_value *target,
                                        const struct chandra_value *patch);

static bool
starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static enum chandra_status
put_member(const struct merge *merge, struct chandra_value *target, const char *key,
           struct chandra_value *member)
{
    return chandra_value_set(target, key, member) ? CHANDRA_OK : ch_sim_no_memory(merge->err);
}

/* Lists. */

static bool
is_deletion(const struct chandra_value *element)
{
    return ch_streq(ch_member_text(element, directive_key), "delete");
}

/* Whether two elements stand for the same thing. */
static bool
is_same(const struct chandra_value *a, const struct chandra_value *b, const char *key)
{
    if (ch_is_empty(key))
        return chandra_value_equal(a, b);
    return chandra_value_equal(chandra_value_get(a, key), chandra_value_get(b, key));
}

static const struct chandra_value *
find_element(const struct chandra_value *list, const struct chandra_value *wanted, const char *key)
{
    for (size_t i = 0; i < chandra_value_count(list); i++)
        if (is_same(chandra_value_at(list, i), wanted, key))
            return chandra_value_at(list, i);
    return NULL;
}

static enum chandra_status
append_copy(const struct merge *merge, struct chandra_value *list,
            const struct chandra_value *element)
{
    struct chandra_value *copy;
    enum chandra_status st = CHANDRA_OK;

    if (chandra_value_type(element) != CHANDRA_OBJECT) {
        copy = chandra_value_copy(merge->doc, element);
    } else {
        copy = chandra_value_new_object(merge->doc);
        if (copy)
            st = merge_object(merge, copy, element);
    }
    if (st != CHANDRA_OK)
        return st;
    return chandra_value_append(list, copy) ? CHANDRA_OK : ch_sim_no_memory(merge->err);
}

/* An element that stays, with what the patch says about it. */
static enum chandra_status
append_merged(const struct merge *merge, struct chandra_value *list,
              const struct chandra_value *element, const struct chandra_value *change)
{
    struct chandra_value *copy;

    if (change && is_deletion(change))
        return CHANDRA_OK;
    copy = chandra_value_copy(merge->doc, element);
    if (!chandra_value_append(list, copy))
        return ch_sim_no_memory(merge->err);
    if (!change || chandra_value_type(change) != CHANDRA_OBJECT)
        return CHANDRA_OK;
    return merge_object(merge, copy, change);
}

static bool
has_replacement(const struct chandra_value *patch)
{
    for (size_t i = 0; i < chandra_value_count(patch); i++)
        if (ch_streq(ch_member_text(chandra_value_at(patch, i), directive_key), "replace"))
            return true;
    return false;
}

static bool
is_directive(const struct chandra_value *element)
{
    return chandra_value_get(element, directive_key) != NULL;
}

/* Elements that are new come first, in the order of the patch, then the old ones in theirs. */
static enum chandra_status
merge_list(const struct merge *merge, struct chandra_value *target, const char *field,
           const struct chandra_value *patch, const char *key)
{
    const struct chandra_value *old = chandra_value_get(target, field);
    const bool is_replaced = has_replacement(patch);
    struct chandra_value *list = chandra_value_new_array(merge->doc);
    enum chandra_status st = list ? CHANDRA_OK : ch_sim_no_memory(merge->err);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(patch); i++) {
        const struct chandra_value *element = chandra_value_at(patch, i);

        if (!ch_is_empty(key) && !is_directive(element) && !chandra_value_get(element, key))
            return chandra_error_set(merge->err, CHANDRA_EINVAL,
                                     "map: %s does not contain declared merge key: %s", field, key);
        if (!is_directive(element) && (is_replaced || !find_element(old, element, key)))
            st = append_copy(merge, list, element);
    }
    for (size_t i = 0; st == CHANDRA_OK && !is_replaced && i < chandra_value_count(old); i++) {
        const struct chandra_value *element = chandra_value_at(old, i);

        st = append_merged(merge, list, element, find_element(patch, element, key));
    }
    return st == CHANDRA_OK ? put_member(merge, target, field, list) : st;
}

/* "$deleteFromPrimitiveList/FIELD": the values go. */
static enum chandra_status
delete_values(const struct merge *merge, struct chandra_value *target, const char *field,
              const struct chandra_value *values)
{
    const struct chandra_value *old = chandra_value_get(target, field);
    struct chandra_value *list = chandra_value_new_array(merge->doc);

    if (!list)
        return ch_sim_no_memory(merge->err);
    for (size_t i = 0; i < chandra_value_count(old); i++) {
        const struct chandra_value *element = chandra_value_at(old, i);

        if (!find_element(values, element, "") &&
            !chandra_value_append(list, chandra_value_copy(merge->doc, element)))
            return ch_sim_no_memory(merge->err);
    }
    return old ? put_member(merge, target, field, list) : CHANDRA_OK;
}

/* Objects. */

/* "$retainKeys": all other members go. */
static void
retain_keys(struct chandra_value *target, const struct chandra_value *keys)
{
    if (chandra_value_type(keys) != CHANDRA_ARRAY)
        return;
    for (size_t i = chandra_value_count(target); i-- > 0;)
        if (!ch_sim_list_has(keys, chandra_value_key(target, i)))
            chandra_value_remove(target, chandra_value_key(target, i));
}

static enum chandra_status
merge_child(const struct merge *merge, struct chandra_value *target, const char *key,
            const struct chandra_value *patch)
{
    struct chandra_value *child = chandra_value_get_mutable(target, key);
    enum chandra_status st = CHANDRA_OK;

    if (is_deletion(patch)) {
        chandra_value_remove(target, key);
        return CHANDRA_OK;
    }
    if (chandra_value_type(child) != CHANDRA_OBJECT) {
        child = chandra_value_new_object(merge->doc);
        st = put_member(merge, target, key, child);
    }
    return st == CHANDRA_OK ? merge_object(merge, child, patch) : st;
}

static enum chandra_status
merge_member(const struct merge *merge, struct chandra_value *target, const char *key,
             const struct chandra_value *patch)
{
    const char *list_key;

    switch (chandra_value_type(patch)) {
    case CHANDRA_NULL:
        chandra_value_remove(target, key);
        return CHANDRA_OK;
    case CHANDRA_OBJECT:
        return merge_child(merge, target, key, patch);
    case CHANDRA_ARRAY:
        list_key = ch_sim_merge_key(merge->kind, key, false);
        if (list_key)
            return merge_list(merge, target, key, patch, list_key);
        break;
    default:
        break;
    }
    return put_member(merge, target, key, chandra_value_copy(merge->doc, patch));
}

/* A member of a patch that says how to merge others. */
static enum chandra_status
obey(const struct merge *merge, struct chandra_value *target, const char *key,
     const struct chandra_value *patch, bool *out_is_directive)
{
    *out_is_directive = true;
    if (ch_streq(key, directive_key) || ch_streq(key, retained_key) ||
        starts_with(key, order_prefix))
        return CHANDRA_OK;
    if (starts_with(key, deletion_prefix))
        return delete_values(merge, target, key + strlen(deletion_prefix), patch);
    *out_is_directive = false;
    return CHANDRA_OK;
}

static enum chandra_status
merge_object(const struct merge *merge, struct chandra_value *target,
             const struct chandra_value *patch)
{
    const char *directive = ch_member_text(patch, directive_key);
    enum chandra_status st = CHANDRA_OK;

    if (!ch_is_empty(directive) && !ch_streq(directive, "merge") && !ch_streq(directive, "replace"))
        return chandra_error_set(merge->err, CHANDRA_EINVAL, "unrecognized type: $patch: %s",
                                 directive);
    if (ch_streq(directive, "replace"))
        while (chandra_value_count(target) > 0)
            chandra_value_remove(target, chandra_value_key(target, 0));
    retain_keys(target, chandra_value_get(patch, retained_key));
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(patch); i++) {
        const char *key = chandra_value_key(patch, i);
        const struct chandra_value *member = chandra_value_at(patch, i);
        bool is_handled;

        st = obey(merge, target, key, member, &is_handled);
        if (st == CHANDRA_OK && !is_handled)
            st = merge_member(merge, target, key, member);
    }
    return st;
}

static enum chandra_status
want_object(const struct chandra_value *patch, struct chandra_error *err)
{
    if (chandra_value_type(patch) == CHANDRA_OBJECT)
        return CHANDRA_OK;
    return chandra_error_set(err, CHANDRA_EINVAL, "a patch must be an object, got %s",
                             chandra_type_name(chandra_value_type(patch)));
}

enum chandra_status
ch_sim_patch_strategic(struct ch_sim_draft *draft, const struct chandra_value *patch,
                       struct chandra_error *err)
{
    const struct merge merge = {draft->doc, draft->kind, err};
    const enum chandra_status st = want_object(patch, err);

    return st == CHANDRA_OK ? merge_object(&merge, draft->root, patch) : st;
}

/* JSON merge patch (RFC 7386). */
static enum chandra_status
merge_json(struct chandra_doc *doc, struct chandra_value *target, const struct chandra_value *patch,
           struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(patch); i++) {
        const char *key = chandra_value_key(patch, i);
        const struct chandra_value *member = chandra_value_at(patch, i);
        struct chandra_value *child;

        if (chandra_value_type(member) == CHANDRA_NULL) {
            chandra_value_remove(target, key);
        } else if (chandra_value_type(member) == CHANDRA_OBJECT) {
            child = ch_sim_want_object(doc, target, key);
            st = child ? merge_json(doc, child, member, err) : ch_sim_no_memory(err);
        } else if (!ch_sim_set_copy(doc, target, key, member)) {
            st = ch_sim_no_memory(err);
        }
    }
    return st;
}

enum chandra_status
ch_sim_patch_merge(struct ch_sim_draft *draft, const struct chandra_value *patch,
                   struct chandra_error *err)
{
    const enum chandra_status st = want_object(patch, err);

    return st == CHANDRA_OK ? merge_json(draft->doc, draft->root, patch, err) : st;
}
