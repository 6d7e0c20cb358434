/* host_tell.c - what became of attempts, in the log, in metrics and in Events. */
#include "schedule/host_state.h"

#include <stdio.h>

enum {
    PENDING_MS = 10000, /* a pod that waits so long for its drivers is told so */
    SHADOW_LINES = 10,  /* a second */
};

static void
pod_ref(const struct queued_pod *pod, char *text, size_t size)
{
    const struct chandra_object *object = chandra_pod_object(pod->pod);

    snprintf(text, size, "%s/%s", chandra_object_namespace(object), chandra_object_name(object));
}

static void
log_outcome(const struct host *host, const struct queued_pod *pod)
{
    const struct outcome *outcome = &pod->outcome;
    char ref[520];
    char text[1024];

    if (outcome->verdict != VERDICT_FAILED && host->log.verbosity < 2 && !host->options->is_dry)
        return;
    pod_ref(pod, ref, sizeof(ref));
    outcome_text(outcome, text, sizeof(text));
    switch (outcome->verdict) {
    case VERDICT_BOUND:
        LOG_INFO(&host->log, host->options->is_dry ? 0 : 2,
                 host->options->is_dry ? "Pod would be bound to node"
                                       : "Successfully bound pod to node",
                 "pod", ref, "node", outcome->node);
        break;
    case VERDICT_PENDING:
        LOG_INFO(&host->log, 2, "Pod waits for its resource drivers", "pod", ref, "node",
                 outcome->node, "reason", text);
        break;
    case VERDICT_FAILED:
        LOG_ERROR(&host->log, "Scheduling attempt failed", "pod", ref, "point", outcome->point,
                  "err", text);
        break;
    default:
        LOG_INFO(&host->log, 2, "Unable to schedule pod; waiting", "pod", ref, "point",
                 outcome->point, "reason", text);
        break;
    }
}

static void
tell_failure(struct host *host, struct queued_pod *pod)
{
    const bool is_error = pod->outcome.verdict == VERDICT_FAILED;
    char text[1024];

    outcome_text(&pod->outcome, text, sizeof(text));
    events_failed(host->events, pod->pod, &pod->told, is_error ? "SchedulerError" : "Unschedulable",
                  text);
}

static bool
may_tell_shadow(struct host *host)
{
    const int64_t now = host_now_ms(host);

    if (now >= host->shadow_ms + 1000) {
        host->shadow_ms = now;
        host->shadow_lines = 0;
    }
    if (host->shadow_lines++ < SHADOW_LINES)
        return true;
    host->shadow_unsaid++;
    return false;
}

/* One line for a pod, with what differs in the order in which the points come. */
static void
log_shadow(struct host *host, const struct queued_pod *pod)
{
    const struct shadow_note *note = pod->shadow;
    char ref[520];
    char reason[1024] = "";
    char unsaid[24] = "";
    size_t len = 0;

    if (!note || !shadow_note_differs(note) || !may_tell_shadow(host))
        return;
    pod_ref(pod, ref, sizeof(ref));
    for (int kind = 0; kind < SHADOW_KIND_COUNT; kind++)
        if (note->texts[kind] && len < sizeof(reason))
            len += (size_t)snprintf(reason + len, sizeof(reason) - len, "%s%s: %s", len ? "; " : "",
                                    shadow_kind_name((enum shadow_kind)kind), note->texts[kind]);
    if (host->shadow_unsaid > 0)
        snprintf(unsaid, sizeof(unsaid), "%zu", host->shadow_unsaid);
    host->shadow_unsaid = 0;
    LOG_INFO(&host->log, 0, "Shadow policy disagrees", "pod", ref, "policy", note->policy, "node",
             note->node, "shadowNode", note->other_node, "reason", reason, "unsaid",
             *unsaid ? unsaid : NULL);
}

void
host_on_outcome(void *user, struct queued_pod *pod)
{
    struct host *host = user;

    log_outcome(host, pod);
    log_shadow(host, pod);
    monitor_outcome(&host->monitor, pod);
    if (!host->events)
        return;
    if (pod->outcome.verdict == VERDICT_BOUND)
        events_scheduled(host->events, pod->pod, pod->outcome.node);
    else if (pod->outcome.verdict != VERDICT_PENDING && !pod->is_bound)
        tell_failure(host, pod);
}

/* Most drivers answer within moments; only where one does not, the pod's user hears of it. */
void
host_tell_if_late(void *user, struct queued_pod *pod)
{
    struct host *host = user;

    if (!pod->is_pending || pod->told.wait_ms == pod->parked_ms ||
        host_now_ms(host) < pod->parked_ms + PENDING_MS)
        return;
    pod->told.wait_ms = pod->parked_ms;
    tell_failure(host, pod);
}
