/* analysis_expression.c - expressions of a policy: which members they name, how they are called. */
#include "analysis.h"

#include <stdio.h>
#include <string.h>

/* Of "a op b": what binds the left and the right operand, as Lua's manual has it. */
struct infix {
    const char *sign;
    int left, right;
};

static const struct infix infixes[] = {
    {"or", 1, 1},   {"and", 2, 2}, {"<", 3, 3},   {">", 3, 3},   {"<=", 3, 3},  {">=", 3, 3},
    {"~=", 3, 3},   {"==", 3, 3},  {"|", 4, 4},   {"~", 5, 5},   {"&", 6, 6},   {"<<", 7, 7},
    {">>", 7, 7},   {"..", 9, 8},  {"+", 10, 10}, {"-", 10, 10}, {"*", 11, 11}, {"/", 11, 11},
    {"//", 11, 11}, {"%", 11, 11}, {"^", 14, 13},
};
enum { UNARY = 12, COMPARISON = 3 };

static struct ch_lua_knowledge binary(struct ch_lua_analysis *analysis, int limit,
                                      struct ch_lua_typing expected);

static struct ch_lua_knowledge
nothing(const struct ch_lua_analysis *analysis)
{
    return (struct ch_lua_knowledge){.basis = CH_LUA_NO_LOCAL, .first = ch_lua_now(analysis)};
}

static bool
is_function(const struct chandra_lua_entry *entry)
{
    return entry &&
           (entry->kind == CHANDRA_LUA_ENTRY_FUNCTION || entry->kind == CHANDRA_LUA_ENTRY_METHOD);
}

static bool
sees_arguments(const struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *now = ch_lua_now(analysis);

    return ch_lua_sees(analysis, 0, "(") || ch_lua_sees(analysis, 0, "{") ||
           (now->kind == CH_LUA_TOKEN_VALUE && strchr("\"'[", now->text[0]));
}

/* One key of "{key = value}" where only certain keys are expected. */
static void
check_key(struct ch_lua_analysis *analysis, struct ch_lua_typing expected)
{
    const struct ch_lua_token *key = ch_lua_now(analysis);
    const char *names[16];
    char text[256];

    if (ch_lua_typing_fields(expected, text, sizeof(text), names, 16) == 0)
        return;
    for (size_t i = 0; names[i]; i++)
        if (ch_lua_token_is(key, names[i]))
            return;
    ch_lua_remark_near(analysis, "unknown-field", "query has no field", key, names,
                       CH_LUA_NO_LOCAL);
}

static void
table_field(struct ch_lua_analysis *analysis, struct ch_lua_typing expected, bool is_module)
{
    const struct chandra_lua_entry *hook = NULL;
    const struct ch_lua_typing none = {NULL, 0};

    if (ch_lua_accept(analysis, "[")) {
        ch_lua_expression(analysis, none);
        ch_lua_expect(analysis, "]");
        ch_lua_expect(analysis, "=");
    } else if (ch_lua_now(analysis)->kind == CH_LUA_TOKEN_NAME && ch_lua_sees(analysis, 1, "=")) {
        if (is_module)
            hook = ch_lua_module_field(analysis, ch_lua_now(analysis));
        check_key(analysis, expected);
        analysis->at += 2;
    }
    if (hook && ch_lua_accept(analysis, "function"))
        ch_lua_function_body(analysis, none, hook, false);
    else
        ch_lua_expression(analysis, none);
}

void
ch_lua_table(struct ch_lua_analysis *analysis, struct ch_lua_typing expected, bool is_module)
{
    ch_lua_expect(analysis, "{");
    while (!analysis->is_lost && !ch_lua_sees(analysis, 0, "}")) {
        table_field(analysis, expected, is_module);
        if (!ch_lua_accept(analysis, ",") && !ch_lua_accept(analysis, ";"))
            break;
    }
    ch_lua_expect(analysis, "}");
}

/* Arguments that a call has, as far as they matter. */
struct arguments {
    size_t count;
    bool is_open; /* the last may be any number of values */
};

