/* monitor.c - collects numbers from the parts of `chandra schedule`, and answers for their health.
 */
#include "schedule/monitor.h"

#include "schedule/policy_timer.h"

#include <chandra/engine.h>
#include <chandra/version.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAX_SILENCE_S = 60 }; /* of the scheduling thread */

static const char *const kind_labels[CHANDRA_KIND_COUNT] = {
    [CHANDRA_KIND_POD] = "kind=\"Pod\"",
    [CHANDRA_KIND_NODE] = "kind=\"Node\"",
    [CHANDRA_KIND_CLAIM] = "kind=\"ResourceClaim\"",
    [CHANDRA_KIND_CLASS] = "kind=\"ResourceClass\"",
    [CHANDRA_KIND_CONTEXT] = "kind=\"PodSchedulingContext\"",
};

enum chandra_status
monitor_init(struct monitor *monitor, struct chandra_error *err)
{
    const enum chandra_status st = metrics_new(&monitor->metrics, err);
    char labels[METRIC_LABELS_SIZE];

    if (st == CHANDRA_OK)
        metrics_set(monitor->metrics, METRIC_BUILD_INFO,
                    metrics_labels(labels, "version", CHANDRA_VERSION, NULL), 1);
    atomic_store(&monitor->looked_s, (int64_t)time(NULL));
    return st;
}

void
monitor_clear(struct monitor *monitor)
{
    monitor_stop(monitor);
    history_free(monitor->history);
    monitor->history = NULL;
    metrics_free(monitor->metrics);
    monitor->metrics = NULL;
}

/* Health. */

static bool
answers_at_all(void *user, int which, char *why, size_t size)
{
    (void)user;
    (void)which;
    snprintf(why, size, "%s", "");
    return true;
}

static bool
is_looping(void *user, int which, char *why, size_t size)
{
    struct monitor *monitor = user;
    const int64_t silence_s = (int64_t)time(NULL) - atomic_load(&monitor->looked_s);

    (void)which;
    if (silence_s <= MAX_SILENCE_S)
        return true;
    snprintf(why, size, "the scheduling loop has not come by for %lld s", (long long)silence_s);
    return false;
}

static bool
is_watching(void *user, int which, char *why, size_t size)
{
    const struct monitor *monitor = user;

    chandra_engine_watch_text(monitor->engine, (enum chandra_kind)which, why, size);
    return !*why;
}

static bool
has_policy(void *user, int which, char *why, size_t size)
{
    const struct monitor *monitor = user;
    struct chandra_policy *policy = chandra_engine_policy(monitor->engine);

    (void)which;
    if (!policy)
        snprintf(why, size, "no policy is loaded");
    chandra_policy_unref(policy);
    return policy != NULL;
}

/* A replica that follows is as ready as one that leads. */
static const struct health_check checks[] = {
    {"ping", answers_at_all, 0, true},
    {"scheduling-loop", is_looping, 0, true},
    {"watch-pods", is_watching, CHANDRA_KIND_POD, false},
    {"watch-nodes", is_watching, CHANDRA_KIND_NODE, false},
    {"watch-resourceclaims", is_watching, CHANDRA_KIND_CLAIM, false},
    {"watch-resourceclasses", is_watching, CHANDRA_KIND_CLASS, false},
    {"watch-podschedulingcontexts", is_watching, CHANDRA_KIND_CONTEXT, false},
    {"policy", has_policy, 0, false},
    {0},
};

static void
collect_watch(struct monitor *monitor, enum chandra_kind kind)
{
    const char *const kind_name = chandra_kind_name(kind);
    char labels[METRIC_LABELS_SIZE];
    const char *name;

    for (int type = 0; (name = chandra_watch_event_name((enum chandra_watch_event)type)); type++)
        metrics_set(monitor->metrics, METRIC_WATCH_EVENTS,
                    metrics_labels(labels, "kind", kind_name, "type", name, NULL),
                    (double)chandra_engine_watch_events(monitor->engine, kind,
                                                        (enum chandra_watch_event)type));
    for (int why = 0; (name = chandra_watch_restart_name((enum chandra_watch_restart)why)); why++)
        metrics_set(monitor->metrics, METRIC_WATCH_RESTARTS,
                    metrics_labels(labels, "kind", kind_name, "reason", name, NULL),
                    (double)chandra_engine_watch_restarts(monitor->engine, kind,
                                                          (enum chandra_watch_restart)why));
}

