/* driver.c - the simulated drivers. */
#include "sim/driver.h"

void
ch_sim_drivers_free(struct chandra_sim *sim)
{
    (void)sim;
}
enum chandra_status
ch_sim_driver_event(struct ch_sim_driver *driver, const struct ch_sim_event *event,
                    struct chandra_error *err)
{
    (void)driver, (void)event, (void)err;
    return CHANDRA_OK;
}
enum chandra_status
ch_sim_driver_work(struct ch_sim_driver *driver, const char *key, enum ch_sim_result *out_result,
                   struct chandra_error *err)
{
    (void)driver, (void)key, (void)out_result, (void)err;
    return CHANDRA_OK;
}
struct ch_sim_queue *
ch_sim_driver_queue(struct ch_sim_driver *driver)
{
    (void)driver;
    return NULL;
}
struct ch_sim_driver *
ch_sim_driver_next(const struct ch_sim_driver *driver)
{
    (void)driver;
    return NULL;
}
