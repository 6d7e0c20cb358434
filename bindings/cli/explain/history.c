/* history.c - a list of pods, the one tried last in front, with the attempts of each in a ring. */
#include "explain/history.h"

#include "explain/explanation.h"
#include "map.h"

#include <chandra/sys/base.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SIZE = 520, TEXT_SIZE = 1024 };

struct
try {
    uint32_t number;
    int64_t time;
    const char *point; /* static */
    enum chandra_code code;
    enum verdict verdict;
    char *node; /* or NULL */
    char *text; /* the outcome in one line */
};

struct remembered {
    char *key;
    struct chandra_object *pod; /* a reference */
    struct outcome outcome;     /* of the last attempt */
    struct try tries[HISTORY_ATTEMPTS];
    size_t try_count; /* of all, also those that are forgotten */
    struct remembered *newer;
    struct remembered *older;
};

struct history {
    pthread_mutex_t mutex;
    char *server;
    struct map pods;
    struct remembered *newest;
    struct remembered *oldest;
};

static void
clear_try(struct try *item)
{
    chandra_free(item->node);
    chandra_free(item->text);
    *item = (struct try){0};
}

static void
forget_tries(struct remembered *pod)
{
    for (size_t i = 0; i < HISTORY_ATTEMPTS; i++)
        clear_try(&pod->tries[i]);
    pod->try_count = 0;
}

static void
free_pod(void *value)
{
    struct remembered *pod = value;

    forget_tries(pod);
    outcome_clear(&pod->outcome);
    chandra_object_unref(pod->pod);
    chandra_free(pod->key);
    chandra_free(pod);
}

enum chandra_status
history_new(const char *server, struct history **out_history, struct chandra_error *err)
{
    struct history *history = chandra_realloc(NULL, sizeof(*history));

    if (!history)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    *history = (struct history){.server = chandra_strdup(server)};
    pthread_mutex_init(&history->mutex, NULL);
    if (!history->server) {
        history_free(history);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    *out_history = history;
    return CHANDRA_OK;
}

void
history_free(struct history *history)
{
    if (!history)
        return;
    map_clear(&history->pods, free_pod);
    pthread_mutex_destroy(&history->mutex);
    chandra_free(history->server);
    chandra_free(history);
}

static void
unlink_pod(struct history *history, struct remembered *pod)
{
    *(pod->newer ? &pod->newer->older : &history->newest) = pod->older;
    *(pod->older ? &pod->older->newer : &history->oldest) = pod->newer;
    pod->newer = pod->older = NULL;
}

static void
link_first(struct history *history, struct remembered *pod)
{
    pod->older = history->newest;
    *(history->newest ? &history->newest->newer : &history->oldest) = pod;
    history->newest = pod;
}

static void
forget_oldest(struct history *history)
{
    struct remembered *pod = history->oldest;

    unlink_pod(history, pod);
    map_remove(&history->pods, pod->key);
    free_pod(pod);
}

/* The pod, in front of the list; NULL when out of memory. */
static struct remembered *
recall(struct history *history, const char *key)
{
    struct remembered *pod = map_get(&history->pods, key);

    if (pod) {
        unlink_pod(history, pod);
        link_first(history, pod);
        return pod;
    }
    if (history->pods.count == HISTORY_PODS)
        forget_oldest(history);
    pod = chandra_realloc(NULL, sizeof(*pod));
    if (!pod)
        return NULL;
    *pod = (struct remembered){.key = chandra_strdup(key)};
    if (!pod->key || !map_set(&history->pods, key, pod)) {
        free_pod(pod);
        return NULL;
    }
    link_first(history, pod);
    return pod;
}

static void
note_try(struct remembered *pod, const struct queued_pod *queued, int64_t time)
{
    const struct outcome *outcome = &queued->outcome;
    struct try *item = &pod->tries[pod->try_count++ % HISTORY_ATTEMPTS];
    char text[TEXT_SIZE];

    clear_try(item);
    outcome_reasons(outcome, text, sizeof(text));
    *item = (struct try){.number = queued->attempts,
                         .time = time,
                         .point = outcome->point,
                         .code = outcome->code,
                         .verdict = outcome->verdict,
                         .node = outcome->node ? chandra_strdup(outcome->node) : NULL,
                         .text = chandra_strdup(text)};
}

/* A pod that was made anew under the same name is another one. */
static void
take_object(struct remembered *pod, const struct chandra_pod *object)
{
    struct chandra_object *now = chandra_pod_object(object);

    if (pod->pod && strcmp(chandra_object_uid(pod->pod), chandra_object_uid(now)) != 0)
        forget_tries(pod);
    chandra_object_ref(now);
    chandra_object_unref(pod->pod);
    pod->pod = now;
}

void
history_note(struct history *history, const struct queued_pod *pod, int64_t time)
{
    const struct chandra_object *object = chandra_pod_object(pod->pod);
    struct remembered *remembered;
    char key[KEY_SIZE];

    snprintf(key, sizeof(key), "%s/%s", chandra_object_namespace(object),
             chandra_object_name(object));
    pthread_mutex_lock(&history->mutex);
    remembered = recall(history, key);
    if (remembered) {
        take_object(remembered, pod->pod);
        note_try(remembered, pod, time);
        outcome_clear(&remembered->outcome);
        if (!outcome_copy(&remembered->outcome, &pod->outcome))
            outcome_clear(&remembered->outcome);
    }
    pthread_mutex_unlock(&history->mutex);
}

/* Documents. */

static const char *
verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_NONE:
        return "none";
    case VERDICT_GATED:
        return "gated";
    case VERDICT_REJECTED:
        return "rejected";
    case VERDICT_PENDING:
        return "pending";
    case VERDICT_FAILED:
        return "failed";
    case VERDICT_BOUND:
        break;
    }
    return "bound";
}

