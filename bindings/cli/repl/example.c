/* example.c - six nodes in three zones, GPUs on four of them, and pods that want them. */
#include "repl/example.h"

#define NODE(name, zone, labels)                                         \
    "- {apiVersion: v1, kind: Node, metadata: {name: " name ", labels: " \
    "{topology.kubernetes.io/zone: " zone labels "}}}\n"
#define TEMPLATE(name, class)                                                          \
    "- {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaimTemplate, metadata: " \
    "{name: " name ", namespace: default}, spec: {spec: {resourceClassName: " class "}}}\n"
#define POD(name, claims)                                                           \
    "- {apiVersion: v1, kind: Pod, metadata: {name: " name ", namespace: default, " \
    "labels: {app: " name "}}, spec: {containers: [{name: main, image: example}], " \
    "resourceClaims: [" claims "]}}\n"

const char example_cluster[] = "apiVersion: v1\nkind: List\nitems:\n" NODE(
    "node-a1", "a", ", gpu: large") NODE("node-a2", "a", ", gpu: small") NODE("node-b1", "b",
                                                                              ", gpu: small")
    NODE("node-b2", "b", "") NODE("node-c1", "c", ", gpu: small") NODE(
        "node-c2", "c",
        "") "- {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: gpu},\n"
            "   driverName: gpu.example.com, suitableNodes: {nodeSelectorTerms: "
            "[{matchExpressions:\n"
            "   [{key: gpu, operator: Exists}]}]}}\n"
            "- {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClass, metadata: {name: "
            "volume},\n"
            "   driverName: volume.example.com}\n" TEMPLATE("gpu", "gpu") TEMPLATE(
                "volume",
                "volume") "- {apiVersion: resource.k8s.io/v1alpha2, kind: ResourceClaim, metadata: "
                          "{name: data,\n"
                          "   namespace: default}, spec: {resourceClassName: volume}}\n" POD(
                              "train-1", "{name: gpu, source: {resourceClaimTemplateName: gpu}}")
                              POD("train-2",
                                  "{name: gpu, source: {resourceClaimTemplateName: gpu}}, "
                                  "{name: data, source: {resourceClaimName: data}}")
                                  POD("web", "{name: data, source: {resourceClaimName: data}}");

/* One GPU on each node that has any; volumes are reachable from zones a and b. */
const char example_drivers[] =
    "[{\"DriverName\": \"gpu.example.com\", \"NodeLocal\": true, \"MaxAllocations\": 1,"
    " \"Nodes\": [\"node-a1\", \"node-a2\", \"node-b1\", \"node-c1\"]},"
    " {\"DriverName\": \"volume.example.com\", \"Shareable\": true, \"MaxAllocations\": 100,"
    " \"Nodes\": [\"node-a1\", \"node-a2\", \"node-b1\", \"node-b2\"]}]";
