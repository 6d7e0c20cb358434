/* store.c - the objects of the cluster and what happened to them. */
#include "sim/store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
ch_sim_key(char key[CH_SIM_KEY_SIZE], const char *name_space, const char *name)
{
    const int len = snprintf(key, CH_SIM_KEY_SIZE, "%s/%s", name_space ? name_space : "", name);

    return len > 0 && len < CH_SIM_KEY_SIZE;
}

const char *
ch_sim_key_split(const char *key, char name_space[CH_SIM_KEY_SIZE])
{
    const char *slash = strchr(key, '/');
    const size_t len = slash ? (size_t)(slash - key) : 0;

    if (!slash || len >= CH_SIM_KEY_SIZE) {
        name_space[0] = '\0';
        return key;
    }
    memcpy(name_space, key, len);
    name_space[len] = '\0';
    return slash + 1;
}

/* Drafts. */

/* A copy of an object in which apiVersion and kind come first, see ch_sim_version_item(). */
static bool
copy_object(const struct ch_sim_kind *kind, const struct chandra_value *value,
            struct ch_sim_draft *draft)
{
    draft->root = chandra_value_new_object(draft->doc);
    if (!ch_sim_set_text(draft->doc, draft->root, "apiVersion", kind->api_version) ||
        !ch_sim_set_text(draft->doc, draft->root, "kind", kind->name) ||
        !chandra_doc_add_root(draft->doc, draft->root))
        return false;
    for (size_t i = 0; i < chandra_value_count(value); i++) {
        const char *key = chandra_value_key(value, i);

        if (!ch_streq(key, "apiVersion") && !ch_streq(key, "kind") &&
            !ch_sim_set_copy(draft->doc, draft->root, key, chandra_value_at(value, i)))
            return false;
    }
    return ch_sim_want_object(draft->doc, draft->root, "metadata") != NULL;
}

enum chandra_status
ch_sim_draft_new(const struct ch_sim_kind *kind, const struct chandra_value *value,
                 struct ch_sim_draft *out_draft, struct chandra_error *err)
{
    struct ch_sim_draft draft = {.kind = kind};
    enum chandra_status st;

    if (chandra_value_type(value) != CHANDRA_OBJECT)
        return chandra_error_set(err, CHANDRA_EINVAL, "want an object, got %s",
                                 chandra_type_name(chandra_value_type(value)));
    st = chandra_doc_new(&draft.doc, err);
    if (st != CHANDRA_OK)
        return st;
    if (!copy_object(kind, value, &draft)) {
        ch_sim_draft_clear(&draft);
        return ch_sim_no_memory(err);
    }
    *out_draft = draft;
    return CHANDRA_OK;
}

void
ch_sim_draft_clear(struct ch_sim_draft *draft)
{
    chandra_doc_free(draft->doc);
    *draft = (struct ch_sim_draft){0};
}

/* Versions. */

struct ch_sim_version *
ch_sim_version_ref(struct ch_sim_version *version)
{
    version->refs++;
    return version;
}

void
ch_sim_version_unref(struct ch_sim_version *version)
{
    if (!version || --version->refs > 0)
        return;
    chandra_object_unref(version->object);
    chandra_doc_free(version->doc);
    chandra_free(version->text);
    ch_free(version);
}

enum chandra_status
ch_sim_version_text(struct ch_sim_version *version, struct chandra_error *err)
{
    if (version->text)
        return CHANDRA_OK;
    return chandra_value_print(version->root, CHANDRA_PRINT_COMPACT, &version->text,
                               &version->text_len, err);
}

size_t
ch_sim_version_item(const struct ch_sim_version *version)
{
    return strlen("{\"apiVersion\":\"\",\"kind\":\"\"") + strlen(version->kind->api_version) +
           strlen(version->kind->name);
}

static bool
is_typed(const struct ch_sim_kind *kind)
{
    return kind->id == CH_SIM_NODE || kind->id == CH_SIM_POD || kind->id == CH_SIM_CLAIM ||
           kind->id == CH_SIM_CLASS || kind->id == CH_SIM_CONTEXT;
}