static void
put_tries(const struct remembered *pod, struct build *build, struct chandra_value *array)
{
    const size_t count = pod->try_count < HISTORY_ATTEMPTS ? pod->try_count : HISTORY_ATTEMPTS;

    for (size_t i = pod->try_count - count; i < pod->try_count; i++) {
        const struct try *item = &pod->tries[i % HISTORY_ATTEMPTS];
        struct chandra_value *value = build_element(build, array);
        build_number(build, value, "number", item->number);
        build_time(build, value, "time", item->time);
        build_text(build, value, "result", verdict_name(item->verdict));
        build_text(build, value, "point", item->point ? item->point : "");
        build_text(build, value, "code", chandra_code_name(item->code));
        build_text(build, value, "node", item->node);
        build_text(build, value, "text", item->text ? item->text : "");
    }
}

void
history_put(struct history *history, struct build *build, struct chandra_value *root,
            const char *name_space, const char *name)
{
    struct chandra_value *array = build_array(build, root, "attempts");
    const struct remembered *pod;
    char key[KEY_SIZE];

    snprintf(key, sizeof(key), "%s/%s", name_space, name);
    pthread_mutex_lock(&history->mutex);
    pod = map_get(&history->pods, key);
    if (pod)
        put_tries(pod, build, array);
    pthread_mutex_unlock(&history->mutex);
}

static void
put_exclusion(struct build *build, struct chandra_value *array, const struct exclusion *exclusion)
{
    struct chandra_value *value = build_element(build, array);
    struct chandra_value *sample;

    build_text(build, value, "stage", explanation_stage(exclusion->stage));
    build_text(build, value, "claim", exclusion->claim);
    build_text(build, value, "policy", exclusion->policy);
    build_text(build, value, "rule", exclusion->rule);
    build_number(build, value, "nodes", exclusion->count);
    sample = build_array(build, value, "sample");
    for (size_t i = 0; i < SAMPLE_NODES && exclusion->sample[i]; i++)
        build_item(build, sample, exclusion->sample[i]);
    build_text(build, value, "wants", "");
    build_array(build, value, "seen");
}

/* Refused before single nodes were looked at: all of them went at once. */
static void
put_whole(struct build *build, struct chandra_value *funnel, const struct outcome *outcome)
{
    struct chandra_value *value = build_element(build, funnel);

    build_text(build, value, "stage", "pod");
    build_text(build, value, "claim", "");
    build_text(build, value, "policy", "");
    build_text(build, value, "rule", outcome->reason);
    build_number(build, value, "nodes", outcome->node_count);
    build_array(build, value, "sample");
    build_text(build, value, "wants", "");
    build_array(build, value, "seen");
}

