/* gc.c - the garbage collector: what has lost all its owners goes. */
#include "base/text.h"
#include "doc/value.h"
#include "sim/act.h"
#include "sim/values.h"

#include <stdio.h>
#include <string.h>

#define ACTOR "gc"
enum { GC_KEY_SIZE = CH_SIM_KEY_SIZE + 40 };

/* "KIND:NS/NAME"; false for objects that are of no interest. */
static bool
gc_key(char key[GC_KEY_SIZE], const struct ch_sim_version *version)
{
    const enum ch_sim_kind_id kind = version->kind->id;
    char object_key[CH_SIM_KEY_SIZE];

    if (kind == CH_SIM_EVENT || kind == CH_SIM_CORE_EVENT ||
        !ch_sim_key(object_key, version->name_space, version->name))
        return false;
    snprintf(key, GC_KEY_SIZE, "%s:%s", version->kind->name, object_key);
    return true;
}

static struct ch_sim_version *
find(struct chandra_sim *sim, const char *key)
{
    const size_t len = strcspn(key, ":");
    char kind_name[40];
    char name_space[CH_SIM_KEY_SIZE];
    const struct ch_sim_kind *kind;
    const char *name;

    snprintf(kind_name, sizeof(kind_name), "%.*s", (int)len, key);
    kind = ch_sim_kind_by_bare_name(kind_name);
    name = ch_sim_key_split(key + len + 1, name_space);
    return kind ? ch_sim_get(sim, kind->id, name_space, name) : NULL;
}

/* Owners of kinds that the cluster does not store are taken to be there. */
static bool
is_there(struct chandra_sim *sim, const struct ch_sim_version *version,
         const struct chandra_value *owner)
{
    const struct ch_sim_kind *kind =
        ch_sim_kind_by_name(ch_member_text(owner, "apiVersion"), ch_member_text(owner, "kind"));
    const struct ch_sim_version *found;

    if (!kind)
        return true;
    found = ch_sim_get(sim, kind->id, kind->is_namespaced ? version->name_space : "",
                       ch_member_text(owner, "name"));
    return found && ch_streq(found->uid, ch_member_text(owner, "uid"));
}

static const struct chandra_value *
owners_of(const struct ch_sim_version *version)
{
    return ch_sim_get2(version->root, "metadata", "ownerReferences");
}

static size_t
count_absent(struct chandra_sim *sim, const struct ch_sim_version *version)
{
    const struct chandra_value *owners = owners_of(version);
    size_t absent = 0;

    for (size_t i = 0; i < chandra_value_count(owners); i++)
        absent += !is_there(sim, version, chandra_value_at(owners, i));
    return absent;
}

/* Events. */

static void
unindex(struct ch_sim_gc *gc, const struct ch_sim_version *version, const char *key)
{
    const struct chandra_value *owners = owners_of(version);

    for (size_t i = 0; i < chandra_value_count(owners); i++)
        ch_sim_index_remove(&gc->dependents, ch_member_text(chandra_value_at(owners, i), "uid"),
                            key);
}

static bool
see_owners(struct chandra_sim *sim, const struct ch_sim_version *version, const char *key)
{
    const struct chandra_value *owners = owners_of(version);

    for (size_t i = 0; i < chandra_value_count(owners); i++)
        if (!ch_sim_index_add(&sim->gc.dependents,
                              ch_member_text(chandra_value_at(owners, i), "uid"), key))
            return false;
    return count_absent(sim, version) == 0 || ch_sim_queue_add(&sim->gc.queue, key);
}

static bool
enqueue_dependents(struct chandra_sim *sim, const char *uid)
{
    const struct ch_map *keys = ch_sim_index_get(&sim->gc.dependents, uid);
    const char *key;
    void *cursor = NULL;
    void *member;

    while (keys && ch_map_next(keys, &cursor, &key, &member))
        if (!ch_sim_queue_add(&sim->gc.queue, key))
            return false;
    return true;
}

enum chandra_status
ch_sim_gc_event(struct chandra_sim *sim, const struct ch_sim_event *event,
                struct chandra_error *err)
{
    char key[GC_KEY_SIZE];
    bool is_done;

    if (!gc_key(key, event->now))
        return CHANDRA_OK;
    if (event->old)
        unindex(&sim->gc, event->old, key);
    if (event->type == CH_SIM_DELETED)
        is_done = enqueue_dependents(sim, event->now->uid);
    else
        is_done = see_owners(sim, event->now, key);
    return is_done ? CHANDRA_OK : ch_sim_no_memory(err);
}

/* Work. */

/* Some owners remain: only the references to the others go. */
static enum chandra_status
drop_absent(struct chandra_sim *sim, const struct ch_sim_version *version,
            struct chandra_error *err)
{
    const struct chandra_value *owners = owners_of(version);
    struct ch_sim_draft draft;
    struct chandra_value *kept;
    enum chandra_status st = ch_sim_draft_new(version->kind, version->root, &draft, err);

    if (st != CHANDRA_OK)
        return st;
    kept = chandra_value_new_array(draft.doc);
    for (size_t i = 0; kept && i < chandra_value_count(owners); i++) {
        const struct chandra_value *owner = chandra_value_at(owners, i);

        if (is_there(sim, version, owner) &&
            !chandra_value_append(kept, chandra_value_copy(draft.doc, owner)))
            kept = NULL;
    }
    if (kept && chandra_value_set(chandra_value_get_mutable(draft.root, "metadata"),
                                  "ownerReferences", kept))
        return ch_sim_act_put(sim, ACTOR, &draft, "", err);
    ch_sim_draft_clear(&draft);
    return ch_sim_no_memory(err);
}

enum chandra_status
ch_sim_gc_work(struct chandra_sim *sim, const char *key, enum ch_sim_result *out_result,
               struct chandra_error *err)
{
    struct ch_sim_version *version = find(sim, key);
    const size_t total = version ? chandra_value_count(owners_of(version)) : 0;
    const size_t absent = version ? count_absent(sim, version) : 0;
    struct chandra_error why;
    enum chandra_status st = CHANDRA_OK;

    *out_result = CH_SIM_DONE;
    if (absent == 0)
        return CHANDRA_OK;
    ch_sim_version_ref(version);
    if (absent < total)
        st = drop_absent(sim, version, &why);
    else if (ch_is_empty(ch_sim_meta(version->root, "deletionTimestamp")))
        st = ch_sim_act_delete(sim, ACTOR, version, &why);
    ch_sim_version_unref(version);
    if (st == CHANDRA_ENOMEM)
        return ch_sim_no_memory(err);
    if (st != CHANDRA_OK)
        *out_result = ch_sim_act_failed(sim, ACTOR, key, &why);
    return CHANDRA_OK;
}

void
ch_sim_gc_clear(struct ch_sim_gc *gc)
{
    ch_sim_queue_clear(&gc->queue);
    ch_sim_index_clear(&gc->dependents);
}
