/* reflect.h - the inside of a reflector.
 *
 *   transport's callback -> signal -> inbox.c: one worker at a time -> reflect.c: what to do ->
 * sink
 *
 * Whoever brings a signal while nobody works becomes the worker; otherwise the signal waits, and
 * the worker takes it before it leaves. So signals are handled in order and one at a time, a
 * callback from inside a call of ours never recurses, and no lock is held while others are called.
 */
#ifndef CH_CACHE_REFLECT_H
#define CH_CACHE_REFLECT_H

#include "api/api.h"
#include "base/random.h"
#include "cache/reflector.h"

#include <pthread.h>
#include <stdatomic.h>

enum ch_signal_type {
    CH_SIGNAL_START,
    CH_SIGNAL_LISTED, /* a page of a list has arrived, or not */
    CH_SIGNAL_OPENED, /* the watch was accepted */
    CH_SIGNAL_EVENT,  /* a line of the watch */
    CH_SIGNAL_CLOSED, /* the watch has ended */
    CH_SIGNAL_TIMER,
};

struct ch_signal {
    struct ch_signal *next;
    enum ch_signal_type type;
    uint64_t watch;              /* OPENED, EVENT, CLOSED: of which watch */
    struct chandra_doc *doc;     /* LISTED: the page */
    struct ch_watch_event event; /* EVENT */
    enum chandra_status status;  /* what became of the request, or of reading its answer */
    int http_status;
    int64_t retry_after_ms;
    struct chandra_error err;
};

enum ch_reflector_state {
    CH_REFLECTOR_IDLE, /* not started, or stuck without the memory for a timer */
    CH_REFLECTOR_LISTING,
    CH_REFLECTOR_WATCHING,
    CH_REFLECTOR_WAITING, /* to list or to watch again */
};

enum {
    CH_RESOURCE_VERSION_SIZE = 128,
    CH_WATCH_EVENT_TYPES = CHANDRA_WATCH_ERROR + 1,
    CH_WATCH_RESTARTS = CHANDRA_RESTART_REFUSED + 1,
};

/* A list on its way: the objects of the pages so far. */
struct ch_listing {
    bool has_begun; /* its first page is in */
    struct chandra_doc **pages;
    size_t page_count;
    size_t page_capacity;
    struct ch_reflected *items;
    size_t count;
    size_t capacity;
    char resource_version[CH_RESOURCE_VERSION_SIZE]; /* of the first page */
};

struct ch_reflector_guard {
    pthread_mutex_t lock;
    pthread_cond_t idle; /* the worker has left */
};

struct ch_reflector {
    struct ch_reflector_options options;
    char *query;
    struct ch_reflector_guard *guard; /* apart, so that const functions can take the lock */
    atomic_bool is_synced;
    atomic_uint_fast64_t events[CH_WATCH_EVENT_TYPES]; /* by type */
    atomic_uint_fast64_t restarts[CH_WATCH_RESTARTS];  /* by reason */

    /* Under the lock. */
    unsigned refs; /* the owner, the worker, a request on its way */
    bool is_stopped;
    bool is_busy;
    bool has_lost; /* something there was no memory for */
    bool has_lost_page;
    pthread_t worker;
    struct ch_signal *first;
    struct ch_signal *last;
    uint64_t watch_number;       /* of the present watch; others have ended */
    struct chandra_watch *watch; /* NULL: none */
    struct chandra_error problem;

    /* The worker's. */
    enum ch_reflector_state state;
    bool is_requested;  /* a page is on its way */
    bool is_watch_next; /* WAITING: not for a list */
    bool is_unpaged;    /* pages have expired: try without */
    bool is_healthy;    /* the present watch has brought something */
    bool is_anew;       /* likewise: has listed anew at once, and that did not help */
    unsigned failures;  /* since something went well */
    unsigned refusals;  /* likewise, of watches, by a server that was there */
    int64_t watch_began_ms;
    char resource_version[CH_RESOURCE_VERSION_SIZE];
    struct ch_listing listing;
    struct ch_random random;
};

/* inbox.c */

/* Hand a signal to the worker, or be it. Takes what the signal holds. */
void ch_reflector_take_signal(struct ch_reflector *reflector, struct ch_signal *signal);
bool ch_reflector_is_stopped(struct ch_reflector *reflector);
void ch_reflector_ref(struct ch_reflector *reflector);
void ch_reflector_unref(struct ch_reflector *reflector);
/* Wait until no worker is left but perhaps the caller. */
void ch_reflector_stop(struct ch_reflector *reflector);

/* reflect.c: the worker's work. */

void ch_reflector_handle(struct ch_reflector *reflector, struct ch_signal *signal);
/* Something was lost, perhaps the page that was asked for. */
void ch_reflector_recover(struct ch_reflector *reflector, bool has_lost_page);

/* request.c: requests, and how their answers become signals. */

enum chandra_status ch_reflector_request_page(struct ch_reflector *reflector,
                                              const char *continue_token,
                                              struct chandra_error *err);
enum chandra_status ch_reflector_watch(struct ch_reflector *reflector, struct chandra_error *err);
void ch_reflector_end_watch(struct ch_reflector *reflector);
enum chandra_status ch_reflector_set_timer(struct ch_reflector *reflector, int64_t delay_ms,
                                           struct chandra_error *err);

/* listing.c: objects out of documents. */

/* Add a page, which may be taken from the signal. *out_continue is the caller's to free, NULL at
 * the end. On failure the list is of no use any more. */
enum chandra_status ch_listing_add(struct ch_reflector *reflector, struct ch_signal *page,
                                   char **out_continue, struct chandra_error *err);
void ch_listing_clear(struct ch_listing *listing);
/* Decode the object of an event, or of a list's item: give it its kind and apiVersion, which items
 * lack. Errors: ENOMEM, and others for a bad object. */
enum chandra_status ch_reflected_decode(enum chandra_kind kind, struct chandra_doc *doc,
                                        struct chandra_value *value, struct ch_reflected *out,
                                        struct chandra_error *err);
/* A deleted object of which nothing can be read but its metadata; caller frees *out_doc. */
enum chandra_status ch_reflected_stub(enum chandra_kind kind, const struct chandra_value *value,
                                      struct chandra_doc **out_doc, struct ch_reflected *out,
                                      struct chandra_error *err);
/* metadata.resourceVersion into `out`, unless it is missing; false if it is too long. */
bool ch_read_resource_version(const struct chandra_value *value,
                              char out[CH_RESOURCE_VERSION_SIZE]);

#endif
