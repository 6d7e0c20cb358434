/* analysis.c - statements of a policy: scopes, hooks, what they return, locals that nobody uses. */
#include "analysis.h"

#include <chandra/doc.h>
#include <string.h>

static const struct ch_lua_typing none = {NULL, 0};

/* Note that the local of that name is read. */
static void
use(struct ch_lua_analysis *analysis, const struct ch_lua_token *name)
{
    const size_t local = ch_lua_local_find(analysis, name);

    if (local < analysis->local_count)
        analysis->locals[local].is_used = true;
}

const struct chandra_lua_entry *
ch_lua_module_field(struct ch_lua_analysis *analysis, const struct ch_lua_token *name)
{
    const struct chandra_lua_entry *entry;
    const char *names[sizeof(analysis->seen) / sizeof(analysis->seen[0]) + 1];
    size_t count = 0;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++) {
        if (entry->kind != CHANDRA_LUA_ENTRY_HOOK)
            continue;
        if (ch_lua_token_is(name, entry->name)) {
            if (analysis->seen[count])
                ch_lua_remark(analysis, "hook", name, CH_LUA_NO_LOCAL, "hook '%s' is defined twice",
                              entry->name);
            analysis->seen[count] = entry;
            return entry;
        }
        names[count++] = entry->name;
    }
    names[count] = NULL;
    ch_lua_remark_near(analysis, "unknown-hook", "unknown hook", name, names, CH_LUA_NO_LOCAL);
    return NULL;
}

/* "(a, b, ...)"; parameters have the types that the hook or the expected function gives them. */
static size_t
parameters(struct ch_lua_analysis *analysis, struct ch_lua_typing type,
           const struct chandra_lua_entry *hook)
{
    size_t count = 0;

    ch_lua_expect(analysis, "(");
    while (!analysis->is_lost && !ch_lua_sees(analysis, 0, ")")) {
        if (!ch_lua_accept(analysis, "...")) {
            const struct ch_lua_typing known = hook ? ch_lua_typing_at(hook->arguments, count)
                                                    : ch_lua_typing_parameter(type, count);

            ch_lua_declare(analysis, ch_lua_name(analysis), known, CH_LUA_NO_LOCAL, true);
            count++;
        }
        if (!ch_lua_accept(analysis, ","))
            break;
    }
    ch_lua_expect(analysis, ")");
    return count;
}

static size_t
count_of(const struct chandra_lua_value *list)
{
    size_t count = 0;

    while (list && list[count].type)
        count++;
    return count;
}

void
ch_lua_function_body(struct ch_lua_analysis *analysis, struct ch_lua_typing type,
                     const struct chandra_lua_entry *hook, bool is_method)
{
    static const struct ch_lua_token self = {.kind = CH_LUA_TOKEN_NAME, .text = "self", .len = 4};
    const struct chandra_lua_entry *outer = analysis->hook;
    const struct ch_lua_token *start = ch_lua_now(analysis), *end;
    const size_t scope = analysis->scope_count;
    char signature[96];
    bool returns;

    if (is_method)
        ch_lua_declare(analysis, &self, none, CH_LUA_NO_LOCAL, true);
    if (parameters(analysis, type, hook) > (hook ? count_of(hook->arguments) : SIZE_MAX)) {
        chandra_lua_signature(hook, false, signature, sizeof(signature));
        ch_lua_remark(analysis, "hook", start, CH_LUA_NO_LOCAL,
                      "the hook has more parameters than it is given: %s", signature);
    }
    analysis->hook = hook;
    analysis->functions++;
    returns = ch_lua_block(analysis);
    end = ch_lua_now(analysis);
    ch_lua_expect(analysis, "end");
    if (hook && !returns && !ch_lua_typing_is_optional(ch_lua_typing_at(hook->returns, 0)))
        ch_lua_remark(analysis, "return", end, CH_LUA_NO_LOCAL,
                      "%s can end without a return; it must return %s", hook->name,
                      hook->returns[0].type);
    analysis->functions--;
    analysis->hook = outer;
    ch_lua_leave_scope(analysis, scope);
}

