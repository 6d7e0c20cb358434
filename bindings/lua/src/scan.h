/* scan.h - read policy text token by token, for what can be said without running it. */
#ifndef CH_LUA_SCAN_H
#define CH_LUA_SCAN_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

enum ch_lua_token_kind {
    CH_LUA_TOKEN_END,
    CH_LUA_TOKEN_NAME,    /* an identifier */
    CH_LUA_TOKEN_KEYWORD, /* a reserved word */
    CH_LUA_TOKEN_VALUE,   /* a number or a string */
    CH_LUA_TOKEN_SIGN,    /* punctuation; "==", "::", "..", "..." are one token */
};

struct ch_lua_token {
    enum ch_lua_token_kind kind;
    const char *text;
    size_t len;
    unsigned line;
    unsigned column; /* of its first byte, from 1 */
};

/* Split the text into tokens, the last of them END. What is no Lua at all becomes a SIGN: the
 * parser will have its say about it. Ownership: chandra_free(*out_tokens). False: out of memory. */
bool ch_lua_tokenize(const char *text, size_t len, struct ch_lua_token **out_tokens,
                     size_t *out_count);
/* Whether the token is exactly this text. */
bool ch_lua_token_is(const struct ch_lua_token *token, const char *text);

typedef void (*ch_lua_scan_fn)(void *user, const char *rule, unsigned line, unsigned column,
                               const char *message);
/* Report what is wrong with a policy though it may be good Lua: names that nobody has, locals that
 * nobody reads, calls that do not suit what is called, results that do not suit the hook. Nothing
 * is said about a text that is no Lua. False: out of memory. */
bool ch_lua_scan(const struct ch_lua_token *tokens, size_t count, ch_lua_scan_fn fn, void *user);

#endif
