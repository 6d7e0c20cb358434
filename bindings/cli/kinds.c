/* kinds.c - the kinds of the cluster in memory and the versions they are known in. */
#include "kinds.h"

#include <stddef.h>
#include <string.h>

static const char resource_group[] = "resource.k8s.io/";
static const char resource_version[] = "resource.k8s.io/v1alpha2";

static const struct known_kind {
    const char *api_version;
    const char *kind;
    bool is_namespaced;
} known[] = {
    {"v1", "Namespace", false},
    {"v1", "Node", false},
    {"v1", "Pod", true},
    {resource_version, "PodSchedulingContext", true},
    {resource_version, "ResourceClaim", true},
    {resource_version, "ResourceClaimTemplate", true},
    {resource_version, "ResourceClass", false},
};

static const struct known_kind *
find(const char *kind)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].kind, kind) == 0)
            return &known[i];
    return NULL;
}

enum kind_answer
kind_classify(const char *api_version, const char *kind, bool *out_is_namespaced,
              struct chandra_error *err)
{
    const struct known_kind *found = find(kind);

    if (strncmp(api_version, resource_group, sizeof(resource_group) - 1) == 0 &&
        strcmp(api_version, resource_version) != 0) {
        chandra_error_set(err, CHANDRA_EUNSUPPORTED,
                          "%s is %s, but this chandra speaks %s only (classic DRA)", kind,
                          api_version, resource_version);
        return KIND_REFUSED;
    }
    if (!found)
        return KIND_SKIPPED;
    if (strcmp(found->api_version, api_version) != 0) {
        chandra_error_set(err, CHANDRA_EUNSUPPORTED, "unknown apiVersion \"%s\" of %s, want \"%s\"",
                          api_version, kind, found->api_version);
        return KIND_REFUSED;
    }
    *out_is_namespaced = found->is_namespaced;
    return KIND_LOADED;
}