/* One of the values of a hook's "return". */
static void
check_result(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *value, size_t index)
{
    const struct chandra_lua_entry *hook = analysis->hook;
    const struct ch_lua_typing wanted = ch_lua_typing_at(hook->returns, index);

    if (wanted.len == 0)
        ch_lua_remark(analysis, "return", value->first, CH_LUA_NO_LOCAL,
                      "%s returns %zu value%s; this one is ignored", hook->name, index,
                      index == 1 ? "" : "s");
    else if (!ch_lua_typing_accepts(wanted, value->type))
        ch_lua_remark(analysis, "return", value->first, value->basis, "%s must return %s, not %.*s",
                      hook->name, hook->returns[index].type, (int)value->type.len,
                      value->type.text);
}

static void
statement_return(struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *start = ch_lua_now(analysis);
    size_t count = 0;

    analysis->at++;
    if (analysis->functions == 0 && ch_lua_sees(analysis, 0, "{")) {
        ch_lua_table(analysis, none, true);
        return;
    }
    if (!ch_lua_sees(analysis, 0, ";") && !ch_lua_sees(analysis, 0, "end") &&
        !ch_lua_sees(analysis, 0, "else") && !ch_lua_sees(analysis, 0, "elseif") &&
        !ch_lua_sees(analysis, 0, "until") && ch_lua_now(analysis)->kind != CH_LUA_TOKEN_END) {
        do {
            const struct ch_lua_knowledge value = ch_lua_expression(analysis, none);

            if (analysis->hook)
                check_result(analysis, &value, count);
            count++;
        } while (ch_lua_accept(analysis, ","));
    }
    if (count == 0 && analysis->hook &&
        !ch_lua_typing_is_optional(ch_lua_typing_at(analysis->hook->returns, 0)))
        ch_lua_remark(analysis, "return", start, CH_LUA_NO_LOCAL, "%s must return %s, not nothing",
                      analysis->hook->name, analysis->hook->returns[0].type);
    ch_lua_accept(analysis, ";");
}

/* A block with a scope of its own. */
static bool
inner_block(struct ch_lua_analysis *analysis)
{
    const size_t scope = analysis->scope_count;
    const bool leaves = ch_lua_block(analysis);

    ch_lua_leave_scope(analysis, scope);
    return leaves;
}

static bool
statement_if(struct ch_lua_analysis *analysis)
{
    bool leaves = true, has_else = false;

    do {
        analysis->at++;
        ch_lua_expression(analysis, none);
        ch_lua_expect(analysis, "then");
        leaves = inner_block(analysis) && leaves;
    } while (ch_lua_sees(analysis, 0, "elseif"));
    if (ch_lua_accept(analysis, "else")) {
        has_else = true;
        leaves = inner_block(analysis) && leaves;
    }
    ch_lua_expect(analysis, "end");
    return leaves && has_else;
}

static bool
statement_while(struct ch_lua_analysis *analysis)
{
    const bool is_endless = ch_lua_sees(analysis, 1, "true") && ch_lua_sees(analysis, 2, "do");

    analysis->at++;
    ch_lua_expression(analysis, none);
    ch_lua_expect(analysis, "do");
    inner_block(analysis);
    ch_lua_expect(analysis, "end");
    return is_endless;
}

static bool
statement_repeat(struct ch_lua_analysis *analysis)
{
    const size_t scope = analysis->scope_count;
    bool leaves;

    analysis->at++;
    leaves = ch_lua_block(analysis);
    ch_lua_expect(analysis, "until");
    ch_lua_expression(analysis, none); /* sees the block's locals */
    ch_lua_leave_scope(analysis, scope);
    return leaves;
}

/* What a loop over these values gives its variables: node for a node set, claim for "claim[]". */
static void
loop_types(struct ch_lua_typing type, struct ch_lua_typing types[2])
{
    struct ch_lua_typing element;

    types[0] = types[1] = none;
    if (ch_lua_typing_is(type, "nodeset"))
        types[0] = ch_lua_typing_of("node");
    else if (type.len > 7 && memcmp(type.text, "fun(): ", 7) == 0)
        types[0] = (struct ch_lua_typing){type.text + 7, type.len - 7};
    element = ch_lua_typing_element(type);
    if (element.len > 0)
        types[1] = element;
}

