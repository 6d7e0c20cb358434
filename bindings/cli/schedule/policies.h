/* policies.h - keeps a scheduler on the policies of files, folders, a configuration or a ConfigMap
 * as they change: a set is read whole, loaded, then handed over; one that fails leaves the last
 * good one in place. What `chandra check` finds in one that loads is logged as warnings. */
#ifndef CHANDRA_CLI_POLICIES_H
#define CHANDRA_CLI_POLICIES_H

#include "cli.h"
#include "schedule/bundle.h"
#include "schedule/configmap.h"

#include <chandra/error.h>
#include <chandra/lua.h>
#include <stdbool.h>

/* Where the policies are: one of these, or nothing for the built-in default. All are borrowed. */
struct policies_source {
    struct cli_list paths;               /* of files and folders, which form a chain */
    const char *config;                  /* path of a configuration */
    const char *configmap;               /* "NAMESPACE/NAME" */
    struct chandra_transport *transport; /* to the ConfigMap */
    struct bell *bell;                   /* rung when it changes */
};

/* Receives a set that has been loaded; it takes a reference of its own. */
typedef void (*policies_apply_fn)(void *user, struct chandra_policy *policy);

struct policies {
    struct policies_source source;
    struct chandra_lua_options options;
    policies_apply_fn apply;
    void *user;
    struct configmap *configmap;
    struct bundle seen;             /* what was loaded last, or failed to */
    struct chandra_error complaint; /* about what could not be read, so that it is made once */
};

/* Load the policies and hand them over. */
enum chandra_status policies_open(struct policies *policies, const struct policies_source *source,
                                  const struct chandra_lua_options *options,
                                  policies_apply_fn apply, void *user, struct chandra_error *err);
/* Whether there is something to poll for at once. */
bool policies_has_news(const struct policies *policies);
/* Look for changes. On failure the last good set stays; each failure is told once. */
enum chandra_status policies_poll(struct policies *policies, bool *out_swapped,
                                  struct chandra_error *err);
/* Ask for nothing more. */
void policies_close(struct policies *policies);
/* Free; the transport must have been freed before. */
void policies_free(struct policies *policies);

#endif
