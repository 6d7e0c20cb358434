/* step.c - turn a value into a step, strictly: what a step may say, and what it must. */
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <string.h>

static const char classic_api[] = "resource.k8s.io/v1alpha2";
static const char gate_name[] = "DynamicResourceAllocation";

/* What a point's call takes besides the pod. */
enum arguments { NO_ARGUMENTS, NODES, ONE_NODE, EVENT };

static const struct {
    enum chandra_point point;
    enum arguments arguments;
} point_rules[] = {
    {CHANDRA_POINT_PRE_ENQUEUE, NO_ARGUMENTS},
    {CHANDRA_POINT_HINT, EVENT},
    {CHANDRA_POINT_PRE_FILTER, NO_ARGUMENTS},
    {CHANDRA_POINT_FILTER, NODES},
    {CHANDRA_POINT_POST_FILTER, NO_ARGUMENTS},
    {CHANDRA_POINT_PRE_SCORE, NODES},
    {CHANDRA_POINT_SCORE, NODES},
    {CHANDRA_POINT_RESERVE, ONE_NODE},
    {CHANDRA_POINT_PRE_BIND, ONE_NODE},
    {CHANDRA_POINT_UNRESERVE, ONE_NODE},
    {CHANDRA_POINT_POST_BIND, ONE_NODE},
};

enum { POINT_COUNT = sizeof(point_rules) / sizeof(point_rules[0]) };

/* "unknown WHAT "WORD", did you mean "CHOICE"?" */
static enum chandra_status
unknown_word(const struct chandra_value *value, const char *what, const char *word,
             const char *const *choices, size_t count, struct chandra_error *err)
{
    const char *near = ch_nearest(word, choices, count);

    if (near)
        return ch_value_error(value, err, CHANDRA_EINVAL, "unknown %s \"%s\", did you mean \"%s\"?",
                              what, word, near);
    return ch_value_error(value, err, CHANDRA_EINVAL, "unknown %s \"%s\"", what, word);
}

static enum chandra_status
parse_api(const struct chandra_value *value, struct chandra_error *err)
{
    const char *api = NULL;
    enum chandra_status st = ch_keys_string(value, "api", &api, err);

    if (st == CHANDRA_OK && strcmp(api, classic_api) != 0)
        st = ch_value_error(chandra_value_get(value, "api"), err, CHANDRA_EUNSUPPORTED,
                            "records of api \"%s\" cannot be replayed, only those of \"%s\"", api,
                            classic_api);
    return st;
}

static enum chandra_status
parse_features(const struct chandra_value *value, struct ch_step_header *header,
               struct chandra_error *err)
{
    const struct chandra_value *features = NULL;
    enum chandra_status st = ch_field_object(value, "record", "features", &features, err);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(features); i++) {
        const struct chandra_value *gate = chandra_value_at(features, i);

        if (chandra_value_type(gate) != CHANDRA_BOOL)
            st = ch_value_error(gate, err, CHANDRA_EINVAL, "features.%s: want a bool, got a %s",
                                chandra_value_key(features, i),
                                chandra_type_name(chandra_value_type(gate)));
        else if (strcmp(chandra_value_key(features, i), gate_name) == 0)
            header->is_disabled = !chandra_value_is_true(gate);
    }
    return st;
}

static enum chandra_status
parse_seed(const struct chandra_value *value, struct ch_step_header *header,
           struct chandra_error *err)
{
    int64_t seed = 1;
    const enum chandra_status st = ch_field_int64(value, "record", "seed", &seed, err);

    if (st == CHANDRA_OK && seed < 0)
        return ch_value_error(chandra_value_get(value, "seed"), err, CHANDRA_EINVAL,
                              "seed: want a number that is not negative");
    header->seed = (uint64_t)seed;
    return st;
}

