/* doc.h - JSON and YAML text as one tree of values that know their place in the source.
 *
 * A document owns every value in it. Numbers keep their exact text. Objects keep the order of their
 * keys; a key that occurs twice is an error. YAML follows the core schema of YAML 1.2 plus
 * kubectl's habits: unquoted yes/no/on/off are booleans as in YAML 1.1, 0644 is octal, << merges.
 * Its numbers are spelled as JSON spells them, and keys that are no strings are errors.
 */
#ifndef CHANDRA_DOC_H
#define CHANDRA_DOC_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum chandra_type {
    CHANDRA_NULL,
    CHANDRA_BOOL,
    CHANDRA_NUMBER,
    CHANDRA_STRING,
    CHANDRA_ARRAY,
    CHANDRA_OBJECT,
};

struct chandra_doc;   /* owns values; not safe for writers in several threads */
struct chandra_value; /* borrowed from its document */

/** Bounds on what a parser accepts. Zero in a field means its default. */
struct chandra_doc_limits {
    size_t size;        /* sizeof(struct chandra_doc_limits) */
    size_t max_bytes;   /* of text; default 64 MiB */
    size_t max_depth;   /* of nested arrays and objects; default 100, at most 1,000 */
    size_t max_values;  /* after aliases are expanded; default 4,000,000 */
    size_t max_aliases; /* of YAML; default 1,000 */
};

/** Parse one JSON text (RFC 8259). `name` is the file's name in errors ("NAME:LINE:COLUMN: ...");
 * `limits` may be NULL. Ownership: caller frees *out_doc. Errors: EPARSE, ELIMIT, ENOMEM.
 * Threads: any. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_doc_parse_json(const char *text, size_t len, const char *name,
                       const struct chandra_doc_limits *limits, struct chandra_doc **out_doc,
                       struct chandra_error *err);

/** Parse a YAML stream of any number of documents; otherwise as chandra_doc_parse_json(). */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_doc_parse_yaml(const char *text, size_t len, const char *name,
                       const struct chandra_doc_limits *limits, struct chandra_doc **out_doc,
                       struct chandra_error *err);

/** An empty document to build values in. Ownership: caller frees *out_doc. Threads: any. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status chandra_doc_new(struct chandra_doc **out_doc,
                                                                   struct chandra_error *err);

/** Free a document and all its values; NULL is fine. */
CHANDRA_API void chandra_doc_free(struct chandra_doc *doc);

/** How many root values the document has: one for JSON, one for each document of a YAML stream. */
CHANDRA_API size_t chandra_doc_count(const struct chandra_doc *doc);

/** Root value `index`, or NULL beyond the end. Ownership: borrowed. */
CHANDRA_API const struct chandra_value *chandra_doc_root(const struct chandra_doc *doc,
                                                         size_t index);

/** The name given to the parser, or "". Ownership: borrowed. */
CHANDRA_API const char *chandra_doc_name(const struct chandra_doc *doc);

/* Reading. Every function takes NULL for "no value" and then answers like a null. Threads: any
 * number of readers. */

/** The value's type; CHANDRA_NULL for NULL. */
CHANDRA_API enum chandra_type chandra_value_type(const struct chandra_value *value);
/** The type's name in messages, such as "string". Ownership: static. */
CHANDRA_API const char *chandra_type_name(enum chandra_type type);
/** Member `key` of an object, or NULL; the comparison is exact. Ownership: borrowed. */
CHANDRA_API const struct chandra_value *chandra_value_get(const struct chandra_value *object,
                                                          const char *key);
/** Number of elements or members; 0 for other types. */
CHANDRA_API size_t chandra_value_count(const struct chandra_value *value);
/** Element or member `index` in source order, or NULL. Ownership: borrowed. */
CHANDRA_API const struct chandra_value *chandra_value_at(const struct chandra_value *value,
                                                         size_t index);
/** Key of member `index`, or NULL. Ownership: borrowed. */
CHANDRA_API const char *chandra_value_key(const struct chandra_value *object, size_t index);
/** Text of a string, else NULL. NUL-terminated; strings with an embedded NUL are refused by the
 * parsers. Ownership: borrowed. */
