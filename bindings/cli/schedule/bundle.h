/* bundle.h - the texts that policies are made of, as they were at one moment: from files, or from a
 * ConfigMap. */
#ifndef CHANDRA_CLI_BUNDLE_H
#define CHANDRA_CLI_BUNDLE_H

#include "cli.h"

#include <chandra/error.h>
#include <chandra/lua.h>
#include <stdbool.h>

/* Key of a ConfigMap under which a configuration lies. */
#define BUNDLE_CONFIG_KEY "config.yaml"

struct bundle_file {
    char *name;
    char *text;
    size_t len;
};

/* Zeroed memory is an empty bundle. */
struct bundle {
    struct bundle_file *files; /* the members of a chain, in order; or a configuration, then the
                                  files that it names, or some more */
    size_t count;
    bool has_config;
};

/* Each of these fills an empty bundle; on failure it stays empty. */

/* Files, and the policies of folders. Errors: EIO, ENOTFOUND, ENOMEM. */
enum chandra_status bundle_read_paths(struct bundle *bundle, const struct cli_list *arguments,
                                      struct chandra_error *err);
/* A configuration and the files that it names; of one that is wrong, only itself. Errors: EIO,
 * ENOMEM. */
enum chandra_status bundle_read_config(struct bundle *bundle, const char *path,
                                       struct chandra_error *err);
/* The keys of a ConfigMap's data, sorted: policies NAME.lua, and config.yaml. Errors: EINVAL (it
 * holds anything else, or no policy), ENOMEM. */
enum chandra_status bundle_read_map(struct bundle *bundle, const struct chandra_value *map,
                                    struct chandra_error *err);
void bundle_clear(struct bundle *bundle);

bool bundle_equal(const struct bundle *a, const struct bundle *b);
/* Load what the bundle holds; an empty one is the built-in default. Caller unrefs *out_policy. */
enum chandra_status bundle_load(const struct bundle *bundle,
                                const struct chandra_lua_options *options,
                                struct chandra_policy **out_policy, struct chandra_error *err);

#endif
