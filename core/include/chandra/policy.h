/* policy.h - a policy as hosts see it: something counted that an engine can be given.
 *
 * Policies come from a runtime such as the Lua host (chandra/lua.h); what a runtime must offer is
 * in sys/policy.h. An engine without a policy decides by the hard rules alone, like the real
 * plugin.
 */
#ifndef CHANDRA_POLICY_H
#define CHANDRA_POLICY_H

#include <chandra/export.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_policy;

/** Identity of one member of a policy's chain; every decision carries it. */
struct chandra_policy_info {
    const char *name;
    const char *version;
    const char *sha256; /* 64 hexadecimal digits over the source text */
    const char *source; /* file name, or "builtin" */
    int api;            /* script API the policy was written for */
};

/** Take a reference; NULL is fine. Threads: any. */
CHANDRA_API struct chandra_policy *chandra_policy_ref(struct chandra_policy *policy);
/** Drop a reference; the last one frees the policy; NULL is fine. Threads: any. */
CHANDRA_API void chandra_policy_unref(struct chandra_policy *policy);
/** Number of members of the chain. */
CHANDRA_API size_t chandra_policy_count(const struct chandra_policy *policy);
/** Member `index` of the chain, or NULL. Ownership: borrowed from the policy. */
CHANDRA_API const struct chandra_policy_info *
chandra_policy_info_at(const struct chandra_policy *policy, size_t index);

#ifdef __cplusplus
}
#endif
#endif
