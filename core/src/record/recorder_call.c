/* recorder_call.c - write the calls of a record: what was asked, answered, and changed on the
 * server. */
#include "base/text.h"
#include "doc/value.h"
#include "record/recorder.h"

#include <chandra/sys/policy.h>
#include <string.h>

/* The step of one call. Failed allocations show at the end. */
struct call_step {
    struct chandra_recorder *recorder;
    const struct chandra_call *call;
    struct chandra_doc *doc;
    struct chandra_value *step;
    struct chandra_value *want;
    struct chandra_value *changed; /* object: key to normalized object, or null for a deletion */
    bool is_left_out;
    bool failed;
};

static void
set(struct call_step *step, struct chandra_value *object, const char *key,
    struct chandra_value *member)
{
    if (!object || !chandra_value_set(object, key, member))
        step->failed = true;
}

static struct chandra_value *
text(const struct call_step *step, const char *content)
{
    return chandra_value_new_string(step->doc, content);
}

static struct chandra_value *
code_value(const struct call_step *step, enum chandra_code code)
{
    return text(step, chandra_code_name(code));
}

/* The pod that the call is about may be newer or older than the one in the cache, or not be cached
 * at all: make sure that the record's server holds it as the call saw it. */
static void
show_pod(struct call_step *step)
{
    const struct chandra_object *pod = chandra_pod_object(step->call->pod);
    struct chandra_recorder *recorder = step->recorder;
    const struct chandra_value *value = ch_object_value(step->doc, pod);
    struct ch_buf buf = {0};
    const char *key = ch_object_key(&buf, "Pod", pod->name_space, pod->name);
    const struct ch_shadow *shadow = key ? ch_shadow_get(recorder, key) : NULL;
    struct chandra_value *normalized = value ? ch_normalize(step->doc, value) : NULL;

    if (!key || !normalized) {
        step->failed = true;
    } else if (!shadow || !chandra_value_equal(shadow->object, normalized)) {
        const bool was_behind = recorder->is_behind;

        step->failed |= !ch_shadow_put(recorder, key, value, false, false);
        ch_recorder_put_apply(recorder, value, true);
        recorder->is_behind = was_behind; /* pods matter as calls bring them */
    }
    ch_buf_clear(&buf);
}

/* What the call's writes changed. */

/* Write down what others had done to an object before, so that the write does the same again. */
static void
show_foreign(struct call_step *step, const char *key, const struct chandra_value *answer)
{
    struct chandra_recorder *recorder = step->recorder;
    const struct ch_shadow *shadow = ch_shadow_get(recorder, key);
    struct chandra_value *before = NULL;
    bool is_created;

    switch (ch_foreign_change(shadow, answer, step->call, step->doc, &before)) {
    case CH_FOREIGN_NOTHING:
        break;
    case CH_FOREIGN_CHANGED:
        is_created = shadow->is_created && ch_streq(shadow->uid, ch_metadata_text(before, "uid"));
        if (is_created)
            ch_drop_uid(before);
        step->failed |= !ch_shadow_put(recorder, key, before, is_created, false);
        ch_recorder_put_apply(recorder, before, true);
        break;
    case CH_FOREIGN_DELETED:
        ch_shadow_drop(recorder, key);
        ch_recorder_put_delete(recorder, key, true);
        break;
    case CH_FOREIGN_NO_MEMORY:
        step->failed = true;
    }
}

static void
take_answer(struct call_step *step, const char *key, const struct chandra_value *answer)
{
    struct chandra_recorder *recorder = step->recorder;
    const struct ch_shadow *shadow;
    struct chandra_value *former = NULL;
    bool is_created;

    show_foreign(step, key, answer);
    shadow = ch_shadow_get(recorder, key);
    is_created = !shadow || shadow->is_created;
    if (shadow && !chandra_value_get(step->changed, key)) {
        former = chandra_value_copy(step->doc, shadow->object);
        step->failed |= !former;
    }
    if (!ch_shadow_put(recorder, key, answer, is_created, true)) {
        step->failed = true;
        return;
    }
    shadow = ch_shadow_get(recorder, key);
    if (former && chandra_value_equal(former, shadow->object))
        return; /* it was so before */
    set(step, step->changed, key, chandra_value_copy(step->doc, shadow->object));
    recorder->is_behind = true;
}

