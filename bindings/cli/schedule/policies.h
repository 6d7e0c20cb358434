/* policies.h - keeps an engine on the policies of files and folders as they change. */
#ifndef CHANDRA_CLI_POLICIES_H
#define CHANDRA_CLI_POLICIES_H

#include "cli.h"
#include "paths.h"

#include <chandra/error.h>
#include <chandra/lua.h>
#include <stdbool.h>

struct chandra_engine;

struct policies {
    struct chandra_engine *engine;
    struct cli_list arguments; /* borrowed; none: the built-in default */
    struct chandra_lua_options options;
    struct paths paths; /* what the arguments stood for when the loader was made */
    struct chandra_lua_loader *loader;
    struct chandra_error complaint; /* about a folder, so that it is made once */
};

/* Load the policies and give them to the engine, which must outlive `policies`. */
enum chandra_status policies_open(struct policies *policies, struct chandra_engine *engine,
                                  const struct cli_list *arguments,
                                  const struct chandra_lua_options *options,
                                  struct chandra_error *err);
/* Look for changes. On failure the last good set stays; each failure is told once. */
enum chandra_status policies_poll(struct policies *policies, bool *out_swapped,
                                  struct chandra_error *err);
void policies_close(struct policies *policies);

#endif
