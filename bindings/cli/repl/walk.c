/* walk.c - an attempt as a state machine: each point says which one comes next. */
#include "repl/walk.h"

#include "scheduler/binding.h"
#include "scheduler/fit.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdio.h>
#include <string.h>

static bool
is_refused(enum chandra_code code)
{
    return code == CHANDRA_CODE_UNSCHEDULABLE || code == CHANDRA_CODE_UNRESOLVABLE;
}

static bool
is_good(enum chandra_code code)
{
    return code == CHANDRA_CODE_SUCCESS || code == CHANDRA_CODE_SKIP;
}

static const struct chandra_pod *
pod_of(const struct walk *walk)
{
    return chandra_object_pod(walk->pod);
}

const char *
walk_node_name(const struct walk *walk, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(walk->cycle, index)));
}

const struct chandra_nodeset *
walk_nodes(const struct walk *walk)
{
    return walk->done >= WALK_FILTER && walk->feasible ? walk->feasible
                                                       : chandra_cycle_nodes(walk->cycle);
}

const char *
walk_point_name(enum walk_point point)
{
    static const char *const names[] = {
        [WALK_IDLE] = "none",           [WALK_PRE_FILTER] = "PreFilter",
        [WALK_FILTER] = "Filter",       [WALK_POST_FILTER] = "PostFilter",
        [WALK_PRE_SCORE] = "PreScore",  [WALK_SCORE] = "Score",
        [WALK_RESERVE] = "Reserve",     [WALK_PRE_BIND] = "PreBind",
        [WALK_BIND] = "Bind",           [WALK_POST_BIND] = "PostBind",
        [WALK_UNRESERVE] = "Unreserve", [WALK_OVER] = "the end",
    };

    return names[point];
}

void
walk_clear(struct walk *walk)
{
    chandra_cycle_free(walk->cycle);
    chandra_object_unref(walk->pod);
    chandra_free(walk->fitting);
    chandra_free(walk->feasible);
    chandra_free(walk->scores);
    *walk = (struct walk){0};
}

static struct chandra_nodeset *
new_set(uint32_t capacity)
{
    void *memory = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));

    return memory ? chandra_nodeset_init(memory, capacity) : NULL;
}

static bool
prepare(struct walk *walk)
{
    const uint32_t capacity = chandra_cycle_capacity(walk->cycle);
    const size_t size = (capacity + 1) * sizeof(int64_t);

    walk->fitting = new_set(capacity);
    walk->feasible = new_set(capacity);
    walk->scores = chandra_realloc(NULL, size);
    if (!walk->fitting || !walk->feasible || !walk->scores)
        return false;
    memset(walk->scores, 0, size);
    return true;
}

static void
pre_filter(struct walk *walk)
{
    chandra_cycle_pre_filter(walk->cycle, &walk->answer);
    walk->is_asked = walk->answer.code != CHANDRA_CODE_SKIP;
    walk->done = WALK_PRE_FILTER;
    if (is_good(walk->answer.code))
        walk->next = WALK_FILTER;
    else
        walk->next = is_refused(walk->answer.code) ? WALK_POST_FILTER : WALK_OVER;
}

enum chandra_status
walk_begin(struct walk *walk, struct chandra_engine *engine, struct chandra_transport *transport,
           const struct loads *loads, struct chandra_object *pod, struct chandra_error *err)
{
    enum chandra_status st;

    walk_clear(walk);
    walk->engine = engine;
    walk->transport = transport;
    walk->loads = loads;
    walk->node = CHANDRA_NODESET_END;
    walk->pod = chandra_object_ref(pod);
    st = chandra_cycle_new(engine, pod_of(walk), &walk->cycle, err);
    if (st == CHANDRA_OK) {
        pre_filter(walk);
        if (!prepare(walk))
            st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    if (st != CHANDRA_OK)
        walk_clear(walk);
    return st;
}

static void
keep_fitting(struct walk *walk, bool with_promised)
{
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(walk->cycle);

    chandra_nodeset_reset(walk->fitting);
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct fit_query query = {.pod = pod_of(walk),
                                        .node = chandra_cycle_node(walk->cycle, i),
                                        .load = loads_of(walk->loads, walk_node_name(walk, i)),
                                        .with_promised = with_promised};
        if (fit_check(&query, NULL, NULL))
            chandra_nodeset_add(walk->fitting, i);
    }
}

static void
filter_claims(struct walk *walk)
{
    walk->answer = (struct chandra_answer){.code = CHANDRA_CODE_SUCCESS};
    chandra_nodeset_assign(walk->feasible, walk->fitting);
    if (!walk->is_asked)
        return;
    chandra_cycle_filter_all(walk->cycle, walk->fitting, walk->feasible, &walk->answer);
    if (walk->answer.code != CHANDRA_CODE_SUCCESS)
        chandra_nodeset_reset(walk->feasible);
}

