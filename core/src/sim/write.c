/* write.c - carries out changes under the rules of the API server. */
#include "sim/write.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A change on its way. */
struct change {
    struct chandra_sim *sim;
    const struct ch_sim_write *write;
    struct ch_sim_outcome *outcome;
    struct chandra_error *err;
};

/* Whether the managers of fields are set by a server-side apply itself. */
static bool
applies_fields(const struct ch_sim_write *write)
{
    return write->method == CHANDRA_PATCH && write->patch == CH_SIM_PATCH_APPLY &&
           ch_is_empty(write->sub);
}

/* The log. */

/* Prepare the entry of a write, so that noting it cannot fail afterwards. Returns the object's name
 * in it, which may be still to be made; NULL when out of memory. */
static char *
prepare_note(struct chandra_sim *sim, const struct ch_sim_write *write)
{
    struct ch_sim_writes *writes = &sim->writes;
    struct chandra_sim_write *note;
    char *name;

    if (!ch_grow(&writes->items, &writes->capacity, writes->count + 1, sizeof(*writes->items)))
        return NULL;
    note = &writes->items[writes->count];
    *note = (struct chandra_sim_write){
        .actor = write->actor,
        .method = ch_sim_method_name(write->method),
        .kind = write->kind->name,
        .name_space = ch_arena_strdup(&writes->arena, write->name_space),
        .subresource = write->sub,
        .time_ms = sim->now_ms,
    };
    if (ch_is_empty(write->name))
        name = ch_arena_calloc(&writes->arena, 1, CH_SIM_NAME_SIZE);
    else
        name = ch_arena_strdup(&writes->arena, write->name);
    note->name = name;
    return note->name_space ? name : NULL;
}

/* Refusals. */

static enum chandra_status
not_found(const struct ch_sim_write *write, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOTFOUND, "%s \"%s\" not found", write->kind->resource,
                             write->name);
}

static enum chandra_status
has_changed(const struct ch_sim_write *write, struct chandra_error *err)
{
    return chandra_error_set(
        err, CHANDRA_ECONFLICT,
        "Operation cannot be fulfilled on %s \"%s\": the object has been modified; "
        "please apply your changes to the latest version and try again",
        write->kind->resource, write->name);
}

static enum chandra_status
wrong_uid(const struct ch_sim_write *write, const char *wanted, const char *found,
          struct chandra_error *err)
{
    return chandra_error_set(
        err, CHANDRA_ECONFLICT,
        "Operation cannot be fulfilled on %s \"%s\": StorageError: invalid object, "
        "Code: 4, AdditionalErrorMsg: Precondition failed: UID in precondition: "
        "%s, UID in object meta: %s",
        write->kind->resource, write->name, wanted, found);
}

/* Whether a body may go where the request says. */
static enum chandra_status
check_target(const struct ch_sim_write *write, const struct chandra_value *body, const char *name,
             struct chandra_error *err)
{
    const char *version = ch_member_text(body, "apiVersion");
    const char *kind = ch_member_text(body, "kind");
    const char *body_name = ch_sim_meta(body, "name");
    const char *body_space = ch_sim_meta(body, "namespace");

    if (chandra_value_type(body) != CHANDRA_OBJECT)
        return chandra_error_set(err, CHANDRA_EINVAL, "the body of the request must be an object");
    if ((!ch_is_empty(version) && !ch_streq(version, write->kind->api_version)) ||
        (!ch_is_empty(kind) && !ch_streq(kind, write->kind->name)))
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "the object provided is unrecognized: want %s %s, got %s %s",
                                 write->kind->api_version, write->kind->name, version, kind);
    if (!ch_is_empty(name) && !ch_is_empty(body_name) && !ch_streq(name, body_name))
        return chandra_error_set(
            err, CHANDRA_EINVAL,
            "the name of the object (%s) does not match the name on the URL (%s)", body_name, name);
    if (!ch_is_empty(body_space) && !ch_is_empty(write->name_space) &&
        !ch_streq(body_space, write->name_space))
        return chandra_error_set(
            err, CHANDRA_EINVAL,
            "the namespace of the provided object does not match the namespace "
            "sent on the request");
    return CHANDRA_OK;
}

/* Creating. */

