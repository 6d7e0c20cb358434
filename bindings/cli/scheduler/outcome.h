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

/* What a node is left out by, in the order in which the filters ask. */
enum miss_stage {
    MISS_UNSCHEDULABLE,
    MISS_TAINT,
    MISS_NOT_READY,
    MISS_SELECTOR,
    MISS_RESOURCES,
    MISS_ALLOCATION, /* the claim is allocated elsewhere */
    MISS_CLASS,      /* suitableNodes of its class */
    MISS_DRIVER,     /* the driver's answer */
    MISS_POLICY,
    MISS_REFUSED, /* the driver's answer in a round before */
    MISS_STAGE_COUNT,
};

/* Nodes that were lost for one reason: of a claim of the cycle, or SIZE_MAX. */
struct loss {
    enum miss_stage stage;
    size_t claim;
    const char *policy;
    const char *rule;
    const struct chandra_nodeset *nodes;
};

enum { SAMPLE_NODES = 3 };

/* Nodes that were lost for one reason: by a claim or, with its fields "", by what the node is. */
struct exclusion {
    enum miss_stage stage;
    char *claim;  /* name of the claim */
    char *entry;  /* its name in the pod */
    char *policy; /* that excluded them */
    char *rule;   /* the reason */
    uint32_t count;
    char *sample[SAMPLE_NODES]; /* the first of them by name; NULL beyond `count` */
};

/* What a policy wanted people to know. */
struct outcome_note {
    char *policy;
    char *hook;
    char *claim; /* name of the claim that was being matched, or "" */
    char *text;
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
    char *policy;               /* "NAME@VERSION sha256:12 DIGITS" of each that decided, or NULL */
    char *nearest;              /* the node that broke the fewest rules, or NULL */
    uint32_t nearest_misses;    /* how many they were */
    char *nearest_rule;         /* the first of them */
    bool is_unfit;              /* some node was excluded by what it is or has */
    struct exclusion *exclusions;
    size_t exclusion_count;
    struct outcome_note *notes; /* the oldest first */
    size_t note_count;
};

/* Free what an outcome holds; it is empty then. */
void outcome_clear(struct outcome *outcome);
/* Make `to`, which is empty, a copy. False: out of memory, `to` is then to be cleared. */
bool outcome_copy(struct outcome *to, const struct outcome *from);
/* Record an answer in place of the verdict before; node and exclusions stay. False: out of memory.
 */
bool outcome_set(struct outcome *outcome, enum verdict verdict, const char *point,
                 const struct chandra_answer *answer);
/* Record the node that was picked. False: out of memory. */
bool outcome_set_node(struct outcome *outcome, const char *node);
/* Record the policy and the number of nodes of a cycle that has been decided. False: out of memory.
 */
bool outcome_set_cycle(struct outcome *outcome, const struct chandra_cycle *cycle);
/* Record the notes of a cycle in place of those before. False: out of memory. */
bool outcome_set_notes(struct outcome *outcome, const struct chandra_cycle *cycle);
/* Record nodes that were lost. False: out of memory. */
bool outcome_exclude(struct outcome *outcome, const struct chandra_cycle *cycle,
                     const struct loss *loss);
/* Record the nearest miss: a node, how many rules it breaks, and the first. False: out of memory.
 */
bool outcome_set_nearest(struct outcome *outcome, const char *node, uint32_t misses,
                         const char *rule);
/* Write the outcome as one line for people, in kube-scheduler's form: "0/5 nodes are available: 2
 * Insufficient cpu, 3 claim default/gpu: class excludes the node." and, where they are known, the
 * nearest miss and the policy. Cut to `size`, between characters. */
void outcome_text(const struct outcome *outcome, char *text, size_t size);
/* The same without the nearest miss and the policy. */
void outcome_reasons(const struct outcome *outcome, char *text, size_t size);

#endif
