/* controller.h - the parts of the claim controller. */
#ifndef CH_SIM_CONTROLLER_H
#define CH_SIM_CONTROLLER_H

#include "sim/act.h"

#define CH_SIM_CONTROLLER "claim-controller"

/* controller_pod.c: give a pod its claims, and serve one that was bound past the scheduler. */
enum chandra_status ch_sim_sync_pod(struct chandra_sim *sim, const char *name_space,
                                    const char *name, struct chandra_error *err);
/* Whether ch_sim_sync_pod() would find something to do. */
bool ch_sim_pod_needs_work(struct chandra_sim *sim, const struct chandra_pod *pod);

/* controller_claim.c: take a claim away from pods that are gone. */
enum chandra_status ch_sim_sync_claim(struct chandra_sim *sim, const char *name_space,
                                      const char *name, struct chandra_error *err);

#endif
