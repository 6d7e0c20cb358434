/* result.c - asks the API server for pods and claims, and the scheduler why a pod waits. */
#include "simulate/result.h"
#include "values.h"

#include <chandra/client.h>
#include <chandra/cycle.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <chandra/policy.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SIZE = 520 };

struct builder {
    const struct drive *drive;
    struct chandra_engine *engine;
    struct chandra_doc *doc;
    struct chandra_cycle *cycle; /* of no pod, to evaluate selectors with */
    struct chandra_nodeset *nodes;
    struct map rounds; /* "NAMESPACE/NAME" of a pod to a count */
    size_t placed;
    size_t waiting;
};

static enum chandra_status
no_memory(struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

static bool
set_text(struct builder *builder, struct chandra_value *object, const char *key, const char *text)
{
    return chandra_value_set(object, key, chandra_value_new_string(builder->doc, text));
}

static bool
set_number(struct builder *builder, struct chandra_value *object, const char *key, int64_t number)
{
    return chandra_value_set(object, key, chandra_value_new_int64(builder->doc, number));
}

static enum chandra_status
list(const struct builder *builder, const char *path, struct chandra_doc **out_doc,
     struct chandra_error *err)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};

    return chandra_client_request(chandra_sim_transport(builder->drive->sim), &request, out_doc,
                                  err);
}

/* Writes; each of the scheduler to a PodSchedulingContext is a round of a pod's negotiation. */

static bool
count_round(struct builder *builder, const struct chandra_sim_write *write)
{
    char key[KEY_SIZE];
    size_t *count;

    if (strcmp(write->actor, "scheduler") != 0 ||
        strcmp(write->kind, "PodSchedulingContext") != 0 || strcmp(write->method, "DELETE") == 0 ||
        write->http_status >= 300)
        return true;
    snprintf(key, sizeof(key), "%s/%s", write->name_space, write->name);
    count = map_get(&builder->rounds, key);
    if (!count) {
        count = chandra_realloc(NULL, sizeof(*count));
        if (!count || !map_set(&builder->rounds, key, count)) {
            chandra_free(count);
            return false;
        }
        *count = 0;
    }
    (*count)++;
    return true;
}

static struct chandra_value *
write_value(struct builder *builder, const struct chandra_sim_write *write)
{
    struct chandra_value *value = chandra_value_new_object(builder->doc);

    if (value && set_text(builder, value, "actor", write->actor) &&
        set_text(builder, value, "method", write->method) &&
        set_text(builder, value, "kind", write->kind) &&
        set_text(builder, value, "namespace", write->name_space) &&
        set_text(builder, value, "name", write->name) &&
        set_text(builder, value, "subresource", write->subresource) &&
        set_number(builder, value, "status", write->http_status) &&
        set_number(builder, value, "timeMs", write->time_ms))
        return value;
    return NULL;
}

static enum chandra_status
count_rounds(struct builder *builder, struct chandra_error *err)
{
    struct chandra_sim_write write;

    for (size_t i = 0; chandra_sim_write_at(builder->drive->sim, i, &write); i++)
        if (!count_round(builder, &write))
            return no_memory(err);
    return CHANDRA_OK;
}

/* All but the loading of the manifests, which has no actor. */
static enum chandra_status
add_writes(struct builder *builder, struct chandra_value *result, struct chandra_error *err)
{
    struct chandra_value *writes = chandra_value_new_array(builder->doc);
    struct chandra_sim_write write;

    for (size_t i = 0; chandra_sim_write_at(builder->drive->sim, i, &write); i++)
        if (!writes ||
            (*write.actor && !chandra_value_append(writes, write_value(builder, &write))))
            return no_memory(err);
    return chandra_value_set(result, "writes", writes) ? CHANDRA_OK : no_memory(err);
}

/* Pods. */