static void
put_outcome(struct build *build, struct chandra_value *root, const struct outcome *outcome)
{
    struct chandra_value *funnel, *nearest;

    build_number(build, root, "nodeCount", outcome->node_count);
    funnel = build_array(build, root, "funnel");
    for (size_t i = 0; i < outcome->exclusion_count; i++)
        put_exclusion(build, funnel, &outcome->exclusions[i]);
    if (outcome->exclusion_count == 0 && outcome->node_count > 0)
        put_whole(build, funnel, outcome);
    if (!outcome->nearest) {
        build_null(build, root, "nearest");
        return;
    }
    nearest = build_object(build, root, "nearest");
    build_text(build, nearest, "node", outcome->nearest);
    build_number(build, nearest, "misses", outcome->nearest_misses);
    build_text(build, nearest, "rule", outcome->nearest_rule);
    build_text(build, nearest, "claim", "");
    build_text(build, nearest, "wants", "");
    build_text(build, nearest, "seen", "");
}

/* Whether each node was lost for a reason that is known. */
static bool
is_explained(const struct outcome *outcome)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < outcome->exclusion_count; i++)
        sum += outcome->exclusions[i].count;
    return sum > 0 && sum == outcome->node_count;
}

/* `root` has the funnel already. */
static void
put_cause(struct build *build, struct chandra_value *root, const struct outcome *outcome,
          const char *reasons)
{
    char text[TEXT_SIZE];

    if (outcome->verdict == VERDICT_BOUND)
        snprintf(text, sizeof(text), "placed on %s", outcome->node ? outcome->node : "");
    else if (is_explained(outcome))
        explanation_no_node_left(root, text, sizeof(text));
    else
        snprintf(text, sizeof(text), "%s", reasons);
    build_text(build, root, "cause", text);
}

static void
put_pod(struct build *build, struct chandra_value *root, const struct remembered *pod)
{
    const struct outcome *outcome = &pod->outcome;
    const bool is_placed = outcome->verdict == VERDICT_BOUND;
    const struct try *last = &pod->tries[(pod->try_count - 1) % HISTORY_ATTEMPTS];
    char text[TEXT_SIZE];

    outcome_text(outcome, text, sizeof(text));
    build_text(build, root, "state", is_placed ? "placed" : "waiting");
    build_text(build, root, "node", is_placed ? outcome->node : NULL);
    build_null(build, root, "cause"); /* its place, near the top */
    build_text(build, root, "short", text);
    build_text(build, root, "point", outcome->point ? outcome->point : "");
    build_text(build, root, "code", chandra_code_name(outcome->code));
    build_text(build, root, "policy", outcome->policy ? outcome->policy : "");
    put_outcome(build, root, outcome);
    put_cause(build, root, outcome, last->text ? last->text : "");
    put_tries(pod, build, build_array(build, root, "attempts"));
}

static struct chandra_value *
build_document(const struct history *history, struct build *build, const struct remembered *pod,
               int64_t now)
{
    const struct try *last = &pod->tries[(pod->try_count - 1) % HISTORY_ATTEMPTS];
    const struct explain_source source = {.type = "server",
                                          .from = history->server,
                                          .time = last->time,
                                          .age_s = now > last->time ? now - last->time : 0};
    struct chandra_value *root = explanation_begin(build, "Pod", pod->pod, &source);

    put_pod(build, root, pod);
    return root;
}

char *
history_document(struct history *history, const char *name_space, const char *name, int64_t now,
                 size_t *out_len)
{
    struct build build = {0};
    const struct remembered *pod;
    struct chandra_value *root = NULL;
    char key[KEY_SIZE];
    char *text = NULL;

    if (chandra_doc_new(&build.doc, NULL) != CHANDRA_OK)
        return NULL;
    snprintf(key, sizeof(key), "%s/%s", name_space, name);
    pthread_mutex_lock(&history->mutex);
    pod = map_get(&history->pods, key);
    if (pod && pod->try_count > 0)
        root = build_document(history, &build, pod, now);
    pthread_mutex_unlock(&history->mutex);
    if (!root || build.is_out_of_memory ||
        chandra_value_print(root, CHANDRA_PRINT_PRETTY, &text, out_len, NULL) != CHANDRA_OK)
        text = NULL;
    chandra_doc_free(build.doc);
    return text;
}
