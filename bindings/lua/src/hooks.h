/* hooks.h - one call of one hook, as functions for ch_lua_run(); the VM knows member, hook, claim.
 */
#ifndef CH_LUA_HOOKS_H
#define CH_LUA_HOOKS_H

#include "vm.h"

/* Adds weight * score to sums[node index] for each of `nodes`. */
struct ch_lua_scoring {
    const struct chandra_nodeset *nodes;
    double weight;
    double *sums;
};

struct ch_lua_suggestion {
    struct chandra_nodeset *nodes; /* in: feasible, out: potential */
    uint32_t selected;             /* out */
    bool is_answered;              /* out */
};

struct ch_lua_releasing {
    const size_t *claims;
    size_t count;
    size_t choice;    /* out */
    bool is_answered; /* out */
};

int ch_l_hook_match(lua_State *L);   /* light argument: struct chandra_nodeset, narrowed in place */
int ch_l_hook_score(lua_State *L);   /* struct ch_lua_scoring */
int ch_l_hook_suggest(lua_State *L); /* struct ch_lua_suggestion */
int ch_l_hook_release(lua_State *L); /* struct ch_lua_releasing */

#endif
