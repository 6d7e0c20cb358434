/* driver.h - the simulated drivers: the controller that all drivers share, over the test driver. */
#ifndef CH_SIM_DRIVER_H
#define CH_SIM_DRIVER_H

#include "sim/act.h"

enum { CH_SIM_MAX_UNSUITABLE = 128 };

/* A driver, with what it has given away. */
struct ch_sim_driver {
    struct ch_sim_driver *next;
    struct chandra_sim *sim;
    struct ch_sim_queue queue; /* "claim:NS/NAME" and "schedulingCtx:NS/NAME" */
    char *name;
    char *finalizer; /* "NAME/deletion-protection" */

    bool dont_set_reserved_for;
    bool is_node_local;
    bool is_shareable;
    int64_t max_allocations; /* 0: unlimited */
    struct ch_map nodes;     /* the names of those served; empty: all */
    struct ch_map labels;    /* of the nodes served, key to a text of its own */

    struct ch_map allocations; /* uid of a claim to the name of its node, "" for none */
    struct ch_map counts;      /* of a node's allocations */
};

/* driver.c */
enum chandra_status ch_sim_driver_event(struct ch_sim_driver *driver,
                                        const struct ch_sim_event *event,
                                        struct chandra_error *err);
enum chandra_status ch_sim_driver_work(struct ch_sim_driver *driver, const char *key,
                                       enum ch_sim_result *out_result, struct chandra_error *err);
void ch_sim_drivers_free(struct chandra_sim *sim);

/* driver_claim.c */

/* One claim of a set to allocate. */
struct ch_sim_wanted {
    const char *entry;              /* the pod's name for it, borrowed */
    struct ch_sim_version *version; /* a reference */
};

/* Allocate claims for a node ("" for none) and reserve them for a pod (or NULL). One that fails
 * does not stop the others; the error is the first one's. Errors: ELIMIT if the driver has nothing
 * left to give, those of writes. */
enum chandra_status ch_sim_driver_allocate(struct ch_sim_driver *driver,
                                           const struct ch_sim_wanted *wanted, size_t count,
                                           const char *node, const struct chandra_pod *user,
                                           struct chandra_error *err);
enum chandra_status ch_sim_driver_sync_claim(struct ch_sim_driver *driver, const char *name_space,
                                             const char *name, enum ch_sim_result *out_result,
                                             struct chandra_error *err);

/* driver_context.c */
enum chandra_status ch_sim_driver_sync_context(struct ch_sim_driver *driver, const char *name_space,
                                               const char *name, enum ch_sim_result *out_result,
                                               struct chandra_error *err);

/* device.c: the test driver itself. */

/* Whether a claim cannot be had on a node, together with `count` claims in all. */
bool ch_sim_device_is_unsuitable(const struct ch_sim_driver *driver, const char *node,
                                 size_t count);
/* Write the allocation for a claim into *out_allocation, in memory of `doc`. It is noted once,
 * however often it is asked for. Errors: ELIMIT, ENOMEM. */
enum chandra_status ch_sim_device_allocate(struct ch_sim_driver *driver,
                                           const struct ch_sim_version *claim, const char *node,
                                           struct chandra_doc *doc,
                                           struct chandra_value **out_allocation,
                                           struct chandra_error *err);
void ch_sim_device_deallocate(struct ch_sim_driver *driver, const char *uid);
/* Note an allocation that was there before the driver. False: out of memory. */
bool ch_sim_device_adopt(struct ch_sim_driver *driver, const struct ch_sim_version *claim);
void ch_sim_device_clear(struct ch_sim_driver *driver);

#endif
