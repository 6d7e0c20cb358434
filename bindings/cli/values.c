/* values.c - members that are objects or strings. */
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
