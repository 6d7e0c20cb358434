/* store.h - the objects of the cluster and what happened to them.
 *
 * A stored object is a chain of versions that never change: a write makes a new one, the history of
 * events refers to old and new. Nobody copies an object to read it. Everything here is called with
 * the cluster's lock held.
 */
#ifndef CH_SIM_STORE_H
#define CH_SIM_STORE_H

#include "base/map.h"
#include "sim/kinds.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/object.h>
#include <stddef.h>
#include <stdint.h>

struct chandra_sim;

/* A field manager of a PodSchedulingContext; applies and updates of one name are two managers. */
struct ch_sim_manager {
    const char *name;
    bool applies;
    unsigned fields; /* CH_SIM_FIELD_... */
};

struct ch_sim_version {
    unsigned refs;
    const struct ch_sim_kind *kind;
    struct chandra_doc *doc;
    const struct chandra_value *root;
    const char *name_space; /* "" for cluster-scoped kinds */
    const char *name;
    const char *uid;
    uint64_t revision;
    struct chandra_object *object; /* typed; NULL for kinds without, or if it cannot be decoded */
    const struct ch_sim_manager *managers;
    size_t manager_count;
    char *text; /* compact JSON, made when first asked for */
    size_t text_len;
};

/* A version that is still being written. */
struct ch_sim_draft {
    const struct ch_sim_kind *kind;
    struct chandra_doc *doc;
    struct chandra_value *root;      /* an object with an object `metadata` */
    struct ch_sim_manager *managers; /* in the document's arena */
    size_t manager_count;
    bool is_unchecked; /* may be something the typed model cannot read */
};

enum ch_sim_event_type { CH_SIM_ADDED, CH_SIM_MODIFIED, CH_SIM_DELETED };

struct ch_sim_event {
    enum ch_sim_event_type type;
    struct ch_sim_version
        *now; /* of a deleted object its last state with the deletion's revision */
    struct ch_sim_version *old; /* NULL for ADDED */
    char *line;                 /* what watches get, made when the first one gets it */
    size_t line_len;
};

/* Events in order; event number N is at events[N - first]. */
struct ch_sim_history {
    struct ch_sim_event *events;
    size_t count;
    size_t capacity;
    uint64_t first;
    uint64_t compacted; /* revision of the newest event forgotten */
};

struct ch_sim_store {
    uint64_t revision;                        /* of the newest write */
    struct ch_map objects[CH_SIM_KIND_COUNT]; /* "NAMESPACE/NAME" to struct ch_sim_version */
    struct ch_sim_history history;
};

enum { CH_SIM_KEY_SIZE = 320 }; /* namespace, '/', name and NUL, with room to spare */
/* "NAMESPACE/NAME"; false if that is longer than any legal one. */
bool ch_sim_key(char key[CH_SIM_KEY_SIZE], const char *name_space, const char *name);
/* Split a key again; the namespace goes into `name_space`, the name is returned. */
const char *ch_sim_key_split(const char *key, char name_space[CH_SIM_KEY_SIZE]);

/* Start a draft from a value, which must be an object; gives it the kind's apiVersion and kind. */
enum chandra_status ch_sim_draft_new(const struct ch_sim_kind *kind,
                                     const struct chandra_value *value,
                                     struct ch_sim_draft *out_draft, struct chandra_error *err);
void ch_sim_draft_clear(struct ch_sim_draft *draft);

/* The stored version, borrowed, or NULL. */
struct ch_sim_version *ch_sim_get(struct chandra_sim *sim, enum ch_sim_kind_id kind,
                                  const char *name_space, const char *name);
/* Store a draft; it is used up also on failure. *out_version is borrowed and may be NULL. */
enum chandra_status ch_sim_put(struct chandra_sim *sim, struct ch_sim_draft *draft,
                               struct ch_sim_version **out_version, struct chandra_error *err);
/* Remove a stored object. */
enum chandra_status ch_sim_remove(struct chandra_sim *sim, struct ch_sim_version *version,
                                  struct chandra_error *err);

struct ch_sim_version *ch_sim_version_ref(struct ch_sim_version *version);
void ch_sim_version_unref(struct ch_sim_version *version);
/* Fill in version->text. */
enum chandra_status ch_sim_version_text(struct ch_sim_version *version, struct chandra_error *err);
/* Where in version->text the members begin that follow apiVersion and kind: items of lists have
 * neither. There is a comma. */
size_t ch_sim_version_item(const struct ch_sim_version *version);

/* The versions of a kind, in a namespace or (NULL, "") in all, in ascending order of namespace and
 * name, each with a reference taken. */
struct ch_sim_versions {
    struct ch_sim_version **items;
    size_t count;
};
enum chandra_status ch_sim_versions_of(struct chandra_sim *sim, enum ch_sim_kind_id kind,
                                       const char *name_space, struct ch_sim_versions *out_versions,
                                       struct chandra_error *err);
void ch_sim_versions_clear(struct ch_sim_versions *versions);

/* Event `number`, or NULL if it has not happened yet. It must not have been forgotten. */
struct ch_sim_event *ch_sim_event_at(struct chandra_sim *sim, uint64_t number);
/* The number that the next event will have. */
uint64_t ch_sim_event_end(const struct chandra_sim *sim);
/* Number of the first event after a revision; it must not lie before `compacted`. */
uint64_t ch_sim_event_after(const struct chandra_sim *sim, uint64_t revision);
/* Forget the events before `number`. */
void ch_sim_history_forget(struct chandra_sim *sim, uint64_t number);
/* The same, and know nothing any more of what lies before the newest write. */
void ch_sim_history_compact(struct chandra_sim *sim, uint64_t number);
/* Fill in event->line. */
enum chandra_status ch_sim_event_line(struct ch_sim_event *event, struct chandra_error *err);

void ch_sim_store_clear(struct ch_sim_store *store);

#endif
