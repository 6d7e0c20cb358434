/* binding.h - binds a pod to a node through the API. */
#ifndef CHANDRA_CLI_BINDING_H
#define CHANDRA_CLI_BINDING_H

#include <chandra/error.h>
#include <chandra/object.h>

struct chandra_transport;

/* Waits for the API server. Errors: as chandra_client_request(). Threads: any. */
enum chandra_status binding_post(struct chandra_transport *transport, const struct chandra_pod *pod,
                                 const char *node, struct chandra_error *err);

#endif
