/* driver.h - the simulated drivers, as the rest of the cluster sees them. */
#ifndef CH_SIM_DRIVER_H
#define CH_SIM_DRIVER_H

#include "sim/sim.h"

/* Each driver is told every event, then asked for each key of its queue that is ready. */
enum chandra_status ch_sim_driver_event(struct ch_sim_driver *driver,
                                        const struct ch_sim_event *event,
                                        struct chandra_error *err);
enum chandra_status ch_sim_driver_work(struct ch_sim_driver *driver, const char *key,
                                       enum ch_sim_result *out_result, struct chandra_error *err);
struct ch_sim_queue *ch_sim_driver_queue(struct ch_sim_driver *driver);
struct ch_sim_driver *ch_sim_driver_next(const struct ch_sim_driver *driver); /* or NULL */
void ch_sim_drivers_free(struct chandra_sim *sim);

#endif
