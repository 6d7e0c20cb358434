/* buf.c - text that grows. */
#include "base/buf.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Room for `extra` more bytes and the NUL. */
static bool
reserve(struct ch_buf *buf, size_t extra)
{
    if (buf->failed)
        return false;
    if (extra >= SIZE_MAX - buf->len ||
        !ch_grow(&buf->text, &buf->capacity, buf->len + extra + 1, 1))
        buf->failed = true;
    return !buf->failed;
}

void
ch_buf_put(struct ch_buf *buf, const char *text, size_t len)
{
    if (!reserve(buf, len))
        return;
    if (len)
        memcpy(buf->text + buf->len, text, len);
    buf->len += len;
    buf->text[buf->len] = '\0';
}

void
ch_buf_puts(struct ch_buf *buf, const char *text)
{
    ch_buf_put(buf, text, strlen(text));
}

void
ch_buf_putc(struct ch_buf *buf, char c)
{
    ch_buf_put(buf, &c, 1);
}

void
ch_buf_printf(struct ch_buf *buf, const char *fmt, ...)
{
    va_list args;
    va_list again;
    int len;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0) {
        buf->failed = true;
    } else if (reserve(buf, (size_t)len)) {
        vsnprintf(buf->text + buf->len, (size_t)len + 1, fmt, again);
        buf->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

bool
ch_buf_ok(const struct ch_buf *buf)
{
    return !buf->failed;
}

char *
ch_buf_take(struct ch_buf *buf)
{
    char *text = NULL;

    ch_buf_put(buf, "", 0); /* even an empty text is one */
    if (ch_buf_ok(buf)) {
        text = buf->text;
        buf->text = NULL;
    }
    ch_buf_clear(buf);
    return text;
}

void
ch_buf_reset(struct ch_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->text)
        buf->text[0] = '\0';
}

void
ch_buf_clear(struct ch_buf *buf)
{
    ch_free(buf->text);
    *buf = (struct ch_buf){0};
}
