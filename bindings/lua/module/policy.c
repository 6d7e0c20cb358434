/* policy.c - chandra.policy: load policies from files or text; chandra.check: look at one. */
#include "embed.h"
#include "module.h"

#include <chandra/lua.h>
#include <chandra/policy.h>
#include <string.h>

struct policy {
    struct ch_mod_handle handle;
    struct chandra_policy *policy;
    struct ch_mod_log log; /* lives as long as this, which engines keep alive */
};

static void
close_policy(struct ch_mod_handle *handle)
{
    struct policy *self = (struct policy *)handle;

    chandra_policy_unref(self->policy);
    self->policy = NULL;
    ch_mod_log_close(&self->log);
}

/* One element of a chain at the top of the stack: a path, or {path=|name=, text=, weight=}. What
 * its strings need is kept in the table at `anchors`. Pops the element. */
static void
l_source(lua_State *L, int anchors, struct chandra_lua_source *source)
{
    static const char *const names[] = {"path", "name", "text", "weight", NULL};
    const int element = lua_gettop(L);
    const char *path;

    *source = (struct chandra_lua_source){.name = NULL};
    if (lua_type(L, element) == LUA_TSTRING) {
        path = lua_tostring(L, element);
    } else {
        ch_l_mod_check_options(L, element, names);
        path = ch_l_mod_string(L, element, "path", NULL);
        source->text = ch_l_mod_string(L, element, "text", NULL);
        lua_getfield(L, element, "weight");
        source->weight = luaL_optnumber(L, -1, 0);
    }
    if (!path == !source->text)
        luaL_error(L, "a policy has either a path or a text");
    if (path) {
        source->name = path;
        source->text = ch_l_mod_read_file(L, path, &source->len);
        lua_pushvalue(L, -1);
        luaL_ref(L, anchors);
    } else {
        source->name = ch_l_mod_string(L, element, "name", "policy");
        lua_getfield(L, element, "text");
        source->len = lua_rawlen(L, -1);
    }
    lua_settop(L, element);
    luaL_ref(L, anchors);
}

/* The limits in the table at `arg`. */
static struct chandra_lua_options
l_limits(lua_State *L, int arg, struct policy *self)
{
    struct chandra_lua_options options = {.size = sizeof(options)};
    const struct ch_mod_host *host = ch_l_mod_host(L);

    self->log.also = host->logger;
    options.observer = host->observer;
    options.is_twice = ch_l_mod_boolean(L, arg, "twice", host->is_twice);
    options.memory_limit = (size_t)ch_l_mod_integer(L, arg, "memory_limit", 0);
    options.instruction_limit = (uint64_t)ch_l_mod_integer(L, arg, "instruction_limit", 0);
    options.timeout_ms = ch_l_mod_integer(L, arg, "timeout_ms", 0);
    options.max_vms = (size_t)ch_l_mod_integer(L, arg, "max_vms", 0);
    options.logger = (struct chandra_logger){ch_mod_log_line, &self->log};
    return options;
}

/* policy(path) or policy{path or source, ..., memory_limit=, instruction_limit=, timeout_ms=,
 * max_vms=, twice=} */
int
ch_l_mod_policy(lua_State *L)
{
    static const char *const names[] = {"memory_limit", "instruction_limit",
                                        "timeout_ms",   "max_vms",
                                        "twice",        "path",
                                        "name",         "text",
                                        "weight",       NULL};
    struct chandra_lua_options options;
    struct chandra_lua_source *sources;
    struct chandra_error err;
    struct policy *self;
    size_t count;

    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING) {
        lua_createtable(L, 1, 0);
        lua_insert(L, 1);
        lua_rawseti(L, 1, 1);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    ch_l_mod_check_options(L, 1, names);
    if (lua_rawlen(L, 1) == 0) { /* the one source itself */
        lua_createtable(L, 1, 0);
        lua_insert(L, 1);
        lua_rawseti(L, 1, 1);
    }
    count = lua_rawlen(L, 1);
    self = ch_l_mod_new(L, &ch_mod_policy_class, sizeof(*self), 0);
    lua_newtable(L);
    sources = lua_newuserdatauv(L, count * sizeof(*sources), 0);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        l_source(L, 3, &sources[i]);
    }
    options = l_limits(L, 1, self);
    if (chandra_lua_policy_load(sources, count, &options, &self->policy, &err) != CHANDRA_OK) {
        ch_mod_log_close(&self->log);
        ch_l_mod_fault(L, err.status, err.message);
        return ch_l_mod_fail(L, &err);
    }
    ch_mod_open(self, NULL);
    lua_settop(L, 2);
    return 1;
}

