/* output.c - write steps to a file that is complete after each of them. */
#include "base/alloc.h"
#include "record/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct ch_output {
    char *path;
    FILE *file;
    bool is_yaml;
    struct ch_gzip *gzip; /* NULL: plain text */
};

static enum chandra_status
write_failed(const struct ch_output *output, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_EIO, "%s: %s", output->path, strerror(errno));
}

enum chandra_status
ch_output_open(const char *path, struct ch_output **out_output, struct chandra_error *err)
{
    const struct ch_record_format format = ch_record_format(path);
    struct ch_output *output = ch_calloc(1, sizeof(*output));
    enum chandra_status st = CHANDRA_OK;

    if (!output || !(output->path = ch_strdup(path))) {
        ch_free(output);
        return ch_record_no_memory(err);
    }
    output->is_yaml = format.is_yaml;
    output->file = fopen(path, "wb");
    if (!output->file)
        st = write_failed(output, err);
    else if (format.is_gzip && !(output->gzip = ch_gzip_new()))
        st = ch_record_no_memory(err);
    if (st == CHANDRA_OK) {
        *out_output = output;
        return CHANDRA_OK;
    }
    ch_output_close(output, NULL);
    return st;
}

static enum chandra_status
write_plain(struct ch_output *output, const struct ch_buf *text, struct chandra_error *err)
{
    if (!ch_buf_ok(text))
        return ch_record_no_memory(err);
    if (fwrite(text->text, 1, text->len, output->file) != text->len || fflush(output->file) != 0)
        return write_failed(output, err);
    return CHANDRA_OK;
}

static enum chandra_status
write_packed(struct ch_output *output, const struct ch_buf *text, bool is_last,
             struct chandra_error *err)
{
    struct ch_buf packed = {0};
    enum chandra_status st;

    ch_gzip_put(output->gzip, text->text, text->len, is_last, &packed);
    st = write_plain(output, &packed, err);
    ch_buf_clear(&packed);
    return st;
}

enum chandra_status
ch_output_put(struct ch_output *output, const struct chandra_value *step, struct chandra_error *err)
{
    struct ch_buf text = {0};
    char *printed = NULL;
    size_t len = 0;
    enum chandra_status st = chandra_value_print(
        step, output->is_yaml ? CHANDRA_PRINT_YAML : CHANDRA_PRINT_COMPACT, &printed, &len, err);

    if (st != CHANDRA_OK)
        return st;
    if (output->is_yaml && strncmp(printed, "---\n", 4) != 0)
        ch_buf_puts(&text, "---\n");
    ch_buf_put(&text, printed, len);
    if (len == 0 || printed[len - 1] != '\n')
        ch_buf_putc(&text, '\n');
    if (output->gzip && ch_buf_ok(&text))
        st = write_packed(output, &text, false, err);
    else
        st = write_plain(output, &text, err);
    ch_buf_clear(&text);
    ch_free(printed);
    return st;
}

enum chandra_status
ch_output_close(struct ch_output *output, struct chandra_error *err)
{
    const struct ch_buf nothing = {0};
    enum chandra_status st = CHANDRA_OK;

    if (!output)
        return CHANDRA_OK;
    if (output->file && output->gzip)
        st = write_packed(output, &nothing, true, err);
    ch_gzip_free(output->gzip);
    if (output->file && fclose(output->file) != 0 && st == CHANDRA_OK)
        st = write_failed(output, err);
    ch_free(output->path);
    ch_free(output);
    return st;
}
