/* yaml.c - from YAML text to values, by libyaml; the only file that knows it.
 *
 * libyaml hands over events; open arrays and objects are kept on a stack of our own, so that
 * nesting costs no C stack. Aliases become copies, counted like everything else.
 */
#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "doc/value.h"
#include "doc/yaml_plain.h"

#include <string.h>
#include <yaml.h>

#define YAML_TAG_PREFIX "tag:yaml.org,2002:"

/* An array or object whose end is still to come. */
struct frame {
    struct chandra_value *value;
    const char *key; /* of the member to come; NULL: a key comes first */
    yaml_mark_t key_mark;
    bool is_merge;               /* the key is an unquoted << */
    struct chandra_value *merge; /* its value: an object, or an array of them */
};

struct loader {
    yaml_parser_t parser;
    struct chandra_doc *doc;
    struct chandra_doc_limits limits;
    const char *text;
    size_t len;
    struct frame *frames;
    size_t depth; /* frames in use */
    size_t frame_capacity;
    struct ch_map anchors; /* of the present document: name to value */
    size_t value_count;
    size_t alias_count;
    struct chandra_error *err;
};

static unsigned
line_of(const yaml_mark_t *mark)
{
    return (unsigned)mark->line + 1;
}

static unsigned
column_of(const yaml_mark_t *mark)
{
    return (unsigned)mark->column + 1;
}

#define FAIL(l, mark, status, ...) ch_place_error(place_of(l, mark), (l)->err, status, __VA_ARGS__)

static struct ch_place
place_of(const struct loader *l, const yaml_mark_t *mark)
{
    return (struct ch_place){l->doc->name, line_of(mark), column_of(mark)};
}

static struct ch_place
whole_text(const struct loader *l)
{
    return (struct ch_place){.name = l->doc->name};
}

static enum chandra_status
no_memory(struct loader *l)
{
    return ch_place_error(whole_text(l), l->err, CHANDRA_ENOMEM, "out of memory");
}

static enum chandra_status
count_value(struct loader *l, const yaml_mark_t *mark)
{
    if (l->value_count++ == l->limits.max_values)
        return FAIL(l, mark, CHANDRA_ELIMIT, "too many values");
    return CHANDRA_OK;
}

static enum chandra_status
new_value(struct loader *l, enum chandra_type type, const yaml_mark_t *mark,
          struct chandra_value **out_value)
{
    enum chandra_status st = count_value(l, mark);

    if (st != CHANDRA_OK)
        return st;
    *out_value = ch_value_new(l->doc, type, line_of(mark), column_of(mark));
    return *out_value ? CHANDRA_OK : no_memory(l);
}

static enum chandra_status
add_member(struct loader *l, struct frame *frame, struct chandra_value *value)
{
    enum chandra_status st;

    if (frame->is_merge) {
        if (frame->merge)
            return FAIL(l, &frame->key_mark, CHANDRA_EPARSE, "key \"<<\" occurs twice");
        frame->merge = value;
        frame->is_merge = false;
        frame->key = NULL;
        return CHANDRA_OK;
    }
    st = ch_object_add(frame->value, frame->key, value);
    if (st == CHANDRA_EEXISTS)
        return FAIL(l, &frame->key_mark, CHANDRA_EPARSE, "key \"%s\" occurs twice", frame->key);
    frame->key = NULL;
    return st == CHANDRA_OK ? st : no_memory(l);
}

/* Put a value where the stack says that it belongs. */
static enum chandra_status
put(struct loader *l, struct chandra_value *value, const yaml_mark_t *mark)
{
    struct frame *frame = l->depth ? &l->frames[l->depth - 1] : NULL;

    if (!frame)
        return chandra_doc_add_root(l->doc, value) ? CHANDRA_OK : no_memory(l);
    if (frame->value->type == CHANDRA_ARRAY)
        return chandra_value_append(frame->value, value) ? CHANDRA_OK : no_memory(l);
    if (!frame->key)
        return FAIL(l, mark, CHANDRA_EPARSE, "a key must be a string");
    return add_member(l, frame, value);
}

/* --- scalars --- */

/* The name of a standard tag such as "str", "!" as it is, "" for no tag, NULL for one that is not
 * supported. */
