/* guard.c - the hard rules for one node, whatever policy or host say: Reserve and PreBind ask. */
#include "engine/engine.h"

/* The rule that forbids a claim on a node, or NULL. */
static const char *
broken_rule(const struct ch_cycle_claim *item, uint32_t node)
{
    if (!ch_nodeset_has(item->available, node))
        return "claim is allocated elsewhere";
    if (!ch_nodeset_has(item->suitable, node))
        return "class excludes the node";
    if (ch_nodeset_has(item->unsuitable, node))
        return "driver calls the node unsuitable";
    return NULL;
}

bool
ch_guard_allows(const struct chandra_cycle *cycle, const char *node, struct chandra_answer *out)
{
    const uint32_t index = ch_nodes_index(cycle->nodes, node);
    char text[512];

    if (index == CHANDRA_NODESET_END) {
        ch_answer(out, CHANDRA_CODE_UNSCHEDULABLE, "node %s was not known when the attempt began",
                  node);
        return false;
    }
    for (size_t i = 0; i < cycle->claim_count; i++) {
        const char *rule = broken_rule(&cycle->claims[i], index);

        if (!rule)
            continue;
        ch_cycle_claim_text(cycle, i, text, sizeof(text));
        ch_answer(out, CHANDRA_CODE_UNSCHEDULABLE, "%s must not go to node %s: %s", text, node,
                  rule);
        return false;
    }
    return true;
}