/* "ipairs(x)" and "pairs(x)" go through x: what is known of x is what the loop needs. */
static struct ch_lua_knowledge
loop_expression(struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *name = ch_lua_now(analysis);
    const bool is_walk = (ch_lua_token_is(name, "ipairs") || ch_lua_token_is(name, "pairs")) &&
                         ch_lua_sees(analysis, 1, "(") &&
                         ch_lua_local_find(analysis, name) == CH_LUA_NO_LOCAL;
    struct ch_lua_knowledge value;

    if (is_walk)
        analysis->at += 2;
    value = ch_lua_expression(analysis, none);
    if (is_walk)
        ch_lua_expect(analysis, ")");
    while (ch_lua_accept(analysis, ","))
        ch_lua_expression(analysis, none);
    return value;
}

static void
statement_for(struct ch_lua_analysis *analysis)
{
    const size_t scope = analysis->scope_count;
    const struct ch_lua_token *names[8];
    struct ch_lua_typing types[2] = {none, none};
    size_t count = 0, basis = CH_LUA_NO_LOCAL;

    analysis->at++;
    do {
        names[count < 8 ? count++ : 7] = ch_lua_name(analysis);
    } while (ch_lua_accept(analysis, ","));
    if (ch_lua_accept(analysis, "=")) {
        do {
            ch_lua_expression(analysis, none);
        } while (ch_lua_accept(analysis, ","));
        types[0] = ch_lua_typing_of("number");
    } else {
        struct ch_lua_knowledge over;

        ch_lua_expect(analysis, "in");
        over = loop_expression(analysis);
        loop_types(over.type, types);
        basis = over.basis;
    }
    for (size_t i = 0; i < count; i++)
        ch_lua_declare(analysis, names[i], i < 2 ? types[i] : none, basis, true);
    ch_lua_expect(analysis, "do");
    inner_block(analysis);
    ch_lua_expect(analysis, "end");
    ch_lua_leave_scope(analysis, scope);
}

static bool
is_module(const struct ch_lua_analysis *analysis, const struct ch_lua_token *name)
{
    return analysis->module && analysis->functions == 0 && name->len == analysis->module->len &&
           memcmp(name->text, analysis->module->text, name->len) == 0;
}

/* "function P.match(...)", "function P:match(...)", "function a.b.c(...)". */
static void
statement_function(struct ch_lua_analysis *analysis)
{
    const struct chandra_lua_entry *hook = NULL;
    const struct ch_lua_token *name, *member;
    bool is_method = false;

    analysis->at++;
    name = ch_lua_name(analysis);
    if (ch_lua_local_find(analysis, name) == CH_LUA_NO_LOCAL)
        ch_lua_remark(analysis, "global", name, CH_LUA_NO_LOCAL,
                      "writes the global '%.*s'; make it a local", (int)name->len, name->text);
    else if (ch_lua_sees(analysis, 0, ".") || ch_lua_sees(analysis, 0, ":"))
        use(analysis, name);
    if (is_module(analysis, name) && ch_lua_sees(analysis, 2, "(")) {
        is_method = ch_lua_sees(analysis, 0, ":");
        analysis->at++;
        member = ch_lua_name(analysis);
        hook = ch_lua_module_field(analysis, member);
        if (hook && is_method)
            ch_lua_remark(analysis, "separator", member, CH_LUA_NO_LOCAL,
                          "hooks are functions, not methods: function %.*s.%s", (int)name->len,
                          name->text, hook->name);
    }
    while (ch_lua_sees(analysis, 0, ".") || ch_lua_sees(analysis, 0, ":")) {
        is_method = ch_lua_sees(analysis, 0, ":");
        analysis->at++;
        ch_lua_name(analysis);
    }
    ch_lua_function_body(analysis, none, is_method ? NULL : hook, is_method);
}

/* "<const>" or "<close>" behind a name; whether it was the latter. */
static bool
attribute(struct ch_lua_analysis *analysis)
{
    bool is_close;

    if (!ch_lua_accept(analysis, "<"))
        return false;
    is_close = ch_lua_token_is(ch_lua_name(analysis), "close");
    ch_lua_expect(analysis, ">");
    return is_close;
}

