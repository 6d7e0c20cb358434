/* lua.h - the Lua host: turn policy text into a policy that an engine can be given.
 *
 * A policy is a Lua 5.4 module: a table of hooks, returned by a chunk that begins with a header
 * line
 * "--!chandra api=1 name=NAME version=X.Y.Z". It runs in a sandbox built from an allow-list, with a
 * cap on memory and a budget of instructions and time for each call. See bindings/lua/README.md.
 */
#ifndef CHANDRA_LUA_H
#define CHANDRA_LUA_H

#include <chandra/error.h>
#include <chandra/log.h>
#include <chandra/policy.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_engine;

/** One member of a chain. Text and name are borrowed for the call. */
struct chandra_lua_source {
    const char *name; /* file name for errors */
    const char *text;
    size_t len;
    double weight; /* of its scores; 0 means 1 */
};

/** Budgets are for each call of a hook. Zero in a field means its default. */
struct chandra_lua_options {
    size_t size;                /* sizeof(struct chandra_lua_options) */
    size_t memory_limit;        /* bytes for each VM; default 16 MiB */
    uint64_t instruction_limit; /* default 2,000,000, checked every 1000 */
    int64_t timeout_ms;         /* wall clock less what the machine withheld; default 100 */
    size_t max_vms;             /* kept for parallel calls; default 4 */
    struct chandra_logger logger;
};

/** Load a chain of policies: syntax, header, hooks, a trial run of the chunk. Hooks that no member
 * has are decided by the builtin default. `options` may be NULL. Ownership: caller unrefs. Errors:
 * ESCRIPT with "FILE:LINE: ..." and an excerpt, EBUDGET, ENOMEM. Threads: any. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_policy_load(const struct chandra_lua_source *sources, size_t count,
                        const struct chandra_lua_options *options,
                        struct chandra_policy **out_policy, struct chandra_error *err);

/** chandra_lua_policy_load() from files. Errors: also EIO. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_policy_load_files(const char *const *paths, size_t count,
                              const struct chandra_lua_options *options,
                              struct chandra_policy **out_policy, struct chandra_error *err);

/** The text of policies/default.lua as it was built in. Ownership: static. */
CHANDRA_API const struct chandra_lua_source *chandra_lua_default(void);

/** Receives one finding of chandra_lua_check(). */
typedef void (*chandra_lua_finding_fn)(void *user, const char *file, unsigned line,
                                       const char *message);
/** Check a policy without an engine: syntax, header, unknown hooks and API names ("did you mean"),
 * globals read and written. *out_findings counts them; 0 means that it is fine.
 * Errors: ENOMEM, EIO; findings are not errors. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_check(const struct chandra_lua_source *source, chandra_lua_finding_fn fn, void *user,
                  size_t *out_findings, struct chandra_error *err);

/** Keeps an engine on the policies of some files: the last good set stays when a new one fails. */
struct chandra_lua_loader;

/** Load the files and give them to the engine. Ownership: caller frees; the engine must outlive it.
 */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_loader_new(struct chandra_engine *engine, const char *const *paths, size_t count,
                       const struct chandra_lua_options *options,
                       struct chandra_lua_loader **out_loader, struct chandra_error *err);
/** Look whether a file changed and, if so, load and swap. A failure leaves the engine on the last
 * good set and is returned once for each changed text. */
CHANDRA_API enum chandra_status chandra_lua_loader_poll(struct chandra_lua_loader *loader,
                                                        bool *out_swapped,
                                                        struct chandra_error *err);
/** Free the loader; the engine keeps its policy. NULL is fine. */
CHANDRA_API void chandra_lua_loader_free(struct chandra_lua_loader *loader);

#ifdef __cplusplus
}
#endif
#endif
