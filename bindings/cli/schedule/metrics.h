/* metrics.h - numbers about a running scheduler, as Prometheus reads them (text format 0.0.4). */
#ifndef CHANDRA_CLI_METRICS_H
#define CHANDRA_CLI_METRICS_H

#include <chandra/error.h>
#include <stddef.h>

struct metrics;

/* In the order of their output. */
enum metric {
    METRIC_API_REQUEST_SECONDS,
    METRIC_BUILD_INFO,
    METRIC_CACHE_LAST_EVENT,
    METRIC_CACHE_OBJECTS,
    METRIC_DECISION_SECONDS,
    METRIC_DECISIONS,
    METRIC_EVENTS_LOST,
    METRIC_PENDING_PODS,
    METRIC_PUBLISHES,
    METRIC_POLICY_ERRORS,
    METRIC_POLICY_SECONDS,
    METRIC_POLICY_INFO,
    METRIC_POLICY_LAST_RELOAD,
    METRIC_POLICY_RELOADS,
    METRIC_SHADOW_DECISIONS,
    METRIC_SHADOW_DISAGREEMENTS,
    METRIC_WATCH_EVENTS,
    METRIC_WATCH_RESTARTS,
    METRIC_LEADER,
    METRIC_PROCESS_CPU,
    METRIC_PROCESS_FDS,
    METRIC_PROCESS_RESIDENT,
    METRIC_PROCESS_START,
    METRIC_PROCESS_VIRTUAL,
    METRIC_COUNT,
};

enum { METRIC_LABELS_SIZE = 512 };

enum chandra_status metrics_new(struct metrics **out_metrics, struct chandra_error *err);
void metrics_free(struct metrics *metrics); /* NULL is fine */

/* Write labels: names and values in turn, ended by NULL. Values must come from a small set, never
 * be names of objects. Returns `text`. */
const char *metrics_labels(char text[METRIC_LABELS_SIZE], ...);

/* `labels` NULL: none. For want of memory a number may be missing. NULL `metrics` is fine. Threads:
 * any. */
void metrics_add(struct metrics *metrics, enum metric metric, const char *labels, double value);
void metrics_set(struct metrics *metrics, enum metric metric, const char *labels, double value);
void metrics_observe(struct metrics *metrics, enum metric metric, const char *labels, double value);
/* Forget all series of a metric, such as those of former policies. */
void metrics_reset(struct metrics *metrics, enum metric metric);
/* Take the numbers of the process from the system. */
void metrics_read_process(struct metrics *metrics);

/* Everything as text, for chandra_free(); NULL when out of memory. Threads: any. */
char *metrics_text(struct metrics *metrics, size_t *out_len);

#endif
