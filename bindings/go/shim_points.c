/* shim_points.c - the extension points, with node sets as words of Go's. */
#include "shim.h"

#include <string.h>

static struct ch_go_nodes
nodes_of(const struct chandra_cycle *cycle)
{
    return (struct ch_go_nodes){chandra_cycle_capacity(cycle), chandra_cycle_nodes_version(cycle)};
}

/* A set of the cycle's, empty or of these words, for chandra_free(); NULL when out of memory. */
static struct chandra_nodeset *
new_set(const struct chandra_cycle *cycle, const uint64_t *words)
{
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    void *memory = chandra_realloc(NULL, chandra_nodeset_bytes(capacity));
    struct chandra_nodeset *set = memory ? chandra_nodeset_init(memory, capacity) : NULL;

    if (set && words)
        chandra_nodeset_from_words(set, words);
    return set;
}

static void
answer_no_memory(struct chandra_answer *out_answer)
{
    struct chandra_error err;

    chandra_error_set(&err, CHANDRA_ENOMEM, "out of memory");
    ch_go_answer_error(&err, out_answer);
}

enum chandra_status
ch_go_cycle_new(struct chandra_engine *engine, const struct chandra_object *pod,
                struct chandra_cycle **out_cycle, struct ch_go_nodes *out_nodes,
                struct chandra_error *err)
{
    enum chandra_status st;

    if (!chandra_object_pod(pod))
        return chandra_error_set(err, CHANDRA_EINVAL, "not a pod");
    st = chandra_cycle_new(engine, chandra_object_pod(pod), out_cycle, err);
    if (st == CHANDRA_OK)
        *out_nodes = nodes_of(*out_cycle);
    return st;
}

void
ch_go_pre_filter(struct chandra_cycle *cycle, struct ch_go_nodes *out_nodes,
                 struct chandra_answer *out_answer)
{
    chandra_cycle_pre_filter(cycle, out_answer);
    *out_nodes = nodes_of(cycle);
}

static const char *
name_at(const struct chandra_cycle *cycle, uint32_t index)
{
    const struct chandra_node *node = chandra_cycle_node(cycle, index);

    return node ? chandra_object_name(chandra_node_object(node)) : "";
}

size_t
ch_go_names(const struct chandra_cycle *cycle, char *names, size_t size)
{
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    size_t total = 0;

    for (uint32_t i = 0; i < capacity; i++)
        total += strlen(name_at(cycle, i)) + 1;
    if (total > size)
        return total;
    for (uint32_t i = 0; i < capacity; i++) {
        const size_t len = strlen(name_at(cycle, i)) + 1;

        memcpy(names, name_at(cycle, i), len);
        names += len;
    }
    return total;
}

/* Filter. */

void
ch_go_filter(struct chandra_cycle *cycle, struct ch_go_text node, struct chandra_answer *out_answer)
{
    char name[CH_GO_NAME_SIZE];

    chandra_cycle_filter(cycle, ch_go_name(node, name), out_answer);
}

void
ch_go_filter_all(struct chandra_cycle *cycle, const uint64_t *candidates, uint64_t *feasible,
                 struct chandra_answer *out_answer)
{
    struct chandra_nodeset *from = candidates ? new_set(cycle, candidates) : NULL;
    struct chandra_nodeset *to = new_set(cycle, NULL);

    if (to && (from || !candidates)) {
        chandra_cycle_filter_all(cycle, from, to, out_answer);
        chandra_nodeset_to_words(to, feasible);
    } else {
        answer_no_memory(out_answer);
    }
    chandra_free(from);
    chandra_free(to);
}

void
ch_go_why(struct chandra_cycle *cycle, struct ch_go_text node, struct chandra_answer *out_answer)
{
    char name[CH_GO_NAME_SIZE];

    chandra_cycle_why(cycle, ch_go_name(node, name), out_answer);
}

/* Score. */

void
ch_go_pre_score(struct chandra_cycle *cycle, const uint64_t *nodes,
                struct chandra_answer *out_answer)
{
    struct chandra_nodeset *set = new_set(cycle, nodes);

    if (set)
        chandra_cycle_pre_score(cycle, set, out_answer);
    else
        answer_no_memory(out_answer);
    chandra_free(set);
}

void
ch_go_score(struct chandra_cycle *cycle, const uint64_t *nodes, int64_t *scores,
            struct chandra_answer *out_answer)
{
    struct chandra_nodeset *set = new_set(cycle, nodes);

    if (set)
        chandra_cycle_score(cycle, set, scores, out_answer);
    else
        answer_no_memory(out_answer);
    chandra_free(set);
}

uint32_t
ch_go_suggested(struct chandra_cycle *cycle, const uint64_t *nodes)
{
    struct chandra_nodeset *set = new_set(cycle, nodes);
    const uint32_t index = set ? chandra_cycle_suggested(cycle, set) : CHANDRA_NODESET_END;

    chandra_free(set);
    return index;
}

/* The points that act. */

void
ch_go_reserve(struct chandra_cycle *cycle, struct ch_go_text node,
              struct chandra_answer *out_answer)
{
    char name[CH_GO_NAME_SIZE];

    chandra_cycle_reserve(cycle, ch_go_name(node, name), out_answer);
}

void
ch_go_pre_bind(struct chandra_cycle *cycle, struct ch_go_text node,
               struct chandra_answer *out_answer)
{
    char name[CH_GO_NAME_SIZE];

    chandra_cycle_pre_bind(cycle, ch_go_name(node, name), out_answer);
}

void
ch_go_unreserve(struct chandra_cycle *cycle, struct ch_go_text node)
{
    char name[CH_GO_NAME_SIZE];

    chandra_cycle_unreserve(cycle, ch_go_name(node, name));
}

void
ch_go_post_bind(struct chandra_cycle *cycle, struct ch_go_text node)
{
    char name[CH_GO_NAME_SIZE];

    chandra_cycle_post_bind(cycle, ch_go_name(node, name));
}

/* A look at the attempt. */

bool
ch_go_removal(const struct chandra_cycle *cycle, size_t index, struct ch_go_removal *out_removal,
              uint64_t *words)
{
    struct chandra_removal removal;

    if (!chandra_cycle_removal_at(cycle, index, &removal))
        return false;
    *out_removal = (struct ch_go_removal){
        .claim = removal.claim,
        .policy = ch_go_text(removal.policy),
        .rule = ch_go_text(removal.rule),
    };
    chandra_nodeset_to_words(removal.nodes, words);
    return true;
}

bool
ch_go_note(const struct chandra_cycle *cycle, size_t index, struct ch_go_note *out_note)
{
    struct chandra_note note;

    if (!chandra_cycle_note_at(cycle, index, &note))
        return false;
    *out_note = (struct ch_go_note){
        .claim = note.claim,
        .policy = ch_go_text(note.policy),
        .hook = ch_go_text(note.hook),
        .text = ch_go_text(note.text),
    };
    return true;
}
