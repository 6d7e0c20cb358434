/* gate.h - whether a pod may enter the active queue. */
#ifndef CHANDRA_CLI_GATE_H
#define CHANDRA_CLI_GATE_H

#include <chandra/cycle.h>
#include <chandra/object.h>

/* PreEnqueue as kube-scheduler has it: the pod's scheduling gates, then its claims. */
void gate_pre_enqueue(struct chandra_engine *engine, const struct chandra_pod *pod,
                      struct chandra_answer *out_answer);

#endif
