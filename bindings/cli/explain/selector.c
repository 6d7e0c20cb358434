/* selector.c - evaluates requirements one by one, for their words; what a selector matches is the
 * engine's to say. */
#include "explain/selector.h"
#include "values.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One element of matchExpressions or matchFields. */
struct requirement {
    const char *key;
    const char *op;
    const struct chandra_value *values;
    const char *actual; /* what the node has, or NULL */
};

static struct requirement
requirement_of(const struct chandra_value *value, bool is_field, const struct chandra_node *node)
{
    struct requirement result = {.key = values_text(value, "key"),
                                 .op = values_text(value, "operator"),
                                 .values = chandra_value_get(value, "values")};
    const struct chandra_object *object = node ? chandra_node_object(node) : NULL;

    if (object)
        result.actual =
            is_field ? chandra_object_name(object) : chandra_object_label(object, result.key);
    if (is_field)
        result.key = "name";
    return result;
}

static const char *
value_at(const struct requirement *requirement, size_t index)
{
    const char *text = chandra_value_string(chandra_value_at(requirement->values, index));

    return text ? text : "";
}

static bool
is_listed(const struct requirement *requirement)
{
    for (size_t i = 0; i < chandra_value_count(requirement->values); i++)
        if (strcmp(requirement->actual, value_at(requirement, i)) == 0)
            return true;
    return false;
}

static bool
read_number(const char *text, long long *out)
{
    char *end;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && end != text && !*end;
}

static bool
is_met(const struct requirement *requirement)
{
    const char *op = requirement->op;
    const bool is_there = requirement->actual != NULL;
    long long actual, limit;

    if (strcmp(op, "In") == 0)
        return is_there && is_listed(requirement);
    if (strcmp(op, "NotIn") == 0)
        return !is_there || !is_listed(requirement);
    if (strcmp(op, "Exists") == 0)
        return is_there;
    if (strcmp(op, "DoesNotExist") == 0)
        return !is_there;
    if (!is_there || !read_number(requirement->actual, &actual) ||
        !read_number(value_at(requirement, 0), &limit))
        return false;
    return strcmp(op, "Gt") == 0 ? actual > limit : actual < limit;
}

static size_t
put_values(const struct requirement *requirement, char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "(");

    for (size_t i = 0; i < chandra_value_count(requirement->values) && len < size; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? ", " : "",
                                value_at(requirement, i));
    if (len < size)
        len += (size_t)snprintf(text + len, size - len, ")");
    return len;
}

/* Returns the length that it would have, as snprintf() does. */
static size_t
put_requirement(const struct requirement *requirement, char *text, size_t size)
{
    const char *key = requirement->key;
    const char *op = requirement->op;
    const bool is_not = strcmp(op, "NotIn") == 0;
    size_t len;

    if (strcmp(op, "Exists") == 0)
        return (size_t)snprintf(text, size, "a label %s", key);
    if (strcmp(op, "DoesNotExist") == 0)
        return (size_t)snprintf(text, size, "no label %s", key);
    if (strcmp(op, "In") != 0 && !is_not)
        return (size_t)snprintf(text, size, "%s %s %s", key, strcmp(op, "Gt") == 0 ? ">" : "<",
                                value_at(requirement, 0));
    if (chandra_value_count(requirement->values) == 1)
        return (size_t)snprintf(text, size, "%s%s%s", key, is_not ? "!=" : "=",
                                value_at(requirement, 0));
    len = (size_t)snprintf(text, size, "%s %s ", key, is_not ? "not in" : "in");
    return len < size ? len + put_values(requirement, text + len, size - len) : len;
}

static void
put_seen(const struct requirement *requirement, char *text, size_t size)
{
    if (requirement->actual)
        snprintf(text, size, "%s=%s", requirement->key, requirement->actual);
    else
        snprintf(text, size, "no label %s", requirement->key);
}

