/* quantity.c - Kubernetes resource quantities, exact.
 *
 * Reads what Go's resource.ParseQuantity() reads, oddities such as "." for 0 included.
 */
#include "base/text.h"

#include <chandra/sys/quantity.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

#define NANO UINT64_C(1000000000)
#define MOST ((wide)INT64_MAX * NANO)

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { LEAST_EXPONENT = -9, GREATEST_EXPONENT = 18 };

/* By exponent: of 10 in steps of 3 from -9, of 2 in steps of 10 from 10. */
static const char *const decimal_suffixes[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
static const char *const binary_suffixes[] = {"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

/* A quantity taken apart: digits, of which the first `whole` stand before the point, times a unit.
 */
struct parts {
    bool is_negative;
    const char *digits;   /* before the point in the text */
    const char *fraction; /* behind it */
    int64_t written;      /* digits before the point in the text */
    int64_t count;        /* digits in all */
    int64_t whole;        /* digits before the point once the exponent has moved it; any sign */
    wide unit;            /* in nano */
    enum chandra_quantity_format format;
};

static int64_t
index_of(const char *text, const char *const *choices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, choices[i]) == 0)
            return (int64_t)i;
    return -1;
}

static int64_t
clamp(int64_t number, int64_t least, int64_t greatest)
{
    return number < least ? least : number > greatest ? greatest : number;
}

/* 10^exponent as far as the unit can hold it; the rest moves the point. */
static void
set_decimal_unit(struct parts *parts, int64_t exponent)
{
    const int64_t held = clamp(exponent, LEAST_EXPONENT, GREATEST_EXPONENT);

    parts->unit = 1;
    for (int64_t i = LEAST_EXPONENT; i < held; i++)
        parts->unit *= 10;
    parts->whole += clamp(exponent, -INT32_MAX, INT32_MAX) - held;
}

static bool
read_suffix(const char *text, struct parts *parts)
{
    const int64_t decimal = index_of(text, decimal_suffixes, COUNT(decimal_suffixes));
    const int64_t binary = index_of(text, binary_suffixes, COUNT(binary_suffixes));
    int64_t exponent;

    if (decimal >= 0) {
        parts->format = CHANDRA_QUANTITY_DECIMAL_SI;
        set_decimal_unit(parts, LEAST_EXPONENT + 3 * decimal);
        return true;
    }
    if (binary >= 0) {
        parts->format = CHANDRA_QUANTITY_BINARY_SI;
        parts->unit = (wide)NANO << (10 + 10 * binary);
        return true;
    }
    if ((*text != 'e' && *text != 'E') || !ch_parse_int64(text + 1, &exponent))
        return false;
    parts->format = CHANDRA_QUANTITY_EXPONENT;
    set_decimal_unit(parts, exponent);
    return true;
}

static bool
read_parts(const char *text, struct parts *out)
{
    size_t behind = 0;

    *out = (struct parts){.is_negative = *text == '-'};
    if (*text == '-' || *text == '+')
        text++;
    out->digits = text;
    out->written = (int64_t)strspn(text, "0123456789");
    text += out->written;
    if (*text == '.') {
        out->fraction = text + 1;
        behind = strspn(out->fraction, "0123456789");
        text = out->fraction + behind;
    }
    out->count = out->written + (int64_t)behind;
    out->whole = out->written;
    return read_suffix(text, out);
}

/* Zero beyond the last digit. */
static unsigned
digit_at(const struct parts *parts, int64_t i)
{
    if (i >= parts->count)
        return 0;
    return (unsigned)(i < parts->written ? parts->digits[i] : parts->fraction[i - parts->written]) -
           '0';
}

/* The digits before the point, times the unit, or MOST. */
static wide
whole_nano(const struct parts *parts)
{
    wide whole = 0;

    for (int64_t i = 0; i < parts->whole && (whole || i < parts->count); i++) {
        whole = whole * 10 + digit_at(parts, i);
        if (whole > MOST / parts->unit)
            return MOST;
    }
    return whole * parts->unit;
}