static enum chandra_status
decode(struct ch_sim_version *version, bool is_unchecked, struct chandra_error *err)
{
    enum chandra_status st;

    if (!is_typed(version->kind))
        return CHANDRA_OK;
    st = chandra_object_decode(version->root, &version->object, err);
    if (st == CHANDRA_OK || st == CHANDRA_ENOMEM)
        return st;
    return is_unchecked ? CHANDRA_OK : st;
}

/* Make a version out of a draft, with the revision written into it. */
static enum chandra_status
seal(struct ch_sim_draft *draft, uint64_t revision, struct ch_sim_version **out_version,
     struct chandra_error *err)
{
    struct ch_sim_version *version = ch_calloc(1, sizeof(*version));
    struct chandra_value *meta = chandra_value_get_mutable(draft->root, "metadata");
    char text[24];
    enum chandra_status st;

    snprintf(text, sizeof(text), "%" PRIu64, revision);
    if (!version || !ch_sim_set_text(draft->doc, meta, "resourceVersion", text)) {
        ch_free(version);
        return ch_sim_no_memory(err);
    }
    version->refs = 1;
    version->kind = draft->kind;
    version->doc = draft->doc;
    version->root = draft->root;
    version->name_space = draft->kind->is_namespaced ? ch_member_text(meta, "namespace") : "";
    version->name = ch_member_text(meta, "name");
    version->uid = ch_member_text(meta, "uid");
    version->revision = revision;
    version->managers = draft->managers;
    version->manager_count = draft->manager_count;
    st = decode(version, draft->is_unchecked, err);
    *draft = (struct ch_sim_draft){0}; /* the document is the version's now */
    if (st == CHANDRA_OK)
        *out_version = version;
    else
        ch_sim_version_unref(version);
    return st;
}

/* The store. */

struct ch_sim_version *
ch_sim_get(struct chandra_sim *sim, enum ch_sim_kind_id kind, const char *name_space,
           const char *name)
{
    char key[CH_SIM_KEY_SIZE];

    if (!ch_sim_key(key, name_space, name))
        return NULL;
    return ch_map_get(&sim->store.objects[kind], key);
}

static struct ch_sim_event *
add_event(struct ch_sim_store *store, enum ch_sim_event_type type, struct ch_sim_version *now,
          struct ch_sim_version *old)
{
    struct ch_sim_event *event = &store->history.events[store->history.count++];

    *event = (struct ch_sim_event){.type = type, .now = now, .old = old};
    store->revision = now->revision;
    return event;
}

static bool
reserve_event(struct ch_sim_history *history)
{
    return ch_grow(&history->events, &history->capacity, history->count + 1,
                   sizeof(*history->events));
}

/* Objects in a namespace that nobody created bring it along. */
static enum chandra_status
want_namespace(struct chandra_sim *sim, const char *name, struct chandra_error *err)
{
    struct ch_sim_draft draft = {.kind = ch_sim_kind(CH_SIM_NAMESPACE)};
    struct chandra_value *meta;
    struct chandra_value *status;
    char uid[CH_SIM_UID_SIZE];
    char time[CH_SIM_TIME_SIZE];
    enum chandra_status st;

    if (ch_sim_get(sim, CH_SIM_NAMESPACE, "", name))
        return CHANDRA_OK;
    st = chandra_doc_new(&draft.doc, err);
    if (st != CHANDRA_OK)
        return st;
    ch_sim_new_uid(sim, uid);
    ch_sim_timestamp(sim, time);
    draft.root = chandra_value_new_object(draft.doc);
    if (draft.root && chandra_doc_add_root(draft.doc, draft.root) &&
        ch_sim_set_text(draft.doc, draft.root, "apiVersion", "v1") &&
        ch_sim_set_text(draft.doc, draft.root, "kind", "Namespace") &&
        (meta = ch_sim_want_object(draft.doc, draft.root, "metadata")) &&
        ch_sim_set_text(draft.doc, meta, "name", name) &&
        ch_sim_set_text(draft.doc, meta, "uid", uid) &&
        ch_sim_set_text(draft.doc, meta, "creationTimestamp", time) &&
        (status = ch_sim_want_object(draft.doc, draft.root, "status")) &&
        ch_sim_set_text(draft.doc, status, "phase", "Active"))
        return ch_sim_put(sim, &draft, NULL, err);
    ch_sim_draft_clear(&draft);
    return ch_sim_no_memory(err);
}

