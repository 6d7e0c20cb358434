/* vm.h - one Lua state with its limits: memory, steps, time, and the call it is working for.
 *
 * A VM is used by one thread at a time. Nothing here raises a Lua error but functions called
 * ch_l_*, which must run inside ch_lua_run().
 */
#ifndef CH_LUA_VM_H
#define CH_LUA_VM_H

#include <chandra/error.h>
#include <chandra/lua.h>
#include <chandra/sys/policy.h>
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <signal.h>

#define CH_LUA_API CHANDRA_LUA_API
#define CH_LUA_NO_CLAIM SIZE_MAX

/* Bytes of the longest string a policy may make: comparing two strings is one instruction. */
#define CH_LUA_MAX_STRING ((size_t)256 * 1024)
/* Values that one call may return at most: copying a vararg is one instruction. */
#define CH_LUA_MAX_RESULTS 1000
/* Nested calls that can only be a recursion without end. */
#define CH_LUA_DEEP 10000
/* Steps between two looks at the budget. */
#define CH_LUA_INTERVAL 1000
/* Bytes of the largest block that is cut from a chunk, and of what its size is a multiple of. */
#define CH_LUA_SMALL 256
#define CH_LUA_GRAIN 16

enum ch_lua_hook {
    CH_LUA_MATCH,
    CH_LUA_SCORE,
    CH_LUA_SCORES,
    CH_LUA_SUGGEST,
    CH_LUA_RELEASE,
    CH_LUA_HOOK_COUNT,
};
extern const char *const ch_lua_hook_names[CH_LUA_HOOK_COUNT + 1]; /* NULL-terminated */

/* Kinds of userdata; view.h says what they are. */
enum ch_lua_type_id {
    CH_LUA_TYPE_CX,
    CH_LUA_TYPE_SET,
    CH_LUA_TYPE_VECTOR,
    CH_LUA_TYPE_NODE,
    CH_LUA_TYPE_NODE_METADATA,
    CH_LUA_TYPE_CLAIM,
    CH_LUA_TYPE_CLAIM_SPEC,
    CH_LUA_TYPE_CLAIM_STATUS,
    CH_LUA_TYPE_ALLOCATION,
    CH_LUA_TYPE_USER,
    CH_LUA_TYPE_CLASS,
    CH_LUA_TYPE_POD,
    CH_LUA_TYPE_POD_SPEC,
    CH_LUA_TYPE_POD_STATUS,
    CH_LUA_TYPE_CONTEXT,
    CH_LUA_TYPE_CONTEXT_SPEC,
    CH_LUA_TYPE_METADATA,
    CH_LUA_TYPE_LABELS,
    CH_LUA_TYPE_ANNOTATIONS,
    CH_LUA_TYPE_LIST,
    CH_LUA_TYPE_QUANTITY,
    CH_LUA_TYPE_VERSION,
    CH_LUA_TYPE_VALUE_SET,
    CH_LUA_TYPE_COUNT,
};

/* Why a call is past saving: no pcall of the policy's may swallow it. */
enum ch_lua_failure {
    CH_LUA_FINE,
    CH_LUA_OUT_OF_MEMORY,
    CH_LUA_OUT_OF_STEPS,
    CH_LUA_OUT_OF_TIME,
    CH_LUA_INTERRUPTED,
};

struct ch_lua_settings {
    size_t memory;      /* bytes */
    uint64_t steps;     /* instructions, and what C functions charge for their work */
    int64_t timeout_ms; /* wall clock */
    int signal;         /* of the watch, or 0 */
    struct chandra_logger logger;
    struct chandra_lua_observer observer;
};

/* One policy of a chain, as text and as what its header says. Immutable once loaded. */
struct ch_lua_member {
    struct chandra_policy_info info; /* pointers into this struct */
    char *file;                      /* for errors */
    char *text;
    size_t len;
    char chunk[52]; /* what Lua calls the file: the end of a long name */
    char name[64];
    char version[64];
    char sha256[65];
    double weight;
    unsigned hooks;    /* bit for each enum ch_lua_hook that it has */
    unsigned declared; /* bits of the hooks its header promises */
};

/* An object that was found in the cache, and where it is available when it is a claim. A reference
 * is held until the call ends, since the cache may drop the object meanwhile. */
struct ch_lua_found {
    struct chandra_object *object;
    size_t nodes;   /* where they begin in `found_nodes`; CH_LUA_EVERYWHERE for no such set */
    uint32_t count; /* of node indices; CH_LUA_BITS: as many 32-bit words as a set needs */
};
#define CH_LUA_EVERYWHERE SIZE_MAX
#define CH_LUA_BITS UINT32_MAX

/* The domains of a label as count.c has numbered them. */
struct ch_lua_domains {
    char key[320]; /* "": none, or too long to keep */
    uint32_t call; /* that they are good for */
    uint32_t count;
    uint32_t *of; /* node -> number */
    uint32_t capacity;
    int names; /* registry reference: table, number -> name */
};

