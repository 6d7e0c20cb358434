/* policy_cluster.h - a small cluster with an engine, for targets that run scripts on it. */
#ifndef CHANDRA_FUZZ_POLICY_CLUSTER_H
#define CHANDRA_FUZZ_POLICY_CLUSTER_H

#include <chandra/doc.h>
#include <chandra/engine.h>
#include <chandra/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char cluster_text[] =
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {zone: a}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-2, labels: {zone: b}}}\n---\n"
    "{apiVersion: v1, kind: Node, metadata: {name: node-3}}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},\n"
    " driverName: gpu.example.com}\n---\n"
    "{apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim,\n"
    " metadata: {name: c, namespace: ns}, spec: {resourceClassName: gpu}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, labels: {app: x}},\n"
    " spec: {containers: [{name: main, image: main}],\n"
    "  resourceClaims: [{name: a, source: {resourceClaimName: c}}]}}\n";

static inline void
must(enum chandra_status st)
{
    if (st != CHANDRA_OK)
        abort();
}

/* The pod to schedule is ns/p. */
static inline struct chandra_engine *
open_engine(void)
{
    struct chandra_sim *sim;
    struct chandra_engine *engine;
    struct chandra_doc *doc;
    bool has_moved;

    must(chandra_sim_new(NULL, &sim, NULL));
    must(chandra_doc_parse_yaml(cluster_text, strlen(cluster_text), "", NULL, &doc, NULL));
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        must(chandra_sim_load(sim, chandra_doc_root(doc, i), NULL));
    chandra_doc_free(doc);
    must(chandra_sim_add_default_drivers(sim, NULL));
    must(chandra_sim_settle(sim, &has_moved, NULL));
    must(chandra_engine_new(chandra_sim_transport(sim), NULL, &engine, NULL));
    must(chandra_engine_start(engine, NULL));
    must(chandra_sim_settle(sim, &has_moved, NULL));
    return engine;
}

#endif
