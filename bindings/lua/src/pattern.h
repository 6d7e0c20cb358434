/* pattern.h - Lua's patterns, matched with a bound on depth and every step charged to the budget.
 */
#ifndef CH_LUA_PATTERN_H
#define CH_LUA_PATTERN_H

#include "vm.h"

#define CH_LUA_PATTERN_ITEMS 200 /* of one pattern at most; also the depth of matching */
#define CH_LUA_PATTERN_CAPTURES 32

enum ch_lua_item_kind {
    CH_LUA_ITEM_ANY,      /* . */
    CH_LUA_ITEM_CHAR,     /* x, %. */
    CH_LUA_ITEM_CLASS,    /* %a */
    CH_LUA_ITEM_SET,      /* [a-z] */
    CH_LUA_ITEM_FRONTIER, /* %f[a-z] */
    CH_LUA_ITEM_BALANCE,  /* %b() */
    CH_LUA_ITEM_BACK,     /* %1 */
    CH_LUA_ITEM_OPEN,     /* ( */
    CH_LUA_ITEM_CLOSE,    /* ) */
    CH_LUA_ITEM_POSITION, /* () */
    CH_LUA_ITEM_END,      /* $ at the end */
};

struct ch_lua_item {
    enum ch_lua_item_kind kind;
    char repeat;        /* '*', '+', '-', '?', or 0; of the first four kinds */
    unsigned char a, b; /* character, class, both of a balance; number of a capture */
    uint32_t set[8];    /* a bit for each byte */
};

struct ch_lua_capture {
    const char *start;
    const char *end; /* NULL for a place, and while it is open */
    bool is_position;
};

struct ch_lua_pattern {
    lua_State *L;
    const char *text, *text_end;
    size_t item_count;
    bool is_anchored;
    unsigned capture_count; /* of the pattern */
    uint64_t steps;         /* not yet charged */
    struct ch_lua_capture captures[CH_LUA_PATTERN_CAPTURES];
    struct ch_lua_item *items; /* the caller's, one for each byte or CH_LUA_PATTERN_ITEMS */
};

/* Take a pattern apart; raises when it is malformed. `items` is set before; `has_anchor`: ^ at the
 * beginning is one. */
void ch_l_pattern_read(lua_State *L, struct ch_lua_pattern *pattern, const char *text, size_t len,
                       bool has_anchor);
/* Where a match of the pattern that begins at `at` in text[len] ends, or NULL; raises when the
 * budget is spent. Captures are filled in. */
const char *ch_l_pattern_match(struct ch_lua_pattern *pattern, const char *text, size_t len,
                               const char *at);
/* Charge the steps that are left over. */
void ch_l_pattern_charge(struct ch_lua_pattern *pattern);

#endif