static struct chandra_value *
exclusion_value(struct builder *builder, const struct outcome *outcome,
                const struct exclusion *exclusion)
{
    struct chandra_value *value = chandra_value_new_object(builder->doc);
    struct chandra_value *sample = chandra_value_new_array(builder->doc);

    for (size_t i = 0; i < SAMPLE_NODES && exclusion->sample[i]; i++)
        if (!chandra_value_append(sample,
                                  chandra_value_new_string(builder->doc, exclusion->sample[i])))
            return NULL;
    if (value && sample && set_text(builder, value, "point", outcome->point) &&
        set_text(builder, value, "claim", exclusion->claim) &&
        set_text(builder, value, "entry", exclusion->entry) &&
        set_text(builder, value, "policy", exclusion->policy) &&
        set_text(builder, value, "message", exclusion->rule) &&
        set_number(builder, value, "nodes", exclusion->count) &&
        chandra_value_set(value, "sample", sample))
        return value;
    return NULL;
}

static bool
add_answer(struct builder *builder, struct chandra_value *reasons, const struct outcome *outcome)
{
    struct chandra_value *value = chandra_value_new_object(builder->doc);

    return value && set_text(builder, value, "point", outcome->point) &&
           set_text(builder, value, "code", chandra_code_name(outcome->code)) &&
           set_text(builder, value, "message", outcome->reason) &&
           chandra_value_append(reasons, value);
}

/* Why a pod waits; an empty list for one that does not. */
static struct chandra_value *
reasons_value(struct builder *builder, const struct queued_pod *pod)
{
    struct chandra_value *reasons = chandra_value_new_array(builder->doc);

    if (!reasons || !pod || pod->is_bound || pod->outcome.verdict == VERDICT_NONE)
        return reasons;
    if (!add_answer(builder, reasons, &pod->outcome))
        return NULL;
    for (size_t i = 0; i < pod->outcome.exclusion_count; i++)
        if (!chandra_value_append(
                reasons, exclusion_value(builder, &pod->outcome, &pod->outcome.exclusions[i])))
            return NULL;
    return reasons;
}

static struct chandra_value *
note_value(struct builder *builder, const struct outcome_note *note)
{
    struct chandra_value *value = chandra_value_new_object(builder->doc);

    if (value && set_text(builder, value, "policy", note->policy) &&
        set_text(builder, value, "hook", note->hook) &&
        set_text(builder, value, "claim", note->claim) &&
        set_text(builder, value, "text", note->text))
        return value;
    return NULL;
}

/* What policies noted in the last attempt, whether it placed the pod or not. */
static struct chandra_value *
notes_value(struct builder *builder, const struct queued_pod *pod)
{
    struct chandra_value *notes = chandra_value_new_array(builder->doc);

    for (size_t i = 0; notes && pod && i < pod->outcome.note_count; i++)
        if (!chandra_value_append(notes, note_value(builder, &pod->outcome.notes[i])))
            return NULL;
    return notes;
}

static struct chandra_value *
pod_value(struct builder *builder, const struct chandra_value *object)
{
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const char *name_space = values_text(metadata, "namespace");
    const char *name = values_text(metadata, "name");
    const char *node = values_text(chandra_value_get(object, "spec"), "nodeName");
    const struct queued_pod *pod = scheduler_pod(builder->drive->scheduler, name_space, name);
    struct chandra_value *value = chandra_value_new_object(builder->doc);
    const size_t *rounds;
    char key[KEY_SIZE];

    snprintf(key, sizeof(key), "%s/%s", name_space, name);
    rounds = map_get(&builder->rounds, key);
    if (*node)
        builder->placed++;
    else if (pod)
        builder->waiting++;
    if (value && set_text(builder, value, "namespace", name_space) &&
        set_text(builder, value, "name", name) &&
        set_text(builder, value, "node", *node ? node : NULL) &&
        chandra_value_set(value, "reasons", reasons_value(builder, pod)) &&
        chandra_value_set(value, "notes", notes_value(builder, pod)) &&
        set_number(builder, value, "rounds", rounds ? (int64_t)*rounds : 0) &&
        set_number(builder, value, "attempts", pod ? pod->attempts : 0))
        return value;
    return NULL;
}

