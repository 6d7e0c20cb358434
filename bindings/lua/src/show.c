/* show.c - values as text: plain ones, tables, and the one-line form of views. */
#include "show.h"

#include "sandbox.h"
#include "view.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_TEXT = 256 * 1024, /* of what one line shows */
    MAX_DEPTH = 4,         /* of nested tables */
    MAX_STRING = 4000,     /* shown of one */
    MAX_ENTRIES = 100,     /* of a table */
    LINE_ROOM = 76,
};

void
ch_l_text_add(lua_State *L, struct ch_lua_text *text, const char *part, size_t len)
{
    if (len > MAX_TEXT - text->len) {
        text->is_cut = true;
        return;
    }
    if (text->len + len > text->size) {
        const size_t size = (text->len + len) * 2;
        if (!ch_lua_resize(text->vm, &text->data, text->size, size))
            ch_l_out_of_memory(L);
        text->size = size;
    }
    if (len > 0)
        memcpy(text->data + text->len, part, len);
    text->len += len;
    ch_l_charge(L, 1 + len / 8);
}

void
ch_l_text_put(lua_State *L, struct ch_lua_text *text, const char *part)
{
    ch_l_text_add(L, text, part, strlen(part));
}

void
ch_l_text_format(lua_State *L, struct ch_lua_text *text, const char *fmt, ...)
{
    char part[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(part, sizeof(part), fmt, args);
    va_end(args);
    ch_l_text_put(L, text, part);
}

void
ch_lua_text_clear(struct ch_lua_text *text)
{
    ch_lua_resize(text->vm, &text->data, text->size, 0);
    *text = (struct ch_lua_text){.vm = text->vm};
}

/* A value that is written on one line, as long as there is room. */
struct line {
    struct ch_lua_text *text;
    size_t stop; /* where to write no more */
    int depth;
};

static void l_value(lua_State *L, int index, struct line *line);

static bool
is_full(const struct line *line)
{
    return line->text->len >= line->stop;
}

/* A string as Lua would read it. */
static void
l_quote(lua_State *L, const char *string, size_t len, struct ch_lua_text *text)
{
    ch_l_text_put(L, text, "\"");
    for (size_t i = 0; i < len && i < MAX_STRING; i++) {
        const unsigned char c = (unsigned char)string[i];
        if (c == '"' || c == '\\')
            ch_l_text_format(L, text, "\\%c", c);
        else if (c == '\n')
            ch_l_text_put(L, text, "\\n");
        else if (c < 0x20 || c == 0x7F)
            ch_l_text_format(L, text, "\\%03u", c);
        else
            ch_l_text_add(L, text, string + i, 1);
    }
    ch_l_text_put(L, text, "\"");
    if (len > MAX_STRING)
        ch_l_text_format(L, text, "... (%zu bytes)", len);
}

static bool
is_name(const char *text)
{
    if (!*text || (*text >= '0' && *text <= '9'))
        return false;
    for (; *text; text++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *text))
            return false;
    return true;
}

static void
l_key(lua_State *L, int index, struct line *line)
{
    if (lua_type(L, index) == LUA_TSTRING && is_name(lua_tostring(L, index))) {
        ch_l_text_put(L, line->text, lua_tostring(L, index));
    } else {
        ch_l_text_put(L, line->text, "[");
        l_value(L, index, line);
        ch_l_text_put(L, line->text, "]");
    }
    ch_l_text_put(L, line->text, " = ");
}

/* Never raises: keys of any types go by type, then by value or by what they show. */
static bool
l_is_before(lua_State *L, int a, int b)
{
    const int type_a = lua_type(L, a);
    const int type_b = lua_type(L, b);

    if (type_a != type_b)
        return type_a < type_b;
    if (type_a == LUA_TNUMBER)
        return lua_compare(L, a, b, LUA_OPLT);
    if (type_a == LUA_TSTRING)
        return strcmp(lua_tostring(L, a), lua_tostring(L, b)) < 0;
    return type_a == LUA_TBOOLEAN && !lua_toboolean(L, a) && lua_toboolean(L, b);
}

