/* show_grid.c - text in columns that fit the screen: the widest column gives way. */
#include "show.h"

#include <string.h>

enum { GAP = 2, LEAST_WIDTH = 8 };

/* Characters of UTF-8 text: bytes that do not continue one. */
static size_t
text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

/* Bytes of the first `width` characters. */
static size_t
width_bytes(const char *text, size_t width)
{
    const char *end = text;

    while (*end) {
        if (((unsigned char)*end & 0xC0) != 0x80 && width-- == 0)
            break;
        end++;
    }
    return (size_t)(end - text);
}

void
ch_l_grid_open(lua_State *L, struct ch_lua_grid *grid, const char *const *headings)
{
    luaL_checkstack(L, 20, NULL);
    lua_newtable(L);
    *grid = (struct ch_lua_grid){.cells = lua_gettop(L)};
    while (headings[grid->columns]) {
        lua_pushstring(L, headings[grid->columns++]);
        ch_l_grid_add(L, grid);
    }
}

void
ch_l_grid_add(lua_State *L, struct ch_lua_grid *grid)
{
    ch_l_charge(L, 10);
    lua_rawseti(L, grid->cells, ++grid->count);
}

void
ch_l_grid_add_value(lua_State *L, struct ch_lua_grid *grid, int index, struct ch_lua_text *text)
{
    const size_t mark = text->len;

    ch_l_show_inline(L, index, text, CH_LUA_GRID_WIDTH);
    if (text->len > mark)
        lua_pushlstring(L, text->data + mark, text->len - mark);
    else
        lua_pushliteral(L, "");
    text->len = mark;
    ch_l_grid_add(L, grid);
}

static const char *
l_cell(lua_State *L, const struct ch_lua_grid *grid, lua_Integer index)
{
    const char *cell;

    lua_rawgeti(L, grid->cells, index);
    cell = lua_tostring(L, -1); /* stays alive in the table */
    lua_pop(L, 1);
    return cell ? cell : "";
}

static void
l_measure(lua_State *L, const struct ch_lua_grid *grid, size_t widths[CH_LUA_GRID_COLUMNS])
{
    size_t total = GAP * (size_t)(grid->columns - 1);

    for (lua_Integer i = 0; i < grid->count; i++) {
        const size_t width = text_width(l_cell(L, grid, i + 1));
        if (width > widths[i % grid->columns])
            widths[i % grid->columns] = width;
    }
    for (int i = 0; i < grid->columns; i++)
        total += widths[i];
    for (; total > CH_LUA_GRID_WIDTH; total--) {
        int widest = 0;
        for (int i = 1; i < grid->columns; i++)
            if (widths[i] >= widths[widest])
                widest = i;
        if (widths[widest] <= LEAST_WIDTH)
            break;
        widths[widest]--;
    }
}

static void
l_add_cell(lua_State *L, struct ch_lua_text *text, const char *cell, size_t width, bool is_last)
{
    const size_t own = text_width(cell);

    if (own > width) {
        ch_l_text_add(L, text, cell, width_bytes(cell, width - 3));
        ch_l_text_put(L, text, "...");
    } else {
        ch_l_text_put(L, text, cell);
        for (size_t i = own; i < width && !is_last; i++)
            ch_l_text_add(L, text, " ", 1);
    }
    ch_l_text_put(L, text, is_last ? "\n" : "  ");
}

void
ch_l_grid_close(lua_State *L, struct ch_lua_grid *grid, struct ch_lua_text *text, lua_Integer more)
{
    size_t widths[CH_LUA_GRID_COLUMNS] = {0};

    l_measure(L, grid, widths);
    for (lua_Integer i = 0; i < grid->count; i++) {
        const int column = (int)(i % grid->columns);
        l_add_cell(L, text, l_cell(L, grid, i + 1), widths[column], column == grid->columns - 1);
    }
    if (more > 0)
        ch_l_text_format(L, text, "... %lld more\n", (long long)more);
    lua_settop(L, grid->cells - 1);
}
