/* sandbox_pattern.c - string.find, match, gmatch and gsub, as in Lua but bounded. */
#include "pattern.h"
#include "sandbox.h"
#include "view.h"

#include <string.h>

#define SPECIALS "^$*+?.([%-"

struct text {
    const char *start;
    size_t len;
};

static struct text
l_text(lua_State *L, int arg)
{
    struct text text;

    text.start = luaL_checklstring(L, arg, &text.len);
    return text;
}

/* Where to begin, from argument `arg`, which may be negative or missing; NULL beyond the end. */
static const char *
l_init(lua_State *L, int arg, const struct text *text)
{
    const lua_Integer init = luaL_optinteger(L, arg, 1), len = (lua_Integer)text->len;
    lua_Integer first = init > 0 ? init : init < -len ? 1 : init == 0 ? 1 : len + init + 1;

    return first > len + 1 ? NULL : text->start + (first - 1);
}

/* Push capture `i`; with none in the pattern, the whole match is the first. */
static void
l_push_capture(const struct ch_lua_pattern *pattern, unsigned i, const char *start, const char *end)
{
    const struct ch_lua_capture *capture = &pattern->captures[i];
    lua_State *L = pattern->L;

    if (i >= pattern->capture_count)
        lua_pushlstring(L, start, (size_t)(end - start));
    else if (capture->is_position)
        lua_pushinteger(L, capture->start - pattern->text + 1);
    else
        lua_pushlstring(L, capture->start, (size_t)(capture->end - capture->start));
}

/* Push all captures or, for `or_whole` and none in the pattern, the match; returns how many. */
static int
l_push_captures(const struct ch_lua_pattern *pattern, const char *start, const char *end,
                bool or_whole)
{
    const unsigned count = pattern->capture_count == 0 && or_whole ? 1 : pattern->capture_count;

    luaL_checkstack(pattern->L, (int)count, "too many captures");
    for (unsigned i = 0; i < count; i++)
        l_push_capture(pattern, i, start, end);
    return (int)count;
}

static int
l_find_plain(lua_State *L, const struct text *text, const struct text *part, const char *at)
{
    const char *end = text->start + text->len;

    for (; (size_t)(end - at) >= part->len; at++) {
        if (part->len > 0)
            at = memchr(at, part->start[0], (size_t)(end - at));
        if (!at || (size_t)(end - at) < part->len)
            break;
        ch_l_charge(L, 1 + part->len / 64);
        if (memcmp(at, part->start, part->len) == 0) {
            lua_pushinteger(L, at - text->start + 1);
            lua_pushinteger(L, at - text->start + (lua_Integer)part->len);
            return 2;
        }
    }
    luaL_pushfail(L);
    return 1;
}

/* The first match from `at` on: its end, and its beginning in *out_start; NULL for none. */
static const char *
l_search(struct ch_lua_pattern *pattern, const struct text *text, const char *at,
         const char **out_start)
{
    const char *const last = pattern->is_anchored ? at : text->start + text->len;

    for (; at <= last; at++) {
        const char *end = ch_l_pattern_match(pattern, text->start, text->len, at);

        if (end) {
            *out_start = at;
            return end;
        }
    }
    return NULL;
}

static int
l_find_pattern(lua_State *L, const struct text *text, const struct text *wanted, const char *at,
               bool with_place)
{
    struct ch_lua_item items[CH_LUA_PATTERN_ITEMS];
    struct ch_lua_pattern pattern = {.items = items};
    const char *start, *end;

    ch_l_pattern_read(L, &pattern, wanted->start, wanted->len, true);
    end = l_search(&pattern, text, at, &start);
    ch_l_pattern_charge(&pattern);
    if (!end) {
        luaL_pushfail(L);
        return 1;
    }
    if (!with_place)
        return l_push_captures(&pattern, start, end, true);
    lua_pushinteger(L, start - text->start + 1);
    lua_pushinteger(L, end - text->start);
    return 2 + l_push_captures(&pattern, start, end, false);
}

static bool
is_plain(const struct text *pattern)
{
    for (size_t i = 0; i < pattern->len; i++)
        if (pattern->start[i] && strchr(SPECIALS, pattern->start[i]))
            return false;
    return true;
}

/* find(text, pattern [, init [, is_plain]]) */
int
ch_l_find(lua_State *L)
{
    const struct text text = l_text(L, 1), wanted = l_text(L, 2);
    const char *at = l_init(L, 3, &text);

    if (!at) {
        luaL_pushfail(L);
        return 1;
    }
    if (lua_toboolean(L, 4) || is_plain(&wanted))
        return l_find_plain(L, &text, &wanted, at);
    return l_find_pattern(L, &text, &wanted, at, true);
}

/* match(text, pattern [, init]) */
int
ch_l_match(lua_State *L)
{
    const struct text text = l_text(L, 1), wanted = l_text(L, 2);
    const char *at = l_init(L, 3, &text);

    if (at)
        return l_find_pattern(L, &text, &wanted, at, false);
    luaL_pushfail(L);
    return 1;
}

/* A walk over all matches: none begins before the end of the one before, and none is an empty one
 * right there. It lives in a userdata that no script sees, since callbacks may nest. */
struct walk {
    struct ch_lua_pattern pattern;
    const char *at;   /* where to look next */
    const char *last; /* end of the match before */
    struct ch_lua_item items[];
};

