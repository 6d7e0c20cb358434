/* cycle.h - the extension points: one scheduling attempt of one pod, from PreEnqueue to PostBind.
 *
 * Each function answers as kube-scheduler v1.30.1's DynamicResources plugin does at the point of
 * the same name. "Could not decide because memory ran out" and failures of the API server are
 * answers too (CHANDRA_CODE_ERROR), since a host has one way to handle them.
 */
#ifndef CHANDRA_CYCLE_H
#define CHANDRA_CYCLE_H

#include <chandra/engine.h>
#include <chandra/error.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_cycle;

/** The scheduler framework's status codes, and the answers of a hint. */
enum chandra_code {
    CHANDRA_CODE_SUCCESS,
    CHANDRA_CODE_ERROR,
    CHANDRA_CODE_UNSCHEDULABLE,
    CHANDRA_CODE_UNRESOLVABLE, /* UnschedulableAndUnresolvable */
    CHANDRA_CODE_SKIP,
    CHANDRA_CODE_PENDING,
    CHANDRA_CODE_QUEUE,      /* hint: try the pod again */
    CHANDRA_CODE_QUEUE_SKIP, /* hint: the event does not matter to the pod */
};

/** What an extension point answers. */
struct chandra_answer {
    enum chandra_code code;
    enum chandra_status status; /* why an ERROR: ECONFLICT, ENOMEM, ESCRIPT, ...; else OK */
    char reason[1024];          /* one line naming claim, class, driver and rule; "" for success */
};

/** The framework's name of a code, such as "UnschedulableAndUnresolvable". Ownership: static. */
CHANDRA_API const char *chandra_code_name(enum chandra_code code);

/** PreEnqueue: may the pod enter the active queue? No I/O. Threads: any. */
CHANDRA_API void chandra_engine_pre_enqueue(struct chandra_engine *engine,
                                            const struct chandra_pod *pod,
                                            struct chandra_answer *out_answer);

/** The queueing hint of an event of `kind` for a parked pod. A NULL `old_object` is an addition, a
 * NULL `new_object` a deletion; an object of another kind than `kind` stands for a handler that was
 * given a wrong object. Answers QUEUE, QUEUE_SKIP or ERROR (which counts as QUEUE). No I/O.
 * Threads: any. */
CHANDRA_API void chandra_engine_hint(struct chandra_engine *engine, const struct chandra_pod *pod,
                                     enum chandra_kind kind,
                                     const struct chandra_object *old_object,
                                     const struct chandra_object *new_object,
                                     struct chandra_answer *out_answer);

/** Begin an attempt. The cycle keeps a reference on the pod. Ownership: caller frees.
 * Threads: any; of the cycle's own functions only Filter may be called by several threads at once.
 */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_new(struct chandra_engine *engine, const struct chandra_pod *pod,
                  struct chandra_cycle **out_cycle, struct chandra_error *err);

/** Free; NULL is fine. Publishes nothing: call Unreserve first where the framework would. */
CHANDRA_API void chandra_cycle_free(struct chandra_cycle *cycle);

/** Name the queue of the pod, by which a set of policies may choose; copied, kept over PreFilter.
 * NULL: the host has none. Errors: ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_set_queue(struct chandra_cycle *cycle, const char *queue, struct chandra_error *err);

/** PreFilter: starts the attempt's state afresh. SKIP means that Filter need not be asked. */
CHANDRA_API void chandra_cycle_pre_filter(struct chandra_cycle *cycle,
                                          struct chandra_answer *out_answer);

/** Filter for one node. Threads: several at once. */
CHANDRA_API void chandra_cycle_filter(struct chandra_cycle *cycle, const char *node,
                                      struct chandra_answer *out_answer);

/** Filter for many nodes at once: `candidates` (NULL: all nodes), sets of the cycle's capacity.
 * *out_answer is SUCCESS, or ERROR when the attempt must be aborted; the nodes that passed are in
 * `out_feasible` then. */
CHANDRA_API void chandra_cycle_filter_all(struct chandra_cycle *cycle,
                                          const struct chandra_nodeset *candidates,
                                          struct chandra_nodeset *out_feasible,
                                          struct chandra_answer *out_answer);

/** Why Filter rejects a node: UNRESOLVABLE with a reason, or SUCCESS. Costs nothing before it is
 * asked; changes nothing. */
CHANDRA_API void chandra_cycle_why(struct chandra_cycle *cycle, const char *node,
                                   struct chandra_answer *out_answer);

/** PostFilter: no node was left; may ask a driver to free one claim. Waits for the API server. */
CHANDRA_API void chandra_cycle_post_filter(struct chandra_cycle *cycle,
                                           struct chandra_answer *out_answer);

/** PreScore over the feasible nodes. The framework calls it only when there are two or more. */
CHANDRA_API void chandra_cycle_pre_score(struct chandra_cycle *cycle,
                                         const struct chandra_nodeset *nodes,
                                         struct chandra_answer *out_answer);

/** Score: 0..100 for each member of `nodes` into scores[node index] (an array of the cycle's
 * capacity); SKIP without change when the policy has no opinion. */
CHANDRA_API void chandra_cycle_score(struct chandra_cycle *cycle,
                                     const struct chandra_nodeset *nodes, int64_t *scores,
                                     struct chandra_answer *out_answer);

/** The node that the policy suggests among `nodes`, or CHANDRA_NODESET_END when it has no opinion
 * or failed. For hosts that choose themselves. */
CHANDRA_API uint32_t chandra_cycle_suggested(struct chandra_cycle *cycle,
                                             const struct chandra_nodeset *nodes);

/** Reserve: a node was picked. Never writes. UNSCHEDULABLE when the guard forbids to select the
 * node or to reserve claims for it. */
