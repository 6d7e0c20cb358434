/* reflector_threads_test.c - a transport with threads of its own, and a reflector that is freed
 * while they call; meant for a build with CHANDRA_SANITIZE=thread, and true without. */
#include "cache/reflector.h"
#include "model/object.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { TALKERS = 3, ROUNDS = 60 };

/* Lists at once, and lets several threads speak for the watch, one at a time. They pause in
 * between: whoever works for the reflector works until nothing is left, and could not keep up with
 * them. */
struct chatter {
    struct chandra_transport base;
    pthread_mutex_t lock; /* of the watch; recursive, since a callback may stop it */
    struct chandra_watch_sink sink;
    int token;
    atomic_bool is_over;
    atomic_int version;
};

static struct chatter *
chatter_of(struct chandra_transport *transport)
{
    return (struct chatter *)transport;
}

static enum chandra_status
chatter_submit(struct chandra_transport *transport, const struct chandra_request *request,
               chandra_response_fn done, void *user, struct chandra_error *err)
{
    const char *body = "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}";
    const struct chandra_response response = {200, body, strlen(body), -1};

    (void)transport;
    (void)request;
    (void)err;
    done(user, &response);
    return CHANDRA_OK;
}

static enum chandra_status
chatter_watch(struct chandra_transport *transport, const struct chandra_request *request,
              const struct chandra_watch_sink *sink, struct chandra_watch **out_watch,
              struct chandra_error *err)
{
    struct chatter *chatter = chatter_of(transport);

    (void)request;
    (void)err;
    pthread_mutex_lock(&chatter->lock);
    chatter->sink = *sink;
    pthread_mutex_unlock(&chatter->lock);
    *out_watch = (struct chandra_watch *)&chatter->token;
    return CHANDRA_OK;
}

static void
chatter_watch_stop(struct chandra_transport *transport, struct chandra_watch *watch)
{
    struct chatter *chatter = chatter_of(transport);

    (void)watch;
    pthread_mutex_lock(&chatter->lock);
    chatter->sink.event = NULL;
    pthread_mutex_unlock(&chatter->lock);
}

static enum chandra_status
chatter_after(struct chandra_transport *transport, int64_t delay_ms, chandra_timer_fn fn,
              void *user, struct chandra_error *err)
{
    (void)transport;
    (void)delay_ms;
    (void)fn;
    (void)user;
    (void)err;
    return CHANDRA_OK; /* nothing fails here but on purpose, and then for good */
}

static void
chatter_forget(struct chandra_transport *transport, void *user)
{
    (void)transport;
    (void)user;
}

static int64_t
chatter_now(struct chandra_transport *transport)
{
    (void)transport;
    return 0;
}

static const struct chandra_transport_ops chatter_ops = {
    .size = sizeof(chatter_ops),
    .submit = chatter_submit,
    .watch = chatter_watch,
    .watch_stop = chatter_watch_stop,
    .after = chatter_after,
    .forget = chatter_forget,
    .now_ms = chatter_now,
    .wall_time = chatter_now,
};

static void *
talk(void *user)
{
    const struct timespec pause = {.tv_nsec = 200000};
    struct chatter *chatter = user;
    char line[256];

    while (!atomic_load(&chatter->is_over)) {
        pthread_mutex_lock(&chatter->lock);
        if (chatter->sink.event) {
            const int len =
                snprintf(line, sizeof(line),
                         "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\","
                         "\"resourceVersion\":\"%d\"},\"spec\":{\"resourceClassName\":\"k\"}}}",
                         atomic_fetch_add(&chatter->version, 1));

            chatter->sink.event(chatter->sink.user, line, (size_t)len);
        }
        pthread_mutex_unlock(&chatter->lock);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

struct listener {
    atomic_int depth;
    atomic_int faults;
    atomic_int puts;
    atomic_int last;
    atomic_bool is_freed;
};

static void
on_replace(void *user, enum chandra_kind kind, const struct ch_reflected *items, size_t count)
{
    struct listener *listener = user;

    (void)kind;
    (void)items;
    (void)count;
    if (atomic_fetch_add(&listener->depth, 1) > 0 || atomic_load(&listener->is_freed))
        atomic_fetch_add(&listener->faults, 1);
    atomic_fetch_sub(&listener->depth, 1);
}

static void
on_item(void *user, const struct ch_reflected *item)
{
    struct listener *listener = user;
    const int version = (int)strtol(item->object->resource_version, NULL, 10);

    /* One call at a time, in order, and none once it is over. */
    if (atomic_fetch_add(&listener->depth, 1) > 0 || atomic_load(&listener->is_freed) ||
        version <= atomic_exchange(&listener->last, version))
        atomic_fetch_add(&listener->faults, 1);
    atomic_fetch_add(&listener->puts, 1);
    atomic_fetch_sub(&listener->depth, 1);
}

/* One life of a reflector, freed in the midst of events. */
static void
live(struct chatter *chatter, int puts)
{
    struct listener listener = {.depth = 0};
    struct ch_reflector *reflector = NULL;
    const struct ch_reflector_options options = {
        .transport = &chatter->base,
        .kind = CHANDRA_KIND_CLAIM,
        .sink = {&listener, on_replace, on_item, on_item},
    };

    assert_int_equal(ch_reflector_new(&options, &reflector, NULL), CHANDRA_OK);
    assert_int_equal(ch_reflector_start(reflector, NULL), CHANDRA_OK);
    while (atomic_load(&listener.puts) < puts || !ch_reflector_is_synced(reflector))
        sched_yield();
    ch_reflector_free(reflector);
    atomic_store(&listener.is_freed, true);
    assert_int_equal(atomic_load(&listener.depth), 0);
    assert_int_equal(atomic_load(&listener.faults), 0);
}

static void
test_free_while_events_arrive(void **state)
{
    struct chatter chatter = {.base = {&chatter_ops}, .version = 2};
    pthread_t talkers[TALKERS];
    pthread_mutexattr_t attributes;

    (void)state;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&chatter.lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    for (int i = 0; i < TALKERS; i++)
        assert_int_equal(pthread_create(&talkers[i], NULL, talk, &chatter), 0);
    for (int i = 0; i < ROUNDS; i++)
        live(&chatter, i % 5);
    atomic_store(&chatter.is_over, true);
    for (int i = 0; i < TALKERS; i++)
        assert_int_equal(pthread_join(talkers[i], NULL), 0);
    pthread_mutex_destroy(&chatter.lock);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_while_events_arrive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
