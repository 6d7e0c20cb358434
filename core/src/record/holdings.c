/* holdings.c - which ResourceClaims and PodSchedulingContexts the server holds, and what has become
 * of them since the last look. */
#include "base/alloc.h"
#include "base/text.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

/* One look. */
struct look {
    struct ch_holdings *holdings;
    const struct ch_changes *changes; /* or NULL */
    struct ch_buf key;
    bool failed; /* out of memory */
};

static void
free_held(struct ch_held *held)
{
    if (!held)
        return;
    ch_free(held->uid);
    ch_free(held->version);
    chandra_doc_free(held->doc);
    ch_free(held);
}

/* A stored object in normalized form. */
static struct ch_held *
new_held(const struct chandra_value *object, bool is_created)
{
    struct ch_held *held = ch_calloc(1, sizeof(*held));
    struct chandra_value *normalized = NULL;

    if (!held)
        return NULL;
    held->is_created = is_created;
    held->is_seen = true;
    held->uid = ch_strdup(ch_metadata_text(object, "uid"));
    held->version = ch_strdup(ch_metadata_text(object, "resourceVersion"));
    if (held->uid && held->version && chandra_doc_new(&held->doc, NULL) == CHANDRA_OK)
        normalized = ch_normalize(held->doc, object);
    if (!normalized) {
        free_held(held);
        return NULL;
    }
    if (is_created)
        ch_drop_uid(normalized);
    held->object = normalized;
    return held;
}

static bool
note_change(const struct ch_changes *changes, const struct ch_held *old, const struct ch_held *held)
{
    if (!changes || (old && chandra_value_equal(old->object, held->object)))
        return true;
    return chandra_value_append(changes->changed, chandra_value_copy(changes->doc, held->object));
}

/* Take in one stored object, whose key is in look->key. */
static bool
take_in(struct look *look, const struct chandra_value *object)
{
    const char *uid = ch_metadata_text(object, "uid");
    struct ch_held *old = ch_map_get(&look->holdings->objects, look->key.text);
    struct ch_held *held;
    bool is_created;

    if (old && ch_streq(old->uid, uid) &&
        ch_streq(old->version, ch_metadata_text(object, "resourceVersion"))) {
        old->is_seen = true;
        return true;
    }
    is_created = old && ch_streq(old->uid, uid) ? old->is_created : look->changes != NULL;
    held = new_held(object, is_created);
    if (!held || !note_change(look->changes, old, held) ||
        !ch_map_set(&look->holdings->objects, look->key.text, held)) {
        free_held(held);
        return false;
    }
    free_held(old);
    return true;
}

static bool
look_at(void *user, const struct chandra_value *object)
{
    struct look *look = user;

    if (!ch_object_key_of(&look->key, object) || !take_in(look, object))
        look->failed = true;
    return !look->failed;
}

/* Forget an object that is gone. */
static bool
drop(struct ch_holdings *holdings, const char *key, const struct ch_changes *changes)
{
    if (changes &&
        !chandra_value_append(changes->deleted, chandra_value_new_string(changes->doc, key)))
        return false;
    free_held(ch_map_remove(&holdings->objects, key));
    return true;
}

/* Forget what the walk did not meet again. */
static bool
drop_unseen(struct look *look)
{
    void *cursor = NULL;
    const char *key;
    void *value;

    while (ch_map_next(&look->holdings->objects, &cursor, &key, &value)) {
        struct ch_held *held = value;

        if (held->is_seen)
            held->is_seen = false;
        else if (!drop(look->holdings, key, look->changes))
            return false;
    }
    return true;
}

enum chandra_status
ch_holdings_look(struct ch_holdings *holdings, struct chandra_stage *stage,
                 const struct ch_changes *changes, struct chandra_error *err)
{
    struct look look = {.holdings = holdings, .changes = changes};

    stage->ops->each(stage, "ResourceClaim", look_at, &look);
    if (!look.failed)
        stage->ops->each(stage, "PodSchedulingContext", look_at, &look);
    if (!look.failed)
        look.failed = !drop_unseen(&look);
    ch_buf_clear(&look.key);
    return look.failed ? ch_record_no_memory(err) : CHANDRA_OK;
}

enum chandra_status
ch_holdings_look_at(struct ch_holdings *holdings, struct chandra_stage *stage,
                    const struct ch_step_target *target, const struct ch_changes *changes,
                    struct chandra_error *err)
{
    struct look look = {.holdings = holdings, .changes = changes};
    struct ch_held *held;

    stage->ops->find(stage, target->kind, target->name_space, target->name, look_at, &look);
    if (!ch_object_key(&look.key, target->kind, target->name_space, target->name))
        look.failed = true;
    held = look.failed ? NULL : ch_map_get(&holdings->objects, look.key.text);
    if (held && held->is_seen)
        held->is_seen = false;
    else if (held)
        look.failed = !drop(holdings, look.key.text, changes);
    ch_buf_clear(&look.key);
    return look.failed ? ch_record_no_memory(err) : CHANDRA_OK;
}

const struct ch_held *
ch_holdings_get(const struct ch_holdings *holdings, const char *key)
{
    return ch_map_get(&holdings->objects, key);
}

struct chandra_value *
ch_holdings_list(const struct ch_holdings *holdings, struct chandra_doc *doc)
{
    struct chandra_value *list = chandra_value_new_array(doc);
    void *cursor = NULL;
    void *value;

    while (list && ch_map_next(&holdings->objects, &cursor, NULL, &value)) {
        const struct ch_held *held = value;

        if (!chandra_value_append(list, chandra_value_copy(doc, held->object)))
            return NULL;
    }
    return list;
}

void
ch_holdings_clear(struct ch_holdings *holdings)
{
    void *cursor = NULL;
    void *value;

    while (ch_map_next(&holdings->objects, &cursor, NULL, &value))
        free_held(value);
    ch_map_clear(&holdings->objects);
}