/* default_policy(): the one that is built in. */
int
ch_l_mod_default_policy(lua_State *L)
{
    const struct chandra_lua_source *source = chandra_lua_default();

    lua_settop(L, 0);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, source->name);
    lua_setfield(L, 1, "name");
    lua_pushlstring(L, source->text, source->len);
    lua_setfield(L, 1, "text");
    return ch_l_mod_policy(L);
}

struct chandra_policy *
ch_l_mod_policy_arg(lua_State *L, int arg)
{
    struct policy *self;

    if (lua_isnoneornil(L, arg))
        return NULL;
    if (lua_type(L, arg) == LUA_TSTRING || lua_type(L, arg) == LUA_TTABLE) {
        lua_pushcfunction(L, ch_l_mod_policy);
        lua_pushvalue(L, arg);
        lua_call(L, 1, 1);
        lua_replace(L, arg);
    }
    self = ch_l_mod_check(L, arg, &ch_mod_policy_class);
    return self->policy;
}

void
ch_l_mod_push_infos(lua_State *L, const struct chandra_policy *policy)
{
    const size_t count = policy ? chandra_policy_count(policy) : 0;

    ch_l_mod_push_array(L);
    for (size_t i = 0; i < count; i++) {
        const struct chandra_policy_info *info = chandra_policy_info_at(policy, i);

        lua_createtable(L, 0, 5);
        lua_pushstring(L, info->name);
        lua_setfield(L, -2, "name");
        lua_pushstring(L, info->version);
        lua_setfield(L, -2, "version");
        lua_pushstring(L, info->sha256);
        lua_setfield(L, -2, "sha256");
        lua_pushstring(L, info->source);
        lua_setfield(L, -2, "source");
        lua_pushinteger(L, info->api);
        lua_setfield(L, -2, "api");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* info(): an array of {name=, version=, sha256=, source=, api=}, one for each member of the chain.
 */
static int
l_info(lua_State *L)
{
    const struct policy *self = ch_l_mod_check(L, 1, &ch_mod_policy_class);

    ch_l_mod_push_infos(L, self->policy);
    return 1;
}

/* log(): what the policy has printed since the last time. */
static int
l_log(lua_State *L)
{
    struct policy *self = ch_l_mod_check(L, 1, &ch_mod_policy_class);

    return ch_l_mod_log_take(L, &self->log);
}

static const luaL_Reg methods[] = {{"info", l_info}, {"log", l_log}, {NULL, NULL}};

const struct ch_mod_class ch_mod_policy_class = {"chandra.policy", methods, close_policy};

/* Findings become an array of a document, since a callback must not raise. */
struct findings {
    struct chandra_doc *doc;
    struct chandra_value *array;
    bool is_out_of_memory;
};

static void
add_finding(void *user, const struct chandra_lua_finding *told)
{
    struct findings *findings = user;
    struct chandra_value *finding = chandra_value_new_object(findings->doc);

    if (!finding ||
        !chandra_value_set(finding, "file", chandra_value_new_string(findings->doc, told->file)) ||
        !chandra_value_set(finding, "line", chandra_value_new_int64(findings->doc, told->line)) ||
        !chandra_value_set(finding, "column",
                           chandra_value_new_int64(findings->doc, told->column)) ||
        !chandra_value_set(finding, "rule", chandra_value_new_string(findings->doc, told->rule)) ||
        !chandra_value_set(finding, "message",
                           chandra_value_new_string(findings->doc, told->message)) ||
        !chandra_value_append(findings->array, finding))
        findings->is_out_of_memory = true;
}

/* check(path or source): an array of {file=, line=, column=, rule=, message=}, empty when all is
 * well. */
int
ch_l_mod_check_text(lua_State *L)
{
    struct chandra_lua_source source;
    struct findings findings = {.doc = NULL};
    struct chandra_doc **doc;
    struct chandra_error err;
    size_t count;

    lua_settop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, 1);
    l_source(L, 2, &source);
    doc = ch_l_mod_doc(L);
    if (chandra_doc_new(doc, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    findings.doc = *doc;
    findings.array = chandra_value_new_array(*doc);
    if (!findings.array)
        return luaL_error(L, "out of memory");
    if (chandra_lua_check(&source, add_finding, &findings, &count, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    if (findings.is_out_of_memory)
        return luaL_error(L, "out of memory");
    ch_l_mod_push_value(L, findings.array);
    return 1;
}
