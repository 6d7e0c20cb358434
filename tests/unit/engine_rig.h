/* engine_rig.h - an engine on the in-memory cluster for tests, with short ways to set and look at
 * both.
 *
 * What rig_apply() stores the cache has seen, as in a replay; rig_lag() stores without that. A pod
 * NAME has the uid uid-NAME, a claim likewise; all lie in the namespace "default".
 */
#ifndef CH_TEST_ENGINE_RIG_H
#define CH_TEST_ENGINE_RIG_H

#include "manifest.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/sim.h>
#include <chandra/sys/policy.h>
#include <chandra/sys/stage.h>
#include <stdio.h>
#include <stdlib.h>

struct rig {
    struct chandra_sim *sim;
    struct chandra_stage *stage;
    struct chandra_engine *engine;
    struct chandra_cycle *cycle; /* of the last rig_begin() */
    struct chandra_answer answer;
    size_t seen_writes;
    char writes[2048];
};

#define RIG_OK(expression)                                    \
    do {                                                      \
        struct chandra_error rig_err;                         \
        if ((expression) != CHANDRA_OK)                       \
            fail_msg("%s: %s", #expression, rig_err.message); \
    } while (0)

static inline void
rig_sync(struct rig *rig)
{
    RIG_OK(rig->stage->ops->deliver(rig->stage, &rig_err));
}

static inline void
rig_open(struct rig *rig, const struct chandra_engine_options *options)
{
    memset(rig, 0, sizeof(*rig));
    RIG_OK(chandra_sim_new(NULL, &rig->sim, &rig_err));
    rig->stage = chandra_sim_stage(rig->sim);
    RIG_OK(chandra_engine_new(chandra_sim_transport(rig->sim), options, &rig->engine, &rig_err));
    RIG_OK(chandra_engine_start(rig->engine, &rig_err));
    rig_sync(rig);
    assert_true(chandra_engine_is_synced(rig->engine));
}

static inline void
rig_close(struct rig *rig)
{
    chandra_cycle_free(rig->cycle);
    chandra_engine_free(rig->engine);
    chandra_sim_free(rig->sim);
}

/* Store the objects of a YAML stream; the cache has not seen them. */
static inline void
rig_lag(struct rig *rig, const char *yaml)
{
    struct chandra_doc *doc = manifest_doc(yaml);

    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        RIG_OK(rig->stage->ops->apply(rig->stage, chandra_doc_root(doc, i), &rig_err));
    chandra_doc_free(doc);
}

static inline void
rig_apply(struct rig *rig, const char *yaml)
{
    rig_lag(rig, yaml);
    rig_sync(rig);
}

static inline void
rig_remove(struct rig *rig, const char *kind, const char *name)
{
    RIG_OK(rig->stage->ops->remove(rig->stage, kind, strcmp(kind, "Node") ? "default" : "", name,
                                   &rig_err));
}

/* Nodes with the given names, parted by spaces, each with the label kubernetes.io/hostname. */
static inline void
rig_nodes(struct rig *rig, const char *names)
{
    char name[64], yaml[512];
    int used;

    for (; sscanf(names, " %63s%n", name, &used) == 1; names += used) {
        snprintf(yaml, sizeof(yaml),
                 "apiVersion: v1\nkind: Node\n"
                 "metadata: {name: %s, uid: uid-%s, labels: {kubernetes.io/hostname: %s}}\n",
                 name, name, name);
        rig_lag(rig, yaml);
    }
    rig_sync(rig);
}

static inline void
rig_class(struct rig *rig, const char *name, const char *more)
{
    char yaml[1024];

    snprintf(yaml, sizeof(yaml),
             "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\n"
             "metadata: {name: %s}\ndriverName: %s.example.com\n%s\n",
             name, name, more);
    rig_apply(rig, yaml);
}

#define DELAYED "WaitForFirstConsumer"
#define IMMEDIATE "Immediate"
/* A node selector, in flow style. */
#define ON(names)                                                                           \
    "{nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, " \
    "values: [" names "]}]}]}"
#define ALLOCATED "driverName: gpu.example.com, allocation: {}"
#define ALLOCATED_ON(names) \
    "driverName: gpu.example.com, allocation: {availableOnNodes: " ON(names) "}"
#define RESERVED_FOR(pod) "reservedFor: [{resource: pods, name: " pod ", uid: uid-" pod "}]"

/* The YAML of a claim of class gpu. */
static inline const char *
claim_yaml(char yaml[2048], const char *name, const char *mode, const char *status)
{
    snprintf(yaml, 2048,
             "apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClaim\n"
             "metadata: {name: %s, namespace: default, uid: uid-%s}\n"
             "spec: {resourceClassName: gpu, allocationMode: %s}\nstatus: {%s}\n",
             name, name, mode, status);
    return yaml;
}

static inline void
rig_claim(struct rig *rig, const char *name, const char *mode, const char *status)
{
    char yaml[2048];

    rig_apply(rig, claim_yaml(yaml, name, mode, status));
}

/* A pod with spec.resourceClaims and the status as given. */
static inline void
rig_pod_with(struct rig *rig, const char *name, const char *claims, const char *status)
{
    char yaml[2048];

    snprintf(yaml, sizeof(yaml),
             "apiVersion: v1\nkind: Pod\n"
             "metadata: {name: %s, namespace: default, uid: uid-%s}\n"
             "spec: {resourceClaims: [%s]}\nstatus: {%s}\n",
             name, name, claims, status);
    rig_apply(rig, yaml);
}

/* A pod that names the claims, parted by spaces; the entry of claim c is called in-c. */
static inline void
rig_pod(struct rig *rig, const char *name, const char *claims)
{
    char entries[1024] = "", claim[64];
    size_t len = 0;
    int used;

    for (; sscanf(claims, " %63s%n", claim, &used) == 1; claims += used)
        len += (size_t)snprintf(entries + len, sizeof(entries) - len,
                                "%s{name: in-%s, source: {resourceClaimName: %s}}", len ? ", " : "",
                                claim, claim);
    rig_pod_with(rig, name, entries, "");
}

/* The pod's PodSchedulingContext. */
static inline void
rig_context(struct rig *rig, const char *pod, const char *spec, const char *answers)
{
    char yaml[4096];

    snprintf(yaml, sizeof(yaml),
             "apiVersion: resource.k8s.io/v1alpha2\nkind: PodSchedulingContext\n"
             "metadata: {name: %s, namespace: default, uid: uid-context-%s, ownerReferences: "
             "[{apiVersion: v1, kind: Pod, name: %s, uid: uid-%s, controller: true}]}\n"
             "spec: {%s}\nstatus: {resourceClaims: [%s]}\n",
             pod, pod, pod, pod, spec, answers);
    rig_apply(rig, yaml);
}

/* Begin the attempt of a pod, without any extension point. */
static inline struct chandra_cycle *
rig_begin(struct rig *rig, const char *pod)
{
    struct chandra_object *object =
        chandra_engine_get(rig->engine, CHANDRA_KIND_POD, "default", pod);

    assert_non_null(object);
    chandra_cycle_free(rig->cycle);
    rig->cycle = NULL;
    RIG_OK(chandra_cycle_new(rig->engine, chandra_object_pod(object), &rig->cycle, &rig_err));
    chandra_object_unref(object);
    return rig->cycle;
}

/* The points, each leaving its answer in the rig. */

static inline enum chandra_code
rig_pre_enqueue(struct rig *rig, const char *pod)
{
    struct chandra_object *object =
        chandra_engine_get(rig->engine, CHANDRA_KIND_POD, "default", pod);

    assert_non_null(object);
    chandra_engine_pre_enqueue(rig->engine, chandra_object_pod(object), &rig->answer);
    chandra_object_unref(object);
    return rig->answer.code;
}

static inline enum chandra_code
rig_pre_filter(struct rig *rig, const char *pod)
{
    rig_begin(rig, pod);
    chandra_cycle_pre_filter(rig->cycle, &rig->answer);
    return rig->answer.code;
}

static inline enum chandra_code
rig_filter(struct rig *rig, const char *node)
{
    chandra_cycle_filter(rig->cycle, node, &rig->answer);
    return rig->answer.code;
}

static inline enum chandra_code
rig_post_filter(struct rig *rig)
{
    chandra_cycle_post_filter(rig->cycle, &rig->answer);
    return rig->answer.code;
}

static inline struct chandra_nodeset *
rig_new_set(struct rig *rig)
{
    const uint32_t capacity = chandra_cycle_capacity(rig->cycle);

    return chandra_nodeset_init(malloc(chandra_nodeset_bytes(capacity)), capacity);
}

/* A set of the cycle's nodes by name, for free(). */
static inline struct chandra_nodeset *
rig_set(struct rig *rig, const char *names)
{
    struct chandra_nodeset *set = rig_new_set(rig);
    char name[64];
    int used;

    for (; sscanf(names, " %63s%n", name, &used) == 1; names += used) {
        assert_int_not_equal(chandra_cycle_node_index(rig->cycle, name), CHANDRA_NODESET_END);
        chandra_nodeset_add(set, chandra_cycle_node_index(rig->cycle, name));
    }
    return set;
}

/* Filter over the named nodes ("*": all) at once; true if exactly `want` passed. */
static inline bool
rig_passes(struct rig *rig, const char *candidates, const char *want)
{
    struct chandra_nodeset *given = strcmp(candidates, "*") ? rig_set(rig, candidates) : NULL;
    struct chandra_nodeset *wanted = rig_set(rig, want);
    struct chandra_nodeset *feasible = rig_new_set(rig);
    bool is_equal;

    chandra_cycle_filter_all(rig->cycle, given, feasible, &rig->answer);
    is_equal = rig->answer.code == CHANDRA_CODE_SUCCESS && chandra_nodeset_equal(feasible, wanted);
    free(given);
    free(wanted);
    free(feasible);
    return is_equal;
}

static inline enum chandra_code
rig_pre_score(struct rig *rig, const char *nodes)
{
    struct chandra_nodeset *set = rig_set(rig, nodes);

    chandra_cycle_pre_score(rig->cycle, set, &rig->answer);
    free(set);
    return rig->answer.code;
}

static inline enum chandra_code
rig_reserve(struct rig *rig, const char *node)
{
    chandra_cycle_reserve(rig->cycle, node, &rig->answer);
    return rig->answer.code;
}

static inline enum chandra_code
rig_pre_bind(struct rig *rig, const char *node)
{
    chandra_cycle_pre_bind(rig->cycle, node, &rig->answer);
    return rig->answer.code;
}

static inline void
rig_assert_reason(const struct rig *rig, const char *part)
{
    if (!strstr(rig->answer.reason, part))
        fail_msg("want \"%s\" in the reason, got: %s", part, rig->answer.reason);
}

/* The engine's writes since the last question, such as "PUT PodSchedulingContext 409"; those that a
 * fault kept from the server are not among them. */
static inline const char *
rig_writes(struct rig *rig)
{
    struct chandra_sim_write write;
    size_t len = 0;

    rig->writes[0] = '\0';
    for (; chandra_sim_write_at(rig->sim, rig->seen_writes, &write); rig->seen_writes++)
        if (strcmp(write.actor, "scheduler") == 0)
            len += (size_t)snprintf(rig->writes + len, sizeof(rig->writes) - len, "%s%s %s%s%s %d",
                                    len ? ", " : "", write.method, write.kind,
                                    write.subresource[0] ? "/" : "", write.subresource,
                                    write.http_status);
    return rig->writes;
}

struct rig_search {
    const char *name;
    const char *field;
    const char *want; /* YAML, or NULL: only the object's existence matters */
    bool is_found;
};

static inline bool
rig_compare(void *user, const struct chandra_value *object)
{
    struct rig_search *search = user;
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const struct chandra_value *field = chandra_value_get(object, search->field);
    struct chandra_doc *doc;
    char *text = NULL;

    if (strcmp(chandra_value_string(chandra_value_get(metadata, "name")), search->name) != 0)
        return true;
    search->is_found = true;
    if (!search->want)
        return false;
    doc = manifest_doc(search->want);
    if (!chandra_value_equal(field, chandra_doc_root(doc, 0))) {
        RIG_OK(chandra_value_print(field, CHANDRA_PRINT_COMPACT, &text, NULL, &rig_err));
        fail_msg("%s: want %s, got %s", search->name, search->want, text);
    }
    chandra_doc_free(doc);
    return false;
}

/* Check a field ("spec", "status", ...) of an object as the server has it. */
static inline void
rig_assert_stored(struct rig *rig, const char *kind, const char *name, const char *field,
                  const char *want)
{
    struct rig_search search = {name, field, want, false};

    rig->stage->ops->each(rig->stage, kind, rig_compare, &search);
    if (!search.is_found)
        fail_msg("no %s %s is stored", kind, name);
}

static inline bool
rig_is_stored(struct rig *rig, const char *kind, const char *name)
{
    struct rig_search search = {name, "metadata", NULL, false};

    rig->stage->ops->each(rig->stage, kind, rig_compare, &search);
    return search.is_found;
}

/* Make the next `count` requests of a method whose path holds `path` fail. */
static inline void
rig_fault(struct rig *rig, const char *method, const char *path, int http_status, uint32_t count)
{
    const struct chandra_sim_fault fault = {
        .size = sizeof(fault),
        .method = method,
        .path = path,
        .http_status = http_status,
        .retry_after_s = -1,
        .count = count,
    };

    RIG_OK(chandra_sim_add_fault(rig->sim, &fault, &rig_err));
}

#endif
