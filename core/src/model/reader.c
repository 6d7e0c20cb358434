/* reader.c - reads typed fields of a manifest, with errors that name object, path and place. */
#include "model/reader.h"

#include "base/buf.h"
#include "doc/value.h"

#include <stdio.h>

static void
put_path(struct ch_buf *buf, const struct ch_at *at)
{
    if (!at)
        return;
    put_path(buf, at->up);
    if (!at->key && at->up)
        ch_buf_printf(buf, "[%zu]", at->index);
    else if (at->key)
        ch_buf_printf(buf, buf->len ? ".%s" : "%s", at->key);
}

/* "ResourceClaim ns/name: " */
static void
put_object_name(struct ch_buf *buf, const struct ch_reader *reader)
{
    const bool has_name_space = reader->name_space && *reader->name_space;

    if (!reader->kind)
        return;
    ch_buf_puts(buf, reader->kind);
    if (reader->name && *reader->name)
        ch_buf_printf(buf, " %s%s%s", has_name_space ? reader->name_space : "",
                      has_name_space ? "/" : "", reader->name);
    ch_buf_puts(buf, ": ");
}

/* The member `key` of `at`, or `at` itself for NULL. */
static struct ch_at
place_of(const struct ch_at *at, const char *key)
{
    return key ? (struct ch_at){.up = at, .key = key, .value = chandra_value_get(at->value, key)}
               : *at;
}

static enum chandra_status CHANDRA_PRINTF(5, 0)
    report(const struct ch_reader *reader, struct chandra_error *err, enum chandra_status status,
           const struct ch_at *place, const char *fmt, va_list args)
{
    const struct ch_at *nearest = place; /* what is missing has no place of its own */
    struct ch_buf object = {0};
    struct ch_buf path = {0};
    char text[512];

    while (nearest->up && !nearest->value)
        nearest = nearest->up;
    vsnprintf(text, sizeof(text), fmt, args);
    put_object_name(&object, reader);
    put_path(&path, place);
    if (!ch_buf_ok(&object) || !ch_buf_ok(&path))
        status = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    else
        status =
            ch_value_error(nearest->value, err, status, "%s%s%s%s", object.text ? object.text : "",
                           path.text ? path.text : "", path.text ? ": " : "", text);
    ch_buf_clear(&object);
    ch_buf_clear(&path);
    return status;
}

void
ch_read_fail(struct ch_reader *reader, enum chandra_status status, const struct ch_at *at,
             const char *key, const char *fmt, ...)
{
    const struct ch_at place = place_of(at, key);
    va_list args;

    if (reader->status != CHANDRA_OK)
        return;
    va_start(args, fmt);
    reader->status = report(reader, reader->err, status, &place, fmt, args);
    va_end(args);
}

void
ch_read_describe(const struct ch_reader *reader, struct chandra_error *why, const struct ch_at *at,
                 const char *key, const char *fmt, va_list args)
{
    const struct ch_at place = place_of(at, key);

    report(reader, why, CHANDRA_EINVAL, &place, fmt, args);
}

void
ch_read_out_of_memory(struct ch_reader *reader)
{
    if (reader->status == CHANDRA_OK)
        reader->status = chandra_error_set(reader->err, CHANDRA_ENOMEM, "out of memory");
}

static const char *
with_article(enum chandra_type type)
{
    static const char *const names[] = {
        [CHANDRA_NULL] = "null",       [CHANDRA_BOOL] = "a boolean", [CHANDRA_NUMBER] = "a number",
        [CHANDRA_STRING] = "a string", [CHANDRA_ARRAY] = "an array", [CHANDRA_OBJECT] = "an object",
    };

    return names[type];
}

/* The value if it is of the type; NULL if it is nothing, or wrong, which is then the failure. */
static const struct chandra_value *
check(struct ch_reader *reader, const struct ch_at *at, enum chandra_type want)
{
    const enum chandra_type got = chandra_value_type(at->value);

    if (got == CHANDRA_NULL || reader->status != CHANDRA_OK)
        return NULL;
    if (got == want)
        return at->value;
    ch_read_fail(reader, CHANDRA_EINVAL, at, NULL, "want %s, got %s", with_article(want),
                 with_article(got));
    return NULL;
}

static struct ch_at
member(struct ch_reader *reader, const struct ch_at *at, const char *key, enum chandra_type want)
{
    struct ch_at found = {.up = at, .key = key, .value = chandra_value_get(at->value, key)};

    found.value = check(reader, &found, want);
    return found;
}

const char *
ch_read_optional(struct ch_reader *reader, const struct ch_at *at, const char *key)
{
    return chandra_value_string(member(reader, at, key, CHANDRA_STRING).value);
}

const char *
ch_read_string(struct ch_reader *reader, const struct ch_at *at, const char *key)
{
    const char *text = ch_read_optional(reader, at, key);

    return text ? text : "";
}

bool
ch_read_bool(struct ch_reader *reader, const struct ch_at *at, const char *key)
{
    return chandra_value_is_true(member(reader, at, key, CHANDRA_BOOL).value);
}

int64_t
ch_read_int64(struct ch_reader *reader, const struct ch_at *at, const char *key)
{
    const struct ch_at found = member(reader, at, key, CHANDRA_NUMBER);
    int64_t number = 0;

    if (found.value && !chandra_value_int64(found.value, &number))
        ch_read_fail(reader, CHANDRA_EINVAL, &found, NULL, "want a 64-bit integer, got %.40s",
                     chandra_value_number_text(found.value));
    return number;
}

struct ch_at
ch_read_object(struct ch_reader *reader, const struct ch_at *at, const char *key)
{
    return member(reader, at, key, CHANDRA_OBJECT);
}

struct ch_at
ch_read_array(struct ch_reader *reader, const struct ch_at *at, const char *key)
{
    return member(reader, at, key, CHANDRA_ARRAY);
}

static struct ch_at
element(struct ch_reader *reader, const struct ch_at *at, size_t index, enum chandra_type want)
{
    struct ch_at found = {.up = at, .index = index, .value = chandra_value_at(at->value, index)};

    found.value = check(reader, &found, want);
    return found;
}

struct ch_at
ch_read_element(struct ch_reader *reader, const struct ch_at *at, size_t index)
{
    return element(reader, at, index, CHANDRA_OBJECT);
}

const char *
ch_read_element_string(struct ch_reader *reader, const struct ch_at *at, size_t index)
{
    const char *text = chandra_value_string(element(reader, at, index, CHANDRA_STRING).value);

    return text ? text : "";
}

const char *
ch_read_entry(struct ch_reader *reader, const struct ch_at *at, size_t index, const char **out_key)
{
    struct ch_at entry = {.up = at, .value = chandra_value_at(at->value, index)};
    const char *text;

    entry.key = chandra_value_key(at->value, index);
    text = chandra_value_string(check(reader, &entry, CHANDRA_STRING));
    *out_key = entry.key;
    return text ? text : "";
}
