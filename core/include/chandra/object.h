/* object.h - Kubernetes objects as typed, immutable, reference-counted values.
 *
 * Only what the engine and its policies need is kept; unknown fields are tolerated. All strings are
 * borrowed from the object and live as long as it does. A missing string field reads as "", a
 * missing optional one as NULL where the text says so. Threads: objects never change, any number of
 * readers.
 */
#ifndef CHANDRA_OBJECT_H
#define CHANDRA_OBJECT_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum chandra_kind {
    CHANDRA_KIND_POD,
    CHANDRA_KIND_NODE,
    CHANDRA_KIND_CLAIM,   /* resource.k8s.io/v1alpha2 ResourceClaim */
    CHANDRA_KIND_CLASS,   /* resource.k8s.io/v1alpha2 ResourceClass */
    CHANDRA_KIND_CONTEXT, /* resource.k8s.io/v1alpha2 PodSchedulingContext */
    CHANDRA_KIND_COUNT,
};

enum chandra_allocation_mode {
    CHANDRA_MODE_DELAYED,   /* WaitForFirstConsumer, also when the field is missing */
    CHANDRA_MODE_IMMEDIATE, /* Immediate */
    CHANDRA_MODE_UNKNOWN,   /* anything else */
};

struct chandra_object; /* what all kinds have in common */
struct chandra_pod;
struct chandra_node;
struct chandra_claim;
struct chandra_class;
struct chandra_context;

/** Decode an object of one of the kinds above from a manifest or an API answer. The error of a bad
 * field names its path and place ("FILE:LINE:COL: ResourceClaim ns/name: spec.allocationMode: want
 * a string, got an array"). Ownership: caller unrefs *out_object; `value` may go. Errors: EINVAL,
 * EUNSUPPORTED (another kind or apiVersion, resource.k8s.io/v1 among them), ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_object_decode(const struct chandra_value *value, struct chandra_object **out_object,
                      struct chandra_error *err);

/** Take a reference; returns `object`. */
CHANDRA_API struct chandra_object *chandra_object_ref(const struct chandra_object *object);
/** Drop a reference; NULL is fine. */
CHANDRA_API void chandra_object_unref(struct chandra_object *object);

/** Which kind the object is of. */
CHANDRA_API enum chandra_kind chandra_object_kind(const struct chandra_object *object);
/** The kind's name in the API, such as "ResourceClaim". Ownership: static. */
CHANDRA_API const char *chandra_kind_name(enum chandra_kind kind);
/** metadata.namespace; "" for cluster-scoped objects. */
CHANDRA_API const char *chandra_object_namespace(const struct chandra_object *object);
/** metadata.name. */
CHANDRA_API const char *chandra_object_name(const struct chandra_object *object);
/** metadata.uid. */
CHANDRA_API const char *chandra_object_uid(const struct chandra_object *object);
/** metadata.resourceVersion. */
CHANDRA_API const char *chandra_object_resource_version(const struct chandra_object *object);
/** metadata.creationTimestamp in seconds since 1970; 0 where it is missing or unreadable. */
CHANDRA_API int64_t chandra_object_created(const struct chandra_object *object);
/** Whether metadata.deletionTimestamp is set. */
CHANDRA_API bool chandra_object_is_deleting(const struct chandra_object *object);
/** uid of the first owner reference with controller: true, or NULL. */
CHANDRA_API const char *chandra_object_controller_uid(const struct chandra_object *object);
/** Value of a label, or NULL. */
CHANDRA_API const char *chandra_object_label(const struct chandra_object *object, const char *key);
/** Number of labels. */
CHANDRA_API size_t chandra_object_label_count(const struct chandra_object *object);
/** Label `index` in ascending byte order of the keys; false beyond the end. */
CHANDRA_API bool chandra_object_label_at(const struct chandra_object *object, size_t index,
                                         const char **out_key, const char **out_value);
/** Value of an annotation, or NULL. Kept for pods, claims and classes only. */
CHANDRA_API const char *chandra_object_annotation(const struct chandra_object *object,
                                                  const char *key);
/** Number of annotations kept. */
CHANDRA_API size_t chandra_object_annotation_count(const struct chandra_object *object);
/** Annotation `index` in ascending byte order of the keys; false beyond the end. */
CHANDRA_API bool chandra_object_annotation_at(const struct chandra_object *object, size_t index,
                                              const char **out_key, const char **out_value);

/* Casts. Up: never NULL for an object. Down: NULL if the object is of another kind, or NULL. No
 * reference is taken. */

CHANDRA_API struct chandra_object *chandra_pod_object(const struct chandra_pod *pod);
CHANDRA_API struct chandra_object *chandra_node_object(const struct chandra_node *node);
CHANDRA_API struct chandra_object *chandra_claim_object(const struct chandra_claim *claim);
CHANDRA_API struct chandra_object *chandra_class_object(const struct chandra_class *klass);
CHANDRA_API struct chandra_object *chandra_context_object(const struct chandra_context *context);
CHANDRA_API const struct chandra_pod *chandra_object_pod(const struct chandra_object *object);
CHANDRA_API const struct chandra_node *chandra_object_node(const struct chandra_object *object);
CHANDRA_API const struct chandra_claim *chandra_object_claim(const struct chandra_object *object);
CHANDRA_API const struct chandra_class *chandra_object_class(const struct chandra_object *object);
CHANDRA_API const struct chandra_context *
chandra_object_context(const struct chandra_object *object);

/* Pods. */

