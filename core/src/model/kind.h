/* kind.h - what object.c knows of each kind: its name, its struct and how to read it. */
#ifndef CH_MODEL_KIND_H
#define CH_MODEL_KIND_H

#include "model/block.h"
#include "model/object.h"
#include "model/reader.h"

/* Read all but the metadata from `root`, in either pass of the block. Failures go to the reader. */
void ch_pod_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                 struct chandra_object *object);
void ch_node_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                  struct chandra_object *object);
void ch_claim_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                   struct chandra_object *object);
void ch_class_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                   struct chandra_object *object);
void ch_context_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                     struct chandra_object *object);

/* Give back what the object has outside of its block. */
void ch_pod_clear(struct chandra_object *object);
void ch_claim_clear(struct chandra_object *object);
void ch_class_clear(struct chandra_object *object);

/* What all kinds have in common. */
void ch_metadata_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
                      struct chandra_object *object);

/* What a pod's spec says about the nodes it may run on. */
void ch_placement_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
                       struct chandra_pod *pod);

/* Strings for objects: read, and laid out in the block. */
static inline const char *
ch_keep_string(struct ch_reader *reader, struct ch_block *block, const struct ch_at *at,
               const char *key)
{
    return ch_block_text(block, ch_read_string(reader, at, key));
}

/* ch_block_list() that fails the reader, and is NULL for no elements too. */
static inline void *
ch_keep_list(struct ch_reader *reader, struct ch_block *block, size_t count, size_t size)
{
    void *list = count > 0 ? ch_block_list(block, count, size) : NULL;

    if (count > 0 && !list)
        ch_read_out_of_memory(reader);
    return list;
}

/* A list of strings. */
const char *const *ch_keep_strings(struct ch_reader *reader, struct ch_block *block,
                                   const struct ch_at *array, size_t *out_count);
/* ch_block_json() that fails the reader. */
const char *ch_keep_json(struct ch_reader *reader, struct ch_block *block,
                         void (*put)(struct ch_buf *buf, const struct chandra_value *value),
                         const struct chandra_value *value);

#endif