struct ch_lua_chunk;
struct ch_lua_tape;
struct ch_lua_view;

struct ch_lua_vm {
    lua_State *L;
    struct ch_lua_vm *next; /* in the pool of its policy */
    const struct ch_lua_member *members;
    size_t member_count;

    /* Limits and what was spent. */
    struct ch_lua_settings settings;
    size_t used;          /* bytes, chunks in full */
    uint64_t allocations; /* blocks taken or enlarged, ever */
    uint64_t allocated;   /* bytes, likewise */
    uint64_t steps;       /* of this call */
    uint64_t pending;     /* charged, not yet looked at */
    int64_t start;        /* of this call: CLOCK_MONOTONIC, ns; -1: not read yet */
    int64_t cpu_start;    /* the thread's CPU time at the first look, ns; -1: none yet */
    int64_t deadline;     /* CLOCK_MONOTONIC, ns */
    bool is_refused;      /* the memory limit refused something in this call */
    bool is_deep;         /* and a recursion had filled the stack by then */
    enum ch_lua_failure failure;
    char place[80]; /* "FILE:LINE: " where memory or the budget ended */

    /* Small blocks; see memory.c. */
    struct ch_lua_chunk *chunks;
    char *fresh; /* what is left of the newest chunk */
    size_t fresh_size;
    void *free_blocks[CH_LUA_SMALL / CH_LUA_GRAIN]; /* each begins with the next one's address */

    /* Of a VM at work whose instructions are not counted; see watch.h. */
    pthread_t thread; /* that it works in */
    bool is_watched;
    bool is_seen;             /* since the last look at the clock; under the pool's lock */
    atomic_bool is_signalled; /* a signal is on its way */

    /* A console's own. */
    bool is_console;
    volatile sig_atomic_t is_interrupted; /* set by signal handlers */
    uint64_t random; /* state of its source: trying things out must not move the engine's */

    /* The call at work. */
    struct chandra_cycle *cycle; /* NULL while loading */
    const struct ch_lua_member *member;
    uint32_t call;         /* number of the call; views carry it */
    enum ch_lua_hook hook; /* CH_LUA_HOOK_COUNT while loading */
    size_t claim;          /* index of the cycle's claim, or CH_LUA_NO_CLAIM */

    struct ch_lua_tape *tape; /* of a call that is run twice, see twin.h; else NULL */

    /* Nodes in ascending order of their names; made when a call first asks. */
    uint32_t *order;    /* position -> index */
    uint32_t *position; /* index -> position */
    uint32_t order_capacity;
    uint32_t order_count;
    uint32_t order_call;

    /* What cx:find_claims and cx:find_pods have found in this call. */
    struct ch_lua_found *found;
    size_t found_count, found_capacity;
    uint32_t *found_nodes;
    size_t found_nodes_count, found_nodes_capacity;

    struct ch_lua_domains domains;

    void *scratch; /* for C code between two raising calls; see ch_lua_scratch() */
    size_t scratch_size;

    /* Registry references. */
    int metatables[CH_LUA_TYPE_COUNT];
    int cx;      /* the view that each call gets first */
    int nodes;   /* weak table: index + 1 -> node view */
    int pinned;  /* table: the same, for some of them */
    int reasons; /* table: set, reason, set, reason, ... of the running match */
    lua_Integer reason_count;
    struct ch_lua_view *cx_view;
    bool has_cx_fields; /* user values of cx are set */
    int *hooks;         /* [member * CH_LUA_HOOK_COUNT + hook] -> function */
};

static inline struct ch_lua_vm *
ch_lua_vm_of(lua_State *L)
{
    return *(struct ch_lua_vm **)lua_getextraspace(L);
}

/* A VM with the sandbox and every member loaded. On failure *out_vm is untouched. `hooks`, which
 * may be NULL, receives the bits of the hooks of each member. */
enum chandra_status ch_lua_vm_new(const struct ch_lua_member *members, size_t count,
                                  const struct ch_lua_settings *settings, unsigned *hooks,
                                  struct ch_lua_vm **out_vm, struct chandra_error *err);
void ch_lua_vm_free(struct ch_lua_vm *vm);

/* Begin a call for a member's hook: a new call number, a fresh budget. */
void ch_lua_begin(struct ch_lua_vm *vm, struct chandra_cycle *cycle,
                  const struct ch_lua_member *member, enum ch_lua_hook hook, size_t claim);
/* Run `fn` in protected mode with `arg` as its light userdata; translates every failure. */
enum chandra_status ch_lua_run(struct ch_lua_vm *vm, lua_CFunction fn, void *arg,
                               struct chandra_error *err);
/* memory.c */
/* lua_Alloc. A refusal is a NULL and Lua's to handle, even of a block that becomes a small one. */
void *ch_lua_allocate(void *user, void *block, size_t old_size, size_t new_size);
/* Free all small blocks, after the Lua state. */
void ch_lua_free_chunks(struct ch_lua_vm *vm);
/* Resize a block of the VM's own, counted in its memory: `block` is the address of the pointer. One
 * that shrinks never fails. */
