/* workload.h - attempts of one pod on the cluster that `bench` and `profile` measure on. */
#ifndef CHANDRA_CLI_BENCH_WORKLOAD_H
#define CHANDRA_CLI_BENCH_WORKLOAD_H

#include "bench/bench_world.h"
#include "cli.h"

#include <stdbool.h>
#include <stdint.h>

/* The first member of the options of a command whose table of flags has WORKLOAD_FLAGS. */
struct workload_options {
    int64_t nodes;
    int64_t claims;
    const char *which;
};

/* clang-format off */
#define WORKLOAD_FLAGS \
    {.name = "nodes", .type = CLI_COUNT, .offset = offsetof(struct workload_options, nodes), \
     .placeholder = "N", .preset = "1000", .least = 1, .most = 1000000, \
     .help = "Number of nodes (default 1000)"}, \
    {.name = "claims", .type = CLI_COUNT, .offset = offsetof(struct workload_options, claims), \
     .placeholder = "C", .preset = "1", .least = 1, .most = 1000, \
     .help = "Number of claims of the pod (default 1)"}, \
    {.name = "case", .type = CLI_CHOICE, .offset = offsetof(struct workload_options, which), \
     .placeholder = "CASE", .choices = "pending|allocated", \
     .help = "pending: delayed claims and a driver's answer naming 100 unsuitable nodes for each; " \
             "allocated: each claim available on half of the nodes (default pending)"}
/* clang-format on */

struct workload {
    struct bench_world world;
    int64_t nodes;
    int64_t claims;
    bool is_allocated;
    void *feasible;        /* memory of a node set */
    int64_t *scores;       /* of each node */
    size_t *claim_at;      /* 0, 1, 2, ... */
    uint32_t found;        /* feasible nodes of the last attempt */
    char policy_text[512]; /* who decided it */
};

/* Build the cluster and its engine. Ownership: caller clears, also after a failure. */
enum chandra_status workload_init(struct workload *workload, const struct workload_options *options,
                                  struct chandra_error *err);
void workload_clear(struct workload *workload);
/* Let this policy decide from now on. */
void workload_use(struct workload *workload, struct chandra_policy *policy);
/* One attempt: PreFilter and Filter over all nodes; a whole one also asks for scores, the
 * suggestion and the claim to give back. Nothing is written. */
enum chandra_status workload_attempt(struct workload *workload, bool is_whole,
                                     struct chandra_error *err);

#endif
