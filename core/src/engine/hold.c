/* hold.c - holds events back that a call may have caused, so that the observer hears of the call
 * first.
 *
 * The echo of a write, and what drivers do about it, may arrive before the answer. Only the context
 * of the call's own pod matters: no other call reads it.
 */
#include "engine/engine.h"

#include <stdio.h>

#define KEY_SIZE 512

struct held_event {
    struct held_event *next;
    enum chandra_event_type type;
    struct chandra_doc *doc; /* NULL: only the object is known */
    struct chandra_object *object;
};

/* The value in engine->held, by "NS/NAME". */
struct hold {
    struct held_event *first;
    struct held_event *last;
};

/* "NS/NAME"; on the stack, so that what is held is always found again. */
static const char *
make_key(char key[KEY_SIZE], const struct chandra_object *object)
{
    snprintf(key, KEY_SIZE, "%s/%s", object->name_space, object->name);
    return key;
}

/* Without memory nothing is held: no more than a record that does not replay. */
void
ch_observe_hold(struct chandra_cycle *cycle)
{
    struct chandra_engine *engine = cycle->engine;
    struct hold *hold;
    char key[KEY_SIZE];

    if (!engine->options.observer)
        return;
    hold = ch_calloc(1, sizeof(*hold));
    make_key(key, cycle->pod);
    pthread_mutex_lock(&engine->observer_lock);
    if (!hold || ch_map_get(&engine->held, key) || !ch_map_set(&engine->held, key, hold))
        ch_free(hold);
    pthread_mutex_unlock(&engine->observer_lock);
}

static void
tell(struct chandra_engine *engine, struct held_event *event)
{
    ch_observe_event(engine, event->type, event->doc ? chandra_doc_root(event->doc, 0) : NULL,
                     event->object);
    chandra_doc_free(event->doc);
    chandra_object_unref(event->object);
    ch_free(event);
}

static void
tell_all(struct chandra_engine *engine, struct hold *hold)
{
    struct held_event *event = hold->first;

    while (event) {
        struct held_event *next = event->next;
        tell(engine, event);
        event = next;
    }
    ch_free(hold);
}

void
ch_observe_release(struct chandra_cycle *cycle, const struct chandra_call *call)
{
    struct chandra_engine *engine = cycle->engine;
    const struct chandra_observer *observer = engine->options.observer;
    struct hold *hold;
    char key[KEY_SIZE];

    if (!observer)
        return;
    make_key(key, cycle->pod);
    pthread_mutex_lock(&engine->observer_lock);
    if (observer->call)
        observer->call(observer->user, call);
    hold = ch_map_remove(&engine->held, key);
    if (hold)
        tell_all(engine, hold);
    pthread_mutex_unlock(&engine->observer_lock);
}

static bool
copy_value(const struct chandra_value *value, struct chandra_doc **out_doc)
{
    struct chandra_value *copy;

    *out_doc = NULL;
    if (!value)
        return true;
    if (chandra_doc_new(out_doc, NULL) != CHANDRA_OK)
        return false;
    copy = chandra_value_copy(*out_doc, value);
    if (copy && chandra_doc_add_root(*out_doc, copy))
        return true;
    chandra_doc_free(*out_doc);
    return false;
}

bool
ch_observe_holds(struct chandra_engine *engine, enum chandra_event_type type,
                 const struct chandra_value *value, const struct chandra_object *object)
{
    struct held_event *event;
    struct hold *hold;
    char key[KEY_SIZE];

    if (object->kind != CHANDRA_KIND_CONTEXT)
        return false;
    hold = ch_map_get(&engine->held, make_key(key, object));
    event = hold ? ch_calloc(1, sizeof(*event)) : NULL;
    if (!event)
        return false;
    if (!copy_value(value, &event->doc)) {
        ch_free(event);
        return false;
    }
    event->type = type;
    event->object = chandra_object_ref(object);
    if (hold->last)
        hold->last->next = event;
    else
        hold->first = event;
    hold->last = event;
    return true;
}
