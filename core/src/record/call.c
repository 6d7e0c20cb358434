/* call.c - carry out a call of a record, and put down what it answered and changed. */
#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <chandra/nodeset.h>
#include <chandra/sys/policy.h>
#include <string.h>

/* One call on its way. */
struct pending {
    struct ch_world *world;
    const struct ch_step_call *call;
    struct ch_world_pod *pod;
    const struct chandra_value *nodes; /* an array; NULL: the point takes none */
    struct chandra_doc *doc;
    struct chandra_value *got;
    struct chandra_value *reasons;
    bool failed; /* out of memory */
};

static void
put(struct pending *pending, struct chandra_value *object, const char *key,
    struct chandra_value *member)
{
    if (!object || !chandra_value_set(object, key, member))
        pending->failed = true;
}

static void
put_reason(struct pending *pending, const char *node, const char *text)
{
    struct ch_buf buf = {0};

    if (text[0] == '\0')
        return;
    if (node) {
        ch_buf_puts(&buf, node);
        ch_buf_puts(&buf, ": ");
    }
    ch_buf_puts(&buf, text);
    if (!ch_buf_ok(&buf) ||
        !chandra_value_append(pending->reasons, chandra_value_new_string(pending->doc, buf.text)))
        pending->failed = true;
    ch_buf_clear(&buf);
}

static void
put_answer(struct pending *pending, const struct chandra_answer *answer)
{
    put(pending, pending->got, "code",
        chandra_value_new_string(pending->doc, chandra_code_name(answer->code)));
    put_reason(pending, NULL, answer->reason);
}

/* Unreserve and PostBind answer nothing. */
static void
put_success(struct pending *pending)
{
    put(pending, pending->got, "code",
        chandra_value_new_string(pending->doc, chandra_code_name(CHANDRA_CODE_SUCCESS)));
}

/* Hints. */

/* An object of a kind that the engine does not know is a wrong one; any other wrong one will do. */
static enum chandra_status
wrong_object(struct chandra_doc *doc, enum chandra_kind event_kind,
             struct chandra_object **out_object, struct chandra_error *err)
{
    const bool is_node = event_kind != CHANDRA_KIND_NODE;
    struct chandra_value *object = chandra_value_new_object(doc);
    struct chandra_value *metadata = chandra_value_new_object(doc);

    if (!object || !metadata ||
        !chandra_value_set(object, "apiVersion", chandra_value_new_string(doc, "v1")) ||
        !chandra_value_set(object, "kind",
                           chandra_value_new_string(doc, is_node ? "Node" : "Pod")) ||
        !chandra_value_set(metadata, "name", chandra_value_new_string(doc, "wrong")) ||
        !chandra_value_set(object, "metadata", metadata))
        return ch_record_no_memory(err);
    return chandra_object_decode(object, out_object, err);
}

static enum chandra_status
decode(struct pending *pending, const struct chandra_value *value,
       struct chandra_object **out_object, struct chandra_error *err)
{
    enum chandra_status st;

    if (!value)
        return CHANDRA_OK;
    st = chandra_object_decode(value, out_object, err);
    if (st == CHANDRA_EUNSUPPORTED)
        st = wrong_object(pending->doc, pending->call->event_kind, out_object, err);
    return st;
}

static enum chandra_status
hint(struct pending *pending, struct chandra_error *err)
{
    const struct ch_step_call *call = pending->call;
    struct chandra_object *old_object = NULL;
    struct chandra_object *new_object = NULL;
    struct chandra_answer answer;
    enum chandra_status st = decode(pending, call->old_object, &old_object, err);

    if (st == CHANDRA_OK)
        st = decode(pending, call->new_object, &new_object, err);
    if (st == CHANDRA_OK) {
        chandra_engine_hint(pending->world->engine, chandra_object_pod(pending->pod->object),
                            call->event_kind, old_object, new_object, &answer);
        put_answer(pending, &answer);
    }
    chandra_object_unref(old_object);
    chandra_object_unref(new_object);
    return st;
}

/* Points with nodes. */

