/* number.c - numbers as JSON spells them: exact comparison, and doubles in any locale. */
#include "base/text.h"
#include "doc/value.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The C library reads and writes the locale's decimal point; JSON has only one. */
static char
local_point(void)
{
    return *localeconv()->decimal_point;
}

double
ch_number_double(const char *text)
{
    char local[128];
    char *point;

    snprintf(local, sizeof(local), "%s", text);
    point = strchr(local, '.');
    if (point)
        *point = local_point();
    return strtod(local, NULL);
}

void
ch_number_print(double number, char *text, size_t size)
{
    const char local = local_point();

    /* The shortest of the precisions that reads back as the same double. */
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, size, "%.*g", precision, number);
        if (strtod(text, NULL) == number) // NOLINT: equal to the bit is meant
            break;
    }
    for (char *c = text; *c; c++)
        if (*c == local)
            *c = '.';
}

/* value = 0.D1D2D3... * 10^exponent, with neither leading nor trailing zeros; zero has no digits.
 */
struct decimal {
    bool is_negative;
    int64_t exponent;
    size_t count;
    char digits[128];
};

static void
push_digit(struct decimal *decimal, char digit)
{
    if (decimal->count < sizeof(decimal->digits) && (decimal->count || digit != '0'))
        decimal->digits[decimal->count++] = digit;
}

/* The exponent behind 'e'; beyond a thousand million there is only one large and one small. */
static int64_t
read_exponent(const char *text)
{
    const int64_t most = 1000000000;
    int64_t exponent;

    if (!ch_parse_int64(text, &exponent))
        return *text == '-' ? -most : most;
    return exponent > most ? most : exponent < -most ? -most : exponent;
}

static struct decimal
read_decimal(const char *text)
{
    struct decimal decimal = {.is_negative = *text == '-'};
    bool is_fraction = false;

    for (text += decimal.is_negative; *text && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.') {
            is_fraction = true;
            continue;
        }
        push_digit(&decimal, *text);
        if (!is_fraction && decimal.count)
            decimal.exponent++;
        else if (is_fraction && !decimal.count)
            decimal.exponent--;
    }
    if (*text)
        decimal.exponent += read_exponent(text + 1);
    while (decimal.count && decimal.digits[decimal.count - 1] == '0')
        decimal.count--;
    if (!decimal.count)
        decimal = (struct decimal){0};
    return decimal;
}

bool
ch_number_equal(const char *a, const char *b)
{
    const struct decimal x = read_decimal(a);
    const struct decimal y = read_decimal(b);

    return x.is_negative == y.is_negative && x.exponent == y.exponent && x.count == y.count &&
           memcmp(x.digits, y.digits, x.count) == 0;
}
