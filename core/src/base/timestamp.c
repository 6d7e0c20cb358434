/* timestamp.c - moments as Kubernetes writes them (RFC 3339). */
#include "base/timestamp.h"

#include <string.h>

/* `count` digits at *at, which moves on; -1 if they are none. */
static int
number(const char **at, int count)
{
    int value = 0;

    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

/* A number after the character `before`. */
static int
next_number(const char **at, char before, int count)
{
    if (**at != before)
        return -1;
    (*at)++;
    return number(at, count);
}

/* Days from 1970-01-01 to the first day of a month, counted from March so that the leap day is
 * last. */
static int64_t
days_to(int year, int month)
{
    const int64_t y = year - (month < 3);
    const int64_t shifted = (month + 9) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * shifted + 2) / 5 - 719468;
}

static int
days_in(int year, int month)
{
    return (int)(days_to(month == 12 ? year + 1 : year, month % 12 + 1) - days_to(year, month));
}

static bool
skip_fraction(const char **at)
{
    size_t len;

    if (**at != '.')
        return true;
    (*at)++;
    len = strspn(*at, "0123456789");
    *at += len;
    return len > 0;
}

/* What the zone adds to UTC, in seconds. */
static bool
read_zone(const char *at, int64_t *out_offset)
{
    const int sign = *at == '-' ? -1 : 1;
    int hours;
    int minutes;

    *out_offset = 0;
    if (*at == 'Z' || *at == 'z')
        return at[1] == '\0';
    if (*at != '+' && *at != '-')
        return false;
    at++;
    hours = number(&at, 2);
    minutes = hours >= 0 ? next_number(&at, ':', 2) : -1;
    *out_offset = sign * (int64_t)(hours * 60 + minutes) * 60;
    return minutes >= 0 && minutes < 60 && hours < 24 && *at == '\0';
}

static bool
read_date(const char **at, int64_t *out_days)
{
    const int year = number(at, 4);
    const int month = year >= 0 ? next_number(at, '-', 2) : -1;
    const int day = month >= 0 ? next_number(at, '-', 2) : -1;

    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    *out_days = days_to(year, month) + day - 1;
    return true;
}

bool
ch_timestamp_parse(const char *text, int64_t *out_seconds)
{
    int64_t days;
    int64_t offset;
    int64_t hour;
    int64_t minute;
    int64_t second;

    if (!read_date(&text, &days) || (*text != 'T' && *text != 't' && *text != ' '))
        return false;
    text++;
    hour = number(&text, 2);
    minute = hour >= 0 ? next_number(&text, ':', 2) : -1;
    second = minute >= 0 ? next_number(&text, ':', 2) : -1;
    if (hour > 23 || minute > 59 || second < 0 || second > 60)
        return false;
    if (!skip_fraction(&text) || !read_zone(text, &offset))
        return false;
    *out_seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset;
    return true;
}
