/* object_value.c - typed objects as values again, as far as the engine knows them. */
#include "api/api.h"
#include "base/text.h"
#include "doc/value.h"
#include "record/recorder.h"

#include <string.h>

/* Builds one object; a failed allocation shows at the end. */
struct builder {
    struct chandra_doc *doc;
    bool failed;
};

static struct chandra_value *
new_object(struct builder *builder)
{
    struct chandra_value *object = chandra_value_new_object(builder->doc);

    builder->failed |= !object;
    return object;
}

static void
set(struct builder *builder, struct chandra_value *object, const char *key,
    struct chandra_value *member)
{
    if (!object || !chandra_value_set(object, key, member))
        builder->failed = true;
}

/* Missing texts are left out. */
static void
set_text(struct builder *builder, struct chandra_value *object, const char *key, const char *text)
{
    if (!ch_is_empty(text))
        set(builder, object, key, chandra_value_new_string(builder->doc, text));
}

static void
append(struct builder *builder, struct chandra_value *array, struct chandra_value *element)
{
    if (!array || !chandra_value_append(array, element))
        builder->failed = true;
}

static void
set_pairs(struct builder *builder, struct chandra_value *object, const char *key,
          const struct ch_pair *pairs, size_t count)
{
    struct chandra_value *map;

    if (count == 0)
        return;
    map = new_object(builder);
    for (size_t i = 0; i < count; i++)
        set(builder, map, pairs[i].key, chandra_value_new_string(builder->doc, pairs[i].value));
    set(builder, object, key, map);
}

/* Of the owner only the uid is known. */
static void
set_controller(struct builder *builder, struct chandra_value *metadata,
               const struct chandra_object *object)
{
    struct chandra_value *owners;
    struct chandra_value *owner;

    if (!object->controller_uid)
        return;
    owners = chandra_value_new_array(builder->doc);
    owner = new_object(builder);
    set_text(builder, owner, "apiVersion", "v1");
    set_text(builder, owner, "kind", "Pod");
    set_text(builder, owner, "name", "owner");
    set_text(builder, owner, "uid", object->controller_uid);
    set(builder, owner, "controller", chandra_value_new_bool(builder->doc, true));
    append(builder, owners, owner);
    set(builder, metadata, "ownerReferences", owners);
}

static struct chandra_value *
metadata_value(struct builder *builder, const struct chandra_object *object)
{
    struct chandra_value *metadata = new_object(builder);

    set_text(builder, metadata, "name", object->name);
    set_text(builder, metadata, "namespace", object->name_space);
    set_text(builder, metadata, "uid", object->uid);
    set_pairs(builder, metadata, "labels", object->labels, object->label_count);
    set_pairs(builder, metadata, "annotations", object->annotations, object->annotation_count);
    if (object->is_deleting)
        set_text(builder, metadata, "deletionTimestamp", "2000-01-01T00:00:00Z");
    set_controller(builder, metadata, object);
    return metadata;
}

static void
set_pod_claims(struct builder *builder, struct chandra_value *spec, const struct chandra_pod *pod)
{
    struct chandra_value *list;

    if (pod->claim_count == 0)
        return;
    list = chandra_value_new_array(builder->doc);
    for (size_t i = 0; i < pod->claim_count; i++) {
        struct chandra_value *entry = new_object(builder);
        struct chandra_value *source = new_object(builder);

        set_text(builder, source, "resourceClaimName", pod->claims[i].claim_name);
        set_text(builder, source, "resourceClaimTemplateName", pod->claims[i].template_name);
        set_text(builder, entry, "name", pod->claims[i].entry);
        set(builder, entry, "source", source);
        append(builder, list, entry);
    }
    set(builder, spec, "resourceClaims", list);
}

static void
set_pod_statuses(struct builder *builder, struct chandra_value *status,
                 const struct chandra_pod *pod)
{
    struct chandra_value *list;

    if (pod->claim_status_count == 0)
        return;
    list = chandra_value_new_array(builder->doc);
    for (size_t i = 0; i < pod->claim_status_count; i++) {
        struct chandra_value *entry = new_object(builder);

        set_text(builder, entry, "name", pod->claim_statuses[i].entry);
        set_text(builder, entry, "resourceClaimName", pod->claim_statuses[i].claim_name);
        append(builder, list, entry);
    }
    set(builder, status, "resourceClaimStatuses", list);
}

static void
set_filled(struct builder *builder, struct chandra_value *root, const char *key,
           struct chandra_value *object)
{
    if (chandra_value_count(object) > 0)
        set(builder, root, key, object);
}

static void
set_pod(struct builder *builder, struct chandra_value *root, const struct chandra_pod *pod)
{
    struct chandra_value *spec = new_object(builder);
    struct chandra_value *status = new_object(builder);

    set_pod_claims(builder, spec, pod);
    set_text(builder, spec, "nodeName", pod->node_name);
    set_text(builder, spec, "schedulerName", pod->scheduler_name);
    set_text(builder, spec, "priorityClassName", pod->priority_class_name);
    if (pod->priority != 0)
        set(builder, spec, "priority", chandra_value_new_int64(builder->doc, pod->priority));
    set_text(builder, status, "phase", pod->phase);
    set_pod_statuses(builder, status, pod);
    set_filled(builder, root, "spec", spec);
    set_filled(builder, root, "status", status);
}

static void
set_json(struct builder *builder, struct chandra_value *root, const char *key, const char *json)
{
    struct chandra_doc *parsed = NULL;

    if (ch_is_empty(json))
        return;
    if (chandra_doc_parse_json(json, strlen(json), "object", NULL, &parsed, NULL) != CHANDRA_OK) {
        builder->failed = true; /* the text is our own: only memory can be missing */
        return;
    }
    set(builder, root, key, chandra_value_copy(builder->doc, chandra_doc_root(parsed, 0)));
    chandra_doc_free(parsed);
}

static void
set_claim(struct builder *builder, struct chandra_value *root, const struct chandra_claim *claim)
{
    struct chandra_value *spec = new_object(builder);

    set_text(builder, spec, "resourceClassName", claim->class_name);
    set_text(builder, spec, "allocationMode",
             claim->mode == CHANDRA_MODE_IMMEDIATE ? "Immediate"
             : claim->mode == CHANDRA_MODE_DELAYED ? "WaitForFirstConsumer"
                                                   : "unknown");
    set(builder, root, "spec", spec);
    set_json(builder, root, "status", claim->status);
}

struct chandra_value *
ch_object_value(struct chandra_doc *doc, const struct chandra_object *object)
{
    struct builder builder = {.doc = doc};
    struct chandra_value *root = new_object(&builder);

    set_text(&builder, root, "apiVersion", ch_api_resource(object->kind)->api_version);
    set_text(&builder, root, "kind", chandra_kind_name(object->kind));
    set(&builder, root, "metadata", metadata_value(&builder, object));
    switch (object->kind) {
    case CHANDRA_KIND_POD:
        set_pod(&builder, root, chandra_object_pod(object));
        break;
    case CHANDRA_KIND_CLAIM:
        set_claim(&builder, root, chandra_object_claim(object));
        break;
    case CHANDRA_KIND_CLASS:
        set_text(&builder, root, "driverName",
                 chandra_class_driver_name(chandra_object_class(object)));
        break;
    case CHANDRA_KIND_CONTEXT:
        set_json(&builder, root, "spec", chandra_object_context(object)->spec);
        set_json(&builder, root, "status", chandra_object_context(object)->status);
        break;
    case CHANDRA_KIND_NODE:
    case CHANDRA_KIND_COUNT:
        break;
    }
    return builder.failed ? NULL : root;
}
