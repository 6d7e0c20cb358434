/* mirror.h - the cluster in memory that an explanation is made on, wherever its objects are from.
 */
#ifndef CHANDRA_CLI_EXPLAIN_MIRROR_H
#define CHANDRA_CLI_EXPLAIN_MIRROR_H

#include "cli.h"
#include "explain/explanation.h"
#include "explain/history.h"
#include "problems.h"
#include "scheduler/scheduler.h"
#include "simulate/drive.h"
#include "simulate/manifest.h"

#include <chandra/engine.h>
#include <chandra/error.h>
#include <chandra/sim.h>

struct chandra_transport;

struct mirror {
    struct chandra_policy *policy;
    struct chandra_sim *sim;
    struct chandra_stage *stage; /* the sim's */
    struct scheduler *scheduler; /* where pods were scheduled in memory; else NULL */
    struct chandra_engine *engine;
    bool owns_engine; /* not the scheduler's */
    struct history *history;
    const char *driver_config; /* a file, or NULL */
    bool has_drivers;          /* drivers are simulated: what they would answer can be tried */
    struct problems problems;
    struct manifests manifests;
    struct drive drive;
    int64_t wall_time; /* of the data */
};

/* An empty cluster; `wall_time` 0: the simulation's own. */
enum chandra_status mirror_new(struct mirror *mirror, struct chandra_policy *policy,
                               int64_t wall_time, struct chandra_error *err);
void mirror_clear(struct mirror *mirror);

/* Load manifests and let everything run until nothing moves. *out_path is the file that an error is
 * about, or NULL. */
enum chandra_status mirror_simulate(struct mirror *mirror, const char *const *paths, size_t count,
                                    int64_t nodes, const char **out_path,
                                    struct chandra_error *err);
/* Replay the record's last case, remember the attempts of this pod, and stay at its end. */
enum chandra_status mirror_replay(struct mirror *mirror, const char *path, const char *name_space,
                                  const char *pod, struct chandra_error *err);
/* Copy what an API server holds; only reads. */
enum chandra_status mirror_read(struct mirror *mirror, struct chandra_transport *transport,
                                struct chandra_error *err);

/* Open the engine on what the cluster holds. */
enum chandra_status mirror_open_engine(struct mirror *mirror, struct chandra_error *err);
/* Let the engine see what was changed through the stage. */
enum chandra_status mirror_deliver(struct mirror *mirror, struct chandra_error *err);
/* A copy of all objects, without an engine yet. Clear it also after an error. */
enum chandra_status mirror_copy(const struct mirror *mirror, struct mirror *out_copy,
                                struct chandra_error *err);
/* Simulate drivers, which know what is given away, and schedule all pods until nothing moves. */
enum chandra_status mirror_run(struct mirror *mirror, struct chandra_error *err);

#endif
