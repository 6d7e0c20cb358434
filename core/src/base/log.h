/* log.h - format a message for the host's logger. */
#ifndef CH_BASE_LOG_H
#define CH_BASE_LOG_H

#include <chandra/log.h>

void ch_log(const struct chandra_logger *logger, enum chandra_level level, const char *fmt, ...)
    CHANDRA_PRINTF(3, 4);

#endif
