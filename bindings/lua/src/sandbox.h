/* sandbox.h - the parts of the environment that policies see. */
#ifndef CH_LUA_SANDBOX_H
#define CH_LUA_SANDBOX_H

#include "vm.h"

extern const luaL_Reg ch_lua_base_functions[];   /* sandbox_base.c */
extern const luaL_Reg ch_lua_string_functions[]; /* sandbox_string.c */
extern const luaL_Reg ch_lua_table_functions[];  /* sandbox_table.c */
extern const luaL_Reg ch_lua_math_functions[];   /* sandbox_math.c */

/* What is taken from Lua's own libraries as it is; NULL-terminated names. */
extern const char *const ch_lua_string_borrowed[];
extern const char *const ch_lua_table_borrowed[];
extern const char *const ch_lua_math_borrowed[];
extern const char *const ch_lua_utf8_borrowed[];
extern const char *const ch_lua_base_borrowed[];

/* Whether the value at stack index `a` goes before the one at `b`; may raise. */
typedef bool (*ch_l_before_fn)(lua_State *L, int a, int b);
/* Sort the sequence in the table at the absolute `index`: stable, at most n log n comparisons
 * whatever they answer. [-0, +0] */
void ch_l_sort(lua_State *L, int index, ch_l_before_fn is_before);

/* Every global name and, by library, every member: for chandra_lua_check(). */
size_t ch_lua_global_names(const char **names, size_t size);
/* The members of library `library`; 0 when there is no such library. */
size_t ch_lua_library_names(const char *library, const char **names, size_t size);

#endif
