/* attempt.h - one scheduling attempt of one pod: the extension points in kube-scheduler's order. */
#ifndef CHANDRA_CLI_ATTEMPT_H
#define CHANDRA_CLI_ATTEMPT_H

#include "map.h"
#include "outcome.h"
#include "refusals.h"

#include <chandra/engine.h>
#include <chandra/error.h>
#include <chandra/object.h>
#include <stdint.h>

struct chandra_transport;

/* What attempts work with; kept by the scheduler. */
struct attempt_tools {
    struct chandra_engine *engine;
    struct chandra_transport *transport;
    const struct map *loads; /* node name to struct node_load: pods placed so far */
    uint64_t epoch;          /* goes up when drivers may have room that they had not */
    void *feasible;          /* node sets and scores of `capacity` nodes; zeroed at first */
    void *asked;
    int64_t *scores;
    uint32_t capacity;
};

struct node_load {
    uint32_t pods;
};

/* Free the memory that attempts grew. */
void attempt_tools_clear(struct attempt_tools *tools);

/* Try to place the pod; waits for the API server. A refusal or a failure of the server is an
 * outcome; errors are for want of memory alone. */
enum chandra_status attempt_run(struct attempt_tools *tools, const struct chandra_pod *pod,
                                struct refusals *refusals, struct outcome *outcome,
                                struct chandra_error *err);

#endif
