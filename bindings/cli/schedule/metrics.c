/* metrics.c - a table of metrics, each with its series. */
#include "schedule/metrics.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <dirent.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_BUCKETS = 20, LINE_SIZE = 1024 };

enum sort { COUNTER, GAUGE, HISTOGRAM };

static const struct family {
    const char *name;
    enum sort sort;
    const char *help;
    double first; /* bucket, and the factor to the next */
    double factor;
    size_t buckets;
} families[METRIC_COUNT] = {
    [METRIC_API_REQUEST_SECONDS] = {"chandra_api_request_duration_seconds", HISTOGRAM,
                                    "Time to the answer of an API request, of a watch to its "
                                    "start; code 0: no answer.",
                                    0.001, 2, 15},
    [METRIC_BUILD_INFO] = {"chandra_build_info", GAUGE, "Which chandra this is.", 0, 0, 0},
    [METRIC_CACHE_LAST_EVENT] = {"chandra_cache_last_event_timestamp_seconds", GAUGE,
                                 "When the cache last heard of an object of this kind.", 0, 0, 0},
    [METRIC_CACHE_OBJECTS] = {"chandra_cache_objects", GAUGE, "Objects in the cache.", 0, 0, 0},
    [METRIC_DECISION_SECONDS] = {"chandra_decision_duration_seconds", HISTOGRAM,
                                 "Time of a scheduling attempt, its API requests included.", 0.001,
                                 2, 15},
    [METRIC_DECISIONS] = {"chandra_decisions_total", COUNTER, "Scheduling attempts.", 0, 0, 0},
    [METRIC_EVENTS_LOST] = {"chandra_events_lost_total", COUNTER,
                            "Events and pod conditions that could not be written.", 0, 0, 0},
    [METRIC_PENDING_PODS] = {"chandra_pending_pods", GAUGE,
                             "Pods that wait, by their place in the queue.", 0, 0, 0},
    [METRIC_PUBLISHES] = {"chandra_podschedulingcontext_publish_total", COUNTER,
                          "Writes of PodSchedulingContexts.", 0, 0, 0},
    [METRIC_POLICY_ERRORS] = {"chandra_policy_errors_total", COUNTER,
                              "Calls of policies that failed.", 0, 0, 0},
    [METRIC_POLICY_SECONDS] = {"chandra_policy_execution_duration_seconds", HISTOGRAM,
                               "Time of a call of a chain of policies.", 1e-5, 1.5, 20},
    [METRIC_POLICY_INFO] = {"chandra_policy_info", GAUGE, "The policies that decide.", 0, 0, 0},
    [METRIC_POLICY_LAST_RELOAD] = {"chandra_policy_last_reload_success_timestamp_seconds", GAUGE,
                                   "When policies were last loaded.", 0, 0, 0},
    [METRIC_POLICY_RELOADS] = {"chandra_policy_reloads_total", COUNTER,
                               "Loads of changed policies.", 0, 0, 0},
    [METRIC_SHADOW_DECISIONS] = {"chandra_shadow_decisions_total", COUNTER,
                                 "Attempts in which a shadow policy decided too.", 0, 0, 0},
    [METRIC_SHADOW_DISAGREEMENTS] = {"chandra_shadow_disagreements_total", COUNTER,
                                     "What a shadow policy would have done otherwise.", 0, 0, 0},
    [METRIC_WATCH_EVENTS] = {"chandra_watch_events_total", COUNTER,
                             "Events that the watches of this kind have brought.", 0, 0, 0},
    [METRIC_WATCH_RESTARTS] = {"chandra_watch_restarts_total", COUNTER,
                               "How often the watch of this kind had to begin anew.", 0, 0, 0},
    [METRIC_LEADER] = {"leader_election_master_status", GAUGE, "1: this replica leads.", 0, 0, 0},
    [METRIC_PROCESS_CPU] = {"process_cpu_seconds_total", COUNTER, "User and system time.", 0, 0, 0},
    [METRIC_PROCESS_FDS] = {"process_open_fds", GAUGE, "Open file descriptors.", 0, 0, 0},
    [METRIC_PROCESS_RESIDENT] = {"process_resident_memory_bytes", GAUGE, "Resident memory.", 0, 0,
                                 0},
    [METRIC_PROCESS_START] = {"process_start_time_seconds", GAUGE, "When the process started.", 0,
                              0, 0},
    [METRIC_PROCESS_VIRTUAL] = {"process_virtual_memory_bytes", GAUGE, "Virtual memory.", 0, 0, 0},
};

