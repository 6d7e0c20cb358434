/* outcome.h - what became of a scheduling attempt, and why, kept after its cycle is gone. */
#ifndef CHANDRA_CLI_OUTCOME_H
#define CHANDRA_CLI_OUTCOME_H

#include <chandra/cycle.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the pod goes after the attempt. */
enum verdict {
    VERDICT_NONE,     /* not tried yet */
    VERDICT_GATED,    /* PreEnqueue said no: parked until an event of its own */
    VERDICT_REJECTED, /* parked until an event, then back-off */
    VERDICT_PENDING,  /* parked until an event, then tried at once */
    VERDICT_FAILED,   /* tried again after its back-off */
    VERDICT_BOUND,
};

enum { SAMPLE_NODES = 3 };

/* Nodes that were lost for one reason: by a claim or, with its fields "", by what the node is. */
struct exclusion {
    char *claim;  /* name of the claim */
    char *entry;  /* its name in the pod */
    char *policy; /* that excluded them */
    char *rule;   /* the reason */
    uint32_t count;
    char *sample[SAMPLE_NODES]; /* the first of them by name; NULL beyond `count` */
};

/* What became of an attempt. */
struct outcome {
    enum verdict verdict;
    const char *point;          /* extension point it ended at, or "Bind"; static */
    enum chandra_code code;     /* its answer */
    enum chandra_status status; /* of an ERROR */
    char *reason;               /* "" for success */
    char *node;                 /* that was picked, or NULL */
    uint32_t node_count;        /* of the cluster */
    bool is_unfit;              /* some node was excluded by what it is or has */
    struct exclusion *exclusions;
    size_t exclusion_count;
};

/* Free what an outcome holds; it is empty then. */
void outcome_clear(struct outcome *outcome);
/* Record an answer in place of the verdict before; node and exclusions stay. False: out of memory.
 */
bool outcome_set(struct outcome *outcome, enum verdict verdict, const char *point,
                 const struct chandra_answer *answer);
/* Record the node that was picked. False: out of memory. */
bool outcome_set_node(struct outcome *outcome, const char *node);
/* Record for which reasons claims excluded nodes. False: out of memory. */
bool outcome_explain(struct outcome *outcome, const struct chandra_cycle *cycle);
/* Record nodes that were excluded by what they are or have. False: out of memory. */
bool outcome_exclude(struct outcome *outcome, const struct chandra_cycle *cycle, const char *rule,
                     const struct chandra_nodeset *nodes);
/* Record nodes, if there are any, that were left out because drivers refused them before. False:
 * out of memory. */
bool outcome_refuse(struct outcome *outcome, const struct chandra_cycle *cycle,
                    const struct chandra_nodeset *nodes);
/* Write the outcome as one line for people, in kube-scheduler's form: "0/5 nodes are available: 2
 * Insufficient cpu, 3 claim default/gpu: class excludes the node." Cut to `size`, between
 * characters. */
void outcome_text(const struct outcome *outcome, char *text, size_t size);

#endif
