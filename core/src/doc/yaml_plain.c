/* yaml_plain.c - what unquoted YAML scalars mean. */
#include "doc/yaml_plain.h"

#include "doc/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Whether `text` is one of the words, of which each stands as "word Word WORD " in `words`. */
static bool
is_one_of(const char *text, const char *words)
{
    const size_t len = strlen(text);

    for (const char *at = strstr(words, text); len && at; at = strstr(at + 1, text))
        if ((at == words || at[-1] == ' ') && at[len] == ' ')
            return !strchr(text, ' ');
    return false;
}

static int
digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return 99;
}

/* All of `text` as digits of a base; false also when it does not fit. */
static bool
read_based(const char *text, unsigned base, uint64_t *out_number)
{
    uint64_t number = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        const unsigned digit = (unsigned)digit_value(*text);

        if (digit >= base || number > (UINT64_MAX - digit) / base)
            return false;
        number = number * base + digit;
    }
    *out_number = number;
    return true;
}

/* 0x1f, 0o17, 017 */
static bool
read_other_base(const char *text, const char *sign, struct ch_yaml_plain *out)
{
    uint64_t number;

    if (text[0] != '0' || !text[1])
        return false;
    if (text[1] == 'x' ? !read_based(text + 2, 16, &number)
                       : !read_based(text + 1 + (text[1] == 'o'), 8, &number))
        return false;
    snprintf(out->number, sizeof(out->number), "%s%" PRIu64, number ? sign : "", number);
    return true;
}

static size_t
digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* [0-9]* ( \. [0-9]* )? ( [eE] [-+]? [0-9]+ )?, with a digit before the exponent */
static bool
is_decimal(const char *text)
{
    const size_t whole = digits(text);
    size_t fraction = 0;

    text += whole;
    if (*text == '.') {
        fraction = digits(text + 1);
        text += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        if (!digits(text))
            return false;
        text += digits(text);
    }
    return !*text;
}

/* JSON wants a digit before the point and one behind it, and no zeros in front. */
static void
read_decimal(const char *text, const char *sign, struct ch_yaml_plain *out)
{
    const char *zeros = text + strspn(text, "0");
    const size_t whole = digits(zeros);
    const char *rest = zeros + whole;
    int len;

    if (*rest == '.' && !digits(rest + 1))
        rest++;
    len = snprintf(out->number, sizeof(out->number), "%s%.*s%s", sign, whole ? (int)whole : 1,
                   whole ? zeros : "0", rest);
    out->type = CHANDRA_NUMBER;
    if (len < 0 || (size_t)len >= sizeof(out->number))
        out->problem = "the number is too long";
    else if (!isfinite(ch_number_double(out->number)))
        out->type = CHANDRA_STRING; /* such as a hash 12e4567 */
}

void
ch_yaml_resolve(const char *text, struct ch_yaml_plain *out)
{
    const char *sign = *text == '-' ? "-" : "";
    const char *unsigned_text = text + (*text == '-' || *text == '+');

    *out = (struct ch_yaml_plain){.type = CHANDRA_STRING};
    if (!*text || is_one_of(text, "~ null Null NULL ")) {
        out->type = CHANDRA_NULL;
    } else if (is_one_of(text, "true True TRUE yes Yes YES on On ON ")) {
        out->type = CHANDRA_BOOL;
        out->flag = true;
    } else if (is_one_of(text, "false False FALSE no No NO off Off OFF ")) {
        out->type = CHANDRA_BOOL;
    } else if (is_one_of(unsigned_text, ".inf .Inf .INF ") || is_one_of(text, ".nan .NaN .NAN ")) {
        out->type = CHANDRA_NUMBER;
        out->problem = "JSON has no infinity and no NaN";
    } else if (read_other_base(unsigned_text, sign, out)) {
        out->type = CHANDRA_NUMBER;
    } else if (is_decimal(unsigned_text)) {
        read_decimal(unsigned_text, sign, out);
    }
}
