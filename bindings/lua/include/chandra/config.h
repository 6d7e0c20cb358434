/* config.h - one file that says which policies decide for which pods.
 *
 * A configuration is an API object, ChandraConfiguration of chandra.config/v1alpha1, in YAML or
 * JSON. Its rules are tried in order; the first that matches a pod by queue, namespace, class of a
 * claim or labels names the chain that decides for it, and `default` the one for all others. It is
 * read strictly: an unknown field is an error. policies/README.md describes it for people.
 *
 * To reload, read and load the new configuration and give its policy to the engine when both have
 * succeeded: attempts that have begun end with the chain they began with, and a configuration that
 * fails changes nothing.
 */
#ifndef CHANDRA_CONFIG_H
#define CHANDRA_CONFIG_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/lua.h>
#include <chandra/policy.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_config; /* checked, complete, immutable */

/** Read and check a configuration; what it does not say is filled in. `name` is the file's name in
 * errors ("NAME:LINE:COLUMN: FIELD: ..."). Ownership: caller frees *out_config. Errors: EPARSE,
 * EINVAL, ELIMIT, ENOMEM. Threads: any. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_config_parse(const char *text, size_t len, const char *name,
                     struct chandra_config **out_config, struct chandra_error *err);

/** Free; NULL is fine. Policies that were loaded from it live on. */
CHANDRA_API void chandra_config_free(struct chandra_config *config);

/** The whole object with every default. Ownership: borrowed. */
CHANDRA_API const struct chandra_value *chandra_config_value(const struct chandra_config *config);

/** The files of policies that it names, each once, as it spells them; NULL beyond the end.
 * Ownership: borrowed. */
CHANDRA_API const char *chandra_config_file_at(const struct chandra_config *config, size_t index);

/** Load every chain. `files` are the texts of the files that the configuration names, found by
 * `name`. Of `options`, which may be NULL, the logger and max_vms are taken, and a timeout_ms that
 * is not 0 replaces that of every chain. The policy chooses a chain for each pod at the end of
 * PreFilter: by chandra_cycle_set_queue(), or without it by the pod's label or annotation
 * `queueKey`. Ownership: caller unrefs. Errors: ENOTFOUND (no such file), and those of
 * chandra_lua_policy_load(). Threads: any. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_config_load(const struct chandra_config *config, const struct chandra_lua_source *files,
                    size_t count, const struct chandra_lua_options *options,
                    struct chandra_policy **out_policy, struct chandra_error *err);

/** Read a configuration and its policies, whose paths begin at its folder, and load them. Errors:
 * also EIO. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_config_load_file(const char *path, const struct chandra_lua_options *options,
                         struct chandra_policy **out_policy, struct chandra_error *err);

/** The JSON Schema (2020-12) of configurations, for editors. Ownership: caller frees *out_text with
 * chandra_free(). Errors: ENOMEM. Threads: any. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status chandra_config_schema(char **out_text,
                                                                         struct chandra_error *err);

#ifdef __cplusplus
}
#endif
#endif
