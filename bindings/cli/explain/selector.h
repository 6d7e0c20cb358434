/* selector.h - why a node selector does not match a node: what it wants, and what the node has. */
#ifndef CHANDRA_CLI_EXPLAIN_SELECTOR_H
#define CHANDRA_CLI_EXPLAIN_SELECTOR_H

#include <chandra/doc.h>
#include <chandra/object.h>

enum { SELECTOR_TEXT_SIZE = 320 };

struct selector_gap {
    char wants[SELECTOR_TEXT_SIZE]; /* the first requirement of the nearest term that fails */
    char seen[SELECTOR_TEXT_SIZE];  /* "zone=b", or "no label zone" */
};

/* Of a v1.NodeSelector. Texts are "" where nothing fails. */
void selector_explain(const struct chandra_value *selector, const struct chandra_node *node,
                      struct selector_gap *out);
/* Of a pod's spec: nodeSelector, then the required node affinity. */
void selector_explain_pod(const struct chandra_value *pod_spec, const struct chandra_node *node,
                          struct selector_gap *out);
/* A whole v1.NodeSelector in words: "zone in (a, b) and disk=ssd, or name=node-1". Cut to `size`.
 */
void selector_text(const struct chandra_value *selector, char *text, size_t size);
/* The required node affinity of a pod's spec, or NULL. */
const struct chandra_value *selector_of_affinity(const struct chandra_value *pod_spec);

#endif