/* One argument for parameter `index` of the function. */
static struct ch_lua_knowledge
argument(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *fn, size_t index)
{
    struct ch_lua_typing wanted = {NULL, 0};
    struct ch_lua_knowledge value;
    char signature[160];

    index += fn->is_bound;
    if (is_function(fn->entry))
        wanted = ch_lua_typing_at(fn->entry->arguments, index);
    value = ch_lua_expression(analysis, wanted);
    if (wanted.len > 0 && !ch_lua_typing_accepts(wanted, value.type)) {
        chandra_lua_signature(fn->entry, false, signature, sizeof(signature));
        ch_lua_remark(analysis, "argument", value.first,
                      value.basis != CH_LUA_NO_LOCAL ? value.basis : fn->basis,
                      "%s: argument %zu must be %.*s, not %.*s", signature, index + 1,
                      (int)wanted.len, wanted.text, (int)value.type.len, value.type.text);
    }
    return value;
}

/* "(a, b)", "text" or "{...}". */
static struct arguments
call_arguments(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *fn)
{
    struct arguments arguments = {1, false};
    struct ch_lua_knowledge last;

    if (!ch_lua_sees(analysis, 0, "(")) {
        argument(analysis, fn, 0);
        return arguments;
    }
    ch_lua_expect(analysis, "(");
    if (ch_lua_accept(analysis, ")"))
        return (struct arguments){0, false};
    last = argument(analysis, fn, 0);
    while (ch_lua_accept(analysis, ","))
        last = argument(analysis, fn, arguments.count++);
    arguments.is_open = last.is_many;
    ch_lua_expect(analysis, ")");
    return arguments;
}

/* Whether so many arguments are too few or too many for the function. */
static void
check_count(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *fn,
            const struct ch_lua_token *place, const struct arguments *arguments)
{
    const size_t count = arguments->count + fn->is_bound;
    size_t least = 0, most = 0;
    char signature[160];

    for (const struct chandra_lua_value *value = fn->entry->arguments; value && value->type;
         value++) {
        if (strcmp(value->name, "...") == 0) {
            most = SIZE_MAX;
            break;
        }
        most++;
        least += !ch_lua_typing_is_optional(ch_lua_typing_of(value->type));
    }
    if (arguments->is_open || (count >= least && count <= most))
        return;
    chandra_lua_signature(fn->entry, false, signature, sizeof(signature));
    ch_lua_remark(analysis, "argument", place, fn->basis, "%s is given %zu argument%s", signature,
                  count, count == 1 ? "" : "s");
}

/* What a call of the function gives. `place` is its name. */
static struct ch_lua_knowledge
call(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *fn,
     const struct ch_lua_token *place)
{
    struct ch_lua_knowledge result = nothing(analysis);
    const struct arguments arguments = call_arguments(analysis, fn);

    result.first = fn->first;
    result.is_many = result.is_call = true;
    result.basis = fn->basis;
    if (!is_function(fn->entry))
        return result;
    check_count(analysis, fn, place, &arguments);
    result.entry = fn->entry;
    result.type = ch_lua_typing_at(fn->entry->returns, 0);
    return result;
}

/* Say that "." and ":" were mixed up, when `entry` was reached by the wrong one of them. */
static void
check_separator(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *base,
                const struct chandra_lua_entry *entry, const struct ch_lua_token *member,
                bool is_colon)
{
    const bool is_call = sees_arguments(analysis);
    const bool is_library = base->entry && base->entry->kind == CHANDRA_LUA_ENTRY_LIBRARY;

    if (entry->kind == CHANDRA_LUA_ENTRY_METHOD && !is_colon && is_call)
        ch_lua_remark(analysis, "separator", member, base->basis,
                      "%s is a method: it is called with ':', not '.'", entry->name);
    else if (entry->kind == CHANDRA_LUA_ENTRY_FIELD && is_colon)
        ch_lua_remark(analysis, "separator", member, base->basis,
                      "%s is a field, not a method: it is read with '.'", entry->name);
    else if (is_library && is_colon)
        ch_lua_remark(analysis, "separator", member, base->basis,
                      "%s is a function of a library: it is called with '.', not ':'", entry->name);
}

/* Whose members a value has: a library, a type of ours, strings by ':'; empty when not known. */
static struct ch_lua_typing
owner_of(const struct ch_lua_knowledge *base, bool is_colon)
{
    const struct ch_lua_typing type = ch_lua_typing_present(base->type);
    const struct ch_lua_token name = {
        .kind = CH_LUA_TOKEN_NAME, .text = type.text, .len = type.len};

    if (base->entry && base->entry->kind == CHANDRA_LUA_ENTRY_LIBRARY)
        return ch_lua_typing_of(base->entry->name);
    if (is_colon && (ch_lua_typing_is(type, "string") || (type.len > 0 && type.text[0] == '"')))
        return ch_lua_typing_of("string");
    return ch_lua_type_find(&name) ? type : (struct ch_lua_typing){NULL, 0};
}

