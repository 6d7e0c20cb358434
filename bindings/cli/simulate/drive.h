/* drive.h - runs the cluster in memory and a scheduler on it until nothing moves any more. */
#ifndef CHANDRA_CLI_DRIVE_H
#define CHANDRA_CLI_DRIVE_H

#include "problems.h"
#include "scheduler/scheduler.h"

#include <chandra/error.h>
#include <chandra/sim.h>
#include <signal.h>

/* Zeroed memory with sim, scheduler and problems set is ready. */
struct drive {
    struct chandra_sim *sim;
    struct scheduler *scheduler;
    struct problems *problems; /* takes what policies did wrong */
    struct chandra_error
        gave_up; /* why it ended before things came to rest; status OK if they did */
    const volatile sig_atomic_t *is_interrupted; /* set by a signal; or NULL */
    int64_t progress_ms;                         /* since when nothing has got better */
    size_t progress_attempts;
    size_t waiting;
    int64_t moved_ms; /* when something was last stored or tried */
};

/* Run. Equal input gives an equal run. Errors: of the simulation, for want of memory. */
enum chandra_status drive_run(struct drive *drive, struct chandra_error *err);

#endif
