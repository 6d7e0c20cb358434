/* observe.c - tell the observer what was taken in, written and answered. */
#include "engine/engine.h"

#include <stdio.h>

#define MAX_OWN_WRITES 1024 /* echoes that never come must not pile up */
#define KEY_SIZE 512

void
ch_observe_begin(struct chandra_engine *engine)
{
    if (engine->options.observer)
        pthread_mutex_lock(&engine->observer_lock);
}

void
ch_observe_end(struct chandra_engine *engine, const struct chandra_call *call)
{
    const struct chandra_observer *observer = engine->options.observer;

    if (!observer)
        return;
    if (call && observer->call)
        observer->call(observer->user, call);
    pthread_mutex_unlock(&engine->observer_lock);
}

void
ch_observe_call(struct chandra_engine *engine, const struct chandra_call *call)
{
    ch_observe_begin(engine);
    ch_observe_end(engine, call);
}

/* A write is known by its object and the version it got; a deletion by the object alone. */
static void
make_key(char key[static KEY_SIZE], enum chandra_kind kind, const char *name_space,
         const char *name, const char *version)
{
    snprintf(key, KEY_SIZE, "%s/%s/%s@%s", chandra_kind_name(kind), name_space, name,
             version ? version : "deleted");
}

static void
forget_oldest(struct ch_map *writes)
{
    void *cursor = NULL;
    const char *key;
    void *value;

    if (ch_map_next(writes, &cursor, &key, &value))
        ch_map_remove(writes, key);
}

/* Without memory the echo is taken for somebody else's write: no more than a wrong note. */
static void
expect_echo(struct chandra_engine *engine, const char *key)
{
    pthread_mutex_lock(&engine->own_lock);
    if (ch_map_set(&engine->own_writes, key, engine) &&
        ch_map_count(&engine->own_writes) > MAX_OWN_WRITES)
        forget_oldest(&engine->own_writes);
    pthread_mutex_unlock(&engine->own_lock);
}

static bool
take_echo(struct chandra_engine *engine, const char *key)
{
    bool is_known;

    pthread_mutex_lock(&engine->own_lock);
    is_known = ch_map_remove(&engine->own_writes, key) != NULL;
    pthread_mutex_unlock(&engine->own_lock);
    return is_known;
}

void
ch_observe_write(struct chandra_cycle *cycle, enum chandra_kind kind, const char *name,
                 const struct chandra_value *object)
{
    struct chandra_engine *engine = cycle->engine;
    const struct chandra_observer *observer = engine->options.observer;
    const char *name_space = cycle->pod->name_space;
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    char key[KEY_SIZE];

    if (!observer)
        return;
    make_key(key, kind, name_space, name,
             object ? chandra_value_string(chandra_value_get(metadata, "resourceVersion")) : NULL);
    pthread_mutex_lock(&engine->observer_lock);
    expect_echo(engine, key);
    if (observer->write)
        observer->write(observer->user, cycle, kind, name_space, name, object);
    pthread_mutex_unlock(&engine->observer_lock);
}

/* The little that is known of an object that vanished between two lists. */
static struct chandra_doc *
describe(const struct chandra_object *object)
{
    struct chandra_doc *doc;
    struct chandra_value *root, *metadata;
    bool ok;

    if (chandra_doc_new(&doc, NULL) != CHANDRA_OK)
        return NULL;
    root = chandra_value_new_object(doc);
    metadata = chandra_value_new_object(doc);
    ok = root && metadata && chandra_doc_add_root(doc, root) &&
         chandra_value_set(
             root, "apiVersion",
             chandra_value_new_string(doc, ch_api_resource(object->kind)->api_version)) &&
         chandra_value_set(root, "kind",
                           chandra_value_new_string(doc, chandra_kind_name(object->kind))) &&
         chandra_value_set(root, "metadata", metadata) &&
         chandra_value_set(metadata, "name", chandra_value_new_string(doc, object->name)) &&
         chandra_value_set(metadata, "uid", chandra_value_new_string(doc, object->uid));
    if (ok && object->name_space[0])
        ok = chandra_value_set(metadata, "namespace",
                               chandra_value_new_string(doc, object->name_space));
    if (ok)
        return doc;
    chandra_doc_free(doc);
    return NULL;
}

void
ch_observe_event(struct chandra_engine *engine, enum chandra_event_type type,
                 const struct chandra_value *value, const struct chandra_object *object)
{
    const struct chandra_observer *observer = engine->options.observer;
    const bool is_deletion = type == CHANDRA_EVENT_DELETE;
    struct chandra_doc *doc = NULL;
    char key[KEY_SIZE];
    bool is_own;

    if (!observer || !observer->event || ch_observe_holds(engine, type, value, object))
        return;
    make_key(key, object->kind, object->name_space, object->name,
             is_deletion ? NULL : object->resource_version);
    is_own = take_echo(engine, key);
    if (type == CHANDRA_EVENT_ADD && !is_own) {
        /* Somebody made the object anew: a deletion that is still noted came to pass unseen. */
        make_key(key, object->kind, object->name_space, object->name, NULL);
        take_echo(engine, key);
    }
    if (!value)
        doc = describe(object);
    observer->event(observer->user, object->kind, type, doc ? chandra_doc_root(doc, 0) : value,
                    is_own);
    chandra_doc_free(doc);
}
