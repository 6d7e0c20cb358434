/* token.c - split Lua text into tokens. */
#include "scan.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <ctype.h>
#include <string.h>

struct lexer {
    const char *p, *end;
    const char *line_start;
    unsigned line;
};

bool
ch_lua_token_is(const struct ch_lua_token *token, const char *text)
{
    return token->kind != CH_LUA_TOKEN_END && token->kind != CH_LUA_TOKEN_VALUE &&
           strlen(text) == token->len && memcmp(token->text, text, token->len) == 0;
}

static bool
is_keyword(const char *text, size_t len)
{
    static const char words[] = " and break do else elseif end false for function goto if in local "
                                "nil not or repeat return then true until while ";
    const char *p = words;

    while ((p = strchr(p, ' ')) && p[1]) {
        p++;
        if (strncmp(p, text, len) == 0 && p[len] == ' ')
            return true;
    }
    return false;
}

/* How many '=' a long bracket that begins here has; -1 when none begins. */
static int
long_bracket(const struct lexer *lexer)
{
    const char *p = lexer->p + 1;

    while (p < lexer->end && *p == '=')
        p++;
    return p < lexer->end && *lexer->p == '[' && *p == '[' ? (int)(p - lexer->p - 1) : -1;
}

static bool
is_line_end(const struct lexer *lexer)
{
    return *lexer->p == '\n' || *lexer->p == '\r';
}

/* Skip one character; "\r\n" and "\n\r" are one line end, as Lua counts. */
static void
skip_char(struct lexer *lexer)
{
    const char c = *lexer->p;

    if (is_line_end(lexer)) {
        lexer->line++;
        lexer->p++;
        if (lexer->p < lexer->end && is_line_end(lexer) && *lexer->p != c)
            lexer->p++;
        lexer->line_start = lexer->p;
    } else {
        lexer->p++;
    }
}

/* Skip "[==[ ... ]==]". */
static void
skip_long(struct lexer *lexer, int level)
{
    lexer->p += level + 2;
    while (lexer->p < lexer->end) {
        const char *p = lexer->p + 1;

        if (*lexer->p != ']') {
            skip_char(lexer);
            continue;
        }
        while (p < lexer->end && *p == '=')
            p++;
        if (p < lexer->end && *p == ']' && p - lexer->p - 1 == level) {
            lexer->p = p + 1;
            return;
        }
        lexer->p++;
    }
}

static void
skip_comment(struct lexer *lexer)
{
    int level;

    lexer->p += 2;
    level = lexer->p < lexer->end ? long_bracket(lexer) : -1;
    if (level >= 0)
        skip_long(lexer, level);
    while (level < 0 && lexer->p < lexer->end && !is_line_end(lexer))
        lexer->p++;
}

static void
skip_space(struct lexer *lexer)
{
    while (lexer->p < lexer->end) {
        if (isspace((unsigned char)*lexer->p))
            skip_char(lexer);
        else if (lexer->end - lexer->p >= 2 && lexer->p[0] == '-' && lexer->p[1] == '-')
            skip_comment(lexer);
        else
            return;
    }
}

/* Skip a backslash and what it stands before; "\z" takes all the space behind it. */
static void
skip_escape(struct lexer *lexer)
{
    bool is_gap;

    lexer->p++;
    is_gap = lexer->p < lexer->end && *lexer->p == 'z';
    if (lexer->p < lexer->end)
        skip_char(lexer);
    while (is_gap && lexer->p < lexer->end && isspace((unsigned char)*lexer->p))
        skip_char(lexer);
}

static void
skip_string(struct lexer *lexer)
{
    const char quote = *lexer->p++;

    while (lexer->p < lexer->end && *lexer->p != quote && !is_line_end(lexer)) {
        if (*lexer->p == '\\')
            skip_escape(lexer);
        else
            lexer->p++;
    }
    if (lexer->p < lexer->end && *lexer->p == quote)
        lexer->p++;
}

static void
skip_number(struct lexer *lexer)
{
    while (lexer->p < lexer->end) {
        const bool is_exponent = strchr("eEpP", *lexer->p) && lexer->p + 1 < lexer->end &&
                                 (lexer->p[1] == '+' || lexer->p[1] == '-');

        if (!isalnum((unsigned char)*lexer->p) && *lexer->p != '.')
            return;
        lexer->p += is_exponent ? 2 : 1;
    }
}

static void
skip_sign(struct lexer *lexer)
{
    static const char *const signs[] = {
        "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        const size_t len = strlen(signs[i]);

        if ((size_t)(lexer->end - lexer->p) >= len && memcmp(lexer->p, signs[i], len) == 0) {
            lexer->p += len;
            return;
        }
    }
    lexer->p++;
}

static struct ch_lua_token
next_token(struct lexer *lexer)
{
    struct ch_lua_token token = {.kind = CH_LUA_TOKEN_END};
    unsigned char c;

    skip_space(lexer);
    token.text = lexer->p;
    token.line = lexer->line;
    token.column = (unsigned)(lexer->p - lexer->line_start) + 1;
    if (lexer->p >= lexer->end)
        return token;
    c = (unsigned char)*lexer->p;
    if (isalpha(c) || c == '_') {
        while (lexer->p < lexer->end && (isalnum((unsigned char)*lexer->p) || *lexer->p == '_'))
            lexer->p++;
        token.kind = is_keyword(token.text, (size_t)(lexer->p - token.text)) ? CH_LUA_TOKEN_KEYWORD
                                                                             : CH_LUA_TOKEN_NAME;
    } else if (c == '"' || c == '\'') {
        skip_string(lexer);
        token.kind = CH_LUA_TOKEN_VALUE;
    } else if (long_bracket(lexer) >= 0) {
        skip_long(lexer, long_bracket(lexer));
        token.kind = CH_LUA_TOKEN_VALUE;
    } else if (isdigit(c) ||
               (c == '.' && lexer->p + 1 < lexer->end && isdigit((unsigned char)lexer->p[1]))) {
        skip_number(lexer);
        token.kind = CH_LUA_TOKEN_VALUE;
    } else {
        skip_sign(lexer);
        token.kind = CH_LUA_TOKEN_SIGN;
    }
    token.len = (size_t)(lexer->p - token.text);
    return token;
}

bool
ch_lua_tokenize(const char *text, size_t len, struct ch_lua_token **out_tokens, size_t *out_count)
{
    struct lexer lexer = {text, text + len, text, 1};
    struct ch_lua_token *tokens = NULL;
    size_t count = 0, capacity = 0;

    do {
        if (count == capacity) {
            const size_t want = capacity ? capacity * 2 : 256;
            struct ch_lua_token *grown = chandra_realloc(tokens, want * sizeof(*tokens));

            if (!grown) {
                chandra_free(tokens);
                return false;
            }
            tokens = grown;
            capacity = want;
        }
        tokens[count] = next_token(&lexer);
    } while (tokens[count++].kind != CH_LUA_TOKEN_END);
    *out_tokens = tokens;
    *out_count = count;
    return true;
}
