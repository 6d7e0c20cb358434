/* log.c - log lines of an engine or a policy, for the program to ask for. */
#include "module.h"

#include <chandra/sys/base.h>
#include <string.h>

/* Past this, lines are dropped: nobody asks. */
#define MAX_BYTES ((size_t)1024 * 1024)

static const char *
level_name(enum chandra_level level)
{
    static const char *const names[] = {
        [CHANDRA_LOG_ERROR] = "error",
        [CHANDRA_LOG_WARNING] = "warning",
        [CHANDRA_LOG_INFO] = "info",
        [CHANDRA_LOG_DEBUG] = "debug",
    };

    return names[level];
}

static bool
reserve(struct ch_mod_log *log, size_t more)
{
    size_t size = log->size ? log->size : 1024;
    char *text;

    while (size < log->len + more)
        size *= 2;
    if (size == log->size)
        return true;
    text = chandra_realloc(log->text, size);
    if (!text)
        return false;
    log->text = text;
    log->size = size;
    return true;
}

static void
append(struct ch_mod_log *log, const char *text)
{
    const size_t len = strlen(text);

    memcpy(log->text + log->len, text, len);
    log->len += len;
}

/* chandra_log_fn: "LEVEL: MESSAGE". */
void
ch_mod_log_line(void *user, enum chandra_level level, const char *message)
{
    struct ch_mod_log *log = user;
    const size_t more = strlen(level_name(level)) + strlen(message) + 3;

    if (log->also.fn)
        log->also.fn(log->also.user, level, message);
    if (log->is_closed || log->len + more > MAX_BYTES || !reserve(log, more))
        return;
    append(log, level_name(level));
    append(log, ": ");
    append(log, message);
    append(log, "\n");
}

void
ch_mod_log_close(struct ch_mod_log *log)
{
    chandra_free(log->text);
    *log = (struct ch_mod_log){.is_closed = true};
}

int
ch_l_mod_log_take(lua_State *L, struct ch_mod_log *log)
{
    const char *p = log->text, *end = p + log->len;
    lua_Integer count = 0;

    ch_l_mod_push_array(L);
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));

        lua_pushlstring(L, p, (size_t)(stop - p));
        lua_rawseti(L, -2, ++count);
        p = stop + 1;
    }
    log->len = 0;
    return 1;
}
