/* host_loop.c - the loop of the scheduling thread: tries pods, waits, looks after the rest. */
#include "schedule/host_state.h"

#include <chandra/engine.h>
#include <chandra/sys/transport.h>
#include <time.h>

enum {
    POLL_MS = 2000, /* looks for changed policies */
    SYNC_COMPLAINT_MS = 10000,
    LAST_WORDS_MS = 3000, /* for the Events that are left */
    DRAIN_MS = 30000,     /* for what is under way at the end */
    REST_MS = 2,
};

int64_t
host_now_ms(const struct host *host)
{
    return host->transport->ops->now_ms(host->transport);
}

static void
poll_policies(struct host *host)
{
    struct chandra_error err;
    bool is_swapped;

    if (policies_poll(&host->policies, &is_swapped, &err) != CHANDRA_OK) {
        LOG_ERROR(&host->log, "Cannot load policies; the last good ones stay", "err", err.message);
        monitor_bad_policies(&host->monitor);
    } else if (is_swapped) {
        LOG_INFO(&host->log, 0, "Loaded changed policies");
        monitor_policies(&host->monitor, false);
    }
    if (policies_poll(&host->shadow, &is_swapped, &err) != CHANDRA_OK)
        LOG_ERROR(&host->log, "Cannot load the shadow's policies; the last good ones stay", "err",
                  err.message);
    else if (is_swapped)
        LOG_INFO(&host->log, 0, "Loaded the shadow's changed policies");
}

static bool
is_leading(const struct host *host)
{
    return !host->election || election_state(host->election) == ELECTION_LEADING;
}

void
host_look_around(struct host *host)
{
    const int64_t now = host_now_ms(host);
    char text[512];

    if (now < host->polled_ms + POLL_MS) {
        if (policies_has_news(&host->policies))
            poll_policies(host);
        return;
    }
    host->polled_ms = now;
    poll_policies(host);
    monitor_look(&host->monitor, host->scheduler);
    if (host->janitor && is_leading(host))
        janitor_sweep(host->janitor);
    if (host->events)
        scheduler_each_parked(host->scheduler, host_tell_if_late, host);
    chandra_engine_sync_text(scheduler_engine(host->scheduler), text, sizeof(text));
    if (!*text || now < host->complained_ms + SYNC_COMPLAINT_MS)
        return;
    host->complained_ms = now;
    LOG_WARNING(&host->log, "Not in step with the API server", "err", text);
}

/* Wait for the bell. Where it rings all the time, what comes gathers for a moment: threads wake
 * each other less, and each turn has more to do. */
static void
wait_for_bell(struct host *host, int64_t timeout_ms)
{
    static const struct timespec rest = {0, REST_MS * 1000000L};
    const int64_t before = host_now_ms(host);

    bell_wait(&host->bell, timeout_ms);
    if (host_now_ms(host) < before + REST_MS)
        (void)nanosleep(&rest, NULL);
}

enum chandra_status
host_step(struct host *host, struct chandra_error *err)
{
    const struct queued_pod *pod = NULL;
    int64_t next_ms;
    enum chandra_status st;

    if (!chandra_engine_is_synced(scheduler_engine(host->scheduler))) {
        bell_wait(&host->bell, 100);
        return CHANDRA_OK;
    }
    if (!is_leading(host)) {
        st = scheduler_take_in(host->scheduler, err);
        bell_wait(&host->bell, POLL_MS / 4);
        return st;
    }
    st = scheduler_step(host->scheduler, &pod, err);
    if (st != CHANDRA_OK || pod)
        return st;
    next_ms = scheduler_next_ms(host->scheduler, false);
    next_ms = next_ms < 0 ? POLL_MS : next_ms - host_now_ms(host);
    if (host->events) /* they give way to pods */
        events_hold(host->events, scheduler_in_flight(host->scheduler) > 0);
    if (next_ms > 0)
        wait_for_bell(host, next_ms < POLL_MS ? next_ms : POLL_MS);
    return CHANDRA_OK;
}

void
host_drain(struct host *host)
{
    int64_t end_ms = host_now_ms(host) + DRAIN_MS;
    struct chandra_error err;

    LOG_INFO(&host->log, 0, "Ending; waiting for what is under way");
    while (scheduler_in_flight(host->scheduler) > 0 && host_now_ms(host) < end_ms) {
        if (scheduler_take_in(host->scheduler, &err) != CHANDRA_OK)
            return;
        if (scheduler_in_flight(host->scheduler) > 0)
            bell_wait(&host->bell, 100);
    }
    if (host->events)
        events_hold(host->events, false);
    for (end_ms = host_now_ms(host) + LAST_WORDS_MS;
         host->events && events_waiting(host->events) > 0 && host_now_ms(host) < end_ms;)
        bell_wait(&host->bell, 20);
}
