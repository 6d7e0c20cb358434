/* explanation.h - why a pod is where it is, or waits, as a document in the published schema.
 *
 * The document (explain.schema.json) is what every source ends in and every format begins with: it
 * is printed as JSON and YAML, text.h and html.h show it to people, and a running scheduler serves
 * it.
 */
#ifndef CHANDRA_CLI_EXPLAIN_EXPLANATION_H
#define CHANDRA_CLI_EXPLAIN_EXPLANATION_H

#include "explain/build.h"
#include "explain/decision.h"

#include <chandra/engine.h>
#include <chandra/error.h>
#include <chandra/object.h>
#include <chandra/sys/stage.h>

/* What is explained, where. */
struct explain_subject {
    struct chandra_engine *engine;
    struct chandra_stage *stage; /* whole objects, for the values that selectors want; or NULL */
    const struct chandra_pod *pod;
    const char *node; /* that the pod is on, where the decision was made as if it were not; or "" */
};

/* Where the data is from. */
struct explain_source {
    const char *type; /* "manifests", "record", "server" or "cluster" */
    const char *from; /* a file, a URL */
    int64_t time;     /* of the data, in seconds since 1970 */
    int64_t age_s;    /* of the data when it was explained; negative: it is a simulation's */
};

/* Begin a document about an object. NULL when out of memory. */
struct chandra_value *explanation_begin(struct build *build, const char *kind,
                                        const struct chandra_object *object,
                                        const struct explain_source *source);
/* Explain a decision. `root` is a document that has been begun. */
void explanation_pod(struct build *build, struct chandra_value *root,
                     const struct explain_subject *subject, struct decision *decision);
/* Explain a claim: its state, who has it, who waits for it and where it is available. */
enum chandra_status explanation_claim(struct build *build, struct chandra_value *root,
                                      const struct explain_subject *subject,
                                      const struct chandra_claim *claim, struct chandra_error *err);

/* The name of a stage in documents, such as "taint". */
const char *explanation_stage(enum miss_stage stage);
/* Its letter in pictures, such as 'T'; 'X' for an unknown one. */
char explanation_letter(const char *stage);
/* What it means, in a few words. */
const char *explanation_stage_text(const char *stage);

/* Whether the rules were asked about single nodes; else all of them went at once. */
bool explanation_has_nodes(const struct chandra_value *root);

/* Parts, for each other (nodes.c, claims.c). */

/* The nodes with their misses, the funnel, the nearest miss and what is feasible. */
void explanation_nodes(struct build *build, struct chandra_value *root,
                       const struct explain_subject *subject, const struct decision *decision);
/* The cause in a line, of a funnel that leaves no node. */
void explanation_no_node_left(const struct chandra_value *root, char *text, size_t size);
/* The pod's claims as they are now; explanation_pod() adds them unless they are there already. */
void explanation_claims(struct build *build, struct chandra_value *root,
                        const struct explain_subject *subject);
/* What the pod waits for. */
void explanation_negotiation(struct build *build, struct chandra_value *root,
                             const struct explain_subject *subject,
                             const struct decision *decision);

/* A copy of a whole object as the server has it, in the document of `build`; NULL if there is none.
 */
struct chandra_value *explanation_object(struct build *build, struct chandra_stage *stage,
                                         const char *kind, const char *name_space,
                                         const char *name);

#endif
