/* lua_host.c - what the Lua host costs: a call of a hook, the read of a field, the budget, a load.
 */
#include "lua_bench.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <chandra/sys/policy.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEADER "--!chandra api=1 name=bench version=1\n"
#define NODES 500
#define ROUNDS 7

/* Reads of a field and comparisons, for each node; what is asked for inside decides. */
#define LOOP(body)                                           \
    HEADER "return {match = function(cx, claim, nodes)\n"    \
           "  for i = 1, 20000 do " body " end return nodes" \
           " end}\n"
#define WHERE(body)                                                                      \
    HEADER "return {match = function(cx, claim, nodes)\n"                                \
           "  local zone, class = 'a', 'gpu'\n"                                          \
           "  return cx:keep(nodes, function(node) return " body " end, 'no') | nodes\n" \
           "end}\n"

struct world {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_object *pod;
    struct chandra_cycle *cycle;
    struct chandra_nodeset *nodes;
};

static void
fill(struct chandra_sim *sim)
{
    char text[256];

    for (int i = 0; i < NODES; i++) {
        snprintf(text, sizeof(text),
                 "{apiVersion: v1, kind: Node, metadata: {name: node-%d, labels: {zone: z%d}}}", i,
                 i % 3);
        add(sim, text);
    }
    add(sim, "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},"
             " driverName: gpu.example.com}");
    add(sim, "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,"
             " metadata: {name: c, namespace: ns}, spec: {resourceClassName: gpu}}");
    add(sim, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns},"
             " spec: {containers: [{name: main, image: main}],"
             " resourceClaims: [{name: a, source: {resourceClaimName: c}}]}}");
}

static struct world
open_world(void)
{
    struct world world;
    struct chandra_answer answer;
    struct chandra_error err;
    bool has_moved;

    must(chandra_sim_new(NULL, &world.sim, &err), &err);
    fill(world.sim);
    must(chandra_engine_new(chandra_sim_transport(world.sim), NULL, &world.engine, &err), &err);
    must(chandra_engine_start(world.engine, &err), &err);
    must(chandra_sim_settle(world.sim, &has_moved, &err), &err);
    world.pod = chandra_engine_get(world.engine, CHANDRA_KIND_POD, "ns", "p");
    must(chandra_cycle_new(world.engine, chandra_object_pod(world.pod), &world.cycle, &err), &err);
    chandra_cycle_pre_filter(world.cycle, &answer);
    world.nodes =
        chandra_nodeset_init(calloc(1, chandra_nodeset_bytes(chandra_cycle_capacity(world.cycle))),
                             chandra_cycle_capacity(world.cycle));
    return world;
}

static void
close_world(struct world *world)
{
    free(world->nodes);
    chandra_cycle_free(world->cycle);
    chandra_object_unref(world->pod);
    chandra_engine_free(world->engine);
    chandra_sim_free(world->sim);
}

static struct chandra_policy *
load(const char *text, int signal)
{
    const struct chandra_lua_source source = {"bench.lua", text, strlen(text), 0};
    const struct chandra_lua_options options = {.size = sizeof(options),
                                                .instruction_limit = UINT64_MAX / 4,
                                                .timeout_ms = 60000,
                                                .interrupt_signal = signal};
    struct chandra_policy *policy;
    struct chandra_error err;

    must(chandra_lua_policy_load(&source, 1, &options, &policy, &err), &err);
    return policy;
}

/* Nanoseconds of one call of match, which keeps all nodes: the best of some rounds. */
static double
time_match(const struct world *world, struct chandra_policy *policy, int calls)
{
    double best = 0;
    struct chandra_error err;

    chandra_nodeset_assign(world->nodes, chandra_cycle_nodes(world->cycle));
    for (int round = 0; round < ROUNDS; round++) {
        const double start = now_ns();
        double each;

        for (int i = 0; i < calls; i++)
            must(policy->ops->match(policy, world->cycle, 0, world->nodes, &err), &err);
        each = (now_ns() - start) / calls;
        best = round == 0 || each < best ? each : best;
    }
    return best;
}