static const char *
short_tag(const yaml_char_t *tag)
{
    const size_t prefix = strlen(YAML_TAG_PREFIX);

    if (!tag)
        return "";
    if (ch_streq((const char *)tag, "!"))
        return "!";
    if (strncmp((const char *)tag, YAML_TAG_PREFIX, prefix) != 0)
        return NULL;
    return (const char *)tag + prefix;
}

static bool
tag_agrees(const char *tag, const struct ch_yaml_plain *plain)
{
    switch (plain->type) {
    case CHANDRA_NULL:
        return ch_streq(tag, "null");
    case CHANDRA_BOOL:
        return ch_streq(tag, "bool");
    case CHANDRA_NUMBER:
        return ch_streq(tag, "float") || (ch_streq(tag, "int") && !strpbrk(plain->number, ".eE"));
    default:
        return false;
    }
}

/* What a scalar means, by its tag, its quotes and its text. */
static enum chandra_status
resolve(struct loader *l, const yaml_event_t *event, struct ch_yaml_plain *out)
{
    const char *text = (const char *)event->data.scalar.value;
    const char *tag = short_tag(event->data.scalar.tag);

    if (!tag)
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE, "tag %s is not supported",
                    (const char *)event->data.scalar.tag);
    *out = (struct ch_yaml_plain){.type = CHANDRA_STRING};
    if (ch_streq(tag, "str") || ch_streq(tag, "!") || (!*tag && !event->data.scalar.plain_implicit))
        return CHANDRA_OK;
    ch_yaml_resolve(text, out);
    if (out->problem)
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE, "%s: %s", text, out->problem);
    if (*tag && !tag_agrees(tag, out))
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE, "\"%s\" is no !!%s", text, tag);
    return CHANDRA_OK;
}

static enum chandra_status
check_text(struct loader *l, const yaml_event_t *event)
{
    if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE, "a string must not contain a NUL");
    return CHANDRA_OK;
}

static enum chandra_status
take_key(struct loader *l, struct frame *frame, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    struct ch_yaml_plain plain = {.type = CHANDRA_STRING};
    enum chandra_status st = resolve(l, event, &plain);

    if (st != CHANDRA_OK)
        return st;
    if (plain.type != CHANDRA_STRING)
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE,
                    "a key must be a string, got a %s; to use it, quote it: \"%s\"",
                    chandra_type_name(plain.type), text);
    frame->key = ch_arena_strdup(&l->doc->arena, text);
    frame->key_mark = event->start_mark;
    frame->is_merge = event->data.scalar.plain_implicit && strcmp(text, "<<") == 0;
    return frame->key ? CHANDRA_OK : no_memory(l);
}

static enum chandra_status
set_anchor(struct loader *l, const yaml_char_t *anchor, struct chandra_value *value)
{
    if (anchor && !ch_map_set(&l->anchors, (const char *)anchor, value))
        return no_memory(l);
    return CHANDRA_OK;
}

static enum chandra_status
on_scalar(struct loader *l, const yaml_event_t *event)
{
    struct frame *frame = l->depth ? &l->frames[l->depth - 1] : NULL;
    struct chandra_value *value = NULL;
    struct ch_yaml_plain plain = {.type = CHANDRA_STRING};
    enum chandra_status st = check_text(l, event);

    if (st != CHANDRA_OK)
        return st;
    if (frame && frame->value->type == CHANDRA_OBJECT && !frame->key)
        return take_key(l, frame, event);
    st = resolve(l, event, &plain);
    if (st == CHANDRA_OK)
        st = new_value(l, plain.type, &event->start_mark, &value);
    if (st != CHANDRA_OK)
        return st;
    value->flag = plain.flag;
    if (plain.type == CHANDRA_NUMBER)
        value->text = ch_arena_strdup(&l->doc->arena, plain.number);
    else if (plain.type == CHANDRA_STRING)
        value->text = ch_arena_strdup(&l->doc->arena, (const char *)event->data.scalar.value);
    if (!value->text && plain.type != CHANDRA_NULL && plain.type != CHANDRA_BOOL)
        return no_memory(l);
    st = set_anchor(l, event->data.scalar.anchor, value);
    return st == CHANDRA_OK ? put(l, value, &event->start_mark) : st;
}

/* --- aliases --- */

static enum chandra_status copy(struct loader *l, const struct chandra_value *from, size_t depth,
                                const yaml_mark_t *mark, struct chandra_value **out_value);

