/* walk.h - one scheduling attempt, taken point by point in kube-scheduler's order.
 *
 * It decides as scheduler/attempt.h does, but stops after each point, so that one can look around.
 */
#ifndef CHANDRA_CLI_REPL_WALK_H
#define CHANDRA_CLI_REPL_WALK_H

#include "scheduler/loads.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <stdbool.h>
#include <stdint.h>

struct chandra_transport;

/* The points of an attempt; WALK_OVER: the attempt is over, WALK_IDLE: there is none. */
enum walk_point {
    WALK_IDLE,
    WALK_PRE_FILTER,
    WALK_FILTER,
    WALK_POST_FILTER,
    WALK_PRE_SCORE,
    WALK_SCORE,
    WALK_RESERVE,
    WALK_PRE_BIND,
    WALK_BIND,
    WALK_POST_BIND,
    WALK_UNRESERVE,
    WALK_OVER,
};

/* Zeroed memory is no attempt. */
struct walk {
    struct chandra_engine *engine;
    struct chandra_transport *transport;
    const struct loads *loads;
    struct chandra_object *pod;
    struct chandra_cycle *cycle;
    enum walk_point done; /* the last point that was taken */
    enum walk_point next;
    struct chandra_answer answer;     /* of the last point */
    bool is_asked;                    /* PreFilter did not say Skip */
    struct chandra_nodeset *fitting;  /* nodes that take the pod but for its claims */
    struct chandra_nodeset *feasible; /* of them, those that Filter left */
    int64_t *scores;                  /* by node index; valid if has_scores */
    bool has_scores;
    bool is_suggested; /* the policy named the node */
    bool is_bound;
    uint32_t node; /* index of the one picked, or CHANDRA_NODESET_END */
};

/* Begin an attempt of the pod and take PreFilter. Errors: ENOMEM. */
enum chandra_status walk_begin(struct walk *walk, struct chandra_engine *engine,
                               struct chandra_transport *transport, const struct loads *loads,
                               struct chandra_object *pod, struct chandra_error *err);
/* Take the next point; walk->next must not be WALK_OVER or WALK_IDLE. */
void walk_step(struct walk *walk);
/* Pick a node among the feasible ones, of which there must be some, as Reserve begins: the policy's
 * suggestion, else the node that the drivers were told, the best score, the fewest pods, the name.
 */
void walk_pick(struct walk *walk);
/* The nodes that are left: after Filter the feasible ones, before it all. */
const struct chandra_nodeset *walk_nodes(const struct walk *walk);
const char *walk_node_name(const struct walk *walk, uint32_t index);
/* "PreFilter" and so on. */
const char *walk_point_name(enum walk_point point);
void walk_clear(struct walk *walk);

#endif
