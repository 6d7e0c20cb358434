/* fit.h - which nodes take a pod, by everything but its claims.
 *
 * The rules, their order and their words are kube-scheduler's: unschedulable nodes, taints, node
 * selector and required affinity, resources and number of pods. A node that is not ready counts as
 * one with the taint that the node controller is about to give it. A node that does not tell what
 * it has is not limited by it. Not looked at: host ports, volumes, affinity between pods,
 * spreading.
 */
#ifndef CHANDRA_CLI_FIT_H
#define CHANDRA_CLI_FIT_H

#include "scheduler/loads.h"

#include <chandra/object.h>
#include <stdbool.h>

/* Receives a reason for which a node does not take the pod, such as "Insufficient cpu". */
typedef void (*fit_reason_fn)(void *user, const char *reason);

/* One question; `load` NULL: no pod counts on the node. */
struct fit_query {
    const struct chandra_pod *pod;
    const struct chandra_node *node;
    const struct node_load *load;
    bool with_promised; /* leave the room alone that other pods were promised */
};

/* Whether the node takes the pod. If not, `tell` (may be NULL) is given the reasons: one, or
 * several resources that are short. */
bool fit_check(const struct fit_query *query, fit_reason_fn tell, void *user);

/* Whether a change of a node may let pods fit that did not; NULL `before`: it is new. */
bool fit_may_improve(const struct chandra_node *before, const struct chandra_node *now);

#endif
