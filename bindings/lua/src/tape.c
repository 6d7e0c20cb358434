/* tape.c - remembers what one call of a hook drew and explained, to give and compare it a second
 * time. */
#include "twin.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

/* Room for one element more in the array whose address is `array`. */
static bool
reserve(void *array, size_t count, size_t *size, size_t element)
{
    const size_t wanted = *size ? *size * 2 : 8;
    void *block;

    if (count < *size)
        return true;
    memcpy(&block, array, sizeof(block));
    block = chandra_realloc(block, wanted * element);
    if (!block)
        return false;
    memcpy(array, &block, sizeof(block));
    *size = wanted;
    return true;
}

uint64_t
ch_lua_tape_random(struct ch_lua_vm *vm, uint64_t bound)
{
    struct ch_lua_tape *tape = vm->tape;
    uint64_t value;

    if (tape->is_replaying) {
        if (tape->next_draw < tape->draw_count && tape->draws[tape->next_draw].bound == bound)
            return tape->draws[tape->next_draw++].value;
        tape->has_other_draws = true;
        return 0;
    }
    value = chandra_cycle_random(vm->cycle, bound);
    if (reserve(&tape->draws, tape->draw_count, &tape->draw_size, sizeof(*tape->draws)))
        tape->draws[tape->draw_count++] = (struct ch_lua_draw){bound, value};
    else
        tape->is_out_of_memory = true;
    return value;
}

static bool
add_note(struct ch_lua_tape *tape, const struct chandra_nodeset *removed, const char *rule)
{
    const uint32_t capacity = chandra_nodeset_capacity(removed);
    struct ch_lua_note note = {NULL, NULL};
    void *set;

    if (!reserve(&tape->notes, tape->note_count, &tape->note_size, sizeof(*tape->notes)))
        return false;
    set = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));
    note.rule = chandra_realloc(NULL, strlen(rule) + 1);
    if (!set || !note.rule) {
        chandra_free(set);
        chandra_free(note.rule);
        return false;
    }
    note.removed = chandra_nodeset_init(set, capacity);
    chandra_nodeset_assign(note.removed, removed);
    memcpy(note.rule, rule, strlen(rule) + 1);
    tape->notes[tape->note_count++] = note;
    return true;
}

static void
compare_note(struct ch_lua_vm *vm, const struct chandra_nodeset *removed, const char *rule)
{
    struct ch_lua_tape *tape = vm->tape;
    const struct ch_lua_note *noted = &tape->notes[tape->next_note++];
    char one[96], other[96];

    if (tape->has_other_notes ||
        (chandra_nodeset_equal(noted->removed, removed) && strcmp(noted->rule, rule) == 0))
        return;
    tape->has_other_notes = true;
    ch_lua_tell_nodes(vm->cycle, noted->removed, one, sizeof(one));
    ch_lua_tell_nodes(vm->cycle, removed, other, sizeof(other));
    snprintf(tape->difference, sizeof(tape->difference),
             "leaves out %s with \"%.90s\" in one VM, and %s with \"%.90s\" in another", one,
             noted->rule, other, rule);
}

void
ch_lua_tape_explain(struct ch_lua_vm *vm, const struct chandra_nodeset *removed, const char *rule)
{
    struct ch_lua_tape *tape = vm->tape;

    if (tape->is_replaying && tape->next_note < tape->note_count)
        compare_note(vm, removed, rule);
    else if (!tape->is_replaying && !add_note(tape, removed, rule))
        tape->is_out_of_memory = true;
}

void
ch_lua_tape_clear(struct ch_lua_tape *tape)
{
    for (size_t i = 0; i < tape->note_count; i++) {
        chandra_free(tape->notes[i].removed);
        chandra_free(tape->notes[i].rule);
    }
    chandra_free(tape->notes);
    chandra_free(tape->draws);
    memset(tape, 0, sizeof(*tape));
}

void
ch_lua_tell_nodes(const struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
                  char *text, size_t size)
{
    size_t len = 0;
    uint32_t told = 0;

    snprintf(text, size, "no node");
    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const struct chandra_node *node = chandra_cycle_node(cycle, i);
        const char *name = node ? chandra_object_name(chandra_node_object(node)) : "?";

        if (told == 3 || len + strlen(name) + 24 > size) {
            snprintf(text + len, size - len, " and %u more", chandra_nodeset_count(nodes) - told);
            return;
        }
        len += (size_t)snprintf(text + len, size - len, "%s%s", told > 0 ? ", " : "", name);
        told++;
    }
}
