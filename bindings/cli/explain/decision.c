/* decision.c - PreFilter, Filter, PreScore and Score with the host's rules for nodes, as an attempt
 * does it; no point that acts is called. */
#include "explain/decision.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/policy.h>
#include <string.h>

static bool
is_finished(const struct chandra_pod *pod)
{
    const char *phase = chandra_pod_phase(pod);

    return strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0;
}

static bool
count_pod(void *user, const struct chandra_object *object)
{
    struct census *census = user;
    const struct chandra_pod *pod = chandra_object_pod(object);

    if (!*chandra_pod_node_name(pod) || is_finished(pod) ||
        (census->except &&
         strcmp(chandra_object_uid(object), chandra_object_uid(census->except)) == 0))
        return true;
    if (census->count == census->capacity) {
        const size_t capacity = census->capacity * 2 + 64;
        struct share *shares = chandra_realloc(census->shares, capacity * sizeof(*census->shares));
        if (!shares) {
            census->is_out_of_memory = true;
            return false;
        }
        census->shares = shares;
        census->capacity = capacity;
    }
    census->shares[census->count] = (struct share){0};
    census->is_out_of_memory = !loads_add(&census->loads, &census->shares[census->count],
                                          chandra_pod_node_name(pod), pod, false);
    census->count += !census->is_out_of_memory;
    return !census->is_out_of_memory;
}

enum chandra_status
census_take(struct census *census, struct chandra_engine *engine, const struct chandra_pod *except,
            struct chandra_error *err)
{
    census->except = except ? chandra_pod_object(except) : NULL;
    chandra_engine_each(engine, CHANDRA_KIND_POD, count_pod, census);
    return census->is_out_of_memory ? chandra_error_set(err, CHANDRA_ENOMEM, "out of memory")
                                    : CHANDRA_OK;
}

void
census_clear(struct census *census)
{
    for (size_t i = 0; i < census->count; i++)
        loads_remove(&census->loads, &census->shares[i]);
    loads_clear(&census->loads);
    chandra_free(census->shares);
    *census = (struct census){0};
}

static struct chandra_nodeset *
new_set(struct decision *decision, size_t slot)
{
    const uint32_t capacity = chandra_cycle_capacity(decision->cycle);

    decision->memory[slot] = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));
    return decision->memory[slot] ? chandra_nodeset_init(decision->memory[slot], capacity) : NULL;
}

static void
keep_fitting(const struct decision *decision, struct chandra_nodeset *fitting)
{
    const struct chandra_cycle *cycle = decision->cycle;
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(cycle);

    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct chandra_node *node = chandra_cycle_node(cycle, i);
        const char *name = chandra_object_name(chandra_node_object(node));
        const struct fit_query query = {.pod = chandra_cycle_pod(cycle),
                                        .node = node,
                                        .load = loads_of(&decision->census.loads, name)};
        if (fit_check(&query, NULL, NULL))
            chandra_nodeset_add(fitting, i);
    }
}

static bool
pass(struct decision *decision, enum chandra_point point)
{
    const enum chandra_code code = decision->answer.code;

    decision->point = point;
    return code == CHANDRA_CODE_SUCCESS || code == CHANDRA_CODE_SKIP;
}

/* No node is left: the answer says so, as the scheduler would. */
static void
refuse(struct decision *decision)
{
    decision->answer = (struct chandra_answer){.code = CHANDRA_CODE_UNSCHEDULABLE};
}

static enum chandra_status
filter(struct decision *decision, bool is_asked, const struct chandra_nodeset *refused,
       struct chandra_error *err)
{
    struct chandra_nodeset *fitting = new_set(decision, 0);
    struct chandra_nodeset *feasible = new_set(decision, 1);

    if (!fitting || !feasible)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    decision->feasible = feasible;
    keep_fitting(decision, fitting);
    if (is_asked)
        chandra_cycle_filter_all(decision->cycle, fitting, feasible, &decision->answer);
    else
        chandra_nodeset_assign(feasible, fitting);
    if (!pass(decision, CHANDRA_POINT_FILTER)) {
        chandra_nodeset_reset(feasible);
        return CHANDRA_OK;
    }
    decision->is_blamed = true;
    if (refused && chandra_nodeset_capacity(refused) == chandra_nodeset_capacity(feasible)) {
        decision->refused = refused;
        chandra_nodeset_minus(feasible, refused);
    }
    if (chandra_nodeset_is_empty(feasible))
        refuse(decision);
    return CHANDRA_OK;
}

static enum chandra_status
score(struct decision *decision, struct chandra_error *err)
{
    const uint32_t capacity = chandra_cycle_capacity(decision->cycle);

    if (chandra_nodeset_count(decision->feasible) < 2)
        return CHANDRA_OK;
    decision->scores = chandra_realloc(NULL, (capacity + 1) * sizeof(*decision->scores));
    if (!decision->scores)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(decision->scores, 0, (capacity + 1) * sizeof(*decision->scores));
    chandra_cycle_pre_score(decision->cycle, decision->feasible, &decision->answer);
    if (!pass(decision, CHANDRA_POINT_PRE_SCORE))
        return CHANDRA_OK;
    chandra_cycle_score(decision->cycle, decision->feasible, decision->scores, &decision->answer);
    if (pass(decision, CHANDRA_POINT_SCORE) && decision->answer.code == CHANDRA_CODE_SKIP) {
        chandra_free(decision->scores);
        decision->scores = NULL;
    }
    return CHANDRA_OK;
}

enum chandra_status
decision_make(struct chandra_engine *engine, const struct chandra_pod *pod,
              const struct chandra_nodeset *refused, struct decision *out,
              struct chandra_error *err)
{
    enum chandra_status st = chandra_cycle_new(engine, pod, &out->cycle, err);

    out->suggested = CHANDRA_NODESET_END;
    if (st == CHANDRA_OK)
        st = census_take(&out->census, engine, pod, err);
    if (st != CHANDRA_OK)
        return st;
    chandra_cycle_pre_filter(out->cycle, &out->answer);
    if (!pass(out, CHANDRA_POINT_PRE_FILTER))
        return CHANDRA_OK;
    st = filter(out, out->answer.code != CHANDRA_CODE_SKIP, refused, err);
    if (st != CHANDRA_OK || !pass(out, CHANDRA_POINT_FILTER))
        return st;
    st = score(out, err);
    if (st == CHANDRA_OK && pass(out, out->point))
        out->suggested = chandra_cycle_suggested(out->cycle, out->feasible);
    return st;
}

void
decision_clear(struct decision *decision)
{
    chandra_cycle_free(decision->cycle);
    census_clear(&decision->census);
    chandra_free(decision->scores);
    chandra_free(decision->memory[0]);
    chandra_free(decision->memory[1]);
    *decision = (struct decision){0};
}

struct blame
decision_blame(const struct decision *decision)
{
    return (struct blame){
        .cycle = decision->cycle, .loads = &decision->census.loads, .refused = decision->refused};
}
