/* placement.c - what a pod says about the nodes it may run on: selector, affinity, tolerations,
 * resource requests. */
#include "base/text.h"
#include "model/amounts.h"
#include "model/kind.h"
#include "model/selector_form.h"

#include <string.h>

static void
read_node_selector(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
                   struct chandra_pod *pod)
{
    const struct ch_at map = ch_read_object(reader, spec, "nodeSelector");
    const size_t count = chandra_value_count(map.value);
    struct ch_pair *pairs = ch_keep_list(reader, block, count, sizeof(*pairs));

    if (!pairs)
        return;
    for (size_t i = 0; i < count; i++) {
        const char *key;
        const char *value = ch_read_entry(reader, &map, i, &key);

        pairs[i].key = ch_block_text(block, key);
        pairs[i].value = ch_block_text(block, value);
    }
    pod->node_selector = pairs;
    pod->node_selector_count = (uint32_t)count;
}

static void
read_tolerations(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
                 struct chandra_pod *pod)
{
    const struct ch_at entries = ch_read_array(reader, spec, "tolerations");
    const size_t count = chandra_value_count(entries.value);
    struct ch_toleration *tolerations = ch_keep_list(reader, block, count, sizeof(*tolerations));

    if (!tolerations)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ch_at entry = ch_read_element(reader, &entries, i);

        tolerations[i].key = ch_keep_string(reader, block, &entry, "key");
        tolerations[i].value = ch_keep_string(reader, block, &entry, "value");
        tolerations[i].effect = ch_keep_string(reader, block, &entry, "effect");
        tolerations[i].is_any_value =
            strcmp(ch_read_string(reader, &entry, "operator"), "Exists") == 0;
    }
    pod->tolerations = tolerations;
    pod->toleration_count = (uint32_t)count;
}

void
ch_placement_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
                  struct chandra_pod *pod)
{
    const struct ch_at affinity = ch_read_object(reader, spec, "affinity");
    const struct ch_at node_affinity = ch_read_object(reader, &affinity, "nodeAffinity");
    const struct ch_at required =
        ch_read_object(reader, &node_affinity, "requiredDuringSchedulingIgnoredDuringExecution");

    read_node_selector(reader, block, spec, pod);
    read_tolerations(reader, block, spec, pod);
    pod->affinity = ch_selector_keep(reader, block, &required);
    pod->requests = ch_amounts_read_requests(reader, block, spec, &pod->request_count);
}

void
ch_pod_clear(struct chandra_object *object)
{
    ch_selector_unref(((struct chandra_pod *)object)->affinity);
}

bool
chandra_pod_selects_node(const struct chandra_pod *pod, const struct chandra_node *node)
{
    for (uint32_t i = 0; i < pod->node_selector_count; i++)
        if (!ch_streq(chandra_object_label(&node->object, pod->node_selector[i].key),
                      pod->node_selector[i].value))
            return false;
    return !pod->affinity || ch_selector_matches(pod->affinity, node);
}

/* An empty key with Exists stands for every taint, an empty effect for every effect. */
static bool
tolerates(const struct ch_toleration *toleration, const struct ch_taint *taint)
{
    if (*toleration->effect && strcmp(toleration->effect, taint->effect) != 0)
        return false;
    if (*toleration->key && strcmp(toleration->key, taint->key) != 0)
        return false;
    return toleration->is_any_value ||
           (*toleration->key && strcmp(toleration->value, taint->value) == 0);
}

bool
chandra_pod_tolerates(const struct chandra_pod *pod, const char *key, const char *value,
                      const char *effect)
{
    const struct ch_taint taint = {.key = key, .value = value, .effect = effect};

    for (uint32_t i = 0; i < pod->toleration_count; i++)
        if (tolerates(&pod->tolerations[i], &taint))
            return true;
    return false;
}

size_t
chandra_pod_request_count(const struct chandra_pod *pod)
{
    return pod->request_count;
}

bool
chandra_pod_request_at(const struct chandra_pod *pod, size_t index, const char **out_resource,
                       int64_t *out_amount)
{
    if (index >= pod->request_count)
        return false;
    *out_resource = pod->requests[index].resource;
    *out_amount = pod->requests[index].amount;
    return true;
}
