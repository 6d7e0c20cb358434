/* engine.h - the engine and the cycle from the inside, shared by the files of the extension points.
 *
 * Locks, in the order in which they may be taken: the observer's, a cycle's, the cache's. The small
 * locks of the engine (policy, random, own writes) and the naming's are leaves: nothing is taken
 * inside them. None is held across I/O; hooks run with none but, for `match`, their own cycle's;
 * the observer's callbacks run inside the observer's.
 */
#ifndef CH_ENGINE_ENGINE_H
#define CH_ENGINE_ENGINE_H

#include "api/api.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "base/nodeset.h"
#include "base/random.h"
#include "base/text.h"
#include "cache/cache.h"
#include "cache/reflector.h"
#include "model/object.h"
#include "model/selector.h"

#include <chandra/cycle.h>
#include <chandra/engine.h>
#include <chandra/sys/observer.h>
#include <chandra/sys/policy.h>
#include <pthread.h>
#include <stdatomic.h>

#define CH_BUILTIN "builtin"       /* instead of a policy's name: the hard rules */
#define CH_MAX_POTENTIAL_NODES 128 /* of PodSchedulingContext.spec, enforced by the API server */

/* How template claims are named, as far as it is known. */
enum ch_naming { CH_NAMING_UNKNOWN, CH_NAMING_BY_STATUS, CH_NAMING_DETERMINISTIC };

struct chandra_engine {
    struct chandra_transport *transport;
    struct chandra_engine_options options;
    char *field_manager;
    struct ch_cache *cache;
    struct ch_reflector *reflectors[CHANDRA_KIND_COUNT];
    atomic_bool is_started;
    _Atomic enum ch_naming naming;
    struct ch_naming_probe *probe; /* asks for the server's version, or NULL */

    pthread_mutex_t policy_lock;
    struct chandra_policy *policy;

    pthread_mutex_t random_lock;
    struct ch_random random;

    pthread_mutex_t own_lock;
    struct ch_map own_writes; /* "KIND/NS/NAME@VERSION" of writes whose echo is still to come */

    pthread_mutex_t observer_lock;
    struct ch_map held; /* see hold.c; under the observer's lock */
};

/* One claim of the pod, as PreFilter saw it. */
struct ch_cycle_claim {
    const char *entry;            /* pod-local name; the driver's answer is looked up by it */
    struct chandra_object *claim; /* a reference; after a reservation the server's answer */
    struct chandra_object *klass; /* a reference, or NULL */
    const struct ch_claim_answer *answer;    /* the driver's, or NULL */
    const struct chandra_nodeset *available; /* see enum chandra_claim_set */
    const struct chandra_nodeset *suitable;
    const struct chandra_nodeset *unsuitable;
    bool is_reserved; /* by this attempt, as far as is known: also where the answer was lost */

    /* Filled in by the match: the nodes that cannot serve it, by policy or hard rule, and, of
     * delayed claims that are allocated (else NULL), those of them that only allocations reject. */
    struct chandra_nodeset *removed;
    struct chandra_nodeset *blocked;

    atomic_bool is_unavailable; /* Filter has rejected a node of `blocked` */
};

/* Why nodes were removed; newest first. */
struct ch_removal {
    struct chandra_removal public;
    struct chandra_nodeset *nodes;
    struct ch_removal *next;
};

/* What a policy wants people to know; newest first. */
struct ch_note {
    struct chandra_note public;
    struct ch_note *next;
};

struct chandra_cycle {
    struct chandra_engine *engine;
    struct chandra_object *pod;
    struct ch_arena arena; /* everything of the attempt; emptied by PreFilter */

    bool has_state; /* PreFilter has run */
    bool is_prescored;
    struct ch_cycle_claim *claims; /* set at the very end of PreFilter: none, nothing to do */
    size_t claim_count;
    struct chandra_object *context; /* a reference, or NULL; never refreshed within the attempt */
    struct chandra_policy *policy;  /* a reference, or NULL */
    char *queue;                    /* that the host named, or NULL */
    const char *fault;              /* of the policy, or NULL */
    size_t released;                /* claim that PostFilter chose, or SIZE_MAX */
    struct ch_nodes *nodes;         /* the picture that all node sets are over */
    const struct chandra_nodeset *no_nodes;
    int64_t time;

