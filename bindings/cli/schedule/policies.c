/* policies.c - a loader for what the arguments stand for, made anew when a file comes or goes. */
#include "schedule/policies.h"

#include <chandra/engine.h>
#include <string.h>

static enum chandra_status
expand(const struct policies *policies, struct paths *paths, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < policies->arguments.count; i++)
        st = paths_expand_policies(paths, policies->arguments.items[i], err);
    if (st != CHANDRA_OK)
        paths_clear(paths);
    return st;
}

static bool
same_paths(const struct paths *a, const struct paths *b)
{
    bool is_same = a->count == b->count;

    for (size_t i = 0; is_same && i < a->count; i++)
        is_same = strcmp(a->items[i], b->items[i]) == 0;
    return is_same;
}

/* Takes the paths. */
static enum chandra_status
take_paths(struct policies *policies, struct paths *paths, struct chandra_error *err)
{
    struct chandra_lua_loader *loader;
    enum chandra_status st =
        chandra_lua_loader_new(policies->engine, (const char *const *)paths->items, paths->count,
                               &policies->options, &loader, err);

    if (st != CHANDRA_OK) {
        paths_clear(paths);
        return st;
    }
    chandra_lua_loader_free(policies->loader);
    policies->loader = loader;
    paths_clear(&policies->paths);
    policies->paths = *paths;
    return CHANDRA_OK;
}

static enum chandra_status
load_default(struct policies *policies, struct chandra_error *err)
{
    struct chandra_policy *policy;
    const enum chandra_status st =
        chandra_lua_policy_load(chandra_lua_default(), 1, &policies->options, &policy, err);

    if (st != CHANDRA_OK)
        return st;
    chandra_engine_set_policy(policies->engine, policy);
    chandra_policy_unref(policy);
    return CHANDRA_OK;
}

enum chandra_status
policies_open(struct policies *policies, struct chandra_engine *engine,
              const struct cli_list *arguments, const struct chandra_lua_options *options,
              struct chandra_error *err)
{
    struct paths paths = {0};
    enum chandra_status st;

    *policies = (struct policies){.engine = engine, .arguments = *arguments, .options = *options};
    if (arguments->count == 0)
        return load_default(policies, err);
    st = expand(policies, &paths, err);
    return st == CHANDRA_OK ? take_paths(policies, &paths, err) : st;
}

/* Tell a failure that was not the last one told. */
static enum chandra_status
complain_once(struct policies *policies, const struct chandra_error *failure,
              struct chandra_error *err)
{
    if (strcmp(policies->complaint.message, failure->message) == 0)
        return CHANDRA_OK;
    policies->complaint = *failure;
    return chandra_error_set(err, failure->status, "%s", failure->message);
}

enum chandra_status
policies_poll(struct policies *policies, bool *out_swapped, struct chandra_error *err)
{
    struct paths paths = {0};
    struct chandra_error failure;
    enum chandra_status st;

    *out_swapped = false;
    if (policies->arguments.count == 0)
        return CHANDRA_OK;
    st = expand(policies, &paths, &failure);
    if (st == CHANDRA_OK && same_paths(&paths, &policies->paths)) {
        paths_clear(&paths);
        policies->complaint.message[0] = '\0';
        return chandra_lua_loader_poll(policies->loader, out_swapped, err);
    }
    if (st == CHANDRA_OK)
        st = take_paths(policies, &paths, &failure);
    if (st != CHANDRA_OK)
        return complain_once(policies, &failure, err);
    *out_swapped = true;
    return CHANDRA_OK;
}

void
policies_close(struct policies *policies)
{
    chandra_lua_loader_free(policies->loader);
    paths_clear(&policies->paths);
    *policies = (struct policies){0};
}
