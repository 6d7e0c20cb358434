/* transport.h - how API requests travel: what a way to an API server must offer.
 *
 * Two come with the project, over libcurl and in memory; everything above is the same code on both.
 * A transport has one thread of its own, or none: an in-memory one calls back from inside the call
 * that caused the answer. Callbacks never run with a lock of the library's held.
 */
#ifndef CHANDRA_SYS_TRANSPORT_H
#define CHANDRA_SYS_TRANSPORT_H

#include <chandra/error.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum chandra_method {
    CHANDRA_GET,
    CHANDRA_POST,
    CHANDRA_PUT,
    CHANDRA_PATCH,
    CHANDRA_DELETE,
};

/** One API request. Every pointer is borrowed for the duration of the call that takes it. Set by
 * name: what is not named is NULL or 0. */
struct chandra_request {
    enum chandra_method method;
    const char *path;         /* from the server's root, with the query, percent-encoded */
    const char *content_type; /* of the body; NULL for "application/json" */
    const char *body;         /* may be NULL */
    size_t body_len;
    const char *accept; /* media types of the answer, an Accept header; NULL: "application/json" */
};

/** What the server said. */
struct chandra_response {
    int http_status;  /* 0: no answer arrived, `body` then says why in words */
    const char *body; /* never NULL, NUL-terminated; borrowed for the callback */
    size_t body_len;
    int64_t retry_after_ms; /* of a Retry-After header, else -1 */
};

/** Called exactly once for each request that was accepted. */
typedef void (*chandra_response_fn)(void *user, const struct chandra_response *response);
/** Called when a timer runs out. */
typedef void (*chandra_timer_fn)(void *user);

/** Receives a watch. */
struct chandra_watch_sink {
    size_t size; /* sizeof(struct chandra_watch_sink) */
    void *user;
    /** One line of the stream: a JSON object with `type` and `object`. */
    void (*event)(void *user, const char *line, size_t len);
    /** The watch has ended, by the server, the way to it, or with an HTTP status other than 200
     * (then as a response). Called once; not after watch_stop(). */
    void (*closed)(void *user, const struct chandra_response *why);
    /** The server has accepted the watch: events follow when there are any. Called at most once,
     * before the first event; NULL: nobody asks. A transport that cannot tell does not call it. */
    void (*opened)(void *user);
};

struct chandra_watch; /* a running watch; the transport's own */

/** A way to an API server; implementations put this first in a struct of theirs. */
struct chandra_transport {
    const struct chandra_transport_ops *ops;
};

struct chandra_transport_ops {
    size_t size; /* sizeof(struct chandra_transport_ops) */

    /** Send a request; `done` is called with its answer, possibly before this returns. When this
     * fails (out of memory), `done` is not called. Threads: any. */
    enum chandra_status (*submit)(struct chandra_transport *transport,
                                  const struct chandra_request *request, chandra_response_fn done,
                                  void *user, struct chandra_error *err);

    /** Start a watch: a GET whose answer never ends. Callbacks may arrive before this returns.
     * Threads: any. */
    enum chandra_status (*watch)(struct chandra_transport *transport,
                                 const struct chandra_request *request,
                                 const struct chandra_watch_sink *sink,
                                 struct chandra_watch **out_watch, struct chandra_error *err);

    /** Stop a watch and free it, also one that has closed; when this returns no callback of it runs
     * or will run. May be called from inside its callbacks. Threads: any. */
    void (*watch_stop)(struct chandra_transport *transport, struct chandra_watch *watch);

    /** Call `fn` once after `delay_ms` milliseconds. Errors: ENOMEM. Threads: any. */
    enum chandra_status (*after)(struct chandra_transport *transport, int64_t delay_ms,
                                 chandra_timer_fn fn, void *user, struct chandra_error *err);

    /** Forget the timers of `user`; when this returns none of them runs or will run. */
    void (*forget)(struct chandra_transport *transport, void *user);

    /** The transport's clock in milliseconds: monotonic, virtual for the in-memory one. */
    int64_t (*now_ms)(struct chandra_transport *transport);

    /** Seconds since 1970 for timestamps in objects. */
    int64_t (*wall_time)(struct chandra_transport *transport);
};

#ifdef __cplusplus
}
#endif
#endif
