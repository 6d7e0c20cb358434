/* selector_form.h - the compiled form of a node selector, and how it comes to be.
 *
 *   selector --> terms (any of them) --> requirements (all of them) --> values (sorted, distinct)
 *
 * Terms and requirements are sorted and distinct as well, so that equal selectors have equal texts.
 */
#ifndef CH_MODEL_SELECTOR_FORM_H
#define CH_MODEL_SELECTOR_FORM_H

#include "model/block.h"
#include "model/reader.h"
#include "model/selector.h"

#include <stdatomic.h>

enum ch_subject {
    CH_SUBJECT_LABEL,
    CH_SUBJECT_NAME,  /* matchFields with metadata.name */
    CH_SUBJECT_OTHER, /* matchFields with another key: reads as "" */
};

enum ch_operator { CH_OP_IN, CH_OP_NOT_IN, CH_OP_EXISTS, CH_OP_NOT_EXISTS, CH_OP_GT, CH_OP_LT };

struct ch_requirement {
    const char *key; /* of a label */
    union {
        const char **values; /* In, NotIn */
        int64_t threshold;   /* Gt, Lt */
    } operand;
    uint32_t count; /* of values */
    uint8_t subject;
    uint8_t op;
};

struct ch_term {
    struct ch_requirement *requirements;
    size_t count; /* at least 1 */
};

struct ch_selector {
    atomic_uint refs;
    uint32_t term_count; /* 0 if it does not compile */
    struct ch_term *terms;
    const char *text;
    const char *error;
};

/* What was read, before it is laid out; strings are borrowed from the document. */
struct ch_selector_draft {
    struct ch_arena arena;
    struct ch_term *terms;
    size_t term_count;
    const char *error; /* why it does not compile, or NULL */
};

/* selector_read.c: read and check all terms. Wrong types go to the reader. */
void ch_selector_draft_read(struct ch_selector_draft *draft, struct ch_reader *reader,
                            const struct ch_at *at);
/* selector_form.c: sort, write the text, lay out; NULL when out of memory. */
struct ch_selector *ch_selector_form(struct ch_selector_draft *draft);

/* A compiled selector for an object that is in the second pass of its block; NULL in the first
 * pass, and for nothing. */
struct ch_selector *ch_selector_keep(struct ch_reader *reader, const struct ch_block *block,
                                     const struct ch_at *at);

#endif
