/* preflight.h - before anything starts: is the API server there, does it serve what is needed, and
 * may we do what we must? */
#ifndef CHANDRA_CLI_PREFLIGHT_H
#define CHANDRA_CLI_PREFLIGHT_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stdint.h>

struct chandra_transport;
struct klog;

struct preflight {
    struct chandra_transport *transport;
    const struct klog *log;
    const char *server; /* URL for messages */
    bool is_dry;        /* nothing will be written */
    bool writes_events;
    const char *lease_name_space; /* NULL: no leader election */
    const char *lease_name;
    const char *configmap;    /* "NAMESPACE/NAME" of policies; NULL: none */
    int64_t patience_ms;      /* how long to wait for a server that does not answer; 0: for ever */
    bool (*is_stopped)(void); /* ends the wait */
};

/* Look. A server that does not answer is waited for; everything else that is wrong is an error at
 * once, which names the server and what to do. Errors: EUNAUTHORIZED, EFORBIDDEN, EUNSUPPORTED (the
 * API is not served), ETRANSIENT (no answer in time), ECANCELED (stopped), ENOMEM. */
enum chandra_status preflight_run(const struct preflight *preflight, struct chandra_error *err);

#endif