static void
statement_local(struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *names[8];
    struct ch_lua_knowledge values[8];
    bool are_close[8] = {false};
    size_t count = 0, value_count = 0;

    analysis->at++;
    if (ch_lua_accept(analysis, "function")) {
        ch_lua_declare(analysis, ch_lua_name(analysis), ch_lua_typing_of("function"),
                       CH_LUA_NO_LOCAL, false);
        ch_lua_function_body(analysis, none, NULL, false);
        return;
    }
    do {
        if (count == 8)
            count--; /* nobody declares so many; the last stand for the rest */
        names[count] = ch_lua_name(analysis);
        are_close[count++] = attribute(analysis);
    } while (ch_lua_accept(analysis, ","));
    if (ch_lua_accept(analysis, "=")) {
        if (count == 1 && is_module(analysis, names[0]) && ch_lua_sees(analysis, 0, "{")) {
            ch_lua_table(analysis, none, true);
        } else {
            do {
                const struct ch_lua_knowledge value = ch_lua_expression(analysis, none);

                if (value_count < 8)
                    values[value_count++] = value;
            } while (ch_lua_accept(analysis, ","));
        }
    }
    for (size_t i = 0; i < count; i++)
        ch_lua_declare(analysis, names[i], i < value_count ? values[i].type : none,
                       i < value_count ? values[i].basis : CH_LUA_NO_LOCAL, are_close[i]);
}

/* A local gets a value: what was known of its type holds only if that of the value is the same. */
static void
assign(struct ch_lua_analysis *analysis, size_t local, const struct ch_lua_knowledge *value)
{
    struct ch_lua_local *target = &analysis->locals[local];
    const struct ch_lua_typing type = value ? value->type : none;

    if (type.len != target->type.len ||
        (type.len > 0 && memcmp(type.text, target->type.text, type.len) != 0))
        target->is_unsure = true;
    if (target->is_unsure)
        target->type = none;
}

/* A variable or a member on the left of "=", or a call; the local when it is one. */
static size_t
target(struct ch_lua_analysis *analysis, struct ch_lua_knowledge *value)
{
    const struct ch_lua_token *name = ch_lua_now(analysis);
    size_t local;

    if (name->kind != CH_LUA_TOKEN_NAME ||
        !(ch_lua_sees(analysis, 1, "=") || ch_lua_sees(analysis, 1, ","))) {
        *value = ch_lua_suffixed(analysis);
        return CH_LUA_NO_LOCAL;
    }
    analysis->at++;
    local = ch_lua_local_find(analysis, name);
    if (local == CH_LUA_NO_LOCAL)
        ch_lua_remark(analysis, "global", name, CH_LUA_NO_LOCAL,
                      "writes the global '%.*s'; make it a local", (int)name->len, name->text);
    return local;
}

/* "P.match = function(...) ... end" at the top of the chunk; false if it is something else. */
static bool
hook_assignment(struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *name = ch_lua_now(analysis);
    const struct chandra_lua_entry *hook;

    if (name->kind != CH_LUA_TOKEN_NAME || !is_module(analysis, name) ||
        !ch_lua_sees(analysis, 1, ".") || !ch_lua_sees(analysis, 3, "="))
        return false;
    use(analysis, name);
    analysis->at += 2;
    hook = ch_lua_module_field(analysis, ch_lua_name(analysis));
    ch_lua_expect(analysis, "=");
    if (ch_lua_accept(analysis, "function"))
        ch_lua_function_body(analysis, none, hook, false);
    else
        ch_lua_expression(analysis, none);
    return true;
}

/* A call whose result is what it is for. */
static void
check_dropped(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *value)
{
    if (value->is_call && value->entry && value->entry->kind == CHANDRA_LUA_ENTRY_METHOD &&
        value->entry->returns)
        ch_lua_remark(analysis, "dropped-result", value->first, value->basis,
                      "%s changes nothing: its result must be used", value->entry->name);
}

/* An assignment or a call; whether it never comes back. */
static bool
statement_expression(struct ch_lua_analysis *analysis)
{
    size_t locals[8], count = 0, index = 0;
    struct ch_lua_knowledge value = {.basis = CH_LUA_NO_LOCAL};

    if (hook_assignment(analysis))
        return false;
    locals[count++] = target(analysis, &value);
    if (!ch_lua_sees(analysis, 0, "=") && !ch_lua_sees(analysis, 0, ",")) {
        check_dropped(analysis, &value);
        return value.is_call && value.entry && strcmp(value.entry->name, "error") == 0;
    }
    while (ch_lua_accept(analysis, ",")) {
        const size_t local = target(analysis, &value);

        if (count < 8)
            locals[count++] = local;
    }
    ch_lua_expect(analysis, "=");
    do {
        value = ch_lua_expression(analysis, none);
        if (index < count && locals[index] != CH_LUA_NO_LOCAL)
            assign(analysis, locals[index], &value);
        index++;
    } while (ch_lua_accept(analysis, ","));
    for (; index < count; index++)
        if (locals[index] != CH_LUA_NO_LOCAL)
            assign(analysis, locals[index], NULL);
    return false;
}

