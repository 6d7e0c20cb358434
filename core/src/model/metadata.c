/* metadata.c - what all kinds have in common: names, labels, annotations, the controlling owner. */
#include "base/text.h"
#include "base/timestamp.h"
#include "model/kind.h"

#include <stdlib.h>
#include <string.h>

static int
compare_pairs(const void *a, const void *b)
{
    return strcmp(((const struct ch_pair *)a)->key, ((const struct ch_pair *)b)->key);
}

static const struct ch_pair *
read_pairs(struct ch_reader *reader, struct ch_block *block, const struct ch_at *metadata,
           const char *key, uint32_t *out_count)
{
    const struct ch_at map = ch_read_object(reader, metadata, key);
    const size_t count = chandra_value_count(map.value);
    struct ch_pair *pairs = ch_keep_list(reader, block, count, sizeof(*pairs));

    if (!pairs)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *name;
        const char *value = ch_read_entry(reader, &map, i, &name);

        pairs[i].key = ch_block_text(block, name);
        pairs[i].value = ch_block_text(block, value);
    }
    qsort(pairs, count, sizeof(*pairs), compare_pairs);
    *out_count = (uint32_t)count;
    return pairs;
}

/* 0 where the manifest does not say, or says it in another way than the API server. */
static int64_t
read_created(struct ch_reader *reader, const struct ch_at *metadata)
{
    const char *text = ch_read_optional(reader, metadata, "creationTimestamp");
    int64_t seconds;

    return text && ch_timestamp_parse(text, &seconds) ? seconds : 0;
}

static const char *
read_controller_uid(struct ch_reader *reader, const struct ch_at *metadata)
{
    const struct ch_at owners = ch_read_array(reader, metadata, "ownerReferences");

    for (size_t i = 0; i < chandra_value_count(owners.value); i++) {
        const struct ch_at owner = ch_read_element(reader, &owners, i);

        if (ch_read_bool(reader, &owner, "controller"))
            return ch_read_string(reader, &owner, "uid");
    }
    return NULL;
}

void
ch_metadata_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                 struct chandra_object *object)
{
    const struct ch_at metadata = ch_read_object(reader, root, "metadata");
    const bool has_annotations =
        object->kind != CHANDRA_KIND_NODE && object->kind != CHANDRA_KIND_CONTEXT;

    if (object->kind != CHANDRA_KIND_NODE && object->kind != CHANDRA_KIND_CLASS)
        reader->name_space = ch_read_string(reader, &metadata, "namespace");
    reader->name = ch_read_string(reader, &metadata, "name");
    if (ch_is_empty(reader->name))
        ch_read_fail(reader, CHANDRA_EINVAL, &metadata, "name", "is missing");
    object->name_space = ch_block_text(block, reader->name_space);
    object->name = ch_block_text(block, reader->name);
    object->uid = ch_keep_string(reader, block, &metadata, "uid");
    object->resource_version = ch_keep_string(reader, block, &metadata, "resourceVersion");
    object->controller_uid = ch_block_text(block, read_controller_uid(reader, &metadata));
    object->is_deleting = ch_read_optional(reader, &metadata, "deletionTimestamp") != NULL;
    object->created = read_created(reader, &metadata);
    object->labels = read_pairs(reader, block, &metadata, "labels", &object->label_count);
    if (has_annotations)
        object->annotations =
            read_pairs(reader, block, &metadata, "annotations", &object->annotation_count);
}
