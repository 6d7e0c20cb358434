/* fit.c - the node rules of the scheduler, in kube-scheduler's order: the first that fails decides.
 */
#include "scheduler/fit.h"

#include "scheduler/change.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Tell of a failure, and false, so that a rule can end with it. */
static bool
fail(const struct fit_failure *failure, fit_failure_fn tell, void *user)
{
    if (tell)
        tell(user, failure);
    return false;
}

static bool
is_schedulable(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    static const struct fit_failure failure = {.rule = FIT_SCHEDULABLE};

    if (!chandra_node_is_unschedulable(query->node) ||
        chandra_pod_tolerates(query->pod, "node.kubernetes.io/unschedulable", "", "NoSchedule"))
        return true;
    return fail(&failure, tell, user);
}

static bool
tolerates_taints(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    struct fit_failure failure = {.rule = FIT_TAINTS};

    for (size_t i = 0;
         chandra_node_taint_at(query->node, i, &failure.key, &failure.value, &failure.effect);
         i++) {
        if (strcmp(failure.effect, "NoSchedule") != 0 && strcmp(failure.effect, "NoExecute") != 0)
            continue;
        if (!chandra_pod_tolerates(query->pod, failure.key, failure.value, failure.effect))
            return fail(&failure, tell, user);
    }
    return true;
}

static bool
tolerates_state(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    struct fit_failure failure = {.rule = FIT_READY,
                                  .key = "node.kubernetes.io/not-ready",
                                  .value = "",
                                  .effect = "NoSchedule"};
    const char *ready = chandra_node_ready(query->node);

    if (!*ready || strcmp(ready, "True") == 0)
        return true;
    if (strcmp(ready, "Unknown") == 0)
        failure.key = "node.kubernetes.io/unreachable";
    if (chandra_pod_tolerates(query->pod, failure.key, failure.value, failure.effect))
        return true;
    return fail(&failure, tell, user);
}

static bool
is_selected(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    static const struct fit_failure failure = {.rule = FIT_SELECTOR};

    if (chandra_pod_selects_node(query->pod, query->node))
        return true;
    return fail(&failure, tell, user);
}

static int64_t
allocatable(const struct chandra_node *node, const char *wanted, int64_t fallback)
{
    const char *resource;
    int64_t amount;

    for (size_t i = 0; chandra_node_allocatable_at(node, i, &resource, &amount); i++)
        if (strcmp(resource, wanted) == 0)
            return amount;
    return fallback;
}

static bool
has_slot(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    const struct node_load *load = query->load;
    struct fit_failure failure = {.rule = FIT_PODS, .key = "pods", .wanted = 1};

    if (load)
        failure.taken = query->with_promised ? load->pods : load->pods - load->promised_pods;
    failure.allocatable = allocatable(query->node, "pods", INT64_MAX);
    return failure.taken < failure.allocatable || fail(&failure, tell, user);
}

static bool
has_room(const struct fit_query *query, size_t request, fit_failure_fn tell, void *user)
{
    struct fit_failure failure = {.rule = FIT_RESOURCE};

    if (!chandra_pod_request_at(query->pod, request, &failure.key, &failure.wanted) ||
        failure.wanted <= 0)
        return true;
    failure.taken = load_taken(query->load, failure.key, query->with_promised);
    failure.allocatable = allocatable(query->node, failure.key, 0);
    return failure.wanted <= failure.allocatable - failure.taken || fail(&failure, tell, user);
}

static bool
has_resources(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    const size_t count = chandra_pod_request_count(query->pod);
    bool is_ok;

    if (chandra_node_allocatable_count(query->node) == 0)
        return true;
    is_ok = has_slot(query, tell, user);
    for (size_t i = 0; i < count; i++)
        is_ok = has_room(query, i, tell, user) && is_ok;
    return is_ok;
}

/* In kube-scheduler's order. */
typedef bool (*rule_fn)(const struct fit_query *query, fit_failure_fn tell, void *user);
static const rule_fn rules[] = {is_schedulable, tolerates_taints, tolerates_state, is_selected,
                                has_resources};
enum { RULE_COUNT = sizeof(rules) / sizeof(rules[0]) };

bool
fit_check(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (!rules[i](query, tell, user))
            return false;
    return true;
}

void
fit_each_failure(const struct fit_query *query, fit_failure_fn tell, void *user)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        (void)rules[i](query, tell, user);
}

void
fit_failure_text(const struct fit_failure *failure, char *text, size_t size)
{
    switch (failure->rule) {
    case FIT_SCHEDULABLE:
        snprintf(text, size, "node(s) were unschedulable");
        break;
    case FIT_TAINTS:
    case FIT_READY:
        snprintf(text, size, "node(s) had untolerated taint {%s: %s}", failure->key,
                 failure->value);
        break;
    case FIT_SELECTOR:
        snprintf(text, size, "node(s) didn't match Pod's node affinity/selector");
        break;
    case FIT_PODS:
        snprintf(text, size, "Too many pods");
        break;
    case FIT_RESOURCE:
        snprintf(text, size, "Insufficient %s", failure->key);
        break;
    }
}

static bool
same_taints(const struct chandra_node *a, const struct chandra_node *b)
{
    const size_t count = chandra_node_taint_count(a);
    bool is_same = count == chandra_node_taint_count(b);
    const char *a_key, *a_value, *a_effect, *b_key, *b_value, *b_effect;

    for (size_t i = 0; is_same && i < count; i++)
        is_same = chandra_node_taint_at(a, i, &a_key, &a_value, &a_effect) &&
                  chandra_node_taint_at(b, i, &b_key, &b_value, &b_effect) &&
                  strcmp(a_key, b_key) == 0 && strcmp(a_value, b_value) == 0 &&
                  strcmp(a_effect, b_effect) == 0;
    return is_same;
}

static bool
same_allocatable(const struct chandra_node *a, const struct chandra_node *b)
{
    const size_t count = chandra_node_allocatable_count(a);
    bool is_same = count == chandra_node_allocatable_count(b);
    const char *a_resource, *b_resource;
    int64_t a_amount, b_amount;

    for (size_t i = 0; is_same && i < count; i++)
        is_same = chandra_node_allocatable_at(a, i, &a_resource, &a_amount) &&
                  chandra_node_allocatable_at(b, i, &b_resource, &b_amount) &&
                  a_amount == b_amount && strcmp(a_resource, b_resource) == 0;
    return is_same;
}

bool
fit_may_improve(const struct chandra_node *before, const struct chandra_node *now)
{
    if (!before)
        return true;
    return chandra_node_is_unschedulable(before) != chandra_node_is_unschedulable(now) ||
           strcmp(chandra_node_ready(before), chandra_node_ready(now)) != 0 ||
           !same_taints(before, now) || !same_allocatable(before, now) ||
           !change_same_labels(chandra_node_object(before), chandra_node_object(now));
}
