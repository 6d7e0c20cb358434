/* klog.c - one line a message, written at once, so that those of several threads do not mix. */
#include "schedule/klog.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 4096 };

/* A line in the making; what does not fit is cut. */
struct line {
    char text[LINE_SIZE];
    size_t len;
};

static void
put(struct line *line, char c)
{
    if (line->len < LINE_SIZE - 3) /* room for the end */
        line->text[line->len++] = c;
}

static void
put_text(struct line *line, const char *text)
{
    for (; *text; text++)
        put(line, *text);
}

/* A string in quotes, as JSON and Go write it. */
static void
put_quoted(struct line *line, const char *text)
{
    char escaped[8];

    put(line, '"');
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            put(line, '\\');
        if (c >= 0x20) {
            put(line, *text);
            continue;
        }
        snprintf(escaped, sizeof(escaped), "\\u%04x", c);
        put_text(line, escaped);
    }
    put(line, '"');
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void
put_header(struct line *line, const struct klog_site *site)
{
    static const char letters[] = "IWE";
    struct timespec now;
    struct tm tm;
    char header[128];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    snprintf(header, sizeof(header), "%c%02d%02d %02d:%02d:%02d.%06ld %7ld %s:%d] ",
             letters[site->severity], tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             now.tv_nsec / 1000, (long)getpid(), base_name(site->file), site->line);
    put_text(line, header);
}

static void
put_json_start(struct line *line, const struct klog_site *site)
{
    struct timespec now;
    char start[96];

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(start, sizeof(start), "{\"ts\":%lld.%03ld,\"v\":%d,\"logger\":\"chandra\",",
             (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, now.tv_nsec / 1000 % 1000,
             site->level);
    put_text(line, start);
    if (site->severity == KLOG_WARNING)
        put_text(line, "\"severity\":\"warning\",");
    put_text(line, "\"msg\":");
}

static void
put_pair(struct line *line, bool is_json, const char *key, const char *value)
{
    put(line, is_json ? ',' : ' ');
    if (is_json)
        put_quoted(line, key);
    else
        put_text(line, key);
    put(line, is_json ? ':' : '=');
    put_quoted(line, value);
}

void
klog_write(const struct klog *log, const struct klog_site *site, const char *message, ...)
{
    struct line line = {.len = 0};
    const char *key;
    va_list args;

    if (site->severity == KLOG_INFO && site->level > log->verbosity)
        return;
    if (log->is_json)
        put_json_start(&line, site);
    else
        put_header(&line, site);
    put_quoted(&line, message);
    va_start(args, message);
    /* The analyzer does not see what va_start() does. */
    while ((key = va_arg(args, const char *))) { // NOLINT(clang-analyzer-valist.Uninitialized)
        const char *value = va_arg(args, const char *);
        if (value)
            put_pair(&line, log->is_json, key, value);
    }
    va_end(args);
    if (log->is_json)
        line.text[line.len++] = '}'; /* there is room for the end */
    line.text[line.len++] = '\n';
    fwrite(line.text, 1, line.len, stderr);
}

static void
log_line(void *user, enum chandra_level level, const char *message)
{
    const struct klog *log = user;

    switch (level) {
    case CHANDRA_LOG_ERROR:
        LOG_ERROR(log, message);
        break;
    case CHANDRA_LOG_WARNING:
        LOG_WARNING(log, message);
        break;
    case CHANDRA_LOG_INFO:
        LOG_INFO(log, 0, message);
        break;
    case CHANDRA_LOG_DEBUG:
        LOG_INFO(log, 4, message);
        break;
    }
}

struct chandra_logger
klog_logger(const struct klog *log)
{
    return (struct chandra_logger){.fn = log_line, .user = (void *)(uintptr_t)log};
}
