/* doc_kit.h - parse and print in one line, for the tests of documents. */
#ifndef DOC_KIT_H
#define DOC_KIT_H

#include "base/alloc.h"

#include <chandra/doc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static inline struct chandra_doc *
parse(bool is_yaml, const char *text)
{
    struct chandra_doc *doc = NULL;
    struct chandra_error err;
    enum chandra_status st =
        is_yaml ? chandra_doc_parse_yaml(text, strlen(text), "t", NULL, &doc, &err)
                : chandra_doc_parse_json(text, strlen(text), "t", NULL, &doc, &err);

    if (st != CHANDRA_OK)
        fail_msg("%s\n%s", err.message, text);
    return doc;
}

/* The message of the failure, in `err`; the text may hold NULs. */
static inline const char *
parse_error(bool is_yaml, const char *text, size_t len, const struct chandra_doc_limits *limits,
            struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    enum chandra_status st = is_yaml ? chandra_doc_parse_yaml(text, len, "t", limits, &doc, err)
                                     : chandra_doc_parse_json(text, len, "t", limits, &doc, err);

    if (st == CHANDRA_OK)
        fail_msg("must not be accepted: %s", text);
    assert_null(doc);
    assert_int_equal(err->status, st);
    return err->message;
}

/* Check the text that a value prints as. */
static inline void
check_print(const struct chandra_value *value, enum chandra_print how, const char *want)
{
    char *text = NULL;
    size_t len = 0;

    assert_int_equal(chandra_value_print(value, how, &text, &len, NULL), CHANDRA_OK);
    assert_string_equal(text, want);
    assert_int_equal(len, strlen(want));
    chandra_free(text);
}

/* `count` times `open`, then `middle`, then `count` times `close`; caller frees. */
static inline char *
nested(size_t count, const char *open, const char *middle, const char *close)
{
    const size_t size = count * (strlen(open) + strlen(close)) + strlen(middle) + 1;
    char *text = ch_calloc(size, 1);
    char *at = text;

    for (size_t i = 0; i < count; i++, at += strlen(open))
        memcpy(at, open, strlen(open));
    memcpy(at, middle, strlen(middle));
    at += strlen(middle);
    for (size_t i = 0; i < count; i++, at += strlen(close))
        memcpy(at, close, strlen(close));
    return text;
}

#endif
