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

/** The script API that policies are written for, "api=1" in their first line. */
#define CHANDRA_LUA_API 1

/** One member of a chain. Text and name are borrowed for the call. */
struct chandra_lua_source {
    const char *name; /* file name for errors */
    const char *text;
    size_t len;
    double weight; /* of its scores; 0 means 1 */
};

/** What is observed of the VMs of a policy. */
enum chandra_lua_event_kind {
    CHANDRA_LUA_LOAD,     /* the text is about to be run, once for each VM */
    CHANDRA_LUA_HOOK,     /* a hook is about to be called */
    CHANDRA_LUA_HOOK_END, /* it has returned, or failed: what it called and left open is over too */
    CHANDRA_LUA_CALL,     /* of a Lua function, or of one of the library's */
    CHANDRA_LUA_TAIL_CALL,  /* a call in place of the caller, which does not return */
    CHANDRA_LUA_RETURN,     /* from the innermost call */
    CHANDRA_LUA_LINE,       /* a line of the policy is about to be executed */
    CHANDRA_LUA_DIFFERENCE, /* of a policy that is asked twice: it did not answer alike */
};

/** One event. Strings and text are borrowed for the callback. */
struct chandra_lua_event {
    size_t size; /* sizeof(struct chandra_lua_event) */
    enum chandra_lua_event_kind kind;
    const void *vm;       /* tells VMs apart; calls of one are strictly nested */
    int64_t time_ns;      /* CLOCK_MONOTONIC */
    uint64_t allocations; /* blocks that the VM took or enlarged so far */
    uint64_t allocated;   /* bytes, likewise */
    const char *policy;   /* its name */
    const char *file;     /* the name of its source */
    const char *text;     /* the source */
    size_t len;           /* of the source */
    const char *hook;     /* NULL while the text is run */
    const char *function; /* of a call or return: as the caller calls it; NULL: from outside */
    bool is_native;       /* of a call or return: a function of the library's, without lines */
    int line_defined;     /* of a call or return: where the function begins; 0: the text itself */
    int line;             /* of a line: its number */
    const char *message;  /* of a difference: the error that the call ends with */
};

/** Receives the events whose bits are set, in the thread of the hook: VMs that work at once call at
 * once. Must not call into the policy. */
typedef void (*chandra_lua_observe_fn)(void *user, const struct chandra_lua_event *event);
struct chandra_lua_observer {
    unsigned events; /* 1 << kind for each that is wanted; 0 costs nothing */
    chandra_lua_observe_fn fn;
    void *user;
};

/** Budgets are for each call of a hook. Zero in a field means its default. */
struct chandra_lua_options {
    size_t size;                /* sizeof(struct chandra_lua_options) */
    size_t memory_limit;        /* bytes for each VM; default 16 MiB */
    uint64_t instruction_limit; /* default 2,000,000, checked every 1000 */
    int64_t timeout_ms;         /* wall clock less what the machine withheld; default 100 */
    size_t max_vms;             /* kept for parallel calls; default 4 */
    struct chandra_logger logger;
    struct chandra_lua_observer observer; /* must outlive the policy */
    /* Ask each hook a second time, in a VM that is new for each call and draws the same numbers by
     * chance. Another answer is an error, since a policy must answer alike in every VM. */
    bool is_twice;
    /* A signal that is the library's alone, such as SIGRTMIN + 1, or 0. With 0 instructions are
     * counted: the same policy ends at the same place in every run. That slows a policy which only
     * computes to half its speed. With a signal they are not: a thread looks at the clock and sends
     * the signal to threads whose call takes long, timeout_ms ends the call, and instruction_limit
     * counts what library functions and memory are worth. A handler stays installed. Systems that
     * cannot send a signal to a thread with a value (musl) count all the same. */
    int interrupt_signal;
};

/** Set the fields that are zero to their defaults. Threads: any. */
CHANDRA_API void chandra_lua_options_fill(struct chandra_lua_options *options);

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

/** What is wrong with a policy, and where. */
struct chandra_lua_finding {
    const char *file;
    unsigned line, column; /* from 1 */
    const char *rule;      /* what kind of mistake it is, in one word: "unknown-field" */
    const char *message;
};
/** Receives one finding of chandra_lua_check(), in the order of the text. */
typedef void (*chandra_lua_finding_fn)(void *user, const struct chandra_lua_finding *finding);
/** Check a policy without an engine: syntax, header, unknown names ("did you mean"), calls and
 * results that do not suit the API, globals, unused locals. *out_findings counts what was found; 0
 * means that it is fine.
 * Errors: ENOMEM, EIO; findings are not errors. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_check(const struct chandra_lua_source *source, chandra_lua_finding_fn fn, void *user,
                  size_t *out_findings, struct chandra_error *err);

/** Receives a line's number, in ascending order. */
typedef void (*chandra_lua_line_fn)(void *user, unsigned line);
/** The lines of a policy that can be executed, which is what coverage is counted in. Lines that
 * only close what others began (nothing but "end" and brackets) are not among them. Errors: ESCRIPT
 * (does not compile), EUNSUPPORTED, ENOMEM. Threads: any. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_active_lines(const struct chandra_lua_source *source, chandra_lua_line_fn fn,
                         void *user, struct chandra_error *err);

/** What an entry of the reference is about. The list is append-only. */
enum chandra_lua_entry_kind {
    CHANDRA_LUA_ENTRY_HEADER,   /* a field of a policy's first line */
    CHANDRA_LUA_ENTRY_HOOK,     /* a function that policies have */
    CHANDRA_LUA_ENTRY_TYPE,     /* of a value that hooks are given */
    CHANDRA_LUA_ENTRY_FIELD,    /* type.field */
    CHANDRA_LUA_ENTRY_METHOD,   /* type:method() */
    CHANDRA_LUA_ENTRY_OPERATOR, /* what else can be done with a type; `member` is the metamethod */
    CHANDRA_LUA_ENTRY_LIBRARY,  /* a global table of functions, or one inside another */
    CHANDRA_LUA_ENTRY_FUNCTION, /* library.function(); without an owner a global function */
    CHANDRA_LUA_ENTRY_CONSTANT, /* library.constant */
};