static void
take_deletion(struct call_step *step, const char *key)
{
    if (!ch_shadow_get(step->recorder, key))
        return;
    ch_shadow_drop(step->recorder, key);
    set(step, step->changed, key, chandra_value_new_null(step->doc));
    step->recorder->is_behind = true;
}

/* A write of a call that is left out becomes somebody else's, unseen by the cache. */
static void
tell_alone(struct call_step *step, const struct ch_own_write *write)
{
    struct chandra_recorder *recorder = step->recorder;
    const struct ch_shadow *shadow = ch_shadow_get(recorder, write->key);
    const bool is_created = shadow && shadow->is_created;
    struct chandra_value *object;

    if (!write->doc) {
        ch_shadow_drop(recorder, write->key);
        ch_recorder_put_delete(recorder, write->key, true);
        return;
    }
    object = chandra_value_copy(step->doc, chandra_doc_root(write->doc, 0));
    if (!object || !ch_shadow_put(recorder, write->key, object, is_created, true)) {
        ch_recorder_lose(recorder);
        return;
    }
    if (is_created)
        ch_drop_uid(object);
    ch_recorder_put_apply(recorder, object, true);
}

static void
take_write(struct call_step *step, const struct ch_own_write *write)
{
    if (step->is_left_out)
        tell_alone(step, write);
    else if (write->doc)
        take_answer(step, write->key, chandra_doc_root(write->doc, 0));
    else
        take_deletion(step, write->key);
}

/* Take the writes of the call's cycle out of the list. Says whether one has been echoed already. */
static bool
take_writes(struct call_step *step)
{
    struct ch_own_write **link = &step->recorder->writes;
    bool is_echoed = false;

    while (step->call->cycle && *link) {
        struct ch_own_write *write = *link;

        if (write->cycle != step->call->cycle) {
            link = &write->next;
            continue;
        }
        *link = write->next;
        is_echoed |= write->is_echoed;
        take_write(step, write);
        ch_own_write_free(write);
    }
    return is_echoed;
}

static void
put_changes(struct call_step *step)
{
    struct chandra_value *changed = chandra_value_new_array(step->doc);
    struct chandra_value *deleted = chandra_value_new_array(step->doc);

    for (size_t i = 0; i < chandra_value_count(step->changed); i++) {
        const struct chandra_value *object = chandra_value_at(step->changed, i);

        if (chandra_value_type(object) != CHANDRA_NULL)
            step->failed |= !chandra_value_append(changed, chandra_value_copy(step->doc, object));
        else
            step->failed |=
                !chandra_value_append(deleted, text(step, chandra_value_key(step->changed, i)));
    }
    if (chandra_value_count(changed) > 0)
        set(step, step->want, "changed", changed);
    if (chandra_value_count(deleted) > 0)
        set(step, step->want, "deleted", deleted);
}

/* Arguments and answers, point by point. */

static const char *
node_name(const struct call_step *step, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(step->call->cycle, index)));
}

/* Whether a set holds every node of the record's server. */
static bool
has_all_nodes(const struct call_step *step, const struct chandra_nodeset *nodes)
{
    struct ch_buf buf = {0};
    bool has_all = chandra_nodeset_count(nodes) == step->recorder->node_count;

    for (uint32_t index = chandra_nodeset_next(nodes, 0); has_all && index != CHANDRA_NODESET_END;
         index = chandra_nodeset_next(nodes, index + 1)) {
        const char *key = ch_object_key(&buf, "Node", "", node_name(step, index));

        has_all = key && ch_shadow_get(step->recorder, key);
    }
    ch_buf_clear(&buf);
    return has_all;
}

static struct chandra_value *
node_names(struct call_step *step, const struct chandra_nodeset *nodes)
{
    struct chandra_value *names;

    if (has_all_nodes(step, nodes))
        return text(step, "*");
    names = chandra_value_new_array(step->doc);
    for (uint32_t index = chandra_nodeset_next(nodes, 0); index != CHANDRA_NODESET_END;
         index = chandra_nodeset_next(nodes, index + 1))
        step->failed |= !names || !chandra_value_append(names, text(step, node_name(step, index)));
    return names;
}

