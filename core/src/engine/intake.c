/* intake.c - from the reflectors into the cache, and news of each change to observer and host. */
#include "engine/engine.h"

/* One change; the objects are references. */
struct change {
    struct chandra_object *old_object;
    struct chandra_object *new_object;
    const struct chandra_value *value; /* of the new object, or of the deleted one; may be NULL */
};

struct changes {
    struct change *items;
    size_t count;
    size_t capacity;
    bool is_incomplete; /* memory ran out */
};

static bool
is_same_version(const struct chandra_object *a, const struct chandra_object *b)
{
    return ch_streq(a->uid, b->uid) && !ch_is_empty(a->resource_version) &&
           ch_streq(a->resource_version, b->resource_version);
}

/* An object that was made anew under its old name is a deletion and an addition. */
static bool
is_replacement(const struct change *change)
{
    return change->old_object && change->new_object &&
           !ch_streq(change->old_object->uid, change->new_object->uid);
}

static void
tell_observer(struct chandra_engine *engine, const struct change *change)
{
    const struct chandra_object *old_object = change->old_object;
    const struct chandra_object *new_object = change->new_object;

    if (is_replacement(change)) {
        ch_observe_event(engine, CHANDRA_EVENT_DELETE, NULL, old_object);
        ch_observe_event(engine, CHANDRA_EVENT_ADD, change->value, new_object);
    } else if (!new_object) {
        ch_observe_event(engine, CHANDRA_EVENT_DELETE, change->value, old_object);
    } else {
        ch_observe_event(engine, old_object ? CHANDRA_EVENT_UPDATE : CHANDRA_EVENT_ADD,
                         change->value, new_object);
    }
}

static void
tell_host(struct chandra_engine *engine, const struct change *change)
{
    const struct chandra_engine_options *options = &engine->options;

    if (!options->on_event)
        return;
    if (is_replacement(change)) {
        options->on_event(options->on_event_user, change->old_object, NULL);
        options->on_event(options->on_event_user, NULL, change->new_object);
    } else {
        options->on_event(options->on_event_user, change->old_object, change->new_object);
    }
}

/* Store an object, unless it is known already; fills in *change, which stays empty then. The write
 * lock is held. */
static enum chandra_status
store(struct chandra_engine *engine, const struct ch_reflected *item, struct change *change)
{
    struct chandra_object *object = item->object;
    const struct chandra_object *known =
        ch_cache_get(engine->cache, object->kind, object->name_space, object->name);
    enum chandra_status st;

    *change = (struct change){0};
    if (known && is_same_version(known, object))
        return CHANDRA_OK;
    st = ch_cache_put(engine->cache, object, &change->old_object, NULL);
    if (st == CHANDRA_OK) {
        change->new_object = chandra_object_ref(object);
        change->value = item->value;
    }
    return st;
}

/* The cache is behind: another list must tell what it has missed. */
static void
catch_up(struct chandra_engine *engine, enum chandra_kind kind)
{
    ch_log(&engine->options.logger, CHANDRA_LOG_ERROR,
           "out of memory for a change of %s objects; they will be listed again",
           chandra_kind_name(kind));
    ch_reflector_resync(engine->reflectors[kind]);
}

static void
announce(struct chandra_engine *engine, struct change *change)
{
    if (change->old_object || change->new_object)
        tell_host(engine, change);
    chandra_object_unref(change->old_object);
    chandra_object_unref(change->new_object);
}

static void
put(void *user, const struct ch_reflected *item)
{
    struct chandra_engine *engine = user;
    struct change change;
    enum chandra_status st;

    ch_observe_begin(engine);
    ch_cache_lock_write(engine->cache);
    st = store(engine, item, &change);
    ch_cache_unlock(engine->cache);
    if (change.new_object)
        tell_observer(engine, &change);
    ch_observe_end(engine, NULL);
    if (st != CHANDRA_OK)
        catch_up(engine, item->object->kind);
    announce(engine, &change);
}

static void
take_out(void *user, const struct ch_reflected *item)
{
    struct chandra_engine *engine = user;
    const struct chandra_object *object = item->object;
    struct change change = {.value = item->value};

    ch_observe_begin(engine);
    ch_cache_lock_write(engine->cache);
    ch_cache_remove(engine->cache, object->kind, object->name_space, object->name,
                    &change.old_object);
    ch_cache_unlock(engine->cache);
    if (change.old_object)
        tell_observer(engine, &change);
    ch_observe_end(engine, NULL);
    announce(engine, &change);
}

