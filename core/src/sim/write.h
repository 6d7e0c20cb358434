/* write.h - changes to objects under the rules of the API server.
 *
 * The transport, the controllers and loads all come through ch_sim_write(). Everything here is
 * called with the cluster's lock held.
 */
#ifndef CH_SIM_WRITE_H
#define CH_SIM_WRITE_H

#include "base/buf.h"
#include "sim/store.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sys/transport.h>
#include <stdbool.h>

enum ch_sim_patch { CH_SIM_PATCH_STRATEGIC, CH_SIM_PATCH_MERGE, CH_SIM_PATCH_APPLY };

enum { CH_SIM_NAME_SIZE = 256 };

/* Fields of a PodSchedulingContext that have managers. */
enum { CH_SIM_FIELD_SELECTED = 1, CH_SIM_FIELD_POTENTIAL = 2 };

/* One request for a change. All pointers are borrowed for the call, but `actor`, `method` and
 * `sub`, which live as long as the cluster. */
struct ch_sim_write {
    const char *actor;
    enum chandra_method method;
    const struct ch_sim_kind *kind;
    const char *name_space; /* "" for cluster-scoped kinds */
    const char *name;       /* not of a POST, but of a POST to "binding" */
    const char *sub;        /* "", "status" or "binding" */
    const struct chandra_value *body;
    enum ch_sim_patch patch;
    const char *manager; /* field manager; "" if the client did not say */
    bool force;          /* take fields from other managers */
    bool is_load;        /* uid and status of a new object are taken over */
};

struct ch_sim_outcome {
    struct ch_sim_version
        *version; /* what is stored now, or was last; a reference; NULL: binding */
    bool is_created;
};

/* Carry out a request and note it in the log of writes. The status of a refusal says which HTTP
 * status it stands for, see ch_sim_http_status(). */
enum chandra_status ch_sim_write(struct chandra_sim *sim, const struct ch_sim_write *write,
                                 struct ch_sim_outcome *out_outcome, struct chandra_error *err);
/* The HTTP status and the reason of a Status object for a refusal. */
int ch_sim_http_status(enum chandra_status status);
const char *ch_sim_http_reason(int http_status, enum chandra_status status);

/* rules.c, rules_meta.c: what the server checks and fills in. */

/* Violations, one after the other. */
struct ch_sim_errors {
    struct ch_buf text;
    size_t count;
};

void ch_sim_errors_add(struct ch_sim_errors *errors, const char *fmt, ...) CHANDRA_PRINTF(2, 3);
/* EREJECTED in the API server's words if there is any, and clear. */
enum chandra_status ch_sim_errors_end(struct ch_sim_errors *errors,
                                      const struct ch_sim_draft *draft, struct chandra_error *err);

/* Fill in defaults of a new object; drop what is as good as missing. */
enum chandra_status ch_sim_default(struct ch_sim_draft *draft, struct chandra_error *err);
void ch_sim_normalize(struct ch_sim_draft *draft);
/* Check a new object, or the change of one. */
enum chandra_status ch_sim_check_new(const struct ch_sim_draft *draft, struct chandra_error *err);
enum chandra_status ch_sim_check_change(const struct ch_sim_draft *draft,
                                        const struct ch_sim_version *old,
                                        struct chandra_error *err);
void ch_sim_check_meta(const struct chandra_value *root, const struct ch_sim_kind *kind,
                       struct ch_sim_errors *errors);
void ch_sim_check_meta_change(const struct chandra_value *root, const struct chandra_value *old,
                              struct ch_sim_errors *errors);
/* `old` is NULL for a new claim. */
void ch_sim_check_claim_status(const struct chandra_value *root, const struct chandra_value *old,
                               struct ch_sim_errors *errors);
void ch_sim_check_context(const struct chandra_value *root, struct ch_sim_errors *errors);
/* `list` at `path` holds at most `max` elements that differ in `key`, or, for NULL, as strings. */
void ch_sim_check_set(const struct chandra_value *list, const char *path, const char *key,
                      size_t max, struct ch_sim_errors *errors);

/* patch.c: change draft->root. Errors: EINVAL, ENOMEM. */
enum chandra_status ch_sim_patch_strategic(struct ch_sim_draft *draft,
                                           const struct chandra_value *patch,
                                           struct chandra_error *err);
enum chandra_status ch_sim_patch_merge(struct ch_sim_draft *draft,
                                       const struct chandra_value *patch,
                                       struct chandra_error *err);

/* The member that tells the elements of a merged list apart, "" for a list of plain values, NULL
 * for lists that are replaced as a whole. */
const char *ch_sim_merge_key(const struct ch_sim_kind *kind, const char *field, bool is_apply);

/* managers.c: who owns which field. */

/* A server-side apply: change draft->root, a copy of `old` (NULL: none), and its managers.
 * Errors: ECONFLICT, EINVAL, ENOMEM. */
enum chandra_status ch_sim_patch_apply(struct ch_sim_draft *draft, const struct ch_sim_version *old,
                                       const struct ch_sim_write *write, struct chandra_error *err);
/* Any other write: who changes a field takes it from the others. */
enum chandra_status ch_sim_managers_update(struct ch_sim_draft *draft,
                                           const struct ch_sim_version *old, const char *manager,
                                           struct chandra_error *err);
bool ch_sim_managers_equal(const struct ch_sim_draft *draft, const struct ch_sim_version *version);

#endif
