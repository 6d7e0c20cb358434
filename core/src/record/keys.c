/* keys.c - strict reading of a step's members: nothing unknown, nothing missing. */
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <string.h>

static bool
is_known(const char *key, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, known[i]) == 0)
            return true;
    return false;
}

enum chandra_status
ch_keys_check(const struct chandra_value *object, const char *const *known,
              struct chandra_error *err)
{
    size_t count = 0;

    if (chandra_value_type(object) != CHANDRA_OBJECT)
        return ch_value_error(object, err, CHANDRA_EINVAL, "want an object, got a %s",
                              chandra_type_name(chandra_value_type(object)));
    while (known[count])
        count++;
    for (size_t i = 0; i < chandra_value_count(object); i++) {
        const char *key = chandra_value_key(object, i);
        const char *near;

        if (is_known(key, known, count))
            continue;
        near = ch_nearest(key, known, count);
        return ch_value_error(chandra_value_at(object, i), err, CHANDRA_EINVAL,
                              near ? "unknown key \"%s\", did you mean \"%s\"?"
                                   : "unknown key \"%s\"%s",
                              key, near ? near : "");
    }
    return CHANDRA_OK;
}

enum chandra_status
ch_keys_string(const struct chandra_value *object, const char *key, const char **out,
               struct chandra_error *err)
{
    const struct chandra_value *value = chandra_value_get(object, key);
    const char *text = chandra_value_string(value);

    if (!value)
        return ch_value_error(object, err, CHANDRA_EINVAL, "%s is missing", key);
    if (!text)
        return ch_value_error(value, err, CHANDRA_EINVAL, "%s: want a string, got a %s", key,
                              chandra_type_name(chandra_value_type(value)));
    if (text[0] == '\0')
        return ch_value_error(value, err, CHANDRA_EINVAL, "%s is empty", key);
    *out = text;
    return CHANDRA_OK;
}

/* Objects of these kinds are in the namespace "default" unless they say otherwise. */
static bool
is_namespaced(const char *kind)
{
    static const char *const kinds[] = {"Pod", "ResourceClaim", "PodSchedulingContext",
                                        "ResourceClaimTemplate"};

    return is_known(kind, kinds, sizeof(kinds) / sizeof(kinds[0]));
}

void
ch_target_default(struct ch_step_target *target)
{
    if (target->name_space[0] == '\0' && is_namespaced(target->kind))
        target->name_space = "default";
}

enum chandra_status
ch_keys_identity(const struct chandra_value *object, struct ch_step_target *out_target,
                 struct chandra_error *err)
{
    const struct chandra_value *metadata = NULL;
    struct ch_step_target target = {.object = object, .name_space = ""};
    enum chandra_status st = CHANDRA_OK;

    if (chandra_value_type(object) != CHANDRA_OBJECT)
        return ch_value_error(object, err, CHANDRA_EINVAL, "want an object of the API, got a %s",
                              chandra_type_name(chandra_value_type(object)));
    st = ch_keys_string(object, "kind", &target.kind, err);
    if (st == CHANDRA_OK)
        st = ch_field_object(object, target.kind, "metadata", &metadata, err);
    if (st == CHANDRA_OK && !metadata)
        st = ch_value_error(object, err, CHANDRA_EINVAL, "%s: metadata is missing", target.kind);
    if (st == CHANDRA_OK)
        st = ch_keys_string(metadata, "name", &target.name, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(metadata, "metadata", "namespace", &target.name_space, err);
    if (st != CHANDRA_OK)
        return st;
    ch_target_default(&target);
    *out_target = target;
    return CHANDRA_OK;
}
