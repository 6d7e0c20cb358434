/* change.c - compares versions of an object by what the public accessors show. */
#include "scheduler/change.h"

#include <string.h>

static bool
same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool
change_same_labels(const struct chandra_object *a, const struct chandra_object *b)
{
    const size_t count = chandra_object_label_count(a);
    bool is_same = count == chandra_object_label_count(b);
    const char *a_key, *a_value, *b_key, *b_value;

    for (size_t i = 0; is_same && i < count; i++)
        is_same = chandra_object_label_at(a, i, &a_key, &a_value) &&
                  chandra_object_label_at(b, i, &b_key, &b_value) && same_text(a_key, b_key) &&
                  same_text(a_value, b_value);
    return is_same;
}

static bool
same_annotations(const struct chandra_object *a, const struct chandra_object *b)
{
    const size_t count = chandra_object_annotation_count(a);
    bool is_same = count == chandra_object_annotation_count(b);
    const char *a_key, *a_value, *b_key, *b_value;

    for (size_t i = 0; is_same && i < count; i++)
        is_same = chandra_object_annotation_at(a, i, &a_key, &a_value) &&
                  chandra_object_annotation_at(b, i, &b_key, &b_value) && same_text(a_key, b_key) &&
                  same_text(a_value, b_value);
    return is_same;
}

static bool
same_gates(const struct chandra_pod *a, const struct chandra_pod *b)
{
    size_t i = 0;

    while (chandra_pod_gate_at(a, i) &&
           same_text(chandra_pod_gate_at(a, i), chandra_pod_gate_at(b, i)))
        i++;
    return !chandra_pod_gate_at(a, i) && !chandra_pod_gate_at(b, i);
}

bool
change_is_worth_a_try(const struct chandra_pod *before, const struct chandra_pod *now)
{
    for (size_t i = 0; i < chandra_pod_claim_count(now); i++)
        if (!same_text(chandra_pod_claim_name(before, i), chandra_pod_claim_name(now, i)))
            return true;
    return !same_gates(before, now) || chandra_pod_priority(before) != chandra_pod_priority(now) ||
           !change_same_labels(chandra_pod_object(before), chandra_pod_object(now)) ||
           !same_annotations(chandra_pod_object(before), chandra_pod_object(now));
}
