/* field.c - members read with their type checked, and errors that name the place and the path. */
#include "doc/value.h"

static const char *
with_article(enum chandra_type type)
{
    static const char *const names[] = {"a null",   "a boolean", "a number",
                                        "a string", "an array",  "an object"};

    return names[type];
}

static enum chandra_status
wrong_type(const struct chandra_value *value, const char *path, const char *key, const char *want,
           struct chandra_error *err)
{
    const char *dot = path && *path ? "." : "";

    path = path ? path : "";
    if (value->type == CHANDRA_NUMBER)
        return ch_value_error(value, err, CHANDRA_EINVAL, "%s%s%s: want %s, got the number %s",
                              path, dot, key, want, value->text);
    return ch_value_error(value, err, CHANDRA_EINVAL, "%s%s%s: want %s, got %s", path, dot, key,
                          want, with_article(value->type));
}

/* The member, or NULL when it is missing or null; fails when it is of another type. */
static enum chandra_status
find(const struct chandra_value *object, const char *path, const char *key, enum chandra_type type,
     const struct chandra_value **out, struct chandra_error *err)
{
    const struct chandra_value *value = chandra_value_get(object, key);

    if (chandra_value_type(value) == CHANDRA_NULL)
        value = NULL;
    if (value && value->type != type)
        return wrong_type(value, path, key,
                          type == CHANDRA_NUMBER ? "an integer" : with_article(type), err);
    *out = value;
    return CHANDRA_OK;
}

enum chandra_status
ch_field_string(const struct chandra_value *object, const char *path, const char *key,
                const char **out, struct chandra_error *err)
{
    const struct chandra_value *value = NULL;
    enum chandra_status st = find(object, path, key, CHANDRA_STRING, &value, err);

    if (value)
        *out = value->text;
    return st;
}

enum chandra_status
ch_field_bool(const struct chandra_value *object, const char *path, const char *key, bool *out,
              struct chandra_error *err)
{
    const struct chandra_value *value = NULL;
    enum chandra_status st = find(object, path, key, CHANDRA_BOOL, &value, err);

    if (value)
        *out = value->flag;
    return st;
}

enum chandra_status
ch_field_int64(const struct chandra_value *object, const char *path, const char *key, int64_t *out,
               struct chandra_error *err)
{
    const struct chandra_value *value = NULL;
    enum chandra_status st = find(object, path, key, CHANDRA_NUMBER, &value, err);

    if (value && !chandra_value_int64(value, out))
        return wrong_type(value, path, key, "an integer", err);
    return st;
}

enum chandra_status
ch_field_object(const struct chandra_value *object, const char *path, const char *key,
                const struct chandra_value **out, struct chandra_error *err)
{
    const struct chandra_value *value = NULL;
    enum chandra_status st = find(object, path, key, CHANDRA_OBJECT, &value, err);

    if (value)
        *out = value;
    return st;
}

enum chandra_status
ch_field_array(const struct chandra_value *object, const char *path, const char *key,
               const struct chandra_value **out, struct chandra_error *err)
{
    const struct chandra_value *value = NULL;
    enum chandra_status st = find(object, path, key, CHANDRA_ARRAY, &value, err);

    if (value)
        *out = value;
    return st;
}

const char *
ch_member_text(const struct chandra_value *object, const char *key)
{
    const char *text = chandra_value_string(chandra_value_get(object, key));

    return text ? text : "";
}
