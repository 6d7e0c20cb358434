/* json_scan.c - strict check of a JSON text, and where its values are.
 *
 * cJSON accepts more than JSON and knows no places. After this scan it sees only texts that it
 * reads as they are meant, and the only failure left to it is a lack of memory.
 */
#include "doc/json_scan.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"

#include <string.h>

struct scanner {
    const struct ch_json_text *text;
    const char *at;
    const char *end;
    const char *line_start;
    size_t trailing; /* bytes since line_start that are not the first of their character */
    unsigned line;
    size_t depth;
    struct ch_json_places places;
    struct chandra_error *err;
};

/* The present place. */
static struct ch_place
place(const struct scanner *s)
{
    const size_t characters = (size_t)(s->at - s->line_start) - s->trailing;

    return (struct ch_place){s->text->name, s->line, (unsigned)characters + 1};
}

static enum chandra_status
fail(struct scanner *s, enum chandra_status status, const char *problem)
{
    return ch_place_error(place(s), s->err, status, "%s", problem);
}

/* What is at the present place is not what the grammar wants there. */
static enum chandra_status
unexpected(struct scanner *s, const char *want)
{
    const unsigned char c = s->at < s->end ? (unsigned char)*s->at : 0;

    if (s->at == s->end)
        return ch_place_error(place(s), s->err, CHANDRA_EPARSE, "want %s, but the text ends", want);
    if (c > ' ' && c < 0x7f)
        return ch_place_error(place(s), s->err, CHANDRA_EPARSE, "want %s, got '%c'", want, c);
    return ch_place_error(place(s), s->err, CHANDRA_EPARSE, "want %s, got the byte 0x%02x", want,
                          c);
}

static void
skip_space(struct scanner *s)
{
    for (; s->at < s->end; s->at++) {
        if (*s->at == '\n') {
            s->line++;
            s->line_start = s->at + 1;
            s->trailing = 0;
        } else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r')
            return;
    }
}

static bool
accept(struct scanner *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Four hexadecimal digits at `at`, or UINT32_MAX. */
static uint32_t
hex4(const char *at, const char *end)
{
    uint32_t number = 0;

    if (end - at < 4)
        return UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        const char c = at[i];

        if (c >= '0' && c <= '9')
            number = number << 4 | (uint32_t)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            number = number << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return UINT32_MAX;
    }
    return number;
}

/* At the backslash of "\uXXXX", or of a pair of them. */
static enum chandra_status
scan_unicode_escape(struct scanner *s)
{
    const uint32_t first = hex4(s->at + 2, s->end);
    uint32_t second = 0;

    if (first == UINT32_MAX)
        return fail(s, CHANDRA_EPARSE, "want four hexadecimal digits after \\u");
    if (first == 0)
        return fail(s, CHANDRA_EPARSE, "a string must not contain a NUL");
    if (first < 0xd800 || first > 0xdfff) {
        s->at += 6;
        return CHANDRA_OK;
    }
    if (s->end - s->at >= 12 && s->at[6] == '\\' && s->at[7] == 'u')
        second = hex4(s->at + 8, s->end);
    if (first > 0xdbff || second < 0xdc00 || second > 0xdfff)
        return fail(s, CHANDRA_EPARSE, "half of a surrogate pair");
    s->at += 12;
    return CHANDRA_OK;
}

static enum chandra_status
scan_escape(struct scanner *s)
{
    char c = '\0';

    if (s->end - s->at >= 2)
        c = s->at[1];
    if (c == 'u')
        return scan_unicode_escape(s);
    if (c == '\0' || !strchr("\"\\/bfnrt", c))
        return fail(s, CHANDRA_EPARSE, "unknown escape in a string");
    s->at += 2;
    return CHANDRA_OK;
}

/* A character of a string that is not plain ASCII. */
static enum chandra_status
scan_special(struct scanner *s)
{
    uint32_t point;
    size_t size;

    if (*s->at == '\\')
        return scan_escape(s);
    if ((unsigned char)*s->at < ' ')
        return fail(s, CHANDRA_EPARSE, "a control character in a string must be escaped");
    size = ch_utf8_next(s->at, (size_t)(s->end - s->at), &point);
    if (size == 0)
        return fail(s, CHANDRA_EPARSE, "a string is not valid UTF-8");
    s->at += size;
    s->trailing += size - 1;
    return CHANDRA_OK;
}