/* Five characters behind generateName, without vowels, as the API server picks them. */
static enum chandra_status
generate_name(struct chandra_sim *sim, const char *start, char name[CH_SIM_NAME_SIZE],
              struct chandra_error *err)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    enum { RANDOM = 5, MAX_NAME = 63 };
    const int len = (int)strnlen(start, MAX_NAME - RANDOM);
    char end[RANDOM + 1] = "";

    for (size_t i = 0; i < RANDOM; i++)
        end[i] = alphabet[ch_random_below(&sim->random, sizeof(alphabet) - 1)];
    if (snprintf(name, CH_SIM_NAME_SIZE, "%.*s%s", len, start, end) < 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "cannot make a name out of %s", start);
    return CHANDRA_OK;
}

/* The name of a new object, into `name`. */
static enum chandra_status
choose_name(const struct change *change, const struct chandra_value *root, char *name)
{
    const char *given = ch_sim_meta(root, "name");
    const char *start = ch_sim_meta(root, "generateName");

    if (ch_is_empty(given) && !ch_is_empty(change->write->name))
        given = change->write->name; /* an apply names it in the path */
    if (ch_is_empty(given) && !ch_is_empty(start))
        return generate_name(change->sim, start, name, change->err);
    if (strlen(given) >= CH_SIM_NAME_SIZE)
        return chandra_error_set(
            change->err, CHANDRA_EREJECTED,
            "%s \"%.60s...\" is invalid: metadata.name: Invalid value: must be no "
            "more than 253 characters",
            change->write->kind->qualified, given);
    memcpy(name, given, strlen(given) + 1);
    return CHANDRA_OK;
}

/* What only the server sets. */
static bool
set_system_fields(const struct change *change, struct ch_sim_draft *draft, const char *name)
{
    static const char *const foreign[] = {"deletionTimestamp", "deletionGracePeriodSeconds"};
    const struct ch_sim_write *write = change->write;
    struct chandra_value *meta = chandra_value_get_mutable(draft->root, "metadata");
    const bool keeps_uid = write->is_load && !ch_is_empty(ch_member_text(meta, "uid"));
    const bool keeps_time =
        write->is_load && !ch_is_empty(ch_member_text(meta, "creationTimestamp"));
    char uid[CH_SIM_UID_SIZE];
    char time[CH_SIM_TIME_SIZE];

    ch_sim_new_uid(change->sim, uid);
    ch_sim_timestamp(change->sim, time);
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        chandra_value_remove(meta, foreign[i]);
    if (write->kind->resets_status && !write->is_load)
        chandra_value_remove(draft->root, "status");
    if (write->kind->is_namespaced &&
        !ch_sim_set_text(draft->doc, meta, "namespace", write->name_space))
        return false;
    return ch_sim_set_text(draft->doc, meta, "name", name) &&
           (keeps_uid || ch_sim_set_text(draft->doc, meta, "uid", uid)) &&
           (keeps_time || ch_sim_set_text(draft->doc, meta, "creationTimestamp", time));
}

static enum chandra_status
store(const struct change *change, struct ch_sim_draft *draft, bool is_created)
{
    struct ch_sim_version *version;
    const enum chandra_status st = ch_sim_put(change->sim, draft, &version, change->err);

    if (st != CHANDRA_OK)
        return st;
    change->outcome->version = ch_sim_version_ref(version);
    change->outcome->is_created = is_created;
    return CHANDRA_OK;
}

/* Store a draft as a new object; it is used up. */
static enum chandra_status
create(const struct change *change, struct ch_sim_draft *draft, char *name)
{
    const struct ch_sim_write *write = change->write;
    enum chandra_status st = choose_name(change, draft->root, name);

    if (st == CHANDRA_OK && ch_sim_get(change->sim, write->kind->id, write->name_space, name))
        st = chandra_error_set(change->err, CHANDRA_EEXISTS, "%s \"%s\" already exists",
                               write->kind->resource, name);
    if (st == CHANDRA_OK && !set_system_fields(change, draft, name))
        st = ch_sim_no_memory(change->err);
    if (st == CHANDRA_OK)
        st = ch_sim_default(draft, change->err);
    if (st == CHANDRA_OK) {
        ch_sim_normalize(draft);
        st = ch_sim_check_new(draft, change->err);
    }
    if (st == CHANDRA_OK && !applies_fields(write))
        st = ch_sim_managers_update(draft, NULL, write->manager ? write->manager : "", change->err);
    if (st == CHANDRA_OK)
        return store(change, draft, true);
    ch_sim_draft_clear(draft);
    return st;
}

