/* refusals.h - nodes that drivers have refused for a pod in the rounds before.
 *
 * A question to the drivers names the nodes that are feasible, 128 at most, and each answer
 * replaces the one before. A scheduler without memory could go in circles, asking about some nodes
 * and then, as these are refused, about the others again. This one leaves out what it has heard
 * until something happens that may change the drivers' minds.
 */
#ifndef CHANDRA_CLI_REFUSALS_H
#define CHANDRA_CLI_REFUSALS_H

#include <chandra/cycle.h>
#include <chandra/nodeset.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory knows of none. */
struct refusals {
    void *memory;                  /* of the sets */
    struct chandra_nodeset *nodes; /* refused for any claim that is pending */
    size_t claim_count;
    uint64_t epoch; /* of the cluster when they were heard */
    /* The pod could not use its claims since its last question: drivers found nothing to do. */
    bool is_out_of_turn;
};

/* Add what the cycle's context says. Another `epoch` makes all that was heard before void. False:
 * out of memory. */
bool refusals_hear(struct refusals *refusals, const struct chandra_cycle *cycle, uint64_t epoch);
void refusals_clear(struct refusals *refusals);

#endif
