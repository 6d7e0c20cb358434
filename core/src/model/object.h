/* object.h - the typed objects from the inside. Each lives in one block of memory, which holds its
 * strings and lists too, and never changes after it has been decoded; `object` comes first, so that
 * a pointer to one is a pointer to the other. A node selector is a block of its own, since it is
 * shared. */
#ifndef CH_MODEL_OBJECT_H
#define CH_MODEL_OBJECT_H

#include "base/arena.h"

#include <chandra/object.h>
#include <stdatomic.h>

struct ch_selector;

struct ch_pair {
    const char *key;
    const char *value;
};

/* Thousandths for cpu, whole units for everything else. */
struct ch_amount {
    const char *resource;
    int64_t amount;
};

struct ch_toleration {
    const char *key;
    const char *value;
    const char *effect;
    bool is_any_value; /* operator: Exists */
};

struct ch_taint {
    const char *key;
    const char *value;
    const char *effect;
};

struct chandra_object {
    atomic_uint refs;
    enum chandra_kind kind;
    const char *name_space; /* "" for cluster-scoped kinds */
    const char *name;
    const char *uid;
    const char *resource_version;
    const char *controller_uid; /* NULL: none */
    int64_t created;            /* seconds since 1970; 0: not said */
    bool is_deleting;
    uint32_t label_count;
    uint32_t annotation_count;
    const struct ch_pair *labels; /* sorted by key */
    const struct ch_pair *annotations;
    const char *raw; /* contexts: the whole object as compact JSON, to be sent back with changes */
};

/* One entry of pod.spec.resourceClaims. */
struct ch_pod_claim {
    const char *entry;         /* its name */
    const char *claim_name;    /* source.resourceClaimName, or NULL */
    const char *template_name; /* source.resourceClaimTemplateName, or NULL */
};

/* One entry of pod.status.resourceClaimStatuses. */
struct ch_pod_claim_status {
    const char *entry;
    const char *claim_name; /* NULL: no claim was needed */
};

struct chandra_pod {
    struct chandra_object object;
    const char *node_name;
    const char *scheduler_name;
    const char *priority_class_name;
    const char *phase;
    int64_t priority;
    const struct ch_pod_claim *claims;
    size_t claim_count;
    const struct ch_pod_claim_status *claim_statuses;
    size_t claim_status_count;
    const char *const *gates; /* names in spec.schedulingGates */
    size_t gate_count;

    /* Where it may run; all of it is empty for most pods but the requests. */
    const struct ch_amount *requests; /* sorted by name */
    const struct ch_pair *node_selector;
    const struct ch_toleration *tolerations;
    struct ch_selector *affinity; /* the required node affinity; NULL: absent */
    uint32_t request_count;
    uint32_t node_selector_count;
    uint32_t toleration_count;
};

struct chandra_node {
    struct chandra_object object;
    const struct ch_amount *allocatable; /* sorted by name */
    const struct ch_taint *taints;
    const char *ready; /* status of the Ready condition, "" for none */
    uint32_t allocatable_count;
    uint32_t taint_count;
    bool is_unschedulable;
};

struct ch_claim_user {
    const char *api_group;
    const char *resource;
    const char *name;
    const char *uid;
};

struct chandra_claim {
    struct chandra_object object;
    const char *class_name;
    enum chandra_allocation_mode mode;
    const char *driver_name;
    bool is_allocated;
    bool is_shareable;
    bool is_deallocating;
    bool is_structured; /* some resourceHandles[] has structuredData (refused, but hint row 3) */
    struct ch_selector *available_on; /* NULL: absent */
    const char *status; /* the whole status as canonical JSON (see canonical.h), so that equal means
                           strcmp() == 0; also what is sent back with changes */
    const struct ch_claim_user *users; /* status.reservedFor */
    size_t user_count;
};

struct chandra_class {
    struct chandra_object object;
    const char *driver_name;
    bool is_structured;           /* structuredParameters: true; refused */
    struct ch_selector *suitable; /* NULL: absent */
};

/* One entry of context.status.resourceClaims. */
struct ch_claim_answer {
    const char *entry; /* the pod-local name */
    const char *const *unsuitable;
    size_t unsuitable_count;
};

struct chandra_context {
    struct chandra_object object;
    const char *selected_node; /* "" for none */
    const char *const *potential;
    size_t potential_count;
    const struct ch_claim_answer *answers;
    size_t answer_count;
    const char *spec;   /* canonical JSON, for comparing */
    const char *status; /* canonical JSON, for comparing */
};

/* Decode an object whose kind is known, whatever its apiVersion and kind say: items of a list have
 * neither, and a node may come as PartialObjectMetadata. Otherwise as chandra_object_decode(). */
enum chandra_status ch_object_decode_as(enum chandra_kind kind, const struct chandra_value *value,
                                        struct chandra_object **out_object,
                                        struct chandra_error *err);

/* Helpers that the engine's rules are written in. */

/* Claim name of entry `index` (spec 3.1). *out_name is NULL for an entry to ignore;
 * *out_check_owner says whether the claim must be owned by the pod. With an arena, names are
 * those of servers before 1.28, built in it; NULL: as the pod's status says. Errors: ENOTFOUND (not
 * created yet), EINVAL (no supported field), ENOMEM. */
enum chandra_status ch_pod_claim_name(const struct chandra_pod *pod, size_t index,
                                      struct ch_arena *arena, const char **out_name,
                                      bool *out_check_owner, struct chandra_error *err);
bool ch_claim_is_reserved_for(const struct chandra_claim *claim, const char *uid);
bool ch_claim_is_owned_by(const struct chandra_claim *claim, const struct chandra_pod *pod);
const struct ch_claim_answer *ch_context_answer(const struct chandra_context *context,
                                                const char *entry); /* or NULL */
bool ch_context_has_potential(const struct chandra_context *context, const char *node);

#endif
