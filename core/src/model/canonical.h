/* canonical.h - JSON in one form for equal values, so that comparing is strcmp(). */
#ifndef CH_MODEL_CANONICAL_H
#define CH_MODEL_CANONICAL_H

#include "base/buf.h"

#include <chandra/doc.h>

/* Append a value as compact JSON: keys sorted, and members left out that mean the same as a missing
 * one to the API: null, false, "", []. An empty object stays, since its presence counts (an
 * allocation may be one). NULL gives {}. */
void ch_canonical_put(struct ch_buf *buf, const struct chandra_value *value);

#endif
