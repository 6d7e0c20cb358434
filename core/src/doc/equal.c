/* equal.c - whether two values mean the same. */
#include "doc/value.h"

#include <string.h>

static bool equal(const struct chandra_value *a, const struct chandra_value *b, size_t depth);

static bool
equal_arrays(const struct chandra_value *a, const struct chandra_value *b, size_t depth)
{
    for (size_t i = 0; i < a->count; i++)
        if (!equal(a->items[i], b->items[i], depth))
            return false;
    return true;
}

/* Keys are unique, so that equal counts and every member of `a` in `b` suffice. */
static bool
equal_objects(const struct chandra_value *a, const struct chandra_value *b, size_t depth)
{
    for (size_t i = 0; i < a->count; i++) {
        const size_t index = ch_object_find(b, a->keys[i]);

        if (index == SIZE_MAX || !equal(a->items[i], b->items[index], depth))
            return false;
    }
    return true;
}

static bool
equal(const struct chandra_value *a, const struct chandra_value *b, size_t depth)
{
    if (chandra_value_type(a) != chandra_value_type(b))
        return false;
    switch (chandra_value_type(a)) {
    case CHANDRA_NULL:
        return true;
    case CHANDRA_BOOL:
        return a->flag == b->flag;
    case CHANDRA_NUMBER:
        return strcmp(a->text, b->text) == 0 || ch_number_equal(a->text, b->text);
    case CHANDRA_STRING:
        return strcmp(a->text, b->text) == 0;
    case CHANDRA_ARRAY:
        return depth < CH_DEEPEST && a->count == b->count && equal_arrays(a, b, depth + 1);
    case CHANDRA_OBJECT:
        return depth < CH_DEEPEST && a->count == b->count && equal_objects(a, b, depth + 1);
    }
    return false;
}

bool
chandra_value_equal(const struct chandra_value *a, const struct chandra_value *b)
{
    return equal(a, b, 0);
}
