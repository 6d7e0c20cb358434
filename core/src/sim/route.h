/* route.h - what the path of a request names. */
#ifndef CH_SIM_ROUTE_H
#define CH_SIM_ROUTE_H

#include "base/arena.h"
#include "sim/form.h"
#include "sim/kinds.h"
#include "sim/select.h"

#include <chandra/error.h>
#include <stdint.h>

struct ch_sim_route {
    const struct ch_sim_kind *kind; /* NULL: the server's version */
    const char *name_space;         /* "": all, or a cluster-scoped kind */
    const char *name;               /* "": the collection */
    const char *sub;                /* "", "status" or "binding"; lives for ever */
    struct ch_sim_select select;
    const char *resource_version; /* "" when it is not given, like all texts below */
    const char *resource_version_match;
    const char *continue_token;
    const char *field_manager;
    int64_t limit;     /* 0: none */
    int64_t timeout_s; /* of a watch; 0: none */
    bool is_watch;
    bool wants_bookmarks;
    bool is_forced;
    enum ch_sim_form form; /* of the objects in the answer; for whoever knows the headers to set */
    struct ch_arena arena; /* holds the texts */
};

/* Take a path with its query apart; *out_route is for ch_sim_route_clear() on success only. Errors:
 * ENOTFOUND (no such resource), EINVAL (a bad query), ENOMEM. */
enum chandra_status ch_sim_route_parse(const char *path, struct ch_sim_route *out_route,
                                       struct chandra_error *err);
void ch_sim_route_clear(struct ch_sim_route *route);

#endif
