/* console.c - a prompt inside the sandbox: lines of Lua with what a hook sees.
 *
 * Lines share an environment, so that globals stay. The views of a moment stay good until the
 * cycle goes on: the number of the call, which views carry, changes only then. What fails leaves
 * the console as usable as before.
 */
#include "show.h"
#include "view.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

#define CHUNK "line"
#define GUARD "chandra.guard" /* registry: the metatable of every policy's environment */

struct chandra_lua_console {
    struct ch_lua_vm *vm;
    struct ch_lua_member *members; /* the console itself, then copies of the policy's */
    struct chandra_policy *policy; /* keeps what the copies point to; or NULL */
    struct chandra_cycle *cycle;
    const struct chandra_nodeset *nodes;
    bool is_stale; /* the names stand for an earlier moment */
    int env;       /* registry: what lines see and write */
    int names;     /* registry: what a hook would be given */
    struct ch_lua_text text;
};

/* One evaluation, for l_evaluate(). */
struct evaluation {
    struct chandra_lua_console *console;
    const char *text;
    size_t len;
    bool is_incomplete; /* out, of l_compile_only() */
};

static const char *const names[] = {"cx", "pod", "claims", "claim", "nodes", NULL};

/* The claim that a match would be asked about: the first that has no allocation, else the first. */
static size_t
claim_at_hand(const struct chandra_cycle *cycle)
{
    const size_t count = chandra_cycle_claim_count(cycle);

    for (size_t i = 0; i < count; i++)
        if (!chandra_claim_is_allocated(chandra_cycle_claim(cycle, i)))
            return i;
    return 0;
}

/* Give the names their values of this moment. */
static void
l_fill_names(lua_State *L, struct chandra_lua_console *console)
{
    struct chandra_cycle *cycle = console->cycle;

    lua_rawgeti(L, LUA_REGISTRYINDEX, console->names);
    for (const char *const *name = names; *name; name++) {
        lua_pushnil(L);
        lua_setfield(L, -2, *name);
    }
    if (cycle) {
        ch_l_cx_push(L);
        lua_getfield(L, -1, "claims");
        lua_setfield(L, -3, "claims");
        lua_setfield(L, -2, "cx");
        ch_l_pod_push(L, chandra_cycle_pod(cycle));
        lua_setfield(L, -2, "pod");
        ch_l_set_borrow(L, console->nodes ? console->nodes : chandra_cycle_nodes(cycle));
        lua_setfield(L, -2, "nodes");
        if (chandra_cycle_claim_count(cycle) > 0) {
            ch_l_claim_push(L, claim_at_hand(cycle));
            lua_setfield(L, -2, "claim");
        }
    }
    lua_pop(L, 1);
    console->is_stale = false;
}

/* __index of the environment. Upvalues: the names, the sandbox's globals. */
static int
l_lookup(lua_State *L)
{
    const char *const *name = names;

    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    while (lua_type(L, 2) == LUA_TSTRING && *name && strcmp(*name, lua_tostring(L, 2)) != 0)
        name++;
    if (lua_type(L, 2) == LUA_TSTRING && *name)
        return luaL_error(L, "there is no '%s': %s", *name,
                          ch_lua_vm_of(L)->cycle ? "the pod has no claims" : "no pod is chosen");
    lua_pushvalue(L, 2);
    lua_gettable(L, lua_upvalueindex(2));
    return 1;
}

