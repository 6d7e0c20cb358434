/* policy.h - what a policy runtime must offer, and what it may ask of the cycle it decides in.
 *
 * The engine calls a hook only when it needs the answer, from the host's thread, without any lock
 * held that another cycle could wait for; hooks of different cycles may run at once. A hook returns
 * CHANDRA_ENOTFOUND without an error message when no member of the chain implements it; the engine
 * then decides by the hard rules. Any other failure is a policy error: the failure policy of the
 * engine says what happens.
 */
#ifndef CHANDRA_SYS_POLICY_H
#define CHANDRA_SYS_POLICY_H

#include <chandra/cycle.h>
#include <chandra/error.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <chandra/policy.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chandra_policy_ops {
    size_t size; /* sizeof(struct chandra_policy_ops) */

    /** Free the policy; called when the last reference is dropped. */
    void (*free)(struct chandra_policy *policy);

    /** Number and identity of the chain's members. */
    size_t (*count)(const struct chandra_policy *policy);
    const struct chandra_policy_info *(*info_at)(const struct chandra_policy *policy, size_t index);

    /** Narrow `nodes`, in place, to those that can serve claim `index` of the cycle. Removals are
     * explained through chandra_cycle_explain(). */
    enum chandra_status (*match)(struct chandra_policy *policy, struct chandra_cycle *cycle,
                                 size_t index, struct chandra_nodeset *nodes,
                                 struct chandra_error *err);

    /** Score every member of `nodes`, 0..100, into scores[node index]; other elements are left
     * alone. `scores` has the cycle's capacity. */
    enum chandra_status (*score)(struct chandra_policy *policy, struct chandra_cycle *cycle,
                                 const struct chandra_nodeset *nodes, int64_t *scores,
                                 struct chandra_error *err);

    /** Choose, among the feasible `nodes`, which to publish as potential nodes (in place; the
     * engine keeps at most 128) and which one to suggest (CHANDRA_NODESET_END: the policy does not
     * mind). */
    enum chandra_status (*suggest)(struct chandra_policy *policy, struct chandra_cycle *cycle,
                                   struct chandra_nodeset *nodes, uint32_t *out_selected,
                                   struct chandra_error *err);

    /** Choose one of `count` claims, given as indices of the cycle's claims, to give back;
     * *out_choice is one of them, or SIZE_MAX for none. */
    enum chandra_status (*release)(struct chandra_policy *policy, struct chandra_cycle *cycle,
                                   const size_t *claims, size_t count, size_t *out_choice,
                                   struct chandra_error *err);

    /* A policy may be a set of chains, of which one decides for a pod; then both of these are
     * there, and of the operations above only free, count and info_at are called. */

    /** Which chain decides for the cycle's pod, for chain_at(). Called at the end of PreFilter,
     * when the pod, its queue and its claims may be asked for; does no I/O and cannot fail. */
    size_t (*choose)(struct chandra_policy *policy, const struct chandra_cycle *cycle);
    /** Chain `index`, or NULL beyond the end. Ownership: borrowed from the policy. */
    struct chandra_policy *(*chain_at)(const struct chandra_policy *policy, size_t index);

    /** What happens to a pod when this policy fails; NULL: as the engine's options say. */
    enum chandra_failure_policy (*failure_policy)(const struct chandra_policy *policy);
};

/** Implementations put this first in a struct of theirs and start with refs = 1. */
struct chandra_policy {
    const struct chandra_policy_ops *ops;
    atomic_size_t refs;
};

/* What a hook may ask of its cycle. Everything returned is borrowed and stays valid until the hook
 * returns; what a walk hands out, until its callback does. Threads: the hook's own. */

/** Which of a claim's node sets. */
enum chandra_claim_set {
    CHANDRA_SET_AVAILABLE, /* allocated: availableOnNodes; all nodes when absent or not allocated */
    CHANDRA_SET_SUITABLE,  /* not allocated: the class's suitableNodes; all nodes when absent */
    CHANDRA_SET_UNSUITABLE, /* not allocated: the driver's answer so far; empty when none */
};

