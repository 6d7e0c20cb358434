/* text.c - small questions about strings and names. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

bool
ch_streq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool
ch_is_empty(const char *text)
{
    return !text || !*text;
}

static bool
is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_alnum(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

/* [a-z0-9]([-a-z0-9]*[a-z0-9])? */
static bool
is_label(const char *text, size_t len)
{
    if (len == 0 || text[0] == '-' || text[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_lower_alnum(text[i]) && text[i] != '-')
            return false;
    return true;
}

/* Labels joined by dots, 253 bytes at most; a label alone has no limit here, as in Kubernetes. */
static bool
is_subdomain(const char *text, size_t len)
{
    size_t start = 0;

    if (len > 253)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '.') {
            if (!is_label(text + start, i - start))
                return false;
            start = i + 1;
        }
    return is_label(text + start, len - start);
}

/* ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9], 63 bytes at most */
static bool
is_label_name(const char *text)
{
    const size_t len = strlen(text);

    if (len == 0 || len > 63 || !is_alnum(text[0]) || !is_alnum(text[len - 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]) && text[i] != '-' && text[i] != '_' && text[i] != '.')
            return false;
    return true;
}

bool
ch_is_dns_subdomain(const char *text)
{
    return text && is_subdomain(text, strlen(text));
}

bool
ch_is_dns_label(const char *text)
{
    const size_t len = text ? strlen(text) : 0;

    return len <= 63 && is_label(text, len);
}

bool
ch_is_label_key(const char *text)
{
    const char *slash = text ? strchr(text, '/') : NULL;

    if (!slash)
        return text && is_label_name(text);
    return is_subdomain(text, (size_t)(slash - text)) && is_label_name(slash + 1);
}

bool
ch_is_label_value(const char *text)
{
    return text && (!*text || is_label_name(text));
}

bool
ch_parse_int64(const char *text, int64_t *out_number)
{
    const bool is_negative = text && *text == '-';
    const uint64_t limit = (uint64_t)INT64_MAX + is_negative;
    uint64_t number = 0;

    if (text && (*text == '-' || *text == '+'))
        text++;
    if (ch_is_empty(text))
        return false;
    for (; *text; text++) {
        const uint64_t digit = (uint64_t)(*text - '0');

        if (digit > 9 || number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out_number = is_negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

enum { LONGEST_WORD = 63 };

static size_t
min3(size_t a, size_t b, size_t c)
{
    const size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Edit distance where swapping two neighbours is one step; words of at most LONGEST_WORD bytes. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][LONGEST_WORD + 1]; /* the last three rows of the table, by i modulo 3 */

    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        const size_t *above = rows[(i - 1) % 3];
        size_t *row = rows[i % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min3(row[j], rows[(i - 2) % 3][j - 2] + 1, SIZE_MAX);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *
ch_nearest(const char *word, const char *const *choices, size_t count)
{
    const size_t len = word ? strlen(word) : 0;
    const char *best = NULL;
    size_t limit = len < 3 ? 1 : len / 3; /* steps that still count as near */

    if (len == 0 || len > LONGEST_WORD)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t choice_len = strlen(choices[i]);
        size_t steps;

        if (choice_len > LONGEST_WORD)
            continue;
        steps = distance(word, len, choices[i], choice_len);
        if (steps < limit || (steps == limit && !best)) {
            limit = steps;
            best = choices[i];
        }
    }
    return best;
}

/* Bytes of the character that begins with this byte; 0 if none does. */
static size_t
utf8_size(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc0 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

size_t
ch_utf8_next(const char *text, size_t len, uint32_t *out_point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000}; /* by size: no longer forms */
    const unsigned char lead = len ? (unsigned char)*text : 0xff;
    const size_t size = utf8_size(lead);
    uint32_t point = size == 1 ? lead : lead & (0x7fu >> size);

    if (size == 0 || size > len)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | ((unsigned char)text[i] & 0x3f);
    }
    if (point < smallest[size] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *out_point = point;
    return size;
}

/* Length of `text` without a UTF-8 character that its end cuts off. */
static size_t
whole_characters(const char *text, size_t len)
{
    size_t start = len;

    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return len;
    return len - start + 1 < utf8_size((unsigned char)text[start - 1]) ? start - 1 : len;
}

size_t
ch_byte_order_mark(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

void
ch_format_line(char *text, size_t size, const char *fmt, va_list args)
{
    const int len = vsnprintf(text, size, fmt, args);

    if (len < 0)
        text[0] = '\0';
    else if ((size_t)len >= size)
        text[whole_characters(text, size - 1)] = '\0';
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
}
