/* outcome.c - keeps an answer and the exclusions of a cycle as text. */
#include "scheduler/outcome.h"

#include <chandra/doc.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

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

static void
free_notes(struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->note_count; i++) {
        chandra_free(outcome->notes[i].policy);
        chandra_free(outcome->notes[i].hook);
        chandra_free(outcome->notes[i].claim);
        chandra_free(outcome->notes[i].text);
    }
    chandra_free(outcome->notes);
    outcome->notes = NULL;
    outcome->note_count = 0;
}

void
outcome_clear(struct outcome *outcome)
{
    for (size_t i = 0; i < outcome->exclusion_count; i++)
        free_exclusion(&outcome->exclusions[i]);
    chandra_free(outcome->exclusions);
    free_notes(outcome);
    chandra_free(outcome->reason);
    chandra_free(outcome->node);
    chandra_free(outcome->policy);
    chandra_free(outcome->nearest);
    chandra_free(outcome->nearest_rule);
    *outcome = (struct outcome){0};
}

bool
outcome_set(struct outcome *outcome, enum verdict verdict, const char *point,
            const struct chandra_answer *answer)
{
    char *reason = chandra_strdup(answer->reason);

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
    char *name = chandra_strdup(node);

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
        exclusion->sample[i] = chandra_strdup(node_name(cycle, first[i]));
        if (!exclusion->sample[i])
            return false;
    }
    return true;
}

static bool
set_texts(struct exclusion *exclusion, const char *claim, const char *entry, const char *policy,
          const char *rule)
{
    exclusion->claim = chandra_strdup(claim);
    exclusion->entry = chandra_strdup(entry);
    exclusion->policy = chandra_strdup(policy);
    exclusion->rule = chandra_strdup(rule);
    return exclusion->claim && exclusion->entry && exclusion->policy && exclusion->rule;
}

bool
outcome_exclude(struct outcome *outcome, const struct chandra_cycle *cycle, const struct loss *loss)
{
    const struct chandra_claim *claim = chandra_cycle_claim(cycle, loss->claim);
    const char *entry = chandra_cycle_claim_entry(cycle, loss->claim);
    struct exclusion *exclusion = append(outcome);

    if (!exclusion)
        return false;
    exclusion->stage = loss->stage;
    return set_texts(exclusion, claim ? chandra_object_name(chandra_claim_object(claim)) : "",
                     entry ? entry : "", loss->policy, loss->rule) &&
           set_nodes(exclusion, cycle, loss->nodes);
}

/* As chandra_cycle_policy_text() writes it, with as much of each hash as people need. */
static void
shorten_hashes(char *text)
{
    static const char mark[] = "sha256:";
    enum { SHOWN = sizeof(mark) - 1 + 12 };
    char *hash = text;

    while ((hash = strstr(hash, mark))) {
        const size_t len = strcspn(hash, ", ");
        if (len > SHOWN)
            memmove(hash + SHOWN, hash + len, strlen(hash + len) + 1);
        hash += len < SHOWN ? len : SHOWN;
    }
}

bool
outcome_set_cycle(struct outcome *outcome, const struct chandra_cycle *cycle)
{
    char text[TEXT_SIZE];

    outcome->node_count = chandra_nodeset_count(chandra_cycle_nodes(cycle));
    chandra_cycle_policy_text(cycle, text, sizeof(text));
    shorten_hashes(text);
    chandra_free(outcome->policy);
    outcome->policy = chandra_strdup(text);
    return outcome->policy != NULL;
}

static bool
add_note(struct outcome *outcome, const char *policy, const char *hook, const char *claim,
         const char *text)
{
    const size_t count = outcome->note_count + 1;
    struct outcome_note *notes = chandra_realloc(outcome->notes, count * sizeof(*notes));
    struct outcome_note *note;

    if (!notes)
        return false;
    outcome->notes = notes;
    outcome->note_count = count;
    note = &notes[count - 1];
    note->policy = chandra_strdup(policy);
    note->hook = chandra_strdup(hook);
    note->claim = chandra_strdup(claim);
    note->text = chandra_strdup(text);
    return note->policy && note->hook && note->claim && note->text;
}

