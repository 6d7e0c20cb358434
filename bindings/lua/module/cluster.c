/* cluster.c - chandra.cluster: the example cluster, its faults, its writes, its objects. */
#include "module.h"

#include <chandra/client.h>
#include <chandra/sim.h>
#include <chandra/sys/stage.h>
#include <chandra/sys/transport.h>
#include <string.h>

struct cluster {
    struct ch_mod_handle handle;
    struct chandra_sim *sim;
    struct ch_mod_log log;
};

static void
close_cluster(struct ch_mod_handle *handle)
{
    struct cluster *self = (struct cluster *)handle;

    chandra_sim_free(self->sim);
    self->sim = NULL;
    ch_mod_log_close(&self->log);
}

/* cluster{seed=, wall_time=}: an empty one. */
int
ch_l_mod_cluster(lua_State *L)
{
    static const char *const names[] = {"seed", "wall_time", NULL};
    struct chandra_sim_options options = {.size = sizeof(options)};
    struct cluster *self;
    struct chandra_error err;

    lua_settop(L, 1);
    ch_l_mod_check_options(L, 1, names);
    options.seed = (uint64_t)ch_l_mod_integer(L, 1, "seed", 1);
    options.wall_time = ch_l_mod_integer(L, 1, "wall_time", 0);
    self = ch_l_mod_new(L, &ch_mod_cluster_class, sizeof(*self), 0);
    options.logger = (struct chandra_logger){ch_mod_log_line, &self->log};
    if (chandra_sim_new(&options, &self->sim, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    ch_mod_open(self, NULL);
    return 1;
}

static struct chandra_sim *
l_sim(lua_State *L)
{
    struct cluster *self = ch_l_mod_check(L, 1, &ch_mod_cluster_class);

    return self->sim;
}

struct chandra_transport *
ch_l_mod_cluster_transport(lua_State *L, int arg)
{
    struct cluster *self = ch_l_mod_check(L, arg, &ch_mod_cluster_class);

    return chandra_sim_transport(self->sim);
}

/* Documents at index 2 of the stack, whichever way they are given: a table, text, or the name of a
 * file, which is a string without a line break. The document lives as long as the stack. */
static struct chandra_doc *
l_documents(lua_State *L)
{
    struct chandra_doc **doc;
    const char *text, *name = "text";
    struct chandra_error err;
    enum chandra_status st;
    size_t len;

    if (lua_type(L, 2) == LUA_TTABLE) {
        doc = ch_l_mod_doc(L);
        if (chandra_doc_new(doc, &err) != CHANDRA_OK)
            ch_l_mod_fail(L, &err);
        if (!chandra_doc_add_root(*doc, ch_l_mod_to_value(L, 2, *doc)))
            luaL_error(L, "out of memory");
        return *doc;
    }
    text = luaL_checklstring(L, 2, &len);
    if (!memchr(text, '\n', len)) {
        name = text;
        text = ch_l_mod_read_file(L, name, &len);
    }
    doc = ch_l_mod_doc(L);
    if (strlen(name) > 5 && strcmp(name + strlen(name) - 5, ".json") == 0)
        st = chandra_doc_parse_json(text, len, name, NULL, doc, &err);
    else
        st = chandra_doc_parse_yaml(text, len, name, NULL, doc, &err);
    if (st != CHANDRA_OK)
        ch_l_mod_fail(L, &err);
    return *doc;
}

/* load(table, text or file): apply every object in it. */
static int
l_load(lua_State *L)
{
    struct chandra_sim *sim = l_sim(L);
    const struct chandra_doc *doc = l_documents(L);
    struct chandra_error err;

    for (size_t i = 0; i < chandra_doc_count(doc); i++) {
        const struct chandra_value *object = chandra_doc_root(doc, i);

        if (chandra_value_type(object) != CHANDRA_NULL &&
            chandra_sim_load(sim, object, &err) != CHANDRA_OK)
            return ch_l_mod_fail(L, &err);
    }
    lua_settop(L, 1);
    return 1;
}

/* The array of strings in field `name` of the table at 2, or NULL; *out_count of them. */
static const char **
l_strings(lua_State *L, const char *name, size_t *out_count)
{
    const char **strings;

    *out_count = 0;
    if (lua_getfield(L, 2, name) == LUA_TNIL)
        return NULL;
    luaL_checktype(L, -1, LUA_TTABLE);
    *out_count = lua_rawlen(L, -1);
    strings = lua_newuserdatauv(L, *out_count * sizeof(*strings) + 1, 0);
    for (size_t i = 0; i < *out_count; i++) {
        if (lua_rawgeti(L, -2, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(L, "option '%s': want strings, got a %s", name, luaL_typename(L, -1));
        strings[i] = lua_tostring(L, -1);
        lua_pop(L, 1); /* the table keeps it */
    }
    return strings;
}

/* The labels in field "labels" of the table at 2. */
static void
l_driver_labels(lua_State *L, struct chandra_sim_driver *driver)
{
    const char **texts;
    size_t count = 0;
    int labels;

    if (lua_getfield(L, 2, "labels") == LUA_TNIL)
        return;
    labels = lua_gettop(L);
    luaL_checktype(L, labels, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, labels); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "option 'labels': want {name = value} of strings");
        count++;
    }
    texts = lua_newuserdatauv(L, 2 * count * sizeof(*texts) + 1, 0);
    driver->label_keys = texts;
    driver->label_values = texts + count;
    for (lua_pushnil(L); lua_next(L, labels); lua_pop(L, 1)) {
        texts[driver->label_count] = lua_tostring(L, -2);
        texts[count + driver->label_count++] = lua_tostring(L, -1);
    }
}

/* add_driver{name=, nodes=, labels=, max_allocations=, shareable=, node_local=,
 * dont_set_reserved_for=} */
static int
l_add_driver(lua_State *L)
{
    static const char *const names[] = {"name",
                                        "nodes",
                                        "labels",
                                        "max_allocations",
                                        "shareable",
                                        "node_local",
                                        "dont_set_reserved_for",
                                        NULL};
    struct chandra_sim *sim = l_sim(L);
    struct chandra_sim_driver driver = {.size = sizeof(driver)};
    struct chandra_error err;

    lua_settop(L, 2);
    ch_l_mod_check_options(L, 2, names);
    driver.driver_name = ch_l_mod_string(L, 2, "name", NULL);
    luaL_argcheck(L, driver.driver_name, 2, "want a name");
    driver.max_allocations = ch_l_mod_integer(L, 2, "max_allocations", 0);
    driver.is_shareable = ch_l_mod_boolean(L, 2, "shareable", false);
    driver.is_node_local = ch_l_mod_boolean(L, 2, "node_local", false);
    driver.dont_set_reserved_for = ch_l_mod_boolean(L, 2, "dont_set_reserved_for", false);
    driver.nodes = l_strings(L, "nodes", &driver.node_count);
    l_driver_labels(L, &driver);
    if (chandra_sim_add_driver(sim, &driver, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* add_default_drivers(): an unlimited one for each driver that a class names and nobody plays. */
static int
l_add_default_drivers(lua_State *L)
{
    struct chandra_error err;

    if (chandra_sim_add_default_drivers(l_sim(L), &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* settle(): whether anything moved. */
static int
l_settle(lua_State *L)
{
    struct chandra_error err;
    bool has_moved;

    if (chandra_sim_settle(l_sim(L), &has_moved, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    lua_pushboolean(L, has_moved);
    return 1;
}

/* advance(ms): move the clock forward by that much. */
static int
l_advance(lua_State *L)
{
    struct chandra_sim *sim = l_sim(L);
    const lua_Integer by_ms = luaL_checkinteger(L, 2);
    struct chandra_error err;

    luaL_argcheck(L, by_ms >= 0 && by_ms <= INT64_MAX / 2, 2, "must not be negative or huge");
    if (chandra_sim_advance(sim, chandra_sim_now_ms(sim) + by_ms, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    lua_settop(L, 1);
    return 1;
}

/* now(): virtual milliseconds. */
static int
l_now(lua_State *L)
{
    lua_pushinteger(L, chandra_sim_now_ms(l_sim(L)));
    return 1;
}

/* next_due([with_periodic]): when the next thing is due, or nil. */
static int
l_next_due(lua_State *L)
{
    const int64_t due = chandra_sim_next_ms(l_sim(L), lua_toboolean(L, 2));

    if (due < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, due);
    return 1;
}

/* fault{method=, path=, http_status=, reason=, message=, delay_ms=, retry_after_s=, drop=,
 * after_effect=, skip=, count=} */
static int
l_fault(lua_State *L)
{
    static const char *const names[] = {"method",       "path",     "http_status",   "reason",
                                        "message",      "delay_ms", "retry_after_s", "drop",
                                        "after_effect", "skip",     "count",         NULL};
    struct chandra_sim *sim = l_sim(L);
    struct chandra_sim_fault fault = {.size = sizeof(fault)};
    struct chandra_error err;

    lua_settop(L, 2);
    ch_l_mod_check_options(L, 2, names);
    fault.method = ch_l_mod_string(L, 2, "method", NULL);
    fault.path = ch_l_mod_string(L, 2, "path", NULL);
    fault.http_status = (int)ch_l_mod_integer(L, 2, "http_status", 0);
    fault.reason = ch_l_mod_string(L, 2, "reason", NULL);
    fault.message = ch_l_mod_string(L, 2, "message", NULL);
    fault.delay_ms = ch_l_mod_integer(L, 2, "delay_ms", 0);
    fault.retry_after_s = ch_l_mod_integer(L, 2, "retry_after_s", -1);
    fault.drop = ch_l_mod_boolean(L, 2, "drop", false);
    fault.after_effect = ch_l_mod_boolean(L, 2, "after_effect", false);
    fault.skip = (uint32_t)ch_l_mod_integer(L, 2, "skip", 0);
    fault.count = (uint32_t)ch_l_mod_integer(L, 2, "count", 0);
    if (chandra_sim_add_fault(sim, &fault, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    lua_settop(L, 1);
    return 1;
}

static int
l_clear_faults(lua_State *L)
{
    chandra_sim_clear_faults(l_sim(L));
    lua_settop(L, 1);
    return 1;
}

/* compact(): end every watch with 410 Gone. */
static int
l_compact(lua_State *L)
{
    chandra_sim_compact(l_sim(L));
    lua_settop(L, 1);
    return 1;
}

static void
l_set(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

/* writes([from]): an array of what was written, from number `from` (1) on. */
static int
l_writes(lua_State *L)
{
    const struct chandra_sim *sim = l_sim(L);
    const lua_Integer from = luaL_optinteger(L, 2, 1);
    struct chandra_sim_write write;
    lua_Integer count = 0;

    luaL_argcheck(L, from >= 1, 2, "must be at least 1");
    ch_l_mod_push_array(L);
    for (size_t i = (size_t)from - 1; chandra_sim_write_at(sim, i, &write); i++) {
        lua_createtable(L, 0, 8);
        l_set(L, "actor", write.actor);
        l_set(L, "method", write.method);
        l_set(L, "kind", write.kind);
        l_set(L, "namespace", write.name_space);
        l_set(L, "name", write.name);
        l_set(L, "subresource", write.subresource);
        lua_pushinteger(L, write.http_status);
        lua_setfield(L, -2, "http_status");
        lua_pushinteger(L, write.time_ms);
        lua_setfield(L, -2, "time_ms");
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* Copies of the objects that a walk meets; a callback must not raise. */
struct collection {
    struct chandra_doc *doc;
    const char *name_space, *name; /* NULL: any */
    bool is_out_of_memory;
};

static bool
is_named(const struct chandra_value *object, const char *field, const char *want)
{
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const char *text = chandra_value_string(chandra_value_get(metadata, field));

    return !want || strcmp(text ? text : "", want) == 0;
}

static bool
collect(void *user, const struct chandra_value *object)
{
    struct collection *found = user;

    if (!is_named(object, "namespace", found->name_space) || !is_named(object, "name", found->name))
        return true;
    if (!chandra_doc_add_root(found->doc, chandra_value_copy(found->doc, object)))
        found->is_out_of_memory = true;
    return !found->is_out_of_memory && !found->name;
}

/* The stored objects of the kind at 2 that are called so, in a document that the stack keeps. */
static const struct chandra_doc *
l_collect(lua_State *L, const char *name_space, const char *name)
{
    struct chandra_stage *stage = chandra_sim_stage(l_sim(L));
    const char *kind = luaL_checkstring(L, 2);
    struct collection found = {NULL, name_space, name, false};
    struct chandra_doc **doc = ch_l_mod_doc(L);
    struct chandra_error err;

    if (chandra_doc_new(doc, &err) != CHANDRA_OK)
        ch_l_mod_fail(L, &err);
    found.doc = *doc;
    stage->ops->each(stage, kind, collect, &found);
    if (found.is_out_of_memory)
        luaL_error(L, "out of memory");
    return *doc;
}

/* get(kind, namespace, name): the stored object as a table, or nil. */
static int
l_get(lua_State *L)
{
    const char *name_space = luaL_optstring(L, 3, "");
    const struct chandra_doc *doc = l_collect(L, name_space, luaL_checkstring(L, 4));

    if (chandra_doc_count(doc) == 0)
        lua_pushnil(L);
    else
        ch_l_mod_push_value(L, chandra_doc_root(doc, 0));
    return 1;
}

/* list(kind [, namespace]): an array of the stored objects. */
static int
l_list(lua_State *L)
{
    const struct chandra_doc *doc = l_collect(L, luaL_optstring(L, 3, NULL), NULL);

    ch_l_mod_push_array(L);
    for (size_t i = 0; i < chandra_doc_count(doc); i++) {
        ch_l_mod_push_value(L, chandra_doc_root(doc, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* remove(kind, namespace, name): at once, finalizers or not. */
static int
l_remove(lua_State *L)
{
    struct chandra_stage *stage = chandra_sim_stage(l_sim(L));
    struct chandra_error err;

    if (stage->ops->remove(stage, luaL_checkstring(L, 2), luaL_optstring(L, 3, ""),
                           luaL_checkstring(L, 4), &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    lua_settop(L, 1);
    return 1;
}

static enum chandra_method
l_method(lua_State *L, int arg)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};
    static const enum chandra_method methods[] = {CHANDRA_GET, CHANDRA_POST, CHANDRA_PUT,
                                                  CHANDRA_PATCH, CHANDRA_DELETE};

    return methods[luaL_checkoption(L, arg, NULL, names)];
}

/* The body of a request at index 4: text as it is, or a table as JSON, which the stack keeps. */
static const char *
l_body(lua_State *L, size_t *out_len)
{
    struct chandra_doc **doc;
    struct chandra_error err;
    char **text;

    if (lua_isnoneornil(L, 4) || lua_type(L, 4) == LUA_TSTRING) {
        lua_pushvalue(L, 4);
        return lua_tolstring(L, -1, out_len);
    }
    luaL_checktype(L, 4, LUA_TTABLE);
    doc = ch_l_mod_doc(L);
    text = ch_l_mod_text(L);
    if (chandra_doc_new(doc, &err) != CHANDRA_OK ||
        chandra_value_print(ch_l_mod_to_value(L, 4, *doc), CHANDRA_PRINT_COMPACT, text, out_len,
                            &err) != CHANDRA_OK)
        ch_l_mod_fail(L, &err);
    return *text;
}

/* request(method, path [, body [, content_type]]): the answer; a refusal raises its message. */
static int
l_request(lua_State *L)
{
    struct chandra_transport *transport = ch_l_mod_cluster_transport(L, 1);
    struct chandra_request request = {.method = l_method(L, 2)};
    struct chandra_doc **answer;
    struct chandra_error err;

    lua_settop(L, 5);
    request.path = luaL_checkstring(L, 3);
    request.content_type = luaL_optstring(L, 5, NULL);
    request.body = l_body(L, &request.body_len);
    answer = ch_l_mod_doc(L);
    if (chandra_client_request(transport, &request, answer, &err) != CHANDRA_OK)
        return ch_l_mod_fail(L, &err);
    ch_l_mod_push_value(L, chandra_doc_root(*answer, 0));
    return 1;
}

/* log(): what the cluster has logged since the last time. */
static int
l_log(lua_State *L)
{
    struct cluster *self = ch_l_mod_check(L, 1, &ch_mod_cluster_class);

    return ch_l_mod_log_take(L, &self->log);
}

static const luaL_Reg methods[] = {
    {"add_default_drivers", l_add_default_drivers},
    {"add_driver", l_add_driver},
    {"advance", l_advance},
    {"clear_faults", l_clear_faults},
    {"compact", l_compact},
    {"engine", ch_l_mod_engine},
    {"fault", l_fault},
    {"get", l_get},
    {"list", l_list},
    {"load", l_load},
    {"log", l_log},
    {"next_due", l_next_due},
    {"now", l_now},
    {"remove", l_remove},
    {"request", l_request},
    {"settle", l_settle},
    {"writes", l_writes},
    {NULL, NULL},
};

const struct ch_mod_class ch_mod_cluster_class = {"chandra.cluster", methods, close_cluster};
