/* analysis.h - read the text of a policy with the reference of the script API at hand.
 *
 * A parser of Lua that knows scopes and, where they are plain to see, the types of values: those of
 * hooks' parameters, of fields and of what methods return. It is for findings only; whether a text
 * is Lua at all is Lua's own parser's to say.
 */
#ifndef CH_LUA_ANALYSIS_H
#define CH_LUA_ANALYSIS_H

#include "scan.h"

#include <chandra/lua.h>

/* A type as the reference writes it, or part of one; len 0: nothing is known. */
struct ch_lua_typing {
    const char *text;
    size_t len;
};

#define CH_LUA_NO_LOCAL SIZE_MAX
/* Nesting that Lua's own parser would refuse. */
#define CH_LUA_MAX_DEPTH 400

struct ch_lua_local {
    const struct ch_lua_token *name;
    struct ch_lua_typing type;
    size_t basis;   /* the local from which its type was concluded, or CH_LUA_NO_LOCAL */
    bool is_silent; /* need not be used: a parameter, "_", <close> */
    bool is_used;   /* read somewhere */
    bool is_unsure; /* was given values of other types too: findings by its type do not count */
};

struct ch_lua_remark {
    const char *rule;
    unsigned line, column;
    size_t basis; /* as above */
    char message[256];
};

/* What is known about the value of an expression. */
struct ch_lua_knowledge {
    struct ch_lua_typing type;
    const struct chandra_lua_entry *entry; /* the function, method, field or library it names */
    size_t basis;
    const struct ch_lua_token *first; /* of its tokens */
    bool is_many;                     /* a call or "...": any number of values */
    bool is_call;
    bool is_bound; /* a function that gets the value before ":" as its first argument */
};

struct ch_lua_analysis {
    const struct ch_lua_token *tokens;
    size_t count;
    size_t at;    /* the token at work */
    int depth;    /* of recursion */
    bool is_lost; /* met what it does not understand, or ran out of memory */
    bool is_out_of_memory;

    struct ch_lua_local *locals; /* all there ever were */
    size_t local_count, local_capacity;
    size_t *scope; /* those that are visible, innermost last */
    size_t scope_count, scope_capacity;
    struct ch_lua_remark *remarks;
    size_t remark_count, remark_capacity;

    const struct ch_lua_token *module;       /* the name that the chunk returns, or NULL */
    const struct chandra_lua_entry *hook;    /* whose own body is at work, or NULL */
    unsigned functions;                      /* depth of function bodies */
    const struct chandra_lua_entry *seen[8]; /* hooks that were defined */
};

/* The parser: analysis.c (statements), analysis_expression.c, analysis_scope.c. */

/* The present token, and whether it or the one `ahead` of it is this sign or keyword. */
const struct ch_lua_token *ch_lua_now(const struct ch_lua_analysis *analysis);
bool ch_lua_sees(const struct ch_lua_analysis *analysis, size_t ahead, const char *text);
/* Skip the present token if it is this text. */
bool ch_lua_accept(struct ch_lua_analysis *analysis, const char *text);
/* The same, and be lost if it is not. */
void ch_lua_expect(struct ch_lua_analysis *analysis, const char *text);
/* Skip a name; be lost if there is none. */
const struct ch_lua_token *ch_lua_name(struct ch_lua_analysis *analysis);
void ch_lua_lose(struct ch_lua_analysis *analysis);

/* Make a local visible. */
void ch_lua_declare(struct ch_lua_analysis *analysis, const struct ch_lua_token *name,
                    struct ch_lua_typing type, size_t basis, bool is_silent);
/* End the scope of the locals that came since it had `count`: those that nobody read get a remark.
 */
void ch_lua_leave_scope(struct ch_lua_analysis *analysis, size_t count);
/* The visible local of that name, or CH_LUA_NO_LOCAL. */
size_t ch_lua_local_find(const struct ch_lua_analysis *analysis, const struct ch_lua_token *name);
/* Statements up to "end", "else" and the like; whether control never reaches their end. */
bool ch_lua_block(struct ch_lua_analysis *analysis);
/* "(params) block end" of a function; `type` is a "fun(...)" that is expected, `hook` the hook that
 * it is, or NULL. */