CHANDRA_API void chandra_cycle_reserve(struct chandra_cycle *cycle, const char *node,
                                       struct chandra_answer *out_answer);

/** PreBind: publishes the PodSchedulingContext (then PENDING) or reserves the claims.
 * UNSCHEDULABLE, and nothing written, as for Reserve. Waits for the API server. */
CHANDRA_API void chandra_cycle_pre_bind(struct chandra_cycle *cycle, const char *node,
                                        struct chandra_answer *out_answer);

/** Unreserve: publishes what is left to publish and gives every reservation back. Waits for the API
 * server; failures are logged. */
CHANDRA_API void chandra_cycle_unreserve(struct chandra_cycle *cycle, const char *node);

/** PostBind: deletes the PodSchedulingContext. Waits for the API server; failures are logged. */
CHANDRA_API void chandra_cycle_post_bind(struct chandra_cycle *cycle, const char *node);

/* A look at the attempt. Borrowed pointers are good until the next PreFilter, which may also change
 * the capacity: make node sets for a cycle after it. What policies ask besides is in sys/policy.h.
 */

/** Capacity of every node set of the attempt. */
CHANDRA_API uint32_t chandra_cycle_capacity(const struct chandra_cycle *cycle);
/** All nodes of the cycle's consistent picture of the cluster. */
CHANDRA_API const struct chandra_nodeset *chandra_cycle_nodes(const struct chandra_cycle *cycle);
/** A number that is another one once a node has come or gone: as long as it is the same in cycles
 * of one engine, the same names belong to the same indices. For hosts that keep names by index. */
CHANDRA_API uint64_t chandra_cycle_nodes_version(const struct chandra_cycle *cycle);
/** Node `index`, or NULL where there is none. */
CHANDRA_API const struct chandra_node *chandra_cycle_node(const struct chandra_cycle *cycle,
                                                          uint32_t index);
/** Index of a node by name, or CHANDRA_NODESET_END. */
CHANDRA_API uint32_t chandra_cycle_node_index(const struct chandra_cycle *cycle, const char *name);

/** The queue that the host named, or NULL. Ownership: borrowed from the cycle. */
CHANDRA_API const char *chandra_cycle_queue(const struct chandra_cycle *cycle);

/** The policy that the attempt decides by, or NULL; of a set of policies, once PreFilter has run,
 * the chain that was chosen for the pod. Ownership: borrowed from the cycle. */
CHANDRA_API struct chandra_policy *chandra_cycle_policy(const struct chandra_cycle *cycle);

/** Write "NAME@VERSION sha256:..." of each policy in the chain, comma-separated, or "builtin". */
CHANDRA_API void chandra_cycle_policy_text(const struct chandra_cycle *cycle, char *text,
                                           size_t size);

/** One reason for which nodes were removed. */
struct chandra_removal {
    size_t claim;                        /* index of the cycle's claim */
    const char *policy;                  /* member of the chain, "builtin" for the hard rules */
    const char *rule;                    /* the reason for people */
    const struct chandra_nodeset *nodes; /* those it removed; a node is in at most one per claim */
};

/** Number of removals of the attempt's Filter; 0 before it, and where it could not decide. */
CHANDRA_API size_t chandra_cycle_removal_count(const struct chandra_cycle *cycle);
/** Removal `index`; false beyond the end. Borrowed until the next PreFilter. */
CHANDRA_API bool chandra_cycle_removal_at(const struct chandra_cycle *cycle, size_t index,
                                          struct chandra_removal *out_removal);

/** The claim that PostFilter asked to give back, or would have asked for in a shadow; SIZE_MAX:
 * none.
 */
CHANDRA_API size_t chandra_cycle_released(const struct chandra_cycle *cycle);
/** The message of the policy's last failure in the attempt, or NULL. Borrowed until the next
 * PreFilter. */
CHANDRA_API const char *chandra_cycle_fault(const struct chandra_cycle *cycle);

/** Notes of one attempt at most, and bytes of one at most. */
#define CHANDRA_MAX_NOTES 64
#define CHANDRA_MAX_NOTE_LENGTH 512

/** What a policy wants people to know about its decision. */
struct chandra_note {
    const char *policy; /* member of the chain */
    const char *hook;   /* "match", "score", "scores", "suggest" or "release" */
    size_t claim;       /* index of the cycle's claim that is being matched; SIZE_MAX: none */
    const char *text;   /* one line */
};

/** Number of notes of the attempt. */
CHANDRA_API size_t chandra_cycle_note_count(const struct chandra_cycle *cycle);
/** Note `index`, the oldest first; false beyond the end. Borrowed until the next PreFilter. */
CHANDRA_API bool chandra_cycle_note_at(const struct chandra_cycle *cycle, size_t index,
                                       struct chandra_note *out_note);

/* A second opinion. */

/** A shadow of an attempt: another policy decides for the same pod in exactly the same state. It is
 * made between PreFilter and Reserve and stays good when the attempt goes on or ends. Filter,
 * Score, suggestions and PostFilter answer as they would; nothing is ever written, recorded or
 * drawn from the engine's random source, a failure of the policy is an ERROR whatever the failure
 * policy, and the points that act (PreFilter, Reserve, PreBind, Unreserve, PostBind) do nothing but
 * answer ERROR. Ownership: caller frees with chandra_cycle_free(). Errors: EINVAL (the attempt has
 * nothing to decide), ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_cycle_shadow(const struct chandra_cycle *cycle, struct chandra_policy *policy,
                     struct chandra_cycle **out_shadow, struct chandra_error *err);

#ifdef __cplusplus
}
#endif
#endif
