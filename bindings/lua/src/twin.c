/* twin.c - ask a hook twice and say what differs.
 *
 * Anything may differ that a policy keeps: a counter, a cache, "the first call". Addresses, the
 * order of a table and the clock cannot, since the sandbox has none of them.
 */
#include "twin.h"
#include "observe.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

/* Bytes of an answer in a message. */
#define ANSWER_SIZE 160

/* The second call's own place for its answer, begun with what the first one was given. */
struct answer {
    struct ch_lua_scoring scoring;
    struct ch_lua_suggestion suggestion;
    struct ch_lua_releasing releasing;
    struct chandra_nodeset *nodes;
    double *sums;   /* of the second call */
    double *before; /* the first one's, before it */
};

static void
clear_answer(struct answer *answer)
{
    chandra_free(answer->nodes);
    chandra_free(answer->sums);
    chandra_free(answer->before);
}

static struct chandra_nodeset *
copy_nodes(const struct chandra_nodeset *nodes)
{
    const uint32_t capacity = chandra_nodeset_capacity(nodes);
    void *memory = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));
    struct chandra_nodeset *copy = memory ? chandra_nodeset_init(memory, capacity) : NULL;

    if (copy)
        chandra_nodeset_assign(copy, nodes);
    return copy;
}

static double *
copy_sums(const double *sums, uint32_t count)
{
    double *copy = chandra_realloc(NULL, count * sizeof(*copy) + 1);

    if (copy)
        memcpy(copy, sums, count * sizeof(*copy));
    return copy;
}

/* Take what the call is given before it is run, and make *second a call that answers in `answer`.
 */
static bool
prepare(const struct ch_lua_call *call, struct answer *answer, struct ch_lua_call *second)
{
    const uint32_t capacity = chandra_cycle_capacity(call->cycle);

    *second = *call;
    switch (call->hook) {
    case CH_LUA_MATCH:
        answer->nodes = copy_nodes(call->arg);
        second->arg = answer->nodes;
        return answer->nodes != NULL;
    case CH_LUA_SCORE:
    case CH_LUA_SCORES:
        answer->scoring = *(const struct ch_lua_scoring *)call->arg;
        answer->before = copy_sums(answer->scoring.sums, capacity);
        answer->sums = copy_sums(answer->scoring.sums, capacity);
        answer->scoring.sums = answer->sums;
        second->arg = &answer->scoring;
        return answer->sums && answer->before;
    case CH_LUA_SUGGEST:
        answer->suggestion = *(const struct ch_lua_suggestion *)call->arg;
        answer->nodes = copy_nodes(answer->suggestion.nodes);
        answer->suggestion.nodes = answer->nodes;
        second->arg = &answer->suggestion;
        return answer->nodes != NULL;
    default:
        answer->releasing = *(const struct ch_lua_releasing *)call->arg;
        second->arg = &answer->releasing;
        return true;
    }
}

/* Each of the differ_* writes what both calls answered and returns whether that differs. */

static bool
differ_in_match(const struct ch_lua_call *call, const struct chandra_nodeset *other, char *text,
                size_t size)
{
    const struct chandra_nodeset *nodes = call->arg;
    char one_text[ANSWER_SIZE], other_text[ANSWER_SIZE];

    if (chandra_nodeset_equal(nodes, other))
        return false;
    ch_lua_tell_nodes(call->cycle, nodes, one_text, sizeof(one_text));
    ch_lua_tell_nodes(call->cycle, other, other_text, sizeof(other_text));
    snprintf(text, size, "keeps %s in one VM, and %s in another", one_text, other_text);
    return true;
}

