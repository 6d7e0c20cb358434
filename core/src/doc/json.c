/* json.c - from JSON text to values, by cJSON; the only file that knows it. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/json_scan.h"
#include "doc/value.h"

#include <cJSON.h>
#include <math.h>
#include <string.h>

#ifdef CHANDRA_TESTS
#    include <pthread.h>

static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;

static void
set_hooks(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){ch_alloc, ch_free});
}

/* Lets the tests refuse cJSON's allocations too. Elsewhere its own malloc() is what ch_alloc() is
 * as well, and the hooks, one set per process, are left to the host. */
static void
use_our_memory(void)
{
    pthread_once(&hooks_once, set_hooks);
}
#else
static void
use_our_memory(void)
{
}
#endif

/* Walks cJSON's tree and the places of the same values side by side. */
struct reader {
    struct chandra_doc *doc;
    const char *text;
    struct ch_json_places places;
    size_t next; /* place */
    struct chandra_error *err;
};

static enum chandra_status read_value(struct reader *r, const cJSON *item,
                                      struct chandra_value **out_value);

static enum chandra_status
no_memory(struct reader *r)
{
    return ch_place_error((struct ch_place){r->doc->name, 0, 0}, r->err, CHANDRA_ENOMEM,
                          "out of memory");
}

static enum chandra_status
read_elements(struct reader *r, const cJSON *item, struct chandra_value *array)
{
    for (const cJSON *child = item->child; child; child = child->next) {
        enum chandra_status st = read_value(r, child, &array->items[array->count]);

        if (st != CHANDRA_OK)
            return st;
        array->count++;
    }
    return CHANDRA_OK;
}

static enum chandra_status
read_members(struct reader *r, const cJSON *item, struct chandra_value *object)
{
    for (const cJSON *child = item->child; child; child = child->next) {
        const char *key = ch_arena_strdup(&r->doc->arena, child->string);
        struct chandra_value *member = NULL;
        enum chandra_status st = key ? read_value(r, child, &member) : no_memory(r);

        if (st != CHANDRA_OK)
            return st;
        st = ch_object_add(object, key, member);
        if (st == CHANDRA_EEXISTS)
            return ch_value_error(member, r->err, CHANDRA_EPARSE, "key \"%s\" occurs twice", key);
        if (st != CHANDRA_OK)
            return no_memory(r);
    }
    return CHANDRA_OK;
}

static enum chandra_status
read_number(struct reader *r, const cJSON *item, const struct ch_json_place *place,
            struct chandra_value *value)
{
    if (!isfinite(item->valuedouble))
        return ch_value_error(value, r->err, CHANDRA_EPARSE, "the number is too large");
    value->text = ch_arena_strndup(&r->doc->arena, r->text + place->offset, place->extent);
    return value->text ? CHANDRA_OK : no_memory(r);
}

static enum chandra_status
read_content(struct reader *r, const cJSON *item, const struct ch_json_place *place,
             struct chandra_value *value)
{
    switch (value->type) {
    case CHANDRA_NULL:
        return CHANDRA_OK;
    case CHANDRA_BOOL:
        value->flag = cJSON_IsTrue(item);
        return CHANDRA_OK;
    case CHANDRA_NUMBER:
        return read_number(r, item, place, value);
    case CHANDRA_STRING:
        value->text = ch_arena_strdup(&r->doc->arena, item->valuestring);
        return value->text ? CHANDRA_OK : no_memory(r);
    case CHANDRA_ARRAY:
        return ch_value_reserve(value, place->extent) ? read_elements(r, item, value)
                                                      : no_memory(r);
    case CHANDRA_OBJECT:
        return ch_value_reserve(value, place->extent) ? read_members(r, item, value) : no_memory(r);
    }
    return CHANDRA_OK;
}

static enum chandra_type
type_of(const cJSON *item)
{
    if (cJSON_IsObject(item))
        return CHANDRA_OBJECT;
    if (cJSON_IsString(item))
        return CHANDRA_STRING;
    if (cJSON_IsArray(item))
        return CHANDRA_ARRAY;
    if (cJSON_IsNumber(item))
        return CHANDRA_NUMBER;
    return cJSON_IsBool(item) ? CHANDRA_BOOL : CHANDRA_NULL;
}

static enum chandra_status
read_value(struct reader *r, const cJSON *item, struct chandra_value **out_value)
{
    const struct ch_json_place *place = &r->places.items[r->next++];
    struct chandra_value *value = ch_value_new(r->doc, type_of(item), place->line, place->column);
    enum chandra_status st = value ? read_content(r, item, place, value) : no_memory(r);

    if (st == CHANDRA_OK)
        *out_value = value;
    return st;
}

/* The scan has let pass only what cJSON reads, so that its one reason to fail is memory. */
static enum chandra_status
read_document(struct reader *r, size_t len)
{
    cJSON *tree = cJSON_ParseWithLengthOpts(r->text, len, NULL, false);
    struct chandra_value *root = NULL;
    enum chandra_status st;

    if (!tree)
        return no_memory(r);
    st = read_value(r, tree, &root);
    if (st == CHANDRA_OK && !chandra_doc_add_root(r->doc, root))
        st = no_memory(r);
    cJSON_Delete(tree);
    return st;
}

/* `text` is without a byte order mark, its name is that of the document. */
static enum chandra_status
read_text(struct reader *r, const struct ch_json_text *text)
{
    enum chandra_status st;

    if (text->len > text->limits->max_bytes)
        return ch_place_error((struct ch_place){text->name, 0, 0}, r->err, CHANDRA_ELIMIT,
                              "the text has more than %zu bytes", text->limits->max_bytes);
    st = ch_json_scan(text, &r->places, r->err);
    if (st == CHANDRA_OK)
        st = read_document(r, text->len);
    ch_free(r->places.items);
    return st;
}

/* With `own`, the text once more, arrays called `unwanted` become null. */
static enum chandra_status
parse(struct ch_json_text text, struct chandra_doc **out_doc, struct chandra_error *err)
{
    const size_t mark = ch_byte_order_mark(text.bytes, text.len);
    struct reader r = {.err = err};
    enum chandra_status st;

    use_our_memory();
    st = ch_doc_new_named(text.name, &r.doc, err);
    if (st != CHANDRA_OK)
        return st;
    text.name = r.doc->name;
    text.bytes += mark;
    text.len -= mark;
    if (text.own)
        text.own += mark;
    r.text = text.own ? text.own : text.bytes;
    st = read_text(&r, &text);
    if (st == CHANDRA_OK)
        *out_doc = r.doc;
    else
        chandra_doc_free(r.doc);
    return st;
}

enum chandra_status
chandra_doc_parse_json(const char *text, size_t len, const char *name,
                       const struct chandra_doc_limits *limits, struct chandra_doc **out_doc,
                       struct chandra_error *err)
{
    const struct chandra_doc_limits bounds = ch_doc_limits(limits);

    return parse((struct ch_json_text){.bytes = text, .len = len, .name = name, .limits = &bounds},
                 out_doc, err);
}

enum chandra_status
ch_doc_parse_json_without(const char *unwanted, const char *text, size_t len, const char *name,
                          struct chandra_doc **out_doc, struct chandra_error *err)
{
    const struct chandra_doc_limits bounds = ch_doc_limits(NULL);
    char *own = ch_strndup(text, len);
    enum chandra_status st;

    if (!own)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", name);
    st = parse((struct ch_json_text){.bytes = text,
                                     .len = len,
                                     .name = name,
                                     .limits = &bounds,
                                     .unwanted = unwanted,
                                     .own = own},
               out_doc, err);
    ch_free(own);
    return st;
}
