/* export.h - a tree of calls in the forms that other tools draw. */
#ifndef CHANDRA_CLI_PROFILE_EXPORT_H
#define CHANDRA_CLI_PROFILE_EXPORT_H

#include "profile/tree.h"

#include <chandra/error.h>

/* Write folded stacks, "outer;inner NANOSECONDS" for each, which flamegraph.pl and speedscope draw.
 * Errors: EIO. */
enum chandra_status export_folded(const struct tree *tree, const char *path,
                                  struct chandra_error *err);
/* Write the spans as a Chrome trace ("traceEvents"), which chrome://tracing and Perfetto draw.
 * Errors: EIO. */
enum chandra_status export_trace(const struct tree *tree, const char *path,
                                 struct chandra_error *err);

#endif
