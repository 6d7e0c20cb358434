/* show.h - values of a policy as text for people: what a console prints.
 *
 * Everything fits 80 columns. Functions called ch_l_* raise when memory or the budget ends; the
 * text keeps what it has, and is its owner's to clear.
 */
#ifndef CH_LUA_SHOW_H
#define CH_LUA_SHOW_H

#include "vm.h"

/* Text that grows in the VM's memory. Zeroed memory with `vm` set is empty. */
struct ch_lua_text {
    struct ch_lua_vm *vm;
    char *data; /* not terminated */
    size_t len;
    size_t size;
    bool is_cut; /* there was more than is worth showing */
};

void ch_l_text_add(lua_State *L, struct ch_lua_text *text, const char *part, size_t len);
void ch_l_text_put(lua_State *L, struct ch_lua_text *text, const char *part);
void ch_l_text_format(lua_State *L, struct ch_lua_text *text, const char *fmt, ...)
    CHANDRA_PRINTF(3, 4);
void ch_lua_text_clear(struct ch_lua_text *text);

/* Append a value as a block of lines. */
void ch_l_show(lua_State *L, int index, struct ch_lua_text *text);
/* Append a value as part of a line, cut after about `room` characters; strings without quotes. */
void ch_l_show_inline(lua_State *L, int index, struct ch_lua_text *text, size_t room);
/* show_view.c: append a view, or a sequence of views of one type, as a table. */
void ch_l_show_view(lua_State *L, int index, struct ch_lua_text *text);
bool ch_l_show_views(lua_State *L, int index, struct ch_lua_text *text);

/* show_grid.c: text in columns. The cells are strings in a table on the stack. */
enum { CH_LUA_GRID_COLUMNS = 6, CH_LUA_GRID_ROWS = 20, CH_LUA_GRID_WIDTH = 80 };

struct ch_lua_grid {
    int cells; /* stack index of the table */
    int columns;
    lua_Integer count;
};

/* Begin with a heading for each column, ended by NULL; [-0, +1]. */
void ch_l_grid_open(lua_State *L, struct ch_lua_grid *grid, const char *const *headings);
/* Add the text on top as the next cell; [-1, +0]. */
void ch_l_grid_add(lua_State *L, struct ch_lua_grid *grid);
/* Add the value at `index`, shown inline, as the next cell; [-0, +0]. */
void ch_l_grid_add_value(lua_State *L, struct ch_lua_grid *grid, int index,
                         struct ch_lua_text *text);
/* Append the grid, and how many rows there are beyond it; [-1, +0]. */
void ch_l_grid_close(lua_State *L, struct ch_lua_grid *grid, struct ch_lua_text *text,
                     lua_Integer more);

#endif
