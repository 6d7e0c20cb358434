/* act.h - what the controllers and drivers have in common: how they write, and whose claims a pod's
 * entries are. */
#ifndef CH_SIM_ACT_H
#define CH_SIM_ACT_H

#include "model/object.h"
#include "sim/sim.h"

/* Write as `actor`. The first two use their draft up; one that copies a stored object carries its
 * uid and revision, so that it is refused with ECONFLICT if the object has changed meanwhile. */
enum chandra_status ch_sim_act_put(struct chandra_sim *sim, const char *actor,
                                   struct ch_sim_draft *draft, const char *sub,
                                   struct chandra_error *err);
enum chandra_status ch_sim_act_post(struct chandra_sim *sim, const char *actor,
                                    struct ch_sim_draft *draft, struct chandra_error *err);
enum chandra_status ch_sim_act_delete(struct chandra_sim *sim, const char *actor,
                                      const struct ch_sim_version *version,
                                      struct chandra_error *err);

/* What a failure means to a work queue: a conflict passes by itself, everything else needs somebody
 * to change something. Says so in the log. */
enum ch_sim_result ch_sim_act_failed(struct chandra_sim *sim, const char *actor, const char *key,
                                     const struct chandra_error *why);

/* Typed views of versions; NULL for a NULL version or one that could not be decoded. */
const struct chandra_pod *ch_sim_pod(const struct ch_sim_version *version);
const struct chandra_claim *ch_sim_claim(const struct ch_sim_version *version);
const struct chandra_class *ch_sim_class(const struct ch_sim_version *version);

/* Whether a pod will never run again, or never at all. */
bool ch_sim_pod_is_done(const struct chandra_pod *pod);

/* One entry of a pod's spec.resourceClaims, looked up. */
enum ch_sim_entry_state {
    CH_SIM_ENTRY_UNNAMED, /* its claim has no name yet, or none that one can know */
    CH_SIM_ENTRY_IGNORED, /* it needs no claim */
    CH_SIM_ENTRY_MISSING, /* there is no such claim */
    CH_SIM_ENTRY_FOREIGN, /* the claim was made for somebody else */
    CH_SIM_ENTRY_FOUND,
};

struct ch_sim_entry {
    enum ch_sim_entry_state state;
    const char *name;
    const char *template_name;      /* NULL: none */
    const char *claim_name;         /* NULL: unnamed or ignored */
    struct ch_sim_version *version; /* of the claim, when it is FOUND; borrowed */
    const struct chandra_claim *claim;
};

void ch_sim_entry_find(struct chandra_sim *sim, const struct chandra_pod *pod, size_t index,
                       struct ch_sim_entry *out_entry);

/* Make a pod the owner of what a draft describes. */
bool ch_sim_set_owner(struct ch_sim_draft *draft, const struct chandra_pod *pod,
                      bool blocks_deletion);
/* Append a pod to status.reservedFor. */
bool ch_sim_add_user(struct ch_sim_draft *draft, const struct chandra_pod *pod);

#endif
