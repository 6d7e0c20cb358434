/* janitor.h - removes the PodSchedulingContexts of pods that are bound.
 *
 * PostBind does so as a rule; where it could not, or a scheduler was killed before it, they would
 * stay as long as their pods, and drivers would go on to look at them.
 */
#ifndef CHANDRA_CLI_JANITOR_H
#define CHANDRA_CLI_JANITOR_H

#include "scheduler/scheduler.h"

#include <chandra/error.h>

struct chandra_transport;
struct janitor;

/* `scheduler` is the one whose pods' contexts are ours. */
enum chandra_status janitor_new(struct chandra_transport *transport, struct scheduler *scheduler,
                                struct janitor **out_janitor, struct chandra_error *err);
/* Ask for the deletion of what is left over. Nobody waits for it. Threads: the scheduling thread.
 */
void janitor_sweep(struct janitor *janitor);
/* Ask for nothing more. */
void janitor_close(struct janitor *janitor);
/* Free; the transport must have been freed before. NULL is fine. */
void janitor_free(struct janitor *janitor);

#endif