static enum chandra_status
post(const struct change *change, char *name)
{
    const struct ch_sim_write *write = change->write;
    struct ch_sim_draft draft;
    enum chandra_status st = check_target(write, write->body, NULL, change->err);

    if (st != CHANDRA_OK)
        return st;
    if (write->kind->is_namespaced && ch_is_empty(write->name_space))
        return chandra_error_set(change->err, CHANDRA_EINVAL,
                                 "an empty namespace may not be set during creation");
    if (!write->is_load && !ch_is_empty(ch_sim_meta(write->body, "resourceVersion")))
        return chandra_error_set(change->err, CHANDRA_EAPI,
                                 "resourceVersion should not be set on objects to be created");
    st = ch_sim_draft_new(write->kind, write->body, &draft, change->err);
    return st == CHANDRA_OK ? create(change, &draft, name) : st;
}

/* Changing. */

static enum chandra_status
unchanged(const struct change *change, struct ch_sim_version *old)
{
    change->outcome->version = ch_sim_version_ref(old);
    return CHANDRA_OK;
}

/* Whether a draft says the same as what is stored, but for the revision. */
static bool
is_same(struct ch_sim_draft *draft, const struct ch_sim_version *old)
{
    struct chandra_value *meta = chandra_value_get_mutable(draft->root, "metadata");

    return ch_sim_set_meta(draft->doc, draft->root, "resourceVersion",
                           ch_sim_get2(old->root, "metadata", "resourceVersion")) &&
           meta && chandra_value_equal(draft->root, old->root) && ch_sim_managers_equal(draft, old);
}

/* A deleted object goes with its last finalizer. */
static bool
is_done_for(const struct ch_sim_draft *draft)
{
    const struct chandra_value *finalizers = ch_sim_get2(draft->root, "metadata", "finalizers");

    return !ch_is_empty(ch_sim_meta(draft->root, "deletionTimestamp")) &&
           chandra_value_count(finalizers) == 0;
}

static enum chandra_status
remove_object(const struct change *change, struct ch_sim_version *old)
{
    struct ch_sim_version *last = ch_sim_version_ref(old);
    const enum chandra_status st = ch_sim_remove(change->sim, old, change->err);

    if (st == CHANDRA_OK)
        change->outcome->version = last;
    else
        ch_sim_version_unref(last);
    return st;
}

/* Store a draft in place of `old`; it is used up. */
static enum chandra_status
replace(const struct change *change, struct ch_sim_draft *draft, struct ch_sim_version *old)
{
    const struct ch_sim_write *write = change->write;
    enum chandra_status st = CHANDRA_OK;

    ch_sim_normalize(draft);
    if (!applies_fields(write))
        st = ch_sim_managers_update(draft, old, write->manager ? write->manager : "", change->err);
    if (st == CHANDRA_OK && is_same(draft, old)) {
        ch_sim_draft_clear(draft);
        return unchanged(change, old);
    }
    if (st == CHANDRA_OK)
        st = ch_sim_check_change(draft, old, change->err);
    if (st == CHANDRA_OK && is_done_for(draft)) {
        ch_sim_draft_clear(draft);
        return remove_object(change, old);
    }
    if (st == CHANDRA_OK)
        return store(change, draft, false);
    ch_sim_draft_clear(draft);
    return st;
}

/* In a write of the whole object: what the client cannot change stays. */
static enum chandra_status
keep_system_fields(const struct change *change, struct ch_sim_draft *draft,
                   const struct ch_sim_version *old)
{
    static const char *const kept[] = {"name",
                                       "namespace",
                                       "uid",
                                       "creationTimestamp",
                                       "deletionTimestamp",
                                       "deletionGracePeriodSeconds",
                                       "generateName"};
    const bool takes_status =
        change->write->is_load && chandra_value_get(draft->root, "status") != NULL;
    bool is_done = true;

    for (size_t i = 0; is_done && i < sizeof(kept) / sizeof(kept[0]); i++)
        is_done = ch_sim_set_meta(draft->doc, draft->root, kept[i],
                                  ch_sim_get2(old->root, "metadata", kept[i]));
    if (is_done && change->write->kind->has_status && !takes_status)
        is_done = ch_sim_set_copy(draft->doc, draft->root, "status",
                                  chandra_value_get(old->root, "status"));
    if (!is_done)
        return ch_sim_no_memory(change->err);
    /* What a stage stored without its defaults is not given them by others' writes. */
    if (chandra_value_equal(chandra_value_get(draft->root, "spec"),
                            chandra_value_get(old->root, "spec")))
        return CHANDRA_OK;
    return ch_sim_default(draft, change->err);
}