/* What is known at any time is read when it is asked for. */
static char *
collect(void *user, size_t *out_len)
{
    struct monitor *monitor = user;
    char labels[METRIC_LABELS_SIZE];

    for (int kind = 0; kind < CHANDRA_KIND_COUNT; kind++) {
        metrics_set(monitor->metrics, METRIC_CACHE_OBJECTS, kind_labels[kind],
                    (double)chandra_engine_count(monitor->engine, (enum chandra_kind)kind));
        collect_watch(monitor, (enum chandra_kind)kind);
    }
    if (monitor->election)
        metrics_set(monitor->metrics, METRIC_LEADER,
                    metrics_labels(labels, "name", monitor->lease_name, NULL),
                    election_state(monitor->election) == ELECTION_LEADING);
    if (monitor->events)
        metrics_set(monitor->metrics, METRIC_EVENTS_LOST, NULL,
                    (double)events_lost(monitor->events));
    metrics_read_process(monitor->metrics);
    return metrics_text(monitor->metrics, out_len);
}

static char *
explain(void *user, const char *name_space, const char *pod, size_t *out_len)
{
    const struct monitor *monitor = user;

    return history_document(monitor->history, name_space, pod, (int64_t)time(NULL), out_len);
}

static enum chandra_status
serve_at(struct monitor *monitor, const char *address, bool has_metrics, struct health **out_health,
         struct chandra_error *err)
{
    const struct health_options options = {.address = address,
                                           .checks = checks,
                                           .user = monitor,
                                           .metrics = has_metrics ? collect : NULL,
                                           .explain = has_metrics ? explain : NULL};

    return health_is_off(address) ? CHANDRA_OK : health_start(&options, out_health, err);
}

enum chandra_status
monitor_serve(struct monitor *monitor, const struct monitor_options *options,
              struct chandra_error *err)
{
    enum chandra_status st;

    monitor->lease_name = options->lease_name;
    if (!health_is_off(options->metrics_address)) {
        st = history_new(options->lease_name, &monitor->history, err);
        if (st != CHANDRA_OK)
            return st;
    }
    st = serve_at(monitor, options->metrics_address, true, &monitor->metrics_server, err);
    if (st != CHANDRA_OK)
        return chandra_error_prefix(err, "--metrics-bind-address");
    st = serve_at(monitor, options->health_address, false, &monitor->health_server, err);
    return st == CHANDRA_OK ? st : chandra_error_prefix(err, "--health-probe-bind-address");
}

void
monitor_stop(struct monitor *monitor)
{
    health_stop(monitor->metrics_server);
    health_stop(monitor->health_server);
    monitor->metrics_server = NULL;
    monitor->health_server = NULL;
}

/* Numbers. */

static bool
is_publish(const struct chandra_kube_request_info *info)
{
    return strcmp(info->resource, "podschedulingcontexts") == 0 &&
           (strcmp(info->verb, "POST") == 0 || strcmp(info->verb, "PUT") == 0 ||
            strcmp(info->verb, "PATCH") == 0);
}

static const char *
publish_result(int http_status)
{
    if (http_status >= 200 && http_status < 300)
        return "success";
    return http_status == 409 ? "conflict" : "error";
}

void
monitor_request(void *user, const struct chandra_kube_request_info *info)
{
    struct monitor *monitor = user;
    char labels[METRIC_LABELS_SIZE];
    char code[16];

    snprintf(code, sizeof(code), "%d", info->http_status);
    metrics_observe(
        monitor->metrics, METRIC_API_REQUEST_SECONDS,
        metrics_labels(labels, "verb", info->verb, "resource", info->resource, "code", code, NULL),
        info->seconds);
    if (is_publish(info))
        metrics_add(monitor->metrics, METRIC_PUBLISHES,
                    metrics_labels(labels, "result", publish_result(info->http_status), NULL), 1);
}

static const char *
result_of(const struct outcome *outcome)
{
    switch (outcome->verdict) {
    case VERDICT_BOUND:
        return "allocated";
    case VERDICT_PENDING:
        return "pending";
    case VERDICT_FAILED:
        return "error";
    default:
        return "unschedulable";
    }
}