static bool
is_plain(char c)
{
    return (unsigned char)c >= ' ' && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* Behind the opening quote. */
static enum chandra_status
scan_string(struct scanner *s)
{
    for (;;) {
        enum chandra_status st;

        while (s->at < s->end && is_plain(*s->at))
            s->at++;
        if (accept(s, '"'))
            return CHANDRA_OK;
        if (s->at == s->end)
            return unexpected(s, "the end of a string");
        st = scan_special(s);
        if (st != CHANDRA_OK)
            return st;
    }
}

static bool
skip_digits(struct scanner *s)
{
    const char *start = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > start;
}

static enum chandra_status
scan_number(struct scanner *s, struct ch_json_place *number)
{
    const char *start = s->at;

    accept(s, '-');
    if (!accept(s, '0') && !skip_digits(s))
        return unexpected(s, "a digit");
    if (accept(s, '.') && !skip_digits(s))
        return unexpected(s, "a digit");
    if (accept(s, 'e') || accept(s, 'E')) {
        if (!accept(s, '+'))
            accept(s, '-');
        if (!skip_digits(s))
            return unexpected(s, "a digit");
    }
    number->extent = (size_t)(s->at - start);
    if (number->extent > CH_JSON_LONGEST_NUMBER)
        return fail(s, CHANDRA_ELIMIT, "the number is too long");
    return CHANDRA_OK;
}

static enum chandra_status
scan_word(struct scanner *s, const char *word)
{
    const size_t len = strlen(word);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return unexpected(s, "a value");
    s->at += len;
    return CHANDRA_OK;
}

static enum chandra_status scan_value(struct scanner *s);

static enum chandra_status
scan_element(struct scanner *s)
{
    enum chandra_status st = scan_value(s);

    skip_space(s);
    return st;
}

/* Whether the string that ends here is the name of what nobody wants. */
static bool
is_unwanted(const struct scanner *s, const char *name)
{
    const char *unwanted = s->text->unwanted;
    const size_t len = (size_t)(s->at - name) - 1; /* without the quote */

    return unwanted && strlen(unwanted) == len && memcmp(unwanted, name, len) == 0;
}

/* An array becomes null: the value number `index`, which ends here. */
static void
blank(struct scanner *s, size_t index)
{
    static const char null[] = {'n', 'u', 'l', 'l'};
    struct ch_json_place *array = &s->places.items[index];
    char *own = s->text->own + array->offset;
    const size_t len = (size_t)(s->at - s->text->bytes) - array->offset;

    if (*own != '[' || len < sizeof(null))
        return;
    memset(own, ' ', len);
    memcpy(own, null, sizeof(null));
    array->extent = 0;
    s->places.count = index + 1; /* those in it are gone */
}

static enum chandra_status
scan_member(struct scanner *s)
{
    const size_t index = s->places.count;
    const char *name;
    enum chandra_status st;
    bool is_blank;

    skip_space(s);
    if (!accept(s, '"'))
        return unexpected(s, "a member's name in quotes");
    name = s->at;
    st = scan_string(s);
    if (st != CHANDRA_OK)
        return st;
    is_blank = is_unwanted(s, name);
    skip_space(s);
    if (!accept(s, ':'))
        return unexpected(s, "':'");
    st = scan_value(s);
    if (st == CHANDRA_OK && is_blank)
        blank(s, index);
    skip_space(s);
    return st;
}

/* Behind the opening bracket of the container whose place is number `index`. */
static enum chandra_status
scan_children(struct scanner *s, size_t index, char close)
{
    if (s->depth++ == s->text->limits->max_depth)
        return fail(s, CHANDRA_ELIMIT, "arrays and objects are nested too deep");
    skip_space(s);
    if (accept(s, close)) {
        s->depth--;
        return CHANDRA_OK;
    }
    do {
        enum chandra_status st = close == '}' ? scan_member(s) : scan_element(s);

        if (st != CHANDRA_OK)
            return st;
        s->places.items[index].extent++;
    } while (accept(s, ','));
    if (!accept(s, close))
        return unexpected(s, close == '}' ? "',' or '}'" : "',' or ']'");
    s->depth--;
    return CHANDRA_OK;
}

/* Remember the present place as that of the next value. */
static enum chandra_status
add_place(struct scanner *s)
{
    struct ch_json_places *places = &s->places;

    if (places->count == s->text->limits->max_values)
        return fail(s, CHANDRA_ELIMIT, "too many values");
    if (!ch_grow(&places->items, &places->capacity, places->count + 1, sizeof(*places->items)))
        return fail(s, CHANDRA_ENOMEM, "out of memory");
    places->items[places->count++] = (struct ch_json_place){
        .offset = (size_t)(s->at - s->text->bytes), .line = s->line, .column = place(s).column};
    return CHANDRA_OK;
}

static enum chandra_status
scan_value(struct scanner *s)
{
    const size_t index = s->places.count;
    enum chandra_status st;

    skip_space(s);
    if (s->at == s->end)
        return unexpected(s, "a value");
    st = add_place(s);
    if (st != CHANDRA_OK)
        return st;
    switch (*s->at) {
    case '{':
        s->at++;
        return scan_children(s, index, '}');
    case '[':
        s->at++;
        return scan_children(s, index, ']');
    case '"':
        s->at++;
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        if (*s->at == '-' || (*s->at >= '0' && *s->at <= '9'))
            return scan_number(s, &s->places.items[index]);
        return unexpected(s, "a value");
    }
}

enum chandra_status
ch_json_scan(const struct ch_json_text *text, struct ch_json_places *out_places,
             struct chandra_error *err)
{
    struct scanner s = {.text = text,
                        .at = text->bytes,
                        .end = text->bytes + text->len,
                        .line_start = text->bytes,
                        .line = 1,
                        .err = err};
    enum chandra_status st = scan_value(&s);

    skip_space(&s);
    if (st == CHANDRA_OK && s.at < s.end)
        st = unexpected(&s, "the end of the text");
    if (st == CHANDRA_OK)
        *out_places = s.places;
    else
        ch_free(s.places.items);
    return st;
}
