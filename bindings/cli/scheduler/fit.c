/* fit.c - the node rules of the scheduler, in kube-scheduler's order: the first that fails decides.
 */
#include "scheduler/fit.h"

#include "scheduler/change.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { REASON_SIZE = 640 };

static void
tell_taint(const char *key, const char *value, fit_reason_fn tell, void *user)
{
    char reason[REASON_SIZE];

    if (!tell)
        return;
    snprintf(reason, sizeof(reason), "node(s) had untolerated taint {%s: %s}", key, value);
    tell(user, reason);
}

static bool
is_schedulable(const struct fit_query *query, fit_reason_fn tell, void *user)
{
    if (!chandra_node_is_unschedulable(query->node) ||
        chandra_pod_tolerates(query->pod, "node.kubernetes.io/unschedulable", "", "NoSchedule"))
        return true;
    if (tell)
        tell(user, "node(s) were unschedulable");
    return false;
}

static bool
tolerates_taints(const struct fit_query *query, fit_reason_fn tell, void *user)
{
    const char *key, *value, *effect;

    for (size_t i = 0; chandra_node_taint_at(query->node, i, &key, &value, &effect); i++) {
        if (strcmp(effect, "NoSchedule") != 0 && strcmp(effect, "NoExecute") != 0)
            continue;
        if (chandra_pod_tolerates(query->pod, key, value, effect))
            continue;
        tell_taint(key, value, tell, user);
        return false;
    }
    return true;
}

static bool
tolerates_state(const struct fit_query *query, fit_reason_fn tell, void *user)
{
    const char *ready = chandra_node_ready(query->node);
    const char *taint = "node.kubernetes.io/not-ready";

    if (!*ready || strcmp(ready, "True") == 0)
        return true;
    if (strcmp(ready, "Unknown") == 0)
        taint = "node.kubernetes.io/unreachable";
    if (chandra_pod_tolerates(query->pod, taint, "", "NoSchedule"))
        return true;
    tell_taint(taint, "", tell, user);
    return false;
}

static bool
is_selected(const struct fit_query *query, fit_reason_fn tell, void *user)
{
    if (chandra_pod_selects_node(query->pod, query->node))
        return true;
    if (tell)
        tell(user, "node(s) didn't match Pod's node affinity/selector");
    return false;
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
has_slot(const struct fit_query *query)
{
    const struct node_load *load = query->load;
    int64_t pods = 0;

    if (load)
        pods = query->with_promised ? load->pods : load->pods - load->promised_pods;
    return pods < allocatable(query->node, "pods", INT64_MAX);
}

static bool
has_room(const struct fit_query *query, const char *resource, int64_t amount)
{
    const int64_t taken = load_taken(query->load, resource, query->with_promised);

    return amount <= 0 || amount <= allocatable(query->node, resource, 0) - taken;
}

static bool
has_resources(const struct fit_query *query, fit_reason_fn tell, void *user)
{
    char reason[REASON_SIZE];
    const char *resource;
    int64_t amount;
    bool is_ok = true;

    if (chandra_node_allocatable_count(query->node) == 0)
        return true;
    if (!has_slot(query)) {
        is_ok = false;
        if (tell)
            tell(user, "Too many pods");
    }
    for (size_t i = 0; chandra_pod_request_at(query->pod, i, &resource, &amount); i++) {
        if (has_room(query, resource, amount))
            continue;
        is_ok = false;
        snprintf(reason, sizeof(reason), "Insufficient %s", resource);
        if (tell)
            tell(user, reason);
    }
    return is_ok;
}

bool
fit_check(const struct fit_query *query, fit_reason_fn tell, void *user)
{
    return is_schedulable(query, tell, user) && tolerates_taints(query, tell, user) &&
           tolerates_state(query, tell, user) && is_selected(query, tell, user) &&
           has_resources(query, tell, user);
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
