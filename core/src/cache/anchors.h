/* anchors.h - what a node must carry so that a selector can match it: for each term a label with
 * one of some values, or a name. Through anchors a change of a node finds the few selectors that it
 * can matter to, and a selector the few nodes.
 */
#ifndef CH_CACHE_ANCHORS_H
#define CH_CACHE_ANCHORS_H

#include "cache/index.h"
#include "model/object.h"

struct ch_selector;

enum ch_anchor_kind {
    CH_ANCHOR_LABEL, /* key and value */
    CH_ANCHOR_NAME,  /* value */
    CH_ANCHOR_ANY,   /* every node carries it */
};

struct ch_anchor {
    struct ch_link link;
    enum ch_anchor_kind kind;
    const char *key;
    const char *value;
};

/* The anchors of a selector, their strings borrowed from it; one CH_ANCHOR_ANY where it would take
 * too many, none where no node can match. False: out of memory. */
bool ch_anchors_of(const struct ch_selector *selector, struct ch_anchor **out_anchors,
                   size_t *out_count);

/* The key of an anchor in an index, and the anchor's from its link. */
struct ch_index_key ch_anchor_key(enum ch_anchor_kind kind, const char *key, const char *value);
struct ch_index_key ch_anchor_key_of(const struct ch_link *link);

/* Which labels two versions of a node differ in. */
enum { CH_MAX_CHANGED_KEYS = 16 };
struct ch_label_changes {
    size_t count; /* beyond the maximum: any may have changed */
    const char *keys[CH_MAX_CHANGED_KEYS];
};

void ch_label_changes(const struct chandra_object *old_object,
                      const struct chandra_object *new_object, struct ch_label_changes *out);
/* Whether a selector asks for one of the labels that have changed. */
bool ch_selector_is_touched(const struct ch_selector *selector,
                            const struct ch_label_changes *changes);

#endif