/* [-0, +1] */
static struct walk *
l_walk_new(lua_State *L, const struct text *wanted, const char *at, bool has_anchor)
{
    const size_t items = wanted->len < CH_LUA_PATTERN_ITEMS ? wanted->len : CH_LUA_PATTERN_ITEMS;
    struct walk *walk = lua_newuserdatauv(L, sizeof(*walk) + items * sizeof(struct ch_lua_item), 0);

    walk->pattern.items = walk->items;
    walk->at = at;
    walk->last = NULL;
    ch_l_pattern_read(L, &walk->pattern, wanted->start, wanted->len, has_anchor);
    return walk;
}

/* The end of a match that begins right at walk->at, or NULL. */
static const char *
l_match_here(struct walk *walk, const struct text *text)
{
    const char *end = ch_l_pattern_match(&walk->pattern, text->start, text->len, walk->at);

    return end == walk->last ? NULL : end;
}

/* Upvalues: text, walk. */
static int
l_gmatch_next(lua_State *L)
{
    struct walk *walk = lua_touserdata(L, lua_upvalueindex(2));
    struct text text;

    text.start = lua_tolstring(L, lua_upvalueindex(1), &text.len);
    walk->pattern.L = L;
    for (; walk->at <= text.start + text.len; walk->at++) {
        const char *start = walk->at, *end = l_match_here(walk, &text);

        if (end) {
            walk->at = walk->last = end;
            ch_l_pattern_charge(&walk->pattern);
            return l_push_captures(&walk->pattern, start, end, true);
        }
    }
    ch_l_pattern_charge(&walk->pattern);
    return 0;
}

/* gmatch(text, pattern [, init]) */
int
ch_l_gmatch(lua_State *L)
{
    const struct text text = l_text(L, 1), wanted = l_text(L, 2);
    const char *at = l_init(L, 3, &text);

    lua_settop(L, 2);
    lua_pushvalue(L, 1);
    l_walk_new(L, &wanted, at ? at : text.start + text.len + 1, false);
    lua_pushcclosure(L, l_gmatch_next, 2);
    return 1;
}

/* Add a replacement in which %0 to %9 stand for the match and its captures. */
static void
l_add_template(const struct ch_lua_pattern *pattern, luaL_Buffer *out, const struct text *by,
               const char *start, const char *end)
{
    lua_State *L = pattern->L;

    for (size_t i = 0; i < by->len; i++) {
        const char c = by->start[i];
        const int next = i + 1 < by->len ? by->start[i + 1] : 0;
        const unsigned number = (unsigned)next - '0';

        if (c != '%') {
            luaL_addchar(out, c);
            continue;
        }
        i++;
        if (next == '%') {
            luaL_addchar(out, '%');
        } else if (next == '0') {
            luaL_addlstring(out, start, (size_t)(end - start));
        } else if (number <= 9 && number <= (pattern->capture_count ? pattern->capture_count : 1)) {
            l_push_capture(pattern, number - 1, start, end);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(L, "gsub: the replacement has a %% without a capture behind it");
        }
    }
}

/* Add what the table or function at index 3 says to a match; nil and false leave it as it is. */
static void
l_add_answer(const struct ch_lua_pattern *pattern, luaL_Buffer *out, const char *start,
             const char *end)
{
    lua_State *L = pattern->L;

    if (lua_type(L, 3) == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, l_push_captures(pattern, start, end, true), 1);
    } else {
        l_push_capture(pattern, 0, start, end);
        lua_gettable(L, 3);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, start, (size_t)(end - start));
        return;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "gsub: the replacement must be a string, got %s", ch_lua_value_name(L, -1));
    luaL_addvalue(out);
}

static void
l_add_replacement(const struct ch_lua_pattern *pattern, luaL_Buffer *out, const char *start,
                  const char *end)
{
    struct text by;

    if (!lua_isstring(pattern->L, 3)) {
        l_add_answer(pattern, out, start, end);
        return;
    }
    by.start = lua_tolstring(pattern->L, 3, &by.len);
    ch_l_charge(pattern->L, 1 + by.len / 4);
    l_add_template(pattern, out, &by, start, end);
}

/* Replace at most `most` matches; returns how many. */
static lua_Integer
l_replace(struct walk *walk, const struct text *text, lua_Integer most, luaL_Buffer *out)
{
    const char *const text_end = text->start + text->len;
    lua_Integer count = 0;

    while (count < most) {
        const char *end = l_match_here(walk, text);

        if (end) {
            count++;
            l_add_replacement(&walk->pattern, out, walk->at, end);
            walk->at = walk->last = end;
        } else if (walk->at < text_end) {
            luaL_addchar(out, *walk->at++);
        } else {
            break;
        }
        if (walk->pattern.is_anchored)
            break;
    }
    luaL_addlstring(out, walk->at, (size_t)(text_end - walk->at));
    return count;
}

/* gsub(text, pattern, replacement [, n]) */
int
ch_l_gsub(lua_State *L)
{
    const struct text text = l_text(L, 1), wanted = l_text(L, 2);
    const lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)text.len + 1);
    const int type = lua_type(L, 3);
    struct walk *walk;
    lua_Integer count;
    luaL_Buffer out;

    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TTABLE && type != LUA_TFUNCTION)
        return luaL_error(L, "gsub: the replacement must be a string, table or function, got %s",
                          ch_lua_value_name(L, 3));
    lua_settop(L, 3);
    walk = l_walk_new(L, &wanted, text.start, true);
    luaL_buffinit(L, &out);
    count = l_replace(walk, &text, most, &out);
    ch_l_pattern_charge(&walk->pattern);
    luaL_pushresult(&out);
    lua_pushinteger(L, count);
    return 2;
}
