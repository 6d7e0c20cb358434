/* canonical.c - JSON in one form for equal values, so that comparing is strcmp(). */
#include "model/canonical.h"

#include "base/alloc.h"
#include "doc/value.h"

#include <stdlib.h>
#include <string.h>

struct member {
    const char *key;
    const struct chandra_value *value;
};

enum { FEW = 16 }; /* members that are sorted without an allocation */

static int
compare_members(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static bool
is_like_missing(const struct chandra_value *value)
{
    switch (chandra_value_type(value)) {
    case CHANDRA_NULL:
        return true;
    case CHANDRA_BOOL:
        return !chandra_value_is_true(value);
    case CHANDRA_STRING:
        return !*chandra_value_string(value);
    case CHANDRA_ARRAY:
        return chandra_value_count(value) == 0;
    default:
        return false;
    }
}

static size_t
collect_members(const struct chandra_value *object, struct member *members)
{
    size_t count = 0;

    for (size_t i = 0; i < chandra_value_count(object); i++) {
        const struct chandra_value *value = chandra_value_at(object, i);

        if (!is_like_missing(value))
            members[count++] = (struct member){chandra_value_key(object, i), value};
    }
    qsort(members, count, sizeof(*members), compare_members);
    return count;
}

static void put(struct ch_buf *buf, const struct chandra_value *value, unsigned depth);

static void
put_object(struct ch_buf *buf, const struct chandra_value *object, unsigned depth)
{
    struct member few[FEW];
    struct member *members = few;
    size_t count = chandra_value_count(object);

    if (count > FEW)
        members = ch_realloc_array(NULL, count, sizeof(*members));
    if (!members) {
        buf->failed = true;
        return;
    }
    count = collect_members(object, members);
    ch_buf_putc(buf, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ch_buf_putc(buf, ',');
        ch_json_put_string(buf, members[i].key);
        ch_buf_putc(buf, ':');
        put(buf, members[i].value, depth);
    }
    ch_buf_putc(buf, '}');
    if (members != few)
        ch_free(members);
}

static void
put_array(struct ch_buf *buf, const struct chandra_value *array, unsigned depth)
{
    ch_buf_putc(buf, '[');
    for (size_t i = 0; i < chandra_value_count(array); i++) {
        if (i > 0)
            ch_buf_putc(buf, ',');
        put(buf, chandra_value_at(array, i), depth);
    }
    ch_buf_putc(buf, ']');
}

static void
put(struct ch_buf *buf, const struct chandra_value *value, unsigned depth)
{
    if (depth > CH_DEEPEST)
        buf->failed = true;
    else if (chandra_value_type(value) == CHANDRA_OBJECT)
        put_object(buf, value, depth + 1);
    else if (chandra_value_type(value) == CHANDRA_ARRAY)
        put_array(buf, value, depth + 1);
    else
        ch_json_put_value(buf, value);
}

void
ch_canonical_put(struct ch_buf *buf, const struct chandra_value *value)
{
    if (value)
        put(buf, value, 0);
    else
        ch_buf_puts(buf, "{}");
}
