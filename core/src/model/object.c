/* object.c - objects of all kinds: decoding, references, metadata, casts. */
#include "model/object.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/kind.h"

#include <string.h>

static const struct kind_info {
    const char *name;
    const char *api_version;
    size_t size;
    void (*read)(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                 struct chandra_object *object); /* NULL: metadata is all */
    void (*clear)(struct chandra_object *object);
} kinds[CHANDRA_KIND_COUNT] = {
    [CHANDRA_KIND_POD] = {"Pod", "v1", sizeof(struct chandra_pod), ch_pod_read, ch_pod_clear},
    [CHANDRA_KIND_NODE] = {"Node", "v1", sizeof(struct chandra_node), ch_node_read, NULL},
    [CHANDRA_KIND_CLAIM] = {"ResourceClaim", "resource.k8s.io/v1alpha2",
                            sizeof(struct chandra_claim), ch_claim_read, ch_claim_clear},
    [CHANDRA_KIND_CLASS] = {"ResourceClass", "resource.k8s.io/v1alpha2",
                            sizeof(struct chandra_class), ch_class_read, ch_class_clear},
    [CHANDRA_KIND_CONTEXT] = {"PodSchedulingContext", "resource.k8s.io/v1alpha2",
                              sizeof(struct chandra_context), ch_context_read, NULL},
};

const char *
chandra_kind_name(enum chandra_kind kind)
{
    return (unsigned)kind < CHANDRA_KIND_COUNT ? kinds[kind].name : "unknown kind";
}

static void
object_free(struct chandra_object *object)
{
    if (kinds[object->kind].clear)
        kinds[object->kind].clear(object);
    ch_free(object);
}

/* One pass over the value. The object of the second pass is the block's memory. */
static struct chandra_object *
read_object(enum chandra_kind kind, struct ch_reader *reader, struct ch_block *block,
            const struct ch_at *root)
{
    struct chandra_object *object = ch_block_list(block, 1, kinds[kind].size);

    if (!object) {
        ch_read_out_of_memory(reader);
        return NULL;
    }
    atomic_init(&object->refs, 1);
    object->kind = kind;
    ch_metadata_read(reader, block, root, object);
    if (kinds[kind].read)
        kinds[kind].read(reader, block, root, object);
    return object;
}

enum chandra_status
ch_object_decode_as(enum chandra_kind kind, const struct chandra_value *value,
                    struct chandra_object **out_object, struct chandra_error *err)
{
    struct ch_reader reader = {.err = err, .kind = kinds[kind].name, .name_space = ""};
    const struct ch_at root = {.value = value};
    struct chandra_object *object = NULL;
    struct ch_block block = {0};

    if (chandra_value_type(value) != CHANDRA_OBJECT)
        ch_read_fail(&reader, CHANDRA_EINVAL, &root, NULL, "want an object, got %s",
                     value ? chandra_type_name(chandra_value_type(value)) : "nothing");
    if (reader.status == CHANDRA_OK)
        read_object(kind, &reader, &block, &root);
    if (reader.status == CHANDRA_OK && !ch_block_commit(&block))
        ch_read_out_of_memory(&reader);
    if (reader.status == CHANDRA_OK)
        object = read_object(kind, &reader, &block, &root);
    ch_block_clear(&block);
    if (reader.status == CHANDRA_OK)
        *out_object = object;
    else if (object)
        object_free(object);
    return reader.status;
}

static bool
is_resource_api(const char *api_version)
{
    return strncmp(api_version, "resource.k8s.io/", strlen("resource.k8s.io/")) == 0;
}

/* Find the kind, or say in `reader` what is supported in its place. */
static enum chandra_kind
find_kind(struct ch_reader *reader, const struct ch_at *root)
{
    const char *name = ch_read_string(reader, root, "kind");
    const char *api_version = ch_read_string(reader, root, "apiVersion");
    enum chandra_kind kind = 0;

    while (kind < CHANDRA_KIND_COUNT && strcmp(kinds[kind].name, name) != 0)
        kind++;
    if (ch_is_empty(name) || ch_is_empty(api_version))
        ch_read_fail(reader, CHANDRA_EINVAL, root, ch_is_empty(name) ? "kind" : "apiVersion",
                     "is missing");
    else if (kind < CHANDRA_KIND_COUNT && strcmp(kinds[kind].api_version, api_version) != 0)
        ch_read_fail(reader, CHANDRA_EUNSUPPORTED, root, "apiVersion",
                     "%.100s is not supported for %s, only %s is", api_version, name,
                     kinds[kind].api_version);
    else if (kind == CHANDRA_KIND_COUNT)
        ch_read_fail(reader, CHANDRA_EUNSUPPORTED, root, "kind",
                     "%.100s of %.100s is not supported%s", name, api_version,
                     is_resource_api(api_version)
                         ? ", only ResourceClaim, ResourceClass and PodSchedulingContext of "
                           "resource.k8s.io/v1alpha2 are"
                         : "");
    return kind;
}

