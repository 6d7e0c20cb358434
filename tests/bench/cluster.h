/* cluster.h - a cluster of any size for the benchmarks, decoded from JSON as it comes from a
 * server. */
#ifndef BENCH_CLUSTER_H
#define BENCH_CLUSTER_H

#include "base/buf.h"
#include "cache/cache.h"
#include "model/object.h"

#include <chandra/doc.h>
#include <stdio.h>
#include <stdlib.h>

/* A benchmark that cannot go on has nothing to tell. */
static inline void
must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench: %s failed\n", what);
    exit(1);
}

/* Decode the text of a buffer, which is cleared. */
static inline struct chandra_object *
decode(struct ch_buf *text)
{
    struct chandra_object *object = NULL;
    struct chandra_doc *doc = NULL;

    must(ch_buf_ok(text), "text");
    must(chandra_doc_parse_json(text->text, text->len, "bench", NULL, &doc, NULL) == CHANDRA_OK,
         "parse");
    must(chandra_object_decode(chandra_doc_root(doc, 0), &object, NULL) == CHANDRA_OK, "decode");
    chandra_doc_free(doc);
    ch_buf_clear(text);
    return object;
}

/* A node with the labels that a cloud gives it; `mark` is the value of one more. */
static inline struct chandra_object *
cluster_node(int number, int mark)
{
    struct ch_buf text = {0};

    ch_buf_printf(
        &text,
        "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-%05d\","
        "\"uid\":\"7f1e2a30-0000-4000-8000-%012d\",\"resourceVersion\":\"%d\",\"labels\":{"
        "\"kubernetes.io/hostname\":\"node-%05d\",\"kubernetes.io/arch\":\"amd64\","
        "\"kubernetes.io/os\":\"linux\",\"beta.kubernetes.io/arch\":\"amd64\","
        "\"beta.kubernetes.io/os\":\"linux\",\"node.kubernetes.io/instance-type\":\"gpu-8x\","
        "\"topology.kubernetes.io/region\":\"region-1\","
        "\"topology.kubernetes.io/zone\":\"region-1-%c\",\"example.com/rack\":\"rack-%03d\","
        "\"example.com/pool\":\"pool-%d\",\"example.com/mark\":\"%d\"}},"
        "\"spec\":{\"providerID\":\"cloud:///region-1/i-%d\"},\"status\":{}}",
        number, number, number + mark, number, 'a' + number % 3, number / 32, number % 7, mark,
        number);
    return decode(&text);
}

/* A claim made from a template for a pod, as a driver and the scheduler leave it: allocated on one
 * node
 * (-1: not yet) and in use by the pod. */
static inline struct chandra_object *
cluster_claim(int number, int node, int version)
{
    struct ch_buf text = {0};

    ch_buf_printf(
        &text,
        "{\"apiVersion\":\"resource.k8s.io/v1alpha2\",\"kind\":\"ResourceClaim\",\"metadata\":{"
        "\"name\":\"worker-%06d-gpu-x7k2p\",\"generateName\":\"worker-%06d-gpu-\","
        "\"namespace\":\"team-%02d\",\"uid\":\"5b0c9d1e-0000-4000-8000-%012d\","
        "\"resourceVersion\":\"%d\",\"creationTimestamp\":\"2024-06-01T00:00:00Z\","
        "\"labels\":{\"app.kubernetes.io/name\":\"trainer\",\"example.com/job\":\"job-%05d\"},"
        "\"annotations\":{\"resource.kubernetes.io/pod-claim-name\":\"gpu\"},"
        "\"finalizers\":[\"gpu.example.com/deletion-protection\"],\"ownerReferences\":[{"
        "\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"worker-%06d\","
        "\"uid\":\"91d3c7aa-0000-4000-8000-%012d\",\"controller\":true,"
        "\"blockOwnerDeletion\":true}]},\"spec\":{\"resourceClassName\":\"gpu-%d\","
        "\"allocationMode\":\"WaitForFirstConsumer\"}",
        number, number, number % 50, number, number + version, number / 8, number, number,
        number % 4);
    if (node >= 0)
        ch_buf_printf(
            &text,
            ",\"status\":{\"driverName\":\"gpu.example.com\",\"allocation\":{\"resourceHandles\":"
            "[{\"driverName\":\"gpu.example.com\",\"data\":\"{\\\"gpus\\\":[\\\"GPU-%08d\\\"]}\"}],"
            "\"availableOnNodes\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":"
            "\"kubernetes.io/hostname\",\"operator\":\"In\",\"values\":[\"node-%05d\"]}]}]}},"
            "\"reservedFor\":[{\"resource\":\"pods\",\"name\":\"worker-%06d\","
            "\"uid\":\"91d3c7aa-0000-4000-8000-%012d\"}]}",
            number, node, number, number);
    ch_buf_putc(&text, '}');
    return decode(&text);
}

static inline struct chandra_object *
cluster_context(int number, int version)
{
    struct ch_buf text = {0};

    ch_buf_printf(&text,
                  "{\"apiVersion\":\"resource.k8s.io/v1alpha2\",\"kind\":\"PodSchedulingContext\","
                  "\"metadata\":{\"name\":\"worker-%06d\",\"namespace\":\"team-%02d\","
                  "\"uid\":\"c3d3c7aa-0000-4000-8000-%012d\",\"resourceVersion\":\"%d\"},"
                  "\"spec\":{\"selectedNode\":\"node-%05d\",\"potentialNodes\":[\"node-00000\"]}}",
                  number, number % 50, number, number + version, version);
    return decode(&text);
}

/* Put an object, and drop both the reference to it and the one it replaces. */
static inline void
cluster_put(struct ch_cache *cache, struct chandra_object *object)
{
    struct chandra_object *old = NULL;

    ch_cache_lock_write(cache);
    must(ch_cache_put(cache, object, &old, NULL) == CHANDRA_OK, "put");
    ch_cache_unlock(cache);
    chandra_object_unref(old);
    chandra_object_unref(object);
}

static inline bool
cluster_count(void *user, size_t claims, const struct chandra_nodeset *nodes)
{
    (void)nodes;
    *(size_t *)user += claims;
    return true;
}

/* Have every selector's set built; returns the number of claims that are bound to nodes. */
static inline size_t
cluster_build_sets(struct ch_cache *cache)
{
    size_t claims = 0;

    ch_cache_lock_read(cache);
    must(ch_cache_each_selector(cache, NULL, cluster_count, &claims, NULL) == CHANDRA_OK, "sets");
    ch_cache_unlock(cache);
    return claims;
}

#endif
