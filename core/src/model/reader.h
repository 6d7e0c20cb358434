/* reader.h - reads typed fields of a manifest, with errors that name object, path and place.
 *
 * Failures stick: read everything, then look at the status once. A missing field and a null read as
 * "nothing"; a field of a wrong type is an error.
 */
#ifndef CH_MODEL_READER_H
#define CH_MODEL_READER_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ch_reader {
    enum chandra_status status; /* of the first failure */
    struct chandra_error *err;  /* may be NULL */
    /* Whom errors name; `kind` NULL names nobody. */
    const char *kind;
    const char *name_space;
    const char *name;
};

/* A value and the way to it. The way is built of the callers' variables, so that it costs nothing
 * unless an error has to tell it. */
struct ch_at {
    const struct ch_at *up; /* NULL at the top */
    const char *key;        /* name of the member; NULL: an element; at the top: prefix or NULL */
    size_t index;           /* of the element */
    const struct chandra_value *value; /* NULL: nothing */
};

/* Members of an object; strings are borrowed from the document. */
const char *ch_read_string(struct ch_reader *reader, const struct ch_at *at,
                           const char *key); /* or "" */
const char *ch_read_optional(struct ch_reader *reader, const struct ch_at *at,
                             const char *key); /* or NULL */
bool ch_read_bool(struct ch_reader *reader, const struct ch_at *at, const char *key);
int64_t ch_read_int64(struct ch_reader *reader, const struct ch_at *at, const char *key);
struct ch_at ch_read_object(struct ch_reader *reader, const struct ch_at *at, const char *key);
struct ch_at ch_read_array(struct ch_reader *reader, const struct ch_at *at, const char *key);

/* Elements of an array. */
struct ch_at ch_read_element(struct ch_reader *reader, const struct ch_at *at,
                             size_t index); /* an object */
const char *ch_read_element_string(struct ch_reader *reader, const struct ch_at *at, size_t index);

/* Member `index` of an object used as a map of strings. */
const char *ch_read_entry(struct ch_reader *reader, const struct ch_at *at, size_t index,
                          const char **out_key);

/* Fail over the member `key` of `at`, or over `at` itself for NULL. */
void ch_read_fail(struct ch_reader *reader, enum chandra_status status, const struct ch_at *at,
                  const char *key, const char *fmt, ...) CHANDRA_PRINTF(5, 6);
/* Write the text of such a failure into `why`, but go on reading. */
void ch_read_describe(const struct ch_reader *reader, struct chandra_error *why,
                      const struct ch_at *at, const char *key, const char *fmt, va_list args)
    CHANDRA_PRINTF(5, 0);
/* Fail for lack of memory. */
void ch_read_out_of_memory(struct ch_reader *reader);

#endif