/** The pod that is being scheduled. */
CHANDRA_API const struct chandra_pod *chandra_cycle_pod(const struct chandra_cycle *cycle);
/** The pod's PodSchedulingContext as the cycle saw it, or NULL. */
CHANDRA_API const struct chandra_context *chandra_cycle_context(const struct chandra_cycle *cycle);
/** Number of claims of the pod, in the pod's order, ignored entries left out. */
CHANDRA_API size_t chandra_cycle_claim_count(const struct chandra_cycle *cycle);
/** Claim `index`, or NULL. */
CHANDRA_API const struct chandra_claim *chandra_cycle_claim(const struct chandra_cycle *cycle,
                                                            size_t index);
/** The pod-local name of claim `index` (the entry of spec.resourceClaims), or NULL. */
CHANDRA_API const char *chandra_cycle_claim_entry(const struct chandra_cycle *cycle, size_t index);
/** The class of claim `index`; NULL when it is gone, which only allocated claims survive. */
CHANDRA_API const struct chandra_class *chandra_cycle_claim_class(const struct chandra_cycle *cycle,
                                                                  size_t index);
/** Whether the driver has answered for claim `index` in the context. */
CHANDRA_API bool chandra_cycle_claim_is_informed(const struct chandra_cycle *cycle, size_t index);
/** One of the sets of claim `index`; never NULL for a valid index. */
CHANDRA_API const struct chandra_nodeset *chandra_cycle_claim_set(const struct chandra_cycle *cycle,
                                                                  size_t index,
                                                                  enum chandra_claim_set which);

/** Rank of node `index` in ascending byte order of names; equal for no two nodes of a cycle. */
CHANDRA_API uint32_t chandra_cycle_node_rank(const struct chandra_cycle *cycle, uint32_t index);

/** Note why `removed` nodes left the match of claim `index`; the set is copied. `policy` is the
 * member's name, `rule` the reason for people; both are copied. Errors: ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_explain(struct chandra_cycle *cycle, size_t index,
                      const struct chandra_nodeset *removed, const char *policy, const char *rule,
                      struct chandra_error *err);

/** Keep a note with the attempt's decision; it is copied, a longer text is cut, one too many is
 * left out. Errors: ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_note(struct chandra_cycle *cycle, const struct chandra_note *note,
                   struct chandra_error *err);

/** Nodes that a selector (JSON or YAML of a v1.NodeSelector, decoded) matches, into `out_nodes`.
 * Errors: EINVAL (does not compile), ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_select(struct chandra_cycle *cycle, const struct chandra_value *selector,
                     struct chandra_nodeset *out_nodes, struct chandra_error *err);

/** Narrows chandra_cycle_each_claim(); NULL fields do not narrow. */
struct chandra_claim_query {
    const char *name_space;
    const char *class_name;
    const char *label_key; /* with label_value */
    const char *label_value;
    bool only_allocated;
    const char *node; /* name: allocated claims with an availableOnNodes that includes it */
};
/** Receives a claim and the nodes it is available on (NULL: not allocated, or everywhere); false
 * ends the walk. Both are good for this one call only: to keep the claim take a reference, to keep
 * the set copy it. Must not call back into the cycle. */
typedef bool (*chandra_claim_fn)(void *user, const struct chandra_claim *claim,
                                 const struct chandra_nodeset *available_on);
/** Walk the cached claims of the whole cluster, in no particular order; node, label and class use
 * an index. Errors: ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_each_claim(struct chandra_cycle *cycle, const struct chandra_claim_query *query,
                         chandra_claim_fn fn, void *user, struct chandra_error *err);

/** Count, for each node, the allocated claims whose availableOnNodes is present and includes it:
 * counts[node index], of the cycle's capacity. `class_name` NULL counts all classes. Errors:
 * ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_count_claims(struct chandra_cycle *cycle, const char *class_name, uint32_t *counts,
                           struct chandra_error *err);

/** Receives a pod, good for this one call only; false ends the walk. Must not call back into the
 * cycle. */
typedef bool (*chandra_pod_fn)(void *user, const struct chandra_pod *pod);
/** Walk the cached pods of the cycle's namespace that carry a label, through an index. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_each_pod(struct chandra_cycle *cycle, const char *label_key, const char *label_value,
                       chandra_pod_fn fn, void *user, struct chandra_error *err);

/** A random number below `bound` (> 0) from the engine's seeded source. */
CHANDRA_API uint64_t chandra_cycle_random(struct chandra_cycle *cycle, uint64_t bound);
/** Seconds since 1970 when the cycle began, from the transport's clock. */
CHANDRA_API int64_t chandra_cycle_time(const struct chandra_cycle *cycle);

#endif
