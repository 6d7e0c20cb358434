/* hooks.h - what each hook of a policy costs, heard from the observer of its VMs. */
#ifndef CHANDRA_CLI_BENCH_HOOKS_H
#define CHANDRA_CLI_BENCH_HOOKS_H

#include <chandra/lua.h>
#include <stddef.h>
#include <stdint.h>

enum { HOOKS_MAX = 16 };

struct hook_cost {
    const char *policy; /* the chain's member; borrowed from the policy */
    const char *hook;   /* its name; static */
    int64_t calls;
    int64_t ns;
    uint64_t allocations; /* blocks taken or enlarged */
    uint64_t bytes;       /* likewise */
};

/* Zeroed memory is ready. */
struct hooks {
    struct hook_cost costs[HOOKS_MAX]; /* in the order of their first call */
    size_t count;
    struct hook_cost began; /* of the call under way: the clock and the counters at its beginning */
};

/* An observer that adds to `hooks`, which must outlive the policy. The policy must be used by one
 * thread at a time. */
struct chandra_lua_observer hooks_observer(struct hooks *hooks);

#endif
