/* recorder.c - write a record of a running engine: the file, and the events that its cache takes
 * in. */
#include "record/recorder.h"

#include "api/api.h"
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"

#include <stdio.h>
#include <string.h>

void
ch_recorder_lose(struct chandra_recorder *recorder)
{
    if (recorder->loss.status == CHANDRA_OK)
        ch_record_no_memory(&recorder->loss);
}

void
ch_recorder_put(struct chandra_recorder *recorder, const struct chandra_value *step)
{
    if (recorder->loss.status != CHANDRA_OK)
        return;
    if (step)
        recorder->loss.status = ch_output_put(recorder->output, step, &recorder->loss);
    else
        ch_recorder_lose(recorder);
}

/* Write a step that has one member, and a lag if it has one. */
static void
put_step(struct chandra_recorder *recorder, struct chandra_doc *doc, const char *key,
         struct chandra_value *member, bool lag)
{
    struct chandra_value *step = chandra_value_new_object(doc);

    if (!step || !chandra_value_set(step, key, member) ||
        (lag && !chandra_value_set(step, "lag", chandra_value_new_bool(doc, true))))
        step = NULL;
    ch_recorder_put(recorder, step);
    recorder->is_behind = lag;
}

void
ch_recorder_put_sync(struct chandra_recorder *recorder)
{
    struct chandra_doc *doc = NULL;

    if (!recorder->is_behind)
        return;
    if (chandra_doc_new(&doc, NULL) == CHANDRA_OK)
        put_step(recorder, doc, "sync", chandra_value_new_bool(doc, true), false);
    else
        ch_recorder_lose(recorder);
    chandra_doc_free(doc);
}

/* What a server sets on its own again. */
static void
strip(struct chandra_value *object)
{
    static const char *const dropped[] = {"resourceVersion", "managedFields", "selfLink",
                                          "generation"};
    struct chandra_value *metadata = chandra_value_get_mutable(object, "metadata");

    for (size_t i = 0; metadata && i < sizeof(dropped) / sizeof(dropped[0]); i++)
        chandra_value_remove(metadata, dropped[i]);
}

void
ch_recorder_put_apply(struct chandra_recorder *recorder, const struct chandra_value *object,
                      bool lag)
{
    struct chandra_doc *doc = NULL;
    struct chandra_value *copy = NULL;

    if (chandra_doc_new(&doc, NULL) == CHANDRA_OK)
        copy = chandra_value_copy(doc, object);
    if (copy) {
        strip(copy);
        put_step(recorder, doc, "apply", copy, lag);
    } else {
        ch_recorder_lose(recorder);
    }
    chandra_doc_free(doc);
}

/* `key` is "KIND NAMESPACE/NAME". */
static struct chandra_value *
target_value(struct chandra_doc *doc, const char *key)
{
    const char *space = strchr(key, ' ');
    const char *slash = strchr(key, '/');
    struct chandra_value *target = chandra_value_new_object(doc);
    char *kind = ch_strndup(key, (size_t)(space - key));
    char *name_space = ch_strndup(space + 1, (size_t)(slash - space - 1));
    bool ok = target && kind && name_space &&
              chandra_value_set(target, "kind", chandra_value_new_string(doc, kind));

    if (ok && name_space[0] != '\0')
        ok = chandra_value_set(target, "namespace", chandra_value_new_string(doc, name_space));
    if (ok)
        ok = chandra_value_set(target, "name", chandra_value_new_string(doc, slash + 1));
    ch_free(kind);
    ch_free(name_space);
    return ok ? target : NULL;
}

void
ch_recorder_put_delete(struct chandra_recorder *recorder, const char *key, bool lag)
{
    struct chandra_doc *doc = NULL;

    if (chandra_doc_new(&doc, NULL) == CHANDRA_OK)
        put_step(recorder, doc, "delete", target_value(doc, key), lag);
    else
        ch_recorder_lose(recorder);
    chandra_doc_free(doc);
}

/* Events. */

/* An echo may come while the call that wrote is still running: its sync must wait for the call. */
static bool
echoes_running_call(struct chandra_recorder *recorder, const char *key)
{
    bool found = false;

    for (struct ch_own_write *write = recorder->writes; write; write = write->next)
        if (strcmp(write->key, key) == 0) {
            write->is_echoed = true;
            found = true;
        }
    return found;
}

/* The event's object as it goes into the record: with apiVersion and kind, which lists leave out,
 * and without the uid of an object that a call created. */
