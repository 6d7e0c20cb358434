/* crossing.c - what the questions of bindings/go/bench_test.go cost in C, on the same cluster. */
#include "lua_bench.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NODES = 5000, ROUNDS = 7, CALLS = 20000 };

struct world {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_policy *policy;
    struct chandra_object *pod;
    struct chandra_cycle *cycle;
    struct chandra_nodeset *feasible;
};

/* Half of the nodes suit the class. */
static void
fill(struct chandra_sim *sim)
{
    char text[128];

    for (int i = 0; i < NODES; i++) {
        snprintf(text, sizeof(text),
                 "{apiVersion: v1, kind: Node, metadata: {name: worker-%d, labels: {gpu: '%s'}}}",
                 i, i % 2 == 0 ? "yes" : "no");
        add(sim, text);
    }
    add(sim, "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},"
             " driverName: gpu.example.com, suitableNodes: {nodeSelectorTerms:"
             " [{matchExpressions: [{key: gpu, operator: In, values: ['yes']}]}]}}");
    add(sim, "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,"
             " metadata: {name: one-gpu, namespace: demo}, spec: {resourceClassName: gpu}}");
    add(sim, "{apiVersion: v1, kind: Pod, metadata: {name: trainer, namespace: demo},"
             " spec: {containers: [{name: main, image: trainer}],"
             " resourceClaims: [{name: gpu, source: {resourceClaimName: one-gpu}}]}}");
}

static struct world
open_world(void)
{
    struct world world;
    struct chandra_answer answer;
    struct chandra_error err;

    must(chandra_sim_new(NULL, &world.sim, &err), &err);
    fill(world.sim);
    must(chandra_engine_new(chandra_sim_transport(world.sim), NULL, &world.engine, &err), &err);
    must(chandra_engine_start(world.engine, &err), &err);
    must(chandra_lua_policy_load(chandra_lua_default(), 1, NULL, &world.policy, &err), &err);
    chandra_engine_set_policy(world.engine, world.policy);
    world.pod = chandra_engine_get(world.engine, CHANDRA_KIND_POD, "demo", "trainer");
    must(chandra_cycle_new(world.engine, chandra_object_pod(world.pod), &world.cycle, &err), &err);
    chandra_cycle_pre_filter(world.cycle, &answer);
    world.feasible =
        chandra_nodeset_init(calloc(1, chandra_nodeset_bytes(chandra_cycle_capacity(world.cycle))),
                             chandra_cycle_capacity(world.cycle));
    return world;
}

static void
close_world(struct world *world)
{
    free(world->feasible);
    chandra_cycle_free(world->cycle);
    chandra_object_unref(world->pod);
    chandra_policy_unref(world->policy);
    chandra_engine_free(world->engine);
    chandra_sim_free(world->sim);
}

static void
filter(struct world *world)
{
    struct chandra_answer answer;

    chandra_cycle_filter(world->cycle, "worker-0", &answer);
}

static void
filter_all_again(struct world *world)
{
    struct chandra_answer answer;

    chandra_cycle_filter_all(world->cycle, NULL, world->feasible, &answer);
}

static void
filter_all(struct world *world)
{
    struct chandra_answer answer;

    chandra_cycle_pre_filter(world->cycle, &answer);
    filter_all_again(world);
    if (chandra_nodeset_count(world->feasible) != NODES / 2)
        exit(1);
}

/* Nanoseconds of a call, the best of some rounds. */
static double
time_of(struct world *world, void (*call)(struct world *))
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        const double start = now_ns();
        double each;

        for (int i = 0; i < CALLS; i++)
            call(world);
        each = (now_ns() - start) / CALLS;
        best = round == 0 || each < best ? each : best;
    }
    return best;
}

int
main(void)
{
    struct world world = open_world();
    const double one = time_of(&world, filter);
    const double all = time_of(&world, filter_all);
    const double again = time_of(&world, filter_all_again);

    printf("{\"bench\":\"crossing\",\"filter_ns\":%.0f,\"filter_all_ns\":%.0f,"
           "\"filter_all_again_ns\":%.0f}\n",
           one, all, again);
    close_world(&world);
    return 0;
}
