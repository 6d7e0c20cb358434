/* inbox.c - a reflector's signals, handled in order by one worker at a time; and its life. */
#include "cache/reflect.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

static void
lock(const struct ch_reflector *reflector)
{
    pthread_mutex_lock(&reflector->guard->lock);
}

static void
unlock(const struct ch_reflector *reflector)
{
    pthread_mutex_unlock(&reflector->guard->lock);
}

static void
clear_signal(struct ch_signal *signal)
{
    chandra_doc_free(signal->doc);
    chandra_doc_free(signal->event.doc);
    signal->doc = NULL;
    signal->event.doc = NULL;
}

/* The worker. */

/* Keep a signal for the worker; one that cannot be kept is noted as lost. */
static void
keep(struct ch_reflector *reflector, struct ch_signal *signal)
{
    struct ch_signal *copy = ch_alloc(sizeof(*copy));

    if (!copy) {
        reflector->has_lost = true;
        reflector->has_lost_page |= signal->type == CH_SIGNAL_LISTED;
        clear_signal(signal);
        return;
    }
    *copy = *signal;
    copy->next = NULL;
    if (reflector->last)
        reflector->last->next = copy;
    else
        reflector->first = copy;
    reflector->last = copy;
}

static bool
next_signal(struct ch_reflector *reflector, struct ch_signal *signal)
{
    struct ch_signal *first = reflector->first;

    if (!first)
        return false;
    reflector->first = first->next;
    if (!first->next)
        reflector->last = NULL;
    *signal = *first;
    ch_free(first);
    return true;
}

/* Work until there is nothing left to do; what was lost comes after what was kept. */
static void
work(struct ch_reflector *reflector, struct ch_signal *signal)
{
    bool has_signal = true;
    bool has_lost = false;
    bool has_lost_page = false;

    while (has_signal || has_lost) {
        if (has_signal)
            ch_reflector_handle(reflector, signal);
        else
            ch_reflector_recover(reflector, has_lost_page);
        clear_signal(signal);
        lock(reflector);
        has_signal = !reflector->is_stopped && next_signal(reflector, signal);
        has_lost = !reflector->is_stopped && !has_signal && reflector->has_lost;
        if (has_lost) {
            has_lost_page = reflector->has_lost_page;
            reflector->has_lost = reflector->has_lost_page = false;
        } else if (!has_signal) {
            reflector->is_busy = false;
            pthread_cond_broadcast(&reflector->guard->idle);
        }
        unlock(reflector);
    }
}

void
ch_reflector_take_signal(struct ch_reflector *reflector, struct ch_signal *signal)
{
    bool is_mine = false;

    lock(reflector);
    signal->watch = reflector->watch_number;
    if (reflector->is_stopped) {
        clear_signal(signal);
    } else if (reflector->is_busy) {
        keep(reflector, signal);
    } else {
        is_mine = true;
        reflector->is_busy = true;
        reflector->worker = pthread_self();
        reflector->refs++;
    }
    unlock(reflector);
    if (!is_mine)
        return;
    work(reflector, signal);
    ch_reflector_unref(reflector);
}

bool
ch_reflector_is_stopped(struct ch_reflector *reflector)
{
    bool is_stopped;

    lock(reflector);
    is_stopped = reflector->is_stopped;
    unlock(reflector);
    return is_stopped;
}

void
ch_reflector_stop(struct ch_reflector *reflector)
{
    lock(reflector);
    reflector->is_stopped = true;
    while (reflector->is_busy && !pthread_equal(reflector->worker, pthread_self()))
        pthread_cond_wait(&reflector->guard->idle, &reflector->guard->lock);
    unlock(reflector);
}

/* Life. */

static void
destroy(struct ch_reflector *reflector)
{
    struct ch_signal *signal = reflector->first;

    while (signal) {
        struct ch_signal *next = signal->next;

        clear_signal(signal);
        ch_free(signal);
        signal = next;
    }
    ch_listing_clear(&reflector->listing);
    pthread_cond_destroy(&reflector->guard->idle);
    pthread_mutex_destroy(&reflector->guard->lock);
    ch_free(reflector->guard);
    ch_free(reflector->query);
    ch_free(reflector);
}

void
ch_reflector_ref(struct ch_reflector *reflector)
{
    lock(reflector);
    reflector->refs++;
    unlock(reflector);
}

void
ch_reflector_unref(struct ch_reflector *reflector)
{
    bool is_last;

    lock(reflector);
    is_last = --reflector->refs == 0;
    unlock(reflector);
    if (is_last)
        destroy(reflector);
}

static bool
init_guard(struct ch_reflector_guard *guard)
{
    if (pthread_mutex_init(&guard->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&guard->idle, NULL) == 0)
        return true;
    pthread_mutex_destroy(&guard->lock);
    return false;
}

enum chandra_status
ch_reflector_new(const struct ch_reflector_options *options, struct ch_reflector **out_reflector,
                 struct chandra_error *err)
{
    struct ch_reflector *reflector = ch_calloc(1, sizeof(*reflector));
    struct ch_reflector_guard *guard = ch_alloc(sizeof(*guard));
    char *query = ch_strdup(options->query ? options->query : "");

    if (!reflector || !guard || !query || !init_guard(guard)) {
        ch_free(query);
        ch_free(guard);
        ch_free(reflector);
        return ch_no_memory("a reflector", err);
    }
    reflector->options = *options;
    reflector->query = query;
    reflector->options.query = query;
    if (options->page_size == 0)
        reflector->options.page_size = 500;
    reflector->guard = guard;
    reflector->refs = 1;
    atomic_init(&reflector->is_synced, false);
    ch_random_seed(&reflector->random, options->seed);
    *out_reflector = reflector;
    return CHANDRA_OK;
}

enum chandra_status
ch_reflector_start(struct ch_reflector *reflector, struct chandra_error *err)
{
    struct ch_signal signal = {.type = CH_SIGNAL_START};

    (void)err; /* whatever fails is tried again */
    ch_reflector_take_signal(reflector, &signal);
    return CHANDRA_OK;
}

void
ch_reflector_free(struct ch_reflector *reflector)
{
    const struct chandra_transport_ops *ops;

    if (!reflector)
        return;
    ops = reflector->options.transport->ops;
    ch_reflector_stop(reflector);
    ch_reflector_end_watch(reflector);
    ops->forget(reflector->options.transport, reflector);
    ch_reflector_unref(reflector);
}

void
ch_reflector_resync(struct ch_reflector *reflector)
{
    lock(reflector);
    reflector->has_lost = true;
    unlock(reflector);
}

bool
ch_reflector_is_synced(const struct ch_reflector *reflector)
{
    return atomic_load(&reflector->is_synced);
}

uint64_t
ch_reflector_events(const struct ch_reflector *reflector, enum chandra_watch_event type)
{
    return atomic_load(&reflector->events[type]);
}

uint64_t
ch_reflector_restarts(const struct ch_reflector *reflector, enum chandra_watch_restart reason)
{
    return atomic_load(&reflector->restarts[reason]);
}

void
ch_reflector_error(const struct ch_reflector *reflector, char *text, size_t size)
{
    lock(reflector);
    snprintf(text, size, "%s", reflector->problem.message);
    unlock(reflector);
}
