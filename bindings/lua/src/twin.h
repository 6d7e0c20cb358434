/* twin.h - ask a hook twice, in two VMs, and compare all that it says.
 *
 * The second VM is new for each call: a policy that keeps something between its calls answers
 * otherwise without its past. What the first call draws by chance the second one gets too.
 */
#ifndef CH_LUA_TWIN_H
#define CH_LUA_TWIN_H

#include "hooks.h"
#include "pool.h"

/* One call of one hook of one member. `arg` is what hooks.h says for the hook. */
struct ch_lua_call {
    struct chandra_cycle *cycle;
    const struct ch_lua_member *member;
    enum ch_lua_hook hook;
    size_t claim; /* or CH_LUA_NO_CLAIM */
    lua_CFunction fn;
    void *arg;
};

/* Run the call in the VM, and in one of its own if the pool's policy is asked twice. Errors: those
 * of ch_lua_run(), ESCRIPT for a second answer that differs. */
enum chandra_status ch_lua_ask(struct ch_lua_pool *pool, struct ch_lua_vm *vm,
                               const struct ch_lua_call *call, struct chandra_error *err);

/* What a call drew by chance and how it explained what it left out. */
struct ch_lua_draw {
    uint64_t bound;
    uint64_t value;
};
struct ch_lua_note {
    struct chandra_nodeset *removed;
    char *rule;
};
struct ch_lua_tape {
    struct ch_lua_draw *draws;
    size_t draw_count, draw_size;
    struct ch_lua_note *notes;
    size_t note_count, note_size;
    bool is_out_of_memory;

    bool is_replaying;
    size_t next_draw, next_note;
    bool has_other_draws;
    bool has_other_notes;
    char difference[500]; /* of the notes */
};

/* A random number below `bound` that the tape remembers, or remembered. */
uint64_t ch_lua_tape_random(struct ch_lua_vm *vm, uint64_t bound);
/* Note an explanation, or compare it with the one that was noted. */
void ch_lua_tape_explain(struct ch_lua_vm *vm, const struct chandra_nodeset *removed,
                         const char *rule);
void ch_lua_tape_clear(struct ch_lua_tape *tape);
/* Write "node-1, node-2 and 3 more", or "no node". */
void ch_lua_tell_nodes(const struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
                       char *text, size_t size);

#endif
