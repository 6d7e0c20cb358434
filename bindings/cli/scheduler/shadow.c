/* shadow.c - compares two decisions and says in words where they differ. */
#include "scheduler/shadow.h"

#include <chandra/doc.h>
#include <chandra/nodeset.h>
#include <chandra/object.h>
#include <chandra/policy.h>
#include <chandra/sys/base.h>
#include <chandra/sys/policy.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1600, NODE_TEXT_SIZE = 320 };

const char *
shadow_kind_name(enum shadow_kind kind)
{
    static const char *const names[SHADOW_KIND_COUNT] = {"filter", "best", "suggestion", "release",
                                                         "failure"};

    return names[kind];
}

struct shadow_note *
shadow_note_new(const struct chandra_policy *policy)
{
    struct shadow_note *note = chandra_realloc(NULL, sizeof(*note));
    const struct chandra_policy_info *info;
    size_t len = 0;

    if (!note)
        return NULL;
    memset(note, 0, sizeof(*note));
    for (size_t i = 0; (info = chandra_policy_info_at(policy, i)); i++)
        if (len < sizeof(note->policy))
            len += (size_t)snprintf(note->policy + len, sizeof(note->policy) - len, "%s%s",
                                    i > 0 ? "+" : "", info->name);
    return note;
}

void
shadow_note_free(struct shadow_note *note)
{
    if (!note)
        return;
    for (size_t i = 0; i < SHADOW_KIND_COUNT; i++)
        chandra_free(note->texts[i]);
    chandra_free(note->node);
    chandra_free(note->other_node);
    chandra_free(note);
}

bool
shadow_note_differs(const struct shadow_note *note)
{
    for (size_t i = 0; i < SHADOW_KIND_COUNT; i++)
        if (note->texts[i])
            return true;
    return false;
}

static void CHANDRA_PRINTF(3, 4)
    set(struct shadow_note *note, enum shadow_kind kind, const char *fmt, ...)
{
    char text[TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    chandra_free(note->texts[kind]);
    note->texts[kind] = chandra_strdup(text);
}

static const char *
node_name(const struct chandra_cycle *cycle, uint32_t index)
{
    return chandra_object_name(chandra_node_object(chandra_cycle_node(cycle, index)));
}

static bool
is_in(const struct chandra_nodeset *set, uint32_t node)
{
    return chandra_nodeset_has(set, node);
}

/* Filter: nodes that one side keeps and the other one leaves out, with the reason for the first. */

struct difference {
    uint32_t count;
    uint32_t first; /* by name */
};

static struct difference
subtract(const struct chandra_cycle *cycle, const struct chandra_nodeset *from,
         const struct chandra_nodeset *what)
{
    struct difference difference = {.first = CHANDRA_NODESET_END};

    for (uint32_t node = chandra_nodeset_next(from, 0); node != CHANDRA_NODESET_END;
         node = chandra_nodeset_next(from, node + 1)) {
        if (is_in(what, node))
            continue;
        difference.count++;
        if (difference.first == CHANDRA_NODESET_END ||
            chandra_cycle_node_rank(cycle, node) < chandra_cycle_node_rank(cycle, difference.first))
            difference.first = node;
    }
    return difference;
}

/* "leaves out 2 nodes: node-1: claim ...: zone b is being drained" */
static void
put_difference(const char *verb, const struct difference *difference, struct chandra_cycle *cycle,
               char *text, size_t size)
{
    const size_t len = strlen(text);
    struct chandra_answer answer;
    const char *name;

    if (difference->count == 0)
        return;
    name = node_name(cycle, difference->first);
    chandra_cycle_why(cycle, name, &answer);
    snprintf(text + len, size - len, "%s%s %u node%s: %.253s: %.400s", len ? "; " : "", verb,
             difference->count, difference->count == 1 ? "" : "s", name, answer.reason);
}

static void
compare_filter(struct shadow_note *note, const struct shadow_view *acting,
               const struct shadow_view *shadow)
{
    const struct difference lost = subtract(acting->cycle, acting->feasible, shadow->feasible);
    const struct difference won = subtract(acting->cycle, shadow->feasible, acting->feasible);
    char text[TEXT_SIZE] = "";

    put_difference("the shadow leaves out", &lost, shadow->cycle, text, sizeof(text));
    put_difference("it keeps, which is left out,", &won, acting->cycle, text, sizeof(text));
    if (*text)
        set(note, SHADOW_FILTER, "%s", text);
}

static const char *
scored_text(const struct shadow_view *view, uint32_t node, char text[NODE_TEXT_SIZE])
{
    if (node == CHANDRA_NODESET_END)
        return "none";
    if (!view->scores)
        return node_name(view->cycle, node);
    snprintf(text, NODE_TEXT_SIZE, "%s (score %" PRId64 ")", node_name(view->cycle, node),
             view->scores[node]);
    return text;
}

static void
compare_nodes(struct shadow_note *note, const struct shadow_view *acting,
              const struct shadow_view *shadow)
{
    char left[NODE_TEXT_SIZE], right[NODE_TEXT_SIZE];

    if (acting->best != shadow->best)
        set(note, SHADOW_BEST, "%s is best, to the shadow %s",
            scored_text(acting, acting->best, left), scored_text(shadow, shadow->best, right));
    if (acting->suggested == shadow->suggested)
        return;
    set(note, SHADOW_SUGGESTION, "%s is suggested, by the shadow %s",
        acting->suggested == CHANDRA_NODESET_END ? "none"
                                                 : node_name(acting->cycle, acting->suggested),
        shadow->suggested == CHANDRA_NODESET_END ? "none"
                                                 : node_name(shadow->cycle, shadow->suggested));
}

void
shadow_compare(struct shadow_note *note, const struct shadow_view *acting,
               const struct shadow_view *shadow)
{
    compare_filter(note, acting, shadow);
    /* Where one side has no node to choose, what it filters says it all. */
    if (!chandra_nodeset_is_empty(acting->feasible) && !chandra_nodeset_is_empty(shadow->feasible))
        compare_nodes(note, acting, shadow);
    if (acting->picked != CHANDRA_NODESET_END)
        note->node = chandra_strdup(node_name(acting->cycle, acting->picked));
    if (shadow->picked != CHANDRA_NODESET_END)
        note->other_node = chandra_strdup(node_name(shadow->cycle, shadow->picked));
}

static const char *
claim_name(const struct chandra_cycle *cycle, size_t index)
{
    const struct chandra_claim *claim = chandra_cycle_claim(cycle, index);

    return claim ? chandra_object_name(chandra_claim_object(claim)) : "none";
}

void
shadow_compare_release(struct shadow_note *note, const struct chandra_cycle *acting,
                       const struct chandra_cycle *shadow)
{
    const size_t left = chandra_cycle_released(acting);
    const size_t right = chandra_cycle_released(shadow);

    if (left != right)
        set(note, SHADOW_RELEASE, "claim %s is given back, by the shadow %s",
            claim_name(acting, left), claim_name(shadow, right));
}

void
shadow_fail(struct shadow_note *note, const char *why)
{
    for (size_t i = 0; i < SHADOW_KIND_COUNT; i++) {
        chandra_free(note->texts[i]);
        note->texts[i] = NULL;
    }
    set(note, SHADOW_FAILURE, "%s", why);
}
