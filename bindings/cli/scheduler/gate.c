/* gate.c - keeps a pod from being tried while it has scheduling gates, or its claims are missing.
 */
#include "scheduler/gate.h"

#include <stdio.h>

/* The words are kube-scheduler's. */
static void
name_gates(const struct chandra_pod *pod, char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "waiting for scheduling gates: [");
    const char *name;

    for (size_t i = 0; (name = chandra_pod_gate_at(pod, i)) && len < size; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? " " : "", name);
    if (len < size)
        snprintf(text + len, size - len, "]");
}

void
gate_pre_enqueue(struct chandra_engine *engine, const struct chandra_pod *pod,
                 struct chandra_answer *out_answer)
{
    if (!chandra_pod_gate_at(pod, 0)) {
        chandra_engine_pre_enqueue(engine, pod, out_answer);
        return;
    }
    *out_answer = (struct chandra_answer){.code = CHANDRA_CODE_UNRESOLVABLE};
    name_gates(pod, out_answer->reason, sizeof(out_answer->reason));
}