/** spec.nodeName, "" while the pod is not bound. */
CHANDRA_API const char *chandra_pod_node_name(const struct chandra_pod *pod);
/** spec.schedulerName. */
CHANDRA_API const char *chandra_pod_scheduler_name(const struct chandra_pod *pod);
/** spec.priorityClassName. */
CHANDRA_API const char *chandra_pod_priority_class_name(const struct chandra_pod *pod);
/** spec.priority, 0 when missing. */
CHANDRA_API int64_t chandra_pod_priority(const struct chandra_pod *pod);
/** status.phase. */
CHANDRA_API const char *chandra_pod_phase(const struct chandra_pod *pod);
/** Name of entry `index` of spec.schedulingGates, or NULL beyond the end. */
CHANDRA_API const char *chandra_pod_gate_at(const struct chandra_pod *pod, size_t index);
/** Number of entries in spec.resourceClaims. */
CHANDRA_API size_t chandra_pod_claim_count(const struct chandra_pod *pod);
/** Name of entry `index` of spec.resourceClaims, or NULL. */
CHANDRA_API const char *chandra_pod_claim_entry(const struct chandra_pod *pod, size_t index);
/** Name of the claim that entry `index` stands for, as far as the pod says: by its spec or, for a
 * template's, by its status; NULL when there is none or not yet one. */
CHANDRA_API const char *chandra_pod_claim_name(const struct chandra_pod *pod, size_t index);

/** Whether spec.nodeSelector and the required node affinity allow the node; false for an affinity
 * that does not compile. */
CHANDRA_API bool chandra_pod_selects_node(const struct chandra_pod *pod,
                                          const struct chandra_node *node);
/** Whether a toleration of the pod covers such a taint. */
CHANDRA_API bool chandra_pod_tolerates(const struct chandra_pod *pod, const char *key,
                                       const char *value, const char *effect);
/** Number of resources that the pod requests. */
CHANDRA_API size_t chandra_pod_request_count(const struct chandra_pod *pod);
/** Request `index` in ascending byte order of the names: what the scheduler counts for containers,
 * init containers, sidecars and overhead together, rounded up to thousandths for "cpu" and to whole
 * units for everything else. False beyond the end. */
CHANDRA_API bool chandra_pod_request_at(const struct chandra_pod *pod, size_t index,
                                        const char **out_resource, int64_t *out_amount);

/* Nodes. */

/** spec.unschedulable. */
CHANDRA_API bool chandra_node_is_unschedulable(const struct chandra_node *node);
/** Status of the condition Ready: "True", "False" or "Unknown"; "" when there is none. */
CHANDRA_API const char *chandra_node_ready(const struct chandra_node *node);
/** Number of entries in spec.taints. */
CHANDRA_API size_t chandra_node_taint_count(const struct chandra_node *node);
/** Entry `index` of spec.taints; false beyond the end. */
CHANDRA_API bool chandra_node_taint_at(const struct chandra_node *node, size_t index,
                                       const char **out_key, const char **out_value,
                                       const char **out_effect);
/** Number of entries in status.allocatable. */
CHANDRA_API size_t chandra_node_allocatable_count(const struct chandra_node *node);
/** Entry `index` of status.allocatable in ascending byte order of the names, in the units of
 * chandra_pod_request_at(); false beyond the end. */
CHANDRA_API bool chandra_node_allocatable_at(const struct chandra_node *node, size_t index,
                                             const char **out_resource, int64_t *out_amount);

/* Claims. */

/** spec.resourceClassName. */
CHANDRA_API const char *chandra_claim_class_name(const struct chandra_claim *claim);
/** spec.allocationMode. */
CHANDRA_API enum chandra_allocation_mode chandra_claim_mode(const struct chandra_claim *claim);
/** Whether status.allocation is present, be it an empty object. */
CHANDRA_API bool chandra_claim_is_allocated(const struct chandra_claim *claim);
/** status.allocation.shareable. */
CHANDRA_API bool chandra_claim_is_shareable(const struct chandra_claim *claim);
/** Whether status.allocation.availableOnNodes is present. */
CHANDRA_API bool chandra_claim_is_node_bound(const struct chandra_claim *claim);
/** status.deallocationRequested. */
CHANDRA_API bool chandra_claim_is_deallocating(const struct chandra_claim *claim);
/** status.driverName. */
CHANDRA_API const char *chandra_claim_driver_name(const struct chandra_claim *claim);
/** Number of entries in status.reservedFor. */
CHANDRA_API size_t chandra_claim_user_count(const struct chandra_claim *claim);
/** Entry `index` of status.reservedFor; false beyond the end. */
CHANDRA_API bool chandra_claim_user_at(const struct chandra_claim *claim, size_t index,
                                       const char **out_resource, const char **out_name,
                                       const char **out_uid);

/* Classes. */

/** driverName. */
CHANDRA_API const char *chandra_class_driver_name(const struct chandra_class *klass);
/** Whether suitableNodes is present. */
CHANDRA_API bool chandra_class_is_node_bound(const struct chandra_class *klass);

/* PodSchedulingContexts. */

/** spec.selectedNode, "" for none. */
CHANDRA_API const char *chandra_context_selected_node(const struct chandra_context *context);
/** Number of entries in spec.potentialNodes. */
CHANDRA_API size_t chandra_context_potential_count(const struct chandra_context *context);
/** Entry `index` of spec.potentialNodes, or NULL. */
CHANDRA_API const char *chandra_context_potential_at(const struct chandra_context *context,
                                                     size_t index);

#ifdef __cplusplus
}
#endif
#endif
