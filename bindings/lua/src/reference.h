/* reference.h - the tables that make up the reference of the script API, one for each topic.
 *
 * They are the one place where names, types and meaning of what scripts see are written down: the
 * README's reference, the editor's stubs, the console's help and the checker are made from them,
 * and a test walks the sandbox for what they lack. Types are written as the Lua language server
 * does: "string?", "node|string", "claim[]", "fun(node: node): boolean"; names of ours are those
 * of CHANDRA_LUA_ENTRY_TYPE entries. Texts are plain, with `code` in back quotes.
 */
#ifndef CH_LUA_REFERENCE_H
#define CH_LUA_REFERENCE_H

#include <chandra/lua.h>

/* The topics, each ended by an entry without a name. */
extern const struct chandra_lua_entry ch_lua_reference_hooks[];   /* reference_hooks.c */
extern const struct chandra_lua_entry ch_lua_reference_cx[];      /* reference_cx.c */
extern const struct chandra_lua_entry ch_lua_reference_nodes[];   /* reference_nodes.c */
extern const struct chandra_lua_entry ch_lua_reference_objects[]; /* reference_objects.c */
extern const struct chandra_lua_entry ch_lua_reference_chandra[]; /* reference_chandra.c */
extern const struct chandra_lua_entry ch_lua_reference_base[];    /* reference_base.c */

/* How entries begin. */
#define HEADER(key)                                                                     \
    .kind = CHANDRA_LUA_ENTRY_HEADER, .name = "--!chandra " key "=", .owner = "header", \
    .member = (key)
#define HOOK(hook) .kind = CHANDRA_LUA_ENTRY_HOOK, .name = (hook), .member = (hook)
#define TYPE(type) .kind = CHANDRA_LUA_ENTRY_TYPE, .name = (type), .member = (type)
#define FIELD(type, field) \
    .kind = CHANDRA_LUA_ENTRY_FIELD, .name = type "." field, .owner = (type), .member = (field)
#define METHOD(type, method) \
    .kind = CHANDRA_LUA_ENTRY_METHOD, .name = type ":" method, .owner = (type), .member = (method)
#define OPERATOR(type, text, metamethod) \
    .kind = CHANDRA_LUA_ENTRY_OPERATOR, .name = (text), .owner = (type), .member = (metamethod)
#define LIBRARY(library) .kind = CHANDRA_LUA_ENTRY_LIBRARY, .name = (library), .member = (library)
#define FUNCTION(library, function)                                                       \
    .kind = CHANDRA_LUA_ENTRY_FUNCTION, .name = library "." function, .owner = (library), \
    .member = (function)
#define CONSTANT(library, constant)                                                       \
    .kind = CHANDRA_LUA_ENTRY_CONSTANT, .name = library "." constant, .owner = (library), \
    .member = (constant)
#define GLOBAL(function) \
    .kind = CHANDRA_LUA_ENTRY_FUNCTION, .name = (function), .member = (function)

/* Lists of {name, type, what it is}; the names of results, and any text, may be NULL. */
#define ARGUMENTS(...)                              \
    .arguments = (const struct chandra_lua_value[]) \
    {                                               \
        __VA_ARGS__,                                \
        {                                           \
            NULL, NULL, NULL                        \
        }                                           \
    }
#define RETURNS(...)                              \
    .returns = (const struct chandra_lua_value[]) \
    {                                             \
        __VA_ARGS__,                              \
        {                                         \
            NULL, NULL, NULL                      \
        }                                         \
    }
/* The type of a field, a constant or a result without a name. */
#define OF(type) RETURNS({NULL, (type), NULL})

#endif
