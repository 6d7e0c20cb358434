/* analysis_scope.c - the tokens, locals and remarks of an analysis. */
#include "analysis.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
ch_lua_lose(struct ch_lua_analysis *analysis)
{
    analysis->is_lost = true;
    analysis->at = analysis->count - 1;
}

const struct ch_lua_token *
ch_lua_now(const struct ch_lua_analysis *analysis)
{
    return &analysis->tokens[analysis->at];
}

bool
ch_lua_sees(const struct ch_lua_analysis *analysis, size_t ahead, const char *text)
{
    return analysis->at + ahead < analysis->count &&
           ch_lua_token_is(&analysis->tokens[analysis->at + ahead], text);
}

bool
ch_lua_accept(struct ch_lua_analysis *analysis, const char *text)
{
    if (!ch_lua_sees(analysis, 0, text))
        return false;
    analysis->at++;
    return true;
}

void
ch_lua_expect(struct ch_lua_analysis *analysis, const char *text)
{
    if (!ch_lua_accept(analysis, text))
        ch_lua_lose(analysis);
}

const struct ch_lua_token *
ch_lua_name(struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *name = ch_lua_now(analysis);

    if (name->kind != CH_LUA_TOKEN_NAME)
        ch_lua_lose(analysis);
    else
        analysis->at++;
    return name;
}

/* Make room for one more element; false, and lost, when out of memory. */
static bool
grow(struct ch_lua_analysis *analysis, void *items_pointer, size_t count, size_t *capacity,
     size_t size)
{
    void *items;

    if (count < *capacity)
        return true;
    memcpy(&items, items_pointer, sizeof(items));
    items = chandra_realloc(items, (*capacity * 2 + 32) * size);
    if (!items) {
        analysis->is_out_of_memory = true;
        ch_lua_lose(analysis);
        return false;
    }
    *capacity = *capacity * 2 + 32;
    memcpy(items_pointer, &items, sizeof(items));
    return true;
}

void
ch_lua_remark(struct ch_lua_analysis *analysis, const char *rule, const struct ch_lua_token *token,
              size_t basis, const char *fmt, ...)
{
    struct ch_lua_remark *remark;
    va_list args;

    if (!grow(analysis, &analysis->remarks, analysis->remark_count, &analysis->remark_capacity,
              sizeof(*remark)))
        return;
    remark = &analysis->remarks[analysis->remark_count++];
    *remark = (struct ch_lua_remark){
        .rule = rule, .line = token->line, .column = token->column, .basis = basis};
    va_start(args, fmt);
    vsnprintf(remark->message, sizeof(remark->message), fmt, args);
    va_end(args);
}

void
ch_lua_remark_near(struct ch_lua_analysis *analysis, const char *rule, const char *what,
                   const struct ch_lua_token *token, const char *const *names, size_t basis)
{
    const int len = (int)(token->len < 64 ? token->len : 64);
    char name[65];
    const char *near;
    size_t count = 0;

    while (names[count])
        count++;
    snprintf(name, sizeof(name), "%.*s", len, token->text);
    near = chandra_nearest(name, names, count);
    ch_lua_remark(analysis, rule, token, basis, "%s '%s'%s%s%s", what, name,
                  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

void
ch_lua_remark_unknown(struct ch_lua_analysis *analysis, const char *rule, const char *what,
                      const struct ch_lua_token *token, const char *owner, size_t basis)
{
    const char *names[128];

    ch_lua_member_names(owner, names, 128);
    ch_lua_remark_near(analysis, rule, what, token, names, basis);
}

/* What policies have in place of Lua's own, or NULL. */
static const char *
stand_in_of(const struct ch_lua_token *name)
{
    static const struct {
        const char *name, *instead;
    } absent[] = {
        {"coroutine", "there are no coroutines"},
        {"io", "there are no files; tell people by cx:note or chandra.log"},
        {"load", "a policy is one file"},
        {"next", "go through tables by pairs"},
        {"os", "the only clock is cx:time()"},
        {"require", "a policy is one file"},
        {"setmetatable", "there are no metatables"},
        {"unpack", "it is table.unpack"},
    };

    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        if (ch_lua_token_is(name, absent[i].name))
            return absent[i].instead;
    return NULL;
}

void
ch_lua_remark_global(struct ch_lua_analysis *analysis, const struct ch_lua_token *name)
{
    const char *instead = stand_in_of(name);

    if (instead)
        ch_lua_remark(analysis, "unknown-global", name, CH_LUA_NO_LOCAL,
                      "unknown global '%.*s'; %s", (int)name->len, name->text, instead);
    else
        ch_lua_remark_unknown(analysis, "unknown-global", "unknown global", name, NULL,
                              CH_LUA_NO_LOCAL);
}

void
ch_lua_declare(struct ch_lua_analysis *analysis, const struct ch_lua_token *name,
               struct ch_lua_typing type, size_t basis, bool is_silent)
{
    if (!grow(analysis, &analysis->locals, analysis->local_count, &analysis->local_capacity,
              sizeof(*analysis->locals)) ||
        !grow(analysis, &analysis->scope, analysis->scope_count, &analysis->scope_capacity,
              sizeof(*analysis->scope)))
        return;
    analysis->locals[analysis->local_count] = (struct ch_lua_local){
        .name = name, .type = type, .basis = basis, .is_silent = is_silent || name->text[0] == '_'};
    analysis->scope[analysis->scope_count++] = analysis->local_count++;
}

size_t
ch_lua_local_find(const struct ch_lua_analysis *analysis, const struct ch_lua_token *name)
{
    for (size_t i = analysis->scope_count; i > 0; i--) {
        const struct ch_lua_token *other = analysis->locals[analysis->scope[i - 1]].name;

        if (other->len == name->len && memcmp(other->text, name->text, name->len) == 0)
            return analysis->scope[i - 1];
    }
    return CH_LUA_NO_LOCAL;
}

void
ch_lua_leave_scope(struct ch_lua_analysis *analysis, size_t count)
{
    while (!analysis->is_lost && analysis->scope_count > count) {
        const struct ch_lua_local *local =
            &analysis->locals[analysis->scope[--analysis->scope_count]];

        if (!local->is_used && !local->is_silent)
            ch_lua_remark(analysis, "unused-local", local->name, CH_LUA_NO_LOCAL,
                          "local '%.*s' is never used", (int)local->name->len, local->name->text);
    }
}