/* Preconditions that a new body carries. */
static enum chandra_status
check_preconditions(const struct change *change, const struct chandra_value *body,
                    const struct ch_sim_version *old)
{
    const struct ch_sim_write *write = change->write;
    const char *uid = ch_sim_meta(body, "uid");
    const char *revision = ch_sim_meta(body, "resourceVersion");
    char stored[24];

    if (write->is_load)
        return CHANDRA_OK;
    if (!ch_is_empty(uid) && !ch_streq(uid, old->uid)) {
        if (write->method == CHANDRA_PUT)
            return wrong_uid(write, uid, old->uid, change->err);
        return chandra_error_set(
            change->err, CHANDRA_EREJECTED,
            "%s \"%s\" is invalid: metadata.uid: Invalid value: \"%s\": field is "
            "immutable",
            write->kind->qualified, write->name, uid);
    }
    snprintf(stored, sizeof(stored), "%" PRIu64, old->revision);
    if (!ch_is_empty(revision) && !ch_streq(revision, stored))
        return has_changed(write, change->err);
    return CHANDRA_OK;
}

/* Make a draft the next version, or, for the status subresource, only its status; it is used up. */
static enum chandra_status
update(const struct change *change, struct ch_sim_draft *draft, struct ch_sim_version *old)
{
    struct ch_sim_draft next = {0};
    enum chandra_status st = check_preconditions(change, draft->root, old);

    if (st != CHANDRA_OK) {
        ch_sim_draft_clear(draft);
        return st;
    }
    if (ch_is_empty(change->write->sub)) {
        next = *draft;
        st = keep_system_fields(change, &next, old);
    } else {
        st = ch_sim_draft_new(old->kind, old->root, &next, change->err);
        if (st == CHANDRA_OK && !ch_sim_set_copy(next.doc, next.root, "status",
                                                 chandra_value_get(draft->root, "status")))
            st = ch_sim_no_memory(change->err);
        ch_sim_draft_clear(draft);
    }
    if (st == CHANDRA_OK)
        return replace(change, &next, old);
    ch_sim_draft_clear(&next);
    return st;
}

static enum chandra_status
put(const struct change *change)
{
    const struct ch_sim_write *write = change->write;
    struct ch_sim_version *old =
        ch_sim_get(change->sim, write->kind->id, write->name_space, write->name);
    struct ch_sim_draft draft;
    enum chandra_status st = check_target(write, write->body, write->name, change->err);

    if (st != CHANDRA_OK)
        return st;
    /* The uid is a precondition, checked before existence. */
    if (!old && !ch_is_empty(ch_sim_meta(write->body, "uid")))
        return wrong_uid(write, ch_sim_meta(write->body, "uid"), "", change->err);
    if (!old)
        return not_found(write, change->err);
    st = ch_sim_draft_new(write->kind, write->body, &draft, change->err);
    return st == CHANDRA_OK ? update(change, &draft, old) : st;
}

static enum chandra_status
apply_patch(const struct change *change, struct ch_sim_draft *draft,
            const struct ch_sim_version *old)
{
    const struct ch_sim_write *write = change->write;

    switch (write->patch) {
    case CH_SIM_PATCH_STRATEGIC:
        return ch_sim_patch_strategic(draft, write->body, change->err);
    case CH_SIM_PATCH_MERGE:
        return ch_sim_patch_merge(draft, write->body, change->err);
    case CH_SIM_PATCH_APPLY:
        break;
    }
    return ch_sim_patch_apply(draft, old, write, change->err);
}

/* An apply of an object that is not there makes it. */
static enum chandra_status
apply_new(const struct change *change, char *name)
{
    struct chandra_doc *doc = NULL;
    struct ch_sim_draft draft;
    enum chandra_status st = chandra_doc_new(&doc, change->err);

    if (st != CHANDRA_OK)
        return st;
    st = ch_sim_draft_new(change->write->kind, chandra_value_new_object(doc), &draft, change->err);
    chandra_doc_free(doc);
    if (st != CHANDRA_OK)
        return st;
    st = ch_sim_patch_apply(&draft, NULL, change->write, change->err);
    if (st == CHANDRA_OK)
        return create(change, &draft, name);
    ch_sim_draft_clear(&draft);
    return st;
}

