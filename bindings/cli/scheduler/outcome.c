/* outcome.c - keeps an answer and the exclusions of a cycle as text. */
#include "scheduler/outcome.h"

#include <chandra/doc.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdio.h>
#include <string.h>

static char *
copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *result = chandra_realloc(NULL, size);

    return result ? memcpy(result, text, size) : NULL;
}

static void
free_exclusion(struct exclusion *exclusion)
{
    chandra_free(exclusion->claim);
    chandra_free(exclusion->entry);
    chandra_free(exclusion->policy);
    chandra_free(exclusion->rule);
    for (size_t i = 0; i < SAMPLE_NODES; i++)
        chandra_free(exclusion->sample[i]);
}

void
outcome_clear(struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->exclusion_count; i++)
        free_exclusion(&outcome->exclusions[i]);
    chandra_free(outcome->exclusions);
    chandra_free(outcome->reason);
    chandra_free(outcome->node);
    *outcome = (struct outcome){0};
}

bool
outcome_set(struct outcome *outcome, enum verdict verdict, const char *point,
            const struct chandra_answer *answer)
{
    char *reason = copy(answer->reason);

    if (!reason)
        return false;
    chandra_free(outcome->reason);
    outcome->reason = reason;
    outcome->verdict = verdict;
    outcome->point = point;
    outcome->code = answer->code;
    outcome->status = answer->status;
    return true;
}

bool
outcome_set_node(struct outcome *outcome, const char *node)
{
    char *name = copy(node);

    if (!name)
        return false;
    chandra_free(outcome->node);
    outcome->node = name;
    return true;
}

static const char *
node_name(const struct chandra_cycle *cycle, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(cycle, index)));
}

/* The members of lowest rank, in order; returns how many there are, at most SAMPLE_NODES. */
static size_t
first_nodes(const struct chandra_cycle *cycle, const struct chandra_nodeset *nodes,
            uint32_t first[SAMPLE_NODES])
{
    size_t count = 0;

    for (uint32_t i = chandra_nodeset_next(nodes, 0); i != CHANDRA_NODESET_END;
         i = chandra_nodeset_next(nodes, i + 1)) {
        const uint32_t rank = chandra_cycle_node_rank(cycle, i);
        size_t at = count;
        while (at > 0 && rank < chandra_cycle_node_rank(cycle, first[at - 1]))
            at--;
        if (at == SAMPLE_NODES)
            continue;
        if (count < SAMPLE_NODES)
            count++;
        memmove(&first[at + 1], &first[at], (count - at - 1) * sizeof(*first));
        first[at] = i;
    }
    return count;
}

/* A new exclusion at the end, empty; NULL when out of memory. */
static struct exclusion *
append(struct outcome *outcome)
{
    const size_t count = outcome->exclusion_count + 1;
    struct exclusion *exclusions =
        chandra_realloc(outcome->exclusions, count * sizeof(*exclusions));

    if (!exclusions)
        return NULL;
    outcome->exclusions = exclusions;
    outcome->exclusion_count = count;
    exclusions[count - 1] = (struct exclusion){0};
    return &exclusions[count - 1];
}

static bool
set_nodes(struct exclusion *exclusion, const struct chandra_cycle *cycle,
          const struct chandra_nodeset *nodes)
{
    uint32_t first[SAMPLE_NODES];
    const size_t count = first_nodes(cycle, nodes, first);

    exclusion->count = chandra_nodeset_count(nodes);
    for (size_t i = 0; i < count; i++) {
        exclusion->sample[i] = copy(node_name(cycle, first[i]));
        if (!exclusion->sample[i])
            return false;
    }
    return true;
}

static bool
set_texts(struct exclusion *exclusion, const char *claim, const char *entry, const char *policy,
          const char *rule)
{
    exclusion->claim = copy(claim);
    exclusion->entry = copy(entry);
    exclusion->policy = copy(policy);
    exclusion->rule = copy(rule);
    return exclusion->claim && exclusion->entry && exclusion->policy && exclusion->rule;
}

static bool
explain_one(struct outcome *outcome, const struct chandra_cycle *cycle,
            const struct chandra_removal *removal)
{
    const struct chandra_claim *claim = chandra_cycle_claim(cycle, removal->claim);
    const char *entry = chandra_cycle_claim_entry(cycle, removal->claim);
    struct exclusion *exclusion = append(outcome);

    return exclusion &&
           set_texts(exclusion, claim ? chandra_object_name(chandra_claim_object(claim)) : "",
                     entry ? entry : "", removal->policy, removal->rule) &&
           set_nodes(exclusion, cycle, removal->nodes);
}

bool
outcome_explain(struct outcome *outcome, const struct chandra_cycle *cycle)
{
    struct chandra_removal removal;

    outcome->node_count = chandra_nodeset_count(chandra_cycle_nodes(cycle));
    for (size_t i = 0; chandra_cycle_removal_at(cycle, i, &removal); i++)
        if (!explain_one(outcome, cycle, &removal))
            return false;
    return true;
}

/* By nothing of a claim's. */
static bool
exclude(struct outcome *outcome, const struct chandra_cycle *cycle, const char *rule,
        const struct chandra_nodeset *nodes)
{
    struct exclusion *exclusion = append(outcome);

    return exclusion && set_texts(exclusion, "", "", "", rule) &&
           set_nodes(exclusion, cycle, nodes);
}

bool
outcome_exclude(struct outcome *outcome, const struct chandra_cycle *cycle, const char *rule,
                const struct chandra_nodeset *nodes)
{
    outcome->is_unfit = true;
    return exclude(outcome, cycle, rule, nodes);
}

bool
outcome_refuse(struct outcome *outcome, const struct chandra_cycle *cycle,
               const struct chandra_nodeset *nodes)
{
    return chandra_nodeset_is_empty(nodes) ||
           exclude(outcome, cycle, "driver called the node unsuitable when asked before", nodes);
}

/* Take back what is left of a character that was cut. */
static void
trim_cut(char *text, size_t len)
{
    size_t start = len;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
        text[start - 1] = '\0';
}

void
outcome_text(const struct outcome *outcome, char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "%s", outcome->reason ? outcome->reason : "");

    for (size_t i = 0; len < size && i < outcome->exclusion_count; i++) {
        const struct exclusion *exclusion = &outcome->exclusions[i];
        len += (size_t)snprintf(text + len, size - len, "%s %u %s%s%s%s", i == 0 ? ":" : ",",
                                exclusion->count, *exclusion->claim ? "claim " : "",
                                exclusion->claim, *exclusion->claim ? ": " : "", exclusion->rule);
    }
    if (len < size && outcome->exclusion_count > 0)
        len += (size_t)snprintf(text + len, size - len, ".");
    if (len >= size)
        trim_cut(text, size - 1);
}
