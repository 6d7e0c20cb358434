/* history.h - the last attempts of pods, remembered in bounded memory. */
#ifndef CHANDRA_CLI_EXPLAIN_HISTORY_H
#define CHANDRA_CLI_EXPLAIN_HISTORY_H

#include "explain/build.h"
#include "scheduler/queue.h"

#include <chandra/error.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HISTORY_PODS = 1024,  /* the one that was tried the longest time ago is forgotten first */
    HISTORY_ATTEMPTS = 8, /* of each pod */
};

struct history;

/* `server` names whose memory it is, for documents. */
enum chandra_status history_new(const char *server, struct history **out_history,
                                struct chandra_error *err);
void history_free(struct history *history); /* NULL is fine */

/* An attempt of the pod has ended at `time`, in seconds since 1970. What there is no memory for is
 * not remembered. Threads: any, as of all below. */
void history_note(struct history *history, const struct queued_pod *pod, int64_t time);
/* Put the pod's attempts into a document as "attempts", the oldest first; none if it is not known.
 */
void history_put(struct history *history, struct build *build, struct chandra_value *root,
                 const char *name_space, const char *name);
/* What is known of a pod at `now` as a document in JSON, for chandra_free(); NULL: nothing, or out
 * of memory. */
char *history_document(struct history *history, const char *name_space, const char *name,
                       int64_t now, size_t *out_len);

#endif