static enum chandra_status
patch(const struct change *change, char *name)
{
    const struct ch_sim_write *write = change->write;
    struct ch_sim_version *old =
        ch_sim_get(change->sim, write->kind->id, write->name_space, write->name);
    struct ch_sim_draft draft;
    enum chandra_status st = check_target(write, write->body, write->name, change->err);

    if (st != CHANDRA_OK)
        return st;
    if (!old && write->patch == CH_SIM_PATCH_APPLY && ch_is_empty(write->sub))
        return apply_new(change, name);
    if (!old)
        return not_found(write, change->err);
    st = ch_sim_draft_new(old->kind, old->root, &draft, change->err);
    if (st != CHANDRA_OK)
        return st;
    st = apply_patch(change, &draft, old);
    if (st == CHANDRA_OK)
        return update(change, &draft, old);
    ch_sim_draft_clear(&draft);
    return st;
}

/* Deleting. */

static enum chandra_status
check_delete_preconditions(const struct change *change, const struct ch_sim_version *old)
{
    const struct chandra_value *conditions =
        chandra_value_get(change->write->body, "preconditions");
    const char *uid = ch_member_text(conditions, "uid");
    const char *revision = ch_member_text(conditions, "resourceVersion");
    char stored[24];

    snprintf(stored, sizeof(stored), "%" PRIu64, old->revision);
    if (!ch_is_empty(uid) && !ch_streq(uid, old->uid))
        return wrong_uid(change->write, uid, old->uid, change->err);
    if (!ch_is_empty(revision) && !ch_streq(revision, stored))
        return has_changed(change->write, change->err);
    return CHANDRA_OK;
}

/* Finalizers are left: the object is marked. */
static enum chandra_status
mark_deleted(const struct change *change, struct ch_sim_version *old)
{
    struct ch_sim_draft draft;
    struct chandra_value *meta;
    char time[CH_SIM_TIME_SIZE];
    enum chandra_status st;

    if (!ch_is_empty(ch_sim_meta(old->root, "deletionTimestamp")))
        return unchanged(change, old);
    st = ch_sim_draft_new(old->kind, old->root, &draft, change->err);
    if (st != CHANDRA_OK)
        return st;
    ch_sim_timestamp(change->sim, time);
    meta = chandra_value_get_mutable(draft.root, "metadata");
    if (ch_sim_set_text(draft.doc, meta, "deletionTimestamp", time) &&
        chandra_value_set(meta, "deletionGracePeriodSeconds",
                          chandra_value_new_int64(draft.doc, 0)))
        st = ch_sim_managers_update(&draft, old, "", change->err);
    else
        st = ch_sim_no_memory(change->err);
    if (st == CHANDRA_OK)
        return store(change, &draft, false);
    ch_sim_draft_clear(&draft);
    return st;
}

static enum chandra_status
delete_object(const struct change *change)
{
    const struct ch_sim_write *write = change->write;
    struct ch_sim_version *old =
        ch_sim_get(change->sim, write->kind->id, write->name_space, write->name);
    enum chandra_status st;

    if (!old)
        return not_found(write, change->err);
    st = check_delete_preconditions(change, old);
    if (st != CHANDRA_OK)
        return st;
    if (chandra_value_count(ch_sim_get2(old->root, "metadata", "finalizers")) > 0)
        return mark_deleted(change, old);
    return remove_object(change, old);
}

/* Binding. */

static enum chandra_status
check_binding(const struct change *change, const struct ch_sim_version *pod, const char *node)
{
    const struct ch_sim_write *write = change->write;
    const char *uid = ch_sim_meta(write->body, "uid");
    const char *bound = ch_member_text(chandra_value_get(pod->root, "spec"), "nodeName");

    if (ch_is_empty(node))
        return chandra_error_set(change->err, CHANDRA_EREJECTED,
                                 "Binding \"%s\" is invalid: target.name: Required value",
                                 write->name);
    if (!ch_is_empty(uid) && !ch_streq(uid, pod->uid))
        return wrong_uid(write, uid, pod->uid, change->err);
    if (!ch_is_empty(ch_sim_meta(pod->root, "deletionTimestamp")))
        return chandra_error_set(
            change->err, CHANDRA_ECONFLICT,
            "Operation cannot be fulfilled on pods/binding \"%s\": pod %s is being "
            "deleted, cannot be assigned to a host",
            write->name, write->name);
    if (!ch_is_empty(bound))
        return chandra_error_set(
            change->err, CHANDRA_ECONFLICT,
            "Operation cannot be fulfilled on pods/binding \"%s\": pod %s is already "
            "assigned to node \"%s\"",
            write->name, write->name, bound);
    return CHANDRA_OK;
}

