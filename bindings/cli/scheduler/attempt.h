/* attempt.h - one scheduling attempt of one pod: the extension points in kube-scheduler's order.
 *
 * An attempt has two halves. The first decides and waits for nobody; it belongs to the scheduling
 * thread. The second tells the API server: it gives up what must be given up, or publishes, binds
 * and cleans up; any thread may run it, and those of different pods may run at once.
 */
#ifndef CHANDRA_CLI_ATTEMPT_H
#define CHANDRA_CLI_ATTEMPT_H

#include "scheduler/loads.h"
#include "scheduler/outcome.h"
#include "scheduler/refusals.h"
#include "scheduler/shadow.h"

#include <chandra/engine.h>
#include <chandra/error.h>
#include <chandra/object.h>
#include <stdint.h>

struct chandra_transport;

/* What attempts work with; kept by the scheduler. */
struct attempt_tools {
    struct chandra_engine *engine;
    struct chandra_transport *transport;
    const struct loads *loads; /* pods placed so far */
    uint64_t epoch;            /* goes up when drivers may have room that they had not */
    bool is_dry;    /* nothing is written: a pod that could be bound or published is BOUND */
    void *feasible; /* node sets, scores and loads of `capacity` nodes; zeroed at first */
    void *asked;
    void *fitting;
    int64_t *scores;
    const struct node_load **node_loads; /* of these versions */
    uint64_t loads_version;
    uint64_t nodes_version;
    uint32_t capacity;
    struct chandra_policy *shadow;      /* decides too, without effect; or NULL */
    struct attempt_tools *shadow_tools; /* what it works with */
};

struct attempt;

/* Free the memory that attempts grew. */
void attempt_tools_clear(struct attempt_tools *tools);

/* Decide. *out_attempt has a second half to run if attempt_has_more(). A refusal is an outcome;
 * errors are for want of memory alone. Ownership: caller frees. */
enum chandra_status attempt_decide(struct attempt_tools *tools, const struct chandra_pod *pod,
                                   struct refusals *refusals, struct attempt **out_attempt,
                                   struct chandra_error *err);
/* Whether the API server has still to be told something. */
bool attempt_has_more(const struct attempt *attempt);
/* The node it is about to bind the pod to, or NULL. */
const char *attempt_node(const struct attempt *attempt);
/* The second half; waits for the API server, whose failures are outcomes. Threads: any. */
void attempt_finish(struct attempt *attempt);
/* Move the outcome out, once the attempt is over. Errors: ENOMEM, if any of it was lost. */
enum chandra_status attempt_take_outcome(struct attempt *attempt, struct outcome *outcome,
                                         struct chandra_error *err);
/* Move out what the shadow's decision showed, once the attempt is over; NULL when there was none.
 */
struct shadow_note *attempt_take_shadow(struct attempt *attempt);
void attempt_free(struct attempt *attempt); /* NULL is fine */

/* For lists of attempts, and for what they belong to. */
struct attempt *attempt_next(const struct attempt *attempt);
void attempt_set_next(struct attempt *attempt, struct attempt *next);
void *attempt_owner(const struct attempt *attempt);
void attempt_set_owner(struct attempt *attempt, void *owner);

#endif
