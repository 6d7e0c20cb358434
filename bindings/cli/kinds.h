/* kinds.h - which objects a manifest may hold. */
#ifndef CHANDRA_CLI_KINDS_H
#define CHANDRA_CLI_KINDS_H

#include <chandra/error.h>
#include <stdbool.h>

enum kind_answer {
    KIND_LOADED,  /* the cluster has a use for it */
    KIND_SKIPPED, /* some other kind: none of its business */
    KIND_REFUSED, /* one that must not be passed over in silence; the error says why */
};

/* What to do with an object; *out_is_namespaced is set for loaded ones. */
enum kind_answer kind_classify(const char *api_version, const char *kind, bool *out_is_namespaced,
                               struct chandra_error *err);

#endif
