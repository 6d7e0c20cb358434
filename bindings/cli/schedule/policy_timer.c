/* policy_timer.c - hands each hook on, between two looks at the clock. */
#include "schedule/policy_timer.h"

#include "schedule/metrics.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

struct policy_timer {
    struct chandra_policy base;
    struct chandra_policy *inner;
    struct metrics *metrics;
    char name[128]; /* of the chain: its members, joined by + */
    size_t chain_count;
    struct chandra_policy **chains; /* of a set: a timer for each of its chains */
};

static const struct policy_timer *
timer_of(const struct chandra_policy *policy)
{
    return (const struct policy_timer *)policy;
}

static struct timespec
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

/* A hook that nobody has took no time worth noting. */
static enum chandra_status
note(const struct policy_timer *timer, const char *hook, const struct timespec *start,
     enum chandra_status st)
{
    const struct timespec end = now();
    char labels[METRIC_LABELS_SIZE];

    if (st == CHANDRA_ENOTFOUND)
        return st;
    metrics_observe(timer->metrics, METRIC_POLICY_SECONDS,
                    metrics_labels(labels, "policy", timer->name, "hook", hook, "status",
                                   st == CHANDRA_OK ? "ok" : "error", NULL),
                    (double)(end.tv_sec - start->tv_sec) +
                        (double)(end.tv_nsec - start->tv_nsec) / 1e9);
    if (st != CHANDRA_OK)
        metrics_add(timer->metrics, METRIC_POLICY_ERRORS,
                    metrics_labels(labels, "policy", timer->name, "hook", hook, "reason",
                                   chandra_status_name(st), NULL),
                    1);
    return st;
}

static void
free_timer(struct chandra_policy *policy)
{
    struct policy_timer *timer = (struct policy_timer *)policy;

    for (size_t i = 0; i < timer->chain_count; i++)
        chandra_policy_unref(timer->chains[i]);
    chandra_free(timer->chains);
    chandra_policy_unref(timer->inner);
    chandra_free(timer);
}

static size_t
count(const struct chandra_policy *policy)
{
    return chandra_policy_count(timer_of(policy)->inner);
}

static const struct chandra_policy_info *
info_at(const struct chandra_policy *policy, size_t index)
{
    return chandra_policy_info_at(timer_of(policy)->inner, index);
}

static enum chandra_status
match(struct chandra_policy *policy, struct chandra_cycle *cycle, size_t index,
      struct chandra_nodeset *nodes, struct chandra_error *err)
{
    struct chandra_policy *inner = timer_of(policy)->inner;
    const struct timespec start = now();

    return note(timer_of(policy), "match", &start,
                inner->ops->match(inner, cycle, index, nodes, err));
}

static enum chandra_status
score(struct chandra_policy *policy, struct chandra_cycle *cycle,
      const struct chandra_nodeset *nodes, int64_t *scores, struct chandra_error *err)
{
    struct chandra_policy *inner = timer_of(policy)->inner;
    const struct timespec start = now();

    return note(timer_of(policy), "score", &start,
                inner->ops->score(inner, cycle, nodes, scores, err));
}

static enum chandra_status
suggest(struct chandra_policy *policy, struct chandra_cycle *cycle, struct chandra_nodeset *nodes,
        uint32_t *out_selected, struct chandra_error *err)
{
    struct chandra_policy *inner = timer_of(policy)->inner;
    const struct timespec start = now();

    return note(timer_of(policy), "suggest", &start,
                inner->ops->suggest(inner, cycle, nodes, out_selected, err));
}

static enum chandra_status
release(struct chandra_policy *policy, struct chandra_cycle *cycle, const size_t *claims,
        size_t claim_count, size_t *out_choice, struct chandra_error *err)
{
    struct chandra_policy *inner = timer_of(policy)->inner;
    const struct timespec start = now();

    return note(timer_of(policy), "release", &start,
                inner->ops->release(inner, cycle, claims, claim_count, out_choice, err));
}

static enum chandra_failure_policy
failure_policy(const struct chandra_policy *policy)
{
    const struct chandra_policy *inner = timer_of(policy)->inner;

    return inner->ops->failure_policy(inner);
}

static size_t
choose(struct chandra_policy *policy, const struct chandra_cycle *cycle)
{
    struct chandra_policy *inner = timer_of(policy)->inner;

    return inner->ops->choose(inner, cycle);
}

static struct chandra_policy *
chain_at(const struct chandra_policy *policy, size_t index)
{
    const struct policy_timer *timer = timer_of(policy);

    return index < timer->chain_count ? timer->chains[index] : NULL;
}

static const struct chandra_policy_ops ops = {
    .size = sizeof(ops),
    .free = free_timer,
    .count = count,
    .info_at = info_at,
    .match = match,
    .score = score,
    .suggest = suggest,
    .release = release,
};

static void
name_chain(struct policy_timer *timer)
{
    const struct chandra_policy_info *info;
    size_t len = 0;

    for (size_t i = 0; (info = chandra_policy_info_at(timer->inner, i)); i++)
        if (len < sizeof(timer->name))
            len += (size_t)snprintf(timer->name + len, sizeof(timer->name) - len, "%s%s",
                                    i > 0 ? "+" : "", info->name);
}

/* With a failure policy of its own, and a set of chains: as the policy within. */
static const struct chandra_policy_ops own_failure_ops = {
    .size = sizeof(own_failure_ops),
    .free = free_timer,
    .count = count,
    .info_at = info_at,
    .match = match,
    .score = score,
    .suggest = suggest,
    .release = release,
    .failure_policy = failure_policy,
};

static const struct chandra_policy_ops set_ops = {
    .size = sizeof(set_ops),
    .free = free_timer,
    .count = count,
    .info_at = info_at,
    .choose = choose,
    .chain_at = chain_at,
};

static const struct chandra_policy_ops *
ops_for(const struct chandra_policy *policy)
{
    if (policy->ops->choose)
        return &set_ops;
    return policy->ops->failure_policy ? &own_failure_ops : &ops;
}

static bool
time_chains(struct policy_timer *timer)
{
    struct chandra_policy *inner = timer->inner;
    size_t count_all = 0;

    while (inner->ops->chain_at(inner, count_all))
        count_all++;
    timer->chains = chandra_realloc(NULL, count_all * sizeof(struct chandra_policy *));
    for (; timer->chains && timer->chain_count < count_all; timer->chain_count++) {
        struct chandra_policy *chain = inner->ops->chain_at(inner, timer->chain_count);

        timer->chains[timer->chain_count] = policy_timer_new(chain, timer->metrics);
        if (!timer->chains[timer->chain_count])
            return false;
    }
    return timer->chains != NULL;
}

struct chandra_policy *
policy_timer_new(struct chandra_policy *policy, struct metrics *metrics)
{
    struct policy_timer *timer = chandra_realloc(NULL, sizeof(*timer));

    if (!timer)
        return NULL;
    *timer = (struct policy_timer){
        .base = {.ops = ops_for(policy)}, .inner = chandra_policy_ref(policy), .metrics = metrics};
    atomic_init(&timer->base.refs, 1);
    if (policy->ops->choose && !time_chains(timer)) {
        free_timer(&timer->base);
        return NULL;
    }
    name_chain(timer);
    return &timer->base;
}
