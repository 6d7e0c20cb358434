/* client.h - plain API requests for programs, over any transport, waiting for the answer. */
#ifndef CHANDRA_CLIENT_H
#define CHANDRA_CLIENT_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/sys/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Send a request and wait for its answer, without any lock held. A server's refusal is classified
 * (spec: HTTP status plus the `reason` of the Status object) and its message kept whole as far as
 * it fits. Ownership: caller frees *out_doc, the answer's body; out_doc may be NULL. Errors:
 * ENOTFOUND, ECONFLICT, EEXISTS, EREJECTED, EGONE, EUNAUTHORIZED, EFORBIDDEN, ETHROTTLED,
 * ETRANSIENT, EAPI, ENOMEM. Threads: any but the transport's own. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_client_request(struct chandra_transport *transport, const struct chandra_request *request,
                       struct chandra_doc **out_doc, struct chandra_error *err);

#ifdef __cplusplus
}
#endif
#endif