/* What `member` of the value is; remarks on members that it lacks. */
static struct ch_lua_knowledge
member_of(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *base,
          const struct ch_lua_token *member, bool is_colon)
{
    const bool is_library = base->entry && base->entry->kind == CHANDRA_LUA_ENTRY_LIBRARY;
    const struct ch_lua_typing owner = owner_of(base, is_colon);
    struct ch_lua_knowledge value = nothing(analysis);
    char name[64], what[96];

    value.first = base->first;
    value.basis = base->basis;
    if (owner.len == 0)
        return value;
    value.entry = ch_lua_member_find(owner, member);
    if (value.entry) {
        check_separator(analysis, base, value.entry, member, is_colon);
        value.is_bound = is_colon && !is_library && value.entry->kind == CHANDRA_LUA_ENTRY_FUNCTION;
        if (!is_function(value.entry))
            value.type = ch_lua_typing_at(value.entry->returns, 0);
        return value;
    }
    if (ch_lua_typing_is_open(owner) && !is_colon) {
        value.type = ch_lua_typing_of("string?");
        return value;
    }
    snprintf(name, sizeof(name), "%.*s", (int)owner.len, owner.text);
    snprintf(what, sizeof(what), is_library ? "library %s has no member" : "%s has no %s", name,
             is_colon ? "method" : "field");
    ch_lua_remark_unknown(analysis, is_library ? "unknown-member" : "unknown-field", what, member,
                          name, base->basis);
    return value;
}

/* A local, a library, a global function, or what nobody knows. */
static struct ch_lua_knowledge
variable(struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *name = ch_lua_now(analysis);
    const size_t local = ch_lua_local_find(analysis, name);
    const struct ch_lua_typing globals = {NULL, 0};
    struct ch_lua_knowledge value = nothing(analysis);

    analysis->at++;
    if (local != CH_LUA_NO_LOCAL) {
        analysis->locals[local].is_used = true;
        value.type = analysis->locals[local].type;
        value.basis = local;
        return value;
    }
    value.entry = ch_lua_member_find(globals, name);
    if (!value.entry && !ch_lua_token_is(name, "_ENV"))
        ch_lua_remark_global(analysis, name);
    return value;
}

/* "[index]" of a value. */
static struct ch_lua_knowledge
element_of(struct ch_lua_analysis *analysis, const struct ch_lua_knowledge *base)
{
    const struct ch_lua_typing none = {NULL, 0};
    struct ch_lua_knowledge value = nothing(analysis);

    value.first = base->first;
    value.basis = base->basis;
    ch_lua_expect(analysis, "[");
    ch_lua_expression(analysis, none);
    ch_lua_expect(analysis, "]");
    value.type = ch_lua_typing_element(base->type);
    if (ch_lua_typing_is(base->type, "vector"))
        value.type = ch_lua_typing_of("number");
    else if (ch_lua_typing_is_open(base->type))
        value.type = ch_lua_typing_of("string?");
    return value;
}

struct ch_lua_knowledge
ch_lua_suffixed(struct ch_lua_analysis *analysis)
{
    const struct ch_lua_token *first = ch_lua_now(analysis), *place = first;
    struct ch_lua_knowledge value;
    const struct ch_lua_typing none = {NULL, 0};

    if (ch_lua_accept(analysis, "(")) {
        value = ch_lua_expression(analysis, none);
        value.is_many = value.is_call = false;
        ch_lua_expect(analysis, ")");
    } else if (first->kind == CH_LUA_TOKEN_NAME) {
        value = variable(analysis);
    } else {
        ch_lua_lose(analysis);
        return nothing(analysis);
    }
    value.first = first;
    while (!analysis->is_lost) {
        const bool is_colon = ch_lua_sees(analysis, 0, ":");

        if (is_colon || ch_lua_sees(analysis, 0, ".")) {
            analysis->at++;
            place = ch_lua_name(analysis);
            value = member_of(analysis, &value, place, is_colon);
        } else if (ch_lua_sees(analysis, 0, "[")) {
            value = element_of(analysis, &value);
        } else if (sees_arguments(analysis)) {
            value = call(analysis, &value, place);
        } else {
            break;
        }
    }
    return value;
}