static struct chandra_value *
event_object(struct chandra_doc *doc, enum chandra_kind kind, const struct chandra_value *object,
             bool is_created)
{
    struct chandra_value *out = chandra_value_new_object(doc);
    const char *api_version = ch_api_resource(kind)->api_version;

    if (!out || !chandra_value_set(out, "apiVersion", chandra_value_new_string(doc, api_version)) ||
        !chandra_value_set(out, "kind", chandra_value_new_string(doc, chandra_kind_name(kind))))
        return NULL;
    for (size_t i = 0; i < chandra_value_count(object); i++) {
        const char *key = chandra_value_key(object, i);

        if (!chandra_value_get(out, key) &&
            !chandra_value_set(out, key, chandra_value_copy(doc, chandra_value_at(object, i))))
            return NULL;
    }
    if (is_created)
        ch_drop_uid(out);
    return out;
}

/* Pods and nodes go into the record as the engine knows them, which keeps it small and quiet. */
static struct chandra_value *
known_object(struct chandra_doc *doc, const struct chandra_value *object)
{
    struct chandra_object *typed = NULL;
    struct chandra_value *value = NULL;

    if (chandra_object_decode(object, &typed, NULL) == CHANDRA_OK)
        value = ch_object_value(doc, typed);
    chandra_object_unref(typed);
    return value;
}

static void
record_known(struct chandra_recorder *recorder, const char *key, enum chandra_kind kind,
             const struct chandra_value *object)
{
    const struct ch_shadow *shadow = ch_shadow_get(recorder, key);
    const struct chandra_value *full = NULL;
    struct chandra_value *known = NULL;
    struct chandra_value *normalized = NULL;
    struct chandra_doc *doc = NULL;

    if (chandra_doc_new(&doc, NULL) == CHANDRA_OK)
        full = event_object(doc, kind, object, false);
    if (full)
        known = known_object(doc, full);
    if (known)
        normalized = ch_normalize(doc, known);
    if (!normalized) {
        ch_recorder_lose(recorder);
    } else if (!shadow || !chandra_value_equal(shadow->object, normalized)) {
        recorder->node_count += kind == CHANDRA_KIND_NODE && !shadow;
        if (ch_shadow_put(recorder, key, known, false, false))
            ch_recorder_put_apply(recorder, known, false);
        else
            ch_recorder_lose(recorder);
    }
    chandra_doc_free(doc);
}

static void
record_change(struct chandra_recorder *recorder, const char *key, enum chandra_kind kind,
              const struct chandra_value *object)
{
    const struct ch_shadow *shadow = ch_shadow_get(recorder, key);
    const bool is_created =
        shadow && shadow->is_created && ch_streq(shadow->uid, ch_metadata_text(object, "uid"));
    struct chandra_doc *doc = NULL;
    struct chandra_value *stored = NULL;

    if (ch_shadow_is_newer(shadow, object))
        return; /* our own write went on top of it, and its call has told */
    if (chandra_doc_new(&doc, NULL) == CHANDRA_OK)
        stored = event_object(doc, kind, object, is_created);
    if (stored && ch_shadow_put(recorder, key, object, is_created, false))
        ch_recorder_put_apply(recorder, stored, false);
    else
        ch_recorder_lose(recorder);
    chandra_doc_free(doc);
}

static void
record_deletion(struct chandra_recorder *recorder, const char *key, enum chandra_kind kind,
                const struct chandra_value *object, bool is_own)
{
    const struct ch_shadow *shadow = ch_shadow_get(recorder, key);

    if (is_own) {
        ch_recorder_put_sync(recorder);
        return;
    }
    if (!shadow || ch_shadow_is_newer(shadow, object))
        return; /* a call has told of it */
    recorder->node_count -= kind == CHANDRA_KIND_NODE;
    ch_shadow_drop(recorder, key);
    ch_recorder_put_delete(recorder, key, false);
}

static void
record_event(void *user, enum chandra_kind kind, enum chandra_event_type type,
             const struct chandra_value *object, bool is_own)
{
    struct chandra_recorder *recorder = user;
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const char *name_space = chandra_value_string(chandra_value_get(metadata, "namespace"));
    const char *name = chandra_value_string(chandra_value_get(metadata, "name"));
    struct ch_buf buf = {0};
    const char *key =
        name ? ch_object_key(&buf, chandra_kind_name(kind), name_space ? name_space : "", name)
             : NULL;
    const struct ch_shadow *shadow = key ? ch_shadow_get(recorder, key) : NULL;

    if (!key)
        ch_recorder_lose(recorder);
    else if (is_own && echoes_running_call(recorder, key))
        ; /* the call is told first */
    else if (type == CHANDRA_EVENT_DELETE)
        record_deletion(recorder, key, kind, object, is_own);
    else if (is_own || ch_shadow_is_echo(shadow, object))
        ch_recorder_put_sync(recorder);
    else if (kind == CHANDRA_KIND_POD || kind == CHANDRA_KIND_NODE)
        record_known(recorder, key, kind, object);
    else
        record_change(recorder, key, kind, object);
    ch_buf_clear(&buf);
}

