/* controller.c - kube-controller-manager's resourceclaim controller. */
#include "sim/sim.h"

void
ch_sim_controller_clear(struct ch_sim_controller *controller)
{
    ch_sim_queue_clear(&controller->queue);
    ch_sim_index_clear(&controller->pods_by_claim);
    ch_sim_index_clear(&controller->claims_by_owner);
}

enum chandra_status
ch_sim_controller_event(struct chandra_sim *sim, const struct ch_sim_event *event,
                        struct chandra_error *err)
{
    (void)sim, (void)event, (void)err;
    return CHANDRA_OK;
}

enum chandra_status
ch_sim_controller_work(struct chandra_sim *sim, const char *key, enum ch_sim_result *out_result,
                       struct chandra_error *err)
{
    (void)sim, (void)key, (void)out_result, (void)err;
    return CHANDRA_OK;
}
