/* policy_timer.h - a policy that lets another decide and notes how long that took. */
#ifndef CHANDRA_CLI_POLICY_TIMER_H
#define CHANDRA_CLI_POLICY_TIMER_H

#include <chandra/policy.h>

struct metrics;

/* Wrap a policy; takes a reference of its own on it. `metrics` must outlive the policy. NULL when
 * out of memory. Ownership: caller unrefs. */
struct chandra_policy *policy_timer_new(struct chandra_policy *policy, struct metrics *metrics);

#endif
