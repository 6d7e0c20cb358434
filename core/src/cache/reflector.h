/* reflector.h - keeps one kind in step with the API server: list in pages, watch, list again when
 * the server says so. It has no thread: everything happens in the transport's callbacks and timers.
 */
#ifndef CH_CACHE_REFLECTOR_H
#define CH_CACHE_REFLECTOR_H

#include <chandra/doc.h>
#include <chandra/engine.h>
#include <chandra/log.h>
#include <chandra/object.h>
#include <chandra/sys/transport.h>

struct ch_reflector;

/* One object as it arrived; both are borrowed. The value has its apiVersion and kind, which items
 * of lists lack; it is NULL where values are dropped. */
struct ch_reflected {
    const struct chandra_value *value;
    struct chandra_object *object;
};

/* Receives what the server says, in its order, one call at a time. */
struct ch_reflector_sink {
    void *user;
    /* The whole list, complete: what is not in it is gone. */
    void (*replace)(void *user, enum chandra_kind kind, const struct ch_reflected *items,
                    size_t count);
    /* One object was added or changed. */
    void (*put)(void *user, const struct ch_reflected *item);
    /* One object was deleted; the last state of it. */
    void (*remove)(void *user, const struct ch_reflected *item);
};

struct ch_reflector_options {
    struct chandra_transport *transport;
    enum chandra_kind kind;
    const char *query; /* more of the list's and watch's query, such as a field selector, or NULL */
    size_t page_size;  /* default 500 */
    bool metadata_only; /* ask for PartialObjectMetadata; whole objects are taken, too */
    bool drop_values;   /* lists hand on objects only, so that no more is kept of their pages */
    uint64_t seed;      /* of the jitter in back-offs */
    struct chandra_logger logger;
    struct ch_reflector_sink sink;
};

enum chandra_status ch_reflector_new(const struct ch_reflector_options *options,
                                     struct ch_reflector **out_reflector,
                                     struct chandra_error *err);
/* Begin; returns at once. Also goes on where memory ran out so far that not even a timer could be
 * had, which ch_reflector_error() tells; else a second time does nothing. */
enum chandra_status ch_reflector_start(struct ch_reflector *reflector, struct chandra_error *err);
/* The sink could not take something in: list again, after a while. To be called from the sink. */
void ch_reflector_resync(struct ch_reflector *reflector);
/* Stop and free; no callback runs after it. May be called from the sink. NULL is fine. */
void ch_reflector_free(struct ch_reflector *reflector);
/* Whether the first list has been handed on. Threads: any. */
bool ch_reflector_is_synced(const struct ch_reflector *reflector);
/* What became of the watches so far. Threads: any. */
uint64_t ch_reflector_events(const struct ch_reflector *reflector, enum chandra_watch_event type);
uint64_t ch_reflector_restarts(const struct ch_reflector *reflector,
                               enum chandra_watch_restart reason);
/* Why the last list or watch failed, "" when all is well. Threads: any. */
void ch_reflector_error(const struct ch_reflector *reflector, char *text, size_t size);

#endif
