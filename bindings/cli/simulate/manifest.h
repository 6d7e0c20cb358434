/* manifest.h - takes manifests as `kubectl apply` would and loads them into the cluster in memory.
 */
#ifndef CHANDRA_CLI_MANIFEST_H
#define CHANDRA_CLI_MANIFEST_H

#include "map.h"
#include "problems.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A claim, or the template of one, that a pod names. */
struct reference {
    char *place; /* "FILE:LINE:COLUMN" */
    char *pod;   /* "NAMESPACE/NAME" */
    char *key;   /* "ResourceClaim NAMESPACE/NAME" */
};

/* Zeroed memory with `sim` and `problems` set is ready. */
struct manifests {
    struct chandra_sim *sim;
    struct problems *problems;
    struct map places;    /* "KIND NAMESPACE/NAME" to its place as text */
    struct map skipped;   /* kind to a count */
    char **skipped_kinds; /* in the order of meeting them */
    size_t skipped_kind_count;
    struct reference *references;
    size_t reference_count;
    size_t reference_capacity;
    size_t loaded_count; /* of objects */
    size_t node_count;
    bool is_out_of_memory;
};

/* Load a file, a directory's files that end in .yaml, .yml or .json, or "-" for standard input.
 * What is wrong with an object becomes a problem and the others are loaded; errors are for paths
 * that cannot be read, and for memory. */
enum chandra_status manifests_load(struct manifests *manifests, const char *path,
                                   struct chandra_error *err);
/* Load the objects of a document that was read. */
enum chandra_status manifests_add(struct manifests *manifests, const struct chandra_doc *doc,
                                  struct chandra_error *err);
/* Add nodes with nothing but a name and the usual labels, under names that are free. */
enum chandra_status manifests_add_nodes(struct manifests *manifests, int64_t count,
                                        struct chandra_error *err);
/* Tell which kinds were skipped, and which pods name claims that nothing creates. */
void manifests_tell(const struct manifests *manifests);
/* How many objects of the kind at `index` were skipped. */
size_t manifests_skipped_at(const struct manifests *manifests, size_t index);
void manifests_clear(struct manifests *manifests);

#endif
