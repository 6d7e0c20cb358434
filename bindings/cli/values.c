/* values.c - members of objects: set, and read. */
#include "values.h"

#include <stddef.h>

struct chandra_value *
values_add_object(struct chandra_doc *doc, struct chandra_value *parent, const char *key)
{
    struct chandra_value *object = parent ? chandra_value_new_object(doc) : NULL;

    return object && chandra_value_set(parent, key, object) ? object : NULL;
}

bool
values_set_texts(struct chandra_doc *doc, struct chandra_value *object, const char *const *pairs)
{
    bool is_ok = object != NULL;

    for (; is_ok && pairs[0]; pairs += 2)
        is_ok = chandra_value_set(object, pairs[0], chandra_value_new_string(doc, pairs[1]));
    return is_ok;
}

const char *
values_text(const struct chandra_value *object, const char *key)
{
    const char *text = chandra_value_string(chandra_value_get(object, key));

    return text ? text : "";
}

int64_t
values_int(const struct chandra_value *object, const char *key)
{
    int64_t number = 0;

    return chandra_value_int64(chandra_value_get(object, key), &number) ? number : 0;
}

bool
values_flag(const struct chandra_value *object, const char *key)
{
    return chandra_value_is_true(chandra_value_get(object, key));
}
