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

/* sandbox_pattern.c */
int ch_l_find(lua_State *L);
int ch_l_match(lua_State *L);
int ch_l_gmatch(lua_State *L);
int ch_l_gsub(lua_State *L);

/* Whether the value at stack index `a` goes before the one at `b`; may raise. */
typedef bool (*ch_l_before_fn)(lua_State *L, int a, int b);
/* Sort the sequence in the table at the absolute `index`: stable, at most n log n comparisons
 * whatever they answer. [-0, +0] */
void ch_l_sort(lua_State *L, int index, ch_l_before_fn is_before);

/* sandbox_base.c */
/* Rank of a value's type where values are ordered: numbers, strings, booleans, all else, nil. */
int ch_l_key_class(lua_State *L, int index);
/* The order of keys in pairs(): numbers, strings, booleans, then values of ours by what they show.
 */
bool ch_l_is_before(lua_State *L, int a, int b);
/* Push the keys of the table at the absolute `index` in that order; [-0, +1]. */
void ch_l_sorted_keys(lua_State *L, int index);
int ch_l_pairs(lua_State *L);

/* sandbox_chandra.c: what is in the library chandra besides constants, and in those within it. */
extern const luaL_Reg ch_lua_chandra_functions[];
extern const luaL_Reg ch_lua_log_functions[];      /* log.c */
extern const luaL_Reg ch_lua_quantity_functions[]; /* quantity.c */
extern const luaL_Reg ch_lua_semver_functions[];   /* semver.c */
int ch_l_value_set(lua_State *L);                  /* valueset.c */

/* Every global name and, by library, every member: for chandra_lua_check(). */
size_t ch_lua_global_names(const char **names, size_t size);
/* The members of library `library`; 0 when there is no such library. */
size_t ch_lua_library_names(const char *library, const char **names, size_t size);

#endif
