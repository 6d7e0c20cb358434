/* kube.h - the way to a real API server: kubeconfig, credentials, TLS and HTTP/2 over libcurl.
 *
 * A configuration says where the server is and how to prove who we are; a transport made from it
 * has one thread of its own, which runs every callback. Certificates are always verified unless the
 * kubeconfig says insecure-skip-tls-verify in so many words.
 */
#ifndef CHANDRA_KUBE_H
#define CHANDRA_KUBE_H

#include <chandra/error.h>
#include <chandra/log.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct chandra_transport; /* sys/transport.h */
struct chandra_kube_config;

/** Which cluster; NULL fields are decided by the files. All strings are borrowed for the call. */
struct chandra_kube_config_options {
    size_t size;                  /* sizeof(struct chandra_kube_config_options) */
    const char *kubeconfig;       /* a file; NULL: the list in $KUBECONFIG, else in-cluster where a
                                     service       account is mounted, else ~/.kube/config */
    const char *context;          /* in place of current-context */
    const char *cluster;          /* in place of the context's */
    const char *user;             /* in place of the context's */
    const char *name_space;       /* in place of the context's */
    const char *server;           /* URL in place of the cluster's */
    struct chandra_logger logger; /* warnings, such as that TLS is not verified */
};

/** Read and merge the kubeconfig files as kubectl does (the first file to set a value wins,
 * relative paths are relative to their file), or the in-cluster service account. `options` may be
 * NULL. Ownership: caller frees. Errors: EIO, EPARSE, EINVAL with "FILE:LINE:COL: ", EUNSUPPORTED
 * (the removed auth-provider), ENOTFOUND (no configuration), ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_kube_config_load(const struct chandra_kube_config_options *options,
                         struct chandra_kube_config **out_config, struct chandra_error *err);
/** Free; NULL is fine. */
CHANDRA_API void chandra_kube_config_free(struct chandra_kube_config *config);
/** URL of the API server. Ownership: borrowed, like all below. */
CHANDRA_API const char *chandra_kube_config_server(const struct chandra_kube_config *config);
/** Namespace of the context, "default" when it names none. */
CHANDRA_API const char *chandra_kube_config_namespace(const struct chandra_kube_config *config);
/** Name of the context, "in-cluster" for the service account. */
CHANDRA_API const char *chandra_kube_config_context(const struct chandra_kube_config *config);

/** One finished request, for metrics. Pointers are borrowed for the call. */
struct chandra_kube_request_info {
    const char *verb;     /* "GET", "LIST", "WATCH", "POST", "PUT", "PATCH", "DELETE" */
    const char *resource; /* "pods", "resourceclaims/status"; never a name */
    int http_status;      /* 0: no answer */
    double seconds;       /* for a watch until its headers came */
};

/** Zero in a field means its default. */
struct chandra_kube_options {
    size_t size; /* sizeof(struct chandra_kube_options) */
    double qps;  /* requests a second, watches not counted; default 50; negative: no limit */
    int burst;   /* default 100 */
    int64_t request_timeout_ms; /* of a request from its start; default 30,000 */
    int64_t watch_idle_ms;      /* a watch without a byte for so long is cut; default 90,000 */
    const char *user_agent;     /* default "chandra/VERSION"; copied */
    struct chandra_logger logger;
    /** Called after each request from the transport's thread; may be NULL. */
    void (*on_request)(void *user, const struct chandra_kube_request_info *info);
    void *user;
};

/** Start a transport. Nothing is sent before the first request; credentials are fetched then,
 * renewed when they expire and after a 401. Ownership: `config` may be freed afterwards; caller
 * frees the transport with chandra_kube_free(). Errors: EIO (a certificate or key that cannot be
 * read), EINVAL, EUNSUPPORTED, ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_kube_new(const struct chandra_kube_config *config,
                 const struct chandra_kube_options *options,
                 struct chandra_transport **out_transport, struct chandra_error *err);
/** End every request with "no answer", join the thread and free; NULL is fine. Engines on it must
 * have been freed before. */
CHANDRA_API void chandra_kube_free(struct chandra_transport *transport);

#ifdef __cplusplus
}
#endif
#endif
