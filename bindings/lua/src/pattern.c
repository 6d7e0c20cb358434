/* pattern.c - Lua's patterns: taken apart once into items, then matched with backtracking.
 *
 * Each level of the recursion has come further in the items, so that its depth is bounded by their
 * number whatever the text; time is bounded by the budget, to which every step is charged.
 */
#include "pattern.h"

#include <string.h>

/* Steps that are charged together. */
#define CHARGE_AT 100

static bool
is_between(unsigned char c, char low, char high)
{
    return c >= (unsigned char)low && c <= (unsigned char)high;
}

/* The bytes of a class, as ranges: ASCII alone, whatever the host's locale. */
static const struct class
{
    char letter;
    int count;
    char ranges[4][2];
} classes[] = {
    {'a', 2, {{'A', 'Z'}, {'a', 'z'}}},
    {'c', 2, {{'\0', 0x1F}, {0x7F, 0x7F}}},
    {'d', 1, {{'0', '9'}}},
    {'g', 1, {{'!', '~'}}},
    {'l', 1, {{'a', 'z'}}},
    {'p', 4, {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {'s', 2, {{'\t', '\r'}, {' ', ' '}}},
    {'u', 1, {{'A', 'Z'}}},
    {'w', 3, {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {'x', 3, {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
};

static bool
is_in_lower_class(unsigned char c, char letter)
{
    const struct class *class = classes;

    while (class->letter != letter)
        class ++; /* is_class() has seen to it that there is one */
    for (int i = 0; i < class->count; i++)
        if (is_between(c, class->ranges[i][0], class->ranges[i][1]))
            return true;
    return false;
}

/* Whether the letter behind % is a class, and not a character that stands for itself. */
static bool
is_class(unsigned char letter)
{
    return letter && strchr("acdglpsuwxACDGLPSUWX", letter);
}

static bool
is_in_class(unsigned char c, unsigned char letter)
{
    const bool is_negative = is_between(letter, 'A', 'Z');

    return is_in_lower_class(c, (char)(letter | 0x20)) != is_negative;
}

/* Taking apart. */

struct source {
    lua_State *L;
    const char *at, *end;
};

static unsigned char
take(struct source *source, const char *what)
{
    if (source->at == source->end)
        luaL_error(source->L, "malformed pattern: %s", what);
    return (unsigned char)*source->at++;
}

static void
add_range(uint32_t *set, unsigned low, unsigned high)
{
    for (unsigned c = low; c <= high; c++)
        set[c / 32] |= (uint32_t)1 << (c % 32);
}

static void
add_class(uint32_t *set, unsigned char letter)
{
    for (unsigned c = 0; c < 256; c++)
        if (is_in_class((unsigned char)c, letter))
            add_range(set, c, c);
}

/* Read a set behind its [. */
static void
read_set(struct source *source, uint32_t *set)
{
    static const char missing[] = "a set has no ]";
    const bool is_negative = source->at < source->end && *source->at == '^';
    const char *first = source->at + is_negative;

    source->at = first;
    for (;;) {
        const bool is_first = source->at == first;
        unsigned char low = take(source, missing);

        if (low == ']' && !is_first)
            break;
        if (low == '%') {
            low = take(source, "it ends with %");
            if (is_class(low))
                add_class(set, low);
            else
                add_range(set, low, low);
        } else if (source->end - source->at >= 2 && source->at[0] == '-' && source->at[1] != ']') {
            add_range(set, low, (unsigned char)source->at[1]);
            source->at += 2;
        } else {
            add_range(set, low, low);
        }
    }
    for (int i = 0; is_negative && i < 8; i++)
        set[i] = ~set[i];
}

/* Read what follows a %. */
static void
read_escape(struct source *source, struct ch_lua_item *item)
{
    const unsigned char c = take(source, "it ends with %");

    item->a = c;
    if (is_class(c)) {
        item->kind = CH_LUA_ITEM_CLASS;
    } else if (c == 'b') {
        item->kind = CH_LUA_ITEM_BALANCE;
        item->a = take(source, "%b needs two characters");
        item->b = take(source, "%b needs two characters");
    } else if (c == 'f') {
        item->kind = CH_LUA_ITEM_FRONTIER;
        if (take(source, "%f needs a set") != '[')
            luaL_error(source->L, "malformed pattern: %%f needs a set");
        read_set(source, item->set);
    } else if (is_between(c, '0', '9')) {
        item->kind = CH_LUA_ITEM_BACK;
        item->a = (unsigned char)(c - '1');
    }
}

static void
read_item(struct source *source, struct ch_lua_item *item)
{
    const unsigned char c = take(source, "");

    *item = (struct ch_lua_item){.kind = CH_LUA_ITEM_CHAR, .a = c};
    switch (c) {
    case '.':
        item->kind = CH_LUA_ITEM_ANY;
        break;
    case '[':
        item->kind = CH_LUA_ITEM_SET;
        read_set(source, item->set);
        break;
    case '%':
        read_escape(source, item);
        break;
    case '(':
        item->kind = CH_LUA_ITEM_OPEN;
        if (source->at < source->end && *source->at == ')') {
            item->kind = CH_LUA_ITEM_POSITION;
            source->at++;
        }
        break;
    case ')':
        item->kind = CH_LUA_ITEM_CLOSE;
        break;
    case '$':
        if (source->at == source->end)
            item->kind = CH_LUA_ITEM_END;
        break;
    default:
        break;
    }
    if (item->kind <= CH_LUA_ITEM_SET && source->at < source->end && *source->at &&
        strchr("*+-?", *source->at))
        item->repeat = *source->at++;
}

/* Number the captures: an item that opens one, closes one or asks for one gets its number. */
static void
number_captures(struct ch_lua_pattern *pattern)
{
    unsigned char open[CH_LUA_PATTERN_CAPTURES] = {0};
    bool is_open[CH_LUA_PATTERN_CAPTURES] = {false};
    unsigned depth = 0;

    for (size_t i = 0; i < pattern->item_count; i++) {
        struct ch_lua_item *item = &pattern->items[i];

        if (item->kind == CH_LUA_ITEM_OPEN || item->kind == CH_LUA_ITEM_POSITION) {
            if (pattern->capture_count == CH_LUA_PATTERN_CAPTURES)
                luaL_error(pattern->L, "pattern has more than %d captures",
                           CH_LUA_PATTERN_CAPTURES);
            item->a = (unsigned char)pattern->capture_count++;
            if (item->kind == CH_LUA_ITEM_OPEN) {
                is_open[item->a] = true;
                open[depth++] = item->a;
            }
        } else if (item->kind == CH_LUA_ITEM_CLOSE) {
            if (depth == 0)
                luaL_error(pattern->L, "malformed pattern: ) without (");
            item->a = open[--depth];
            is_open[item->a] = false;
        } else if (item->kind == CH_LUA_ITEM_BACK &&
                   (item->a >= pattern->capture_count || is_open[item->a])) {
            luaL_error(pattern->L, "pattern has no capture %%%d here", item->a + 1);
        }
    }
    if (depth > 0)
        luaL_error(pattern->L, "malformed pattern: ( without )");
}

void
ch_l_pattern_read(lua_State *L, struct ch_lua_pattern *pattern, const char *text, size_t len,
                  bool has_anchor)
{
    struct source source = {L, text, text + len};

    pattern->L = L;
    pattern->item_count = 0;
    pattern->capture_count = 0;
    pattern->steps = 0;
    pattern->is_anchored = has_anchor && len > 0 && *text == '^';
    source.at += pattern->is_anchored;
    while (source.at < source.end) {
        if (pattern->item_count == CH_LUA_PATTERN_ITEMS)
            luaL_error(L, "pattern is too long: more than %d items", CH_LUA_PATTERN_ITEMS);
        read_item(&source, &pattern->items[pattern->item_count++]);
    }
    number_captures(pattern);
    ch_l_charge(L, 1 + len);
}

/* Matching. */

void
ch_l_pattern_charge(struct ch_lua_pattern *pattern)
{
    const uint64_t steps = pattern->steps;

    pattern->steps = 0;
    ch_l_charge(pattern->L, steps);
}

static void
step(struct ch_lua_pattern *pattern, uint64_t steps)
{
    pattern->steps += steps;
    if (pattern->steps >= CHARGE_AT)
        ch_l_pattern_charge(pattern);
}

static bool
is_in_set(const uint32_t *set, unsigned char c)
{
    return set[c / 32] >> (c % 32) & 1;
}

/* Whether the byte at `at` is one that a single item stands for. */
static bool
is_single(struct ch_lua_pattern *pattern, const struct ch_lua_item *item, const char *at)
{
    unsigned char c;

    step(pattern, 1);
    if (at == pattern->text_end)
        return false;
    c = (unsigned char)*at;
    switch (item->kind) {
    case CH_LUA_ITEM_ANY:
        return true;
    case CH_LUA_ITEM_CHAR:
        return c == item->a;
    case CH_LUA_ITEM_CLASS:
        return is_in_class(c, item->a);
    default:
        return is_in_set(item->set, c);
    }
}

static const char *match_from(struct ch_lua_pattern *pattern, size_t i, const char *at);

/* As many as there are, then fewer. */
static const char *
match_greedy(struct ch_lua_pattern *pattern, size_t i, const char *at, size_t least)
{
    const struct ch_lua_item *item = &pattern->items[i];
    const size_t most = item->repeat == '?' ? 1 : SIZE_MAX;
    size_t count = 0;

    while (count < most && is_single(pattern, item, at + count))
        count++;
    for (; count >= least; count--) {
        const char *end = match_from(pattern, i + 1, at + count);

        if (end || count == 0)
            return end;
    }
    return NULL;
}

/* As few as will do. */
static const char *
match_lazy(struct ch_lua_pattern *pattern, size_t i, const char *at)
{
    for (;; at++) {
        const char *end = match_from(pattern, i + 1, at);

        if (end || !is_single(pattern, &pattern->items[i], at))
            return end;
    }
}

static const char *
match_capture(struct ch_lua_pattern *pattern, size_t i, const char *at)
{
    const struct ch_lua_item *item = &pattern->items[i];
    struct ch_lua_capture *capture = &pattern->captures[item->a];
    const struct ch_lua_capture before = *capture;
    const char *end;

    if (item->kind == CH_LUA_ITEM_CLOSE)
        capture->end = at;
    else
        *capture = (struct ch_lua_capture){at, NULL, item->kind == CH_LUA_ITEM_POSITION};
    end = match_from(pattern, i + 1, at);
    if (!end)
        *capture = before;
    return end;
}

/* Behind the balanced text that begins at `at`, or NULL. */
static const char *
skip_balance(struct ch_lua_pattern *pattern, const struct ch_lua_item *item, const char *at)
{
    size_t depth = 0;

    for (; at < pattern->text_end; at++) {
        const unsigned char c = (unsigned char)*at;

        step(pattern, 1);
        if (depth == 0 && c != item->a)
            return NULL;
        if (depth > 0 && c == item->b)
            depth--;
        else if (c == item->a)
            depth++;
        if (depth == 0)
            return at + 1;
    }
    return NULL;
}

/* Behind the text of a capture that stands at `at` again, or NULL. */
static const char *
skip_back(struct ch_lua_pattern *pattern, const struct ch_lua_item *item, const char *at)
{
    const struct ch_lua_capture *capture = &pattern->captures[item->a];
    size_t len;

    if (capture->is_position)
        return NULL;
    len = (size_t)(capture->end - capture->start);
    step(pattern, 1 + len / 8);
    if ((size_t)(pattern->text_end - at) < len || memcmp(capture->start, at, len) != 0)
        return NULL;
    return at + len;
}

static bool
is_frontier(const struct ch_lua_pattern *pattern, const struct ch_lua_item *item, const char *at)
{
    const unsigned char before = at == pattern->text ? 0 : (unsigned char)at[-1];
    const unsigned char behind = at == pattern->text_end ? 0 : (unsigned char)*at;

    return !is_in_set(item->set, before) && is_in_set(item->set, behind);
}

/* Behind an item that is neither repeated nor a capture, or NULL. */
static const char *
skip_item(struct ch_lua_pattern *pattern, const struct ch_lua_item *item, const char *at)
{
    switch (item->kind) {
    case CH_LUA_ITEM_END:
        return at == pattern->text_end ? at : NULL;
    case CH_LUA_ITEM_FRONTIER:
        return is_frontier(pattern, item, at) ? at : NULL;
    case CH_LUA_ITEM_BALANCE:
        return skip_balance(pattern, item, at);
    case CH_LUA_ITEM_BACK:
        return skip_back(pattern, item, at);
    default:
        return is_single(pattern, item, at) ? at + 1 : NULL;
    }
}

/* Where a match of the items from `i` on that begins at `at` ends, or NULL. */
static const char *
match_from(struct ch_lua_pattern *pattern, size_t i, const char *at)
{
    for (; i < pattern->item_count && at; i++) {
        const struct ch_lua_item *item = &pattern->items[i];

        step(pattern, 1);
        if (item->kind >= CH_LUA_ITEM_OPEN && item->kind <= CH_LUA_ITEM_POSITION)
            return match_capture(pattern, i, at);
        if (item->repeat == '-')
            return match_lazy(pattern, i, at);
        if (item->repeat)
            return match_greedy(pattern, i, at, item->repeat == '+');
        at = skip_item(pattern, item, at);
    }
    return at;
}

const char *
ch_l_pattern_match(struct ch_lua_pattern *pattern, const char *text, size_t len, const char *at)
{
    pattern->text = text;
    pattern->text_end = text + len;
    memset(pattern->captures, 0, pattern->capture_count * sizeof(*pattern->captures));
    return match_from(pattern, 0, at);
}