void ch_lua_function_body(struct ch_lua_analysis *analysis, struct ch_lua_typing type,
                          const struct chandra_lua_entry *hook, bool is_method);
/* A field of the module at `name` is given a value: returns the hook that this defines, or NULL,
 * with a remark on what is none. */
const struct chandra_lua_entry *ch_lua_module_field(struct ch_lua_analysis *analysis,
                                                    const struct ch_lua_token *name);

/* An expression where a value of this type is expected. */
struct ch_lua_knowledge ch_lua_expression(struct ch_lua_analysis *analysis,
                                          struct ch_lua_typing expected);
/* A name with what follows it: "a.b[c]:d(e)". */
struct ch_lua_knowledge ch_lua_suffixed(struct ch_lua_analysis *analysis);
/* "{...}" at the present token; fields of a module's table are hooks. */
void ch_lua_table(struct ch_lua_analysis *analysis, struct ch_lua_typing expected, bool is_module);

/* Say something about a token; knowledge that hangs on `basis` may yet turn out to be none. */
void ch_lua_remark(struct ch_lua_analysis *analysis, const char *rule,
                   const struct ch_lua_token *token, size_t basis, const char *fmt, ...)
    CHANDRA_PRINTF(5, 6);
/* "WHAT 'token'; did you mean ...?" by these names, NULL-terminated. */
void ch_lua_remark_near(struct ch_lua_analysis *analysis, const char *rule, const char *what,
                        const struct ch_lua_token *token, const char *const *names, size_t basis);
/* The same by the members of an owner in the reference; NULL: globals. */
void ch_lua_remark_unknown(struct ch_lua_analysis *analysis, const char *rule, const char *what,
                           const struct ch_lua_token *token, const char *owner, size_t basis);

/* A global that nobody has; what there is in its place, of those of Lua that policies lack. */
void ch_lua_remark_global(struct ch_lua_analysis *analysis, const struct ch_lua_token *name);

/* typing.c: what the reference says about types. */

struct ch_lua_typing ch_lua_typing_of(const char *text); /* NULL: nothing is known */
/* The type of result or argument `index` of the list; nothing known past its end. */
struct ch_lua_typing ch_lua_typing_at(const struct chandra_lua_value *list, size_t index);
/* Without "?" and "|nil" behind it. */
struct ch_lua_typing ch_lua_typing_present(struct ch_lua_typing type);
bool ch_lua_typing_is(struct ch_lua_typing type, const char *text);
/* "claim" of "claim[]". */
struct ch_lua_typing ch_lua_typing_element(struct ch_lua_typing type);
/* The type of parameter `index` of a "fun(node: node): boolean". */
struct ch_lua_typing ch_lua_typing_parameter(struct ch_lua_typing type, size_t index);
/* Whether a value of type `given` may stand where `wanted` is; true when it cannot be told. */
bool ch_lua_typing_accepts(struct ch_lua_typing wanted, struct ch_lua_typing given);
/* Whether a type says nil or may be left out. */
bool ch_lua_typing_is_optional(struct ch_lua_typing type);
/* The names of the fields of "{a: string, b?: string}", NULL-terminated, in `names` of `size` bytes
 * of text; how many. */
size_t ch_lua_typing_fields(struct ch_lua_typing type, char *text, size_t size, const char **names,
                            size_t count);
/* The member of a type or library ("" for globals): a field, method, function, constant, library.
 */
const struct chandra_lua_entry *ch_lua_member_find(struct ch_lua_typing owner,
                                                   const struct ch_lua_token *name);
/* Their names, NULL-terminated; how many. */
size_t ch_lua_member_names(const char *owner, const char **names, size_t size);
/* The type of that name, or NULL. */
const struct chandra_lua_entry *ch_lua_type_find(const struct ch_lua_token *name);
/* Whether values of the type answer to any name: labels. */
bool ch_lua_typing_is_open(struct ch_lua_typing type);

#endif