/* Light argument: the console. */
static int
l_open(lua_State *L)
{
    struct chandra_lua_console *console = lua_touserdata(L, 1);

    lua_newtable(L); /* stack: console, env */
    lua_createtable(L, 0, 2);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    console->names = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_getfield(L, LUA_REGISTRYINDEX, GUARD);
    lua_getfield(L, -1, "__index");
    lua_remove(L, -2); /* stack: console, env, metatable, names, globals */
    lua_pushcclosure(L, l_lookup, 2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    console->env = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* Light argument: the console, whose members are the policy's. Sets `policy` and `policies`. */
static int
l_take_policy(lua_State *L)
{
    struct chandra_lua_console *console = lua_touserdata(L, 1);
    const size_t count = console->vm->member_count;

    lua_rawgeti(L, LUA_REGISTRYINDEX, console->names);
    lua_pushnil(L);
    lua_setfield(L, 2, "policy");
    lua_newtable(L); /* stack: console, names, policies */
    for (size_t i = 1; i < count; i++) {
        ch_l_load_module(L, &console->members[i]);
        if (i == 1) {
            lua_pushvalue(L, -1);
            lua_setfield(L, 2, "policy");
        }
        lua_setfield(L, 3, console->members[i].name);
    }
    lua_setfield(L, 2, "policies");
    return 0;
}

static const char eof_mark[] = "<eof>";

/* Load text as a chunk of the environment; false leaves the message. [-0, +1] */
static bool
l_load(lua_State *L, const char *text, size_t len)
{
    const int rc = luaL_loadbufferx(L, text, len, "=" CHUNK, "t");

    if (rc == LUA_ERRMEM)
        ch_l_out_of_memory(L);
    return rc == LUA_OK;
}

/* As an expression, else without a leading `local`, so that what is defined stays, else as it is.
 * [-0, +1] */
static bool
l_load_line(lua_State *L, const char *text, size_t len)
{
    ch_l_charge(L, len / 4);
    lua_pushliteral(L, "return ");
    lua_pushlstring(L, text, len);
    lua_concat(L, 2);
    if (l_load(L, lua_tostring(L, -1), len + 7)) {
        lua_remove(L, -2);
        return true;
    }
    lua_pop(L, 2);
    if (len > 6 && strncmp(text, "local ", 6) == 0) {
        if (l_load(L, text + 6, len - 6))
            return true;
        lua_pop(L, 1);
    }
    return l_load(L, text, len);
}

/* Light argument: the evaluation. */
static int
l_compile_only(lua_State *L)
{
    struct evaluation *evaluation = lua_touserdata(L, 1);
    const size_t mark_len = sizeof(eof_mark) - 1;
    const char *message;
    size_t len;

    if (l_load_line(L, evaluation->text, evaluation->len))
        return 0;
    message = lua_tolstring(L, -1, &len);
    evaluation->is_incomplete = len >= mark_len && strcmp(message + len - mark_len, eof_mark) == 0;
    return 0;
}

/* Light argument: the evaluation. */
static int
l_evaluate(lua_State *L)
{
    const struct evaluation *evaluation = lua_touserdata(L, 1);
    struct chandra_lua_console *console = evaluation->console;
    int top;

    if (console->is_stale)
        l_fill_names(L, console);
    if (!l_load_line(L, evaluation->text, evaluation->len))
        return lua_error(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, console->env);
    lua_setupvalue(L, -2, 1); /* a main chunk's only upvalue is its _ENV */
    lua_call(L, 0, LUA_MULTRET);
    top = lua_gettop(L);
    luaL_checkstack(L, 20, "too many results");
    for (int i = 2; i <= top; i++)
        ch_l_show(L, i, &console->text);
    return 0;
}

/* "line:3: ..." without its place where there is only one line. */
static const char *
without_place(const char *message, bool has_lines)
{
    const size_t len = sizeof(CHUNK) - 1;

    if (has_lines || strncmp(message, CHUNK ":1: ", len + 4) != 0)
        return message;
    return message + len + 4;
}

static enum chandra_status
report(struct ch_lua_vm *vm, int rc, bool has_lines, struct chandra_error *err)
{
    const char *message = lua_type(vm->L, -1) == LUA_TSTRING ? lua_tostring(vm->L, -1) : "?";
    char text[160];
    const enum chandra_status st = ch_lua_failure_text(vm, rc, message, text, sizeof(text));

    if (text[0])
        chandra_error_set(err, st, "%s%s", without_place(vm->place, has_lines), text);
    else
        chandra_error_set(err, st, "%s", without_place(message, has_lines));
    if (err)
        ch_lua_clean_text(err->message);
    return st;
}

/* Begin work with a fresh budget; the moment, and with it what views are good, stays. */
static void
begin(struct chandra_lua_console *console)
{
    struct ch_lua_vm *vm = console->vm;
    const uint32_t moment = vm->call;

    vm->is_interrupted = 0;
    ch_lua_begin(vm, console->cycle, &console->members[0], CH_LUA_HOOK_COUNT, CH_LUA_NO_CLAIM);
    vm->call = moment;
}

static void
begin_moment(struct chandra_lua_console *console)
{
    console->vm->call++;
    ch_lua_forget_found(console->vm);
    console->is_stale = true;
}

/* ch_lua_run() that keeps what was found, which views of this moment show. */
static enum chandra_status
run(struct chandra_lua_console *console, lua_CFunction fn, void *arg, bool has_lines,
    struct chandra_error *err)
{
    struct ch_lua_vm *vm = console->vm;
    lua_State *L = vm->L;
    enum chandra_status st = CHANDRA_OK;
    int rc;

    lua_settop(L, 0);
    lua_pushcfunction(L, ch_l_message);
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, arg); /* stack: handler, fn, arg */
    rc = lua_pcall(L, 1, 0, 1);
    if (rc != LUA_OK)
        st = report(vm, rc, has_lines, err);
    lua_settop(L, 0);
    if (st == CHANDRA_OK)
        return st;
    /* What filled the memory may be what was found, or garbage. */
    if (vm->failure == CH_LUA_OUT_OF_MEMORY || vm->is_refused) {
        ch_lua_text_clear(&console->text);
        begin_moment(console);
    }
    lua_sethook(L, NULL, 0, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    return st;
}

/* The console itself, and copies of a policy's members behind it. */
static enum chandra_status
take_members(struct chandra_lua_console *console, const struct ch_lua_member *from, size_t count,
             struct chandra_error *err)
{
    struct ch_lua_member *members = chandra_realloc(NULL, (count + 1) * sizeof(*members));

    if (!members)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    members[0] = (struct ch_lua_member){.info = {.name = "repl"}, .chunk = CHUNK, .name = "repl"};
    for (size_t i = 0; i < count; i++)
        members[i + 1] = from[i];
    chandra_free(console->members);
    console->members = members;
    return CHANDRA_OK;
}

enum chandra_status
chandra_lua_console_set_policy(struct chandra_lua_console *console, struct chandra_policy *policy,
                               struct chandra_error *err)
{
    const struct ch_lua_member *from = NULL;
    size_t count = 0;
    enum chandra_status st;

    if (policy) {
        from = ch_lua_policy_members(policy, &count);
        if (!from)
            return chandra_error_set(err, CHANDRA_EINVAL, "not a policy of the Lua host");
    }
    st = take_members(console, from, count, err);
    if (st != CHANDRA_OK)
        return st;
    console->vm->members = console->members;
    console->vm->member_count = count + 1;
    chandra_policy_unref(console->policy);
    console->policy = chandra_policy_ref(policy);
    begin(console);
    return run(console, l_take_policy, console, true, err);
}

void
chandra_lua_console_set_cycle(struct chandra_lua_console *console, struct chandra_cycle *cycle,
                              const struct chandra_nodeset *nodes)
{
    console->cycle = cycle;
    console->nodes = nodes;
    console->vm->cycle = cycle;
    begin_moment(console);
}

bool
chandra_lua_console_is_incomplete(struct chandra_lua_console *console, const char *text)
{
    struct evaluation evaluation = {.console = console, .text = text, .len = strlen(text)};

    begin(console);
    return run(console, l_compile_only, &evaluation, true, NULL) == CHANDRA_OK &&
           evaluation.is_incomplete;
}

/* What was shown, as text of the caller's. */
static char *
take_text(struct chandra_lua_console *console)
{
    static const char cut[] = "... (there is more)\n";
    const struct ch_lua_text *text = &console->text;
    const size_t more = text->is_cut ? sizeof(cut) - 1 : 0;
    char *copy = chandra_realloc(NULL, text->len + more + 1);

    if (!copy)
        return NULL;
    if (text->len > 0)
        memcpy(copy, text->data, text->len);
    memcpy(copy + text->len, cut, more);
    copy[text->len + more] = '\0';
    return copy;
}

enum chandra_status
chandra_lua_console_eval(struct chandra_lua_console *console, const char *text, char **out_text,
                         struct chandra_error *err)
{
    struct evaluation evaluation = {.console = console, .text = text, .len = strlen(text)};
    const char *first_break = strchr(text, '\n');
    enum chandra_status st;

    console->text.len = 0;
    console->text.is_cut = false;
    begin(console);
    st = run(console, l_evaluate, &evaluation, first_break && first_break[1], err);
    if (st != CHANDRA_OK)
        return st;
    *out_text = take_text(console);
    return *out_text ? CHANDRA_OK : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

void
chandra_lua_console_interrupt(struct chandra_lua_console *console)
{
    console->vm->is_interrupted = 1;
}

enum chandra_status
chandra_lua_console_new(const struct chandra_lua_options *options,
                        struct chandra_lua_console **out_console, struct chandra_error *err)
{
    const struct chandra_lua_options effective = ch_lua_effective_options(options);
    const struct ch_lua_settings settings = {.memory = effective.memory_limit,
                                             .steps = effective.instruction_limit,
                                             .timeout_ms = effective.timeout_ms,
                                             .logger = effective.logger};
    struct chandra_lua_console *console = chandra_realloc(NULL, sizeof(*console));
    enum chandra_status st;

    if (!console)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    *console = (struct chandra_lua_console){.is_stale = true};
    st = take_members(console, NULL, 0, err);
    if (st == CHANDRA_OK)
        st = ch_lua_vm_new(NULL, 0, &settings, NULL, &console->vm, err);
    if (st == CHANDRA_OK) {
        console->vm->is_console = true;
        console->text.vm = console->vm;
        begin(console);
        st = run(console, l_open, console, true, err);
    }
    if (st == CHANDRA_OK)
        st = chandra_lua_console_set_policy(console, NULL, err);
    if (st == CHANDRA_OK)
        *out_console = console;
    else
        chandra_lua_console_free(console);
    return st;
}

void
chandra_lua_console_free(struct chandra_lua_console *console)
{
    if (!console)
        return;
    if (console->vm) {
        ch_lua_text_clear(&console->text);
        ch_lua_forget_found(console->vm);
    }
    ch_lua_vm_free(console->vm);
    chandra_policy_unref(console->policy);
    chandra_free(console->members);
    chandra_free(console);
}
