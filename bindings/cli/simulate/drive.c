/* drive.c - alternates between the cluster's own work and scheduling attempts, and moves the clock
 * when both have nothing to do.
 *
 * The end has come when the cluster has nothing due but the drivers' periodic checks, these have
 * changed nothing for a while, and every waiting pod has been tried on the cluster as it is.
 * Negotiations that go in circles never come to that, so there are limits too.
 */
#include "simulate/drive.h"

enum {
    PATIENCE_MS = 65 * 1000,      /* of two periodic checks of the drivers */
    MAX_IDLE_MS = 15 * 60 * 1000, /* of virtual time without progress, though things move */
    ATTEMPTS_PER_POD = 30,        /* without progress */
    MIN_ATTEMPTS = 1000,
};

static void
note_progress(struct drive *drive, int64_t now)
{
    const size_t waiting = scheduler_waiting(drive->scheduler);

    if (waiting == drive->waiting)
        return;
    drive->waiting = waiting;
    drive->progress_ms = now;
    drive->progress_attempts = scheduler_attempts(drive->scheduler);
}

static bool
is_going_in_circles(struct drive *drive, int64_t now)
{
    const size_t attempts = scheduler_attempts(drive->scheduler) - drive->progress_attempts;
    const int64_t idle_ms = now - drive->progress_ms;

    if (attempts < MIN_ATTEMPTS + ATTEMPTS_PER_POD * drive->waiting && idle_ms < MAX_IDLE_MS)
        return false;
    chandra_error_set(&drive->gave_up, CHANDRA_ELIMIT,
                      "gave up after %zu attempts and %lld s of cluster time in which no pod was "
                      "placed, though the negotiation with the drivers went on",
                      attempts, (long long)(idle_ms / 1000));
    return true;
}

static enum chandra_status
try_one(struct drive *drive, bool *out_tried, struct chandra_error *err)
{
    const struct queued_pod *pod;
    enum chandra_status st = scheduler_step(drive->scheduler, &pod, err);
    struct chandra_error fault;

    if (st != CHANDRA_OK)
        return st;
    *out_tried = pod != NULL;
    if (!pod || (pod->outcome.status != CHANDRA_ESCRIPT && pod->outcome.status != CHANDRA_EBUDGET))
        return CHANDRA_OK;
    chandra_error_set(&fault, pod->outcome.status, "%s", pod->outcome.reason);
    return problems_add(drive->problems, NULL, &fault)
               ? CHANDRA_OK
               : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

static int64_t
earlier(int64_t a, int64_t b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

/* When to look again, or -1 when there is nothing to wait for. */
static int64_t
next_time(const struct drive *drive)
{
    const int64_t periodic = chandra_sim_next_ms(drive->sim, true);
    int64_t next =
        earlier(chandra_sim_next_ms(drive->sim, false), scheduler_next_ms(drive->scheduler, true));

    if (periodic >= 0 && periodic <= drive->moved_ms + PATIENCE_MS)
        next = earlier(next, periodic);
    return next;
}

enum chandra_status
drive_run(struct drive *drive, struct chandra_error *err)
{
    for (;;) {
        const int64_t now = chandra_sim_now_ms(drive->sim);
        bool has_moved = false;
        bool has_tried = false;
        int64_t next;
        enum chandra_status st = chandra_sim_settle(drive->sim, &has_moved, err);
        if (st == CHANDRA_OK)
            st = try_one(drive, &has_tried, err);
        if (st != CHANDRA_OK)
            return st;
        if (drive->is_interrupted && *drive->is_interrupted)
            return chandra_error_set(err, CHANDRA_ECANCELED, "interrupted");
        note_progress(drive, now);
        if (has_moved || has_tried) {
            drive->moved_ms = now;
            if (is_going_in_circles(drive, now))
                return CHANDRA_OK;
            continue;
        }
        next = next_time(drive);
        if (next < 0)
            return CHANDRA_OK;
        st = chandra_sim_advance(drive->sim, next, err);
        if (st != CHANDRA_OK)
            return st;
    }
}