/* Writes wait for their call. */

void
ch_own_write_free(struct ch_own_write *write)
{
    if (!write)
        return;
    ch_free(write->key);
    chandra_doc_free(write->doc);
    ch_free(write);
}

static bool
copy_answer(struct ch_own_write *write, enum chandra_kind kind, const struct chandra_value *object)
{
    struct chandra_value *copy;

    if (!object)
        return true;
    if (chandra_doc_new(&write->doc, NULL) != CHANDRA_OK)
        return false;
    copy = event_object(write->doc, kind, object, false);
    return copy && chandra_doc_add_root(write->doc, copy);
}

static void
record_write(void *user, const struct chandra_cycle *cycle, enum chandra_kind kind,
             const char *name_space, const char *name, const struct chandra_value *object)
{
    struct chandra_recorder *recorder = user;
    struct ch_own_write **end = &recorder->writes;
    struct ch_own_write *write = ch_calloc(1, sizeof(*write));
    struct ch_buf buf = {0};

    if (!write) {
        ch_recorder_lose(recorder);
        return;
    }
    write->cycle = cycle;
    ch_object_key(&buf, chandra_kind_name(kind), name_space, name);
    write->key = ch_buf_take(&buf);
    if (!write->key || !copy_answer(write, kind, object)) {
        ch_own_write_free(write);
        ch_recorder_lose(recorder);
        return;
    }
    while (*end)
        end = &(*end)->next;
    *end = write;
}

/* The file. */

static bool
fill_header(struct chandra_doc *doc, struct chandra_value *header,
            const struct chandra_recorder_options *options)
{
    const char *name = options && options->name ? options->name : "recorded";
    struct chandra_value *features;

    if (!chandra_value_set(header, "record", chandra_value_new_int64(doc, 1)) ||
        !chandra_value_set(header, "name", chandra_value_new_string(doc, name)) ||
        !chandra_value_set(header, "api",
                           chandra_value_new_string(doc, "resource.k8s.io/v1alpha2")))
        return false;
    if (!options)
        return true;
    if (options->policy &&
        !chandra_value_set(header, "policy", chandra_value_new_string(doc, options->policy)))
        return false;
    if (options->seed > 0 && options->seed <= INT64_MAX &&
        !chandra_value_set(header, "seed", chandra_value_new_int64(doc, (int64_t)options->seed)))
        return false;
    if (!options->is_disabled)
        return true;
    features = chandra_value_new_object(doc);
    return features &&
           chandra_value_set(features, "DynamicResourceAllocation",
                             chandra_value_new_bool(doc, false)) &&
           chandra_value_set(header, "features", features);
}

static enum chandra_status
put_header(struct chandra_recorder *recorder, const struct chandra_recorder_options *options,
           struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    struct chandra_value *header;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    header = chandra_value_new_object(doc);
    if (header && fill_header(doc, header, options))
        st = ch_output_put(recorder->output, header, err);
    else
        st = ch_record_no_memory(err);
    chandra_doc_free(doc);
    return st;
}

enum chandra_status
chandra_recorder_open(const char *path, const struct chandra_recorder_options *options,
                      struct chandra_recorder **out_recorder, struct chandra_error *err)
{
    struct chandra_recorder *recorder = ch_calloc(1, sizeof(*recorder));
    enum chandra_status st;

    if (!recorder)
        return ch_record_no_memory(err);
    recorder->loss.status = CHANDRA_OK;
    recorder->observer = (struct chandra_observer){.size = sizeof(recorder->observer),
                                                   .user = recorder,
                                                   .event = record_event,
                                                   .write = record_write,
                                                   .call = ch_recorder_call};
    st = ch_output_open(path, &recorder->output, err);
    if (st == CHANDRA_OK)
        st = put_header(recorder, options, err);
    if (st == CHANDRA_OK)
        *out_recorder = recorder;
    else
        chandra_recorder_close(recorder, NULL);
    return st;
}

const struct chandra_observer *
chandra_recorder_observer(struct chandra_recorder *recorder)
{
    return &recorder->observer;
}

enum chandra_status
chandra_recorder_close(struct chandra_recorder *recorder, struct chandra_error *err)
{
    struct ch_own_write *next;
    enum chandra_status st;

    if (!recorder)
        return CHANDRA_OK;
    st = ch_output_close(recorder->output, err);
    if (recorder->loss.status != CHANDRA_OK)
        st = chandra_error_set(err, recorder->loss.status, "the record is incomplete: %s",
                               recorder->loss.message);
    for (struct ch_own_write *write = recorder->writes; write; write = next) {
        next = write->next;
        ch_own_write_free(write);
    }
    ch_shadows_clear(recorder);
    ch_map_clear(&recorder->doubtful);
    ch_free(recorder);
    return st;
}
