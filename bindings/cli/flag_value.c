/* flag_value.c - parses the values of flags. */
#include "flag_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t
most_of(const struct cli_flag *flag)
{
    return flag->most > 0 ? flag->most : INT32_MAX;
}

static bool
parse_count(const struct cli_flag *flag, const char *text, int64_t *out)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || errno || number < flag->least ||
        number > most_of(flag))
        return false;
    *out = number;
    return true;
}

static bool
parse_number(const char *text, double *out)
{
    char *end;

    errno = 0;
    *out = strtod(text, &end);
    return *text && !*end && !errno && *out > -1e12 && *out < 1e12;
}

/* A sum of numbers with units, as Go writes durations; a bare 0 needs none. */
static bool
parse_duration(const char *text, int64_t *out_ms)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}};
    double sum = 0;

    if (!*text)
        return false;
    while (*text && strcmp(text, "0") != 0) {
        char *end;
        const double number = strtod(text, &end);
        size_t unit = 0;
        while (unit < 4 && strncmp(end, units[unit].name, strlen(units[unit].name)) != 0)
            unit++;
        if (!isdigit((unsigned char)*text) || unit == 4 || !(number < 1e9))
            return false;
        sum += number * units[unit].ms;
        text = end + strlen(units[unit].name);
    }
    *out_ms = (int64_t)sum;
    return true;
}

static bool
parse_size(const char *text, int64_t *out)
{
    static const char *const suffixes[] = {"", "Ki", "Mi", "Gi"};
    char *end;
    long long number;
    size_t power = 0;

    errno = 0;
    number = strtoll(text, &end, 10);
    while (power < 4 && strcmp(end, suffixes[power]) != 0)
        power++;
    if (!isdigit((unsigned char)*text) || power == 4 || errno || number > INT32_MAX)
        return false;
    *out = (int64_t)number << (10 * power);
    return true;
}

static bool
parse_bool(const char *text, bool *out)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        *out = true;
    else if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0 || !*text)
        *out = false;
    else
        return false;
    return true;
}

const char *
flag_value_parse(const struct cli_flag *flag, const char *text, void *place,
                 char room[FLAG_WANT_SIZE])
{
    switch (flag->type) {
    case CLI_SWITCH:
        return parse_bool(text, place) ? NULL : "true or false";
    case CLI_COUNT:
        snprintf(room, FLAG_WANT_SIZE, "a whole number from %" PRId64 " to %" PRId64, flag->least,
                 most_of(flag));
        return parse_count(flag, text, place) ? NULL : room;
    case CLI_NUMBER:
        return parse_number(text, place) ? NULL : "a number";
    case CLI_DURATION:
        return parse_duration(text, place) ? NULL : "a duration such as 15s, 1m30s or 500ms";
    case CLI_SIZE:
        return parse_size(text, place) ? NULL : "a number of bytes such as 4194304 or 16Mi";
    default:
        return NULL;
    }
}
