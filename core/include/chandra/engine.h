/* engine.h - the engine: a cache of the cluster and the decisions taken from it.
 *
 * One engine serves many host threads. It follows kube-scheduler v1.30.1's DynamicResources plugin
 * for resource.k8s.io/v1alpha2; where that has known faults, the fixed form. The scheduling attempt
 * of one pod is a cycle (cycle.h).
 */
#ifndef CHANDRA_ENGINE_H
#define CHANDRA_ENGINE_H

#include <chandra/error.h>
#include <chandra/log.h>
#include <chandra/object.h>
#include <chandra/policy.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_transport; /* sys/transport.h */
struct chandra_observer;  /* sys/observer.h */
struct chandra_engine;

enum chandra_failure_policy {
    CHANDRA_FAILURE_FAIL,   /* a pod whose policy fails waits, with the policy's error as its reason
                             */
    CHANDRA_FAILURE_IGNORE, /* the hard rules decide for it; the error is logged */
};

/** How template claims are named. */
enum chandra_claim_naming {
    CHANDRA_NAMING_DETECT, /* ask the API server's version; below 1.28 names are deterministic */
    CHANDRA_NAMING_STATUS, /* pod.status.resourceClaimStatuses */
    CHANDRA_NAMING_DETERMINISTIC, /* POD-ENTRY */
};

/** Fill with CHANDRA_ENGINE_OPTIONS_INIT, then change what is needed. */
struct chandra_engine_options {
    size_t size;                                /* sizeof(struct chandra_engine_options) */
    bool is_disabled;                           /* the DynamicResourceAllocation gate is off */
    enum chandra_failure_policy failure_policy; /* default FAIL */
    enum chandra_claim_naming claim_naming;     /* default DETECT */
    uint64_t seed;                              /* of every random choice; default 1 */
    const char *field_manager;                  /* default "kube-scheduler"; copied */
    bool watch_pods;                            /* keep pods in the cache; default true */
    struct chandra_logger logger;               /* default: none */
    const struct chandra_observer *observer;    /* default NULL; must outlive the engine */
    /** Called after the cache has taken in a change, so that a host can wake parked pods through
     * chandra_engine_hint(); no lock is held. `old_object` or `new_object` is NULL for additions or
     * deletions. Threads: the transport's. */
    void (*on_event)(void *user, const struct chandra_object *old_object,
                     const struct chandra_object *new_object);
    void *on_event_user;
    /** Whether anybody looks at more of nodes than names, labels and annotations. If not, only
     * their metadata is read, a small part of what kubelets report. Default true. */
    bool whole_nodes;
};

#define CHANDRA_ENGINE_OPTIONS_INIT                 \
    {.size = sizeof(struct chandra_engine_options), \
     .seed = 1,                                     \
     .watch_pods = true,                            \
     .whole_nodes = true}

/** Make an engine on a transport, which must outlive it. Nothing is requested before
 * chandra_engine_start(). `options` may be NULL. Ownership: caller frees. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_engine_new(struct chandra_transport *transport,
                   const struct chandra_engine_options *options, struct chandra_engine **out_engine,
                   struct chandra_error *err);

/** Stop and free; NULL is fine. Cycles of the engine must have been freed before. */
CHANDRA_API void chandra_engine_free(struct chandra_engine *engine);

/** Begin to list and watch. Returns at once; see chandra_engine_is_synced(). Once started, a
 * further call only helps up what came to a stop because memory ran out, as
 * chandra_engine_sync_text() tells.
 */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_engine_start(struct chandra_engine *engine, struct chandra_error *err);

/** Whether every list has arrived once. Threads: any. */
CHANDRA_API bool chandra_engine_is_synced(const struct chandra_engine *engine);

/** What the engine is waiting for, or why its last list or watch failed, for people; "" when all is
 * well. Cut to `size`. Threads: any. */
CHANDRA_API void chandra_engine_sync_text(const struct chandra_engine *engine, char *text,
                                          size_t size);

/** Why the objects of one kind are not in step with the API server; "" when all is well, or when
 * the kind is not watched. Cut to `size`. Threads: any. */
CHANDRA_API void chandra_engine_watch_text(const struct chandra_engine *engine,
                                           enum chandra_kind kind, char *text, size_t size);

/** What a watch brings. */
enum chandra_watch_event {
    CHANDRA_WATCH_ADDED,
    CHANDRA_WATCH_MODIFIED,
    CHANDRA_WATCH_DELETED,
    CHANDRA_WATCH_BOOKMARK,
    CHANDRA_WATCH_ERROR,
};

/** Why a watch had to begin anew. The list is append-only. */
enum chandra_watch_restart {
    CHANDRA_RESTART_ENDED,   /* the API server ended it, as it does every few minutes */
    CHANDRA_RESTART_EXPIRED, /* what was known is too old: listed anew */
    CHANDRA_RESTART_INVALID, /* it brought something that cannot be read */
    CHANDRA_RESTART_LOST,    /* the connection broke, fell silent or never came about */
    CHANDRA_RESTART_MEMORY,  /* there was no memory for what it brought */
    CHANDRA_RESTART_REFUSED, /* the API server answered with another error */
};

/** Their names in lower case, such as "expired"; NULL beyond the last one. */
CHANDRA_API const char *chandra_watch_event_name(enum chandra_watch_event type);
CHANDRA_API const char *chandra_watch_restart_name(enum chandra_watch_restart reason);

/** How many events of a type the watch of a kind has brought so far, and how often it had to begin
 * anew for a reason; 0 when the kind is not watched. Threads: any. */
CHANDRA_API uint64_t chandra_engine_watch_events(const struct chandra_engine *engine,
                                                 enum chandra_kind kind,
                                                 enum chandra_watch_event type);
CHANDRA_API uint64_t chandra_engine_watch_restarts(const struct chandra_engine *engine,
                                                   enum chandra_kind kind,
                                                   enum chandra_watch_restart reason);

/** Give the engine another policy (NULL: the hard rules alone); cycles that have begun finish on
 * the one they began with. Takes a reference of its own. Threads: any. */
CHANDRA_API void chandra_engine_set_policy(struct chandra_engine *engine,
                                           struct chandra_policy *policy);

/** The present policy, or NULL. Ownership: caller unrefs. Threads: any. */
CHANDRA_API struct chandra_policy *chandra_engine_policy(struct chandra_engine *engine);

/** A cached object by name ("" as namespace for cluster-scoped kinds), or NULL. Ownership: caller
 * unrefs. Threads: any. */
CHANDRA_API struct chandra_object *chandra_engine_get(struct chandra_engine *engine,
                                                      enum chandra_kind kind,
                                                      const char *name_space, const char *name);

/** Receives an object; false ends the walk. Must not call back into the engine. */
typedef bool (*chandra_object_fn)(void *user, const struct chandra_object *object);

/** Walk the cached objects of a kind, in no particular order. Threads: any. */
CHANDRA_API void chandra_engine_each(struct chandra_engine *engine, enum chandra_kind kind,
                                     chandra_object_fn fn, void *user);

/** Number of cached objects of a kind. Threads: any. */
CHANDRA_API size_t chandra_engine_count(struct chandra_engine *engine, enum chandra_kind kind);

#ifdef __cplusplus
}
#endif
#endif
