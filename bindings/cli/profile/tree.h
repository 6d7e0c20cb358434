/* tree.h - where the time of a policy goes: a tree of calls, built from what its VM tells. */
#ifndef CHANDRA_CLI_PROFILE_TREE_H
#define CHANDRA_CLI_PROFILE_TREE_H

#include <chandra/lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A function as called through a chain of others. */
struct tree_node {
    char *name;          /* "keep", "score_of (spread.lua:12)" */
    size_t parent;       /* SIZE_MAX: none */
    size_t first_child;  /* SIZE_MAX: none */
    size_t next_sibling; /* SIZE_MAX: none */
    int64_t calls;
    int64_t ns;           /* in the function itself, without what it called */
    uint64_t allocations; /* blocks, likewise */
};

/* One call, for a trace. */
struct tree_span {
    size_t node;
    int64_t began_ns;
    int64_t ns;
};

struct tree_frame;

/* Zeroed memory with max_spans set is ready. */
struct tree {
    struct tree_node *nodes; /* the first is the root */
    size_t count;
    size_t capacity;
    struct tree_span *spans; /* in the order of their ends */
    size_t span_count;
    size_t span_capacity;
    size_t max_spans; /* later calls are left out */
    size_t lost_spans;
    struct tree_frame *frames; /* the calls that are open */
    size_t depth;
    size_t frame_capacity;
    int64_t last_ns; /* the latest event */
    uint64_t last_allocations;
    bool is_out_of_memory;
};

/* An observer that builds the tree, which must outlive the policy. The policy must be used by one
 * thread at a time. */
struct chandra_lua_observer tree_observer(struct tree *tree);
/* Write the time of each node and of all below it to totals[0 to count - 1]. */
void tree_add_totals(const struct tree *tree, int64_t *totals);
void tree_clear(struct tree *tree);

#endif