/* [-0, +1]: the keys of the table at `index` in order; those of its sequence are left out. */
static lua_Integer
l_sorted_keys(lua_State *L, int index, lua_Integer sequence)
{
    lua_Integer count = 0;

    lua_newtable(L);
    lua_pushnil(L); /* stack: keys, key */
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        ch_l_charge(L, 2);
        if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= sequence)
            continue;
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, ++count);
    }
    ch_l_sort(L, lua_gettop(L), l_is_before);
    return count;
}

static void
l_separate(lua_State *L, struct line *line, bool *is_first)
{
    if (!*is_first)
        ch_l_text_put(L, line->text, ", ");
    *is_first = false;
}

static void
l_table(lua_State *L, int index, struct line *line)
{
    const lua_Integer sequence = (lua_Integer)lua_rawlen(L, index);
    bool is_first = true;
    lua_Integer count;

    if (line->depth >= MAX_DEPTH) {
        ch_l_text_put(L, line->text, "{...}");
        return;
    }
    luaL_checkstack(L, 10, NULL);
    line->depth++;
    ch_l_text_put(L, line->text, "{");
    for (lua_Integer i = 1; i <= sequence && !is_full(line); i++) {
        l_separate(L, line, &is_first);
        lua_rawgeti(L, index, i);
        l_value(L, lua_gettop(L), line);
        lua_pop(L, 1);
    }
    count = l_sorted_keys(L, index, sequence);
    for (lua_Integer i = 1; i <= count && !is_full(line); i++) {
        l_separate(L, line, &is_first);
        lua_rawgeti(L, -1, i);
        l_key(L, lua_gettop(L), line);
        lua_rawget(L, index);
        l_value(L, lua_gettop(L), line);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    ch_l_text_put(L, line->text, is_full(line) ? "...}" : "}");
    line->depth--;
}

/* "3 nodes: a1, a2, b1" */
static void
l_set(lua_State *L, int index, struct line *line)
{
    const struct chandra_nodeset *set = ch_l_set_check(L, index);
    const uint32_t members = chandra_nodeset_count(set);
    uint32_t count;
    const uint32_t *order = ch_l_order(L, &count);
    uint32_t shown = 0;

    ch_l_text_format(L, line->text, members == 1 ? "%u node" : "%u nodes", members);
    for (uint32_t i = 0; i < count && shown < members; i++) {
        if (!chandra_nodeset_has(set, order[i]))
            continue;
        ch_l_text_put(L, line->text, shown == 0 ? ": " : ", ");
        if (is_full(line) || shown == 8) {
            ch_l_text_put(L, line->text, "...");
            break;
        }
        ch_l_text_put(L, line->text,
                      chandra_object_name(chandra_node_object(
                          chandra_cycle_node(ch_lua_vm_of(L)->cycle, order[i]))));
        shown++;
    }
}

/* Labels, lists: whatever pairs() goes through. */
static void
l_pairs(lua_State *L, int index, struct line *line, bool has_keys)
{
    const struct ch_lua_view *view = lua_touserdata(L, index);
    bool is_first = true;

    luaL_checkstack(L, 10, NULL);
    ch_l_text_put(L, line->text, "{");
    lua_pushcfunction(L, view->type->pairs);
    lua_pushvalue(L, index);
    lua_call(L, 1, 3); /* stack: iterator, state, control */
    for (;;) {
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -3);
        lua_call(L, 2, 2); /* stack: iterator, state, control, key, value */
        if (lua_isnil(L, -2) || is_full(line))
            break;
        l_separate(L, line, &is_first);
        if (has_keys)
            l_key(L, lua_gettop(L) - 1, line);
        l_value(L, lua_gettop(L), line);
        lua_pop(L, 1);
        lua_replace(L, -2); /* the key is the next control value */
    }
    ch_l_text_put(L, line->text, lua_isnil(L, -2) ? "}" : ", ...}");
    lua_pop(L, 5);
}