/* One statement; whether control never gets past it. */
static bool
statement(struct ch_lua_analysis *analysis)
{
    if (ch_lua_accept(analysis, ";"))
        return false;
    if (ch_lua_sees(analysis, 0, "if"))
        return statement_if(analysis);
    if (ch_lua_sees(analysis, 0, "while"))
        return statement_while(analysis);
    if (ch_lua_sees(analysis, 0, "repeat"))
        return statement_repeat(analysis);
    if (ch_lua_accept(analysis, "do")) {
        const bool leaves = inner_block(analysis);

        ch_lua_expect(analysis, "end");
        return leaves;
    }
    if (ch_lua_sees(analysis, 0, "return")) {
        statement_return(analysis);
        return true;
    }
    if (ch_lua_sees(analysis, 0, "for"))
        statement_for(analysis);
    else if (ch_lua_sees(analysis, 0, "function"))
        statement_function(analysis);
    else if (ch_lua_sees(analysis, 0, "local"))
        statement_local(analysis);
    else if (ch_lua_accept(analysis, "::")) {
        ch_lua_name(analysis);
        ch_lua_expect(analysis, "::");
    } else if (ch_lua_sees(analysis, 0, "goto")) {
        analysis->at++;
        ch_lua_name(analysis);
    } else if (!ch_lua_accept(analysis, "break")) {
        return statement_expression(analysis);
    }
    return false;
}

bool
ch_lua_block(struct ch_lua_analysis *analysis)
{
    bool leaves = false;

    if (++analysis->depth > CH_LUA_MAX_DEPTH)
        ch_lua_lose(analysis);
    while (!analysis->is_lost && ch_lua_now(analysis)->kind != CH_LUA_TOKEN_END &&
           !ch_lua_sees(analysis, 0, "end") && !ch_lua_sees(analysis, 0, "else") &&
           !ch_lua_sees(analysis, 0, "elseif") && !ch_lua_sees(analysis, 0, "until"))
        leaves = statement(analysis) || leaves;
    analysis->depth--;
    return leaves;
}

/* The name in "return NAME" at the end of the text. */
static const struct ch_lua_token *
module_name(const struct ch_lua_token *tokens, size_t count)
{
    size_t last = count - 1; /* END */

    if (last > 0 && ch_lua_token_is(&tokens[last - 1], ";"))
        last--;
    if (last < 2 || !ch_lua_token_is(&tokens[last - 2], "return") ||
        tokens[last - 1].kind != CH_LUA_TOKEN_NAME)
        return NULL;
    return &tokens[last - 1];
}

/* Whether the remark is by the type of a local that turned out to have several. */
static bool
is_unsure(const struct ch_lua_analysis *analysis, const struct ch_lua_remark *remark)
{
    size_t basis = remark->basis;

    while (basis != CH_LUA_NO_LOCAL && !analysis->locals[basis].is_unsure)
        basis = analysis->locals[basis].basis;
    return basis != CH_LUA_NO_LOCAL;
}

bool
ch_lua_scan(const struct ch_lua_token *tokens, size_t count, ch_lua_scan_fn fn, void *user)
{
    struct ch_lua_analysis analysis = {
        .tokens = tokens, .count = count, .module = module_name(tokens, count)};

    ch_lua_block(&analysis);
    if (ch_lua_now(&analysis)->kind != CH_LUA_TOKEN_END)
        ch_lua_lose(&analysis);
    ch_lua_leave_scope(&analysis, 0);
    for (size_t i = 0; !analysis.is_lost && i < analysis.remark_count; i++) {
        const struct ch_lua_remark *remark = &analysis.remarks[i];

        if (!is_unsure(&analysis, remark))
            fn(user, remark->rule, remark->line, remark->column, remark->message);
    }
    chandra_free(analysis.locals);
    chandra_free(analysis.scope);
    chandra_free(analysis.remarks);
    return !analysis.is_out_of_memory;
}
