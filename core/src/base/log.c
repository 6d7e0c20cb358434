/* log.c - format a message for the host's logger. */
#include "base/log.h"

#include "base/text.h"

void
ch_log(const struct chandra_logger *logger, enum chandra_level level, const char *fmt, ...)
{
    char message[2048];
    va_list args;

    if (!logger || !logger->fn)
        return;
    va_start(args, fmt);
    ch_format_line(message, sizeof(message), fmt, args);
    va_end(args);
    logger->fn(logger->user, level, message);
}