    struct ch_context_change change; /* what publish has to write */

    pthread_mutex_t lock; /* of the match and what it fills in */
    atomic_bool is_matched;
    struct chandra_answer match_answer; /* SUCCESS, or why nothing could be decided */
    size_t matching;                    /* the claim a match is running for, or SIZE_MAX */
    struct chandra_nodeset *feasible;   /* nodes that pass Filter */
    struct chandra_nodeset *undecided;  /* nodes for which Filter fails, or NULL for none */
    size_t undecided_claim;             /* of an unknown allocation mode */
    struct ch_removal *removals;
    size_t removal_count;
    const struct ch_removal **removal_list; /* the same, oldest first; NULL before it is complete */

    struct ch_note *notes;
    size_t note_count;

    struct chandra_nodeset *suggest_for; /* the question that the policy's suggestion answers */
    struct chandra_nodeset *suggest_nodes;
    uint32_t suggest_selected;

    bool is_shadow;          /* it decides beside another attempt and never acts */
    struct ch_random random; /* of a shadow: as the engine's was when it was made */
};

static inline const struct chandra_claim *
ch_cycle_claim_at(const struct chandra_cycle *cycle, size_t index)
{
    return chandra_object_claim(cycle->claims[index].claim);
}

/* engine.c */

uint64_t ch_engine_random(struct chandra_engine *engine, uint64_t bound);

/* naming.c: spec 3.1 */

/* Find out how template claims are named; returns at once. */
enum chandra_status ch_naming_start(struct chandra_engine *engine, struct chandra_error *err);
void ch_naming_stop(struct chandra_engine *engine);
/* Why the version is not known yet; "" when it is. */
void ch_naming_error(const struct chandra_engine *engine, char *text, size_t size);

/* answer.c */

/* Fill an answer. */
void ch_answer(struct chandra_answer *out, enum chandra_code code, const char *fmt, ...)
    CHANDRA_PRINTF(3, 4);
/* ERROR with the status and message of a failed call. */
void ch_answer_error(struct chandra_answer *out, const struct chandra_error *err);
void ch_answer_no_memory(struct chandra_answer *out);
/* "claim NS/NAME (class CLASS, driver DRIVER)", as far as it is known. */
void ch_claim_text(const struct chandra_claim *claim, const struct chandra_class *klass, char *text,
                   size_t size);
void ch_cycle_claim_text(const struct chandra_cycle *cycle, size_t index, char *text, size_t size);
/* Begin a point that needs PreFilter's state: true if there is work to do, else *out is final. */
bool ch_answer_begin(const struct chandra_cycle *cycle, struct chandra_answer *out);

/* walk.c: spec 3.3 */

/* Receives one resolved claim, borrowed; the read lock is held. Not OK ends the walk. */
typedef enum chandra_status (*ch_walk_fn)(void *user, const char *entry,
                                          struct chandra_object *claim, struct chandra_error *err);
/* Walk the pod's claims in order, under the cache's read lock, which the caller holds. Errors:
 * those of `fn`; ENOTFOUND and EINVAL (a claim cannot be resolved: the reason R-LOOKUP), ENOMEM. */
enum chandra_status ch_walk_claims(struct chandra_engine *engine, const struct chandra_pod *pod,
                                   ch_walk_fn fn, void *user, struct chandra_error *err);

/* intake.c */

struct ch_reflector_sink ch_intake_sink(struct chandra_engine *engine);

/* observe.c */

/* Hold back all other calls and events of an observed engine until ch_observe_end(), so that what a
 * call read from the cache and its being told of are one step. */
