/* reader.c - a record's text as a sequence of steps, whatever its format. */
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <string.h>

static bool
is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r", text[i]) || text[i] == '\0')
            return false;
    return true;
}

/* A line is parsed by itself, as if it were the first. */
static void
shift_lines(struct chandra_value *value, unsigned by)
{
    value->line += by;
    for (size_t i = 0; i < value->count; i++)
        shift_lines(value->items[i], by);
}

/* Parse a broken line again behind blanks, so that the error names the place in the file. */
static enum chandra_status
parse_in_place(const struct ch_record_reader *reader, const char *line, size_t len,
               struct chandra_error *err)
{
    const size_t before = (size_t)(line - reader->text);
    struct chandra_doc *doc = NULL;
    struct ch_buf buf = {0};
    enum chandra_status st;

    for (size_t i = 0; i < before; i++)
        ch_buf_putc(&buf, reader->text[i] == '\n' ? '\n' : ' ');
    ch_buf_put(&buf, line, len);
    if (!ch_buf_ok(&buf)) {
        ch_buf_clear(&buf);
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s:%u: out of memory", reader->name,
                                 reader->line);
    }
    st = chandra_doc_parse_json(buf.text, buf.len, reader->name, NULL, &doc, err);
    chandra_doc_free(doc);
    ch_buf_clear(&buf);
    return st;
}

static enum chandra_status
parse_line(struct ch_record_reader *reader, const char *line, size_t len, struct chandra_error *err)
{
    enum chandra_status st;

    chandra_doc_free(reader->doc);
    reader->doc = NULL;
    st = chandra_doc_parse_json(line, len, reader->name, NULL, &reader->doc, err);
    if (st == CHANDRA_EPARSE && reader->line > 1)
        return parse_in_place(reader, line, len, err);
    if (st == CHANDRA_OK && reader->line > 1)
        shift_lines(reader->doc->roots[0], reader->line - 1);
    return st;
}

static enum chandra_status
next_line(struct ch_record_reader *reader, const struct chandra_value **out_step,
          struct chandra_error *err)
{
    while (reader->at < reader->len) {
        const char *line = reader->text + reader->at;
        const char *end = memchr(line, '\n', reader->len - reader->at);
        const size_t len = end ? (size_t)(end - line) : reader->len - reader->at;
        enum chandra_status st;

        reader->at += len + (end ? 1 : 0);
        reader->line++;
        if (is_blank(line, len))
            continue;
        st = parse_line(reader, line, len, err);
        if (st == CHANDRA_OK)
            *out_step = chandra_doc_root(reader->doc, 0);
        return st;
    }
    *out_step = NULL;
    return CHANDRA_OK;
}

static void
next_document(struct ch_record_reader *reader, const struct chandra_value **out_step)
{
    const struct chandra_value *step;

    do
        step = chandra_doc_root(reader->doc, reader->at++);
    while (step && chandra_value_type(step) == CHANDRA_NULL); /* "---" twice, or comments only */
    *out_step = step;
}

enum chandra_status
ch_record_reader_next(struct ch_record_reader *reader, const struct chandra_value **out_step,
                      struct chandra_error *err)
{
    const struct chandra_value *step = NULL;

    if (reader->is_yaml) {
        next_document(reader, &step);
    } else {
        const enum chandra_status st = next_line(reader, &step, err);

        if (st != CHANDRA_OK)
            return st;
    }
    if (!step && reader->broken.status != CHANDRA_OK)
        return chandra_error_set(err, reader->broken.status, "%s", reader->broken.message);
    *out_step = step;
    return CHANDRA_OK;
}

/* Text that a damaged stream begins with is still worth replaying, but not half a step. */
static void
keep_whole_lines(struct ch_record_reader *reader)
{
    size_t len = reader->unpacked.len;

    while (len > 0 && reader->text[len - 1] != '\n')
        len--;
    reader->len = reader->is_yaml ? 0 : len;
}

static enum chandra_status
unpack(struct ch_record_reader *reader, const char *text, size_t len, struct chandra_error *err)
{
    const enum chandra_status st = ch_gunzip(text, len, reader->name, &reader->unpacked, err);

    if (st == CHANDRA_OK && !reader->unpacked.text)
        ch_buf_puts(&reader->unpacked, "");
    reader->text = reader->unpacked.text ? reader->unpacked.text : "";
    reader->len = reader->unpacked.len;
    if (st != CHANDRA_EPARSE)
        return st;
    keep_whole_lines(reader);
    if (err)
        reader->broken = *err;
    else
        chandra_error_set(&reader->broken, st, "%s: the gzip stream is damaged", reader->name);
    return CHANDRA_OK;
}

enum chandra_status
ch_record_reader_open(struct ch_record_reader *reader, const char *text, size_t len,
                      const char *name, struct chandra_error *err)
{
    const struct ch_record_format format = ch_record_format(name);
    enum chandra_status st = CHANDRA_OK;

    *reader = (struct ch_record_reader){
        .name = name, .is_yaml = format.is_yaml, .text = text, .len = len};
    reader->broken.status = CHANDRA_OK;
    if (format.is_gzip)
        st = unpack(reader, text, len, err);
    if (st == CHANDRA_OK && format.is_yaml)
        st = chandra_doc_parse_yaml(reader->text, reader->len, name, NULL, &reader->doc, err);
    if (st != CHANDRA_OK)
        ch_record_reader_clear(reader);
    return st;
}

void
ch_record_reader_clear(struct ch_record_reader *reader)
{
    chandra_doc_free(reader->doc);
    ch_buf_clear(&reader->unpacked);
    *reader = (struct ch_record_reader){0};
}