static void
count_shadow(struct monitor *monitor, const struct shadow_note *note)
{
    char labels[METRIC_LABELS_SIZE];

    metrics_add(monitor->metrics, METRIC_SHADOW_DECISIONS,
                metrics_labels(labels, "policy", note->policy, NULL), 1);
    for (int kind = 0; kind < SHADOW_KIND_COUNT; kind++)
        if (note->texts[kind])
            metrics_add(monitor->metrics, METRIC_SHADOW_DISAGREEMENTS,
                        metrics_labels(labels, "policy", note->policy, "kind",
                                       shadow_kind_name((enum shadow_kind)kind), NULL),
                        1);
}

void
monitor_outcome(struct monitor *monitor, const struct queued_pod *pod)
{
    const char *result = result_of(&pod->outcome);
    struct timespec now;
    char labels[METRIC_LABELS_SIZE];

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (monitor->history)
        history_note(monitor->history, pod, (int64_t)time(NULL));
    if (pod->shadow)
        count_shadow(monitor, pod->shadow);
    metrics_add(monitor->metrics, METRIC_DECISIONS, metrics_labels(labels, "result", result, NULL),
                1);
    metrics_observe(monitor->metrics, METRIC_DECISION_SECONDS,
                    metrics_labels(labels, "result", result, "mode", "classic", NULL),
                    (double)(now.tv_sec - pod->tried.tv_sec) +
                        (double)(now.tv_nsec - pod->tried.tv_nsec) / 1e9);
}

void
monitor_look(struct monitor *monitor, const struct scheduler *scheduler)
{
    const struct scheduler_places places = scheduler_places(scheduler);
    struct metrics *metrics = monitor->metrics;

    atomic_store(&monitor->looked_s, (int64_t)time(NULL));
    metrics_set(metrics, METRIC_PENDING_PODS, "queue=\"active\"", (double)places.active);
    metrics_set(metrics, METRIC_PENDING_PODS, "queue=\"backoff\"", (double)places.backing_off);
    metrics_set(metrics, METRIC_PENDING_PODS, "queue=\"gated\"", (double)places.gated);
    metrics_set(metrics, METRIC_PENDING_PODS, "queue=\"unschedulable\"",
                (double)places.unschedulable);
    for (int kind = 0; kind < CHANDRA_KIND_COUNT; kind++) {
        const int64_t changed_s = scheduler_changed_s(scheduler, (enum chandra_kind)kind);
        if (changed_s > 0)
            metrics_set(metrics, METRIC_CACHE_LAST_EVENT, kind_labels[kind], (double)changed_s);
    }
}

static void
note_policy(struct monitor *monitor, const struct chandra_policy_info *info)
{
    char labels[METRIC_LABELS_SIZE];
    char api[16];

    snprintf(api, sizeof(api), "%d", info->api);
    metrics_set(monitor->metrics, METRIC_POLICY_INFO,
                metrics_labels(labels, "policy", info->name, "version", info->version, "api", api,
                               "sha256", info->sha256, NULL),
                1);
}

void
monitor_policies(struct monitor *monitor, bool is_first)
{
    struct chandra_policy *policy = chandra_engine_policy(monitor->engine);
    struct chandra_policy *timer = policy ? policy_timer_new(policy, monitor->metrics) : NULL;
    const struct chandra_policy_info *info;

    if (!is_first)
        metrics_add(monitor->metrics, METRIC_POLICY_RELOADS, "result=\"success\"", 1);
    metrics_set(monitor->metrics, METRIC_POLICY_LAST_RELOAD, NULL, (double)time(NULL));
    metrics_reset(monitor->metrics, METRIC_POLICY_INFO);
    for (size_t i = 0; policy && (info = chandra_policy_info_at(policy, i)); i++)
        note_policy(monitor, info);
    if (timer)
        chandra_engine_set_policy(monitor->engine, timer);
    chandra_policy_unref(timer);
    chandra_policy_unref(policy);
}

void
monitor_bad_policies(struct monitor *monitor)
{
    metrics_add(monitor->metrics, METRIC_POLICY_RELOADS, "result=\"error\"", 1);
}
