/* want.c - check the answer that a record wants from a call, before it is compared with one. */
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <chandra/cycle.h>
#include <string.h>

enum { CODE_COUNT = CHANDRA_CODE_QUEUE_SKIP + 1 };

static enum chandra_status
check_code(const struct chandra_value *value, struct chandra_error *err)
{
    const char *names[CODE_COUNT];
    const char *text = chandra_value_string(value);
    const char *near;

    if (!text)
        return ch_value_error(value, err, CHANDRA_EINVAL, "a code is a string");
    for (int code = 0; code < CODE_COUNT; code++) {
        names[code] = chandra_code_name((enum chandra_code)code);
        if (strcmp(names[code], text) == 0)
            return CHANDRA_OK;
    }
    near = ch_nearest(text, names, CODE_COUNT);
    if (near)
        return ch_value_error(value, err, CHANDRA_EINVAL,
                              "unknown code \"%s\", did you mean \"%s\"?", text, near);
    return ch_value_error(value, err, CHANDRA_EINVAL, "unknown code \"%s\"", text);
}

static enum chandra_status
check_codes(const struct chandra_value *want, struct chandra_error *err)
{
    const struct chandra_value *codes = NULL;
    enum chandra_status st = ch_field_object(want, "want", "codes", &codes, err);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(codes); i++)
        st = check_code(chandra_value_at(codes, i), err);
    return st;
}

static enum chandra_status
check_scores(const struct chandra_value *want, struct chandra_error *err)
{
    const struct chandra_value *scores = NULL;
    enum chandra_status st = ch_field_object(want, "want", "scores", &scores, err);
    int64_t number;

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(scores); i++)
        if (!chandra_value_int64(chandra_value_at(scores, i), &number))
            st = ch_value_error(chandra_value_at(scores, i), err, CHANDRA_EINVAL,
                                "want.scores.%s: want an integer", chandra_value_key(scores, i));
    return st;
}

static enum chandra_status
check_texts(const struct chandra_value *want, const char *key, struct chandra_error *err)
{
    const struct chandra_value *list = NULL;
    enum chandra_status st = ch_field_array(want, "want", key, &list, err);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(list); i++)
        if (!chandra_value_string(chandra_value_at(list, i)))
            st = ch_value_error(chandra_value_at(list, i), err, CHANDRA_EINVAL,
                                "want.%s: want strings", key);
    return st;
}

enum chandra_status
ch_want_check_objects(const struct chandra_value *list, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(list); i++) {
        const struct chandra_value *object = chandra_value_at(list, i);
        struct ch_step_target target;

        st = ch_keys_identity(object, &target, err);
        if (st == CHANDRA_OK && strcmp(target.kind, "ResourceClaim") != 0 &&
            strcmp(target.kind, "PodSchedulingContext") != 0)
            st = ch_value_error(object, err, CHANDRA_EINVAL,
                                "only ResourceClaims and PodSchedulingContexts are compared, "
                                "not a %s",
                                target.kind);
    }
    return st;
}

static enum chandra_status
check_changes(const struct chandra_value *want, struct chandra_error *err)
{
    const struct chandra_value *changed = NULL;
    enum chandra_status st = ch_field_array(want, "want", "changed", &changed, err);

    if (st == CHANDRA_OK)
        st = ch_want_check_objects(changed, err);
    if (st == CHANDRA_OK)
        st = check_texts(want, "deleted", err);
    return st;
}

enum chandra_status
ch_want_check(const struct chandra_value *want, enum chandra_point point, struct chandra_error *err)
{
    static const char *const for_filter[] = {"codes", "reasons", "changed", "deleted", NULL};
    static const char *const for_pre_filter[] = {"code",    "nodes",   "reasons",
                                                 "changed", "deleted", NULL};
    static const char *const for_score[] = {"code",    "scores",  "reasons",
                                            "changed", "deleted", NULL};
    static const char *const for_others[] = {"code", "reasons", "changed", "deleted", NULL};
    const bool is_filter = point == CHANDRA_POINT_FILTER;
    const char *const *known = is_filter                           ? for_filter
                               : point == CHANDRA_POINT_PRE_FILTER ? for_pre_filter
                               : point == CHANDRA_POINT_SCORE      ? for_score
                                                                   : for_others;
    const struct chandra_value *code = chandra_value_get(want, "code");
    enum chandra_status st = ch_keys_check(want, known, err);

    if (st == CHANDRA_OK && !code && !is_filter)
        st = ch_value_error(want, err, CHANDRA_EINVAL, "want: code is missing");
    if (st == CHANDRA_OK && code)
        st = check_code(code, err);
    if (st == CHANDRA_OK)
        st = check_codes(want, err);
    if (st == CHANDRA_OK)
        st = check_scores(want, err);
    if (st == CHANDRA_OK)
        st = check_texts(want, "nodes", err);
    if (st == CHANDRA_OK)
        st = check_texts(want, "reasons", err);
    if (st == CHANDRA_OK)
        st = check_changes(want, err);
    return st;
}
