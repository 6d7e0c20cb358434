/* tree.c - follows calls and returns.
 *
 * An error that pcall() catches ends functions without a return: a return therefore ends the open
 * calls above the one it belongs to, too. The end of a hook ends all.
 */
#include "profile/tree.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 160 };

struct tree_frame {
    size_t node;
    int64_t began_ns;
    int line_defined;
    bool is_native;
};

/* Make room for one more element. */
static void *
grown(struct tree *tree, void *items, size_t count, size_t *capacity, size_t size)
{
    const size_t wanted = *capacity > 0 ? *capacity * 2 : 64;
    void *larger;

    if (count < *capacity)
        return items;
    larger = chandra_realloc(items, wanted * size);
    if (!larger) {
        tree->is_out_of_memory = true;
        return NULL;
    }
    *capacity = wanted;
    return larger;
}

static size_t
add_node(struct tree *tree, size_t parent, const char *name)
{
    struct tree_node *nodes =
        grown(tree, tree->nodes, tree->count, &tree->capacity, sizeof(*tree->nodes));
    char *copy = nodes ? chandra_strdup(name) : NULL;

    if (nodes)
        tree->nodes = nodes;
    if (!copy) {
        tree->is_out_of_memory = true;
        return SIZE_MAX;
    }
    nodes[tree->count] = (struct tree_node){
        .name = copy, .parent = parent, .first_child = SIZE_MAX, .next_sibling = SIZE_MAX};
    if (parent != SIZE_MAX) {
        nodes[tree->count].next_sibling = nodes[parent].first_child;
        nodes[parent].first_child = tree->count;
    }
    return tree->count++;
}

static size_t
child_of(struct tree *tree, size_t parent, const char *name)
{
    for (size_t at = tree->nodes[parent].first_child; at != SIZE_MAX;
         at = tree->nodes[at].next_sibling)
        if (strcmp(tree->nodes[at].name, name) == 0)
            return at;
    return add_node(tree, parent, name);
}

/* What passed since the latest event belongs to the innermost call. */
static void
charge(struct tree *tree, const struct chandra_lua_event *event)
{
    if (tree->depth > 0) {
        struct tree_node *node = &tree->nodes[tree->frames[tree->depth - 1].node];
        node->ns += event->time_ns - tree->last_ns;
        node->allocations += event->allocations - tree->last_allocations;
    }
    tree->last_ns = event->time_ns;
    tree->last_allocations = event->allocations;
}

static void
push(struct tree *tree, size_t node, const struct chandra_lua_event *event)
{
    struct tree_frame *frames =
        grown(tree, tree->frames, tree->depth, &tree->frame_capacity, sizeof(*tree->frames));

    if (!frames)
        return;
    tree->frames = frames;
    frames[tree->depth++] = (struct tree_frame){.node = node,
                                                .began_ns = event->time_ns,
                                                .line_defined = event->line_defined,
                                                .is_native = event->is_native};
}

static void
push_call(struct tree *tree, const char *name, const struct chandra_lua_event *event)
{
    size_t node;

    if (tree->count == 0 && add_node(tree, SIZE_MAX, "all") == SIZE_MAX)
        return;
    node = child_of(tree, tree->depth > 0 ? tree->frames[tree->depth - 1].node : 0, name);
    if (node == SIZE_MAX)
        return;
    tree->nodes[node].calls++;
    push(tree, node, event);
}

static void
add_span(struct tree *tree, const struct tree_frame *frame, int64_t end_ns)
{
    struct tree_span *spans;

    if (tree->span_count >= tree->max_spans) {
        tree->lost_spans++;
        return;
    }
    spans = grown(tree, tree->spans, tree->span_count, &tree->span_capacity, sizeof(*tree->spans));
    if (!spans)
        return;
    tree->spans = spans;
    spans[tree->span_count++] = (struct tree_span){
        .node = frame->node, .began_ns = frame->began_ns, .ns = end_ns - frame->began_ns};
}

static void
pop_to(struct tree *tree, size_t depth, const struct chandra_lua_event *event)
{
    while (tree->depth > depth)
        add_span(tree, &tree->frames[--tree->depth], event->time_ns);
}

/* The depth at which the call that returns was made. The frame of the hook itself stays. */
static size_t
depth_of(const struct tree *tree, const struct chandra_lua_event *event)
{
    for (size_t depth = tree->depth; depth > 1; depth--) {
        const struct tree_frame *frame = &tree->frames[depth - 1];
        if (frame->is_native == event->is_native && frame->line_defined == event->line_defined)
            return depth - 1;
    }
    return tree->depth;
}

static const char *
file_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : path ? path : "?";
}

/* The library calls the hook through a function of its own, which is no news; the hook itself has
 * no name there, and any other function that the library calls has none either. */
static void
enter(struct tree *tree, const struct chandra_lua_event *event)
{
    const size_t caller = tree->frames[tree->depth - 1].node;
    const bool is_outermost = caller == tree->frames[0].node;
    const char *function = event->function;
    char name[NAME_SIZE];

    if (is_outermost && event->is_native && !function) {
        push(tree, caller, event);
        return;
    }
    if (!function)
        function = is_outermost && event->hook ? event->hook : "function";
    if (event->is_native)
        snprintf(name, sizeof(name), "%s", event->function ? function : "(library)");
    else
        snprintf(name, sizeof(name), "%s (%s:%d)", function, file_name(event->file),
                 event->line_defined);
    push_call(tree, name, event);
}

static void
on_event(void *user, const struct chandra_lua_event *event)
{
    struct tree *tree = user;
    char name[NAME_SIZE];

    if (tree->is_out_of_memory || (event->kind != CHANDRA_LUA_HOOK && tree->depth == 0))
        return;
    charge(tree, event);
    switch (event->kind) {
    case CHANDRA_LUA_HOOK:
        snprintf(name, sizeof(name), "%s.%s", event->policy, event->hook);
        push_call(tree, name, event);
        break;
    case CHANDRA_LUA_HOOK_END:
        pop_to(tree, 0, event);
        break;
    case CHANDRA_LUA_TAIL_CALL:
        if (tree->depth > 1)
            pop_to(tree, tree->depth - 1, event);
        enter(tree, event);
        break;
    case CHANDRA_LUA_CALL:
        enter(tree, event);
        break;
    case CHANDRA_LUA_RETURN:
        pop_to(tree, depth_of(tree, event), event);
        break;
    default:
        break;
    }
}

struct chandra_lua_observer
tree_observer(struct tree *tree)
{
    return (struct chandra_lua_observer){
        .events = 1U << CHANDRA_LUA_HOOK | 1U << CHANDRA_LUA_HOOK_END | 1U << CHANDRA_LUA_CALL |
                  1U << CHANDRA_LUA_TAIL_CALL | 1U << CHANDRA_LUA_RETURN,
        .fn = on_event,
        .user = tree,
    };
}

/* A node comes after its parent, so that one pass from the end adds all up. */
void
tree_add_totals(const struct tree *tree, int64_t *totals)
{
    for (size_t i = 0; i < tree->count; i++)
        totals[i] = tree->nodes[i].ns;
    for (size_t i = tree->count; i > 1; i--)
        totals[tree->nodes[i - 1].parent] += totals[i - 1];
}

void
tree_clear(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        chandra_free(tree->nodes[i].name);
    chandra_free(tree->nodes);
    chandra_free(tree->spans);
    chandra_free(tree->frames);
    *tree = (struct tree){0};
}
