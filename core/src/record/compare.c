/* compare.c - bring objects and answers into the form in which they are compared.
 *
 * Dropped is what servers set on their own and what the API omits. Made-up values that only
 * resource.k8s.io/v1 has (allocationTimestamp, shareID) have no place here until its records can be
 * replayed.
 */
#include "base/text.h"
#include "doc/value.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

const char *
ch_metadata_text(const struct chandra_value *object, const char *key)
{
    return ch_member_text(chandra_value_get(object, "metadata"), key);
}

const char *
ch_object_key(struct ch_buf *buf, const char *kind, const char *name_space, const char *name)
{
    ch_buf_reset(buf);
    ch_buf_puts(buf, kind);
    ch_buf_putc(buf, ' ');
    ch_buf_puts(buf, name_space);
    ch_buf_putc(buf, '/');
    ch_buf_puts(buf, name);
    return ch_buf_ok(buf) ? buf->text : NULL;
}

const char *
ch_object_key_of(struct ch_buf *buf, const struct chandra_value *object)
{
    return ch_object_key(buf, ch_member_text(object, "kind"), ch_metadata_text(object, "namespace"),
                         ch_metadata_text(object, "name"));
}

/* Whether the API would omit a member: null, and what is empty, but an empty allocation is one. */
static bool
is_omitted(const char *key, const struct chandra_value *value)
{
    switch (value->type) {
    case CHANDRA_NULL:
        return true;
    case CHANDRA_STRING:
        return value->text[0] == '\0';
    case CHANDRA_ARRAY:
        return value->count == 0;
    case CHANDRA_OBJECT:
        return value->count == 0 && strcmp(key, "allocation") != 0;
    case CHANDRA_BOOL:
    case CHANDRA_NUMBER:
        break;
    }
    return false;
}

static struct chandra_value *prune(struct chandra_doc *doc, const struct chandra_value *value);

static struct chandra_value *
prune_array(struct chandra_doc *doc, const struct chandra_value *value)
{
    struct chandra_value *out = chandra_value_new_array(doc);

    for (size_t i = 0; out && i < value->count; i++)
        if (!chandra_value_append(out, prune(doc, value->items[i])))
            return NULL;
    return out;
}

static struct chandra_value *
prune_object(struct chandra_doc *doc, const struct chandra_value *value)
{
    struct chandra_value *out = chandra_value_new_object(doc);

    for (size_t i = 0; out && i < value->count; i++) {
        struct chandra_value *member = prune(doc, value->items[i]);

        if (!member)
            return NULL;
        if (!is_omitted(value->keys[i], member) && !chandra_value_set(out, value->keys[i], member))
            return NULL;
    }
    return out;
}

/* A copy without omitted members; elements of lists stay, whatever they are. */
static struct chandra_value *
prune(struct chandra_doc *doc, const struct chandra_value *value)
{
    if (value->type == CHANDRA_OBJECT)
        return prune_object(doc, value);
    if (value->type == CHANDRA_ARRAY)
        return prune_array(doc, value);
    return chandra_value_copy(doc, value);
}

static int
compare_texts(const struct chandra_value *a, const struct chandra_value *b, const char *key)
{
    const int by_key = strcmp(ch_member_text(a, key), ch_member_text(b, key));

    return by_key ? by_key : strcmp(ch_member_text(a, "name"), ch_member_text(b, "name"));
}

static int
by_uid(const void *a, const void *b)
{
    return compare_texts(*(struct chandra_value *const *)a, *(struct chandra_value *const *)b,
                         "uid");
}

static int
by_name(const void *a, const void *b)
{
    return compare_texts(*(struct chandra_value *const *)a, *(struct chandra_value *const *)b,
                         "name");
}

static int
by_text(const void *a, const void *b)
{
    const char *one = chandra_value_string(*(struct chandra_value *const *)a);
    const char *other = chandra_value_string(*(struct chandra_value *const *)b);

    return strcmp(one ? one : "", other ? other : "");
}

static int
by_identity(const void *a, const void *b)
{
    const struct chandra_value *one = *(struct chandra_value *const *)a;
    const struct chandra_value *other = *(struct chandra_value *const *)b;
    const int by_kind = compare_texts(one, other, "kind");
    const struct chandra_value *meta = chandra_value_get(one, "metadata");
    const struct chandra_value *other_meta = chandra_value_get(other, "metadata");

    return by_kind ? by_kind : compare_texts(meta, other_meta, "namespace");
}

