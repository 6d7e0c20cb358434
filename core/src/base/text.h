/* text.h - small questions about strings and names. */
#ifndef CH_BASE_TEXT_H
#define CH_BASE_TEXT_H

#include <chandra/export.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ch_streq(const char *a, const char *b); /* NULL equals only NULL */
bool ch_is_empty(const char *text);          /* NULL or "" */
/* Kubernetes' rules for names: RFC 1123 subdomain, label, qualified label key, label value. */
bool ch_is_dns_subdomain(const char *text);
bool ch_is_dns_label(const char *text);
bool ch_is_label_key(const char *text);
bool ch_is_label_value(const char *text);
/* Base-10 int64 as Go's strconv.ParseInt reads it: optional sign, digits, nothing else. */
bool ch_parse_int64(const char *text, int64_t *out_number);
/* The string of `choices` (count of them) that is nearest to `word`, or NULL if none is near: for
 * "did you mean". */
const char *ch_nearest(const char *word, const char *const *choices, size_t count);
/* Bytes of the UTF-8 character that text[len] begins with and its code point; 0 if there is none.
 */
size_t ch_utf8_next(const char *text, size_t len, uint32_t *out_point);
/* Bytes of the UTF-8 byte order mark that text[len] begins with, as Windows' editors write it: 0
 * or 3.
 */
size_t ch_byte_order_mark(const char *text, size_t len);
/* Format one line into text[size]: control characters become spaces, a text that is too long is cut
 * where a UTF-8 character begins. */
void ch_format_line(char *text, size_t size, const char *fmt, va_list args) CHANDRA_PRINTF(3, 0);

#endif
