/* value.h - the inside of a value and how typed code reads fields with good errors. */
#ifndef CH_DOC_VALUE_H
#define CH_DOC_VALUE_H

#include "base/arena.h"
#include "base/buf.h"

#include <chandra/doc.h>

struct chandra_value {
    enum chandra_type type;
    unsigned line;
    unsigned column;
    bool flag;            /* CHANDRA_BOOL */
    const char *text;     /* CHANDRA_STRING: the string; CHANDRA_NUMBER: its exact text */
    size_t count;         /* arrays and objects */
    size_t capacity;
    struct chandra_value **items; /* elements or members */
    const char **keys;            /* objects only */
    struct chandra_doc *doc;
};

struct chandra_doc {
    struct ch_arena arena;
    const char *name;
    struct chandra_value **roots;
    size_t root_count;
    size_t root_capacity;
};

/* Append JSON to a buffer: a quoted string, or a whole value (compact). */
void ch_json_put_string(struct ch_buf *buf, const char *text);
void ch_json_put_value(struct ch_buf *buf, const struct chandra_value *value);

/* Read member `key` of `object` with its type checked. A missing member or a null leaves *out alone and
 * is fine. The error is "NAME:LINE:COL: PATH.KEY: want a string, got an array". */
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

/* Fail with "NAME:LINE:COL: " in front of the text. */
enum chandra_status ch_value_error(const struct chandra_value *value, struct chandra_error *err,
                                   enum chandra_status status, const char *fmt, ...)
    CHANDRA_PRINTF(4, 5);

#endif
