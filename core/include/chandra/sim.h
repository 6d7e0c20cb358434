/* sim.h - a small cluster in memory: API server, claim controller, resource drivers.
 *
 * It behaves as Kubernetes 1.30 does for the objects of classic DRA (spec: API rules, KCM's
 * resourceclaim controller, the driver library, the test driver), on virtual time: nothing waits,
 * and equal input gives equal output. Threads: one at a time, except the transport, which takes
 * requests from any thread.
 */
#ifndef CHANDRA_SIM_H
#define CHANDRA_SIM_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/log.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_sim;
struct chandra_transport; /* sys/transport.h */
struct chandra_stage;     /* sys/stage.h */

struct chandra_sim_options {
    size_t size;       /* sizeof(struct chandra_sim_options) */
    uint64_t seed;     /* of uids, generated names and the drivers' choices; default 1 */
    int64_t wall_time; /* seconds since 1970 at virtual time 0; default 2024-06-01T00:00:00Z */
    struct chandra_logger logger;
};

/** An empty cluster. `options` may be NULL. Ownership: caller frees. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_new(const struct chandra_sim_options *options, struct chandra_sim **out_sim,
                struct chandra_error *err);
/** Free; NULL is fine. Engines on its transport must have been freed before. */
CHANDRA_API void chandra_sim_free(struct chandra_sim *sim);

/** The cluster's API server as a transport. Ownership: borrowed. */
CHANDRA_API struct chandra_transport *chandra_sim_transport(struct chandra_sim *sim);
/** The cluster's API server as a stage for replays. Ownership: borrowed. */
CHANDRA_API struct chandra_stage *chandra_sim_stage(struct chandra_sim *sim);

/** Create an object as `kubectl apply` would: validated, defaulted, status taken over where the
 * kind has one; an existing object is updated. List kinds create their items. An unknown kind is
 * EUNSUPPORTED and changes nothing; an error names file, line and field. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_load(struct chandra_sim *sim, const struct chandra_value *object,
                 struct chandra_error *err);

/** How one simulated driver behaves; the fields of the test driver's --resource-config. */
struct chandra_sim_driver {
    size_t size;             /* sizeof(struct chandra_sim_driver) */
    const char *driver_name; /* copied, like all below */
    bool dont_set_reserved_for;
    bool is_node_local;
    const char *const *nodes; /* names; NULL or empty for all */
    size_t node_count;
    const char *const *label_keys; /* of the nodes served; with label_values */
    const char *const *label_values;
    size_t label_count;
    int64_t max_allocations; /* 0: unlimited */
    bool is_shareable;
};

/** Add or replace a driver. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_add_driver(struct chandra_sim *sim, const struct chandra_sim_driver *driver,
                       struct chandra_error *err);
/** Read drivers from a document with the test driver's field names (DriverName, DontSetReservedFor,
 * NodeLocal, Nodes, NodeLabels, MaxAllocations, Shareable): one object or an array of them, strict.
 */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_add_drivers(struct chandra_sim *sim, const struct chandra_value *config,
                        struct chandra_error *err);
/** Add an unlimited, shareable driver that reaches every node for each driverName of the stored
 * classes that has none yet. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_add_default_drivers(struct chandra_sim *sim, struct chandra_error *err);

/** Hand every stored change to the watches, then let the claim controller and the drivers work
 * until they have nothing due at the present time. *out_moved says whether anything was stored. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_settle(struct chandra_sim *sim, bool *out_moved, struct chandra_error *err);
/** Virtual milliseconds since the cluster began. */
CHANDRA_API int64_t chandra_sim_now_ms(const struct chandra_sim *sim);
/** When the next thing is due (a retry, a timer, a delayed answer), or -1. Periodic checks of
 * drivers count only with `with_periodic`. */
CHANDRA_API int64_t chandra_sim_next_ms(const struct chandra_sim *sim, bool with_periodic);
/** Move the clock forward and run the timers on the way; it never goes back. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_advance(struct chandra_sim *sim, int64_t to_ms, struct chandra_error *err);

/** What to do to requests that match; NULL fields match all. */
struct chandra_sim_fault {
    size_t size;        /* sizeof(struct chandra_sim_fault) */
    const char *method; /* "GET", "PUT", "WATCH", ...; copied, like all below */
    const char *path;   /* a part of the request's path */
    int http_status;    /* answer this and do nothing; 0 with `drop`, or to let it pass */
    const char
        *reason; /* of the Status object, such as "Conflict"; NULL: as the HTTP status says */
    const char *message;
    int64_t delay_ms;      /* answer that much later */
    int64_t retry_after_s; /* Retry-After header; -1 for none */
    bool drop;             /* no answer arrives: a transport failure */
    bool after_effect;     /* the request takes effect, only its answer is replaced */
    uint32_t skip;         /* let that many matching requests pass first */
    uint32_t count;        /* then hit that many; 0: all */
};
/** Add a fault. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_sim_add_fault(struct chandra_sim *sim, const struct chandra_sim_fault *fault,
                      struct chandra_error *err);
/** Remove all faults. */
CHANDRA_API void chandra_sim_clear_faults(struct chandra_sim *sim);
/** End every watch with an error event 410, and forget old events, as etcd's compaction does. */
CHANDRA_API void chandra_sim_compact(struct chandra_sim *sim);

/** Who made a write; "" for the embedding program's loads. */
struct chandra_sim_write {
    const char
        *actor; /* "scheduler" (the transport), "claim-controller", "gc" or a driver's name */
    const char *method; /* "POST", "PUT", "PATCH", "DELETE" */
    const char *kind;
    const char *name_space;
    const char *name;
    const char *subresource; /* "" or "status", "binding" */
    int http_status;
    int64_t time_ms;
};
/** Number of writes so far, refused ones included. */
CHANDRA_API size_t chandra_sim_write_count(const struct chandra_sim *sim);
/** Write `index`; false beyond the end. Borrowed until the cluster is freed. */
CHANDRA_API bool chandra_sim_write_at(const struct chandra_sim *sim, size_t index,
                                      struct chandra_sim_write *out_write);

#ifdef __cplusplus
}
#endif
#endif