bool
outcome_set_notes(struct outcome *outcome, const struct chandra_cycle *cycle)
{
    struct chandra_note note;
    bool is_ok = true;

    free_notes(outcome);
    for (size_t i = 0; is_ok && chandra_cycle_note_at(cycle, i, &note); i++) {
        const struct chandra_claim *claim = chandra_cycle_claim(cycle, note.claim);
        is_ok = add_note(outcome, note.policy, note.hook,
                         claim ? chandra_object_name(chandra_claim_object(claim)) : "", note.text);
    }
    return is_ok;
}

static bool
copy_notes(struct outcome *to, const struct outcome *from)
{
    bool is_ok = true;

    for (size_t i = 0; is_ok && i < from->note_count; i++) {
        const struct outcome_note *note = &from->notes[i];
        is_ok = add_note(to, note->policy, note->hook, note->claim, note->text);
    }
    return is_ok;
}

bool
outcome_set_nearest(struct outcome *outcome, const char *node, uint32_t misses, const char *rule)
{
    chandra_free(outcome->nearest);
    chandra_free(outcome->nearest_rule);
    outcome->nearest = chandra_strdup(node);
    outcome->nearest_rule = chandra_strdup(rule);
    outcome->nearest_misses = misses;
    return outcome->nearest && outcome->nearest_rule;
}

static bool
copy_exclusion(struct outcome *to, const struct exclusion *from)
{
    struct exclusion *exclusion = append(to);
    bool is_ok =
        exclusion && set_texts(exclusion, from->claim, from->entry, from->policy, from->rule);

    if (!is_ok)
        return false;
    exclusion->stage = from->stage;
    exclusion->count = from->count;
    for (size_t i = 0; i < SAMPLE_NODES && from->sample[i] && is_ok; i++) {
        exclusion->sample[i] = chandra_strdup(from->sample[i]);
        is_ok = exclusion->sample[i] != NULL;
    }
    return is_ok;
}

static bool
copy_text(char **to, const char *from)
{
    *to = from ? chandra_strdup(from) : NULL;
    return !from || *to;
}

bool
outcome_copy(struct outcome *to, const struct outcome *from)
{
    bool is_ok;

    *to = *from;
    to->exclusions = NULL;
    to->exclusion_count = 0;
    to->notes = NULL;
    to->note_count = 0;
    is_ok = copy_text(&to->reason, from->reason);
    is_ok = copy_text(&to->node, from->node) && is_ok;
    is_ok = copy_text(&to->policy, from->policy) && is_ok;
    is_ok = copy_text(&to->nearest, from->nearest) && is_ok;
    is_ok = copy_text(&to->nearest_rule, from->nearest_rule) && is_ok;
    for (size_t i = 0; i < from->exclusion_count && is_ok; i++)
        is_ok = copy_exclusion(to, &from->exclusions[i]);
    return copy_notes(to, from) && is_ok;
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

static size_t
put_nearest(const struct outcome *outcome, char *text, size_t size)
{
    if (outcome->nearest_misses == 1)
        return (size_t)snprintf(text, size, " Nearest: %s, but for: %s.", outcome->nearest,
                                outcome->nearest_rule);
    return (size_t)snprintf(text, size, " Nearest: %s, which breaks %u rules, the first: %s.",
                            outcome->nearest, outcome->nearest_misses, outcome->nearest_rule);
}

static size_t
put_reasons(const struct outcome *outcome, char *text, size_t size)
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
    return len;
}

void
outcome_reasons(const struct outcome *outcome, char *text, size_t size)
{
    if (put_reasons(outcome, text, size) >= size)
        trim_cut(text, size - 1);
}

void
outcome_text(const struct outcome *outcome, char *text, size_t size)
{
    size_t len = put_reasons(outcome, text, size);

    if (len < size && outcome->nearest)
        len += put_nearest(outcome, text + len, size - len);
    if (len < size && outcome->policy && outcome->exclusion_count > 0)
        len += (size_t)snprintf(text + len, size - len, " Policy %s.", outcome->policy);
    if (len >= size)
        trim_cut(text, size - 1);
}
