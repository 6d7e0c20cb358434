/* scan.c - find globals and misspelt names by looking at the tokens of a policy.
 *
 * A name counts as local when the text declares it anywhere: what this misses the sandbox finds at
 * run time, and it never blames a good policy.
 */
#include "scan.h"
#include "sandbox.h"
#include "view.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

/* A parameter of the hook that is being scanned, and what it is. */
struct param {
    const struct ch_lua_token *name;
    const struct ch_lua_type *type;
};

struct scan {
    const struct ch_lua_token *tokens;
    size_t count;
    ch_lua_scan_fn fn;
    void *user;
    struct param params[3];
    int depth;      /* of blocks */
    int hook_depth; /* depth outside the hook; -1 while in none */
};

static const struct ch_lua_type *const hook_params[CH_LUA_HOOK_COUNT][3] = {
    [CH_LUA_MATCH] = {&ch_lua_cx_type, &ch_lua_claim_type, &ch_lua_set_type},
    [CH_LUA_SCORE] = {&ch_lua_cx_type, &ch_lua_pod_type, &ch_lua_node_type},
    [CH_LUA_SCORES] = {&ch_lua_cx_type, &ch_lua_pod_type, &ch_lua_set_type},
    [CH_LUA_SUGGEST] = {&ch_lua_cx_type, &ch_lua_pod_type, &ch_lua_set_type},
    [CH_LUA_RELEASE] = {&ch_lua_cx_type, &ch_lua_pod_type, NULL},
};

