/* kinds.h - the kinds the server stores and how each is spelled and behaves. */
#ifndef CH_SIM_KINDS_H
#define CH_SIM_KINDS_H

#include <stdbool.h>

enum ch_sim_kind_id {
    CH_SIM_NODE,
    CH_SIM_POD,
    CH_SIM_NAMESPACE,
    CH_SIM_CLAIM,
    CH_SIM_TEMPLATE,
    CH_SIM_CLASS,
    CH_SIM_CONTEXT,
    CH_SIM_CLAIM_PARAMETERS,
    CH_SIM_CLASS_PARAMETERS,
    CH_SIM_CONFIG_MAP,
    CH_SIM_EVENT,
    CH_SIM_CORE_EVENT,
    CH_SIM_LEASE,
    CH_SIM_KIND_COUNT,
};

struct ch_sim_kind {
    const char *name;        /* "ResourceClaim" */
    const char *group;       /* "" for the core group */
    const char *api_version; /* "GROUP/VERSION", or "v1" */
    const char *plural;      /* "resourceclaims" */
    const char *resource;    /* plural with group, as in "not found" messages */
    const char *qualified;   /* name with group, as in "is invalid" messages */
    enum ch_sim_kind_id id;
    bool is_namespaced;
    bool has_status;    /* as a subresource */
    bool resets_status; /* a POST cannot set the status */
};

const struct ch_sim_kind *ch_sim_kind(enum ch_sim_kind_id id);
/* NULL when there is none. */
const struct ch_sim_kind *ch_sim_kind_by_name(const char *api_version, const char *name);
const struct ch_sim_kind *ch_sim_kind_by_plural(const char *api_version, const char *plural);
/* Of any group; for stages, which name only the kind. */
const struct ch_sim_kind *ch_sim_kind_by_bare_name(const char *name);

#endif
