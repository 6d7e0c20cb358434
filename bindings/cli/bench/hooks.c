/* hooks.c - adds up the calls of hooks. */
#include "bench/hooks.h"

#include <string.h>

static struct hook_cost *
cost_of(struct hooks *hooks, const char *policy, const char *hook)
{
    for (size_t i = 0; i < hooks->count; i++)
        if (strcmp(hooks->costs[i].hook, hook) == 0 && strcmp(hooks->costs[i].policy, policy) == 0)
            return &hooks->costs[i];
    if (hooks->count == HOOKS_MAX)
        return NULL;
    hooks->costs[hooks->count] = (struct hook_cost){.policy = policy, .hook = hook};
    return &hooks->costs[hooks->count++];
}

static void
on_event(void *user, const struct chandra_lua_event *event)
{
    struct hooks *hooks = user;
    struct hook_cost *cost;

    if (event->kind == CHANDRA_LUA_HOOK) {
        hooks->began = (struct hook_cost){.policy = event->policy,
                                          .hook = event->hook,
                                          .ns = event->time_ns,
                                          .allocations = event->allocations,
                                          .bytes = event->allocated};
        return;
    }
    cost = hooks->began.hook ? cost_of(hooks, hooks->began.policy, hooks->began.hook) : NULL;
    if (!cost)
        return;
    cost->calls++;
    cost->ns += event->time_ns - hooks->began.ns;
    cost->allocations += event->allocations - hooks->began.allocations;
    cost->bytes += event->allocated - hooks->began.bytes;
}

struct chandra_lua_observer
hooks_observer(struct hooks *hooks)
{
    return (struct chandra_lua_observer){
        .events = 1U << CHANDRA_LUA_HOOK | 1U << CHANDRA_LUA_HOOK_END,
        .fn = on_event,
        .user = hooks,
    };
}