enum chandra_status
ch_sim_put(struct chandra_sim *sim, struct ch_sim_draft *draft, struct ch_sim_version **out_version,
           struct chandra_error *err)
{
    struct ch_sim_store *store = &sim->store;
    struct ch_map *objects = &store->objects[draft->kind->id];
    const char *name_space = ch_sim_meta(draft->root, "namespace");
    char key[CH_SIM_KEY_SIZE];
    struct ch_sim_version *version = NULL;
    struct ch_sim_version *old;
    enum chandra_status st = CHANDRA_OK;

    if (!ch_sim_key(key, draft->kind->is_namespaced ? name_space : "",
                    ch_sim_meta(draft->root, "name")))
        st = chandra_error_set(err, CHANDRA_EINVAL, "the name of the object is too long");
    if (st == CHANDRA_OK && draft->kind->is_namespaced)
        st = want_namespace(sim, name_space, err);
    if (st == CHANDRA_OK)
        st = seal(draft, store->revision + 1, &version, err);
    if (!version) {
        ch_sim_draft_clear(draft);
        return st;
    }
    old = ch_map_get(objects, key);
    if (!reserve_event(&store->history) || !ch_map_set(objects, key, version)) {
        ch_sim_version_unref(version);
        return ch_sim_no_memory(err);
    }
    /* The event takes over the store's reference to the old version. */
    add_event(store, old ? CH_SIM_MODIFIED : CH_SIM_ADDED, ch_sim_version_ref(version), old);
    if (out_version)
        *out_version = version;
    return CHANDRA_OK;
}

enum chandra_status
ch_sim_remove(struct chandra_sim *sim, struct ch_sim_version *version, struct chandra_error *err)
{
    struct ch_sim_store *store = &sim->store;
    struct ch_sim_draft draft = {0};
    struct ch_sim_version *last = NULL;
    char key[CH_SIM_KEY_SIZE];
    enum chandra_status st = ch_sim_draft_new(version->kind, version->root, &draft, err);

    if (!draft.kind)
        return st;
    draft.is_unchecked = true;
    st = seal(&draft, store->revision + 1, &last, err);
    ch_sim_draft_clear(&draft);
    if (!last)
        return st;
    if (!reserve_event(&store->history)) {
        ch_sim_version_unref(last);
        return ch_sim_no_memory(err);
    }
    ch_sim_key(key, version->name_space, version->name);
    ch_map_remove(&store->objects[version->kind->id], key);
    add_event(store, CH_SIM_DELETED, last, version);
    return CHANDRA_OK;
}

static int
compare_versions(const void *a, const void *b)
{
    const struct ch_sim_version *const *left = a;
    const struct ch_sim_version *const *right = b;
    const int order = strcmp((*left)->name_space, (*right)->name_space);

    return order != 0 ? order : strcmp((*left)->name, (*right)->name);
}

enum chandra_status
ch_sim_versions_of(struct chandra_sim *sim, enum ch_sim_kind_id kind, const char *name_space,
                   struct ch_sim_versions *out_versions, struct chandra_error *err)
{
    const struct ch_map *objects = &sim->store.objects[kind];
    const size_t total = ch_map_count(objects);
    struct ch_sim_version **items =
        ch_calloc(total > 0 ? total : 1, sizeof(struct ch_sim_version *));
    size_t count = 0;
    const char *key;
    void *cursor = NULL;
    void *value;

