/* kinds.c - the table of the kinds the server stores. */
#include "sim/kinds.h"

#include "base/text.h"

#include <stddef.h>

#define DRA_GROUP "resource.k8s.io"
/* The last three: is it namespaced, has it a status subresource, does a POST reset its status? */
#define CORE(id, name, plural, ...) [id] = {name, "", "v1", plural, plural, name, id, __VA_ARGS__}
#define DRA(id, name, plural, ...)                                                                 \
    [id] = {                                                                                       \
        name, DRA_GROUP,  DRA_GROUP "/v1alpha2", plural, plural "." DRA_GROUP, name "." DRA_GROUP, \
        id,   __VA_ARGS__}

static const struct ch_sim_kind kinds[CH_SIM_KIND_COUNT] = {
    CORE(CH_SIM_NODE, "Node", "nodes", false, true, false),
    CORE(CH_SIM_POD, "Pod", "pods", true, true, true),
    CORE(CH_SIM_NAMESPACE, "Namespace", "namespaces", false, true, false),
    DRA(CH_SIM_CLAIM, "ResourceClaim", "resourceclaims", true, true, true),
    DRA(CH_SIM_TEMPLATE, "ResourceClaimTemplate", "resourceclaimtemplates", true, false, false),
    DRA(CH_SIM_CLASS, "ResourceClass", "resourceclasses", false, false, false),
    DRA(CH_SIM_CONTEXT, "PodSchedulingContext", "podschedulingcontexts", true, true, true),
    DRA(CH_SIM_CLAIM_PARAMETERS, "ResourceClaimParameters", "resourceclaimparameters", true, false,
        false),
    DRA(CH_SIM_CLASS_PARAMETERS, "ResourceClassParameters", "resourceclassparameters", true, false,
        false),
    CORE(CH_SIM_CONFIG_MAP, "ConfigMap", "configmaps", true, false, false),
    [CH_SIM_EVENT] = {"Event", "events.k8s.io", "events.k8s.io/v1", "events",
                      "events.events.k8s.io", "Event.events.k8s.io", CH_SIM_EVENT, true, false,
                      false},
    CORE(CH_SIM_CORE_EVENT, "Event", "events", true, false, false),
    [CH_SIM_LEASE] = {"Lease", "coordination.k8s.io", "coordination.k8s.io/v1", "leases",
                      "leases.coordination.k8s.io", "Lease.coordination.k8s.io", CH_SIM_LEASE, true,
                      false, false},
};

const struct ch_sim_kind *
ch_sim_kind(enum ch_sim_kind_id id)
{
    return &kinds[id];
}

const struct ch_sim_kind *
ch_sim_kind_by_name(const char *api_version, const char *name)
{
    for (size_t i = 0; i < CH_SIM_KIND_COUNT; i++)
        if (ch_streq(kinds[i].name, name) && ch_streq(kinds[i].api_version, api_version))
            return &kinds[i];
    return NULL;
}

const struct ch_sim_kind *
ch_sim_kind_by_plural(const char *api_version, const char *plural)
{
    for (size_t i = 0; i < CH_SIM_KIND_COUNT; i++)
        if (ch_streq(kinds[i].plural, plural) && ch_streq(kinds[i].api_version, api_version))
            return &kinds[i];
    return NULL;
}

const struct ch_sim_kind *
ch_sim_kind_by_bare_name(const char *name)
{
    for (size_t i = 0; i < CH_SIM_KIND_COUNT; i++)
        if (ch_streq(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}