enum chandra_status
chandra_object_decode(const struct chandra_value *value, struct chandra_object **out_object,
                      struct chandra_error *err)
{
    struct ch_reader reader = {.err = err};
    const struct ch_at root = {.value = value};
    enum chandra_kind kind;

    if (chandra_value_type(value) != CHANDRA_OBJECT)
        ch_read_fail(&reader, CHANDRA_EINVAL, &root, NULL, "want a Kubernetes object, got %s",
                     value ? chandra_type_name(chandra_value_type(value)) : "nothing");
    kind = find_kind(&reader, &root);
    if (reader.status != CHANDRA_OK)
        return reader.status;
    return ch_object_decode_as(kind, value, out_object, err);
}

/* Objects are const for everybody but the counting of references. The way round through an integer
 * tells the compiler that this is meant. */
static struct chandra_object *
as_mutable(const struct chandra_object *object)
{
    return (struct chandra_object *)(uintptr_t)object;
}

struct chandra_object *
chandra_object_ref(const struct chandra_object *object)
{
    struct chandra_object *shared = as_mutable(object);

    atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void
chandra_object_unref(struct chandra_object *object)
{
    if (object && atomic_fetch_sub_explicit(&object->refs, 1, memory_order_acq_rel) == 1)
        object_free(object);
}

enum chandra_kind
chandra_object_kind(const struct chandra_object *object)
{
    return object->kind;
}

const char *
chandra_object_namespace(const struct chandra_object *object)
{
    return object->name_space;
}

const char *
chandra_object_name(const struct chandra_object *object)
{
    return object->name;
}

const char *
chandra_object_uid(const struct chandra_object *object)
{
    return object->uid;
}

const char *
chandra_object_resource_version(const struct chandra_object *object)
{
    return object->resource_version;
}

int64_t
chandra_object_created(const struct chandra_object *object)
{
    return object->created;
}

bool
chandra_object_is_deleting(const struct chandra_object *object)
{
    return object->is_deleting;
}

const char *
chandra_object_controller_uid(const struct chandra_object *object)
{
    return object->controller_uid;
}

static const char *
find_pair(const struct ch_pair *pairs, size_t count, const char *key)
{
    size_t from = 0;
    size_t to = count;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = strcmp(pairs[middle].key, key);

        if (order == 0)
            return pairs[middle].value;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static bool
pair_at(const struct ch_pair *pairs, size_t count, size_t index, const char **out_key,
        const char **out_value)
{
    if (index >= count)
        return false;
    *out_key = pairs[index].key;
    *out_value = pairs[index].value;
    return true;
}

const char *
chandra_object_label(const struct chandra_object *object, const char *key)
{
    return find_pair(object->labels, object->label_count, key);
}

size_t
chandra_object_label_count(const struct chandra_object *object)
{
    return object->label_count;
}

bool
chandra_object_label_at(const struct chandra_object *object, size_t index, const char **out_key,
                        const char **out_value)
{
    return pair_at(object->labels, object->label_count, index, out_key, out_value);
}

const char *
chandra_object_annotation(const struct chandra_object *object, const char *key)
{
    return find_pair(object->annotations, object->annotation_count, key);
}

size_t
chandra_object_annotation_count(const struct chandra_object *object)
{
    return object->annotation_count;
}

bool
chandra_object_annotation_at(const struct chandra_object *object, size_t index,
                             const char **out_key, const char **out_value)
{
    return pair_at(object->annotations, object->annotation_count, index, out_key, out_value);
}

struct chandra_object *
chandra_pod_object(const struct chandra_pod *pod)
{
    return as_mutable(&pod->object);
}

struct chandra_object *
chandra_node_object(const struct chandra_node *node)
{
    return as_mutable(&node->object);
}

struct chandra_object *
chandra_claim_object(const struct chandra_claim *claim)
{
    return as_mutable(&claim->object);
}

struct chandra_object *
chandra_class_object(const struct chandra_class *klass)
{
    return as_mutable(&klass->object);
}

struct chandra_object *
chandra_context_object(const struct chandra_context *context)
{
    return as_mutable(&context->object);
}

/* The object as what starts with it, or NULL. */
static const void *
cast(const struct chandra_object *object, enum chandra_kind kind)
{
    return object && object->kind == kind ? object : NULL;
}

const struct chandra_pod *
chandra_object_pod(const struct chandra_object *object)
{
    return cast(object, CHANDRA_KIND_POD);
}

const struct chandra_node *
chandra_object_node(const struct chandra_object *object)
{
    return cast(object, CHANDRA_KIND_NODE);
}

const struct chandra_claim *
chandra_object_claim(const struct chandra_object *object)
{
    return cast(object, CHANDRA_KIND_CLAIM);
}

const struct chandra_class *
chandra_object_class(const struct chandra_object *object)
{
    return cast(object, CHANDRA_KIND_CLASS);
}

const struct chandra_context *
chandra_object_context(const struct chandra_object *object)
{
    return cast(object, CHANDRA_KIND_CONTEXT);
}