/* Claims. */

static const char *
claim_state(const struct chandra_value *metadata, const struct chandra_value *status)
{
    if (chandra_value_get(metadata, "deletionTimestamp"))
        return "deleting";
    if (chandra_value_is_true(chandra_value_get(status, "deallocationRequested")))
        return "deallocating";
    return chandra_value_get(status, "allocation") ? "allocated" : "pending";
}

/* The nodes an allocated claim is available on: their number, and the only one's name if it is one.
 * Without a selector these are all nodes. */
static bool
set_nodes(struct builder *builder, struct chandra_value *value,
          const struct chandra_value *allocation)
{
    const struct chandra_value *selector = chandra_value_get(allocation, "availableOnNodes");
    const struct chandra_nodeset *nodes = chandra_cycle_nodes(builder->cycle);
    const char *name = NULL;
    uint32_t count;

    if (!allocation)
        return set_text(builder, value, "node", NULL) && set_text(builder, value, "nodes", NULL);
    if (selector) {
        struct chandra_error ignored;
        if (chandra_cycle_select(builder->cycle, selector, builder->nodes, &ignored) == CHANDRA_OK)
            nodes = builder->nodes;
    }
    count = chandra_nodeset_count(nodes);
    if (selector && count == 1)
        name = chandra_object_name(chandra_node_object(
            chandra_cycle_node(builder->cycle, chandra_nodeset_next(nodes, 0))));
    return set_text(builder, value, "node", name) && set_number(builder, value, "nodes", count);
}

static struct chandra_value *
claim_value(struct builder *builder, const struct chandra_value *object)
{
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const struct chandra_value *spec = chandra_value_get(object, "spec");
    const struct chandra_value *status = chandra_value_get(object, "status");
    const struct chandra_value *users = chandra_value_get(status, "reservedFor");
    struct chandra_value *value = chandra_value_new_object(builder->doc);
    struct chandra_value *reserved =
        users ? chandra_value_copy(builder->doc, users) : chandra_value_new_array(builder->doc);

    if (value && set_text(builder, value, "namespace", values_text(metadata, "namespace")) &&
        set_text(builder, value, "name", values_text(metadata, "name")) &&
        set_text(builder, value, "class", values_text(spec, "resourceClassName")) &&
        set_text(builder, value, "allocationMode", values_text(spec, "allocationMode")) &&
        set_text(builder, value, "state", claim_state(metadata, status)) &&
        set_nodes(builder, value, chandra_value_get(status, "allocation")) &&
        chandra_value_set(value, "reservedFor", reserved))
        return value;
    return NULL;
}

typedef struct chandra_value *(*item_fn)(struct builder *builder,
                                         const struct chandra_value *object);

static enum chandra_status
add_items(struct builder *builder, struct chandra_value *result, const char *key, const char *path,
          item_fn make, struct chandra_error *err)
{
    struct chandra_value *values = chandra_value_new_array(builder->doc);
    struct chandra_doc *answer;
    const struct chandra_value *items;
    enum chandra_status st = list(builder, path, &answer, err);

    if (st != CHANDRA_OK)
        return st;
    items = chandra_value_get(chandra_doc_root(answer, 0), "items");
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(items); i++)
        if (!values || !chandra_value_append(values, make(builder, chandra_value_at(items, i))))
            st = no_memory(err);
    chandra_doc_free(answer);
    if (st == CHANDRA_OK && !chandra_value_set(result, key, values))
        st = no_memory(err);
    return st;
}

/* The rest. */

static enum chandra_status
add_policy(struct builder *builder, struct chandra_value *result, struct chandra_error *err)
{
    char text[8192]; /* for a chain of dozens */

    chandra_cycle_policy_text(builder->cycle, text, sizeof(text));
    return set_text(builder, result, "policy", text) ? CHANDRA_OK : no_memory(err);
}

