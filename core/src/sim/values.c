/* values.c - short ways to read and build value trees. */
#include "sim/values.h"

#include "base/text.h"
#include "doc/value.h"

const char *
ch_sim_meta(const struct chandra_value *root, const char *key)
{
    return ch_member_text(chandra_value_get(root, "metadata"), key);
}

const struct chandra_value *
ch_sim_get2(const struct chandra_value *root, const char *part, const char *key)
{
    return chandra_value_get(chandra_value_get(root, part), key);
}

struct chandra_value *
ch_sim_want_object(struct chandra_doc *doc, struct chandra_value *object, const char *key)
{
    struct chandra_value *member = chandra_value_get_mutable(object, key);

    if (chandra_value_type(member) == CHANDRA_OBJECT)
        return member;
    member = chandra_value_new_object(doc);
    return chandra_value_set(object, key, member) ? member : NULL;
}

bool
ch_sim_set_text(struct chandra_doc *doc, struct chandra_value *object, const char *key,
                const char *text)
{
    return object && chandra_value_set(object, key, chandra_value_new_string(doc, text));
}

bool
ch_sim_set_copy(struct chandra_doc *doc, struct chandra_value *object, const char *key,
                const struct chandra_value *value)
{
    if (value)
        return object && chandra_value_set(object, key, chandra_value_copy(doc, value));
    chandra_value_remove(object, key);
    return true;
}

bool
ch_sim_set_meta(struct chandra_doc *doc, struct chandra_value *root, const char *key,
                const struct chandra_value *value)
{
    return ch_sim_set_copy(doc, chandra_value_get_mutable(root, "metadata"), key, value);
}

struct chandra_value *
ch_sim_element(struct chandra_value *array, size_t index)
{
    return array->items[index];
}

bool
ch_sim_list_has(const struct chandra_value *list, const char *text)
{
    for (size_t i = 0; i < chandra_value_count(list); i++)
        if (ch_streq(chandra_value_string(chandra_value_at(list, i)), text))
            return true;
    return false;
}

const struct chandra_value *
ch_sim_controller_of(const struct chandra_value *root)
{
    const struct chandra_value *owners = ch_sim_get2(root, "metadata", "ownerReferences");

    for (size_t i = 0; i < chandra_value_count(owners); i++) {
        const struct chandra_value *owner = chandra_value_at(owners, i);

        if (chandra_value_is_true(chandra_value_get(owner, "controller")))
            return owner;
    }
    return NULL;
}