static enum chandra_status
copy_children(struct loader *l, const struct chandra_value *from, size_t depth,
              const yaml_mark_t *mark, struct chandra_value *to)
{
    for (size_t i = 0; i < from->count; i++) {
        struct chandra_value *child = NULL;
        enum chandra_status st = copy(l, from->items[i], depth, mark, &child);

        if (st != CHANDRA_OK)
            return st;
        if (from->type == CHANDRA_ARRAY ? !chandra_value_append(to, child)
                                        : ch_object_add(to, from->keys[i], child) != CHANDRA_OK)
            return no_memory(l);
    }
    return CHANDRA_OK;
}

/* A copy within the document shares the texts. `depth` is that of the copy; `mark` is the alias. */
static enum chandra_status
copy(struct loader *l, const struct chandra_value *from, size_t depth, const yaml_mark_t *mark,
     struct chandra_value **out_value)
{
    const bool is_scalar = from->type != CHANDRA_ARRAY && from->type != CHANDRA_OBJECT;
    struct chandra_value *to = NULL;
    enum chandra_status st;

    if (!is_scalar && depth >= l->limits.max_depth)
        return FAIL(l, mark, CHANDRA_ELIMIT, "arrays and objects are nested too deep");
    st = new_value(l, from->type, mark, &to);
    if (st != CHANDRA_OK)
        return st;
    to->line = from->line;
    to->column = from->column;
    to->flag = from->flag;
    to->text = from->text;
    if (!is_scalar)
        st = ch_value_reserve(to, from->count) ? copy_children(l, from, depth + 1, mark, to)
                                               : no_memory(l);
    if (st == CHANDRA_OK)
        *out_value = to;
    return st;
}

static bool
is_open(const struct loader *l, const struct chandra_value *value)
{
    for (size_t i = 0; i < l->depth; i++)
        if (l->frames[i].value == value)
            return true;
    return false;
}

static enum chandra_status
on_alias(struct loader *l, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct chandra_value *value = ch_map_get(&l->anchors, name);
    struct chandra_value *expanded = NULL;
    enum chandra_status st;

    if (!value)
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE, "alias *%s has no anchor", name);
    if (is_open(l, value))
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE, "alias *%s contains itself", name);
    if (l->alias_count++ == l->limits.max_aliases)
        return FAIL(l, &event->start_mark, CHANDRA_ELIMIT, "too many aliases");
    st = copy(l, value, l->depth, &event->start_mark, &expanded);
    return st == CHANDRA_OK ? put(l, expanded, &event->start_mark) : st;
}

/* --- arrays and objects --- */

static enum chandra_status
on_start(struct loader *l, enum chandra_type type, const yaml_event_t *event)
{
    const bool is_array = type == CHANDRA_ARRAY;
    const yaml_char_t *anchor =
        is_array ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
    const yaml_char_t *tag =
        is_array ? event->data.sequence_start.tag : event->data.mapping_start.tag;
    const char *name = short_tag(tag);
    struct chandra_value *value = NULL;
    enum chandra_status st = CHANDRA_OK;

    if (!name || (*name && !ch_streq(name, "!") && !ch_streq(name, is_array ? "seq" : "map")))
        return FAIL(l, &event->start_mark, CHANDRA_EPARSE, "tag %s is not supported here",
                    (const char *)tag);
    if (l->depth == l->limits.max_depth)
        return FAIL(l, &event->start_mark, CHANDRA_ELIMIT,
                    "arrays and objects are nested too deep");
    st = new_value(l, type, &event->start_mark, &value);
    if (st == CHANDRA_OK)
        st = set_anchor(l, anchor, value);
    if (st == CHANDRA_OK)
        st = put(l, value, &event->start_mark);
    if (st != CHANDRA_OK)
        return st;
    if (!ch_grow(&l->frames, &l->frame_capacity, l->depth + 1, sizeof(*l->frames)))
        return no_memory(l);
    l->frames[l->depth++] = (struct frame){.value = value};
    return CHANDRA_OK;
}

/* Add the members of `source` that the object does not have; the copy is ours, so they just move.
 */
static enum chandra_status
merge_object(struct loader *l, const struct frame *frame, const struct chandra_value *source)
{
    if (source->type != CHANDRA_OBJECT)
        return FAIL(l, &frame->key_mark, CHANDRA_EPARSE, "<< wants an object or a list of objects");
    for (size_t i = 0; i < source->count; i++)
        if (ch_object_add(frame->value, source->keys[i], source->items[i]) == CHANDRA_ENOMEM)
            return no_memory(l);
    return CHANDRA_OK;
}

