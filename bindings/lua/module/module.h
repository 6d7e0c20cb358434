/* module.h - what the parts of `require "chandra"` share: lifetimes, options, values, errors.
 *
 * Functions called ch_l_* may raise a Lua error; so nothing that must be freed is held in a C
 * variable while one of them runs, but in a userdata.
 */
#ifndef CH_LUA_MODULE_H
#define CH_LUA_MODULE_H

#include <chandra/cycle.h>
#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/export.h>
#include <chandra/log.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Lifetimes; handle.c. Every object of the module begins with a handle. Closing one, be it by
 * close(), by the end of a `local x <close>` or by the garbage collector, first closes what was
 * made from it. */

struct ch_mod_handle;

struct ch_mod_class {
    const char *name; /* for people, and of the metatable */
    const luaL_Reg *methods;
    void (*close)(struct ch_mod_handle *handle);
};

struct ch_mod_handle {
    const struct ch_mod_class *klass;
    struct ch_mod_handle *parent;
    struct ch_mod_handle *children; /* newest first */
    struct ch_mod_handle *next, *previous;
    bool is_open;
};

extern const struct ch_mod_class ch_mod_cluster_class;
extern const struct ch_mod_class ch_mod_engine_class;
extern const struct ch_mod_class ch_mod_loader_class;
extern const struct ch_mod_class ch_mod_cycle_class;
extern const struct ch_mod_class ch_mod_policy_class;

/* Make the class known to the state. */
void ch_l_mod_class(lua_State *L, const struct ch_mod_class *klass);
/* A new, zeroed object of `size` bytes that is not open yet; [-0, +1]. `parent`, a stack index or
 * 0, is kept alive by it. */
void *ch_l_mod_new(lua_State *L, const struct ch_mod_class *klass, size_t size, int parent);
/* Say that the object has what its class closes. Never raises. */
void ch_mod_open(void *object, void *parent);
/* The open object at `arg`; raises for anything else. */
void *ch_l_mod_check(lua_State *L, int arg, const struct ch_mod_class *klass);

/* Errors and options; module.c. */

/* Raise the message of a failed call. */
int ch_l_mod_fail(lua_State *L, const struct chandra_error *err);
/* Raise unless the value at `arg` is a table whose names all are in `names` (NULL-terminated); the
 * elements of its sequence are not looked at. nil becomes an empty table. */
void ch_l_mod_check_options(lua_State *L, int arg, const char *const *names);
/* Fields of the table at `arg`, with a default for nil. Strings stay alive with the table. */
const char *ch_l_mod_string(lua_State *L, int arg, const char *name, const char *otherwise);
lua_Integer ch_l_mod_integer(lua_State *L, int arg, const char *name, lua_Integer otherwise);
bool ch_l_mod_boolean(lua_State *L, int arg, const char *name, bool otherwise);
/* The text of a file; [-0, +1]. */
const char *ch_l_mod_read_file(lua_State *L, const char *path, size_t *out_len);

/* Log lines, kept until somebody asks; log.c. Zero-initialized is empty. */
struct ch_mod_log {
    struct chandra_logger also; /* gets the lines too */
    char *text;                 /* lines, each with its end */
    size_t len, size;
    bool is_closed; /* drops what comes */
};
void ch_mod_log_line(void *user, enum chandra_level level, const char *message);
void ch_mod_log_close(struct ch_mod_log *log);
/* Push an array of the lines so far and forget them; [-0, +1]. */
int ch_l_mod_log_take(lua_State *L, struct ch_mod_log *log);

/* The program that the module is built into; embed.c. */

struct ch_mod_host;
/* What it wants; never NULL. */
const struct ch_mod_host *ch_l_mod_host(lua_State *L);
/* Tell it of a policy's failure, if the status is one. */
void ch_l_mod_fault(lua_State *L, enum chandra_status status, const char *message);
/* The text of chandra/testing.lua. */
const struct chandra_lua_source *ch_mod_testing(void);
/* The module's entry point; module.c. */
CHANDRA_API int luaopen_chandra(lua_State *L);

/* Values; value.c. Arrays are tables with a metatable of their own, so that empty ones stay arrays;
 * null is a light userdata. */
void ch_l_mod_values_open(lua_State *L);
void ch_l_mod_push_value(lua_State *L, const struct chandra_value *value); /* [-0, +1] */
/* An array of a metatable of its own; [-0, +1]. */
void ch_l_mod_push_array(lua_State *L);
void ch_l_mod_push_null(lua_State *L);
/* array(t): say that the table is an array. */
int ch_l_mod_array(lua_State *L);
/* A document that lives as long as the userdata pushed; [-0, +1]. */
struct chandra_doc **ch_l_mod_doc(lua_State *L);
/* The same for a text that the library returns. */
char **ch_l_mod_text(lua_State *L);
/* The Lua value at `index` as a value of the document. */
struct chandra_value *ch_l_mod_to_value(lua_State *L, int index, struct chandra_doc *doc);

/* cluster.c, engine.c, cycle.c, policy.c, replay.c: functions of the module, and what they share.
 */
int ch_l_mod_cluster(lua_State *L);
int ch_l_mod_engine(lua_State *L); /* method of clusters */
int ch_l_mod_cycle(lua_State *L);  /* method of engines */
int ch_l_mod_policy(lua_State *L);
int ch_l_mod_default_policy(lua_State *L);
int ch_l_mod_check_text(lua_State *L);
int ch_l_mod_replay(lua_State *L);

struct chandra_transport *ch_l_mod_cluster_transport(lua_State *L, int arg);
struct chandra_engine *ch_l_mod_engine_check(lua_State *L, int arg);
/* The policy at `arg`: an object, or what chandra.policy() takes; the value becomes the object.
 * NULL for nil. */
struct chandra_policy *ch_l_mod_policy_arg(lua_State *L, int arg);
/* The kind that is called so; raises for others. */
enum chandra_kind ch_l_mod_kind(lua_State *L, int arg);
void ch_l_mod_push_answer(lua_State *L, const struct chandra_answer *answer);
void ch_l_mod_push_infos(lua_State *L, const struct chandra_policy *policy);

#endif