bool ch_lua_resize(struct ch_lua_vm *vm, void *block, size_t old_size, size_t new_size);
/* At least `size` bytes that stay until the next ch_lua_scratch(); NULL when out of memory. Counted
 * in the VM's memory and its to keep, so that a raised error loses nothing. */
void *ch_lua_scratch(struct ch_lua_vm *vm, size_t size);
/* The same, but raises when out of memory. */
void *ch_l_scratch(lua_State *L, size_t size);

/* budget.c */
/* A fresh budget for a call that begins. */
void ch_lua_budget_begin(struct ch_lua_vm *vm);
/* Read the clock if this call has not yet. The first look at the budget does, which is soon where
 * instructions are counted; so does what may call the host before. */
void ch_lua_start_clock(struct ch_lua_vm *vm);
/* Have the budget looked at before the next instruction. Good in signal handlers. */
void ch_lua_look(struct ch_lua_vm *vm);
/* Note what ends the call, and where. */
void ch_lua_fail(struct ch_lua_vm *vm, enum ch_lua_failure failure);
/* Raise again and again, until the call has ended. */
int ch_l_raise_spent(lua_State *L);
/* Charge work that no instruction stands for; raises when the budget is spent. */
void ch_l_charge(lua_State *L, uint64_t steps);
/* Raise the failure of a library function: out of memory stays out of memory. */
int ch_l_raise(lua_State *L, enum chandra_status status, const struct chandra_error *err);
/* Raise "out of memory" in a way that no pcall of the policy's can swallow. */
int ch_l_out_of_memory(lua_State *L);
/* A random number below `bound` (> 0): the engine's next one, or a console's own. */
uint64_t ch_lua_random(struct ch_lua_vm *vm, uint64_t bound);
/* The nodes in ascending order of their names; *out_count of them. */
const uint32_t *ch_l_order(lua_State *L, uint32_t *out_count);

/* error.c */
/* Write "FILE:LINE: " of the innermost function that is policy text, or "". Never raises. */
void ch_lua_place(lua_State *L, char *text, size_t size);
/* Fill `err` from the message on top of the stack and the state of the VM. */
enum chandra_status ch_lua_error_report(struct ch_lua_vm *vm, int rc, struct chandra_error *err);
/* Write what ended the call besides an error of its own, "" for such; returns the status. */
enum chandra_status ch_lua_failure_text(const struct ch_lua_vm *vm, int rc, const char *message,
                                        char *text, size_t size);
/* Whether a failed call ran out of memory, be it in a buffer of Lua's library, which reports that
 * as a plain error. `message` may be NULL. */
bool ch_lua_is_memory(const struct ch_lua_vm *vm, int rc, const char *message);
/* Write "hook H, claim NS/NAME, policy P". */
void ch_lua_describe_call(const struct ch_lua_vm *vm, char *text, size_t size);
/* Message handler: puts "FILE:LINE: " before messages that have no place. */
int ch_l_message(lua_State *L);
/* Replace control characters and bytes that are not UTF-8, in place. */
void ch_lua_clean_text(char *text);

/* sandbox.c [-0, +0]: create the environment's shared part. */
void ch_l_sandbox_open(lua_State *L);
/* [-0, +1]: a fresh environment for one member. */
void ch_l_sandbox_new_env(lua_State *L);
/* [-0, +0]: make the type metatables and the tables in the registry. */
void ch_l_views_open(lua_State *L);
/* load.c: run each member's chunk and take its hooks; `arg` 1 is a light unsigned[], or NULL. */
int ch_l_load_members(lua_State *L);
/* Run one member's chunk and push its table of hooks, names and types checked; [-0, +1]. */
void ch_l_load_module(lua_State *L, const struct ch_lua_member *member);

/* find.c: give back the references on what was found. */
void ch_lua_forget_found(struct ch_lua_vm *vm);

/* policy.c: the options, which may be NULL or of an older, shorter form, with their defaults. */
struct chandra_lua_options ch_lua_effective_options(const struct chandra_lua_options *given);
/* policy.c: the members of a policy of this host's; NULL for one of another's. */
const struct ch_lua_member *ch_lua_policy_members(const struct chandra_policy *policy,
                                                  size_t *out_count);

/* header.c: read "--!chandra api=1 name=... version=..." into the member. */
enum chandra_status ch_lua_header_parse(struct ch_lua_member *member, struct chandra_error *err);
/* Index of a hook by name, or CH_LUA_HOOK_COUNT. */
enum ch_lua_hook ch_lua_hook_find(const char *name, size_t len);

/* selector.c: a Lua table at `index`, as a v1.NodeSelector or as labels, decoded into a new
 * document. Never raises. Errors: EINVAL, ENOMEM. */
enum chandra_status ch_lua_selector(lua_State *L, int index, struct chandra_doc **out_doc,
                                    struct chandra_error *err);

#endif