/* A number, a string, a constant, a table, a function, or what a name begins. */
static struct ch_lua_knowledge
simple(struct ch_lua_analysis *analysis, struct ch_lua_typing expected)
{
    const struct ch_lua_token *first = ch_lua_now(analysis);
    struct ch_lua_knowledge value = nothing(analysis);

    if (first->kind == CH_LUA_TOKEN_VALUE && strchr("\"'[", first->text[0]))
        value.type = ch_lua_typing_of("string");
    else if (first->kind == CH_LUA_TOKEN_VALUE)
        value.type = ch_lua_typing_of("number");
    else if (ch_lua_sees(analysis, 0, "nil"))
        value.type = ch_lua_typing_of("nil");
    else if (ch_lua_sees(analysis, 0, "true") || ch_lua_sees(analysis, 0, "false"))
        value.type = ch_lua_typing_of("boolean");
    else if (ch_lua_sees(analysis, 0, "..."))
        value.is_many = true;
    else if (ch_lua_sees(analysis, 0, "{")) {
        ch_lua_table(analysis, expected, false);
        value.type = ch_lua_typing_of("table");
        return value;
    } else if (ch_lua_accept(analysis, "function")) {
        ch_lua_function_body(analysis, expected, NULL, false);
        value.type = ch_lua_typing_of("function");
        return value;
    } else {
        return ch_lua_suffixed(analysis);
    }
    analysis->at++;
    return value;
}

static struct ch_lua_knowledge
unary(struct ch_lua_analysis *analysis, struct ch_lua_typing expected)
{
    static const char *const signs[][2] = {
        {"not", "boolean"}, {"#", "integer"}, {"-", "number"}, {"~", NULL}};
    const struct ch_lua_token *first = ch_lua_now(analysis);
    struct ch_lua_knowledge value;
    const struct ch_lua_typing none = {NULL, 0};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (ch_lua_accept(analysis, signs[i][0])) {
            binary(analysis, UNARY, none);
            value = nothing(analysis);
            value.type = ch_lua_typing_of(signs[i][1]);
            value.first = first;
            return value;
        }
    return simple(analysis, expected);
}

/* What "a op b" is. */
static struct ch_lua_knowledge
combine(const struct infix *op, const struct ch_lua_knowledge *a, const struct ch_lua_knowledge *b)
{
    const bool is_same = a->type.len > 0 && a->type.len == b->type.len &&
                         memcmp(a->type.text, b->type.text, a->type.len) == 0;
    struct ch_lua_knowledge value = {.basis = CH_LUA_NO_LOCAL, .first = a->first};

    if (op->left == COMPARISON)
        value.type = ch_lua_typing_of("boolean");
    else if (strcmp(op->sign, "..") == 0)
        value.type = ch_lua_typing_of("string");
    else if (is_same)
        value.type = a->type;
    value.basis = a->basis != CH_LUA_NO_LOCAL ? a->basis : b->basis;
    return value;
}

static const struct infix *
infix_at(const struct ch_lua_analysis *analysis)
{
    for (size_t i = 0; i < sizeof(infixes) / sizeof(infixes[0]); i++)
        if (ch_lua_sees(analysis, 0, infixes[i].sign))
            return &infixes[i];
    return NULL;
}

static struct ch_lua_knowledge
binary(struct ch_lua_analysis *analysis, int limit, struct ch_lua_typing expected)
{
    const struct infix *op;
    struct ch_lua_knowledge value;

    if (++analysis->depth > CH_LUA_MAX_DEPTH)
        ch_lua_lose(analysis);
    value = unary(analysis, expected);
    while (!analysis->is_lost && (op = infix_at(analysis)) && op->left > limit) {
        const struct ch_lua_typing none = {NULL, 0};
        struct ch_lua_knowledge right;

        analysis->at++;
        right = binary(analysis, op->right, none);
        value = combine(op, &value, &right);
    }
    analysis->depth--;
    return value;
}

struct ch_lua_knowledge
ch_lua_expression(struct ch_lua_analysis *analysis, struct ch_lua_typing expected)
{
    return binary(analysis, 0, expected);
}