/* What a relist must find out: which cached objects it does not name. */
struct search {
    struct ch_map listed; /* by "NS/NAME" */
    struct changes *changes;
    bool failed;
};

static bool
is_listed(const struct ch_map *listed, const struct chandra_object *object)
{
    struct ch_buf key = {0};
    bool found;

    ch_buf_printf(&key, "%s/%s", object->name_space, object->name);
    /* In doubt it is kept: the watch or the next list will tell. */
    found = !ch_buf_ok(&key) || ch_map_get(listed, key.text);
    ch_buf_clear(&key);
    return found;
}

static bool
note_if_gone(void *user, struct chandra_object *object)
{
    struct search *search = user;
    struct changes *changes = search->changes;

    if (is_listed(&search->listed, object))
        return true;
    if (!ch_grow(&changes->items, &changes->capacity, changes->count + 1,
                 sizeof(*changes->items))) {
        search->failed = true;
        return false;
    }
    changes->items[changes->count++] = (struct change){.old_object = chandra_object_ref(object)};
    return true;
}

static bool
list_names(const struct ch_reflected *items, size_t count, struct ch_map *listed)
{
    struct ch_buf key = {0};
    bool ok = true;

    for (size_t i = 0; i < count && ok; i++) {
        ch_buf_reset(&key);
        ch_buf_printf(&key, "%s/%s", items[i].object->name_space, items[i].object->name);
        ok = ch_buf_ok(&key) && ch_map_set(listed, key.text, items[i].object);
    }
    ch_buf_clear(&key);
    return ok;
}

/* Take out what the list does not name. The write lock is held. */
static bool
remove_unlisted(struct chandra_engine *engine, enum chandra_kind kind,
                const struct ch_reflected *items, size_t count, struct changes *changes)
{
    struct search search = {.changes = changes};
    bool ok = true;

    if (ch_cache_count(engine->cache, kind) == 0)
        return true;
    ok = list_names(items, count, &search.listed);
    if (ok)
        ch_cache_each(engine->cache, kind, note_if_gone, &search);
    ch_map_clear(&search.listed);
    for (size_t i = 0; i < changes->count; i++) {
        const struct chandra_object *gone = changes->items[i].old_object;
        struct chandra_object *old;

        ch_cache_remove(engine->cache, kind, gone->name_space, gone->name, &old);
        chandra_object_unref(old);
    }
    return ok && !search.failed;
}

/* The write lock is held. */
static void
store_all(struct chandra_engine *engine, enum chandra_kind kind, const struct ch_reflected *items,
          size_t count, struct changes *changes)
{
    if (!remove_unlisted(engine, kind, items, count, changes))
        changes->is_incomplete = true;
    for (size_t i = 0; i < count; i++) {
        struct change change = {0};

        if (!ch_grow(&changes->items, &changes->capacity, changes->count + 1,
                     sizeof(*changes->items)) ||
            store(engine, &items[i], &change) != CHANDRA_OK)
            changes->is_incomplete = true;
        if (change.new_object)
            changes->items[changes->count++] = change;
    }
}

static void
replace(void *user, enum chandra_kind kind, const struct ch_reflected *items, size_t count)
{
    struct chandra_engine *engine = user;
    struct changes changes = {0};

    ch_observe_begin(engine);
    ch_cache_lock_write(engine->cache);
    store_all(engine, kind, items, count, &changes);
    ch_cache_unlock(engine->cache);
    for (size_t i = 0; i < changes.count; i++)
        tell_observer(engine, &changes.items[i]);
    ch_observe_end(engine, NULL);
    if (changes.is_incomplete)
        catch_up(engine, kind);
    for (size_t i = 0; i < changes.count; i++)
        announce(engine, &changes.items[i]);
    ch_free(changes.items);
}

struct ch_reflector_sink
ch_intake_sink(struct chandra_engine *engine)
{
    return (struct ch_reflector_sink){
        .user = engine, .replace = replace, .put = put, .remove = take_out};
}
