/* shadows.h - what a shadow policy would have done otherwise, over a whole simulation. */
#ifndef CHANDRA_CLI_SHADOWS_H
#define CHANDRA_CLI_SHADOWS_H

#include "scheduler/scheduler.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

/* One disagreement, and how often it came. */
struct disagreement {
    char *name_space;
    char *name; /* of the pod */
    enum shadow_kind kind;
    char *text;
    char *node;       /* that was picked, or NULL */
    char *other_node; /* that the shadow would have picked, or NULL */
    size_t count;
};

/* Zeroed memory is an empty list. */
struct shadows {
    struct disagreement *items;
    size_t count;
    size_t decisions; /* that were compared */
    size_t by_kind[SHADOW_KIND_COUNT];
    bool is_out_of_memory;
};

/* Take in what the last attempt of a pod showed. */
void shadows_add(struct shadows *shadows, const struct queued_pod *pod);
/* {"policy", "decisions", "disagreements": {KIND: COUNT}, "list": [...]}; NULL when out of memory.
 */
struct chandra_value *shadows_value(const struct shadows *shadows,
                                    const struct chandra_policy *policy, struct chandra_doc *doc);
/* Print such a value for people. Errors: ENOMEM. */
enum chandra_status shadows_show(const struct chandra_value *value, struct chandra_error *err);
void shadows_clear(struct shadows *shadows);

#endif
