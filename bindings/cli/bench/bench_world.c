/* bench_world.c - builds the objects and stores them as they are. */
#include "bench/bench_world.h"

#include "cli.h"

#include <chandra/sys/stage.h>
#include <stdarg.h>
#include <stdio.h>

enum { UNSUITABLE_NODES = 100, NAME_SIZE = 32, TEXT_SIZE = 1024 };

static const char api_version[] = "resource.k8s.io/v1alpha2";

static enum chandra_status
no_memory(struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

static void
node_name(char name[NAME_SIZE], int64_t number)
{
    snprintf(name, NAME_SIZE, "node-%05lld", (long long)number);
}

/* An object from JSON text, for changing. Ownership: the document's; NULL when out of memory. */
static struct chandra_value *object_of(struct chandra_doc *doc, const char *fmt, ...)
    CHANDRA_PRINTF(2, 3);

static struct chandra_value *
object_of(struct chandra_doc *doc, const char *fmt, ...)
{
    char text[TEXT_SIZE];
    struct chandra_doc *parsed;
    struct chandra_value *value;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (chandra_doc_parse_json(text, (size_t)len, "bench", NULL, &parsed, NULL) != CHANDRA_OK)
        return NULL;
    value = chandra_value_copy(doc, chandra_doc_root(parsed, 0));
    chandra_doc_free(parsed);
    return value;
}

/* The names of every `step`-th node from `first` on, `count` of them. */
static struct chandra_value *
names_of(struct chandra_doc *doc, int64_t first, int64_t step, int64_t count)
{
    struct chandra_value *names = chandra_value_new_array(doc);

    for (int64_t i = 0; names && i < count; i++) {
        char name[NAME_SIZE];
        node_name(name, first + i * step);
        if (!chandra_value_append(names, chandra_value_new_string(doc, name)))
            return NULL;
    }
    return names;
}

static enum chandra_status
store(struct bench_world *world, const struct chandra_value *object, struct chandra_error *err)
{
    struct chandra_stage *stage = chandra_sim_stage(world->sim);

    return object ? stage->ops->apply(stage, object, err) : no_memory(err);
}

static enum chandra_status
store_node(struct bench_world *world, struct chandra_doc *doc, int64_t number,
           struct chandra_error *err)
{
    char name[NAME_SIZE];

    node_name(name, number);
    return store(world,
                 object_of(doc,
                           "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"%s\","
                           "\"labels\":{\"kubernetes.io/hostname\":\"%s\",\"dra\":\"yes\"}}}",
                           name, name),
                 err);
}

static enum chandra_status
store_class(struct bench_world *world, struct chandra_doc *doc, struct chandra_error *err)
{
    return store(world,
                 object_of(doc,
                           "{\"apiVersion\":\"%s\",\"kind\":\"ResourceClass\",\"metadata\":{"
                           "\"name\":\"bench\"},\"driverName\":\"bench.example.com\","
                           "\"suitableNodes\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[{"
                           "\"key\":\"dra\",\"operator\":\"In\",\"values\":[\"yes\"]}]}]}}",
                           api_version),
                 err);
}

static bool
set_allocation(struct chandra_doc *doc, struct chandra_value *claim, int64_t nodes)
{
    struct chandra_value *hosts = names_of(doc, 0, 2, (nodes + 1) / 2);
    struct chandra_value *expression =
        object_of(doc, "{\"key\":\"kubernetes.io/hostname\",\"operator\":\"In\"}");
    struct chandra_value *expressions = chandra_value_new_array(doc);
    struct chandra_value *term = chandra_value_new_object(doc);
    struct chandra_value *terms = chandra_value_new_array(doc);
    struct chandra_value *selector = chandra_value_new_object(doc);
    struct chandra_value *allocation = object_of(doc, "{\"shareable\":true}");
    struct chandra_value *status = object_of(doc, "{\"driverName\":\"bench.example.com\"}");

    return expression && expressions && term && terms && selector && allocation && status &&
           chandra_value_set(expression, "values", hosts) &&
           chandra_value_append(expressions, expression) &&
           chandra_value_set(term, "matchExpressions", expressions) &&
           chandra_value_append(terms, term) &&
           chandra_value_set(selector, "nodeSelectorTerms", terms) &&
           chandra_value_set(allocation, "availableOnNodes", selector) &&
           chandra_value_set(status, "allocation", allocation) &&
           chandra_value_set(claim, "status", status);
}

static enum chandra_status
store_claim(struct bench_world *world, struct chandra_doc *doc, int64_t number,
            int64_t allocated_nodes, struct chandra_error *err)
{
    struct chandra_value *claim = object_of(
        doc,
        "{\"apiVersion\":\"%s\",\"kind\":\"ResourceClaim\",\"metadata\":{\"name\":\"claim-%lld\","
        "\"namespace\":\"default\"},\"spec\":{\"resourceClassName\":\"bench\","
        "\"allocationMode\":\"WaitForFirstConsumer\"}}",
        api_version, (long long)number);

    if (!claim || (allocated_nodes > 0 && !set_allocation(doc, claim, allocated_nodes)))
        return no_memory(err);
    return store(world, claim, err);
}

/* The pod, and the context with the drivers' answers if there are any. */
static enum chandra_status
store_pod(struct bench_world *world, struct chandra_doc *doc, int64_t claims,
          struct chandra_error *err)
{
    struct chandra_value *entries = chandra_value_new_array(doc);
    struct chandra_value *spec = chandra_value_new_object(doc);
    struct chandra_value *pod =
        object_of(doc, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"bench\","
                       "\"namespace\":\"default\",\"uid\":\"bench\"}}");

    for (int64_t i = 0; i < claims; i++)
        if (!entries ||
            !chandra_value_append(
                entries, object_of(doc,
                                   "{\"name\":\"entry-%lld\",\"source\":{\"resourceClaimName\":"
                                   "\"claim-%lld\"}}",
                                   (long long)i, (long long)i)))
            return no_memory(err);
    if (!spec || !pod || !chandra_value_set(spec, "resourceClaims", entries) ||
        !chandra_value_set(pod, "spec", spec))
        return no_memory(err);
    return store(world, pod, err);
}

static enum chandra_status
store_context(struct bench_world *world, struct chandra_doc *doc, int64_t nodes, int64_t claims,
              struct chandra_error *err)
{
    const int64_t count = nodes / 2 < UNSUITABLE_NODES ? nodes / 2 : UNSUITABLE_NODES;
    struct chandra_value *answers = chandra_value_new_array(doc);
    struct chandra_value *status = chandra_value_new_object(doc);
    struct chandra_value *spec = chandra_value_new_object(doc);
    struct chandra_value *context =
        object_of(doc,
                  "{\"apiVersion\":\"%s\",\"kind\":\"PodSchedulingContext\",\"metadata\":{"
                  "\"name\":\"bench\",\"namespace\":\"default\",\"ownerReferences\":[{"
                  "\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"bench\",\"uid\":\"bench\","
                  "\"controller\":true}]}}",
                  api_version);

    for (int64_t i = 0; i < claims; i++) {
        struct chandra_value *answer = object_of(doc, "{\"name\":\"entry-%lld\"}", (long long)i);
        if (!answers || !answer ||
            !chandra_value_set(answer, "unsuitableNodes", names_of(doc, 0, 1, count)) ||
            !chandra_value_append(answers, answer))
            return no_memory(err);
    }
    if (!status || !spec || !context || !chandra_value_set(status, "resourceClaims", answers) ||
        !chandra_value_set(spec, "potentialNodes", names_of(doc, 0, 1, count)) ||
        !chandra_value_set(context, "spec", spec) || !chandra_value_set(context, "status", status))
        return no_memory(err);
    return store(world, context, err);
}

static enum chandra_status
store_all(struct bench_world *world, int64_t nodes, int64_t claims, bool is_allocated,
          struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    for (int64_t i = 0; st == CHANDRA_OK && i < nodes; i++)
        st = store_node(world, doc, i, err);
    if (st == CHANDRA_OK)
        st = store_class(world, doc, err);
    for (int64_t i = 0; st == CHANDRA_OK && i < claims; i++)
        st = store_claim(world, doc, i, is_allocated ? nodes : 0, err);
    if (st == CHANDRA_OK)
        st = store_pod(world, doc, claims, err);
    if (st == CHANDRA_OK && !is_allocated)
        st = store_context(world, doc, nodes, claims, err);
    chandra_doc_free(doc);
    return st;
}

static enum chandra_status
start(struct bench_world *world, struct chandra_policy *policy, struct chandra_error *err)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_stage *stage = chandra_sim_stage(world->sim);
    enum chandra_status st;

    options.logger = cli_logger();
    st = chandra_engine_new(chandra_sim_transport(world->sim), &options, &world->engine, err);
    if (st != CHANDRA_OK)
        return st;
    chandra_engine_set_policy(world->engine, policy);
    st = chandra_engine_start(world->engine, err);
    if (st == CHANDRA_OK)
        st = stage->ops->deliver(stage, err);
    if (st != CHANDRA_OK)
        return st;
    world->pod = chandra_engine_get(world->engine, CHANDRA_KIND_POD, "default", "bench");
    return world->pod ? CHANDRA_OK
                      : chandra_error_set(err, CHANDRA_ENOTFOUND, "the cache has not synced");
}

enum chandra_status
bench_world_init(struct bench_world *world, int64_t nodes, int64_t claims, bool is_allocated,
                 struct chandra_policy *policy, struct chandra_error *err)
{
    enum chandra_status st;

    *world = (struct bench_world){0};
    st = chandra_sim_new(NULL, &world->sim, err);
    if (st == CHANDRA_OK)
        st = store_all(world, nodes, claims, is_allocated, err);
    if (st == CHANDRA_OK)
        st = start(world, policy, err);
    return st;
}

void
bench_world_clear(struct bench_world *world)
{
    chandra_object_unref(world->pod);
    chandra_engine_free(world->engine);
    chandra_sim_free(world->sim);
}
