/* klog.h - the logs of a component that runs for long, as those of Kubernetes look: klog's text, or
 * JSON. */
#ifndef CHANDRA_CLI_KLOG_H
#define CHANDRA_CLI_KLOG_H

#include <chandra/log.h>
#include <stdbool.h>

enum klog_severity { KLOG_INFO, KLOG_WARNING, KLOG_ERROR };

struct klog {
    bool is_json;
    int verbosity; /* messages of a higher level are dropped */
};

/* Where a message comes from and how much it matters. */
struct klog_site {
    enum klog_severity severity;
    int level; /* of an INFO message */
    const char *file;
    int line;
};

/* Write one line to standard error: a message, then keys and values in turn, ended by NULL; a NULL
 * value is left out with its key. Threads: any. */
void klog_write(const struct klog *log, const struct klog_site *site, const char *message, ...);

#define KLOG_SITE(severity_, level_)              \
    &(const struct klog_site)                     \
    {                                             \
        (severity_), (level_), __FILE__, __LINE__ \
    }
#define LOG_INFO(log, level, ...) klog_write(log, KLOG_SITE(KLOG_INFO, level), __VA_ARGS__, NULL)
#define LOG_WARNING(log, ...) klog_write(log, KLOG_SITE(KLOG_WARNING, 0), __VA_ARGS__, NULL)
#define LOG_ERROR(log, ...) klog_write(log, KLOG_SITE(KLOG_ERROR, 0), __VA_ARGS__, NULL)

/* The library's messages into the same log, which must outlive the logger. */
struct chandra_logger klog_logger(const struct klog *log);

#endif