struct series {
    struct series *next;
    double value; /* of histograms the sum */
    uint64_t count;
    uint64_t buckets[MAX_BUCKETS]; /* each without those below it */
    char labels[];
};

struct metrics {
    pthread_mutex_t mutex;
    time_t started;
    struct series *series[METRIC_COUNT];
};

enum chandra_status
metrics_new(struct metrics **out_metrics, struct chandra_error *err)
{
    struct metrics *metrics = chandra_realloc(NULL, sizeof(*metrics));

    if (!metrics)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(metrics, 0, sizeof(*metrics));
    pthread_mutex_init(&metrics->mutex, NULL);
    metrics->started = time(NULL);
    *out_metrics = metrics;
    return CHANDRA_OK;
}

static void
forget(struct metrics *metrics, enum metric metric)
{
    struct series *series;

    while ((series = metrics->series[metric])) {
        metrics->series[metric] = series->next;
        chandra_free(series);
    }
}

void
metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        forget(metrics, (enum metric)metric);
    pthread_mutex_destroy(&metrics->mutex);
    chandra_free(metrics);
}

const char *
metrics_labels(char text[METRIC_LABELS_SIZE], ...)
{
    size_t len = 0;
    const char *name;
    va_list args;

    va_start(args, text);
    while ((name = va_arg(args, const char *)) && len < METRIC_LABELS_SIZE - 4) {
        const char *value = va_arg(args, const char *);
        const size_t start = len;
        len +=
            (size_t)snprintf(text + len, METRIC_LABELS_SIZE - len, "%s%s=\"", len ? "," : "", name);
        for (; *value && len < METRIC_LABELS_SIZE - 4; value++) {
            if (*value == '"' || *value == '\\')
                text[len++] = '\\';
            text[len++] = (char)(*value == '\n' ? ' ' : *value);
        }
        if (len >= METRIC_LABELS_SIZE - 4)
            len = start; /* rather none than half of one */
        else
            text[len++] = '"';
    }
    va_end(args);
    text[len] = '\0';
    return text;
}

/* The lock is held. NULL when out of memory. */
static struct series *
find_or_add(struct metrics *metrics, enum metric metric, const char *labels)
{
    struct series **at = &metrics->series[metric];
    struct series *series;
    size_t size;

    labels = labels ? labels : "";
    while (*at && strcmp((*at)->labels, labels) < 0)
        at = &(*at)->next;
    if (*at && strcmp((*at)->labels, labels) == 0)
        return *at;
    size = strlen(labels) + 1;
    series = chandra_realloc(NULL, sizeof(*series) + size);
    if (!series)
        return NULL;
    memset(series, 0, sizeof(*series));
    memcpy(series->labels, labels, size);
    series->next = *at;
    *at = series;
    return series;
}

static void
change(struct metrics *metrics, enum metric metric, const char *labels, double value, bool is_sum)
{
    struct series *series;

    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->mutex);
    series = find_or_add(metrics, metric, labels);
    if (series)
        series->value = is_sum ? series->value + value : value;
    pthread_mutex_unlock(&metrics->mutex);
}

void
metrics_add(struct metrics *metrics, enum metric metric, const char *labels, double value)
{
    change(metrics, metric, labels, value, true);
}

void
metrics_set(struct metrics *metrics, enum metric metric, const char *labels, double value)
{
    change(metrics, metric, labels, value, false);
}

static size_t
bucket_of(const struct family *family, double value)
{
    double bound = family->first;
    size_t at = 0;

    while (at < family->buckets && value > bound) {
        bound *= family->factor;
        at++;
    }
    return at;
}

void
metrics_observe(struct metrics *metrics, enum metric metric, const char *labels, double value)
{
    const size_t bucket = bucket_of(&families[metric], value);
    struct series *series;

    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->mutex);
    series = find_or_add(metrics, metric, labels);
    if (series) {
        series->value += value;
        series->count++;
        if (bucket < families[metric].buckets)
            series->buckets[bucket]++;
    }
    pthread_mutex_unlock(&metrics->mutex);
}

