/* selector_read.c - reads a v1.NodeSelector and checks it by the API's rules (spec 3.4). */
#include "base/text.h"
#include "model/selector_form.h"

#include <string.h>

static const char *const operators[] = {
    [CH_OP_IN] = "In",         [CH_OP_NOT_IN] = "NotIn",
    [CH_OP_EXISTS] = "Exists", [CH_OP_NOT_EXISTS] = "DoesNotExist",
    [CH_OP_GT] = "Gt",         [CH_OP_LT] = "Lt",
};

enum { OPERATOR_COUNT = sizeof(operators) / sizeof(*operators) };

/* One requirement on its way from the document into the draft. */
struct reading {
    struct ch_selector_draft *draft;
    struct ch_reader *reader;
    const struct ch_at *at;
    struct ch_requirement *out;
};

/* Keep why the selector does not compile; the first reason stays. */
static void CHANDRA_PRINTF(3, 4)
    refuse(const struct reading *r, const char *member, const char *fmt, ...)
{
    struct ch_selector_draft *draft = r->draft;
    struct chandra_error why;
    va_list args;

    if (draft->error)
        return;
    va_start(args, fmt);
    ch_read_describe(r->reader, &why, r->at, member, fmt, args);
    va_end(args);
    draft->error = ch_arena_strdup(&draft->arena, why.message);
    if (!draft->error || why.status == CHANDRA_ENOMEM)
        ch_read_out_of_memory(r->reader);
}

static void
read_values(const struct reading *r)
{
    const struct ch_at values = ch_read_array(r->reader, r->at, "values");
    const size_t count = chandra_value_count(values.value);

    if (count == 0)
        return;
    r->out->operand.values = ch_arena_calloc(&r->draft->arena, count, sizeof(char *));
    if (!r->out->operand.values) {
        ch_read_out_of_memory(r->reader);
        return;
    }
    for (size_t i = 0; i < count; i++)
        r->out->operand.values[i] = ch_read_element_string(r->reader, &values, i);
    r->out->count = (uint32_t)count;
}

static void
read_operator(const struct reading *r)
{
    const char *name = ch_read_string(r->reader, r->at, "operator");
    uint8_t op = 0;

    while (op < OPERATOR_COUNT && strcmp(operators[op], name) != 0)
        op++;
    if (op == OPERATOR_COUNT)
        refuse(r, "operator", "unknown operator \"%.100s\"", name);
    else
        r->out->op = op;
}

static void
check_threshold(const struct reading *r)
{
    int64_t threshold = 0;

    if (r->out->count != 1)
        refuse(r, "values", "%s wants exactly one value, got %u", operators[r->out->op],
               r->out->count);
    else if (!ch_parse_int64(r->out->operand.values[0], &threshold))
        refuse(r, "values", "%s wants an integer, got \"%.100s\"", operators[r->out->op],
               r->out->operand.values[0]);
}

static void
check_count(const struct reading *r)
{
    switch (r->out->op) {
    case CH_OP_IN:
    case CH_OP_NOT_IN:
        if (r->out->count == 0)
            refuse(r, "values", "%s wants at least one value", operators[r->out->op]);
        break;
    case CH_OP_EXISTS:
    case CH_OP_NOT_EXISTS:
        if (r->out->count != 0)
            refuse(r, "values", "%s wants no values, got %u", operators[r->out->op], r->out->count);
        break;
    default:
        check_threshold(r);
        break;
    }
}

/* Gt and Lt keep their number in place of the text. */
static void
take_threshold(struct ch_requirement *requirement)
{
    int64_t threshold = 0;

    if (requirement->op != CH_OP_GT && requirement->op != CH_OP_LT)
        return;
    if (requirement->count == 1)
        ch_parse_int64(requirement->operand.values[0], &threshold);
    requirement->operand.threshold = threshold;
    requirement->count = 0;
}

static void
read_label_requirement(const struct reading *r)
{
    r->out->subject = CH_SUBJECT_LABEL;
    r->out->key = ch_read_string(r->reader, r->at, "key");
    read_operator(r);
    read_values(r);
    if (!ch_is_label_key(r->out->key))
        refuse(r, "key", "\"%.100s\" is not a label key", r->out->key);
    check_count(r);
    for (uint32_t i = 0; i < r->out->count; i++)
        if (!ch_is_label_value(r->out->operand.values[i]))
            refuse(r, "values", "\"%.100s\" is not a label value", r->out->operand.values[i]);
    take_threshold(r->out);
}

static void
read_field_requirement(const struct reading *r)
{
    const char *key = ch_read_string(r->reader, r->at, "key");

    r->out->subject = strcmp(key, "metadata.name") == 0 ? CH_SUBJECT_NAME : CH_SUBJECT_OTHER;
    r->out->key = "";
    read_operator(r);
    read_values(r);
    if (r->out->op != CH_OP_IN && r->out->op != CH_OP_NOT_IN)
        refuse(r, "operator", "fields have the operators In and NotIn only, got \"%s\"",
               operators[r->out->op]);
    else if (r->out->count != 1)
        refuse(r, "values", "a field wants exactly one value, got %u", r->out->count);
    take_threshold(r->out);
}

static void
read_requirements(struct ch_selector_draft *draft, struct ch_reader *reader,
                  const struct ch_at *list, void (*read)(const struct reading *r),
                  struct ch_term *term)
{
    for (size_t i = 0; i < chandra_value_count(list->value); i++) {
        const struct ch_at at = ch_read_element(reader, list, i);
        const struct reading r = {draft, reader, &at, &term->requirements[term->count++]};

        read(&r);
    }
}

/* A term without requirements matches nothing and is left out. */
static void
read_term(struct ch_selector_draft *draft, struct ch_reader *reader, const struct ch_at *at)
{
    const struct ch_at labels = ch_read_array(reader, at, "matchExpressions");
    const struct ch_at fields = ch_read_array(reader, at, "matchFields");
    const size_t count = chandra_value_count(labels.value) + chandra_value_count(fields.value);
    struct ch_term *term = &draft->terms[draft->term_count];

    if (count == 0)
        return;
    term->requirements = ch_arena_calloc(&draft->arena, count, sizeof(*term->requirements));
    if (!term->requirements) {
        ch_read_out_of_memory(reader);
        return;
    }
    read_requirements(draft, reader, &labels, read_label_requirement, term);
    read_requirements(draft, reader, &fields, read_field_requirement, term);
    draft->term_count++;
}

void
ch_selector_draft_read(struct ch_selector_draft *draft, struct ch_reader *reader,
                       const struct ch_at *at)
{
    const struct ch_at terms = ch_read_array(reader, at, "nodeSelectorTerms");
    const size_t count = chandra_value_count(terms.value);

    if (count == 0)
        return;
    draft->terms = ch_arena_calloc(&draft->arena, count, sizeof(*draft->terms));
    if (!draft->terms) {
        ch_read_out_of_memory(reader);
        return;
    }
    for (size_t i = 0; i < count && reader->status == CHANDRA_OK; i++) {
        const struct ch_at term = ch_read_element(reader, &terms, i);

        read_term(draft, reader, &term);
    }
}
