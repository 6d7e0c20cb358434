/* note.c - what policies want people to know about a decision. */
#include "engine/engine.h"

#include <string.h>

/* The beginning of a text that is too long, up to where a UTF-8 character begins. */
static const char *
cut(struct ch_arena *arena, const char *text)
{
    size_t len = strlen(text);

    if (len > CHANDRA_MAX_NOTE_LENGTH) {
        len = CHANDRA_MAX_NOTE_LENGTH;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    return ch_arena_strndup(arena, text, len);
}

enum chandra_status
chandra_cycle_note(struct chandra_cycle *cycle, const struct chandra_note *note,
                   struct chandra_error *err)
{
    struct ch_note *own;

    if (cycle->note_count == CHANDRA_MAX_NOTES)
        return CHANDRA_OK;
    own = ch_arena_calloc(&cycle->arena, 1, sizeof(*own));
    if (!own)
        return ch_cycle_no_memory(cycle, err);
    own->public = (struct chandra_note){
        .policy = ch_arena_strdup(&cycle->arena, note->policy),
        .hook = ch_arena_strdup(&cycle->arena, note->hook),
        .claim = note->claim,
        .text = cut(&cycle->arena, note->text),
    };
    if (!own->public.policy || !own->public.hook || !own->public.text)
        return ch_cycle_no_memory(cycle, err);
    own->next = cycle->notes;
    cycle->notes = own;
    cycle->note_count++;
    return CHANDRA_OK;
}

size_t
chandra_cycle_note_count(const struct chandra_cycle *cycle)
{
    return cycle->note_count;
}

bool
chandra_cycle_note_at(const struct chandra_cycle *cycle, size_t index,
                      struct chandra_note *out_note)
{
    const struct ch_note *note = cycle->notes;

    if (index >= cycle->note_count)
        return false;
    for (size_t i = cycle->note_count - 1; i > index; i--)
        note = note->next;
    *out_note = note->public;
    return true;
}
