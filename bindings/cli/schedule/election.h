/* election.h - one of several replicas leads: a Lease that is held and renewed, as
 * kube-scheduler's.
 */
#ifndef CHANDRA_CLI_ELECTION_H
#define CHANDRA_CLI_ELECTION_H

#include "bell.h"

#include <chandra/error.h>
#include <stdint.h>

struct chandra_transport;
struct election;
struct klog;

struct election_options {
    struct chandra_transport *transport; /* whose requests time out well before renew_deadline_ms */
    const struct klog *log;
    const char *name_space; /* of the Lease; strings must outlive the election */
    const char *name;
    const char *identity;      /* of this replica */
    int64_t lease_duration_ms; /* after which others may take a Lease that is not renewed */
    int64_t renew_deadline_ms; /* after which a leader that cannot renew gives up */
    int64_t retry_period_ms;   /* between two tries */
};

enum election_state {
    ELECTION_FOLLOWING,
    ELECTION_LEADING,
    ELECTION_LOST, /* led once and does no more: for good */
};

enum chandra_status election_new(const struct election_options *options,
                                 struct election **out_election, struct chandra_error *err);
/* Stop and free; NULL is fine. The Lease is left as it is. */
void election_free(struct election *election);

/* Try once to take or renew the Lease; waits for the API server. For tests and election_start(). */
void election_step(struct election *election);
/* Step on a thread of its own until election_stop(); `bell` is rung when the state changes. */
enum chandra_status election_start(struct election *election, struct bell *bell,
                                   struct chandra_error *err);
/* End the thread. A leader gives the Lease back, so that the next need not wait for its end. */
void election_stop(struct election *election);

/* Where this replica stands now. Threads: any. */
enum election_state election_state(struct election *election);

#endif
