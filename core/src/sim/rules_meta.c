/* rules_meta.c - what the server demands of every object's metadata, and how it words refusals. */
#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"
#include "sim/write.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
ch_sim_errors_add(struct ch_sim_errors *errors, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (errors->count++ > 0)
        ch_buf_puts(&errors->text, ", ");
    ch_buf_puts(&errors->text, text);
}

enum chandra_status
ch_sim_errors_end(struct ch_sim_errors *errors, const struct ch_sim_draft *draft,
                  struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    if (!ch_buf_ok(&errors->text))
        st = ch_sim_no_memory(err);
    else if (errors->count > 0)
        st = chandra_error_set(err, CHANDRA_EREJECTED, "%s \"%s\" is invalid: %s%s%s",
                               draft->kind->qualified, ch_sim_meta(draft->root, "name"),
                               errors->count > 1 ? "[" : "", errors->text.text,
                               errors->count > 1 ? "]" : "");
    ch_buf_clear(&errors->text);
    errors->count = 0;
    return st;
}

/* What tells element `index` of a set from the others, or NULL. */
static const char *
element_text(const struct chandra_value *list, size_t index, const char *key)
{
    const struct chandra_value *element = chandra_value_at(list, index);

    return key ? ch_member_text(element, key) : chandra_value_string(element);
}

/* Most long lists are sorted, and then no two elements are equal: one look at each is enough. */
static bool
is_ascending(const struct chandra_value *list, const char *key)
{
    const char *last = element_text(list, 0, key);

    for (size_t i = 1; last && i < chandra_value_count(list); i++) {
        const char *text = element_text(list, i, key);

        if (!text || strcmp(last, text) >= 0)
            return false;
        last = text;
    }
    return last != NULL;
}

static bool
is_repeated(const struct chandra_value *list, size_t index, const char *key)
{
    const char *text = element_text(list, index, key);

    for (size_t i = 0; text && i < index; i++)
        if (ch_streq(text, element_text(list, i, key)))
            return true;
    return false;
}

void
ch_sim_check_set(const struct chandra_value *list, const char *path, const char *key, size_t max,
                 struct ch_sim_errors *errors)
{
    const size_t count = chandra_value_count(list);
    const bool is_sorted = is_ascending(list, key);

    for (size_t i = 0; !is_sorted && i < count && i <= max; i++)
        if (is_repeated(list, i, key))
            ch_sim_errors_add(errors, "%s[%zu]%s%s: Duplicate value: \"%s\"", path, i,
                              key ? "." : "", key ? key : "", element_text(list, i, key));
    if (count > max)
        ch_sim_errors_add(errors, "%s: Too long: may not be longer than %zu", path, max);
}

static void
check_names(const struct chandra_value *root, const struct ch_sim_kind *kind,
            struct ch_sim_errors *errors)
{
    const char *name = ch_sim_meta(root, "name");
    const char *name_space = ch_sim_meta(root, "namespace");

    if (ch_is_empty(name))
        ch_sim_errors_add(errors,
                          "metadata.name: Required value: name or generateName is required");
    else if (!ch_is_dns_subdomain(name))
        ch_sim_errors_add(
            errors,
            "metadata.name: Invalid value: \"%.253s\": a lowercase RFC 1123 subdomain "
            "must consist of lower case alphanumeric characters, '-' or '.', and must "
            "start and end with an alphanumeric character",
            name);
    if (kind->is_namespaced && !ch_is_dns_label(name_space))
        ch_sim_errors_add(errors,
                          "metadata.namespace: Invalid value: \"%.253s\": a lowercase RFC 1123 "
                          "label must consist of lower case alphanumeric characters or '-', and "
                          "must start and end with an alphanumeric character",
                          name_space);
    if (!kind->is_namespaced && !ch_is_empty(name_space))
        ch_sim_errors_add(errors, "metadata.namespace: Forbidden: not allowed on this type");
}

