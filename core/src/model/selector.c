/* selector.c - node selectors: references, and whether a node matches. */
#include "model/selector.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/object.h"
#include "model/selector_form.h"

#include <string.h>

static struct ch_selector *
compile(struct ch_reader *reader, const struct ch_at *at)
{
    struct ch_selector_draft draft = {0};
    struct ch_selector *selector = NULL;

    ch_selector_draft_read(&draft, reader, at);
    if (reader->status == CHANDRA_OK) {
        selector = ch_selector_form(&draft);
        if (!selector)
            ch_read_out_of_memory(reader);
    }
    ch_arena_clear(&draft.arena);
    return selector;
}

struct ch_selector *
ch_selector_keep(struct ch_reader *reader, const struct ch_block *block, const struct ch_at *at)
{
    return at->value && block->memory ? compile(reader, at) : NULL;
}

enum chandra_status
ch_selector_new(const struct chandra_value *value, const char *path,
                struct ch_selector **out_selector, struct chandra_error *err)
{
    struct ch_reader reader = {.err = err};
    const struct ch_at at = {.key = path, .value = value};
    struct ch_selector *selector = NULL;

    if (chandra_value_type(value) != CHANDRA_OBJECT)
        ch_read_fail(&reader, CHANDRA_EINVAL, &at, NULL, "want a node selector, got %s",
                     value ? chandra_type_name(chandra_value_type(value)) : "nothing");
    else
        selector = compile(&reader, &at);
    if (reader.status == CHANDRA_OK)
        *out_selector = selector;
    return reader.status;
}

struct ch_selector *
ch_selector_ref(struct ch_selector *selector)
{
    atomic_fetch_add_explicit(&selector->refs, 1, memory_order_relaxed);
    return selector;
}

void
ch_selector_unref(struct ch_selector *selector)
{
    if (selector && atomic_fetch_sub_explicit(&selector->refs, 1, memory_order_acq_rel) == 1)
        ch_free(selector);
}

const char *
ch_selector_error(const struct ch_selector *selector)
{
    return selector->error;
}

const char *
ch_selector_text(const struct ch_selector *selector)
{
    return selector->text;
}

static bool
has_value(const struct ch_requirement *r, const char *value)
{
    uint32_t from = 0;
    uint32_t to = r->count;

    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        const int order = strcmp(r->operand.values[middle], value);

        if (order == 0)
            return true;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

static bool
label_matches(const struct ch_requirement *r, const char *value)
{
    int64_t number;

    switch (r->op) {
    case CH_OP_IN:
        return value && has_value(r, value);
    case CH_OP_NOT_IN:
        return !value || !has_value(r, value);
    case CH_OP_EXISTS:
        return value != NULL;
    case CH_OP_NOT_EXISTS:
        return value == NULL;
    case CH_OP_GT:
        return value && ch_parse_int64(value, &number) && number > r->operand.threshold;
    case CH_OP_LT:
        return value && ch_parse_int64(value, &number) && number < r->operand.threshold;
    default:
        return false;
    }
}

static bool
requirement_matches(const struct ch_requirement *r, const struct chandra_object *node)
{
    const char *field = r->subject == CH_SUBJECT_NAME ? node->name : "";

    if (r->subject == CH_SUBJECT_LABEL)
        return label_matches(r, chandra_object_label(node, r->key));
    return ch_is_empty(node->name) || has_value(r, field) == (r->op == CH_OP_IN);
}

static bool
term_matches(const struct ch_term *term, const struct chandra_object *node)
{
    for (size_t i = 0; i < term->count; i++)
        if (!requirement_matches(&term->requirements[i], node))
            return false;
    return true;
}

bool
ch_selector_matches(const struct ch_selector *selector, const struct chandra_node *node)
{
    for (uint32_t i = 0; i < selector->term_count; i++)
        if (term_matches(&selector->terms[i], &node->object))
            return true;
    return false;
}