/* The condition that says so, in place of one that says otherwise. */
static bool
set_scheduled(const struct change *change, struct ch_sim_draft *draft)
{
    struct chandra_value *status = ch_sim_want_object(draft->doc, draft->root, "status");
    struct chandra_value *conditions = chandra_value_new_array(draft->doc);
    struct chandra_value *condition = chandra_value_new_object(draft->doc);
    const struct chandra_value *old = chandra_value_get(status, "conditions");
    char time[CH_SIM_TIME_SIZE];

    ch_sim_timestamp(change->sim, time);
    if (!status || !conditions || !ch_sim_set_text(draft->doc, condition, "type", "PodScheduled") ||
        !ch_sim_set_text(draft->doc, condition, "status", "True") ||
        !ch_sim_set_text(draft->doc, condition, "lastTransitionTime", time))
        return false;
    for (size_t i = 0; i < chandra_value_count(old); i++) {
        const struct chandra_value *other = chandra_value_at(old, i);

        if (!ch_streq(ch_member_text(other, "type"), "PodScheduled") &&
            !chandra_value_append(conditions, chandra_value_copy(draft->doc, other)))
            return false;
    }
    return chandra_value_append(conditions, condition) &&
           chandra_value_set(status, "conditions", conditions);
}

static enum chandra_status
bind(const struct change *change)
{
    const struct ch_sim_write *write = change->write;
    const char *node = ch_member_text(chandra_value_get(write->body, "target"), "name");
    struct ch_sim_version *pod =
        ch_sim_get(change->sim, CH_SIM_POD, write->name_space, write->name);
    struct ch_sim_draft draft;
    enum chandra_status st;

    if (!pod)
        return not_found(write, change->err);
    st = check_binding(change, pod, node);
    if (st == CHANDRA_OK)
        st = ch_sim_draft_new(pod->kind, pod->root, &draft, change->err);
    if (st != CHANDRA_OK)
        return st;
    if (ch_sim_set_text(draft.doc, ch_sim_want_object(draft.doc, draft.root, "spec"), "nodeName",
                        node) &&
        set_scheduled(change, &draft))
        st = ch_sim_put(change->sim, &draft, NULL, change->err);
    else
        st = ch_sim_no_memory(change->err);
    if (draft.doc)
        ch_sim_draft_clear(&draft);
    change->outcome->is_created = true;
    return st;
}

/* All of it. */

static enum chandra_status
carry_out(const struct change *change, char *name)
{
    const struct ch_sim_write *write = change->write;

    switch (write->method) {
    case CHANDRA_POST:
        return ch_streq(write->sub, "binding") ? bind(change) : post(change, name);
    case CHANDRA_PUT:
        return put(change);
    case CHANDRA_PATCH:
        return patch(change, name);
    case CHANDRA_DELETE:
        return delete_object(change);
    case CHANDRA_GET:
        break;
    }
    return chandra_error_set(change->err, CHANDRA_EINVAL, "a GET changes nothing");
}

enum chandra_status
ch_sim_write(struct chandra_sim *sim, const struct ch_sim_write *write,
             struct ch_sim_outcome *out_outcome, struct chandra_error *err)
{
    struct ch_sim_outcome outcome = {0};
    const struct change change = {sim, write, &outcome, err};
    char *name = prepare_note(sim, write);
    enum chandra_status st;

    if (!name)
        return ch_sim_no_memory(err);
    st = carry_out(&change, name);
    if (st == CHANDRA_ENOMEM)
        return st;
    sim->writes.items[sim->writes.count].http_status =
        st == CHANDRA_OK && outcome.is_created ? 201 : ch_sim_http_status(st);
    sim->writes.count++;
    if (st == CHANDRA_OK)
        *out_outcome = outcome;
    return st;
}
