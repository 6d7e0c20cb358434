/* foreign.c - what others did to an object that the cache had not seen when we wrote to it.
 *
 * The answer to a write is what the others left, with our change in it. Take the change out again,
 * and what differs from what the record's server holds was theirs.
 */
#include "base/text.h"
#include "doc/value.h"
#include "record/recorder.h"

static bool
copy_member(struct chandra_doc *doc, struct chandra_value *to, const struct chandra_value *from,
            const char *key)
{
    const struct chandra_value *member = chandra_value_get(from, key);

    if (!member) {
        chandra_value_remove(to, key);
        return true;
    }
    return chandra_value_set(to, key, chandra_value_copy(doc, member));
}

/* A context that somebody made anew: all but its selected node may be our doing. */
static bool
keep_selected_node(struct chandra_doc *doc, struct chandra_value *context)
{
    const struct chandra_value *selected =
        chandra_value_get(chandra_value_get(context, "spec"), "selectedNode");
    struct chandra_value *spec = chandra_value_new_object(doc);

    if (!spec ||
        (selected && !chandra_value_set(spec, "selectedNode", chandra_value_copy(doc, selected))))
        return false;
    return chandra_value_set(context, "spec", spec);
}

static enum ch_foreign
context_change(const struct ch_shadow *shadow, const struct chandra_value *answer,
               struct chandra_doc *doc, struct chandra_value *before)
{
    const struct chandra_value *metadata = chandra_value_get(answer, "metadata");
    const char *uid = chandra_value_string(chandra_value_get(metadata, "uid"));

    if (ch_streq(uid, shadow->uid))
        return copy_member(doc, before, shadow->object, "spec") ? CH_FOREIGN_CHANGED
                                                                : CH_FOREIGN_NO_MEMORY;
    if (!chandra_value_get(metadata, "ownerReferences")) /* made by a server-side apply of ours */
        return CH_FOREIGN_DELETED;
    return keep_selected_node(doc, before) ? CH_FOREIGN_CHANGED : CH_FOREIGN_NO_MEMORY;
}

static bool
is_user(const struct chandra_value *entry, const char *uid)
{
    return ch_streq(chandra_value_string(chandra_value_get(entry, "uid")), uid);
}

/* Append to `out` the entries of a reservedFor that are, or are not, the pod's. */
static bool
add_users(struct chandra_doc *doc, struct chandra_value *out, const struct chandra_value *users,
          const char *uid, bool of_pod)
{
    for (size_t i = 0; i < chandra_value_count(users); i++) {
        const struct chandra_value *entry = chandra_value_at(users, i);

        if (is_user(entry, uid) == of_pod &&
            !chandra_value_append(out, chandra_value_copy(doc, entry)))
            return false;
    }
    return true;
}

/* Reservations of the pod were as the record has them. */
static bool
restore_user(struct chandra_doc *doc, struct chandra_value *before,
             const struct chandra_value *former, const char *uid)
{
    const struct chandra_value *former_users =
        chandra_value_get(chandra_value_get(former, "status"), "reservedFor");
    struct chandra_value *status = chandra_value_get_mutable(before, "status");
    struct chandra_value *users = chandra_value_new_array(doc);

    if (!status)
        return true; /* nothing allocated, nobody in it */
    return users && add_users(doc, users, former_users, uid, true) &&
           add_users(doc, users, chandra_value_get(status, "reservedFor"), uid, false) &&
           chandra_value_set(status, "reservedFor", users);
}

static bool
differs(const struct ch_shadow *shadow, const struct chandra_value *before, struct chandra_doc *doc,
        bool *out_failed)
{
    struct chandra_value *normalized = ch_normalize(doc, before);

    *out_failed = !normalized;
    if (!normalized)
        return false;
    if (shadow->is_created)
        ch_drop_uid(normalized);
    return !chandra_value_equal(normalized, shadow->object);
}

enum ch_foreign
ch_foreign_change(const struct ch_shadow *shadow, const struct chandra_value *answer,
                  const struct chandra_call *call, struct chandra_doc *doc,
                  struct chandra_value **out_object)
{
    const bool is_claim =
        ch_streq(chandra_value_string(chandra_value_get(answer, "kind")), "ResourceClaim");
    struct chandra_value *before;
    enum ch_foreign change = CH_FOREIGN_CHANGED;
    bool failed = false;

    if (!shadow)
        return CH_FOREIGN_NOTHING;
    if (is_claim && call->point == CHANDRA_POINT_POST_FILTER)
        return CH_FOREIGN_NOTHING; /* that write needs the very version we know */
    before = chandra_value_copy(doc, answer);
    if (!before)
        return CH_FOREIGN_NO_MEMORY;
    if (!is_claim)
        change = context_change(shadow, answer, doc, before);
    else if (!restore_user(doc, before, shadow->object,
                           chandra_object_uid(chandra_pod_object(call->pod))))
        return CH_FOREIGN_NO_MEMORY;
    if (change != CH_FOREIGN_CHANGED)
        return change;
    if (!differs(shadow, before, doc, &failed))
        return failed ? CH_FOREIGN_NO_MEMORY : CH_FOREIGN_NOTHING;
    *out_object = before;
    return CH_FOREIGN_CHANGED;
}