    if (!items)
        return ch_sim_no_memory(err);
    while (ch_map_next(objects, &cursor, &key, &value)) {
        struct ch_sim_version *version = value;

        if (ch_is_empty(name_space) || ch_streq(version->name_space, name_space))
            items[count++] = ch_sim_version_ref(version);
    }
    qsort(items, count, sizeof(struct ch_sim_version *), compare_versions);
    *out_versions = (struct ch_sim_versions){items, count};
    return CHANDRA_OK;
}

void
ch_sim_versions_clear(struct ch_sim_versions *versions)
{
    for (size_t i = 0; i < versions->count; i++)
        ch_sim_version_unref(versions->items[i]);
    ch_free(versions->items);
    *versions = (struct ch_sim_versions){0};
}

/* The history. */

struct ch_sim_event *
ch_sim_event_at(struct chandra_sim *sim, uint64_t number)
{
    struct ch_sim_history *history = &sim->store.history;

    if (number - history->first >= history->count)
        return NULL;
    return &history->events[number - history->first];
}

uint64_t
ch_sim_event_end(const struct chandra_sim *sim)
{
    return sim->store.history.first + sim->store.history.count;
}

uint64_t
ch_sim_event_after(const struct chandra_sim *sim, uint64_t revision)
{
    const struct ch_sim_history *history = &sim->store.history;
    size_t low = 0;
    size_t high = history->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (history->events[middle].now->revision <= revision)
            low = middle + 1;
        else
            high = middle;
    }
    return history->first + low;
}

static void
clear_event(struct ch_sim_event *event)
{
    ch_sim_version_unref(event->now);
    ch_sim_version_unref(event->old);
    ch_free(event->line);
}

void
ch_sim_history_forget(struct chandra_sim *sim, uint64_t number)
{
    struct ch_sim_history *history = &sim->store.history;
    const size_t drop = (size_t)(number - history->first);

    if (drop == 0)
        return;
    if (history->compacted < history->events[drop - 1].now->revision)
        history->compacted = history->events[drop - 1].now->revision;
    for (size_t i = 0; i < drop; i++)
        clear_event(&history->events[i]);
    history->count -= drop;
    history->first = number;
    memmove(history->events, history->events + drop, history->count * sizeof(*history->events));
}

void
ch_sim_history_compact(struct chandra_sim *sim, uint64_t number)
{
    ch_sim_history_forget(sim, number);
    sim->store.history.compacted = sim->store.revision;
}

enum chandra_status
ch_sim_event_line(struct ch_sim_event *event, struct chandra_error *err)
{
    static const char *const types[] = {"ADDED", "MODIFIED", "DELETED"};
    struct ch_buf buf = {0};
    enum chandra_status st;

    if (event->line)
        return CHANDRA_OK;
    st = ch_sim_version_text(event->now, err);
    if (st != CHANDRA_OK)
        return st;
    ch_buf_printf(&buf, "{\"type\":\"%s\",\"object\":", types[event->type]);
    ch_buf_put(&buf, event->now->text, event->now->text_len);
    ch_buf_putc(&buf, '}');
    event->line_len = buf.len;
    event->line = ch_buf_take(&buf);
    return event->line ? CHANDRA_OK : ch_sim_no_memory(err);
}

void
ch_sim_store_clear(struct ch_sim_store *store)
{
    struct ch_sim_history *history = &store->history;

    for (size_t i = 0; i < history->count; i++)
        clear_event(&history->events[i]);
    ch_free(history->events);
    for (size_t kind = 0; kind < CH_SIM_KIND_COUNT; kind++) {
        const char *key;
        void *cursor = NULL;
        void *version;

        while (ch_map_next(&store->objects[kind], &cursor, &key, &version))
            ch_sim_version_unref(version);
        ch_map_clear(&store->objects[kind]);
    }
    *store = (struct ch_sim_store){0};
}