static void
filter(struct pending *pending)
{
    struct chandra_value *codes = chandra_value_new_object(pending->doc);

    for (size_t i = 0; i < chandra_value_count(pending->nodes); i++) {
        const char *node = chandra_value_string(chandra_value_at(pending->nodes, i));
        struct chandra_answer answer;

        chandra_cycle_filter(pending->pod->cycle, node, &answer);
        if (answer.code == CHANDRA_CODE_SUCCESS)
            continue;
        put(pending, codes, node,
            chandra_value_new_string(pending->doc, chandra_code_name(answer.code)));
        put_reason(pending, node, answer.reason);
    }
    put(pending, pending->got, "codes", codes);
}

/* The call's nodes as a set of the cycle's; nodes that the cycle has never seen have no place in
 * it. */
static struct chandra_nodeset *
node_set(const struct pending *pending)
{
    const struct chandra_cycle *cycle = pending->pod->cycle;
    const uint32_t capacity = chandra_cycle_capacity(cycle);
    void *memory = ch_alloc(chandra_nodeset_bytes(capacity));
    struct chandra_nodeset *set = memory ? chandra_nodeset_init(memory, capacity) : NULL;

    for (size_t i = 0; set && i < chandra_value_count(pending->nodes); i++) {
        const char *node = chandra_value_string(chandra_value_at(pending->nodes, i));
        const uint32_t index = chandra_cycle_node_index(cycle, node);

        if (index != CHANDRA_NODESET_END)
            chandra_nodeset_add(set, index);
    }
    return set;
}

static void
put_scores(struct pending *pending, const struct chandra_nodeset *nodes, const int64_t *scores)
{
    struct chandra_value *out = chandra_value_new_object(pending->doc);

    for (uint32_t index = chandra_nodeset_next(nodes, 0); index != CHANDRA_NODESET_END;
         index = chandra_nodeset_next(nodes, index + 1)) {
        const struct chandra_node *node = chandra_cycle_node(pending->pod->cycle, index);

        put(pending, out, chandra_object_name(chandra_node_object(node)),
            chandra_value_new_int64(pending->doc, scores[index]));
    }
    put(pending, pending->got, "scores", out);
}

static void
score(struct pending *pending, const struct chandra_nodeset *nodes)
{
    int64_t *scores = ch_calloc(chandra_nodeset_capacity(nodes) + 1U, sizeof(*scores));
    struct chandra_answer answer;

    if (!scores) {
        pending->failed = true;
        return;
    }
    chandra_cycle_score(pending->pod->cycle, nodes, scores, &answer);
    put_answer(pending, &answer);
    if (answer.code == CHANDRA_CODE_SUCCESS)
        put_scores(pending, nodes, scores);
    ch_free(scores);
}

static void
call_with_set(struct pending *pending)
{
    struct chandra_nodeset *nodes = node_set(pending);
    struct chandra_answer answer;

    if (!nodes) {
        pending->failed = true;
        return;
    }
    if (pending->call->point == CHANDRA_POINT_SCORE) {
        score(pending, nodes);
    } else {
        chandra_cycle_pre_score(pending->pod->cycle, nodes, &answer);
        put_answer(pending, &answer);
    }
    ch_free(nodes);
}

/* Points with a node, or with nothing. */

static void
call_plain(struct pending *pending)
{
    struct chandra_cycle *cycle = pending->pod->cycle;
    struct chandra_answer answer = {.code = CHANDRA_CODE_ERROR};

    switch (pending->call->point) {
    case CHANDRA_POINT_PRE_ENQUEUE:
        chandra_engine_pre_enqueue(pending->world->engine, chandra_object_pod(pending->pod->object),
                                   &answer);
        break;
    case CHANDRA_POINT_PRE_FILTER:
        chandra_cycle_pre_filter(cycle, &answer);
        break;
    case CHANDRA_POINT_POST_FILTER:
        chandra_cycle_post_filter(cycle, &answer);
        break;
    case CHANDRA_POINT_RESERVE:
        chandra_cycle_reserve(cycle, pending->call->node, &answer);
        break;
    case CHANDRA_POINT_PRE_BIND:
        chandra_cycle_pre_bind(cycle, pending->call->node, &answer);
        break;
    case CHANDRA_POINT_UNRESERVE:
        chandra_cycle_unreserve(cycle, pending->call->node);
        put_success(pending);
        return;
    case CHANDRA_POINT_POST_BIND:
        chandra_cycle_post_bind(cycle, pending->call->node);
        put_success(pending);
        return;
    case CHANDRA_POINT_HINT:
    case CHANDRA_POINT_FILTER:
    case CHANDRA_POINT_PRE_SCORE:
    case CHANDRA_POINT_SCORE:
        break; /* they take other arguments */
    }
    put_answer(pending, &answer);
}

