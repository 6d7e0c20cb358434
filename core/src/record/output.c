/* output.c - write steps to a file that is complete after each of them. */
#include "base/alloc.h"
#include "record/record.h"
#include "record/zlib_alloc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    GZIP_HEADER = 16 + MAX_WBITS, /* zlib: write a gzip header and trailer */
    MEMORY_LEVEL = 8,             /* zlib's own default */
};

struct ch_output {
    char *path;
    FILE *file;
    struct ch_record_format format;
    bool has_stream;
    z_stream stream;
};

static enum chandra_status
write_failed(const struct ch_output *output, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_EIO, "%s: %s", output->path, strerror(errno));
}

static enum chandra_status
open_stream(struct ch_output *output, struct chandra_error *err)
{
    output->stream.zalloc = ch_zlib_alloc;
    output->stream.zfree = ch_zlib_free;
    if (deflateInit2(&output->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_HEADER, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return ch_record_no_memory(err);
    output->has_stream = true;
    return CHANDRA_OK;
}

enum chandra_status
ch_output_open(const char *path, struct ch_output **out_output, struct chandra_error *err)
{
    struct ch_output *output = ch_calloc(1, sizeof(*output));
    enum chandra_status st = CHANDRA_OK;

    if (!output || !(output->path = ch_strdup(path))) {
        ch_free(output);
        return ch_record_no_memory(err);
    }
    output->format = ch_record_format(path);
    output->file = fopen(path, "wb");
    if (!output->file)
        st = write_failed(output, err);
    if (st == CHANDRA_OK && output->format.is_gzip)
        st = open_stream(output, err);
    if (st == CHANDRA_OK) {
        *out_output = output;
        return CHANDRA_OK;
    }
    ch_output_close(output, NULL);
    return st;
}

static enum chandra_status
write_packed(struct ch_output *output, const char *text, size_t len, int flush,
             struct chandra_error *err)
{
    char chunk[16 * 1024];

    output->stream.next_in = (const Bytef *)text;
    output->stream.avail_in = (unsigned)len;
    do {
        size_t packed;

        output->stream.next_out = (Bytef *)chunk;
        output->stream.avail_out = sizeof(chunk);
        deflate(&output->stream, flush); /* cannot fail: the stream is sound, the memory is there */
        packed = sizeof(chunk) - output->stream.avail_out;
        if (fwrite(chunk, 1, packed, output->file) != packed)
            return write_failed(output, err);
    } while (output->stream.avail_out == 0);
    return CHANDRA_OK;
}

static enum chandra_status
write_text(struct ch_output *output, const struct ch_buf *text, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    if (output->has_stream)
        st = write_packed(output, text->text, text->len, Z_SYNC_FLUSH, err);
    else if (fwrite(text->text, 1, text->len, output->file) != text->len)
        st = write_failed(output, err);
    if (st == CHANDRA_OK && fflush(output->file) != 0)
        st = write_failed(output, err);
    return st;
}

enum chandra_status
ch_output_put(struct ch_output *output, const struct chandra_value *step, struct chandra_error *err)
{
    const bool is_yaml = output->format.is_yaml;
    struct ch_buf text = {0};
    char *printed = NULL;
    size_t len = 0;
    enum chandra_status st = chandra_value_print(
        step, is_yaml ? CHANDRA_PRINT_YAML : CHANDRA_PRINT_COMPACT, &printed, &len, err);

    if (st != CHANDRA_OK)
        return st;
    if (is_yaml && strncmp(printed, "---\n", 4) != 0)
        ch_buf_puts(&text, "---\n");
    ch_buf_put(&text, printed, len);
    if (len == 0 || printed[len - 1] != '\n')
        ch_buf_putc(&text, '\n');
    st = ch_buf_ok(&text) ? write_text(output, &text, err) : ch_record_no_memory(err);
    ch_buf_clear(&text);
    ch_free(printed);
    return st;
}

enum chandra_status
ch_output_close(struct ch_output *output, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    if (!output)
        return CHANDRA_OK;
    if (output->has_stream) {
        st = write_packed(output, "", 0, Z_FINISH, err);
        deflateEnd(&output->stream);
    }
    if (output->file && fclose(output->file) != 0 && st == CHANDRA_OK)
        st = write_failed(output, err);
    ch_free(output->path);
    ch_free(output);
    return st;
}