/* When things came to rest. */
static int64_t
last_write_ms(const struct chandra_sim *sim)
{
    const size_t count = chandra_sim_write_count(sim);
    struct chandra_sim_write write;

    return count > 0 && chandra_sim_write_at(sim, count - 1, &write) ? write.time_ms : 0;
}

static enum chandra_status
add_summary(struct builder *builder, struct chandra_value *result,
            const struct manifests *manifests, struct chandra_error *err)
{
    struct chandra_doc *doc = builder->doc;
    struct chandra_value *skipped = chandra_value_new_object(doc);

    for (size_t i = 0; i < manifests->skipped_kind_count; i++)
        if (!skipped || !set_number(builder, skipped, manifests->skipped_kinds[i],
                                    (int64_t)manifests_skipped_at(manifests, i)))
            return no_memory(err);
    if (set_number(builder, result, "nodes", (int64_t)manifests->node_count) &&
        set_number(builder, result, "placed", (int64_t)builder->placed) &&
        set_number(builder, result, "waiting", (int64_t)builder->waiting) &&
        set_number(builder, result, "timeMs", last_write_ms(builder->drive->sim)) &&
        chandra_value_set(result, "skipped", skipped) &&
        chandra_value_set(result, "errors", problems_value(manifests->problems, doc)))
        return CHANDRA_OK;
    return no_memory(err);
}

/* A cycle of a pod that does not exist, for its picture of the nodes. */
static enum chandra_status
open_cycle(struct builder *builder, struct chandra_error *err)
{
    static const char pod[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":"
                              "\"none\",\"namespace\":\"default\",\"uid\":\"none\"}}";
    struct chandra_doc *doc;
    struct chandra_object *object;
    enum chandra_status st = chandra_doc_parse_json(pod, sizeof(pod) - 1, "pod", NULL, &doc, err);

    if (st != CHANDRA_OK)
        return st;
    st = chandra_object_decode(chandra_doc_root(doc, 0), &object, err);
    chandra_doc_free(doc);
    if (st != CHANDRA_OK)
        return st;
    st = chandra_cycle_new(builder->engine, chandra_object_pod(object), &builder->cycle, err);
    chandra_object_unref(object);
    return st;
}

static enum chandra_status
make_nodes(struct builder *builder, struct chandra_error *err)
{
    const uint32_t capacity = chandra_cycle_capacity(builder->cycle);
    void *memory = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));

    if (!memory)
        return no_memory(err);
    builder->nodes = chandra_nodeset_init(memory, capacity);
    return CHANDRA_OK;
}

enum chandra_status
result_build(const struct drive *drive, const struct manifests *manifests, struct chandra_doc *doc,
             struct chandra_value **out_result, bool *out_all_placed, struct chandra_error *err)
{
    struct builder builder = {
        .drive = drive, .engine = scheduler_engine(drive->scheduler), .doc = doc};
    struct chandra_value *result = chandra_value_new_object(doc);
    enum chandra_status st = result ? open_cycle(&builder, err) : no_memory(err);

    if (st == CHANDRA_OK)
        st = make_nodes(&builder, err);
    if (st == CHANDRA_OK)
        st = count_rounds(&builder, err);
    if (st == CHANDRA_OK)
        st = add_items(&builder, result, "pods", "/api/v1/pods", pod_value, err);
    if (st == CHANDRA_OK)
        st = add_items(&builder, result, "claims", "/apis/resource.k8s.io/v1alpha2/resourceclaims",
                       claim_value, err);
    if (st == CHANDRA_OK)
        st = add_writes(&builder, result, err);
    if (st == CHANDRA_OK)
        st = add_policy(&builder, result, err);
    if (st == CHANDRA_OK)
        st = add_summary(&builder, result, manifests, err);
    chandra_cycle_free(builder.cycle);
    chandra_free(builder.nodes);
    map_clear(&builder.rounds, chandra_free);
    if (st != CHANDRA_OK)
        return st;
    *out_result = result;
    *out_all_placed = builder.waiting == 0;
    return CHANDRA_OK;
}