/* PreFilter begins an attempt with the pod as it is now; a point called before any finds an attempt
 * without state. */
static enum chandra_status
prepare_cycle(struct pending *pending, struct chandra_error *err)
{
    const enum chandra_point point = pending->call->point;
    struct ch_world_pod *pod = pending->pod;

    if (point == CHANDRA_POINT_PRE_ENQUEUE || point == CHANDRA_POINT_HINT)
        return CHANDRA_OK;
    if (point == CHANDRA_POINT_PRE_FILTER) {
        chandra_cycle_free(pod->cycle);
        pod->cycle = NULL;
    }
    if (pod->cycle)
        return CHANDRA_OK;
    return chandra_cycle_new(pending->world->engine, chandra_object_pod(pod->object), &pod->cycle,
                             err);
}

static enum chandra_status
prepare_nodes(struct pending *pending, struct chandra_error *err)
{
    const struct ch_step_call *call = pending->call;

    if (call->has_all_nodes)
        return ch_world_nodes(pending->world, &pending->nodes, err);
    pending->nodes = call->nodes;
    return CHANDRA_OK;
}

static enum chandra_status
carry_out(struct pending *pending, struct chandra_error *err)
{
    switch (pending->call->point) {
    case CHANDRA_POINT_HINT:
        return hint(pending, err);
    case CHANDRA_POINT_FILTER:
        filter(pending);
        break;
    case CHANDRA_POINT_PRE_SCORE:
    case CHANDRA_POINT_SCORE:
        call_with_set(pending);
        break;
    default:
        call_plain(pending);
    }
    return CHANDRA_OK;
}

/* What the call changed on the server. */
static enum chandra_status
put_changes(struct pending *pending, struct chandra_error *err)
{
    struct ch_changes changes = {.doc = pending->doc,
                                 .changed = chandra_value_new_array(pending->doc),
                                 .deleted = chandra_value_new_array(pending->doc)};
    enum chandra_status st;

    if (!changes.changed || !changes.deleted)
        return ch_record_no_memory(err);
    st = ch_world_take_writes(pending->world, &changes, err);
    if (chandra_value_count(changes.changed) > 0)
        put(pending, pending->got, "changed", changes.changed);
    if (chandra_value_count(changes.deleted) > 0)
        put(pending, pending->got, "deleted", changes.deleted);
    return st;
}

enum chandra_status
ch_call(struct ch_world *world, const struct ch_step_call *call, struct chandra_doc *doc,
        struct chandra_value **out_got, struct chandra_error *err)
{
    struct pending pending = {.world = world,
                              .call = call,
                              .doc = doc,
                              .got = chandra_value_new_object(doc),
                              .reasons = chandra_value_new_array(doc)};
    enum chandra_status st = CHANDRA_OK;

    if (!pending.got || !pending.reasons)
        return ch_record_no_memory(err);
    st = ch_world_pod(world, call->pod, &pending.pod, err);
    if (st == CHANDRA_OK)
        st = prepare_cycle(&pending, err);
    if (st == CHANDRA_OK)
        st = prepare_nodes(&pending, err);
    if (st == CHANDRA_OK)
        st = carry_out(&pending, err);
    if (st == CHANDRA_OK)
        st = put_changes(&pending, err);
    if (st == CHANDRA_OK && chandra_value_count(pending.reasons) > 0)
        put(&pending, pending.got, "reasons", pending.reasons);
    if (st == CHANDRA_OK && pending.failed)
        st = ch_record_no_memory(err);
    if (st == CHANDRA_OK)
        *out_got = pending.got;
    return st;
}