/* What a Filter of many nodes rejected. */
static void
put_codes(struct call_step *step)
{
    const struct chandra_call *call = step->call;
    struct chandra_value *codes = chandra_value_new_object(step->doc);

    for (uint32_t index = chandra_nodeset_next(call->nodes, 0); index != CHANDRA_NODESET_END;
         index = chandra_nodeset_next(call->nodes, index + 1))
        if (!chandra_nodeset_has(call->feasible, index))
            set(step, codes, node_name(step, index), code_value(step, CHANDRA_CODE_UNRESOLVABLE));
    if (chandra_value_count(codes) > 0)
        set(step, step->want, "codes", codes);
}

static void
put_filter(struct call_step *step)
{
    const struct chandra_call *call = step->call;
    struct chandra_value *nodes;
    struct chandra_value *codes;

    if (call->nodes) {
        set(step, step->step, "nodes", node_names(step, call->nodes));
        put_codes(step);
        return;
    }
    nodes = chandra_value_new_array(step->doc);
    step->failed |= !nodes || !chandra_value_append(nodes, text(step, call->node));
    set(step, step->step, "nodes", nodes);
    if (call->answer->code == CHANDRA_CODE_SUCCESS)
        return;
    codes = chandra_value_new_object(step->doc);
    set(step, codes, call->node, code_value(step, call->answer->code));
    set(step, step->want, "codes", codes);
}

static void
put_scores(struct call_step *step)
{
    const struct chandra_call *call = step->call;
    struct chandra_value *scores = chandra_value_new_object(step->doc);

    if (call->answer->code != CHANDRA_CODE_SUCCESS)
        return;
    for (uint32_t index = chandra_nodeset_next(call->nodes, 0); index != CHANDRA_NODESET_END;
         index = chandra_nodeset_next(call->nodes, index + 1))
        set(step, scores, node_name(step, index),
            chandra_value_new_int64(step->doc, call->scores[index]));
    set(step, step->want, "scores", scores);
}

static void
put_hint(struct call_step *step)
{
    const struct chandra_call *call = step->call;
    const char *verb = !call->new_object ? "delete" : !call->old_object ? "add" : "update";
    struct ch_buf event = {0};

    ch_buf_printf(&event, "%s/%s", chandra_kind_name(call->event_kind), verb);
    set(step, step->step, "event", ch_buf_ok(&event) ? text(step, event.text) : NULL);
    if (call->old_object)
        set(step, step->step, "old", ch_object_value(step->doc, call->old_object));
    if (call->new_object)
        set(step, step->step, "new", ch_object_value(step->doc, call->new_object));
    ch_buf_clear(&event);
}

static void
put_reason(struct call_step *step)
{
    struct chandra_value *reasons = chandra_value_new_array(step->doc);
    const char *reason = step->call->answer->reason;

    if (reason[0] == '\0')
        return;
    step->failed |= !reasons || !chandra_value_append(reasons, text(step, reason));
    set(step, step->want, "reasons", reasons);
}

static void
put_point(struct call_step *step)
{
    const struct chandra_call *call = step->call;

    switch (call->point) {
    case CHANDRA_POINT_FILTER:
        put_filter(step);
        return; /* it has no code of its own, and reasons only on demand */
    case CHANDRA_POINT_HINT:
        put_hint(step);
        break;
    case CHANDRA_POINT_PRE_SCORE:
        set(step, step->step, "nodes", node_names(step, call->nodes));
        break;
    case CHANDRA_POINT_SCORE:
        set(step, step->step, "nodes", node_names(step, call->nodes));
        put_scores(step);
        break;
    case CHANDRA_POINT_UNRESERVE:
    case CHANDRA_POINT_POST_BIND:
        set(step, step->step, "node", text(step, call->node));
        set(step, step->want, "code", code_value(step, CHANDRA_CODE_SUCCESS));
        return;
    case CHANDRA_POINT_RESERVE:
    case CHANDRA_POINT_PRE_BIND:
        set(step, step->step, "node", text(step, call->node));
        break;
    case CHANDRA_POINT_PRE_ENQUEUE:
    case CHANDRA_POINT_PRE_FILTER:
    case CHANDRA_POINT_POST_FILTER:
        break;
    }
    set(step, step->want, "code", code_value(step, call->answer->code));
    put_reason(step);
}

