/* buf.h - text that grows. Failures stick: write all of it, then ask ch_buf_ok() once. */
#ifndef CH_BASE_BUF_H
#define CH_BASE_BUF_H

#include <chandra/export.h>
#include <stdbool.h>
#include <stddef.h>

/* Zero-initialized is empty and ready. */
struct ch_buf {
    char *text; /* NUL-terminated once anything was written, else NULL */
    size_t len;
    size_t capacity;
    bool failed;
};

void ch_buf_put(struct ch_buf *buf, const char *text, size_t len);
void ch_buf_puts(struct ch_buf *buf, const char *text);
void ch_buf_putc(struct ch_buf *buf, char c);
void ch_buf_printf(struct ch_buf *buf, const char *fmt, ...) CHANDRA_PRINTF(2, 3);
bool ch_buf_ok(const struct ch_buf *buf);
char *ch_buf_take(struct ch_buf *buf); /* the text, caller frees; NULL if it failed; buf is empty */
void ch_buf_reset(struct ch_buf *buf); /* empty, memory kept */
void ch_buf_clear(struct ch_buf *buf); /* empty, memory freed */

#endif
