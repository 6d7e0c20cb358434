/* host_state.h - `chandra schedule` from the inside, shared by its files. */
#ifndef CHANDRA_CLI_HOST_STATE_H
#define CHANDRA_CLI_HOST_STATE_H

#include "bell.h"
#include "schedule/election.h"
#include "schedule/events.h"
#include "schedule/janitor.h"
#include "schedule/klog.h"
#include "schedule/monitor.h"
#include "schedule/policies.h"
#include "schedule/schedule.h"
#include "scheduler/scheduler.h"

#include <chandra/error.h>
#include <stddef.h>
#include <stdint.h>

struct chandra_kube_config;
struct chandra_recorder;
struct chandra_transport;

struct host {
    struct cli *cli;
    const struct schedule_options *options;
    struct klog log;
    struct bell bell;
    struct chandra_kube_config *config;
    struct chandra_transport *transport;
    struct chandra_transport *side; /* for Events and the Lease, which must not wait for pods */
    struct events *events;          /* NULL in a dry run */
    struct janitor *janitor;        /* NULL in a dry run */
    struct chandra_transport *lease_way;
    struct election *election; /* NULL: there is none */
    struct monitor monitor;
    char instance[320]; /* name of this process */
    struct chandra_recorder *recorder;
    struct scheduler *scheduler;
    struct policies policies;
    struct policies shadow; /* what decides too, without effect */
    int64_t shadow_ms;      /* when the present second of its log lines began */
    size_t shadow_lines;    /* in that second */
    size_t shadow_unsaid;   /* left out since the last line */
    int64_t polled_ms;
    int64_t complained_ms; /* about lists and watches */
};

/* host_tell.c: what users and logs hear of attempts. */

/* An attempt has ended; `user` is the host. */
void host_on_outcome(void *user, struct queued_pod *pod);
/* Tell the user of a parked pod, `user` being the host, if its drivers take long. */
void host_tell_if_late(void *user, struct queued_pod *pod);

/* host_loop.c: one turn after the other. */

int64_t host_now_ms(const struct host *host);
/* Once in a while: things that nobody rings the bell for. */
void host_look_around(struct host *host);
/* Try a pod, or wait until there may be one. */
enum chandra_status host_step(struct host *host, struct chandra_error *err);
/* Finish what is under way. */
void host_drain(struct host *host);

#endif
