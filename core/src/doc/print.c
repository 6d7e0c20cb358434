/* print.c - values as JSON text. */
#include "base/text.h"
#include "doc/value.h"

#include <string.h>

static bool
is_plain(char c)
{
    return (unsigned char)c >= ' ' && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

static void
put_ascii_escape(struct ch_buf *buf, char c)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, its letter */

    for (size_t i = 0; i + 1 < sizeof(letters); i += 2)
        if (letters[i] == c) {
            const char escape[] = {'\\', letters[i + 1]};

            ch_buf_put(buf, escape, sizeof(escape));
            return;
        }
    ch_buf_printf(buf, "\\u%04x", (unsigned)c);
}

/* Append a character that is not plain ASCII. Returns how many bytes of `text` it took. */
static size_t
put_special(struct ch_buf *buf, const char *text)
{
    uint32_t point;
    size_t size;

    if ((unsigned char)*text < 0x80) {
        put_ascii_escape(buf, *text);
        return 1;
    }
    size = ch_utf8_next(text, 4, &point); /* a NUL ends a character, so it reads not beyond it */
    if (size == 0)
        ch_buf_puts(buf, "\xef\xbf\xbd");
    else
        ch_buf_put(buf, text, size);
    return size ? size : 1;
}

void
ch_json_put_string(struct ch_buf *buf, const char *text)
{
    ch_buf_putc(buf, '"');
    while (*text) {
        size_t plain = 0;

        while (is_plain(text[plain]))
            plain++;
        ch_buf_put(buf, text, plain);
        text += plain;
        if (*text)
            text += put_special(buf, text);
    }
    ch_buf_putc(buf, '"');
}

/* Where a value is printed: how deep, and whether on lines of its own. */
struct layout {
    bool is_pretty;
    size_t depth;
};

static void put_value(struct ch_buf *buf, const struct chandra_value *value, struct layout layout);

static void
put_line_break(struct ch_buf *buf, struct layout layout)
{
    if (!layout.is_pretty)
        return;
    ch_buf_putc(buf, '\n');
    for (size_t i = 0; i < layout.depth; i++)
        ch_buf_puts(buf, "  ");
}

static void
put_children(struct ch_buf *buf, const struct chandra_value *value, struct layout layout)
{
    const struct layout inner = {layout.is_pretty, layout.depth + 1};

    for (size_t i = 0; i < value->count; i++) {
        if (i)
            ch_buf_putc(buf, ',');
        put_line_break(buf, inner);
        if (value->type == CHANDRA_OBJECT) {
            ch_json_put_string(buf, value->keys[i]);
            ch_buf_puts(buf, layout.is_pretty ? ": " : ":");
        }
        put_value(buf, value->items[i], inner);
    }
    if (value->count)
        put_line_break(buf, layout);
}

static void
put_container(struct ch_buf *buf, const struct chandra_value *value, struct layout layout)
{
    if (layout.depth >= CH_DEEPEST) {
        buf->failed = true;
        return;
    }
    ch_buf_putc(buf, value->type == CHANDRA_OBJECT ? '{' : '[');
    put_children(buf, value, layout);
    ch_buf_putc(buf, value->type == CHANDRA_OBJECT ? '}' : ']');
}

static void
put_value(struct ch_buf *buf, const struct chandra_value *value, struct layout layout)
{
    switch (chandra_value_type(value)) {
    case CHANDRA_NULL:
        ch_buf_puts(buf, "null");
        break;
    case CHANDRA_BOOL:
        ch_buf_puts(buf, value->flag ? "true" : "false");
        break;
    case CHANDRA_NUMBER:
        ch_buf_puts(buf, value->text);
        break;
    case CHANDRA_STRING:
        ch_json_put_string(buf, value->text);
        break;
    case CHANDRA_ARRAY:
    case CHANDRA_OBJECT:
        put_container(buf, value, layout);
        break;
    }
}

void
ch_json_put_value(struct ch_buf *buf, const struct chandra_value *value)
{
    put_value(buf, value, (struct layout){.is_pretty = false});
}

static bool
is_too_deep(const struct chandra_value *value, size_t depth)
{
    const enum chandra_type type = chandra_value_type(value);

    if (type != CHANDRA_ARRAY && type != CHANDRA_OBJECT)
        return false;
    if (depth >= CH_DEEPEST)
        return true;
    for (size_t i = 0; i < value->count; i++)
        if (is_too_deep(value->items[i], depth + 1))
            return true;
    return false;
}

enum chandra_status
chandra_value_print(const struct chandra_value *value, enum chandra_print how, char **out_text,
                    size_t *out_len, struct chandra_error *err)
{
    struct ch_buf buf = {0};
    size_t len;
    char *text;

    if (how == CHANDRA_PRINT_YAML)
        ch_yaml_put_value(&buf, value);
    else
        put_value(&buf, value, (struct layout){.is_pretty = how == CHANDRA_PRINT_PRETTY});
    if (how == CHANDRA_PRINT_PRETTY)
        ch_buf_putc(&buf, '\n');
    len = buf.len;
    text = ch_buf_take(&buf);
    if (!text && is_too_deep(value, 0))
        return ch_value_error(value, err, CHANDRA_ELIMIT, "nested too deep to be printed");
    if (!text)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory for printing");
    *out_text = text;
    if (out_len)
        *out_len = len;
    return CHANDRA_OK;
}
