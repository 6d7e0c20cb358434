/* workers.c - two lists of attempts under a mutex, to do and done. */
#include "scheduler/workers.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum { STACK_SIZE = 256 * 1024 };

struct attempt_list {
    struct attempt *first;
    struct attempt *last;
};

struct workers {
    pthread_mutex_t mutex;
    pthread_cond_t has_work;
    struct bell *bell;
    struct attempt_list to_do;
    struct attempt_list done;
    bool is_ending;
    size_t count;
    pthread_t threads[];
};

static void
append(struct attempt_list *list, struct attempt *attempt)
{
    attempt_set_next(attempt, NULL);
    if (list->last)
        attempt_set_next(list->last, attempt);
    else
        list->first = attempt;
    list->last = attempt;
}

static struct attempt *
take_first(struct attempt_list *list)
{
    struct attempt *attempt = list->first;

    if (!attempt)
        return NULL;
    list->first = attempt_next(attempt);
    if (!list->first)
        list->last = NULL;
    return attempt;
}

/* The next attempt, or NULL at the end. */
static struct attempt *
await_work(struct workers *workers)
{
    struct attempt *attempt = NULL;

    pthread_mutex_lock(&workers->mutex);
    while (!workers->is_ending && !workers->to_do.first)
        pthread_cond_wait(&workers->has_work, &workers->mutex);
    if (!workers->is_ending)
        attempt = take_first(&workers->to_do);
    pthread_mutex_unlock(&workers->mutex);
    return attempt;
}

static void *
work(void *user)
{
    struct workers *workers = user;
    struct attempt *attempt;

    while ((attempt = await_work(workers))) {
        attempt_finish(attempt);
        pthread_mutex_lock(&workers->mutex);
        append(&workers->done, attempt);
        pthread_mutex_unlock(&workers->mutex);
        bell_ring(workers->bell);
    }
    return NULL;
}

static int
start_thread(struct workers *workers)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (error)
        return error;
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    error = pthread_create(&workers->threads[workers->count], &attributes, work, workers);
    pthread_attr_destroy(&attributes);
    if (!error)
        workers->count++;
    return error;
}

enum chandra_status
workers_new(size_t count, struct bell *bell, struct workers **out_workers,
            struct chandra_error *err)
{
    struct workers *workers =
        chandra_realloc(NULL, sizeof(*workers) + count * sizeof(workers->threads[0]));
    int error = 0;

    if (!workers)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(workers, 0, sizeof(*workers));
    workers->bell = bell;
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->has_work, NULL);
    for (size_t i = 0; i < count && !error; i++)
        error = start_thread(workers);
    if (error) {
        workers_free(workers);
        return chandra_error_set(err, CHANDRA_EIO, "cannot start a thread: %s", strerror(error));
    }
    *out_workers = workers;
    return CHANDRA_OK;
}

void
workers_stop(struct workers *workers)
{
    struct attempt *attempt;

    pthread_mutex_lock(&workers->mutex);
    workers->is_ending = true;
    pthread_cond_broadcast(&workers->has_work);
    pthread_mutex_unlock(&workers->mutex);
    for (size_t i = 0; i < workers->count; i++)
        pthread_join(workers->threads[i], NULL);
    workers->count = 0;
    while ((attempt = take_first(&workers->to_do)))
        append(&workers->done, attempt);
}

void
workers_free(struct workers *workers)
{
    struct attempt *attempt;

    if (!workers)
        return;
    workers_stop(workers);
    while ((attempt = take_first(&workers->done)))
        attempt_free(attempt);
    pthread_cond_destroy(&workers->has_work);
    pthread_mutex_destroy(&workers->mutex);
    chandra_free(workers);
}

void
workers_put(struct workers *workers, struct attempt *attempt)
{
    pthread_mutex_lock(&workers->mutex);
    append(&workers->to_do, attempt);
    pthread_cond_signal(&workers->has_work);
    pthread_mutex_unlock(&workers->mutex);
}

struct attempt *
workers_take(struct workers *workers)
{
    struct attempt *attempt;

    pthread_mutex_lock(&workers->mutex);
    attempt = take_first(&workers->done);
    pthread_mutex_unlock(&workers->mutex);
    return attempt;
}
