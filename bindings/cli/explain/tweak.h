/* tweak.h - small changes of a cluster in memory. */
#ifndef CHANDRA_CLI_EXPLAIN_TWEAK_H
#define CHANDRA_CLI_EXPLAIN_TWEAK_H

#include "explain/build.h"

#include <chandra/error.h>
#include <chandra/sys/stage.h>

enum tweak_kind {
    TWEAK_OPEN_CLASS,  /* a class without suitableNodes */
    TWEAK_MAKE_CLASS,  /* a class that did not exist */
    TWEAK_TOLERATE,    /* a toleration more in the pod: `name` is KEY, `value` the effect */
    TWEAK_UNCORDON,    /* a node without spec.unschedulable */
    TWEAK_READY,       /* a node that is ready */
    TWEAK_NO_SELECTOR, /* the pod without the key `name` of its nodeSelector */
    TWEAK_NO_AFFINITY, /* the pod without required node affinity */
    TWEAK_NO_REQUEST,  /* the pod without requests of the resource `name` */
    TWEAK_GIVE_BACK,   /* a claim of the pod without its allocation */
    TWEAK_RELEASE,     /* a claim of the pod that nobody has reserved, its users gone */
    TWEAK_FREE,        /* some claim gone, and the pods that use it */
    TWEAK_NO_POLICY,   /* no object: the hard rules alone decide */
    TWEAK_UNPLACE,     /* the pod on no node */
};

struct tweak {
    enum tweak_kind kind;
    const char *name_space; /* of the pod, or of the claim that is freed */
    const char *pod;
    const char *name;
    const char *value;
    char text[400]; /* in words */
};

/* An object as it was before. */
struct tweak_undo {
    const char *kind;
    const char *name_space;
    const char *name;
    struct chandra_value *object; /* NULL: it was not there */
};
enum { TWEAK_UNDOS = 40 };
struct tweak_undos {
    struct tweak_undo items[TWEAK_UNDOS];
    size_t count;
};

/* Make the change. What was there before is added to `undos` (may be NULL), in the document of
 * `build`. */
enum chandra_status tweak_apply(struct build *build, struct chandra_stage *stage,
                                const struct tweak *tweak, struct tweak_undos *undos,
                                struct chandra_error *err);
/* Take changes back, the last first. */
enum chandra_status tweak_undo(struct chandra_stage *stage, struct tweak_undos *undos,
                               struct chandra_error *err);

#endif