static bool
differ_in_score(const struct ch_lua_call *call, const struct answer *answer, char *text,
                size_t size)
{
    const struct ch_lua_scoring *scoring = call->arg;
    const double weight = scoring->weight;

    for (uint32_t i = chandra_nodeset_next(scoring->nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(scoring->nodes, i + 1)) {
        const double one = scoring->sums[i], other = answer->sums[i];
        const struct chandra_node *node = chandra_cycle_node(call->cycle, i);

        if (one < other || one > other) {
            snprintf(text, size, "gives %s the score %.6g in one VM, and %.6g in another",
                     node ? chandra_object_name(chandra_node_object(node)) : "?",
                     (one - answer->before[i]) / weight, (other - answer->before[i]) / weight);
            return true;
        }
    }
    return false;
}

static void
tell_suggestion(const struct chandra_cycle *cycle, const struct ch_lua_suggestion *suggestion,
                char *text, size_t size)
{
    const struct chandra_node *node = chandra_cycle_node(cycle, suggestion->selected);
    char nodes[ANSWER_SIZE];

    if (!suggestion->is_answered) {
        snprintf(text, size, "nothing");
        return;
    }
    ch_lua_tell_nodes(cycle, suggestion->nodes, nodes, sizeof(nodes));
    snprintf(text, size, "%s of %s", node ? chandra_object_name(chandra_node_object(node)) : "none",
             nodes);
}

static bool
differ_in_suggest(const struct ch_lua_call *call, const struct ch_lua_suggestion *other, char *text,
                  size_t size)
{
    const struct ch_lua_suggestion *one = call->arg;
    char one_text[2 * ANSWER_SIZE], other_text[2 * ANSWER_SIZE];

    if (one->is_answered == other->is_answered && one->selected == other->selected &&
        chandra_nodeset_equal(one->nodes, other->nodes))
        return false;
    tell_suggestion(call->cycle, one, one_text, sizeof(one_text));
    tell_suggestion(call->cycle, other, other_text, sizeof(other_text));
    snprintf(text, size, "suggests %s in one VM, and %s in another", one_text, other_text);
    return true;
}

static const char *
released(const struct ch_lua_call *call, const struct ch_lua_releasing *releasing)
{
    const struct chandra_claim *claim = chandra_cycle_claim(call->cycle, releasing->choice);

    if (!releasing->is_answered)
        return "nothing";
    return claim ? chandra_object_name(chandra_claim_object(claim)) : "none";
}

static bool
differ_in_release(const struct ch_lua_call *call, const struct ch_lua_releasing *other, char *text,
                  size_t size)
{
    const struct ch_lua_releasing *one = call->arg;

    if (one->is_answered == other->is_answered && one->choice == other->choice)
        return false;
    snprintf(text, size, "chooses %s in one VM, and %s in another", released(call, one),
             released(call, other));
    return true;
}

static bool
differ(const struct ch_lua_call *call, const struct answer *answer, struct ch_lua_tape *tape,
       char *text, size_t size)
{
    switch (call->hook) {
    case CH_LUA_MATCH:
        if (differ_in_match(call, answer->nodes, text, size))
            return true;
        break;
    case CH_LUA_SCORE:
    case CH_LUA_SCORES:
        if (differ_in_score(call, answer, text, size))
            return true;
        break;
    case CH_LUA_SUGGEST:
        if (differ_in_suggest(call, &answer->suggestion, text, size))
            return true;
        break;
    default:
        if (differ_in_release(call, &answer->releasing, text, size))
            return true;
    }
    if (tape->has_other_notes) {
        snprintf(text, size, "%s", tape->difference);
        return true;
    }
    if (tape->has_other_draws || tape->next_draw < tape->draw_count) {
        snprintf(text, size, "draws other random numbers in one VM than in another");
        return true;
    }
    return false;
}

/* The line where the hook begins. */
static int
line_of(const struct ch_lua_vm *vm, const struct ch_lua_call *call)
{
    const size_t member = (size_t)(call->member - vm->members);
    lua_Debug hook = {.linedefined = 0};

    lua_rawgeti(vm->L, LUA_REGISTRYINDEX,
                vm->hooks[member * CH_LUA_HOOK_COUNT + (size_t)call->hook]);
    lua_getinfo(vm->L, ">S", &hook);
    return hook.linedefined;
}

static enum chandra_status
fail(const struct ch_lua_vm *vm, const struct ch_lua_call *call, const char *text,
     struct chandra_error *err)
{
    char where[512];

    ch_lua_describe_call(vm, where, sizeof(where));
    chandra_error_set(
        err, CHANDRA_ESCRIPT, "%s:%d: %s %s: a policy must keep nothing between its calls (%s)",
        call->member->file, line_of(vm, call), ch_lua_hook_names[call->hook], text, where);
    if (err)
        ch_lua_clean_text(err->message);
    return CHANDRA_ESCRIPT;
}

static enum chandra_status
run(struct ch_lua_vm *vm, const struct ch_lua_call *call, struct chandra_error *err)
{
    ch_lua_begin(vm, call->cycle, call->member, call->hook, call->claim);
    return ch_lua_run(vm, call->fn, call->arg, err);
}

/* Run the second call in a VM of its own and compare it with the first, which has answered. */
static enum chandra_status
run_again(struct ch_lua_pool *pool, const struct ch_lua_call *call,
          const struct ch_lua_call *second, const struct answer *answer, struct ch_lua_tape *tape,
          struct chandra_error *err)
{
    struct ch_lua_settings quiet = pool->settings;
    struct chandra_error failure;
    char text[4 * ANSWER_SIZE + 100];
    struct ch_lua_vm *vm;
    enum chandra_status st;

    quiet.logger = (struct chandra_logger){NULL, NULL};
    quiet.observer = (struct chandra_lua_observer){0, NULL, NULL};
    st = ch_lua_vm_new(pool->members, pool->member_count, &quiet, NULL, &vm, err);
    if (st != CHANDRA_OK)
        return st;
    tape->is_replaying = true;
    vm->tape = tape;
    st = run(vm, second, &failure);
    if (st == CHANDRA_ESCRIPT || st == CHANDRA_EBUDGET) {
        snprintf(text, sizeof(text), "answers in one VM, and fails in another with \"%.200s\"",
                 failure.message);
        st = fail(vm, call, text, err);
    } else if (st != CHANDRA_OK) {
        chandra_error_set(err, st, "%s", failure.message);
    } else if (differ(call, answer, tape, text, sizeof(text))) {
        st = fail(vm, call, text, err);
    }
    ch_lua_vm_free(vm);
    return st;
}

static enum chandra_status
ask_twice(struct ch_lua_pool *pool, struct ch_lua_vm *vm, const struct ch_lua_call *call,
          struct chandra_error *err)
{
    struct answer answer = {.nodes = NULL};
    struct ch_lua_tape tape = {.draws = NULL};
    struct ch_lua_call second;
    struct chandra_error difference;
    enum chandra_status st = CHANDRA_ENOMEM;

    if (prepare(call, &answer, &second)) {
        vm->tape = &tape;
        st = run(vm, call, err);
        vm->tape = NULL;
    } else {
        chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    }
    if (st == CHANDRA_OK && tape.is_out_of_memory)
        st = chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    if (st == CHANDRA_OK) {
        st = run_again(pool, call, &second, &answer, &tape, &difference);
        if (st != CHANDRA_OK)
            chandra_error_set(err, st, "%s", difference.message);
        /* A failure policy may hide the error from whoever asks. */
        if (st == CHANDRA_ESCRIPT)
            ch_lua_tell_difference(vm, difference.message);
    }
    ch_lua_tape_clear(&tape);
    clear_answer(&answer);
    return st;
}

enum chandra_status
ch_lua_ask(struct ch_lua_pool *pool, struct ch_lua_vm *vm, const struct ch_lua_call *call,
           struct chandra_error *err)
{
    return pool->is_twice ? ask_twice(pool, vm, call, err) : run(vm, call, err);
}
