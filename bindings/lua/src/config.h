/* config.h - a configuration from the inside. */
#ifndef CH_LUA_CONFIG_H
#define CH_LUA_CONFIG_H

#include <chandra/config.h>

struct chandra_config {
    struct chandra_doc *doc; /* its only root is the complete object */
    char *name;
};

/* Without a document yet; NULL when out of memory. */
struct chandra_config *ch_config_new(const char *name);

/* choice.c */

/* A chain of a configuration, as a policy: `inner` with a failure policy of its own. */
struct chandra_policy *ch_chain_new(struct chandra_policy *inner, bool ignores_failures);
/* A policy that chooses: chain i for rule i, the last for all other pods. The root is copied, the
 * chains are referenced. NULL when out of memory. */
struct chandra_policy *ch_choice_new(const struct chandra_value *root,
                                     struct chandra_policy *const *chains, size_t total);

#endif
