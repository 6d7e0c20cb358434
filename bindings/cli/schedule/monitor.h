/* monitor.h - what others may know of a running scheduler: metrics and health. */
#ifndef CHANDRA_CLI_MONITOR_H
#define CHANDRA_CLI_MONITOR_H

#include "explain/history.h"
#include "schedule/election.h"
#include "schedule/events.h"
#include "schedule/health.h"
#include "schedule/metrics.h"
#include "scheduler/scheduler.h"

#include <chandra/error.h>
#include <chandra/kube.h>
#include <stdatomic.h>
#include <stdint.h>

struct monitor_options {
    const char *metrics_address;
    const char *health_address;
    const char *lease_name;
};

struct monitor {
    struct metrics *metrics;
    struct health *metrics_server; /* or NULL */
    struct health *health_server;  /* or NULL */
    struct history *history;       /* of attempts, for /debug/explain; NULL where none is served */
    struct chandra_engine *engine; /* set when there is one, like those below */
    struct election *election;
    struct events *events;
    const char *lease_name;
    _Atomic int64_t looked_s; /* when the scheduling thread last came by */
};

/* Make the metrics; requests may be noted from then on. */
enum chandra_status monitor_init(struct monitor *monitor, struct chandra_error *err);
/* Serve, after the engine and so on have been set. Errors: as health_start(). */
enum chandra_status monitor_serve(struct monitor *monitor, const struct monitor_options *options,
                                  struct chandra_error *err);
/* Stop to serve: before anything that it looks at is freed. */
void monitor_stop(struct monitor *monitor);
void monitor_clear(struct monitor *monitor);

/* For chandra_kube_options.on_request; `user` is the monitor. */
void monitor_request(void *user, const struct chandra_kube_request_info *info);
/* An attempt has ended. Threads: the scheduling thread, as of the two below. */
void monitor_outcome(struct monitor *monitor, const struct queued_pod *pod);
/* Once in a while: take the scheduler's numbers. */
void monitor_look(struct monitor *monitor, const struct scheduler *scheduler);
/* The engine was given policies, also the first: note them and the time they take. */
void monitor_policies(struct monitor *monitor, bool is_first);
/* Changed policies could not be loaded. */
void monitor_bad_policies(struct monitor *monitor);

#endif
