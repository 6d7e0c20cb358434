/* workload.c - runs attempts through the engine, as a scheduler would. */
#include "bench/workload.h"

#include <chandra/cycle.h>
#include <chandra/nodeset.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <string.h>

static enum chandra_status
allocate(struct workload *workload, struct chandra_error *err)
{
    struct chandra_cycle *cycle;
    uint32_t capacity;
    enum chandra_status st = chandra_cycle_new(
        workload->world.engine, chandra_object_pod(workload->world.pod), &cycle, err);

    if (st != CHANDRA_OK)
        return st;
    capacity = chandra_cycle_capacity(cycle);
    chandra_cycle_free(cycle);
    workload->feasible = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));
    workload->scores = chandra_realloc(NULL, capacity * sizeof(*workload->scores));
    workload->claim_at =
        chandra_realloc(NULL, (size_t)workload->claims * sizeof(*workload->claim_at));
    if (!workload->feasible || !workload->scores || !workload->claim_at)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    for (size_t i = 0; i < (size_t)workload->claims; i++)
        workload->claim_at[i] = i;
    return CHANDRA_OK;
}

enum chandra_status
workload_init(struct workload *workload, const struct workload_options *options,
              struct chandra_error *err)
{
    enum chandra_status st;

    *workload = (struct workload){
        .nodes = options->nodes,
        .claims = options->claims,
        .is_allocated = options->which && strcmp(options->which, "allocated") == 0,
    };
    st = bench_world_init(&workload->world, workload->nodes, workload->claims,
                          workload->is_allocated, NULL, err);
    return st == CHANDRA_OK ? allocate(workload, err) : st;
}

void
workload_clear(struct workload *workload)
{
    chandra_free(workload->claim_at);
    chandra_free(workload->scores);
    chandra_free(workload->feasible);
    bench_world_clear(&workload->world);
}

void
workload_use(struct workload *workload, struct chandra_policy *policy)
{
    chandra_engine_set_policy(workload->world.engine, policy);
}

/* The point that an attempt failed at, as an error. */
static enum chandra_status
check(const struct chandra_answer *answer, struct chandra_error *err)
{
    if (answer->code == CHANDRA_CODE_SUCCESS || answer->code == CHANDRA_CODE_SKIP)
        return CHANDRA_OK;
    return chandra_error_set(err, answer->status != CHANDRA_OK ? answer->status : CHANDRA_EINVAL,
                             "%s", answer->reason);
}

/* PostFilter would write; so the hook is asked as PostFilter asks it. */
static enum chandra_status
ask_release(struct workload *workload, struct chandra_cycle *cycle, struct chandra_error *err)
{
    struct chandra_policy *policy = chandra_cycle_policy(cycle);
    size_t choice;
    enum chandra_status st;

    if (!policy)
        return CHANDRA_OK;
    st = policy->ops->release(policy, cycle, workload->claim_at, (size_t)workload->claims, &choice,
                              err);
    return st == CHANDRA_ENOTFOUND ? CHANDRA_OK : st;
}

static enum chandra_status
choose(struct workload *workload, struct chandra_cycle *cycle,
       const struct chandra_nodeset *feasible, struct chandra_error *err)
{
    struct chandra_answer answer;
    enum chandra_status st;

    chandra_cycle_pre_score(cycle, feasible, &answer);
    st = check(&answer, err);
    if (st == CHANDRA_OK) {
        chandra_cycle_score(cycle, feasible, workload->scores, &answer);
        st = check(&answer, err);
    }
    if (st != CHANDRA_OK)
        return st;
    (void)chandra_cycle_suggested(cycle, feasible);
    return ask_release(workload, cycle, err);
}

static enum chandra_status
run(struct workload *workload, struct chandra_cycle *cycle, bool is_whole,
    struct chandra_error *err)
{
    struct chandra_nodeset *feasible =
        chandra_nodeset_init(workload->feasible, chandra_cycle_capacity(cycle));
    struct chandra_answer answer;
    enum chandra_status st;

    chandra_cycle_pre_filter(cycle, &answer);
    st = check(&answer, err);
    if (st != CHANDRA_OK)
        return st;
    chandra_cycle_filter_all(cycle, NULL, feasible, &answer);
    workload->found = chandra_nodeset_count(feasible);
    if (answer.code == CHANDRA_CODE_ERROR)
        return check(&answer, err);
    return is_whole && workload->found > 0 ? choose(workload, cycle, feasible, err) : CHANDRA_OK;
}

enum chandra_status
workload_attempt(struct workload *workload, bool is_whole, struct chandra_error *err)
{
    struct chandra_cycle *cycle;
    enum chandra_status st = chandra_cycle_new(
        workload->world.engine, chandra_object_pod(workload->world.pod), &cycle, err);

    if (st != CHANDRA_OK)
        return st;
    st = run(workload, cycle, is_whole, err);
    chandra_cycle_policy_text(cycle, workload->policy_text, sizeof(workload->policy_text));
    chandra_cycle_free(cycle);
    return st;
}