CHANDRA_API const char *chandra_value_string(const struct chandra_value *value);
/** A number's exact text, else NULL. Ownership: borrowed. */
CHANDRA_API const char *chandra_value_number_text(const struct chandra_value *value);
/** The number as int64; false if it is no integer or does not fit. */
CHANDRA_API bool chandra_value_int64(const struct chandra_value *value, int64_t *out_number);
/** The number as double; false for other types. */
CHANDRA_API bool chandra_value_double(const struct chandra_value *value, double *out_number);
/** Whether the value is the boolean true. */
CHANDRA_API bool chandra_value_is_true(const struct chandra_value *value);
/** Line of the value in its source, from 1; 0 for built values. */
CHANDRA_API unsigned chandra_value_line(const struct chandra_value *value);
/** Column of the value in its source, from 1; 0 for built values. */
CHANDRA_API unsigned chandra_value_column(const struct chandra_value *value);

/* Building. Each returns NULL, or false, when memory ran out; values handed to set and append must
 * belong to the same document and have no parent yet. Threads: one. */

/** Append a root value to the document. */
CHANDRA_API bool chandra_doc_add_root(struct chandra_doc *doc, struct chandra_value *root);
/** A new null. Ownership: the document's, as of all below. */
CHANDRA_API struct chandra_value *chandra_value_new_null(struct chandra_doc *doc);
/** A new boolean. */
CHANDRA_API struct chandra_value *chandra_value_new_bool(struct chandra_doc *doc, bool flag);
/** A new integer. */
CHANDRA_API struct chandra_value *chandra_value_new_int64(struct chandra_doc *doc, int64_t number);
/** A new number; NaN and infinities become null, as JSON has none. */
CHANDRA_API struct chandra_value *chandra_value_new_double(struct chandra_doc *doc, double number);
/** A new string, copied; NULL text gives a null value. */
CHANDRA_API struct chandra_value *chandra_value_new_string(struct chandra_doc *doc,
                                                           const char *text);
/** A new empty array. */
CHANDRA_API struct chandra_value *chandra_value_new_array(struct chandra_doc *doc);
/** A new empty object. */
CHANDRA_API struct chandra_value *chandra_value_new_object(struct chandra_doc *doc);
/** A deep copy of a value of any document. */
CHANDRA_API struct chandra_value *chandra_value_copy(struct chandra_doc *doc,
                                                     const struct chandra_value *value);
/** Append to an array. NULL `element` (a failed new) gives false. */
CHANDRA_API bool chandra_value_append(struct chandra_value *array, struct chandra_value *element);
/** Set or replace a member; a replaced member keeps its place. NULL `member` gives false. */
CHANDRA_API bool chandra_value_set(struct chandra_value *object, const char *key,
                                   struct chandra_value *member);
/** Remove a member; false if there was none. */
CHANDRA_API bool chandra_value_remove(struct chandra_value *object, const char *key);
/** Member `key` for changing, or NULL. */
CHANDRA_API struct chandra_value *chandra_value_get_mutable(struct chandra_value *object,
                                                            const char *key);

/** Whether two values are equal; members of objects compare in any order, numbers by value. */
CHANDRA_API bool chandra_value_equal(const struct chandra_value *a, const struct chandra_value *b);

enum chandra_print { CHANDRA_PRINT_COMPACT, CHANDRA_PRINT_PRETTY, CHANDRA_PRINT_YAML };

/** Print a value as JSON (compact or with two-space indent and a final newline) or as a YAML
 * document; `out_len` may be NULL. Ownership: caller frees *out_text with chandra_free(). Errors:
 * ENOMEM; ELIMIT for a built value that is nested deeper than 1,000 levels. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_value_print(const struct chandra_value *value, enum chandra_print how, char **out_text,
                    size_t *out_len, struct chandra_error *err);

/** Free text that a function of this library returned; NULL is fine. Threads: any. */
CHANDRA_API void chandra_free(void *memory);

#ifdef __cplusplus
}
#endif
#endif
