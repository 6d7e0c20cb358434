/* disguise.h - the in-memory cluster's transport, but for the answers to one kind of request, which
 * a test makes up.
 */
#ifndef CH_TEST_DISGUISE_H
#define CH_TEST_DISGUISE_H

#include <chandra/sys/transport.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

struct disguise {
    struct chandra_transport base;
    struct chandra_transport *inner;
    const char *path; /* a part of the path of the requests it answers */
    int http_status;  /* of its answers; 0: no answer arrives */
    const char *body;
    int asked;
    bool is_late; /* keep the answer back */
    chandra_response_fn done;
    void *user;
    bool is_hasty; /* the next timer has run out, on a thread of its own, before it is set */
    pthread_t thread;
    chandra_timer_fn timer;
    void *timer_user;
};

static inline struct chandra_transport *
disguise_inner(struct chandra_transport *transport)
{
    return ((struct disguise *)transport)->inner;
}

static inline void
disguise_answer(struct disguise *disguise)
{
    const struct chandra_response response = {.http_status = disguise->http_status,
                                              .body = disguise->body,
                                              .body_len = strlen(disguise->body),
                                              .retry_after_ms = -1};

    disguise->done(disguise->user, &response);
}

static inline enum chandra_status
disguise_submit(struct chandra_transport *transport, const struct chandra_request *request,
                chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct disguise *disguise = (struct disguise *)transport;

    if (!strstr(request->path, disguise->path))
        return disguise->inner->ops->submit(disguise->inner, request, done, user, err);
    disguise->asked++;
    disguise->done = done;
    disguise->user = user;
    if (!disguise->is_late)
        disguise_answer(disguise);
    return CHANDRA_OK;
}

static inline enum chandra_status
disguise_watch(struct chandra_transport *transport, const struct chandra_request *request,
               const struct chandra_watch_sink *sink, struct chandra_watch **out_watch,
               struct chandra_error *err)
{
    return disguise_inner(transport)->ops->watch(disguise_inner(transport), request, sink,
                                                 out_watch, err);
}

static inline void
disguise_watch_stop(struct chandra_transport *transport, struct chandra_watch *running)
{
    disguise_inner(transport)->ops->watch_stop(disguise_inner(transport), running);
}

static inline void *
disguise_ring(void *user)
{
    const struct disguise *disguise = user;

    disguise->timer(disguise->timer_user);
    return NULL;
}

static inline enum chandra_status
disguise_after(struct chandra_transport *transport, int64_t delay_ms, chandra_timer_fn fn,
               void *user, struct chandra_error *err)
{
    struct disguise *disguise = (struct disguise *)transport;
    const struct timespec while_it_runs = {.tv_nsec = 50000000};

    if (!disguise->is_hasty)
        return disguise->inner->ops->after(disguise->inner, delay_ms, fn, user, err);
    disguise->is_hasty = false;
    disguise->timer = fn;
    disguise->timer_user = user;
    if (pthread_create(&disguise->thread, NULL, disguise_ring, disguise) != 0)
        return chandra_error_set(err, CHANDRA_ENOMEM, "no thread");
    nanosleep(&while_it_runs, NULL);
    return CHANDRA_OK;
}

static inline void
disguise_forget(struct chandra_transport *transport, void *user)
{
    disguise_inner(transport)->ops->forget(disguise_inner(transport), user);
}

static inline int64_t
disguise_now_ms(struct chandra_transport *transport)
{
    return disguise_inner(transport)->ops->now_ms(disguise_inner(transport));
}

static inline int64_t
disguise_wall_time(struct chandra_transport *transport)
{
    return disguise_inner(transport)->ops->wall_time(disguise_inner(transport));
}

static const struct chandra_transport_ops disguise_ops = {
    .size = sizeof(struct chandra_transport_ops),
    .submit = disguise_submit,
    .watch = disguise_watch,
    .watch_stop = disguise_watch_stop,
    .after = disguise_after,
    .forget = disguise_forget,
    .now_ms = disguise_now_ms,
    .wall_time = disguise_wall_time,
};

#endif