void
metrics_reset(struct metrics *metrics, enum metric metric)
{
    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->mutex);
    forget(metrics, metric);
    pthread_mutex_unlock(&metrics->mutex);
}

/* The process. */

static double
count_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    double count = -3; /* ".", "..", and the directory itself */

    if (!directory)
        return 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* Two numbers of pages: virtual and resident. */
static void
read_memory(struct metrics *metrics)
{
    const double page = (double)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "r");
    char line[128];
    char *rest;

    if (!file)
        return;
    if (fgets(line, sizeof(line), file)) {
        metrics_set(metrics, METRIC_PROCESS_VIRTUAL, NULL, (double)strtoul(line, &rest, 10) * page);
        metrics_set(metrics, METRIC_PROCESS_RESIDENT, NULL, (double)strtoul(rest, NULL, 10) * page);
    }
    fclose(file);
}

void
metrics_read_process(struct metrics *metrics)
{
    struct timespec used;

    read_memory(metrics);
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0)
        metrics_set(metrics, METRIC_PROCESS_CPU, NULL,
                    (double)used.tv_sec + (double)used.tv_nsec / 1e9);
    metrics_set(metrics, METRIC_PROCESS_FDS, NULL, count_fds());
    metrics_set(metrics, METRIC_PROCESS_START, NULL, (double)metrics->started);
}

/* Output. */

struct text {
    char *text;
    size_t len;
    size_t capacity;
    bool has_failed;
};

static void print(struct text *text, const char *fmt, ...) CHANDRA_PRINTF(2, 3);

static void
print(struct text *text, const char *fmt, ...)
{
    char line[LINE_SIZE];
    va_list args;
    int len;

    va_start(args, fmt);
    /* The analyzer does not see what va_start() does. */
    len = vsnprintf(line, sizeof(line), fmt, args); // NOLINT(clang-analyzer-valist.Uninitialized)
    va_end(args);
    if (len < 0 || text->has_failed)
        return;
    if (len >= LINE_SIZE)
        len = LINE_SIZE - 1;
    if (text->len + (size_t)len + 1 > text->capacity) {
        const size_t capacity = text->capacity * 2 + 8192;
        char *grown = chandra_realloc(text->text, capacity);
        text->has_failed = !grown;
        if (!grown)
            return;
        text->text = grown;
        text->capacity = capacity;
    }
    memcpy(text->text + text->len, line, (size_t)len + 1);
    text->len += (size_t)len;
}

static void
print_histogram(struct text *text, const struct family *family, const struct series *series)
{
    const char *comma = *series->labels ? "," : "";
    double bound = family->first;
    uint64_t sum = 0;

    for (size_t i = 0; i < family->buckets; i++, bound *= family->factor) {
        sum += series->buckets[i];
        print(text, "%s_bucket{%s%sle=\"%.6g\"} %llu\n", family->name, series->labels, comma, bound,
              (unsigned long long)sum);
    }
    print(text, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", family->name, series->labels, comma,
          (unsigned long long)series->count);
    print(text, "%s_sum%s%s%s %.9g\n", family->name, *comma ? "{" : "", series->labels,
          *comma ? "}" : "", series->value);
    print(text, "%s_count%s%s%s %llu\n", family->name, *comma ? "{" : "", series->labels,
          *comma ? "}" : "", (unsigned long long)series->count);
}

static void
print_family(struct text *text, const struct family *family, const struct series *series)
{
    static const char *const sorts[] = {"counter", "gauge", "histogram"};

    print(text, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
          sorts[family->sort]);
    for (; series; series = series->next) {
        if (family->sort == HISTOGRAM)
            print_histogram(text, family, series);
        else
            print(text, "%s%s%s%s %.15g\n", family->name, *series->labels ? "{" : "",
                  series->labels, *series->labels ? "}" : "", series->value);
    }
}

char *
metrics_text(struct metrics *metrics, size_t *out_len)
{
    struct text text = {0};

    pthread_mutex_lock(&metrics->mutex);
    for (size_t i = 0; i < METRIC_COUNT; i++)
        if (metrics->series[i])
            print_family(&text, &families[i], metrics->series[i]);
    pthread_mutex_unlock(&metrics->mutex);
    if (text.has_failed) {
        chandra_free(text.text);
        return NULL;
    }
    *out_len = text.len;
    return text.text;
}
