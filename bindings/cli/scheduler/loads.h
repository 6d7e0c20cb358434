/* loads.h - what the pods on each node use. */
#ifndef CHANDRA_CLI_LOADS_H
#define CHANDRA_CLI_LOADS_H

#include "map.h"

#include <chandra/object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sums over the pods of a node. Promised is what pods would use whose drivers have not answered
 * yet: it keeps others away as long as there is room elsewhere. */
struct use {
    char *resource;
    int64_t used;
    int64_t promised;
};

struct node_load {
    char *node;
    uint32_t pods; /* used and promised */
    uint32_t promised_pods;
    struct use *uses;
    size_t use_count;
    size_t use_capacity;
};

/* Zeroed memory is a cluster without pods. */
struct loads {
    struct map by_node; /* name to struct node_load */
    uint64_t version;   /* another one once a load has come or gone */
};

/* One pod's part in a load; zeroed memory counts nowhere. */
struct share {
    struct node_load *load;
    const struct chandra_pod *pod; /* a reference */
    bool is_promised;
};

/* The load of a node, or NULL while no pod counts on it. */
const struct node_load *loads_of(const struct loads *loads, const char *node);
/* Count a pod on a node; the share must not count yet. False: out of memory. */
bool loads_add(struct loads *loads, struct share *share, const char *node,
               const struct chandra_pod *pod, bool is_promised);
/* No longer count it; fine for a share that does not. */
void loads_remove(struct loads *loads, struct share *share);
void loads_clear(struct loads *loads);

/* How much is taken of a resource; 0 for a NULL load. */
int64_t load_taken(const struct node_load *load, const char *resource, bool with_promised);

#endif
