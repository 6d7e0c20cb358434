/* bench_world.h - the cluster that `chandra bench` and `profile` measure on. */
#ifndef CHANDRA_CLI_BENCH_WORLD_H
#define CHANDRA_CLI_BENCH_WORLD_H

#include <chandra/engine.h>
#include <chandra/error.h>
#include <chandra/object.h>
#include <chandra/policy.h>
#include <chandra/sim.h>
#include <stdbool.h>
#include <stdint.h>

struct bench_world {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_object *pod; /* a reference */
};

/* N nodes and one pod with C claims of a class with suitableNodes. Pending claims: a context in
 * which the driver calls 100 nodes unsuitable for each. Allocated ones: each available on half of
 * the nodes, by a list of hostnames. The engine is synced. Ownership: caller clears. */
enum chandra_status bench_world_init(struct bench_world *world, int64_t nodes, int64_t claims,
                                     bool is_allocated, struct chandra_policy *policy,
                                     struct chandra_error *err);
/* Free; also what a failed init left. */
void bench_world_clear(struct bench_world *world);

#endif