static enum chandra_status
parse_header(const struct chandra_value *value, struct ch_step *step, struct chandra_error *err)
{
    static const char *const known[] = {"record",   "name",           "api", "policy", "seed",
                                        "features", "bindingTimeout", NULL};
    const char *noted = NULL; /* for people, or for other apis */
    int64_t number = 0;
    enum chandra_status st = ch_keys_check(value, known, err);

    step->kind = CH_STEP_HEADER;
    if (st == CHANDRA_OK)
        st = ch_field_int64(value, "step", "record", &number, err);
    if (st == CHANDRA_OK && number != 1)
        st = ch_value_error(chandra_value_get(value, "record"), err, CHANDRA_EUNSUPPORTED,
                            "record: format %lld is not known, only format 1", (long long)number);
    if (st == CHANDRA_OK)
        st = ch_keys_string(value, "name", &step->header.name, err);
    if (st == CHANDRA_OK)
        st = parse_api(value, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(value, "record", "policy", &noted, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(value, "record", "bindingTimeout", &noted, err);
    if (st == CHANDRA_OK)
        st = parse_seed(value, &step->header, err);
    if (st == CHANDRA_OK)
        st = parse_features(value, &step->header, err);
    return st;
}

static enum chandra_status
parse_apply(const struct chandra_value *value, struct ch_step *step, struct chandra_error *err)
{
    static const char *const known[] = {"apply", "lag", NULL};
    enum chandra_status st = ch_keys_check(value, known, err);

    step->kind = CH_STEP_APPLY;
    if (st == CHANDRA_OK)
        st = ch_keys_identity(chandra_value_get(value, "apply"), &step->target, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(value, "step", "lag", &step->target.lag, err);
    return st;
}

static enum chandra_status
parse_delete(const struct chandra_value *value, struct ch_step *step, struct chandra_error *err)
{
    static const char *const known[] = {"delete", "lag", NULL};
    static const char *const members[] = {"kind", "namespace", "name", NULL};
    const struct chandra_value *target = chandra_value_get(value, "delete");
    enum chandra_status st = ch_keys_check(value, known, err);

    step->kind = CH_STEP_DELETE;
    step->target.name_space = "";
    if (st == CHANDRA_OK)
        st = ch_keys_check(target, members, err);
    if (st == CHANDRA_OK)
        st = ch_keys_string(target, "kind", &step->target.kind, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(target, "delete", "namespace", &step->target.name_space, err);
    if (st == CHANDRA_OK)
        st = ch_keys_string(target, "name", &step->target.name, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(value, "step", "lag", &step->target.lag, err);
    if (st == CHANDRA_OK)
        ch_target_default(&step->target);
    return st;
}

static enum chandra_status
parse_sync(const struct chandra_value *value, struct ch_step *step, struct chandra_error *err)
{
    static const char *const known[] = {"sync", NULL};
    enum chandra_status st = ch_keys_check(value, known, err);

    step->kind = CH_STEP_SYNC;
    if (st == CHANDRA_OK && !chandra_value_is_true(chandra_value_get(value, "sync")))
        st = ch_value_error(chandra_value_get(value, "sync"), err, CHANDRA_EINVAL,
                            "sync: want true");
    return st;
}

static enum chandra_status
parse_want(const struct chandra_value *value, struct ch_step *step, struct chandra_error *err)
{
    static const char *const known[] = {"want", NULL};
    static const char *const members[] = {"objects", NULL};
    const struct chandra_value *want = chandra_value_get(value, "want");
    enum chandra_status st = ch_keys_check(value, known, err);

    step->kind = CH_STEP_WANT;
    if (st == CHANDRA_OK)
        st = ch_keys_check(want, members, err);
    if (st == CHANDRA_OK)
        st = ch_field_array(want, "want", "objects", &step->want_objects, err);
    if (st == CHANDRA_OK && !step->want_objects)
        st = ch_value_error(want, err, CHANDRA_EINVAL, "want: objects is missing");
    if (st == CHANDRA_OK)
        st = ch_want_check_objects(step->want_objects, err);
    return st;
}

static enum chandra_status
parse_point(const struct chandra_value *value, enum chandra_point *out_point,
            enum arguments *out_arguments, struct chandra_error *err)
{
    const char *names[POINT_COUNT];
    const char *word = NULL;
    enum chandra_status st = ch_keys_string(value, "call", &word, err);

    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 0; i < POINT_COUNT; i++) {
        names[i] = chandra_point_name(point_rules[i].point);
        if (strcmp(names[i], word) == 0) {
            *out_point = point_rules[i].point;
            *out_arguments = point_rules[i].arguments;
            return CHANDRA_OK;
        }
    }
    return unknown_word(chandra_value_get(value, "call"), "extension point", word, names,
                        POINT_COUNT, err);
}

static enum chandra_status
parse_nodes(const struct chandra_value *value, struct ch_step_call *call, struct chandra_error *err)
{
    const struct chandra_value *nodes = chandra_value_get(value, "nodes");
    const char *text = chandra_value_string(nodes);

    if (text && strcmp(text, "*") == 0) {
        call->has_all_nodes = true;
        return CHANDRA_OK;
    }
    if (chandra_value_type(nodes) != CHANDRA_ARRAY)
        return ch_value_error(nodes ? nodes : value, err, CHANDRA_EINVAL,
                              "nodes: want a list of names or \"*\"");
    for (size_t i = 0; i < chandra_value_count(nodes); i++)
        if (!chandra_value_string(chandra_value_at(nodes, i)))
            return ch_value_error(chandra_value_at(nodes, i), err, CHANDRA_EINVAL,
                                  "nodes: want names");
    call->nodes = nodes;
    return CHANDRA_OK;
}

/* "KIND/add" and so on; what has happened shows in which objects there are. */
static enum chandra_status
parse_event_name(const struct chandra_value *value, struct ch_step_call *call,
                 struct chandra_error *err)
{
    static const char *const verbs[] = {"/add", "/update", "/delete"};
    const char *names[CHANDRA_KIND_COUNT];
    const char *text = NULL;
    enum chandra_status st = ch_keys_string(value, "event", &text, err);

    for (int kind = 0; st == CHANDRA_OK && kind < CHANDRA_KIND_COUNT; kind++) {
        const char *name = chandra_kind_name((enum chandra_kind)kind);
        const size_t len = strlen(name);

        names[kind] = name;
        call->event_kind = (enum chandra_kind)kind;
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
            if (strncmp(text, name, len) == 0 && strcmp(text + len, verbs[i]) == 0)
                return CHANDRA_OK;
    }
    if (st != CHANDRA_OK)
        return st;
    return unknown_word(chandra_value_get(value, "event"),
                        "event (want KIND/add, KIND/update or KIND/delete)", text, names,
                        CHANDRA_KIND_COUNT, err);
}

static enum chandra_status
parse_event(const struct chandra_value *value, struct ch_step_call *call, struct chandra_error *err)
{
    enum chandra_status st = parse_event_name(value, call, err);

    if (st == CHANDRA_OK)
        st = ch_field_object(value, "step", "old", &call->old_object, err);
    if (st == CHANDRA_OK)
        st = ch_field_object(value, "step", "new", &call->new_object, err);
    if (st == CHANDRA_OK && !call->old_object && !call->new_object)
        st = ch_value_error(value, err, CHANDRA_EINVAL, "a Hint needs old, new or both");
    return st;
}

static enum chandra_status
parse_pod(const struct chandra_value *value, struct ch_step_call *call, struct chandra_error *err)
{
    const char *slash;
    enum chandra_status st = ch_keys_string(value, "pod", &call->pod, err);

    if (st != CHANDRA_OK)
        return st;
    slash = strchr(call->pod, '/');
    if (!slash || slash == call->pod || slash[1] == '\0' || strchr(slash + 1, '/'))
        return ch_value_error(chandra_value_get(value, "pod"), err, CHANDRA_EINVAL,
                              "pod: want NAMESPACE/NAME, got \"%s\"", call->pod);
    return CHANDRA_OK;
}

static enum chandra_status
parse_arguments(const struct chandra_value *value, enum arguments arguments,
                struct ch_step_call *call, struct chandra_error *err)
{
    switch (arguments) {
    case NODES:
        return parse_nodes(value, call, err);
    case ONE_NODE:
        return ch_keys_string(value, "node", &call->node, err);
    case EVENT:
        return parse_event(value, call, err);
    case NO_ARGUMENTS:
        break;
    }
    return CHANDRA_OK;
}

static enum chandra_status
parse_call(const struct chandra_value *value, struct ch_step *step, struct chandra_error *err)
{
    static const char *const known[][7] = {
        [NO_ARGUMENTS] = {"call", "pod", "want", NULL},
        [NODES] = {"call", "pod", "want", "nodes", NULL},
        [ONE_NODE] = {"call", "pod", "want", "node", NULL},
        [EVENT] = {"call", "pod", "want", "event", "old", "new", NULL},
    };
    struct ch_step_call *call = &step->call;
    enum arguments arguments = NO_ARGUMENTS;
    enum chandra_status st = parse_point(value, &call->point, &arguments, err);

    step->kind = CH_STEP_CALL;
    if (st == CHANDRA_OK)
        st = ch_keys_check(value, known[arguments], err);
    if (st == CHANDRA_OK)
        st = parse_pod(value, call, err);
    if (st == CHANDRA_OK)
        st = parse_arguments(value, arguments, call, err);
    if (st == CHANDRA_OK)
        st = ch_field_object(value, "step", "want", &call->want, err);
    if (st == CHANDRA_OK && call->want)
        st = ch_want_check(call->want, call->point, err);
    return st;
}

enum chandra_status
ch_step_parse(const struct chandra_value *value, struct ch_step *out_step,
              struct chandra_error *err)
{
    /* Sorted by what tells kinds apart: a call has a want too. */
    static const struct {
        const char *key;
        enum chandra_status (*parse)(const struct chandra_value *value, struct ch_step *step,
                                     struct chandra_error *err);
    } kinds[] = {
        {"record", parse_header}, {"apply", parse_apply}, {"delete", parse_delete},
        {"sync", parse_sync},     {"call", parse_call},   {"want", parse_want},
    };
    static const char *const known[] = {"record", "apply", "delete", "sync", "call", "want", NULL};
    struct ch_step step = {.value = value};
    enum chandra_status st;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!chandra_value_get(value, kinds[i].key))
            continue;
        st = kinds[i].parse(value, &step, err);
        if (st == CHANDRA_OK)
            *out_step = step;
        return st;
    }
    st = ch_keys_check(value, known, err);
    if (st == CHANDRA_OK)
        st = ch_value_error(value, err, CHANDRA_EINVAL,
                            "a step needs one of record, apply, delete, sync, call, want");
    return st;
}