static enum chandra_status
on_end(struct loader *l)
{
    const struct frame *frame = &l->frames[--l->depth];
    const struct chandra_value *merge = frame->merge;
    enum chandra_status st = CHANDRA_OK;

    if (!merge)
        return CHANDRA_OK;
    if (merge->type != CHANDRA_ARRAY)
        return merge_object(l, frame, merge);
    for (size_t i = 0; st == CHANDRA_OK && i < merge->count; i++)
        st = merge_object(l, frame, merge->items[i]);
    return st;
}

/* --- the stream --- */

static enum chandra_status
on_event(struct loader *l, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        ch_map_clear(&l->anchors);
        return CHANDRA_OK;
    case YAML_ALIAS_EVENT:
        return on_alias(l, event);
    case YAML_SCALAR_EVENT:
        return on_scalar(l, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(l, CHANDRA_ARRAY, event);
    case YAML_MAPPING_START_EVENT:
        return on_start(l, CHANDRA_OBJECT, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(l);
    default:
        return CHANDRA_OK;
    }
}

/* Whether line `line` (from 0) has a tab in its indentation. */
static bool
is_indented_by_tab(const struct loader *l, size_t line)
{
    const char *at = l->text;
    const char *end = l->text + l->len;

    for (; line && at; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && *at == ' ')
        at++;
    return at && at < end && *at == '\t';
}

/* Where a byte of the text is; libyaml reports unreadable bytes by offset only. */
static yaml_mark_t
mark_of(const struct loader *l, size_t offset)
{
    yaml_mark_t mark = {0};

    for (size_t i = 0; i < offset && i < l->len; i++) {
        if (l->text[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)l->text[i] & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static enum chandra_status
syntax_error(struct loader *l)
{
    const yaml_parser_t *parser = &l->parser;
    const char *context = parser->context;
    yaml_mark_t mark = parser->problem_mark;

    if (parser->error == YAML_MEMORY_ERROR)
        return no_memory(l);
    if (parser->error == YAML_READER_ERROR) {
        mark = mark_of(l, parser->problem_offset);
        return FAIL(l, &mark, CHANDRA_EPARSE, "%s", parser->problem);
    }
    if (is_indented_by_tab(l, mark.line))
        return FAIL(l, &mark, CHANDRA_EPARSE, "a tab cannot indent; use spaces");
    return FAIL(l, &mark, CHANDRA_EPARSE, "%s%s%s", parser->problem, context ? " " : "",
                context ? context : "");
}

static enum chandra_status
load(struct loader *l)
{
    enum chandra_status st = CHANDRA_OK;
    bool is_end = false;

    while (st == CHANDRA_OK && !is_end) {
        yaml_event_t event;

        if (!yaml_parser_parse(&l->parser, &event))
            return syntax_error(l);
        is_end = event.type == YAML_STREAM_END_EVENT;
        st = on_event(l, &event);
        yaml_event_delete(&event);
    }
    return st;
}

static enum chandra_status
load_text(struct loader *l)
{
    const size_t mark = ch_byte_order_mark(l->text, l->len);
    enum chandra_status st;

    if (l->len > l->limits.max_bytes)
        return ch_place_error(whole_text(l), l->err, CHANDRA_ELIMIT,
                              "the text has more than %zu bytes", l->limits.max_bytes);
    if (!yaml_parser_initialize(&l->parser))
        return no_memory(l);
    yaml_parser_set_encoding(&l->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l->parser, (const unsigned char *)l->text + mark, l->len - mark);
    st = load(l);
    yaml_parser_delete(&l->parser);
    return st;
}

enum chandra_status
chandra_doc_parse_yaml(const char *text, size_t len, const char *name,
                       const struct chandra_doc_limits *limits, struct chandra_doc **out_doc,
                       struct chandra_error *err)
{
    struct loader l = {.limits = ch_doc_limits(limits), .text = text, .len = len, .err = err};
    enum chandra_status st = ch_doc_new_named(name, &l.doc, err);

    if (st != CHANDRA_OK)
        return st;
    st = load_text(&l);
    ch_free(l.frames);
    ch_map_clear(&l.anchors);
    if (st == CHANDRA_OK)
        *out_doc = l.doc;
    else
        chandra_doc_free(l.doc);
    return st;
}
