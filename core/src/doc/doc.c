/* doc.c - documents: who owns values, and what their parsers accept. */
#include "base/alloc.h"
#include "doc/value.h"

#include <string.h>

struct chandra_doc_limits
ch_doc_limits(const struct chandra_doc_limits *limits)
{
    const size_t size = limits ? limits->size : 0;
    struct chandra_doc_limits result = {0};

    if (size)
        memcpy(&result, limits, size < sizeof(result) ? size : sizeof(result));
    if (!result.max_bytes)
        result.max_bytes = (size_t)64 << 20;
    if (!result.max_depth)
        result.max_depth = 100;
    if (result.max_depth > CH_DEEPEST)
        result.max_depth = CH_DEEPEST;
    if (!result.max_values)
        result.max_values = 4000000;
    if (!result.max_aliases)
        result.max_aliases = 1000;
    return result;
}

enum chandra_status
ch_doc_new_named(const char *name, struct chandra_doc **out_doc, struct chandra_error *err)
{
    struct chandra_doc *doc = ch_calloc(1, sizeof(*doc));

    if (doc)
        doc->name = ch_arena_strdup(&doc->arena, name ? name : "");
    if (!doc || !doc->name) {
        ch_free(doc);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory for a document");
    }
    *out_doc = doc;
    return CHANDRA_OK;
}

enum chandra_status
chandra_doc_new(struct chandra_doc **out_doc, struct chandra_error *err)
{
    return ch_doc_new_named("", out_doc, err);
}

void
chandra_doc_free(struct chandra_doc *doc)
{
    if (!doc)
        return;
    ch_arena_clear(&doc->arena);
    ch_free(doc->roots);
    ch_free(doc);
}

size_t
chandra_doc_count(const struct chandra_doc *doc)
{
    return doc ? doc->root_count : 0;
}

const struct chandra_value *
chandra_doc_root(const struct chandra_doc *doc, size_t index)
{
    return index < chandra_doc_count(doc) ? doc->roots[index] : NULL;
}

const char *
chandra_doc_name(const struct chandra_doc *doc)
{
    return doc ? doc->name : "";
}

bool
chandra_doc_add_root(struct chandra_doc *doc, struct chandra_value *root)
{
    if (!root || !ch_grow(&doc->roots, &doc->root_capacity, doc->root_count + 1, sizeof(void *)))
        return false;
    doc->roots[doc->root_count++] = root;
    return true;
}

static enum chandra_status place_errorv(struct ch_place place, struct chandra_error *err,
                                        enum chandra_status status, const char *fmt, va_list args)
    CHANDRA_PRINTF(4, 0);

static enum chandra_status
place_errorv(struct ch_place place, struct chandra_error *err, enum chandra_status status,
             const char *fmt, va_list args)
{
    chandra_error_setv(err, status, fmt, args);
    if (err && place.line)
        chandra_error_prefix(err, "%s%s%u:%u", place.name, *place.name ? ":" : "", place.line,
                             place.column);
    else if (err && *place.name)
        chandra_error_prefix(err, "%s", place.name);
    return status;
}

enum chandra_status
ch_place_error(struct ch_place place, struct chandra_error *err, enum chandra_status status,
               const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    place_errorv(place, err, status, fmt, args);
    va_end(args);
    return status;
}

enum chandra_status
ch_value_error(const struct chandra_value *value, struct chandra_error *err,
               enum chandra_status status, const char *fmt, ...)
{
    const struct ch_place place = {value ? value->doc->name : "", chandra_value_line(value),
                                   chandra_value_column(value)};
    va_list args;

    va_start(args, fmt);
    place_errorv(place, err, status, fmt, args);
    va_end(args);
    return status;
}
