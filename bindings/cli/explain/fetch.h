/* fetch.h - asks a running `chandra schedule` for what it remembers of a pod. */
#ifndef CHANDRA_CLI_EXPLAIN_FETCH_H
#define CHANDRA_CLI_EXPLAIN_FETCH_H

#include <chandra/doc.h>
#include <chandra/error.h>

/* GET http://HOST:PORT/debug/explain/NAMESPACE/POD; `server` is HOST:PORT, with "http://" before it
 * or not. Caller frees *out_doc. Errors: EINVAL (the address), ETRANSIENT (no answer), ENOTFOUND,
 * EAPI (an answer that is none), ENOMEM. */
enum chandra_status fetch_explanation(const char *server, const char *name_space, const char *pod,
                                      struct chandra_doc **out_doc, struct chandra_error *err);

#endif