static struct chandra_value *
pod_value(const struct call_step *step)
{
    const struct chandra_object *pod = chandra_pod_object(step->call->pod);
    struct chandra_value *value = NULL;
    struct ch_buf name = {0};

    ch_buf_printf(&name, "%s/%s", pod->name_space, pod->name);
    if (ch_buf_ok(&name))
        value = text(step, name.text);
    ch_buf_clear(&name);
    return value;
}

static void
put_subject(struct call_step *step)
{
    set(step, step->step, "call", text(step, chandra_point_name(step->call->point)));
    set(step, step->step, "pod", pod_value(step));
}

/* A Filter of many nodes that failed does not say which of them it could have answered for. */
static bool
is_told(const struct chandra_call *call)
{
    return call->point != CHANDRA_POINT_FILTER || !call->nodes ||
           call->answer->code == CHANDRA_CODE_SUCCESS;
}

static bool
sends_requests(enum chandra_point point)
{
    return point == CHANDRA_POINT_POST_FILTER || point == CHANDRA_POINT_PRE_BIND ||
           point == CHANDRA_POINT_UNRESERVE || point == CHANDRA_POINT_POST_BIND;
}

/* Requests that failed on the way to the API server do not fail again in a replay. Nor do those
 * that the server refused for what the record does not have: as long as the record's cache has seen
 * all that its server holds, the reason was elsewhere. Such a call is left out: to the rest of the
 * record it is as if its requests had never been sent. */
static bool
is_unexplained(const struct chandra_recorder *recorder, const struct chandra_call *call)
{
    switch (call->answer->status) {
    case CHANDRA_ENOTFOUND:
    case CHANDRA_ECONFLICT:
    case CHANDRA_EEXISTS:
    case CHANDRA_EREJECTED:
        return !recorder->is_behind;
    case CHANDRA_ETRANSIENT:
    case CHANDRA_ETHROTTLED:
    case CHANDRA_EUNAUTHORIZED:
    case CHANDRA_EFORBIDDEN:
    case CHANDRA_EAPI:
    case CHANDRA_EIO:
    case CHANDRA_ECANCELED:
    case CHANDRA_ENOMEM:
        return true;
    default:
        return false;
    }
}

/* What an attempt's later requests are depends on what became of the earlier ones: once a call has
 * been left out, the others that send requests are too, until the next attempt. */
static bool
is_left_out(struct call_step *step)
{
    struct chandra_recorder *recorder = step->recorder;
    const struct chandra_call *call = step->call;
    const char *pod = chandra_value_string(chandra_value_get(step->step, "pod"));
    bool is_out;

    if (!pod)
        return false;
    if (call->point == CHANDRA_POINT_PRE_FILTER)
        ch_map_remove(&recorder->doubtful, pod);
    if (!sends_requests(call->point))
        return false;
    is_out = is_unexplained(recorder, call) || ch_map_get(&recorder->doubtful, pod);
    step->failed |= is_out && !ch_map_set(&recorder->doubtful, pod, recorder);
    return is_out;
}

void
ch_recorder_call(void *user, const struct chandra_call *call)
{
    struct call_step step = {.recorder = user, .call = call};
    bool is_echoed;

    if (chandra_doc_new(&step.doc, NULL) != CHANDRA_OK) {
        ch_recorder_lose(step.recorder);
        return;
    }
    step.step = chandra_value_new_object(step.doc);
    step.want = chandra_value_new_object(step.doc);
    step.changed = chandra_value_new_object(step.doc);
    step.failed = !step.step || !step.want || !step.changed;
    put_subject(&step);
    step.is_left_out = is_left_out(&step);
    show_pod(&step);
    is_echoed = take_writes(&step);
    put_point(&step);
    put_changes(&step);
    if (is_told(call))
        set(&step, step.step, "want", step.want);
    if (step.failed || !step.is_left_out)
        ch_recorder_put(step.recorder, step.failed ? NULL : step.step);
    if (is_echoed)
        ch_recorder_put_sync(step.recorder);
    chandra_doc_free(step.doc);
}
