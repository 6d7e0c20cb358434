/* shadow.h - where a second policy, which decides beside the one that acts, disagrees with it.
 *
 * The shadow decides in a cycle of its own that sees exactly what the acting one saw and cannot
 * write (chandra_cycle_shadow()): nodes are filtered, scored and picked by the same code for both,
 * so that each difference is the policies'.
 */
#ifndef CHANDRA_CLI_SHADOW_H
#define CHANDRA_CLI_SHADOW_H

#include <chandra/cycle.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shadow_kind {
    SHADOW_FILTER,     /* other nodes pass */
    SHADOW_BEST,       /* another node would be picked by score */
    SHADOW_SUGGESTION, /* another node is suggested, or none */
    SHADOW_RELEASE,    /* another claim would be given back, or none */
    SHADOW_FAILURE,    /* the shadow's policy failed: there is nothing to compare */
    SHADOW_KIND_COUNT,
};

/* "filter", "best", ... for labels and results. */
const char *shadow_kind_name(enum shadow_kind kind);

/* What came of one comparison. */
struct shadow_note {
    char policy[128];               /* names of the shadow's chain, joined by + */
    char *node;                     /* that was picked, or NULL */
    char *other_node;               /* that the shadow would have picked, or NULL */
    char *texts[SHADOW_KIND_COUNT]; /* what differs, for people; NULL: nothing */
};

/* What one side has decided. */
struct shadow_view {
    struct chandra_cycle *cycle;
    const struct chandra_nodeset *feasible;
    const int64_t *scores; /* or NULL */
    uint32_t best;         /* CHANDRA_NODESET_END for none, as of the next two */
    uint32_t suggested;
    uint32_t picked;
};

/* A note without any difference; NULL when out of memory. */
struct shadow_note *shadow_note_new(const struct chandra_policy *policy);
void shadow_note_free(struct shadow_note *note); /* NULL is fine */
/* Whether anything differs. */
bool shadow_note_differs(const struct shadow_note *note);

/* Note what the first half of an attempt shows. For want of memory a difference may be missing. */
void shadow_compare(struct shadow_note *note, const struct shadow_view *acting,
                    const struct shadow_view *shadow);
/* Note what PostFilter shows. */
void shadow_compare_release(struct shadow_note *note, const struct chandra_cycle *acting,
                            const struct chandra_cycle *shadow);
/* Note that the shadow failed; nothing else is noted then. */
void shadow_fail(struct shadow_note *note, const char *why);

#endif
