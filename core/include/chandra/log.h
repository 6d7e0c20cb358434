/* log.h - how the library tells its host what happens; it never prints by itself. */
#ifndef CHANDRA_LOG_H
#define CHANDRA_LOG_H

#include <chandra/export.h>

#ifdef __cplusplus
extern "C" {
#endif

enum chandra_level { CHANDRA_LOG_ERROR, CHANDRA_LOG_WARNING, CHANDRA_LOG_INFO, CHANDRA_LOG_DEBUG };

/** Receives one message, a line without its end. Called from any thread that is inside the library,
 * never with a lock held; must not call back into the engine. */
typedef void (*chandra_log_fn)(void *user, enum chandra_level level, const char *message);

/** Where messages go; a NULL `fn` drops them. */
struct chandra_logger {
    chandra_log_fn fn;
    void *user;
};

#ifdef __cplusplus
}
#endif
#endif
