/* api.h - what an API request and its failure are: paths, the plugin's writes, watch events. */
#ifndef CH_API_API_H
#define CH_API_API_H

#include "base/buf.h"

#include <chandra/client.h>
#include <chandra/object.h>
#include <chandra/sys/transport.h>

/* How a kind is spelled in requests. */
struct ch_api_resource {
    const char *kind;
    const char *api_version; /* "v1" or "GROUP/VERSION" */
    const char *plural;
    bool is_namespaced;
};

const struct ch_api_resource *ch_api_resource(enum chandra_kind kind);

/* Append the path of an object, or of a collection when `name` is NULL; `name_space` NULL or ""
 * means all namespaces; `sub` is a subresource or NULL. */
void ch_api_put_path(struct ch_buf *buf, enum chandra_kind kind, const char *name_space,
                     const char *name, const char *sub);

/* Turn an answer into a status: 2xx is OK; spec 12.4 for the rest. The message is the server's. */
enum chandra_status ch_api_classify(const struct chandra_response *response,
                                    struct chandra_error *err);

/* The eight writes of spec section 5. Each waits for its answer; *out_doc (may be NULL) is the
 * answer's body, for the caller to free. */

/* Fields of a PodSchedulingContext's spec that a publish changes; NULL members are left alone. */
struct ch_context_change {
    const char *selected_node; /* NULL: not overridden; "" clears */
    const char *const *potential;
    size_t potential_count;
    bool has_potential;
};

enum chandra_status ch_api_create_context(struct chandra_transport *transport,
                                          const struct chandra_pod *pod,
                                          const struct ch_context_change *change,
                                          struct chandra_doc **out_doc, struct chandra_error *err);
enum chandra_status ch_api_update_context(struct chandra_transport *transport,
                                          const struct chandra_context *context,
                                          const struct ch_context_change *change,
                                          struct chandra_doc **out_doc, struct chandra_error *err);
/* Server-side apply, forced. potentialNodes is always sent: the change's, else the context's. */
enum chandra_status ch_api_apply_context(struct chandra_transport *transport,
                                         const struct chandra_context *context,
                                         const struct ch_context_change *change,
                                         const char *field_manager, struct chandra_doc **out_doc,
                                         struct chandra_error *err);
enum chandra_status ch_api_delete_context(struct chandra_transport *transport,
                                          const char *name_space, const char *name,
                                          struct chandra_error *err);
enum chandra_status ch_api_request_deallocation(struct chandra_transport *transport,
                                                const struct chandra_claim *claim,
                                                struct chandra_doc **out_doc,
                                                struct chandra_error *err);
enum chandra_status ch_api_reserve(struct chandra_transport *transport,
                                   const struct chandra_claim *claim, const struct chandra_pod *pod,
                                   struct chandra_doc **out_doc, struct chandra_error *err);
enum chandra_status ch_api_unreserve(struct chandra_transport *transport,
                                     const struct chandra_claim *claim,
                                     const struct chandra_pod *pod, struct chandra_doc **out_doc,
                                     struct chandra_error *err);

/* Parse a list, or a line of a watch, without its managedFields: nobody reads them, and often they
 * are half of an object. `name` is for errors. */
enum chandra_status ch_api_parse(const char *text, size_t len, const char *name,
                                 struct chandra_doc **out_doc, struct chandra_error *err);

/* One line of a watch. */
enum ch_watch_type {
    CH_WATCH_ADDED,
    CH_WATCH_MODIFIED,
    CH_WATCH_DELETED,
    CH_WATCH_BOOKMARK,
    CH_WATCH_ERROR
};

struct ch_watch_event {
    struct chandra_doc *doc; /* caller frees */
    enum ch_watch_type type;
    const struct chandra_value *object;
    enum chandra_status status; /* CH_WATCH_ERROR: why, such as EGONE; the text goes to err */
};

enum chandra_status ch_api_parse_event(const char *line, size_t len,
                                       struct ch_watch_event *out_event, struct chandra_error *err);

#endif