static bool
is_same(const struct ch_lua_token *a, const struct ch_lua_token *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static const struct ch_lua_token *
token_at(const struct scan *scan, size_t i)
{
    return &scan->tokens[i < scan->count ? i : scan->count - 1];
}

static bool
is_sign(const struct scan *scan, size_t i, const char *sign)
{
    return ch_lua_token_is(token_at(scan, i), sign);
}

static void
report(struct scan *scan, const struct ch_lua_token *token, const char *what, const char *near)
{
    char message[256];

    if (near)
        snprintf(message, sizeof(message), "%s '%.*s'; did you mean '%s'?", what,
                 (int)(token->len < 64 ? token->len : 64), token->text, near);
    else
        snprintf(message, sizeof(message), "%s '%.*s'", what,
                 (int)(token->len < 64 ? token->len : 64), token->text);
    scan->fn(scan->user, token->line, message);
}

/* Report the token unless it is one of the names. */
static void
check_name(struct scan *scan, const struct ch_lua_token *token, const char *what,
           const char *const *names, size_t count)
{
    char name[65];

    snprintf(name, sizeof(name), "%.*s", (int)(token->len < 64 ? token->len : 64), token->text);
    for (size_t i = 0; i < count; i++)
        if (ch_lua_token_is(token, names[i]))
            return;
    report(scan, token, what, chandra_nearest(name, names, count));
}

/* Whether the list of names that ends before `end`, such as "a, b <const>, c", has the name. */
static bool
list_has(const struct scan *scan, size_t i, const struct ch_lua_token *name, const char *end)
{
    for (; i < scan->count && !is_sign(scan, i, end); i++) {
        const struct ch_lua_token *token = token_at(scan, i);

        if (is_sign(scan, i, "<")) {
            i += 2; /* an attribute */
            continue;
        }
        if (token->kind == CH_LUA_TOKEN_NAME && is_same(token, name))
            return true;
        /* "local a" may end without a sign: at anything that is no name, comma or attribute. */
        if (token->kind != CH_LUA_TOKEN_NAME && !is_sign(scan, i, ",") && !is_sign(scan, i, "..."))
            return false;
        if (token->kind == CH_LUA_TOKEN_NAME && token_at(scan, i + 1)->kind == CH_LUA_TOKEN_NAME)
            return false;
    }
    return false;
}

/* Where the parameter list of the function at `i` begins, behind "("; *out_is_method for a:b. */
static size_t
params_of(const struct scan *scan, size_t i, bool *out_is_method)
{
    *out_is_method = false;
    while (i < scan->count - 1 && !is_sign(scan, i, "(")) {
        *out_is_method = *out_is_method || is_sign(scan, i, ":");
        i++;
    }
    return i + 1;
}

/* Whether the declaration at token `i`, if it is one, declares the name. */
static bool
declares(const struct scan *scan, size_t i, const struct ch_lua_token *name)
{
    bool is_method;
    size_t params;

    if (is_sign(scan, i, "local") && is_sign(scan, i + 1, "function"))
        return is_same(token_at(scan, i + 2), name);
    if (is_sign(scan, i, "local"))
        return list_has(scan, i + 1, name, "=");
    if (is_sign(scan, i, "for"))
        return list_has(scan, i + 1, name, "=") || list_has(scan, i + 1, name, "in");
    if (!is_sign(scan, i, "function"))
        return false;
    params = params_of(scan, i, &is_method);
    return list_has(scan, params, name, ")") || (is_method && ch_lua_token_is(name, "self"));
}

static bool
is_declared(const struct scan *scan, const struct ch_lua_token *name)
{
    if (ch_lua_token_is(name, "_ENV"))
        return true;
    for (size_t i = 0; i < scan->count; i++)
        if (scan->tokens[i].kind == CH_LUA_TOKEN_KEYWORD && declares(scan, i, name))
            return true;
    return false;
}

/* The hook whose function begins at `i`: "function P.match(" or "match = function(". */
static enum ch_lua_hook
hook_at(const struct scan *scan, size_t i)
{
    const struct ch_lua_token *name;

    if (is_sign(scan, i + 2, ".") && is_sign(scan, i + 4, "("))
        name = token_at(scan, i + 3);
    else if (i >= 2 && is_sign(scan, i - 1, "="))
        name = token_at(scan, i - 2);
    else
        return CH_LUA_HOOK_COUNT;
    return ch_lua_hook_find(name->text, name->len);
}

static void
enter_function(struct scan *scan, size_t i)
{
    const enum ch_lua_hook hook = hook_at(scan, i);
    bool is_method;

    if (scan->hook_depth >= 0 || hook == CH_LUA_HOOK_COUNT)
        return;
    scan->hook_depth = scan->depth;
    i = params_of(scan, i, &is_method);
    for (int k = 0; k < 3; k++) {
        scan->params[k] = (struct param){NULL, NULL};
        if (token_at(scan, i)->kind == CH_LUA_TOKEN_NAME)
            scan->params[k] = (struct param){token_at(scan, i), hook_params[hook][k]};
        i += is_sign(scan, i + 1, ",") ? 2 : 1;
    }
}

/* Keep count of blocks, and of which hook we are in. */
static void
follow_blocks(struct scan *scan, size_t i)
{
    if (is_sign(scan, i, "function"))
        enter_function(scan, i);
    if (is_sign(scan, i, "function") || is_sign(scan, i, "do") || is_sign(scan, i, "if") ||
        is_sign(scan, i, "repeat"))
        scan->depth++;
    if (is_sign(scan, i, "end") || is_sign(scan, i, "until")) {
        scan->depth--;
        if (scan->depth <= scan->hook_depth) {
            scan->hook_depth = -1;
            memset(scan->params, 0, sizeof(scan->params));
        }
    }
}

/* The token at `i` is a name with "." or ":" and a name behind it: check that member. */
static void
check_member(struct scan *scan, size_t i, bool is_local)
{
    const struct ch_lua_token *base = token_at(scan, i), *member = token_at(scan, i + 2);
    const char *names[128];
    char what[96], library[16];
    size_t count = 0;

    if (member->kind != CH_LUA_TOKEN_NAME || base->len >= sizeof(library))
        return;
    if (!is_local) {
        snprintf(library, sizeof(library), "%.*s", (int)base->len, base->text);
        count = ch_lua_library_names(library, names, 127);
        snprintf(what, sizeof(what), "library %s has no member", library);
        if (count > 0)
            check_name(scan, member, what, names, count);
        return;
    }
    for (int k = 0; k < 3; k++)
        if (scan->params[k].type && is_same(scan->params[k].name, base)) {
            ch_lua_type_names(scan->params[k].type, names, 128);
            while (names[count])
                count++;
            snprintf(what, sizeof(what), "%s has no field", scan->params[k].type->name);
            check_name(scan, member, what, names, count);
            return;
        }
}

/* The name at `i` is neither a member nor a key: a local or a global. */
static void
check_variable(struct scan *scan, size_t i, const struct ch_lua_token *previous)
{
    const struct ch_lua_token *name = token_at(scan, i);
    const bool is_local = is_declared(scan, name);
    const char *names[128];

    if (is_sign(scan, i + 1, ".") || is_sign(scan, i + 1, ":"))
        check_member(scan, i, is_local);
    if (is_local)
        return;
    if (is_sign(scan, i + 1, "=") ||
        (ch_lua_token_is(previous, "function") && is_sign(scan, i + 1, "("))) {
        report(scan, name, "writes the global", NULL);
        return;
    }
    check_name(scan, name, "unknown global", names, ch_lua_global_names(names, 128));
}

/* Whether the token before a name says that the name is no variable: a member, a label. */
static bool
is_no_variable(const struct ch_lua_token *previous)
{
    static const char *const signs[] = {".", ":", "::", "goto", "<"};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (ch_lua_token_is(previous, signs[i]))
            return true;
    return false;
}

/* Whether the name at `i` is the key of a table's field. */
static bool
is_key(const struct scan *scan, size_t i, const struct ch_lua_token *previous)
{
    return is_sign(scan, i + 1, "=") &&
           (ch_lua_token_is(previous, "{") || ch_lua_token_is(previous, ",") ||
            ch_lua_token_is(previous, ";"));
}

void
ch_lua_scan(const struct ch_lua_token *tokens, size_t count, ch_lua_scan_fn fn, void *user)
{
    struct scan scan = {.tokens = tokens, .count = count, .fn = fn, .user = user, .hook_depth = -1};
    const struct ch_lua_token start = {.kind = CH_LUA_TOKEN_SIGN, .text = "", .len = 0};
    int braces = 0;

    for (size_t i = 0; i + 1 < count; i++) {
        const struct ch_lua_token *previous = i > 0 ? &tokens[i - 1] : &start;

        follow_blocks(&scan, i);
        braces += is_sign(&scan, i, "{");
        braces -= is_sign(&scan, i, "}");
        if (tokens[i].kind == CH_LUA_TOKEN_NAME && !is_no_variable(previous) &&
            !(braces > 0 && is_key(&scan, i, previous)))
            check_variable(&scan, i, previous);
    }
}
