/* gzip.c - pack and unpack gzipped records, and notice when one is cut short or damaged. */
#include "base/alloc.h"
#include "record/record.h"

#include <limits.h>
#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

enum {
    MAX_UNPACKED = 256 * 1024 * 1024, /* against files that unpack to more than any record has */
    GZIP_ONLY = 16 + MAX_WBITS,       /* zlib: with gzip's header and trailer */
    MEMORY_LEVEL = 8,                 /* zlib's own default */
};

static void *
zlib_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return ch_calloc(count, size);
}

static void
zlib_free(void *opaque, void *memory)
{
    (void)opaque;
    ch_free(memory);
}

static enum chandra_status
no_memory(const char *name, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", name);
}

/* What zlib's answer means while there is more to come; Z_STREAM_END is handled by the caller. */
static enum chandra_status
check(int answer, const z_stream *stream, const char *name, struct chandra_error *err)
{
    if (answer == Z_OK || answer == Z_STREAM_END)
        return CHANDRA_OK;
    if (answer == Z_MEM_ERROR)
        return no_memory(name, err);
    if (answer == Z_BUF_ERROR)
        return chandra_error_set(err, CHANDRA_EPARSE, "%s: the gzip stream is cut short", name);
    return chandra_error_set(
        err, CHANDRA_EPARSE, "%s: the gzip stream is corrupt near byte %lu%s%s", name,
        stream->total_in, stream->msg ? ": " : "", stream->msg ? stream->msg : "");
}

/* Unpack one member; stream->next_in is left behind it. */
static enum chandra_status
unpack_member(z_stream *stream, const char *name, struct ch_buf *out, struct chandra_error *err)
{
    char chunk[16 * 1024];
    enum chandra_status st = CHANDRA_OK;
    int answer = Z_OK;

    while (st == CHANDRA_OK && answer != Z_STREAM_END) {
        stream->next_out = (Bytef *)chunk;
        stream->avail_out = sizeof(chunk);
        answer = inflate(stream, Z_NO_FLUSH);
        ch_buf_put(out, chunk, sizeof(chunk) - stream->avail_out);
        st = check(answer, stream, name, err);
        if (st == CHANDRA_OK && !ch_buf_ok(out))
            st = no_memory(name, err);
        else if (st == CHANDRA_OK && out->len > MAX_UNPACKED)
            st = chandra_error_set(err, CHANDRA_ELIMIT, "%s: unpacks to more than %d MiB", name,
                                   MAX_UNPACKED / (1024 * 1024));
    }
    return st;
}

enum chandra_status
ch_gunzip(const char *data, size_t len, const char *name, struct ch_buf *out,
          struct chandra_error *err)
{
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free};
    enum chandra_status st = CHANDRA_OK;

    if (len > UINT_MAX)
        return chandra_error_set(err, CHANDRA_ELIMIT, "%s: larger than %u bytes", name, UINT_MAX);
    stream.next_in = (const Bytef *)data;
    stream.avail_in = (unsigned)len;
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK)
        return no_memory(name, err);
    do {
        st = unpack_member(&stream, name, out, err);
    } while (st == CHANDRA_OK && stream.avail_in > 0 && inflateReset(&stream) == Z_OK);
    inflateEnd(&stream);
    return st;
}

/* Packing. */

struct ch_gzip {
    z_stream stream;
};

struct ch_gzip *
ch_gzip_new(void)
{
    struct ch_gzip *gzip = ch_calloc(1, sizeof(*gzip));

    if (!gzip)
        return NULL;
    gzip->stream.zalloc = zlib_alloc;
    gzip->stream.zfree = zlib_free;
    if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_ONLY, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) == Z_OK)
        return gzip;
    ch_free(gzip);
    return NULL;
}

void
ch_gzip_put(struct ch_gzip *gzip, const char *text, size_t len, bool is_last, struct ch_buf *out)
{
    char chunk[16 * 1024];

    gzip->stream.next_in = (const Bytef *)text;
    gzip->stream.avail_in = (unsigned)len;
    do {
        gzip->stream.next_out = (Bytef *)chunk;
        gzip->stream.avail_out = sizeof(chunk);
        /* Cannot fail: the stream is sound, and its memory is there. */
        deflate(&gzip->stream, is_last ? Z_FINISH : Z_SYNC_FLUSH);
        ch_buf_put(out, chunk, sizeof(chunk) - gzip->stream.avail_out);
    } while (gzip->stream.avail_out == 0);
}

void
ch_gzip_free(struct ch_gzip *gzip)
{
    if (!gzip)
        return;
    deflateEnd(&gzip->stream);
    ch_free(gzip);
}
