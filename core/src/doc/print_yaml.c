/* print_yaml.c - values as YAML in block style, such as kubectl prints. */
#include "base/text.h"
#include "doc/value.h"
#include "doc/yaml_plain.h"

#include <string.h>

/* Readers take a key on one line only up to 1024 characters; quoting makes six of one byte at most.
 */
enum { LONGEST_PLAIN_KEY = 1000, LONGEST_QUOTED_KEY = LONGEST_PLAIN_KEY / 6 };

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters, digits and what is harmless anywhere behind the first character. */
static bool
is_harmless(const char *at)
{
    if (is_letter(*at) || (*at >= '0' && *at <= '9') || strchr("_-./@+", *at))
        return true;
    /* ": " would begin a value; spaces at the end would be lost. */
    return (*at == ':' || *at == ' ') && at[1] && at[1] != ' ' && at[1] != ':';
}

/* Whether every reader of YAML takes the text as this string when it is not quoted; rather too
 * careful than not. */
static bool
is_safe_plain(const char *text)
{
    struct ch_yaml_plain plain;

    if (!is_letter(*text) && *text != '/' && *text != '_')
        return false;
    for (const char *at = text; *at; at++)
        if (!is_harmless(at))
            return false;
    ch_yaml_resolve(text, &plain);
    return plain.type == CHANDRA_STRING && (text[1] || !strchr("yYnN", *text));
}

/* Characters that JSON prints as they are, but YAML does not allow in a text or takes as a line
 * end. */
static bool
needs_escape(uint32_t point)
{
    return (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029 ||
           point == 0xfeff || point == 0xfffe || point == 0xffff;
}

/* A JSON string is a double-quoted YAML scalar, but for a few characters. */
static void
put_quoted(struct ch_buf *buf, const char *text)
{
    struct ch_buf json = {0};
    size_t size;

    ch_json_put_string(&json, text);
    for (size_t i = 0; ch_buf_ok(&json) && i < json.len; i += size) {
        uint32_t point = 0;

        size = ch_utf8_next(json.text + i, json.len - i, &point);
        if (needs_escape(point))
            ch_buf_printf(buf, "\\u%04x", (unsigned)point);
        else
            ch_buf_put(buf, json.text + i, size);
    }
    buf->failed = buf->failed || json.failed;
    ch_buf_clear(&json);
}

static void
put_string(struct ch_buf *buf, const char *text)
{
    if (is_safe_plain(text))
        ch_buf_puts(buf, text);
    else
        put_quoted(buf, text);
}

/* Where a block is printed. */
struct place {
    size_t indent; /* in spaces */
    size_t depth;
    bool is_inline; /* the first line goes on behind "- " */
};

static void put_block(struct ch_buf *buf, const struct chandra_value *value, struct place place);

static void
put_indent(struct ch_buf *buf, const struct place *place, size_t child)
{
    if (child == 0 && place->is_inline)
        return;
    for (size_t i = 0; i < place->indent; i++)
        ch_buf_putc(buf, ' ');
}

/* Print what fits behind a key or a dash on the same line; false if the value is a block. */
static bool
put_flow(struct ch_buf *buf, const struct chandra_value *value)
{
    if (chandra_value_type(value) == CHANDRA_STRING)
        put_string(buf, value->text);
    else if (chandra_value_count(value) == 0)
        ch_json_put_value(buf, value);
    else
        return false;
    return true;
}

static void
put_key(struct ch_buf *buf, const char *key, const struct place *place)
{
    if (strlen(key) <= (is_safe_plain(key) ? LONGEST_PLAIN_KEY : LONGEST_QUOTED_KEY)) {
        put_string(buf, key);
    } else {
        ch_buf_puts(buf, "? ");
        put_string(buf, key);
        ch_buf_putc(buf, '\n');
        put_indent(buf, place, 1);
    }
    ch_buf_putc(buf, ':');
}

static void
put_member(struct ch_buf *buf, const char *key, const struct chandra_value *member,
           const struct place *place)
{
    const bool is_object = chandra_value_type(member) == CHANDRA_OBJECT;
    const struct place inner = {place->indent + (is_object ? 2 : 0), place->depth + 1, false};

    put_key(buf, key, place);
    if (chandra_value_count(member)) {
        ch_buf_putc(buf, '\n');
        put_block(buf, member, inner);
        return;
    }
    ch_buf_putc(buf, ' ');
    put_flow(buf, member);
    ch_buf_putc(buf, '\n');
}

static void
put_element(struct ch_buf *buf, const struct chandra_value *element, const struct place *place)
{
    const struct place inner = {place->indent + 2, place->depth + 1, true};

    ch_buf_puts(buf, "- ");
    if (put_flow(buf, element))
        ch_buf_putc(buf, '\n');
    else
        put_block(buf, element, inner);
}

/* An array or object that is not empty. */
static void
put_block(struct ch_buf *buf, const struct chandra_value *value, struct place place)
{
    if (place.depth >= CH_DEEPEST) {
        buf->failed = true;
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        put_indent(buf, &place, i);
        if (value->type == CHANDRA_OBJECT)
            put_member(buf, value->keys[i], value->items[i], &place);
        else
            put_element(buf, value->items[i], &place);
    }
}

void
ch_yaml_put_value(struct ch_buf *buf, const struct chandra_value *value)
{
    if (put_flow(buf, value))
        ch_buf_putc(buf, '\n');
    else
        put_block(buf, value, (struct place){0});
}