static void
filter(struct walk *walk)
{
    struct chandra_answer *answer = &walk->answer;
    uint32_t count;

    keep_fitting(walk, true);
    filter_claims(walk);
    count = chandra_nodeset_count(walk->fitting);
    if (answer->code == CHANDRA_CODE_SUCCESS && chandra_nodeset_is_empty(walk->feasible)) {
        keep_fitting(walk, false);
        if (chandra_nodeset_count(walk->fitting) > count)
            filter_claims(walk);
    }
    count = chandra_nodeset_count(walk->feasible);
    if (answer->code != CHANDRA_CODE_SUCCESS) {
        walk->next = WALK_OVER;
    } else if (count == 0) {
        answer->code = CHANDRA_CODE_UNSCHEDULABLE;
        snprintf(answer->reason, sizeof(answer->reason), "0/%u nodes are available",
                 chandra_nodeset_count(chandra_cycle_nodes(walk->cycle)));
        walk->next = WALK_POST_FILTER;
    } else {
        walk->next = count > 1 ? WALK_PRE_SCORE : WALK_RESERVE;
    }
}

static void
score(struct walk *walk)
{
    chandra_cycle_score(walk->cycle, walk->feasible, walk->scores, &walk->answer);
    walk->has_scores = walk->answer.code == CHANDRA_CODE_SUCCESS;
    walk->next = is_good(walk->answer.code) ? WALK_RESERVE : WALK_OVER;
}

/* What a node is picked by where the policy names none. */
struct candidate {
    uint32_t index;
    bool is_selected; /* the drivers work on it already */
    int64_t score;
    uint32_t load;
    uint32_t rank;
};

static struct candidate
candidate_at(const struct walk *walk, uint32_t index)
{
    const struct chandra_context *context = chandra_cycle_context(walk->cycle);
    const char *name = walk_node_name(walk, index);
    const struct node_load *load = loads_of(walk->loads, name);

    return (struct candidate){
        .index = index,
        .is_selected = context && strcmp(chandra_context_selected_node(context), name) == 0,
        .score = walk->has_scores ? walk->scores[index] : 0,
        .load = load ? load->pods : 0,
        .rank = chandra_cycle_node_rank(walk->cycle, index),
    };
}

static bool
is_better(const struct candidate *a, const struct candidate *b)
{
    if (a->is_selected != b->is_selected)
        return a->is_selected;
    if (a->score != b->score)
        return a->score > b->score;
    if (a->load != b->load)
        return a->load < b->load;
    return a->rank < b->rank;
}

void
walk_pick(struct walk *walk)
{
    const struct chandra_nodeset *nodes = walk->feasible;
    struct candidate best;

    walk->node = chandra_cycle_suggested(walk->cycle, nodes);
    walk->is_suggested = walk->node != CHANDRA_NODESET_END;
    if (walk->is_suggested)
        return;
    best = candidate_at(walk, chandra_nodeset_next(nodes, 0));
    for (uint32_t i = best.index; i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct candidate other = candidate_at(walk, i);
        if (is_better(&other, &best))
            best = other;
    }
    walk->node = best.index;
}

static void
reserve(struct walk *walk)
{
    walk_pick(walk);
    chandra_cycle_reserve(walk->cycle, walk_node_name(walk, walk->node), &walk->answer);
    walk->next = walk->answer.code == CHANDRA_CODE_SUCCESS ? WALK_PRE_BIND : WALK_UNRESERVE;
}

static void
pre_bind(struct walk *walk)
{
    chandra_cycle_pre_bind(walk->cycle, walk_node_name(walk, walk->node), &walk->answer);
    walk->next = walk->answer.code == CHANDRA_CODE_SUCCESS ? WALK_BIND : WALK_UNRESERVE;
}

static void
bind_pod(struct walk *walk)
{
    struct chandra_error err;
    const enum chandra_status st =
        binding_post(walk->transport, pod_of(walk), walk_node_name(walk, walk->node), &err);

    walk->answer = (struct chandra_answer){.code = CHANDRA_CODE_SUCCESS};
    walk->next = WALK_POST_BIND;
    walk->is_bound = st == CHANDRA_OK;
    if (st == CHANDRA_OK)
        return;
    walk->answer.code = CHANDRA_CODE_ERROR;
    walk->answer.status = st;
    snprintf(walk->answer.reason, sizeof(walk->answer.reason), "%.1000s", err.message);
    walk->next = WALK_UNRESERVE;
}

void
walk_step(struct walk *walk)
{
    const enum walk_point point = walk->next;

    walk->next = WALK_OVER;
    switch (point) {
    case WALK_FILTER:
        filter(walk);
        break;
    case WALK_POST_FILTER:
        chandra_cycle_post_filter(walk->cycle, &walk->answer);
        break;
    case WALK_PRE_SCORE:
        chandra_cycle_pre_score(walk->cycle, walk->feasible, &walk->answer);
        walk->next = is_good(walk->answer.code) ? WALK_SCORE : WALK_OVER;
        break;
    case WALK_SCORE:
        score(walk);
        break;
    case WALK_RESERVE:
        reserve(walk);
        break;
    case WALK_PRE_BIND:
        pre_bind(walk);
        break;
    case WALK_BIND:
        bind_pod(walk);
        break;
    case WALK_POST_BIND:
        chandra_cycle_post_bind(walk->cycle, walk_node_name(walk, walk->node));
        walk->answer = (struct chandra_answer){.code = CHANDRA_CODE_SUCCESS};
        break;
    case WALK_UNRESERVE:
        chandra_cycle_unreserve(walk->cycle, walk_node_name(walk, walk->node));
        walk->answer = (struct chandra_answer){.code = CHANDRA_CODE_SUCCESS};
        break;
    default:
        return;
    }
    walk->done = point;
}
