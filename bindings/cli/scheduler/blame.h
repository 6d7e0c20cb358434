/* blame.h - why no node was left: the rules that each node breaks, and the nearest miss. */
#ifndef CHANDRA_CLI_BLAME_H
#define CHANDRA_CLI_BLAME_H

#include "scheduler/fit.h"
#include "scheduler/loads.h"
#include "scheduler/outcome.h"

#include <chandra/cycle.h>
#include <chandra/nodeset.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One rule that a node breaks. Borrowed for the callback. */
struct miss {
    enum miss_stage stage;
    size_t claim;                      /* of the cycle; SIZE_MAX: none */
    const char *policy;                /* that left the node out, or "" */
    const char *rule;                  /* in words, for a node rule kube-scheduler's */
    const struct fit_failure *failure; /* of a node rule; else NULL */
};
typedef void (*miss_fn)(void *user, const struct miss *miss);

/* An attempt after Filter. */
struct blame {
    const struct chandra_cycle *cycle;
    const struct loads *loads;
    const struct chandra_nodeset *refused; /* left out as drivers refused them before; or NULL */
};

/* Tell of every rule that the node breaks, the first first. */
void blame_node(const struct blame *blame, uint32_t node, miss_fn tell, void *user);
/* Put into the outcome for which rules how many nodes were lost, each node at its first one, so
 * that the counts add up, and the node that is nearest. False: out of memory. */
bool blame_nodes(const struct blame *blame, struct outcome *outcome);

#endif
