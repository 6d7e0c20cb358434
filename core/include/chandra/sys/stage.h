/* stage.h - a server whose state a replay can set step by step; the in-memory cluster is one. */
#ifndef CHANDRA_SYS_STAGE_H
#define CHANDRA_SYS_STAGE_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

/** Implementations put this first in a struct of theirs. */
struct chandra_stage {
    const struct chandra_stage_ops *ops;
};

/** Receives a stored object as the server has it; false ends the walk. */
typedef bool (*chandra_stage_fn)(void *user, const struct chandra_value *object);

struct chandra_stage_ops {
    size_t size; /* sizeof(struct chandra_stage_ops) */

    /** Store exactly this object, status included: created, or replaced with nothing validated.
     * metadata.uid is kept; without one a stored object keeps its own, a new one gets one.
     * resourceVersion becomes the server's next; no field manager owns anything in it. */
    enum chandra_status (*apply)(struct chandra_stage *stage, const struct chandra_value *object,
                                 struct chandra_error *err);
    /** Remove an object at once, finalizers or not. Errors: ENOTFOUND. */
    enum chandra_status (*remove)(struct chandra_stage *stage, const char *kind,
                                  const char *name_space, const char *name,
                                  struct chandra_error *err);
    /** Hand every change so far to the watches; returns when they have seen it. */
    enum chandra_status (*deliver)(struct chandra_stage *stage, struct chandra_error *err);
    /** Walk the stored objects of a kind ("Node", ...), in ascending order of namespace and name.
     */
    void (*each)(struct chandra_stage *stage, const char *kind, chandra_stage_fn fn, void *user);
    /** Hand over one stored object, if it is there; `name_space` is "" for cluster-scoped kinds. */
    void (*find)(struct chandra_stage *stage, const char *kind, const char *name_space,
                 const char *name, chandra_stage_fn fn, void *user);
};

#endif
