/* anchors.c - what a node must carry so that a selector can match it. */
#include "cache/anchors.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/selector_form.h"

#include <string.h>

/* Beyond this it is cheaper to look at every node. */
#define MAX_ANCHORS 64

/* The requirement of a term that names the fewest values to be carried, or NULL. */
static const struct ch_requirement *
narrowest(const struct ch_term *term)
{
    const struct ch_requirement *best = NULL;

    for (size_t i = 0; i < term->count; i++) {
        const struct ch_requirement *r = &term->requirements[i];

        if (r->op == CH_OP_IN && r->subject != CH_SUBJECT_OTHER &&
            (!best || r->count < best->count))
            best = r;
    }
    return best;
}

/* How many anchors a selector has, or SIZE_MAX for one that some term has none in. */
static size_t
count_anchors(const struct ch_selector *selector)
{
    size_t count = 0;

    for (uint32_t i = 0; i < selector->term_count; i++) {
        const struct ch_requirement *r = narrowest(&selector->terms[i]);

        if (!r)
            return SIZE_MAX;
        count += r->count;
    }
    return count;
}

static size_t
put_anchors(struct ch_anchor *anchors, const struct ch_requirement *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        anchors[i].kind = r->subject == CH_SUBJECT_NAME ? CH_ANCHOR_NAME : CH_ANCHOR_LABEL;
        anchors[i].key = r->key;
        anchors[i].value = r->operand.values[i];
    }
    return r->count;
}

bool
ch_anchors_of(const struct ch_selector *selector, struct ch_anchor **out_anchors, size_t *out_count)
{
    const size_t needed = count_anchors(selector);
    const size_t count = needed > MAX_ANCHORS ? 1 : needed;
    struct ch_anchor *anchors = ch_calloc(count, sizeof(*anchors));
    size_t put = 0;

    if (!anchors)
        return false;
    if (needed > MAX_ANCHORS)
        anchors[0].kind = CH_ANCHOR_ANY;
    else
        for (uint32_t i = 0; i < selector->term_count; i++)
            put += put_anchors(anchors + put, narrowest(&selector->terms[i]));
    *out_anchors = anchors;
    *out_count = count;
    return true;
}

struct ch_index_key
ch_anchor_key(enum ch_anchor_kind kind, const char *key, const char *value)
{
    switch (kind) {
    case CH_ANCHOR_LABEL:
        return (struct ch_index_key){"label", key, value};
    case CH_ANCHOR_NAME:
        return (struct ch_index_key){"name", NULL, value};
    default:
        return (struct ch_index_key){"any", NULL, NULL};
    }
}

struct ch_index_key
ch_anchor_key_of(const struct ch_link *link)
{
    const struct ch_anchor *anchor = (const struct ch_anchor *)link;

    return ch_anchor_key(anchor->kind, anchor->key, anchor->value);
}

/* Label changes. */

static void
note_change(struct ch_label_changes *changes, const char *key)
{
    if (changes->count < CH_MAX_CHANGED_KEYS)
        changes->keys[changes->count] = key;
    changes->count++;
}

void
ch_label_changes(const struct chandra_object *old_object, const struct chandra_object *new_object,
                 struct ch_label_changes *out)
{
    const struct ch_pair *a = old_object->labels;
    const struct ch_pair *b = new_object->labels;
    const size_t a_count = old_object->label_count;
    const size_t b_count = new_object->label_count;
    size_t i = 0;
    size_t j = 0;

    out->count = 0;
    while (i < a_count || j < b_count) {
        const int order = j == b_count ? -1 : i == a_count ? 1 : strcmp(a[i].key, b[j].key);

        if (order < 0)
            note_change(out, a[i].key);
        if (order > 0 || (order == 0 && strcmp(a[i].value, b[j].value) != 0))
            note_change(out, b[j].key);
        i += order <= 0;
        j += order >= 0;
    }
}

static bool
is_changed(const struct ch_label_changes *changes, const char *key)
{
    for (size_t i = 0; i < changes->count; i++)
        if (strcmp(changes->keys[i], key) == 0)
            return true;
    return false;
}

bool
ch_selector_is_touched(const struct ch_selector *selector, const struct ch_label_changes *changes)
{
    if (changes->count > CH_MAX_CHANGED_KEYS)
        return true;
    for (uint32_t i = 0; i < selector->term_count; i++) {
        const struct ch_term *term = &selector->terms[i];

        for (size_t j = 0; j < term->count; j++)
            if (term->requirements[j].subject == CH_SUBJECT_LABEL &&
                is_changed(changes, term->requirements[j].key))
                return true;
    }
    return false;
}
