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
#include <stddef.h>
#include <stdint.h>

enum fit_rule { FIT_SCHEDULABLE, FIT_TAINTS, FIT_READY, FIT_SELECTOR, FIT_PODS, FIT_RESOURCE };

/* A rule that a node breaks, with the values seen. Texts are borrowed from the objects. */
struct fit_failure {
    enum fit_rule rule;
    const char *key;   /* of the taint, also of the one that a node is about to get; the resource */
    const char *value; /* of the taint */
    const char *effect;  /* of the taint */
    int64_t wanted;      /* of the resource; for FIT_PODS 1 */
    int64_t taken;       /* by other pods */
    int64_t allocatable; /* what the node has in all */
};

/* Receives a rule for which a node does not take the pod. */
typedef void (*fit_failure_fn)(void *user, const struct fit_failure *failure);

/* One question; `load` NULL: no pod counts on the node. */
struct fit_query {
    const struct chandra_pod *pod;
    const struct chandra_node *node;
    const struct node_load *load;
    bool with_promised; /* leave the room alone that other pods were promised */
};

/* Whether the node takes the pod. If not, `tell` (may be NULL) is given the first rule that it
 * breaks, or all resources that are short. */
bool fit_check(const struct fit_query *query, fit_failure_fn tell, void *user);
/* Tell of every rule that the node breaks, in their order. */
void fit_each_failure(const struct fit_query *query, fit_failure_fn tell, void *user);
/* Write kube-scheduler's words for a failure, such as "Insufficient cpu". */
void fit_failure_text(const struct fit_failure *failure, char *text, size_t size);

/* Whether a change of a node may let pods fit that did not; NULL `before`: it is new. */
bool fit_may_improve(const struct chandra_node *before, const struct chandra_node *now);

#endif