/* The digits behind the point, times the unit, rounded up: long multiplication from the right. */
static wide
fraction_nano(const struct parts *parts)
{
    const int64_t first = parts->whole > 0 ? parts->whole : 0;
    bool is_inexact = false;
    wide nano = 0;

    for (int64_t i = parts->count - 1; i >= first; i--) {
        nano += digit_at(parts, i) * parts->unit;
        is_inexact = is_inexact || nano % 10 != 0;
        nano /= 10;
    }
    for (int64_t i = parts->whole; i < 0 && nano; i++) {
        is_inexact = is_inexact || nano % 10 != 0;
        nano /= 10;
    }
    return nano + is_inexact;
}

enum chandra_status
chandra_quantity_parse(const char *text, struct chandra_quantity *out_quantity,
                       struct chandra_error *err)
{
    struct parts parts;
    wide nano;

    if (ch_is_empty(text) || !read_parts(text, &parts))
        return chandra_error_set(
            err, CHANDRA_EINVAL,
            "\"%s\" is no quantity: want a number, then one of n u m k M G T P "
            "E Ki Mi Gi Ti Pi Ei, or an exponent such as e3",
            text ? text : "");
    nano = whole_nano(&parts) + fraction_nano(&parts);
    if (nano > MOST)
        nano = MOST;
    /* As in Kubernetes, "0.0001Ki" is better understood as "102400u". */
    if (parts.format == CHANDRA_QUANTITY_BINARY_SI && nano && nano < NANO)
        parts.format = CHANDRA_QUANTITY_DECIMAL_SI;
    out_quantity->nano = parts.is_negative ? -(signed_wide)nano : (signed_wide)nano;
    out_quantity->format = parts.format;
    return CHANDRA_OK;
}

int
chandra_quantity_compare(const struct chandra_quantity *a, const struct chandra_quantity *b)
{
    return (a->nano > b->nano) - (a->nano < b->nano);
}

bool
chandra_quantity_add(const struct chandra_quantity *a, const struct chandra_quantity *b,
                     bool is_minus, struct chandra_quantity *out_quantity)
{
    const signed_wide most = (signed_wide)MOST;
    const signed_wide nano = is_minus ? a->nano - b->nano : a->nano + b->nano;

    if (nano > most || nano < -most)
        return false;
    out_quantity->format = a->nano ? a->format : b->format;
    out_quantity->nano = nano;
    return true;
}

static void
print(char *text, size_t size, const char *sign, wide number, const char *suffix)
{
    const uint64_t split = UINT64_C(1000000000000000000);
    const uint64_t high = (uint64_t)(number / split);
    const uint64_t low = (uint64_t)(number % split);

    if (high)
        snprintf(text, size, "%s%" PRIu64 "%018" PRIu64 "%s", sign, high, low, suffix);
    else
        snprintf(text, size, "%s%" PRIu64 "%s", sign, low, suffix);
}

static void
print_decimal(char *text, size_t size, const char *sign, wide nano, bool has_exponent)
{
    char exponent_suffix[16];
    const char *suffix = exponent_suffix;
    int exponent = LEAST_EXPONENT;

    for (; nano % 1000 == 0 && exponent < GREATEST_EXPONENT; exponent += 3)
        nano /= 1000;
    if (!has_exponent || exponent == 0)
        suffix = decimal_suffixes[(exponent - LEAST_EXPONENT) / 3];
    else
        snprintf(exponent_suffix, sizeof(exponent_suffix), "e%d", exponent);
    print(text, size, sign, nano, suffix);
}

static void
print_binary(char *text, size_t size, const char *sign, wide whole)
{
    size_t steps = 0;

    for (; whole % 1024 == 0 && steps < COUNT(binary_suffixes); steps++)
        whole /= 1024;
    print(text, size, sign, whole, steps ? binary_suffixes[steps - 1] : "");
}

void
chandra_quantity_print(const struct chandra_quantity *quantity, char *text, size_t size)
{
    const char *sign = quantity->nano < 0 ? "-" : "";
    const wide nano = quantity->nano < 0 ? 0 - (wide)quantity->nano : (wide)quantity->nano;

    if (nano == 0)
        snprintf(text, size, "0");
    else if (quantity->format == CHANDRA_QUANTITY_BINARY_SI && nano % NANO == 0 &&
             nano / NANO >= 1024)
        print_binary(text, size, sign, nano / NANO);
    else
        print_decimal(text, size, sign, nano, quantity->format == CHANDRA_QUANTITY_EXPONENT);
}
