/* controller_claim.c - takes a claim away from pods that are gone, and asks for its deallocation
 * when its last user goes. */
#include "base/text.h"
#include "doc/value.h"
#include "sim/controller.h"
#include "sim/values.h"

/* Whether the pod behind an entry of reservedFor still counts. */
static bool
is_user_alive(struct chandra_sim *sim, const char *name_space, const struct chandra_value *user)
{
    const struct chandra_pod *pod =
        ch_sim_pod(ch_sim_get(sim, CH_SIM_POD, name_space, ch_member_text(user, "name")));

    return pod && ch_streq(pod->object.uid, ch_member_text(user, "uid")) &&
           !ch_sim_pod_is_done(pod);
}

/* Copies of the users that are still there, in a draft's memory; NULL when out of memory. */
static struct chandra_value *
copy_alive(struct chandra_sim *sim, const struct ch_sim_version *claim, struct ch_sim_draft *draft)
{
    const struct chandra_value *users = ch_sim_get2(claim->root, "status", "reservedFor");
    struct chandra_value *alive = chandra_value_new_array(draft->doc);

    for (size_t i = 0; alive && i < chandra_value_count(users); i++) {
        const struct chandra_value *user = chandra_value_at(users, i);

        if (is_user_alive(sim, claim->name_space, user) &&
            !chandra_value_append(alive, chandra_value_copy(draft->doc, user)))
            return NULL;
    }
    return alive;
}

static enum chandra_status
check_users(const struct ch_sim_version *claim, size_t *out_count, struct chandra_error *err)
{
    const struct chandra_value *users = ch_sim_get2(claim->root, "status", "reservedFor");

    for (size_t i = 0; i < chandra_value_count(users); i++) {
        const struct chandra_value *user = chandra_value_at(users, i);
        const char *group = ch_member_text(user, "apiGroup");

        if (!ch_is_empty(group) || !ch_streq(ch_member_text(user, "resource"), "pods"))
            return chandra_error_set(
                err, CHANDRA_EUNSUPPORTED, "unsupported entry in ReservedFor: %s/%s %s", group,
                ch_member_text(user, "resource"), ch_member_text(user, "name"));
    }
    *out_count = chandra_value_count(users);
    return CHANDRA_OK;
}

/* Write the shorter list. The write that empties it is the one that asks for deallocation. */
static enum chandra_status
write_alive(struct chandra_sim *sim, struct ch_sim_draft *draft, struct chandra_value *alive,
            struct chandra_error *err)
{
    const char *mode = ch_member_text(chandra_value_get(draft->root, "spec"), "allocationMode");
    struct chandra_value *status = chandra_value_get_mutable(draft->root, "status");
    bool is_done = chandra_value_set(status, "reservedFor", alive);

    if (is_done && chandra_value_count(alive) == 0 && !ch_streq(mode, "Immediate"))
        is_done = chandra_value_set(status, "deallocationRequested",
                                    chandra_value_new_bool(draft->doc, true));
    if (is_done)
        return ch_sim_act_put(sim, CH_SIM_CONTROLLER, draft, "status", err);
    ch_sim_draft_clear(draft);
    return ch_sim_no_memory(err);
}

/* Drop the users that are gone; *out_left says how many remain. */
static enum chandra_status
drop_dead_users(struct chandra_sim *sim, const struct ch_sim_version *claim, size_t *out_left,
                struct chandra_error *err)
{
    struct ch_sim_draft draft;
    struct chandra_value *alive;
    size_t count = 0;
    enum chandra_status st = check_users(claim, &count, err);

    *out_left = count;
    if (st != CHANDRA_OK || count == 0)
        return st;
    st = ch_sim_draft_new(claim->kind, claim->root, &draft, err);
    if (st != CHANDRA_OK)
        return st;
    alive = copy_alive(sim, claim, &draft);
    if (!alive) {
        st = ch_sim_no_memory(err);
    } else {
        *out_left = chandra_value_count(alive);
        if (*out_left < count)
            return write_alive(sim, &draft, alive, err);
    }
    ch_sim_draft_clear(&draft);
    return st;
}

/* Whether the claim was made for a pod that will not use it any more. A pod that is gone is left to
 * the garbage collector. */
static bool
has_lost_its_pod(struct chandra_sim *sim, const struct ch_sim_version *claim)
{
    const struct chandra_value *owner = ch_sim_controller_of(claim->root);
    const struct chandra_pod *pod;

    if (!ch_streq(ch_member_text(owner, "kind"), "Pod") ||
        !ch_streq(ch_member_text(owner, "apiVersion"), "v1"))
        return false;
    pod = ch_sim_pod(ch_sim_get(sim, CH_SIM_POD, claim->name_space, ch_member_text(owner, "name")));
    return pod &&
           (!ch_streq(pod->object.uid, ch_member_text(owner, "uid")) || ch_sim_pod_is_done(pod));
}

enum chandra_status
ch_sim_sync_claim(struct chandra_sim *sim, const char *name_space, const char *name,
                  struct chandra_error *err)
{
    struct ch_sim_version *claim = ch_sim_get(sim, CH_SIM_CLAIM, name_space, name);
    size_t left = 0;
    enum chandra_status st;

    if (!claim)
        return CHANDRA_OK;
    ch_sim_version_ref(claim); /* it is stored anew meanwhile */
    st = drop_dead_users(sim, claim, &left, err);
    if (st == CHANDRA_OK && left == 0 &&
        ch_is_empty(ch_sim_meta(claim->root, "deletionTimestamp")) && has_lost_its_pod(sim, claim))
        st = ch_sim_act_delete(sim, CH_SIM_CONTROLLER, claim, err);
    ch_sim_version_unref(claim);
    return st;
}
