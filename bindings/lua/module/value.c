/* value.c - documents as plain Lua tables and back: arrays stay arrays, integers stay exact. */
#include "module.h"

#include <string.h>

#define ARRAY "chandra.array"
#define DOC "chandra.document"
#define TEXT "chandra.text"
#define MAX_DEPTH 100

static int
l_free_doc(lua_State *L)
{
    struct chandra_doc **doc = luaL_checkudata(L, 1, DOC);

    chandra_doc_free(*doc);
    *doc = NULL;
    return 0;
}

static int
l_free_text(lua_State *L)
{
    char **text = luaL_checkudata(L, 1, TEXT);

    chandra_free(*text);
    *text = NULL;
    return 0;
}

void
ch_l_mod_values_open(lua_State *L)
{
    luaL_newmetatable(L, ARRAY);
    luaL_newmetatable(L, DOC);
    lua_pushcfunction(L, l_free_doc);
    lua_setfield(L, -2, "__gc");
    luaL_newmetatable(L, TEXT);
    lua_pushcfunction(L, l_free_text);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 3);
}

struct chandra_doc **
ch_l_mod_doc(lua_State *L)
{
    struct chandra_doc **doc = lua_newuserdatauv(L, sizeof(void *), 0);

    *doc = NULL;
    luaL_setmetatable(L, DOC);
    return doc;
}

char **
ch_l_mod_text(lua_State *L)
{
    char **text = lua_newuserdatauv(L, sizeof(*text), 0);

    *text = NULL;
    luaL_setmetatable(L, TEXT);
    return text;
}

void
ch_l_mod_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

void
ch_l_mod_push_array(lua_State *L)
{
    lua_newtable(L);
    luaL_setmetatable(L, ARRAY);
}

int
ch_l_mod_array(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_setmetatable(L, ARRAY);
    return 1;
}

static void
l_push_number(lua_State *L, const struct chandra_value *value)
{
    int64_t integer;
    double number = 0;

    if (chandra_value_int64(value, &integer)) {
        lua_pushinteger(L, integer);
    } else {
        chandra_value_double(value, &number);
        lua_pushnumber(L, number);
    }
}

void
ch_l_mod_push_value(lua_State *L, const struct chandra_value *value)
{
    const size_t count = chandra_value_count(value);

    luaL_checkstack(L, 4, "document nested too deep");
    switch (chandra_value_type(value)) {
    case CHANDRA_NULL:
        ch_l_mod_push_null(L);
        break;
    case CHANDRA_BOOL:
        lua_pushboolean(L, chandra_value_is_true(value));
        break;
    case CHANDRA_NUMBER:
        l_push_number(L, value);
        break;
    case CHANDRA_STRING:
        lua_pushstring(L, chandra_value_string(value));
        break;
    case CHANDRA_ARRAY:
        ch_l_mod_push_array(L);
        for (size_t i = 0; i < count; i++) {
            ch_l_mod_push_value(L, chandra_value_at(value, i));
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    case CHANDRA_OBJECT:
        lua_createtable(L, 0, (int)count);
        for (size_t i = 0; i < count; i++) {
            lua_pushstring(L, chandra_value_key(value, i));
            ch_l_mod_push_value(L, chandra_value_at(value, i));
            lua_rawset(L, -3);
        }
        break;
    }
}

static struct chandra_value *
l_checked(lua_State *L, struct chandra_value *value)
{
    if (!value)
        luaL_error(L, "out of memory");
    return value;
}

static struct chandra_value *
l_string_value(lua_State *L, int index, struct chandra_doc *doc)
{
    size_t len;
    const char *text = lua_tolstring(L, index, &len);

    if (strlen(text) != len)
        luaL_error(L, "a string with an embedded zero cannot go into a document");
    return l_checked(L, chandra_value_new_string(doc, text));
}

static struct chandra_value *l_value(lua_State *L, int index, struct chandra_doc *doc, int depth);

static struct chandra_value *
l_array_value(lua_State *L, int index, struct chandra_doc *doc, int depth)
{
    struct chandra_value *array = l_checked(L, chandra_value_new_array(doc));
    const lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    lua_Integer seen = 0;

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        seen++;
    if (seen != count)
        luaL_error(L, "a table must be an array or an object, not both");
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        if (!chandra_value_append(array, l_value(L, lua_gettop(L), doc, depth + 1)))
            luaL_error(L, "out of memory");
        lua_pop(L, 1);
    }
    return array;
}

static struct chandra_value *
l_object_value(lua_State *L, int index, struct chandra_doc *doc, int depth)
{
    struct chandra_value *object = l_checked(L, chandra_value_new_object(doc));

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "the names of an object must be strings, got a %s", luaL_typename(L, -2));
        if (!chandra_value_set(object, lua_tostring(L, -2),
                               l_value(L, lua_gettop(L), doc, depth + 1)))
            luaL_error(L, "out of memory");
    }
    return object;
}

static bool
l_is_array(lua_State *L, int index)
{
    bool is_array = lua_rawlen(L, index) > 0;

    if (!is_array && lua_getmetatable(L, index)) {
        luaL_getmetatable(L, ARRAY);
        is_array = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    return is_array;
}

static struct chandra_value *
l_value(lua_State *L, int index, struct chandra_doc *doc, int depth)
{
    if (depth > MAX_DEPTH)
        luaL_error(L, "table nested deeper than %d", MAX_DEPTH);
    luaL_checkstack(L, 6, "table nested too deep");
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        return l_checked(L, chandra_value_new_bool(doc, lua_toboolean(L, index)));
    case LUA_TNUMBER:
        return l_checked(L, lua_isinteger(L, index)
                                ? chandra_value_new_int64(doc, lua_tointeger(L, index))
                                : chandra_value_new_double(doc, lua_tonumber(L, index)));
    case LUA_TSTRING:
        return l_string_value(L, index, doc);
    case LUA_TTABLE:
        return l_is_array(L, index) ? l_array_value(L, index, doc, depth)
                                    : l_object_value(L, index, doc, depth);
    case LUA_TLIGHTUSERDATA:
        if (!lua_touserdata(L, index))
            return l_checked(L, chandra_value_new_null(doc));
        break;
    default:
        break;
    }
    luaL_error(L, "a %s cannot go into a document", luaL_typename(L, index));
    return NULL;
}

struct chandra_value *
ch_l_mod_to_value(lua_State *L, int index, struct chandra_doc *doc)
{
    return l_value(L, lua_absindex(L, index), doc, 0);
}
