/* selector_form.c - brings a node selector into one form for equal ones, with a text to tell it by.
 */
#include "model/selector_form.h"

#include "doc/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int
compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int
compare_values(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
compare_operands(const struct ch_requirement *a, const struct ch_requirement *b)
{
    int order = compare_numbers(a->count, b->count);

    if (a->op == CH_OP_GT || a->op == CH_OP_LT)
        return compare_numbers(a->operand.threshold, b->operand.threshold);
    for (uint32_t i = 0; i < a->count && order == 0; i++)
        order = compare_values(&a->operand.values[i], &b->operand.values[i]);
    return order;
}

static int
compare_requirements(const void *left, const void *right)
{
    const struct ch_requirement *a = left;
    const struct ch_requirement *b = right;
    int order = compare_numbers(a->subject, b->subject);

    if (order == 0)
        order = strcmp(a->key, b->key);
    if (order == 0)
        order = compare_numbers(a->op, b->op);
    return order != 0 ? order : compare_operands(a, b);
}

static int
compare_terms(const void *left, const void *right)
{
    const struct ch_term *a = left;
    const struct ch_term *b = right;
    int order = 0;

    for (size_t i = 0; i < a->count && i < b->count && order == 0; i++)
        order = compare_requirements(&a->requirements[i], &b->requirements[i]);
    return order != 0 ? order : compare_numbers((int64_t)a->count, (int64_t)b->count);
}

/* Sort, and keep one of equals; returns how many there are then. */
static size_t
sort_distinct(void *list, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
    char *items = list;
    size_t kept = 0;

    if (count > 0)
        qsort(items, count, size, compare);
    for (size_t i = 0; i < count; i++) {
        char *end = items + kept * size; /* of those kept */

        if (kept > 0 && compare(end - size, items + i * size) == 0)
            continue;
        if (kept != i)
            memcpy(end, items + i * size, size);
        kept++;
    }
    return kept;
}

static void
sort_term(struct ch_term *term)
{
    for (size_t i = 0; i < term->count; i++) {
        struct ch_requirement *r = &term->requirements[i];

        if (r->count > 0)
            r->count = (uint32_t)sort_distinct(r->operand.values, r->count, sizeof(char *),
                                               compare_values);
    }
    term->count = sort_distinct(term->requirements, term->count, sizeof(*term->requirements),
                                compare_requirements);
}

/* Keys and values of labels have no characters that could be mistaken for the text's own. */
static void
put_label_requirement(struct ch_buf *buf, const struct ch_requirement *r)
{
    switch (r->op) {
    case CH_OP_IN:
    case CH_OP_NOT_IN:
        ch_buf_printf(buf, "%s %s (", r->key, r->op == CH_OP_IN ? "in" : "notin");
        for (uint32_t i = 0; i < r->count; i++) {
            if (i > 0)
                ch_buf_putc(buf, ',');
            ch_buf_puts(buf, r->operand.values[i]);
        }
        ch_buf_putc(buf, ')');
        break;
    case CH_OP_EXISTS:
    case CH_OP_NOT_EXISTS:
        ch_buf_printf(buf, "%s%s", r->op == CH_OP_NOT_EXISTS ? "!" : "", r->key);
        break;
    default:
        ch_buf_printf(buf, "%s%c%" PRId64, r->key, r->op == CH_OP_GT ? '>' : '<',
                      r->operand.threshold);
        break;
    }
}

static void
put_field_requirement(struct ch_buf *buf, const struct ch_requirement *r)
{
    ch_buf_puts(buf, r->subject == CH_SUBJECT_NAME ? "@metadata.name" : "@");
    ch_buf_puts(buf, r->op == CH_OP_IN ? "=" : "!=");
    ch_json_put_string(buf, r->operand.values[0]);
}

static void
put_term(struct ch_buf *buf, const struct ch_term *term)
{
    for (size_t i = 0; i < term->count; i++) {
        const struct ch_requirement *r = &term->requirements[i];

        if (i > 0)
            ch_buf_putc(buf, ',');
        if (r->subject == CH_SUBJECT_LABEL)
            put_label_requirement(buf, r);
        else
            put_field_requirement(buf, r);
    }
}

static void
put_text(struct ch_buf *buf, const struct ch_selector_draft *draft)
{
    if (draft->error || draft->term_count == 0)
        ch_buf_puts(buf, draft->error ? "<invalid>" : "<none>");
    for (size_t i = 0; i < draft->term_count; i++) {
        if (i > 0)
            ch_buf_puts(buf, " | ");
        put_term(buf, &draft->terms[i]);
    }
}

static bool
lay_out_requirement(struct ch_block *block, const struct ch_requirement *from,
                    struct ch_requirement *to)
{
    *to = *from;
    to->key = ch_block_text(block, from->key);
    if (from->count == 0)
        return true;
    to->operand.values = ch_block_list(block, from->count, sizeof(char *));
    for (uint32_t i = 0; i < from->count && to->operand.values; i++)
        to->operand.values[i] = ch_block_text(block, from->operand.values[i]);
    return to->operand.values != NULL;
}

static bool
lay_out_term(struct ch_block *block, const struct ch_term *from, struct ch_term *to)
{
    bool is_done;

    to->count = from->count;
    to->requirements = ch_block_list(block, from->count, sizeof(*to->requirements));
    is_done = to->requirements != NULL;
    for (size_t i = 0; i < from->count && is_done; i++)
        is_done = lay_out_requirement(block, &from->requirements[i], &to->requirements[i]);
    return is_done;
}

/* One pass; NULL when out of memory, which only the first can be. */
static struct ch_selector *
lay_out(struct ch_block *block, const struct ch_selector_draft *draft, const char *text)
{
    struct ch_selector *selector = ch_block_list(block, 1, sizeof(*selector));
    bool is_done = selector != NULL;

    if (!is_done)
        return NULL;
    atomic_init(&selector->refs, 1);
    selector->text = ch_block_text(block, text);
    selector->error = ch_block_text(block, draft->error);
    selector->term_count = (uint32_t)draft->term_count;
    if (draft->term_count > 0) {
        selector->terms = ch_block_list(block, draft->term_count, sizeof(*selector->terms));
        is_done = selector->terms != NULL;
    }
    for (size_t i = 0; i < draft->term_count && is_done; i++)
        is_done = lay_out_term(block, &draft->terms[i], &selector->terms[i]);
    return is_done ? selector : NULL;
}

struct ch_selector *
ch_selector_form(struct ch_selector_draft *draft)
{
    struct ch_selector *selector = NULL;
    struct ch_block block = {0};
    struct ch_buf text = {0};

    if (draft->error)
        draft->term_count = 0; /* it matches nothing */
    for (size_t i = 0; i < draft->term_count; i++)
        sort_term(&draft->terms[i]);
    draft->term_count =
        sort_distinct(draft->terms, draft->term_count, sizeof(*draft->terms), compare_terms);
    put_text(&text, draft);
    if (ch_buf_ok(&text) && lay_out(&block, draft, text.text) && ch_block_commit(&block))
        selector = lay_out(&block, draft, text.text);
    ch_block_clear(&block);
    ch_buf_clear(&text);
    return selector;
}