void ch_observe_begin(struct chandra_engine *engine);
/* Tell of the finished call (NULL: none) and go on. */
void ch_observe_end(struct chandra_engine *engine, const struct chandra_call *call);
/* Tell of a finished call that has read nothing from the cache. */
void ch_observe_call(struct chandra_engine *engine, const struct chandra_call *call);
/* Hold events of the pod's context back until the call has ended that begins now. */
void ch_observe_hold(struct chandra_cycle *cycle);
/* Tell of that call, then of the events. */
void ch_observe_release(struct chandra_cycle *cycle, const struct chandra_call *call);
/* Whether an event is held back, and told later. Between begin and end. */
bool ch_observe_holds(struct chandra_engine *engine, enum chandra_event_type type,
                      const struct chandra_value *value, const struct chandra_object *object);
/* Note a write that the server accepted: for the observer, and to know its echo. */
void ch_observe_write(struct chandra_cycle *cycle, enum chandra_kind kind, const char *name,
                      const struct chandra_value *object);
/* Tell of a change, between begin and end. `value` is NULL when only `object` is known. */
void ch_observe_event(struct chandra_engine *engine, enum chandra_event_type type,
                      const struct chandra_value *value, const struct chandra_object *object);

/* match.c */

/* Run the match once per attempt; false: nothing can be decided, *out says why. Threads: any. */
bool ch_match(struct chandra_cycle *cycle, struct chandra_answer *out);

/* guard.c */

/* Whether the hard rules let the pod's claims be served on a node; *out says why not. */
bool ch_guard_allows(const struct chandra_cycle *cycle, const char *node,
                     struct chandra_answer *out);

/* policy.c */

/* A policy's hook failed with err: false, and *out is its ERROR, or the failure policy lets the
 * hard rules decide (true, and it is logged). `out` is NULL where no answer can tell the host. */
bool ch_policy_forgiven(struct chandra_cycle *cycle, const char *hook,
                        const struct chandra_error *err, struct chandra_answer *out);
/* Of a set of policies take up the chain that decides for the pod. */
void ch_policy_choose(struct chandra_cycle *cycle);
/* Name of the chain's first member. */
const char *ch_policy_name(const struct chandra_policy *policy);
/* Write "NAME@VERSION sha256:..." of the chain's member with this name, for people: the hash is cut
 * to 12 digits. */
void ch_policy_member_text(const struct chandra_policy *policy, const char *name, char *text,
                           size_t size);

/* suggest.c */

/* Ask the policy's suggestion for `nodes`, once for equal questions; it is in the cycle then.
 * ENOTFOUND: it has none. */
enum chandra_status ch_suggest(struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
                               struct chandra_error *err);
/* Cut `nodes` by chance to CH_MAX_POTENTIAL_NODES; `keep` (or CHANDRA_NODESET_END) stays. */
enum chandra_status ch_suggest_cut(struct chandra_cycle *cycle, struct chandra_nodeset *nodes,
                                   uint32_t keep, struct chandra_error *err);

/* shadow.c */

/* True, with an ERROR, for a point that a shadow must not have. */
bool ch_shadow_refuses(const struct chandra_cycle *cycle, const char *point,
                       struct chandra_answer *out);

/* publish.c: spec 3.6 */

bool ch_publish_is_due(const struct chandra_cycle *cycle);
enum chandra_status ch_publish(struct chandra_cycle *cycle, struct chandra_error *err);

/* cycle.c */

/* A set of the cycle's capacity in its arena, empty; NULL when out of memory. */
struct chandra_nodeset *ch_cycle_new_set(struct chandra_cycle *cycle);
enum chandra_status ch_cycle_no_memory(const struct chandra_cycle *cycle,
                                       struct chandra_error *err);
/* A random number below `bound`: the engine's, or a shadow's own. */
uint64_t ch_cycle_random(struct chandra_cycle *cycle, uint64_t bound);
/* Give back what an attempt holds and take up the present policy and time. */
void ch_cycle_reset(struct chandra_cycle *cycle);
/* Take up the present picture of the nodes, under the cache's read lock, which the caller holds.
 * Errors: ENOMEM. */
enum chandra_status ch_cycle_look(struct chandra_cycle *cycle, struct chandra_error *err);

#endif
