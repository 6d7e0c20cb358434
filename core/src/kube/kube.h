/* kube.h - the inside of the transport to a real API server.
 *
 *   transport.c: what others call -> inbox -> loop.c: the thread -> call.c: one request or watch
 *
 * One lock guards what other threads touch. Callbacks run without it; the one that runs is noted,
 * so that whoever takes it back can wait for its end.
 */
#ifndef CH_KUBE_KUBE_H
#define CH_KUBE_KUBE_H

#include "kube/call.h"
#include "kube/limiter.h"
#include "kube/timer.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    CH_KUBE_LARGEST_ANSWER = 64 << 20,
    CH_KUBE_LONGEST_LINE = 16 << 20, /* of a watch */
};

struct ch_kube {
    struct chandra_transport base;
    struct chandra_kube_config *config;
    struct chandra_kube_options options; /* with defaults filled in; the user agent is not kept */
    pthread_t thread;
    struct ch_http *http;

    pthread_mutex_t lock;
    pthread_cond_t idle; /* a callback has returned */
    /* Under the lock. */
    bool is_ending;
    struct ch_call_list inbox;
    struct chandra_watch *stopped; /* to be freed */
    struct ch_timers timers;
    const void *running; /* the watch, or user of the timer, whose callback runs; or NULL */

    atomic_bool is_waiting; /* and nobody has woken the thread; set under the lock */

    /* The thread's. */
    struct ch_credentials credentials;
    struct ch_limiter limiter;
    struct ch_limiter pace;       /* of the loop's turns */
    struct ch_call_list requests; /* to be sent, in order */
    struct ch_call_list watches;  /* likewise */
    struct ch_call_list sent;     /* requests on their way */
    struct ch_call_list open;     /* watches on their way, or over but not stopped */
    struct ch_call_list resting;  /* throttled, to be sent again later */
};

/* transport.c */

/* Hand a call to the thread. Errors: ECANCELED. */
enum chandra_status ch_kube_post(struct ch_kube *kube, struct ch_call *call,
                                 struct chandra_error *err);
/* Let the thread look at what is new, unless we are in it. Without the lock held. */
void ch_kube_wake(struct ch_kube *kube);
/* Begin a callback for `who`, with the lock held, which is given back; and its end. */
void ch_kube_enter(struct ch_kube *kube, const void *who);
void ch_kube_leave(struct ch_kube *kube);
/* Wait, with the lock held, until no callback for `who` runs but perhaps ours. */
void ch_kube_await(struct ch_kube *kube, const void *who);

/* loop.c: the thread; `user` is the struct ch_kube. */

void *ch_kube_loop(void *user);

/* request.c, watch.c: what others call, and what the thread does about watches. */

enum chandra_status ch_kube_submit(struct chandra_transport *transport,
                                   const struct chandra_request *request, chandra_response_fn done,
                                   void *user, struct chandra_error *err);
enum chandra_status ch_kube_watch(struct chandra_transport *transport,
                                  const struct chandra_request *request,
                                  const struct chandra_watch_sink *sink,
                                  struct chandra_watch **out_watch, struct chandra_error *err);
void ch_kube_watch_stop(struct chandra_transport *transport, struct chandra_watch *watch);
void ch_kube_free_stopped(struct chandra_watch *stopped);
/* Free watches that nobody stopped; they must be over. */
void ch_kube_free_open(struct ch_kube *kube);
/* End watches on which nothing came for too long; returns in how many milliseconds to look again.
 */
int64_t ch_kube_cut_silent(struct ch_kube *kube, int64_t now_ms);

/* refusal.c: a server that does not know us only says "Unauthorized". Say in its Status whom it
 * refused and where that is set: the response's new body, for ch_free(), or NULL if it stays as it
 * is. */

char *ch_refusal_explain(const struct chandra_kube_config *config,
                         struct chandra_response *response);

/* metrics.c: tell the host about a request that has ended, or a watch that has begun. */

void ch_kube_note(const struct ch_call *call, int http_status);

#endif
