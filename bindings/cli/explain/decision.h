/* decision.h - decides a pod on the cluster as it is, and changes nothing. */
#ifndef CHANDRA_CLI_EXPLAIN_DECISION_H
#define CHANDRA_CLI_EXPLAIN_DECISION_H

#include "scheduler/blame.h"
#include "scheduler/loads.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/error.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <chandra/sys/observer.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the pods on the nodes use, by the engine's cache. Zeroed memory is ready. */
struct census {
    struct loads loads;
    struct share *shares;
    size_t count;
    size_t capacity;
    const struct chandra_object *except; /* a pod that is left out, or NULL */
    bool is_out_of_memory;
};

/* Count all bound pods that have not ended, but for `except` (may be NULL). */
enum chandra_status census_take(struct census *census, struct chandra_engine *engine,
                                const struct chandra_pod *except, struct chandra_error *err);
void census_clear(struct census *census);

/* One decision. Zeroed memory is empty. */
struct decision {
    struct chandra_cycle *cycle;
    struct census census;
    enum chandra_point point;     /* where it ended */
    struct chandra_answer answer; /* of that point; SUCCESS: some node is feasible */
    bool is_blamed;               /* Filter answered: nodes that are left out have their misses */
    struct chandra_nodeset *feasible;
    const struct chandra_nodeset *refused; /* by drivers in the rounds before, or NULL */
    int64_t *scores;                       /* by node index; NULL: no opinion */
    uint32_t suggested;                    /* by the policy, or CHANDRA_NODESET_END */
    void *memory[2];
};

/* Decide. `refused` (may be NULL) is used where it has the cycle's capacity. A refusal is a
 * decision; errors are for want of memory. Clear it also after an error. */
enum chandra_status decision_make(struct chandra_engine *engine, const struct chandra_pod *pod,
                                  const struct chandra_nodeset *refused, struct decision *out,
                                  struct chandra_error *err);
void decision_clear(struct decision *decision);
/* What the nodes are blamed by. */
struct blame decision_blame(const struct decision *decision);

#endif
