/* trial.c - a small cluster with all that policies look at: labelled and bare nodes, claims that
 * are allocated, pending or nowhere to be had. */
#include "check/trial.h"

#include <chandra/cycle.h>
#include <chandra/doc.h>
#include <chandra/engine.h>
#include <chandra/sim.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

static const char cluster_text[] =
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {\n"
    "  kubernetes.io/hostname: node-1, topology.kubernetes.io/zone: a, zone: a, disk: ssd}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-2, labels: {\n"
    "  kubernetes.io/hostname: node-2, topology.kubernetes.io/zone: b, zone: b}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-3}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},\n"
    " driverName: gpu.example.com}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: new, namespace: trial}, spec: {resourceClassName: gpu}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: everywhere, namespace: trial, labels: {app: trial}},\n"
    " spec: {resourceClassName: gpu},\n"
    " status: {driverName: gpu.example.com, allocation: {shareable: true}}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: here, namespace: trial}, spec: {resourceClassName: gpu},\n"
    " status: {driverName: gpu.example.com, allocation: {shareable: true, availableOnNodes: {\n"
    "  nodeSelectorTerms: [{matchExpressions: [\n"
    "   {key: kubernetes.io/hostname, operator: In, values: [node-1]}]}]}}}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: there, namespace: trial}, spec: {resourceClassName: gpu},\n"
    " status: {driverName: gpu.example.com, allocation: {shareable: true, availableOnNodes: {\n"
    "  nodeSelectorTerms: [{matchExpressions: [\n"
    "   {key: kubernetes.io/hostname, operator: In, values: [node-2]}]}]}}}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: fits, namespace: trial, labels: {app: trial}},\n"
    " spec: {containers: [{name: main, image: main}], resourceClaims: [\n"
    "  {name: a, source: {resourceClaimName: new}},\n"
    "  {name: b, source: {resourceClaimName: everywhere}}]}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: blocked, namespace: trial},\n"
    " spec: {containers: [{name: main, image: main}], resourceClaims: [\n"
    "  {name: a, source: {resourceClaimName: here}},\n"
    "  {name: b, source: {resourceClaimName: there}}]}}\n";

struct trial {
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_answer answer; /* the last one */
};

static enum chandra_status
open_trial(struct trial *trial, struct chandra_policy *policy, struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    bool has_moved;
    enum chandra_status st = chandra_sim_new(NULL, &trial->sim, err);

    if (st == CHANDRA_OK)
        st = chandra_doc_parse_yaml(cluster_text, strlen(cluster_text), "trial", NULL, &doc, err);
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_doc_count(doc); i++)
        st = chandra_sim_load(trial->sim, chandra_doc_root(doc, i), err);
    chandra_doc_free(doc);
    if (st == CHANDRA_OK)
        st = chandra_sim_add_default_drivers(trial->sim, err);
    if (st == CHANDRA_OK)
        st = chandra_sim_settle(trial->sim, &has_moved, err);
    if (st == CHANDRA_OK)
        st = chandra_engine_new(chandra_sim_transport(trial->sim), NULL, &trial->engine, err);
    if (st == CHANDRA_OK)
        st = chandra_engine_start(trial->engine, err);
    if (st == CHANDRA_OK)
        st = chandra_sim_settle(trial->sim, &has_moved, err);
    if (st == CHANDRA_OK)
        chandra_engine_set_policy(trial->engine, policy);
    return st;
}

static bool
is_good(const struct trial *trial)
{
    return trial->answer.code != CHANDRA_CODE_ERROR;
}

/* The extension points that ask a policy, in a scheduler's order, until one fails. */
static void
walk(struct trial *trial, struct chandra_cycle *cycle, struct chandra_nodeset *feasible,
     int64_t *scores)
{
    chandra_cycle_filter_all(cycle, NULL, feasible, &trial->answer);
    if (!is_good(trial))
        return;
    if (chandra_nodeset_is_empty(feasible)) {
        chandra_cycle_post_filter(cycle, &trial->answer);
        return;
    }
    chandra_cycle_pre_score(cycle, feasible, &trial->answer);
    if (is_good(trial))
        chandra_cycle_score(cycle, feasible, scores, &trial->answer);
}

static enum chandra_status
try_pod(struct trial *trial, const char *name, struct chandra_error *err)
{
    struct chandra_object *pod = chandra_engine_get(trial->engine, CHANDRA_KIND_POD, "trial", name);
    struct chandra_cycle *cycle = NULL;
    struct chandra_nodeset *feasible = NULL;
    int64_t *scores = NULL;
    void *bits = NULL;
    enum chandra_status st =
        pod ? chandra_cycle_new(trial->engine, chandra_object_pod(pod), &cycle, err)
            : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");

    if (st == CHANDRA_OK) {
        const uint32_t capacity = chandra_cycle_capacity(cycle);

        bits = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));
        scores = chandra_realloc(NULL, (capacity + 1) * sizeof(*scores));
        if (!bits || !scores)
            st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
        else
            feasible = chandra_nodeset_init(bits, capacity);
    }
    if (st == CHANDRA_OK) {
        chandra_cycle_pre_filter(cycle, &trial->answer);
        if (is_good(trial))
            walk(trial, cycle, feasible, scores);
    }
    chandra_free(scores);
    chandra_free(bits);
    chandra_cycle_free(cycle);
    chandra_object_unref(pod);
    return st;
}

enum chandra_status
check_trial(const struct chandra_lua_source *source, bool *out_failed,
            struct chandra_error *failure, struct chandra_error *err)
{
    static const char *const pods[] = {"fits", "blocked"};
    const struct chandra_lua_options options = {.size = sizeof(options), .timeout_ms = 1000};
    struct chandra_policy *policy = NULL;
    struct trial trial = {.answer = {.code = CHANDRA_CODE_SUCCESS}};
    enum chandra_status st = chandra_lua_policy_load(source, 1, &options, &policy, err);

    *out_failed = false;
    if (st == CHANDRA_OK)
        st = open_trial(&trial, policy, err);
    for (size_t i = 0; st == CHANDRA_OK && !*out_failed && i < sizeof(pods) / sizeof(pods[0]);
         i++) {
        st = try_pod(&trial, pods[i], err);
        if (st == CHANDRA_OK && !is_good(&trial)) {
            *out_failed = true;
            chandra_error_set(failure, trial.answer.status, "%s", trial.answer.reason);
        }
    }
    chandra_engine_free(trial.engine);
    chandra_sim_free(trial.sim);
    chandra_policy_unref(policy);
    return st;
}
