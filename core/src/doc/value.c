/* value.c - reading and building values. */
#include "doc/value.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum chandra_type
chandra_value_type(const struct chandra_value *value)
{
    return value ? value->type : CHANDRA_NULL;
}

const char *
chandra_type_name(enum chandra_type type)
{
    static const char *const names[] = {"null", "boolean", "number", "string", "array", "object"};

    return (size_t)type < sizeof(names) / sizeof(*names) ? names[type] : "unknown";
}

static bool
is_container(const struct chandra_value *value)
{
    return value && (value->type == CHANDRA_ARRAY || value->type == CHANDRA_OBJECT);
}

size_t
chandra_value_count(const struct chandra_value *value)
{
    return is_container(value) ? value->count : 0;
}

const struct chandra_value *
chandra_value_at(const struct chandra_value *value, size_t index)
{
    return index < chandra_value_count(value) ? value->items[index] : NULL;
}

const char *
chandra_value_key(const struct chandra_value *object, size_t index)
{
    if (chandra_value_type(object) != CHANDRA_OBJECT || index >= object->count)
        return NULL;
    return object->keys[index];
}

const char *
chandra_value_string(const struct chandra_value *value)
{
    return chandra_value_type(value) == CHANDRA_STRING ? value->text : NULL;
}

const char *
chandra_value_number_text(const struct chandra_value *value)
{
    return chandra_value_type(value) == CHANDRA_NUMBER ? value->text : NULL;
}

bool
chandra_value_int64(const struct chandra_value *value, int64_t *out_number)
{
    const char *text = chandra_value_number_text(value);

    return text && ch_parse_int64(text, out_number);
}

bool
chandra_value_double(const struct chandra_value *value, double *out_number)
{
    const char *text = chandra_value_number_text(value);

    if (text)
        *out_number = ch_number_double(text);
    return text != NULL;
}

bool
chandra_value_is_true(const struct chandra_value *value)
{
    return chandra_value_type(value) == CHANDRA_BOOL && value->flag;
}

unsigned
chandra_value_line(const struct chandra_value *value)
{
    return value ? value->line : 0;
}

unsigned
chandra_value_column(const struct chandra_value *value)
{
    return value ? value->column : 0;
}

struct chandra_value *
ch_value_new(struct chandra_doc *doc, enum chandra_type type, unsigned line, unsigned column)
{
    struct chandra_value *value = ch_arena_alloc(&doc->arena, sizeof(*value));

    if (value)
        *value = (struct chandra_value){.type = type, .line = line, .column = column, .doc = doc};
    return value;
}

struct chandra_value *
chandra_value_new_null(struct chandra_doc *doc)
{
    return ch_value_new(doc, CHANDRA_NULL, 0, 0);
}

struct chandra_value *
chandra_value_new_bool(struct chandra_doc *doc, bool flag)
{
    struct chandra_value *value = ch_value_new(doc, CHANDRA_BOOL, 0, 0);

    if (value)
        value->flag = flag;
    return value;
}

static struct chandra_value *
new_text(struct chandra_doc *doc, enum chandra_type type, const char *text)
{
    struct chandra_value *value = ch_value_new(doc, type, 0, 0);

    if (value)
        value->text = ch_arena_strdup(&doc->arena, text);
    return value && value->text ? value : NULL;
}

struct chandra_value *
chandra_value_new_int64(struct chandra_doc *doc, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    return new_text(doc, CHANDRA_NUMBER, text);
}

struct chandra_value *
chandra_value_new_double(struct chandra_doc *doc, double number)
{
    char text[32];

    if (!isfinite(number))
        return chandra_value_new_null(doc);
    ch_number_print(number, text, sizeof(text));
    return new_text(doc, CHANDRA_NUMBER, text);
}

struct chandra_value *
chandra_value_new_string(struct chandra_doc *doc, const char *text)
{
    return text ? new_text(doc, CHANDRA_STRING, text) : chandra_value_new_null(doc);
}

struct chandra_value *
chandra_value_new_array(struct chandra_doc *doc)
{
    return ch_value_new(doc, CHANDRA_ARRAY, 0, 0);
}

struct chandra_value *
chandra_value_new_object(struct chandra_doc *doc)
{
    return ch_value_new(doc, CHANDRA_OBJECT, 0, 0);
}

/* Move an array of `used` pointers to a place for `capacity` of them. */
static void *
move_pointers(struct ch_arena *arena, const void *old, size_t used, size_t capacity)
{
    void *memory = NULL;

    if (capacity <= SIZE_MAX / sizeof(void *))
        memory = ch_arena_alloc(arena, capacity * sizeof(void *));
    if (memory && used)
        memcpy(memory, old, used * sizeof(void *));
    return memory;
}

bool
ch_value_reserve(struct chandra_value *value, size_t count)
{
    struct ch_arena *arena = &value->doc->arena;
    const size_t doubled = value->capacity < 4 ? 4 : 2 * value->capacity;
    const size_t capacity = value->count && count < doubled ? doubled : count;
    struct chandra_value **items;
    const char **keys = NULL;

    if (count <= value->capacity)
        return true;
    items = move_pointers(arena, value->items, value->count, capacity);
    if (value->type == CHANDRA_OBJECT)
        keys = move_pointers(arena, value->keys, value->count, capacity);
    if (!items || (value->type == CHANDRA_OBJECT && !keys))
        return false;
    value->items = items;
    value->keys = keys;
    value->capacity = capacity;
    return true;
}

bool
chandra_value_append(struct chandra_value *array, struct chandra_value *element)
{
    if (chandra_value_type(array) != CHANDRA_ARRAY || !element ||
        !ch_value_reserve(array, array->count + 1))
        return false;
    array->items[array->count++] = element;
    return true;
}

static struct chandra_value *copy(struct chandra_doc *doc, const struct chandra_value *value,
                                  size_t depth);

static bool
copy_children(struct chandra_value *to, const struct chandra_value *from, size_t depth)
{
    if (depth >= CH_DEEPEST || !ch_value_reserve(to, from->count))
        return false;
    for (size_t i = 0; i < from->count; i++) {
        struct chandra_value *child = copy(to->doc, from->items[i], depth + 1);

        if (from->type == CHANDRA_OBJECT ? !chandra_value_set(to, from->keys[i], child)
                                         : !chandra_value_append(to, child))
            return false;
    }
    return true;
}

static struct chandra_value *
copy(struct chandra_doc *doc, const struct chandra_value *value, size_t depth)
{
    /* A place means something only together with its document's name. */
    const bool has_place = value->doc == doc;
    struct chandra_value *result =
        ch_value_new(doc, value->type, has_place ? value->line : 0, has_place ? value->column : 0);

    if (!result)
        return NULL;
    result->flag = value->flag;
    if (value->text && !(result->text = ch_arena_strdup(&doc->arena, value->text)))
        return NULL;
    return !is_container(value) || copy_children(result, value, depth) ? result : NULL;
}

struct chandra_value *
chandra_value_copy(struct chandra_doc *doc, const struct chandra_value *value)
{
    return value ? copy(doc, value, 0) : chandra_value_new_null(doc);
}