/* The requirements of a term one after the other: labels, then fields. */
static bool
term_at(const struct chandra_value *term, size_t index, const struct chandra_node *node,
        struct requirement *out)
{
    const struct chandra_value *labels = chandra_value_get(term, "matchExpressions");
    const struct chandra_value *fields = chandra_value_get(term, "matchFields");
    const size_t label_count = chandra_value_count(labels);

    if (index < label_count)
        *out = requirement_of(chandra_value_at(labels, index), false, node);
    else if (index - label_count < chandra_value_count(fields))
        *out = requirement_of(chandra_value_at(fields, index - label_count), true, node);
    else
        return false;
    return true;
}

/* How many requirements fail; *out is the first of them. */
static size_t
count_failures(const struct chandra_value *term, const struct chandra_node *node,
               struct requirement *out)
{
    struct requirement requirement;
    size_t count = 0;

    for (size_t i = 0; term_at(term, i, node, &requirement); i++)
        if (!is_met(&requirement) && count++ == 0)
            *out = requirement;
    return count;
}

void
selector_explain(const struct chandra_value *selector, const struct chandra_node *node,
                 struct selector_gap *out)
{
    const struct chandra_value *terms = chandra_value_get(selector, "nodeSelectorTerms");
    struct requirement best = {0};
    size_t fewest = SIZE_MAX;

    *out = (struct selector_gap){{0}, {0}};
    for (size_t i = 0; i < chandra_value_count(terms); i++) {
        struct requirement requirement = {0};
        const size_t count = count_failures(chandra_value_at(terms, i), node, &requirement);
        if (count > 0 && count < fewest) {
            fewest = count;
            best = requirement;
        }
    }
    if (!best.key)
        return;
    put_requirement(&best, out->wants, sizeof(out->wants));
    put_seen(&best, out->seen, sizeof(out->seen));
}

const struct chandra_value *
selector_of_affinity(const struct chandra_value *pod_spec)
{
    const struct chandra_value *affinity = chandra_value_get(pod_spec, "affinity");

    return chandra_value_get(chandra_value_get(affinity, "nodeAffinity"),
                             "requiredDuringSchedulingIgnoredDuringExecution");
}

void
selector_explain_pod(const struct chandra_value *pod_spec, const struct chandra_node *node,
                     struct selector_gap *out)
{
    const struct chandra_value *labels = chandra_value_get(pod_spec, "nodeSelector");
    const struct chandra_object *object = chandra_node_object(node);

    for (size_t i = 0; i < chandra_value_count(labels); i++) {
        const char *key = chandra_value_key(labels, i);
        const char *want = chandra_value_string(chandra_value_at(labels, i));
        const struct requirement requirement = {.key = key,
                                                .actual = chandra_object_label(object, key)};
        if (!want || (requirement.actual && strcmp(requirement.actual, want) == 0))
            continue;
        snprintf(out->wants, sizeof(out->wants), "%s=%s", key, want);
        put_seen(&requirement, out->seen, sizeof(out->seen));
        return;
    }
    selector_explain(selector_of_affinity(pod_spec), node, out);
}

static size_t
put_term(const struct chandra_value *term, char *text, size_t size)
{
    struct requirement requirement;
    size_t len = 0;

    for (size_t i = 0; len < size && term_at(term, i, NULL, &requirement); i++) {
        if (i > 0)
            len += (size_t)snprintf(text + len, size - len, " and ");
        if (len < size)
            len += put_requirement(&requirement, text + len, size - len);
    }
    return len;
}

void
selector_text(const struct chandra_value *selector, char *text, size_t size)
{
    const struct chandra_value *terms = chandra_value_get(selector, "nodeSelectorTerms");
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < chandra_value_count(terms) && len < size; i++) {
        if (i > 0)
            len += (size_t)snprintf(text + len, size - len, ", or ");
        if (len < size)
            len += put_term(chandra_value_at(terms, i), text + len, size - len);
    }
}
