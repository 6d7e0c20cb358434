/* sandbox_string.c - string functions whose work is bounded by their arguments. */
#include "sandbox.h"

#include <lualib.h>
#include <string.h>

const char *const ch_lua_string_borrowed[] = {"char", "len",   "lower", "reverse",
                                              "sub",  "upper", NULL};
const char *const ch_lua_utf8_borrowed[] = {"char", "codepoint", "codes", "len", "offset", NULL};

/* rep(text, n [, separator]): Lua's, which never ends for an empty text and a huge n. */
static int
l_rep(lua_State *L)
{
    size_t len, sep_len;
    const lua_Integer count = luaL_checkinteger(L, 2);

    luaL_checklstring(L, 1, &len);
    luaL_optlstring(L, 3, "", &sep_len);
    if (len + sep_len == 0 || count <= 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((lua_Unsigned)count > CH_LUA_MAX_STRING / (len + sep_len))
        return luaL_error(L, "string.rep: the result is longer than %d bytes",
                          (int)CH_LUA_MAX_STRING);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* byte(text [, i [, j]]): Lua's, with a bound on the number of results. */
static int
l_byte(lua_State *L)
{
    const lua_Integer i = luaL_optinteger(L, 2, 1), j = luaL_optinteger(L, 3, i);
    lua_Integer len, first, last;

    luaL_checkstring(L, 1);
    len = (lua_Integer)lua_rawlen(L, 1);
    first = i < -len ? 1 : i < 0 ? len + i + 1 : i;
    last = j < -len ? 0 : j < 0 ? len + j + 1 : j > len ? len : j;
    if (first <= last && last - first >= CH_LUA_MAX_RESULTS)
        return luaL_error(L, "string.byte: more than %d results", CH_LUA_MAX_RESULTS);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* Lua's format would show the addresses of tables and functions, which differ between VMs. */
static int
l_format(lua_State *L)
{
    const char *p = luaL_checkstring(L, 1);

    for (; *p; p++)
        if (*p == '%') {
            p += strspn(p + 1, "-+ #0123456789.") + 1;
            if (*p == 'p')
                return luaL_error(L, "string.format: '%%p' is not offered");
            if (!*p)
                break;
        }
    for (int i = lua_gettop(L); i > 1; i--)
        if (lua_type(L, i) == LUA_TTABLE || lua_type(L, i) == LUA_TFUNCTION) {
            lua_pushstring(L, luaL_typename(L, i));
            lua_replace(L, i);
        }
    ch_l_charge(L, 10);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* split(text, separator): the parts between the plain separators. */
static int
l_split(lua_State *L)
{
    size_t len, sep_len;
    const char *text = luaL_checklstring(L, 1, &len);
    const char *sep = luaL_checklstring(L, 2, &sep_len);
    const char *start = text, *end = text + len;
    lua_Integer count = 0;

    luaL_argcheck(L, sep_len > 0, 2, "empty separator");
    lua_newtable(L);
    for (const char *p = text; (size_t)(end - p) >= sep_len;) {
        ch_l_charge(L, 1 + sep_len / 64);
        if (memcmp(p, sep, sep_len) != 0) {
            p++;
            continue;
        }
        lua_pushlstring(L, start, (size_t)(p - start));
        lua_rawseti(L, -2, ++count);
        p += sep_len;
        start = p;
    }
    lua_pushlstring(L, start, (size_t)(end - start));
    lua_rawseti(L, -2, ++count);
    return 1;
}

const luaL_Reg ch_lua_string_functions[] = {
    {"byte", l_byte},        {"find", ch_l_find}, {"format", l_format},
    {"gmatch", ch_l_gmatch}, {"gsub", ch_l_gsub}, {"match", ch_l_match},
    {"rep", l_rep},          {"split", l_split},  {NULL, NULL},
};
