/* observer.h - a look into a running engine, for recorders: what it took in, what it answered. */
#ifndef CHANDRA_SYS_OBSERVER_H
#define CHANDRA_SYS_OBSERVER_H

#include <chandra/cycle.h>
#include <chandra/doc.h>
#include <chandra/object.h>

enum chandra_event_type { CHANDRA_EVENT_ADD, CHANDRA_EVENT_UPDATE, CHANDRA_EVENT_DELETE };

enum chandra_point {
    CHANDRA_POINT_PRE_ENQUEUE,
    CHANDRA_POINT_HINT,
    CHANDRA_POINT_PRE_FILTER,
    CHANDRA_POINT_FILTER,
    CHANDRA_POINT_POST_FILTER,
    CHANDRA_POINT_PRE_SCORE,
    CHANDRA_POINT_SCORE,
    CHANDRA_POINT_RESERVE,
    CHANDRA_POINT_PRE_BIND,
    CHANDRA_POINT_UNRESERVE,
    CHANDRA_POINT_POST_BIND,
};

/** The framework's name of a point, such as "PreFilter". Ownership: static. */
CHANDRA_API const char *chandra_point_name(enum chandra_point point);

/** One finished call. Pointers are borrowed for the callback. */
struct chandra_call {
    enum chandra_point point;
    const struct chandra_pod *pod;
    const struct chandra_cycle *cycle;       /* NULL for PreEnqueue and Hint */
    const char *node;                        /* Reserve to PostBind, one-node Filter; else NULL */
    const struct chandra_nodeset *nodes;     /* Filter of many, PreScore, Score; else NULL */
    const struct chandra_nodeset *feasible;  /* Filter of many: those that passed */
    const int64_t *scores;                   /* Score: by node index */
    const struct chandra_answer *answer;     /* Unreserve, PostBind: SUCCESS, and in `status` the
                                                first failure of a request, or OK */
    enum chandra_event_type event;           /* Hint */
    enum chandra_kind event_kind;            /* Hint */
    const struct chandra_object *old_object; /* Hint; may be NULL */
    const struct chandra_object *new_object; /* Hint; may be NULL */
};

/** All callbacks may be NULL and may come from any thread, with no lock held but the one that
 * serializes them, so that the order is the one in which things took effect. They must not call
 * back into the engine. */
struct chandra_observer {
    size_t size; /* sizeof(struct chandra_observer) */
    void *user;
    /** The cache took in a change. `object` is the API server's whole object (for a deletion the
     * last one known). `is_own` says that it echoes a write of this engine whose answer it has
     * seen. */
    void (*event)(void *user, enum chandra_kind kind, enum chandra_event_type type,
                  const struct chandra_value *object, bool is_own);
    /** A write of the cycle's reached the server; `object` is the server's answer, NULL for DELETE
     * (then `name` and `name_space` say what). */
    void (*write)(void *user, const struct chandra_cycle *cycle, enum chandra_kind kind,
                  const char *name_space, const char *name, const struct chandra_value *object);
    /** An extension point was called and has answered. */
    void (*call)(void *user, const struct chandra_call *call);
};

#endif
