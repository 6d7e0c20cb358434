/* policy_fuzz.c - any text as a policy: check it, load it, and let what loads decide for a pod. */
#include "policy_cluster.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/lua.h>
#include <chandra/sim.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Run the hooks that need no write: the cluster is the same for every input. */
static void
decide(struct chandra_engine *engine)
{
    struct chandra_object *pod = chandra_engine_get(engine, CHANDRA_KIND_POD, "ns", "p");
    struct chandra_cycle *cycle;
    struct chandra_answer answer;
    struct chandra_nodeset *feasible;
    int64_t *scores;
    uint32_t capacity;

    must(chandra_cycle_new(engine, chandra_object_pod(pod), &cycle, NULL));
    chandra_cycle_pre_filter(cycle, &answer);
    if (answer.code != CHANDRA_CODE_SUCCESS)
        abort();
    capacity = chandra_cycle_capacity(cycle);
    feasible = chandra_nodeset_init(calloc(1, chandra_nodeset_bytes(capacity)), capacity);
    scores = calloc(capacity, sizeof(*scores));
    chandra_cycle_filter_all(cycle, NULL, feasible, &answer);
    if (answer.code == CHANDRA_CODE_SUCCESS && !chandra_nodeset_is_empty(feasible)) {
        chandra_cycle_pre_score(cycle, feasible, &answer);
        chandra_cycle_score(cycle, feasible, scores, &answer);
        chandra_cycle_suggested(cycle, feasible);
    }
    free(scores);
    free(feasible);
    chandra_cycle_free(cycle);
    chandra_object_unref(pod);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct chandra_engine *engine;
    const struct chandra_lua_source source = {
        .name = "fuzz.lua", .text = (const char *)data, .len = size};
    const struct chandra_lua_options options = {.size = sizeof(options),
                                                .memory_limit = 1024 * 1024,
                                                .instruction_limit = 20000,
                                                .timeout_ms = 1000};
    struct chandra_policy *policy;
    struct chandra_error err;
    size_t findings;

    if (!engine)
        engine = open_engine();
    must(chandra_lua_check(&source, NULL, NULL, &findings, &err));
    if (chandra_lua_policy_load(&source, 1, &options, &policy, &err) != CHANDRA_OK)
        return 0;
    chandra_engine_set_policy(engine, policy);
    chandra_policy_unref(policy);
    decide(engine);
    chandra_engine_set_policy(engine, NULL);
    return 0;
}