static void
sort(struct chandra_value *list, int (*order)(const void *a, const void *b))
{
    if (chandra_value_type(list) == CHANDRA_ARRAY && list->count > 1)
        qsort(list->items, list->count, sizeof(struct chandra_value *), order);
}

void
ch_drop_uid(struct chandra_value *object)
{
    struct chandra_value *metadata = chandra_value_get_mutable(object, "metadata");

    if (metadata)
        chandra_value_remove(metadata, "uid");
}

/* All deletions look as if they happened at the same moment. */
static bool
normalize_metadata(struct chandra_doc *doc, struct chandra_value *metadata)
{
    static const char *const dropped[] = {
        "resourceVersion", "managedFields", "creationTimestamp",
        "generation",      "selfLink",      "deletionGracePeriodSeconds",
    };

    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
        chandra_value_remove(metadata, dropped[i]);
    return !chandra_value_get(metadata, "deletionTimestamp") ||
           chandra_value_set(metadata, "deletionTimestamp", chandra_value_new_bool(doc, true));
}

struct chandra_value *
ch_normalize(struct chandra_doc *doc, const struct chandra_value *object)
{
    struct chandra_value *out = prune(doc, object);
    struct chandra_value *metadata = out ? chandra_value_get_mutable(out, "metadata") : NULL;
    struct chandra_value *status = out ? chandra_value_get_mutable(out, "status") : NULL;

    if (metadata && metadata->type == CHANDRA_OBJECT && !normalize_metadata(doc, metadata))
        return NULL;
    if (status && status->type == CHANDRA_OBJECT) {
        sort(chandra_value_get_mutable(status, "reservedFor"), by_uid);
        sort(chandra_value_get_mutable(status, "resourceClaims"), by_name);
    }
    return out;
}

/* "codes" lists only what is not a success. */
static void
drop_successes(struct chandra_value *codes)
{
    for (size_t i = chandra_value_count(codes); i > 0; i--)
        if (ch_streq(chandra_value_string(codes->items[i - 1]),
                     chandra_code_name(CHANDRA_CODE_SUCCESS)))
            chandra_value_remove(codes, codes->keys[i - 1]);
}

static struct chandra_value *
normalize_objects(struct chandra_doc *doc, const struct chandra_value *list)
{
    struct chandra_value *out = chandra_value_new_array(doc);

    for (size_t i = 0; out && i < chandra_value_count(list); i++)
        if (!chandra_value_append(out, ch_normalize(doc, chandra_value_at(list, i))))
            return NULL;
    if (out)
        sort(out, by_identity);
    return out;
}

struct chandra_value *
ch_normalize_answer(struct chandra_doc *doc, const struct chandra_value *answer)
{
    struct chandra_value *out = chandra_value_new_object(doc);

    for (size_t i = 0; out && i < chandra_value_count(answer); i++) {
        const char *key = chandra_value_key(answer, i);
        const struct chandra_value *member = chandra_value_at(answer, i);
        const bool has_objects = strcmp(key, "changed") == 0 || strcmp(key, "objects") == 0;
        struct chandra_value *copy =
            has_objects ? normalize_objects(doc, member) : chandra_value_copy(doc, member);

        if (copy && strcmp(key, "codes") == 0)
            drop_successes(copy);
        else if (copy && !has_objects)
            sort(copy, by_text);
        if (!copy || !chandra_value_set(out, key, copy))
            return NULL;
    }
    return out;
}

static bool
members_equal(const struct chandra_value *a, const struct chandra_value *b, const char *key)
{
    const struct chandra_value *one = chandra_value_get(a, key);
    const struct chandra_value *other = chandra_value_get(b, key);

    return (chandra_value_count(one) == 0 && chandra_value_count(other) == 0 &&
            !chandra_value_string(one) && !chandra_value_string(other)) ||
           chandra_value_equal(one, other);
}

bool
ch_answers_equal(const struct chandra_value *want, const struct chandra_value *got, bool strict)
{
    static const char *const always[] = {"code", "codes", "changed", "deleted", "objects"};
    static const char *const on_demand[] = {"nodes", "scores", "reasons"};

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        if (!members_equal(want, got, always[i]))
            return false;
    for (size_t i = 0; i < sizeof(on_demand) / sizeof(on_demand[0]); i++) {
        if (strcmp(on_demand[i], "reasons") == 0 && !strict)
            continue;
        if (chandra_value_get(want, on_demand[i]) && !members_equal(want, got, on_demand[i]))
            return false;
    }
    return true;
}
