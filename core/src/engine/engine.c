/* engine.c - an engine's life, and what may be asked of its cache. */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

static struct chandra_engine_options
effective_options(const struct chandra_engine_options *given)
{
    struct chandra_engine_options options = CHANDRA_ENGINE_OPTIONS_INIT;

    if (given)
        memcpy(&options, given, given->size < sizeof(options) ? given->size : sizeof(options));
    return options;
}

enum chandra_status
chandra_engine_new(struct chandra_transport *transport,
                   const struct chandra_engine_options *options, struct chandra_engine **out_engine,
                   struct chandra_error *err)
{
    struct chandra_engine *engine = ch_calloc(1, sizeof(*engine));
    enum chandra_status st;

    if (!engine)
        return chandra_error_set(err, CHANDRA_ENOMEM, "engine: out of memory");
    engine->transport = transport;
    engine->options = effective_options(options);
    ch_random_seed(&engine->random, engine->options.seed);
    pthread_mutex_init(&engine->policy_lock, NULL);
    pthread_mutex_init(&engine->random_lock, NULL);
    pthread_mutex_init(&engine->own_lock, NULL);
    pthread_mutex_init(&engine->observer_lock, NULL);
    engine->field_manager =
        ch_strdup(engine->options.field_manager ? engine->options.field_manager : "kube-scheduler");
    engine->options.field_manager = engine->field_manager;
    st = engine->field_manager ? ch_cache_new(&engine->cache, err)
                               : chandra_error_set(err, CHANDRA_ENOMEM, "engine: out of memory");
    if (st == CHANDRA_OK)
        *out_engine = engine;
    else
        chandra_engine_free(engine);
    return st;
}

void
chandra_engine_free(struct chandra_engine *engine)
{
    if (!engine)
        return;
    for (size_t kind = 0; kind < CHANDRA_KIND_COUNT; kind++)
        ch_reflector_free(engine->reflectors[kind]);
    ch_naming_stop(engine);
    ch_cache_free(engine->cache);
    chandra_policy_unref(engine->policy);
    ch_map_clear(&engine->own_writes);
    ch_map_clear(&engine->held);
    ch_free(engine->field_manager);
    pthread_mutex_destroy(&engine->policy_lock);
    pthread_mutex_destroy(&engine->random_lock);
    pthread_mutex_destroy(&engine->own_lock);
    pthread_mutex_destroy(&engine->observer_lock);
    ch_free(engine);
}

static enum chandra_status
make_reflectors(struct chandra_engine *engine, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t kind = 0; kind < CHANDRA_KIND_COUNT && st == CHANDRA_OK; kind++) {
        const struct ch_reflector_options options = {
            .transport = engine->transport,
            .kind = (enum chandra_kind)kind,
            .metadata_only = kind == CHANDRA_KIND_NODE && !engine->options.whole_nodes,
            .drop_values = engine->options.observer == NULL, /* nobody else looks at them */
            .seed = engine->options.seed + kind,
            .logger = engine->options.logger,
            .sink = ch_intake_sink(engine),
        };

        if (engine->reflectors[kind])
            continue;
        if (kind != CHANDRA_KIND_POD || engine->options.watch_pods)
            st = ch_reflector_new(&options, &engine->reflectors[kind], err);
    }
    return st;
}

enum chandra_status
chandra_engine_start(struct chandra_engine *engine, struct chandra_error *err)
{
    enum chandra_status st = make_reflectors(engine, err);

    if (st == CHANDRA_OK)
        st = ch_naming_start(engine, err);
    if (st == CHANDRA_OK)
        atomic_store(&engine->is_started, true);
    for (size_t kind = 0; kind < CHANDRA_KIND_COUNT && st == CHANDRA_OK; kind++)
        if (engine->reflectors[kind])
            st = ch_reflector_start(engine->reflectors[kind], err);
    return st;
}

bool
chandra_engine_is_synced(const struct chandra_engine *engine)
{
    if (!atomic_load(&engine->is_started))
        return false;
    if (engine->options.is_disabled)
        return true; /* with the gate off the API need not even exist */
    for (size_t kind = 0; kind < CHANDRA_KIND_COUNT; kind++)
        if (engine->reflectors[kind] && !ch_reflector_is_synced(engine->reflectors[kind]))
            return false;
    return atomic_load(&engine->naming) != CH_NAMING_UNKNOWN;
}

/* The first thing that is amiss with the lists and watches; false if nothing is. */
static bool
reflector_text(const struct chandra_engine *engine, char *text, size_t size)
{
    char why[512];

    for (size_t kind = 0; kind < CHANDRA_KIND_COUNT; kind++) {
        const struct ch_reflector *reflector = engine->reflectors[kind];
        const char *name = chandra_kind_name((enum chandra_kind)kind);

        if (!reflector)
            continue;
        ch_reflector_error(reflector, why, sizeof(why));
        if (why[0])
            snprintf(text, size, "%s: %s", name, why);
        else if (!ch_reflector_is_synced(reflector))
            snprintf(text, size, "waiting for the list of %s objects", name);
        else
            continue;
        return true;
    }
    return false;
}

void
chandra_engine_sync_text(const struct chandra_engine *engine, char *text, size_t size)
{
    if (!atomic_load(&engine->is_started))
        snprintf(text, size, "not started");
    else if (engine->options.is_disabled)
        snprintf(text, size, "%s", "");
    else if (!reflector_text(engine, text, size))
        ch_naming_error(engine, text, size);
}

struct chandra_object *
chandra_engine_get(struct chandra_engine *engine, enum chandra_kind kind, const char *name_space,
                   const char *name)
{
    struct chandra_object *object;

    ch_cache_lock_read(engine->cache);
    object = ch_cache_get(engine->cache, kind, name_space, name);
    if (object)
        chandra_object_ref(object);
    ch_cache_unlock(engine->cache);
    return object;
}

struct object_walk {
    chandra_object_fn fn;
    void *user;
};

static bool
hand_on(void *user, struct chandra_object *object)
{
    const struct object_walk *walk = user;

    return walk->fn(walk->user, object);
}

void
chandra_engine_each(struct chandra_engine *engine, enum chandra_kind kind, chandra_object_fn fn,
                    void *user)
{
    struct object_walk walk = {fn, user};

    ch_cache_lock_read(engine->cache);
    ch_cache_each(engine->cache, kind, hand_on, &walk);
    ch_cache_unlock(engine->cache);
}

size_t
chandra_engine_count(struct chandra_engine *engine, enum chandra_kind kind)
{
    size_t count;

    ch_cache_lock_read(engine->cache);
    count = ch_cache_count(engine->cache, kind);
    ch_cache_unlock(engine->cache);
    return count;
}

uint64_t
ch_engine_random(struct chandra_engine *engine, uint64_t bound)
{
    uint64_t number;

    pthread_mutex_lock(&engine->random_lock);
    number = ch_random_below(&engine->random, bound);
    pthread_mutex_unlock(&engine->random_lock);
    return number;
}
