/* select.h - label and field selectors of lists and watches. */
#ifndef CH_SIM_SELECT_H
#define CH_SIM_SELECT_H

#include "base/arena.h"
#include "sim/store.h"

struct ch_sim_requirement;

/* Zero-initialized selects everything. */
struct ch_sim_select {
    const struct ch_sim_requirement *first; /* all must hold */
};

/* Add the requirements of a selector's text ("" for none), in memory of the arena. Labels know
 * =, ==, !=, in, notin, KEY and !KEY; fields know =, == and != on what the kind offers. Errors:
 * EINVAL, ENOMEM. */
enum chandra_status ch_sim_select_labels(struct ch_sim_select *select, const char *text,
                                         struct ch_arena *arena, struct chandra_error *err);
enum chandra_status ch_sim_select_fields(struct ch_sim_select *select, const char *text,
                                         const struct ch_sim_kind *kind, struct ch_arena *arena,
                                         struct chandra_error *err);
bool ch_sim_select_has(const struct ch_sim_select *select, const struct ch_sim_version *version);

#endif