/** An argument or a result. A list of them ends with a NULL type. */
struct chandra_lua_value {
    const char *name; /* may be NULL for results; "..." for any number of them */
    const char *type; /* as the Lua language server writes it: "?" at its end is for nil */
    const char *text; /* may be NULL */
};

/** One entry of the script API's reference. All is static; new fields come at the end. */
struct chandra_lua_entry {
    enum chandra_lua_entry_kind kind;
    unsigned since;      /* minor of the script API that brought it */
    const char *name;    /* unique, as people write it: "cx:keep", "claim.available_on", "match" */
    const char *owner;   /* name of the type or library that has it, or NULL */
    const char *member;  /* the name within its owner: "keep"; "__band" of an operator */
    const char *summary; /* one sentence without its end */
    const char *details; /* more sentences: bounds, order, failure; or NULL */
    const char *unit;    /* "seconds since 1970"; or NULL */
    const char *bounds;  /* "0 to 100"; or NULL */
    const char *same_as; /* of a field: the path in the API's spelling, ".spec.nodeName"; or NULL */
    const char *example; /* Lua, of one or more lines; or NULL */
    const struct chandra_lua_value *arguments; /* NULL for none; methods: without the object */
    const struct chandra_lua_value *returns;   /* NULL for nothing; a field's or constant's type */
};

/** The entry at `index` of the reference, in the order in which people should read it; NULL past
 * the last. Ownership: static. */
CHANDRA_API const struct chandra_lua_entry *chandra_lua_reference_at(size_t index);
/** Minor of the script API: that of the reference's newest entry. */
CHANDRA_API unsigned chandra_lua_api_minor(void);
/** Find an entry by its name. A member's name alone is enough, "cx.keep" is taken for "cx:keep" and
 * "P.match" for "match"; so is the name of an argument for its type, "nodes:matching" for
 * "nodeset:matching". NULL when there is none: then *out_nearest, unless out_nearest is NULL, is
 * the entry whose name is most like it, or NULL. */
CHANDRA_API const struct chandra_lua_entry *
chandra_lua_reference_find(const char *name, const struct chandra_lua_entry **out_nearest);
/** Write how an entry is used: "cx:node(name)", with types "cx:node(name: string): node?". Cut to
 * `size`; returns the length of the whole, as snprintf() does. */
CHANDRA_API size_t chandra_lua_signature(const struct chandra_lua_entry *entry, bool with_types,
                                         char *text, size_t size);

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

struct chandra_cycle;
struct chandra_nodeset;

/** A prompt inside the sandbox. Lines see what a hook sees (cx, pod, claims, claim, nodes) at the
 * present moment of a cycle, and the hooks of a policy (policy; policies by name); what they write
 * to globals stays. Budgets are those of a hook, for each line. It draws chance from a source of
 * its own, and tells the cycle nothing. Threads: one at a time. */
struct chandra_lua_console;

/** `options` may be NULL; print() goes to the logger. Ownership: caller frees. Errors: ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_console_new(const struct chandra_lua_options *options,
                        struct chandra_lua_console **out_console, struct chandra_error *err);
/** Free; NULL is fine. */
CHANDRA_API void chandra_lua_console_free(struct chandra_lua_console *console);
/** Have the hooks of this policy at hand; NULL: of none. Takes a reference. Errors: EINVAL (not a
 * policy of the Lua host), ESCRIPT, EBUDGET, ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_console_set_policy(struct chandra_lua_console *console, struct chandra_policy *policy,
                               struct chandra_error *err);
/** A new moment: this cycle after its PreFilter, or NULL, and the nodes that are left, NULL for
 * all. Both are borrowed until the next moment; views of earlier ones are good no more. */
CHANDRA_API void chandra_lua_console_set_cycle(struct chandra_lua_console *console,
                                               struct chandra_cycle *cycle,
                                               const struct chandra_nodeset *nodes);
/** Whether the text is the beginning of something longer, as Lua's own interpreter decides. */
CHANDRA_API bool chandra_lua_console_is_incomplete(struct chandra_lua_console *console,
                                                   const char *text);
/** Evaluate an expression or statements; *out_text is every result, shown in lines of at most 80
 * columns, "" where there is none. What fails leaves the console usable. Ownership: caller frees
 * *out_text with chandra_free(). Errors: ESCRIPT, EBUDGET, ECANCELED (interrupted), ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_lua_console_eval(struct chandra_lua_console *console, const char *text, char **out_text,
                         struct chandra_error *err);
/** End the evaluation under way. Threads: any; also from a signal handler. */
CHANDRA_API void chandra_lua_console_interrupt(struct chandra_lua_console *console);

#ifdef __cplusplus
}
#endif
#endif
