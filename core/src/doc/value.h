/* value.h - the inside of a value and how typed code reads fields with good errors. */
#ifndef CH_DOC_VALUE_H
#define CH_DOC_VALUE_H

#include "base/arena.h"
#include "base/buf.h"

#include <chandra/doc.h>

/* No parser accepts and nothing prints, copies or compares what is nested deeper than this: those
 * functions recurse. */
enum { CH_DEEPEST = 1000 };

struct ch_members;

/* A place in a text; line 0: the text as a whole. */
struct ch_place {
    const char *name; /* of the text, or "" */
    unsigned line;
    unsigned column;
};

struct chandra_value {
    enum chandra_type type;
    unsigned line;
    unsigned column;
    bool flag;        /* CHANDRA_BOOL */
    const char *text; /* CHANDRA_STRING: the string; CHANDRA_NUMBER: its exact text */
    size_t count;     /* arrays and objects */
    size_t capacity;
    struct chandra_value **items; /* elements or members */
    const char **keys;            /* objects only */
    struct ch_members *members;   /* finds keys of large objects; else NULL */
    struct chandra_doc *doc;
};

struct chandra_doc {
    struct ch_arena arena;
    const char *name;
    struct chandra_value **roots;
    size_t root_count;
    size_t root_capacity;
};

/* As chandra_doc_parse_json() with the default limits, but arrays that are members called
 * `unwanted` are read as null: they are checked like the rest, and cost nothing after that. */
enum chandra_status ch_doc_parse_json_without(const char *unwanted, const char *text, size_t len,
                                              const char *name, struct chandra_doc **out_doc,
                                              struct chandra_error *err);

/* For the parsers. The defaults for what is 0 or missing; at most CH_DEEPEST levels. */
struct chandra_doc_limits ch_doc_limits(const struct chandra_doc_limits *limits);
/* Fail with "NAME:LINE:COL: " in front of the text. */
enum chandra_status ch_place_error(struct ch_place place, struct chandra_error *err,
                                   enum chandra_status status, const char *fmt, ...)
    CHANDRA_PRINTF(4, 5);
enum chandra_status ch_doc_new_named(const char *name, struct chandra_doc **out_doc,
                                     struct chandra_error *err);
struct chandra_value *ch_value_new(struct chandra_doc *doc, enum chandra_type type, unsigned line,
                                   unsigned column);
/* Room for `count` elements or members in all. */
bool ch_value_reserve(struct chandra_value *value, size_t count);
/* Add a member whose key lives as long as the document: OK, EEXISTS or ENOMEM. */
enum chandra_status ch_object_add(struct chandra_value *object, const char *key,
                                  struct chandra_value *member);
/* Index of a member, or SIZE_MAX. */
size_t ch_object_find(const struct chandra_value *object, const char *key);
/* Numbers, given as JSON spells them. */
double ch_number_double(const char *text);
void ch_number_print(double number, char *text, size_t size); /* finite; size at least 32 */
bool ch_number_equal(const char *a, const char *b);

/* Append JSON to a buffer: a quoted string, or a whole value (compact). Bytes that are no UTF-8
 * become U+FFFD; a value nested too deep makes the buffer fail. */
void ch_json_put_string(struct ch_buf *buf, const char *text);
void ch_json_put_value(struct ch_buf *buf, const struct chandra_value *value);
/* The same as a YAML document. */
void ch_yaml_put_value(struct ch_buf *buf, const struct chandra_value *value);

/* Read member `key` of `object` with its type checked. A missing member or a null leaves *out alone
 * and is fine. The error is "NAME:LINE:COL: PATH.KEY: want a string, got an array". */
enum chandra_status ch_field_string(const struct chandra_value *object, const char *path,
                                    const char *key, const char **out, struct chandra_error *err);
enum chandra_status ch_field_bool(const struct chandra_value *object, const char *path,
                                  const char *key, bool *out, struct chandra_error *err);
enum chandra_status ch_field_int64(const struct chandra_value *object, const char *path,
                                   const char *key, int64_t *out, struct chandra_error *err);
enum chandra_status ch_field_object(const struct chandra_value *object, const char *path,
                                    const char *key, const struct chandra_value **out,
                                    struct chandra_error *err);
enum chandra_status ch_field_array(const struct chandra_value *object, const char *path,
                                   const char *key, const struct chandra_value **out,
                                   struct chandra_error *err);

/* Text of member `key`, "" when it is missing or no string. */
const char *ch_member_text(const struct chandra_value *object, const char *key);

/* Fail with "NAME:LINE:COL: " in front of the text. */
enum chandra_status ch_value_error(const struct chandra_value *value, struct chandra_error *err,
                                   enum chandra_status status, const char *fmt, ...)
    CHANDRA_PRINTF(4, 5);

#endif