static void
check_pairs(const struct chandra_value *pairs, const char *path, bool are_labels,
            struct ch_sim_errors *errors)
{
    for (size_t i = 0; i < chandra_value_count(pairs); i++) {
        const char *key = chandra_value_key(pairs, i);
        const char *value = chandra_value_string(chandra_value_at(pairs, i));

        if (key && !ch_is_label_key(key))
            ch_sim_errors_add(
                errors,
                "%s: Invalid value: \"%.200s\": name part must consist of alphanumeric "
                "characters, '-', '_' or '.'",
                path, key);
        if (are_labels && value && !ch_is_label_value(value))
            ch_sim_errors_add(
                errors,
                "%s: Invalid value: \"%.200s\": a valid label must be an empty string "
                "or consist of alphanumeric characters, '-', '_' or '.'",
                path, value);
    }
}

static void
check_owners(const struct chandra_value *owners, struct ch_sim_errors *errors)
{
    static const char *const required[] = {"apiVersion", "kind", "name", "uid"};
    const char *controller = NULL;

    for (size_t i = 0; i < chandra_value_count(owners); i++) {
        const struct chandra_value *owner = chandra_value_at(owners, i);

        for (size_t field = 0; field < sizeof(required) / sizeof(required[0]); field++)
            if (ch_is_empty(ch_member_text(owner, required[field])))
                ch_sim_errors_add(errors,
                                  "metadata.ownerReferences[%zu].%s: Invalid value: \"\": must not "
                                  "be empty",
                                  i, required[field]);
        if (!chandra_value_is_true(chandra_value_get(owner, "controller")))
            continue;
        if (controller)
            ch_sim_errors_add(
                errors,
                "metadata.ownerReferences: Invalid value: Only one reference can have "
                "Controller set to true. Found \"true\" in references for %s and %s",
                controller, ch_member_text(owner, "name"));
        controller = ch_member_text(owner, "name");
    }
}

void
ch_sim_check_meta(const struct chandra_value *root, const struct ch_sim_kind *kind,
                  struct ch_sim_errors *errors)
{
    const struct chandra_value *finalizers = ch_sim_get2(root, "metadata", "finalizers");

    check_names(root, kind, errors);
    check_pairs(ch_sim_get2(root, "metadata", "labels"), "metadata.labels", true, errors);
    check_pairs(ch_sim_get2(root, "metadata", "annotations"), "metadata.annotations", false,
                errors);
    check_owners(ch_sim_get2(root, "metadata", "ownerReferences"), errors);
    for (size_t i = 0; i < chandra_value_count(finalizers); i++) {
        const char *text = chandra_value_string(chandra_value_at(finalizers, i));

        if (text && !ch_is_label_key(text))
            ch_sim_errors_add(errors,
                              "metadata.finalizers: Invalid value: \"%.200s\": name part "
                              "must consist of alphanumeric characters, '-', '_' or '.'",
                              text);
    }
}

void
ch_sim_check_meta_change(const struct chandra_value *root, const struct chandra_value *old,
                         struct ch_sim_errors *errors)
{
    const struct chandra_value *finalizers = ch_sim_get2(root, "metadata", "finalizers");
    const struct chandra_value *before = ch_sim_get2(old, "metadata", "finalizers");

    if (!ch_streq(ch_sim_meta(root, "name"), ch_sim_meta(old, "name")))
        ch_sim_errors_add(errors, "metadata.name: Invalid value: \"%s\": field is immutable",
                          ch_sim_meta(root, "name"));
    if (!ch_streq(ch_sim_meta(root, "namespace"), ch_sim_meta(old, "namespace")))
        ch_sim_errors_add(errors, "metadata.namespace: Invalid value: \"%s\": field is immutable",
                          ch_sim_meta(root, "namespace"));
    if (!ch_streq(ch_sim_meta(root, "uid"), ch_sim_meta(old, "uid")))
        ch_sim_errors_add(errors, "metadata.uid: Invalid value: \"%s\": field is immutable",
                          ch_sim_meta(root, "uid"));
    if (ch_is_empty(ch_sim_meta(old, "deletionTimestamp")))
        return;
    for (size_t i = 0; i < chandra_value_count(finalizers); i++) {
        const char *text = chandra_value_string(chandra_value_at(finalizers, i));

        if (text && !ch_sim_list_has(before, text))
            ch_sim_errors_add(
                errors,
                "metadata.finalizers: Forbidden: no new finalizers can be added if the "
                "object is being deleted, found new finalizers []string{\"%s\"}",
                text);
    }
}
