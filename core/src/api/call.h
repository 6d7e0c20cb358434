/* call.h - one request under construction, and what its failure is. */
#ifndef CH_API_CALL_H
#define CH_API_CALL_H

#include "base/buf.h"

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sys/transport.h>

struct ch_api_call {
    enum chandra_method method;
    const char *content_type; /* NULL: application/json */
    struct ch_buf path;
    struct ch_buf body;
};

/* Send the request and wait; the buffers are cleared in any case. */
enum chandra_status ch_api_take_call(struct chandra_transport *transport, struct ch_api_call *call,
                                     struct chandra_doc **out_doc, struct chandra_error *err);

/* Append text with everything percent-encoded that could mean something in a URL. */
void ch_api_put_encoded(struct ch_buf *buf, const char *text);

/* Append JSON by a pattern: each ' stands for ", and each $ for the next of `strings`, quoted. */
void ch_api_put_json(struct ch_buf *buf, const char *pattern, const char *const *strings);

/* Append a copy of the JSON text `from` (an object, compact) after `edit` has changed it. */
enum chandra_status ch_api_put_edited(struct ch_buf *buf, const char *from,
                                      bool (*edit)(struct chandra_doc *doc,
                                                   struct chandra_value *root, const void *user),
                                      const void *user, struct chandra_error *err);

/* The status for a Status object; `http_status` serves where it has no code. Never CHANDRA_OK. */
enum chandra_status ch_api_classify_value(const struct chandra_value *value, int http_status,
                                          struct chandra_error *err);

#endif
