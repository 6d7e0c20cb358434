/* selector.h - v1.NodeSelector, compiled: which nodes by labels and name (spec 3.4). */
#ifndef CH_MODEL_SELECTOR_H
#define CH_MODEL_SELECTOR_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/object.h>
#include <stddef.h>

struct ch_selector;

/* Compile a selector. Wrong JSON types are an error here; rules of the API that are broken (an
 * unknown operator, a bad value) are kept in the selector as ch_selector_error(), since the engine
 * must fail the pod for them, not the object. */
enum chandra_status ch_selector_new(const struct chandra_value *value, const char *path,
                                    struct ch_selector **out_selector, struct chandra_error *err);
struct ch_selector *ch_selector_ref(struct ch_selector *selector);
void ch_selector_unref(struct ch_selector *selector);

/* NULL, or why the selector does not compile. */
const char *ch_selector_error(const struct ch_selector *selector);
/* Canonical text: equal texts select alike. Used as the key for sharing node sets. */
const char *ch_selector_text(const struct ch_selector *selector);
/* Whether a node with these labels and this name matches; false for one that does not compile. */
bool ch_selector_matches(const struct ch_selector *selector, const struct chandra_node *node);

#endif