static double
time_text(const struct world *world, const char *text, int signal, int calls)
{
    struct chandra_policy *policy = load(text, signal);
    const double time = time_match(world, policy, calls);

    chandra_policy_unref(policy);
    return time;
}

/* A protected call of an empty function in a plain Lua, for comparison. */
static double
time_plain_call(void)
{
    lua_State *L = luaL_newstate();
    double best = 0;

    if (!L || luaL_loadstring(L, "return function(a, b, c) return c end") != LUA_OK)
        exit(1);
    lua_call(L, 0, 1);
    for (int round = 0; round < ROUNDS; round++) {
        const double start = now_ns();
        double each;

        for (int i = 0; i < 100000; i++) {
            lua_pushvalue(L, 1);
            lua_pushinteger(L, i);
            lua_pushinteger(L, i);
            lua_pushinteger(L, i);
            if (lua_pcall(L, 3, 1, 0) != LUA_OK)
                exit(1);
            lua_pop(L, 1);
        }
        each = (now_ns() - start) / 100000;
        best = round == 0 || each < best ? each : best;
    }
    lua_close(L);
    return best;
}

static void
print_fields(const struct world *world, int signal)
{
    static const struct {
        const char *name;
        const char *text;
    } fields[] = {
        {"claim.allocated", LOOP("local x = claim.allocated")},
        {"claim.class_name", LOOP("local x = claim.class_name")},
        {"claim.class", LOOP("local x = claim.class")},
        {"cx.pod", LOOP("local x = cx.pod")},
        {"claim.created", LOOP("local x = claim.created")},
    };
    const double empty = time_text(world, LOOP(""), signal, 20);

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        printf("  %-34s %8.1f ns\n", fields[i].name,
               (time_text(world, fields[i].text, signal, 20) - empty) / 20000);
}

/* What counting costs a policy that reads fields and compares. */
static void
print_budget(const struct world *world)
{
    static const struct {
        const char *name;
        const char *text;
    } policies[] = {
        {"reads and compares", WHERE("node.labels.zone == zone")},
        {"reads more", WHERE("node.labels.zone == zone and claim.class_name == class and "
                             "not claim.allocated and node.name > zone")},
        {"computes alone", LOOP("local x = i * 2 + 1")},
    };

    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        const double counted = time_text(world, policies[i].text, 0, 50);
        const double watched = time_text(world, policies[i].text, SIGRTMIN + 1, 50);

        printf("  %-22s counted %9.0f ns, by the clock %9.0f ns: %+.0f %%\n", policies[i].name,
               counted, watched, 100 * (counted / watched - 1));
    }
}

static double
time_load(void)
{
    const struct chandra_lua_source *source = chandra_lua_default();
    double best = 0;
    struct chandra_error err;

    for (int i = 0; i < 50; i++) {
        const double start = now_ns();
        struct chandra_policy *policy;
        double each;

        must(chandra_lua_policy_load(source, 1, NULL, &policy, &err), &err);
        chandra_policy_unref(policy);
        each = now_ns() - start;
        best = i == 0 || each < best ? each : best;
    }
    return best;
}

int
main(void)
{
    struct world world = open_world();
    const char *nothing = HEADER "return {match = function(cx, claim, nodes) return nodes end}\n";

    printf("hook call without work\n");
    printf("  %-34s %8.1f ns\n", "counted", time_text(&world, nothing, 0, 100000));
    printf("  %-34s %8.1f ns\n", "by the clock", time_text(&world, nothing, SIGRTMIN + 1, 100000));
    printf("  %-34s %8.1f ns\n", "plain Lua, a protected call", time_plain_call());
    printf("field read, counted\n");
    print_fields(&world, 0);
    printf("field read, by the clock\n");
    print_fields(&world, SIGRTMIN + 1);
    printf("the budget, for a call over %d nodes\n", NODES);
    print_budget(&world);
    printf("load of the default policy\n  %-34s %8.3f ms\n", "", time_load() / 1e6);
    close_world(&world);
    return 0;
}
