/* recorder.h - the inside of a recorder: what the record's server would hold by now, and the writes
 * whose call is still running.
 *
 * Events, writes and calls come one at a time. A record has one server that every step and call
 * changes at once, and a cache that catches up with all of it. So others' changes are written when
 * the cache sees them, and our own echoes become a sync. Where a write's answer shows that the
 * server knew more than the cache, that is written as a lagging step before the call. A call that
 * failed on the way to the API server is left out, with what its attempt goes on to send. What a
 * record cannot say is why the server refused a request: a refusal that comes from a change not yet
 * seen may answer differently when it is replayed.
 */
#ifndef CH_RECORD_RECORDER_H
#define CH_RECORD_RECORDER_H

#include "model/object.h"
#include "record/record.h"

/* An object as the record's server holds it. */
struct ch_shadow {
    char *uid;
    char *version;
    char *awaited;   /* version of our own write whose echo has not come yet, or NULL */
    bool is_created; /* by a call: its uid is left out of the record */
    struct chandra_doc *doc;
    const struct chandra_value *object; /* normalized; of pods and nodes what the engine knows */
};

/* A write whose call has not been told yet. */
struct ch_own_write {
    const struct chandra_cycle *cycle;
    char *key;
    struct chandra_doc *doc; /* NULL: a deletion */
    bool is_echoed;
    struct ch_own_write *next;
};

struct chandra_recorder {
    struct chandra_observer observer;
    struct ch_output *output;
    struct ch_map shadows; /* by key */
    size_t node_count;
    struct ch_own_write *writes;
    struct ch_map doubtful;    /* "NAMESPACE/NAME" of pods of whose attempt a call was left out */
    bool is_behind;            /* the record's cache has yet to catch up with its server */
    struct chandra_error loss; /* the first failure; nothing is written after it */
};

/* object_value.c: a typed object as far as the engine knows it; NULL when out of memory. */
struct chandra_value *ch_object_value(struct chandra_doc *doc, const struct chandra_object *object);

/* shadow.c */

struct ch_shadow *ch_shadow_get(const struct chandra_recorder *recorder, const char *key);
/* Remember an object. `awaited`: it is the answer to a write of ours. False when out of memory. */
bool ch_shadow_put(struct chandra_recorder *recorder, const char *key,
                   const struct chandra_value *object, bool is_created, bool awaited);
void ch_shadow_drop(struct chandra_recorder *recorder, const char *key);
void ch_shadows_clear(struct chandra_recorder *recorder);
/* Whether an event about an object is older than our own last write of it. */
bool ch_shadow_is_newer(const struct ch_shadow *shadow, const struct chandra_value *object);
bool ch_shadow_is_echo(const struct ch_shadow *shadow, const struct chandra_value *object);

/* foreign.c: what others did to an object before a write of ours, to judge by its answer. */
enum ch_foreign {
    CH_FOREIGN_NOTHING,
    CH_FOREIGN_CHANGED,
    CH_FOREIGN_DELETED,
    CH_FOREIGN_NO_MEMORY
};
/* *out_object, built in `doc`, is what was there before the write (CH_FOREIGN_CHANGED). */
enum ch_foreign ch_foreign_change(const struct ch_shadow *shadow,
                                  const struct chandra_value *answer,
                                  const struct chandra_call *call, struct chandra_doc *doc,
                                  struct chandra_value **out_object);

/* recorder.c */

/* Write a step; the first failure is kept. `step` NULL: memory ran out while it was built. */
void ch_recorder_put(struct chandra_recorder *recorder, const struct chandra_value *step);
void ch_recorder_put_sync(struct chandra_recorder *recorder);
/* An apply step; `object` is copied. */
void ch_recorder_put_apply(struct chandra_recorder *recorder, const struct chandra_value *object,
                           bool lag);
void ch_recorder_put_delete(struct chandra_recorder *recorder, const char *key, bool lag);
void ch_recorder_lose(struct chandra_recorder *recorder);
void ch_own_write_free(struct ch_own_write *write);

/* recorder_call.c */
void ch_recorder_call(void *user, const struct chandra_call *call);

#endif
