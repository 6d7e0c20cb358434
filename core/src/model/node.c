/* node.c - nodes: what they have, and which pods they keep away. */
#include "model/amounts.h"
#include "model/kind.h"

#include <string.h>

static void
read_taints(struct ch_reader *reader, struct ch_block *block, const struct ch_at *spec,
            struct chandra_node *node)
{
    const struct ch_at entries = ch_read_array(reader, spec, "taints");
    const size_t count = chandra_value_count(entries.value);
    struct ch_taint *taints = ch_keep_list(reader, block, count, sizeof(*taints));

    if (!taints)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct ch_at entry = ch_read_element(reader, &entries, i);

        taints[i].key = ch_keep_string(reader, block, &entry, "key");
        taints[i].value = ch_keep_string(reader, block, &entry, "value");
        taints[i].effect = ch_keep_string(reader, block, &entry, "effect");
    }
    node->taints = taints;
    node->taint_count = (uint32_t)count;
}

static const char *
read_ready(struct ch_reader *reader, struct ch_block *block, const struct ch_at *status)
{
    const struct ch_at conditions = ch_read_array(reader, status, "conditions");

    for (size_t i = 0; i < chandra_value_count(conditions.value); i++) {
        const struct ch_at condition = ch_read_element(reader, &conditions, i);

        if (strcmp(ch_read_string(reader, &condition, "type"), "Ready") == 0)
            return ch_keep_string(reader, block, &condition, "status");
    }
    return "";
}

void
ch_node_read(struct ch_reader *reader, struct ch_block *block, const struct ch_at *root,
             struct chandra_object *object)
{
    struct chandra_node *node = (struct chandra_node *)object;
    const struct ch_at spec = ch_read_object(reader, root, "spec");
    const struct ch_at status = ch_read_object(reader, root, "status");
    const struct ch_at allocatable = ch_read_object(reader, &status, "allocatable");

    node->is_unschedulable = ch_read_bool(reader, &spec, "unschedulable");
    node->ready = read_ready(reader, block, &status);
    read_taints(reader, block, &spec, node);
    node->allocatable = ch_amounts_read(reader, block, &allocatable, &node->allocatable_count);
}

bool
chandra_node_is_unschedulable(const struct chandra_node *node)
{
    return node->is_unschedulable;
}

const char *
chandra_node_ready(const struct chandra_node *node)
{
    return node->ready;
}

size_t
chandra_node_taint_count(const struct chandra_node *node)
{
    return node->taint_count;
}

bool
chandra_node_taint_at(const struct chandra_node *node, size_t index, const char **out_key,
                      const char **out_value, const char **out_effect)
{
    if (index >= node->taint_count)
        return false;
    *out_key = node->taints[index].key;
    *out_value = node->taints[index].value;
    *out_effect = node->taints[index].effect;
    return true;
}

size_t
chandra_node_allocatable_count(const struct chandra_node *node)
{
    return node->allocatable_count;
}

bool
chandra_node_allocatable_at(const struct chandra_node *node, size_t index,
                            const char **out_resource, int64_t *out_amount)
{
    if (index >= node->allocatable_count)
        return false;
    *out_resource = node->allocatable[index].resource;
    *out_amount = node->allocatable[index].amount;
    return true;
}
