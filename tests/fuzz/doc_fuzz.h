/* doc_fuzz.h - what is parsed is printed and parsed again: the same value, and the same text. */
#ifndef DOC_FUZZ_H
#define DOC_FUZZ_H

#include <chandra/doc.h>
#include <stdlib.h>
#include <string.h>

typedef enum chandra_status parse_fn(const char *text, size_t len, const char *name,
                                     const struct chandra_doc_limits *limits,
                                     struct chandra_doc **out_doc, struct chandra_error *err);

/* A bomb of aliases ends early, or the fuzzer sees nothing else. */
static const struct chandra_doc_limits limits = {.size = sizeof(limits), .max_values = 20000};

static inline void
demand(bool holds)
{
    if (!holds)
        abort();
}

static inline char *
print(const struct chandra_value *value, enum chandra_print how, size_t *out_len)
{
    char *text = NULL;

    demand(chandra_value_print(value, how, &text, out_len, NULL) == CHANDRA_OK);
    demand(strlen(text) == *out_len);
    return text;
}

/* What was printed must be accepted, mean the same, and print the same again. */
static inline void
check_round_trip(const struct chandra_value *value, enum chandra_print how)
{
    parse_fn *parse = how == CHANDRA_PRINT_YAML ? chandra_doc_parse_yaml : chandra_doc_parse_json;
    struct chandra_doc *doc = NULL;
    size_t len;
    size_t again_len;
    char *text = print(value, how, &len);
    char *again;

    demand(parse(text, len, "printed", NULL, &doc, NULL) == CHANDRA_OK);
    demand(chandra_doc_count(doc) == 1);
    demand(chandra_value_equal(value, chandra_doc_root(doc, 0)));
    again = print(chandra_doc_root(doc, 0), how, &again_len);
    demand(len == again_len && memcmp(text, again, len) == 0);
    chandra_free(text);
    chandra_free(again);
    chandra_doc_free(doc);
}

static inline void
check_text(parse_fn *parse, const char *text, size_t len)
{
    struct chandra_doc *doc = NULL;
    struct chandra_error err;

    if (parse(text, len, "fuzz", &limits, &doc, &err) != CHANDRA_OK) {
        demand(!doc && err.status != CHANDRA_OK && *err.message && !strchr(err.message, '\n'));
        return;
    }
    for (size_t i = 0; i < chandra_doc_count(doc); i++) {
        check_round_trip(chandra_doc_root(doc, i), CHANDRA_PRINT_COMPACT);
        check_round_trip(chandra_doc_root(doc, i), CHANDRA_PRINT_PRETTY);
        check_round_trip(chandra_doc_root(doc, i), CHANDRA_PRINT_YAML);
    }
    chandra_doc_free(doc);
}

#endif
