/* attempt_state.h - an attempt from the inside, shared by its files. */
#ifndef CHANDRA_CLI_ATTEMPT_STATE_H
#define CHANDRA_CLI_ATTEMPT_STATE_H

#include "scheduler/attempt.h"

#include <chandra/cycle.h>
#include <chandra/sys/observer.h>
#include <stdbool.h>

/* What the second half has to do. */
enum rest { REST_NOTHING, REST_POST_FILTER, REST_UNRESERVE, REST_BIND };

struct attempt {
    struct attempt_tools *tools; /* first half only, like the four below */
    struct refusals *refusals;
    struct chandra_nodeset *feasible;
    struct chandra_nodeset *asked; /* nodes that every driver has been asked about; until a node is
                                    * picked, those left out as drivers refused them before */
    struct chandra_nodeset *fitting; /* nodes that take the pod but for its claims */
    bool has_scores;

    const struct chandra_pod *pod; /* the cycle holds a reference */
    struct chandra_transport *transport;
    struct chandra_cycle *cycle; /* NULL where there was nothing to ask */
    enum rest rest;
    struct outcome outcome;
    struct chandra_answer answer; /* of the last point */
    bool is_out_of_memory;

    bool is_shadow;                   /* it decides beside another attempt */
    uint32_t suggested;               /* node, or CHANDRA_NODESET_END */
    uint32_t picked;                  /* the same */
    struct chandra_cycle *shadow;     /* of the other policy, or NULL */
    bool shadow_is_left_without_node; /* it would come to PostFilter */
    struct shadow_note *note;         /* what differs, or NULL */

    struct attempt *next;
    void *owner;
};

/* End the attempt; false, so that a step can end with it. */
bool attempt_end(struct attempt *attempt, enum verdict verdict, const char *point);
bool attempt_end_at(struct attempt *attempt, enum verdict verdict, enum chandra_point point);
/* Whether a point found that the pod cannot go there, which is no failure. */
bool attempt_is_refused(enum chandra_code code);
const char *attempt_node_name(const struct attempt *attempt, uint32_t index);

/* The steps of the first half, in their order; false: the attempt has ended. */

/* attempt_filter.c; the sets belong to PreFilter, but a shadow needs its own. */
bool attempt_prepare_sets(struct attempt *attempt);
bool attempt_pre_filter(struct attempt *attempt);
bool attempt_filter(struct attempt *attempt);
/* attempt_pick.c */
bool attempt_score(struct attempt *attempt);
void attempt_pick(struct attempt *attempt);
uint32_t attempt_find_best(struct attempt *attempt); /* what is picked if no policy suggests one */
/* attempt_finish.c: Reserve; and what is done in place of the second half if nothing is written. */
void attempt_place(struct attempt *attempt);
void attempt_end_dry(struct attempt *attempt);

/* attempt_shadow.c: after PreFilter, after the node is picked, and in the second half. */
void attempt_begin_shadow(struct attempt *attempt);
void attempt_run_shadow(struct attempt *attempt);
void attempt_release_shadow(struct attempt *attempt);

#endif
