/* inbox.c - a growing ring under a mutex. */
#include "scheduler/inbox.h"

#include "bell.h"

#include <chandra/sys/base.h>
#include <pthread.h>
#include <string.h>

struct inbox {
    pthread_mutex_t mutex;
    struct inbox_event *events;
    size_t first;
    size_t count;
    size_t capacity;
    bool has_lost;
    struct bell *bell; /* or NULL */
};

enum chandra_status
inbox_new(struct inbox **out_inbox, struct chandra_error *err)
{
    struct inbox *inbox = chandra_realloc(NULL, sizeof(*inbox));

    if (!inbox)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(inbox, 0, sizeof(*inbox));
    pthread_mutex_init(&inbox->mutex, NULL);
    *out_inbox = inbox;
    return CHANDRA_OK;
}

void
inbox_set_bell(struct inbox *inbox, struct bell *bell)
{
    inbox->bell = bell;
}

void
inbox_free(struct inbox *inbox)
{
    struct inbox_event event;

    if (!inbox)
        return;
    while (inbox_take(inbox, &event))
        inbox_release(&event);
    chandra_free(inbox->events);
    pthread_mutex_destroy(&inbox->mutex);
    chandra_free(inbox);
}

/* Make room for one more; unrolls the ring. */
static bool
grow(struct inbox *inbox)
{
    const size_t capacity = inbox->capacity * 2 + 64;
    struct inbox_event *events;

    if (inbox->count < inbox->capacity)
        return true;
    events = chandra_realloc(NULL, capacity * sizeof(*events));
    if (!events)
        return false;
    for (size_t i = 0; i < inbox->count; i++)
        events[i] = inbox->events[(inbox->first + i) % inbox->capacity];
    chandra_free(inbox->events);
    inbox->events = events;
    inbox->first = 0;
    inbox->capacity = capacity;
    return true;
}

void
inbox_put(struct inbox *inbox, const struct chandra_object *old_object,
          const struct chandra_object *new_object)
{
    struct inbox_event event = {
        .kind = chandra_object_kind(new_object ? new_object : old_object),
        .old_object = old_object ? chandra_object_ref(old_object) : NULL,
        .new_object = new_object ? chandra_object_ref(new_object) : NULL,
    };
    bool is_put;

    pthread_mutex_lock(&inbox->mutex);
    is_put = grow(inbox);
    if (is_put)
        inbox->events[(inbox->first + inbox->count++) % inbox->capacity] = event;
    else
        inbox->has_lost = true;
    pthread_mutex_unlock(&inbox->mutex);
    if (!is_put)
        inbox_release(&event);
    if (inbox->bell)
        bell_ring(inbox->bell);
}

bool
inbox_take(struct inbox *inbox, struct inbox_event *out_event)
{
    bool has_event;

    pthread_mutex_lock(&inbox->mutex);
    has_event = inbox->count > 0;
    if (has_event) {
        *out_event = inbox->events[inbox->first];
        inbox->first = (inbox->first + 1) % inbox->capacity;
        inbox->count--;
    }
    pthread_mutex_unlock(&inbox->mutex);
    return has_event;
}

void
inbox_release(struct inbox_event *event)
{
    chandra_object_unref(event->old_object);
    chandra_object_unref(event->new_object);
}

bool
inbox_has_lost(struct inbox *inbox)
{
    bool has_lost;

    pthread_mutex_lock(&inbox->mutex);
    has_lost = inbox->has_lost;
    pthread_mutex_unlock(&inbox->mutex);
    return has_lost;
}
