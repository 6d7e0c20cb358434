/* whatif.h - what would help a pod that waits, found out by trying it. */
#ifndef CHANDRA_CLI_EXPLAIN_WHATIF_H
#define CHANDRA_CLI_EXPLAIN_WHATIF_H

#include "explain/explanation.h"
#include "explain/mirror.h"

enum { WHATIF_TRIES = 12 };

/* Try changes that the funnel of the explained pod calls for, one at a time, and put what came of
 * them into the document as "hints" and "tries". Where drivers are simulated and the cluster is
 * small, each runs on a copy of the mirror to its end; else the mirror decides the pod with the
 * change, which is then taken back. Errors: ENOMEM, and those of the simulation. */
enum chandra_status whatif_explain(struct build *build, struct chandra_value *root,
                                   struct mirror *mirror, const struct explain_subject *subject,
                                   struct chandra_error *err);

/* Take the pod from its node, with the delayed claims that it has for itself, so that its placement
 * can be decided once more. */
enum chandra_status whatif_unplace(struct build *build, struct mirror *mirror,
                                   const struct chandra_pod *pod, struct chandra_error *err);

#endif