static void
l_view(lua_State *L, int index, struct line *line)
{
    const struct ch_lua_view *view = lua_touserdata(L, index);

    if (view->call != ch_lua_vm_of(L)->call) {
        ch_l_text_format(L, line->text, "(%s of an earlier step)", view->type->name);
        return;
    }
    switch (view->type->id) {
    case CH_LUA_TYPE_SET:
        l_set(L, index, line);
        return;
    case CH_LUA_TYPE_NODE:
        ch_l_text_put(L, line->text, chandra_object_name(chandra_node_object(view->object)));
        return;
    case CH_LUA_TYPE_USER:
        lua_getfield(L, index, "name");
        ch_l_text_put(L, line->text, lua_tostring(L, -1));
        lua_pop(L, 1);
        return;
    default:
        break;
    }
    if (view->type->pairs) {
        l_pairs(L, index, line, view->type->id != CH_LUA_TYPE_LIST);
        return;
    }
    ch_l_text_put(L, line->text, luaL_tolstring(L, index, NULL));
    lua_pop(L, 1);
}

static void
l_value(lua_State *L, int index, struct line *line)
{
    size_t len;
    const char *string;

    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        string = lua_tolstring(L, index, &len);
        l_quote(L, string, len, line->text);
        break;
    case LUA_TTABLE:
        l_table(L, index, line);
        break;
    case LUA_TUSERDATA:
        l_view(L, index, line);
        break;
    case LUA_TNIL:
    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
        ch_l_text_put(L, line->text, luaL_tolstring(L, index, NULL));
        lua_pop(L, 1);
        break;
    default:
        ch_l_text_put(L, line->text, luaL_typename(L, index));
    }
}

/* Bytes that are no printable character become '?', so that no cell moves the screen. */
static void
clean(char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)data[i] < 0x20 || data[i] == 0x7F)
            data[i] = '?';
}

void
ch_l_show_inline(lua_State *L, int index, struct ch_lua_text *text, size_t room)
{
    const size_t mark = text->len;
    struct line line = {.text = text, .stop = text->len + room};

    if (lua_type(L, index) != LUA_TSTRING) {
        l_value(L, lua_absindex(L, index), &line);
        return;
    }
    ch_l_text_put(L, text, lua_tostring(L, index));
    if (text->len > mark)
        clean(text->data + mark, text->len - mark);
}

/* Each entry on a line of its own. */
static void
l_show_entries(lua_State *L, int index, struct ch_lua_text *text)
{
    const lua_Integer sequence = (lua_Integer)lua_rawlen(L, index);
    const lua_Integer count = l_sorted_keys(L, index, 0);
    struct line line = {.text = text, .depth = 1};

    ch_l_text_put(L, text, "{\n");
    for (lua_Integer i = 1; i <= count && i <= MAX_ENTRIES; i++) {
        ch_l_text_put(L, text, "  ");
        line.stop = text->len + LINE_ROOM;
        lua_rawgeti(L, -1, i);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1 || lua_tointeger(L, -1) > sequence)
            l_key(L, lua_gettop(L), &line);
        lua_rawget(L, index);
        l_value(L, lua_gettop(L), &line);
        lua_pop(L, 1);
        ch_l_text_put(L, text, ",\n");
    }
    if (count > MAX_ENTRIES)
        ch_l_text_format(L, text, "  ... %lld more\n", (long long)(count - MAX_ENTRIES));
    ch_l_text_put(L, text, "}\n");
    lua_pop(L, 1);
}

static void
l_show_table(lua_State *L, int index, struct ch_lua_text *text)
{
    const size_t mark = text->len;
    struct line line = {.text = text, .stop = text->len + LINE_ROOM};

    if (ch_l_show_views(L, index, text))
        return;
    l_table(L, index, &line);
    if (text->len - mark <= LINE_ROOM) {
        ch_l_text_put(L, text, "\n");
        return;
    }
    text->len = mark;
    l_show_entries(L, index, text);
}

void
ch_l_show(lua_State *L, int index, struct ch_lua_text *text)
{
    struct line line = {.text = text, .stop = text->len + MAX_STRING};

    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TTABLE) {
        l_show_table(L, index, text);
    } else if (lua_type(L, index) == LUA_TUSERDATA) {
        ch_l_show_view(L, index, text);
    } else {
        l_value(L, index, &line);
        ch_l_text_put(L, text, "\n");
    }
}
