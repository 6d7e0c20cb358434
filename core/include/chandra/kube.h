/* kube.h - the way to a real API server: kubeconfig, credentials, TLS and HTTP/2 over libcurl.
 *
 * A configuration says where the server is and how to prove who we are; a transport made from it
 * has one thread of its own, which runs every callback with all signals blocked. Certificates are
 * always verified unless the kubeconfig says insecure-skip-tls-verify in so many words.
 *
 * After a 401 the credential is renewed: files are read again, the exec plugin runs again. If that
 * gives another one, the request is sent again, once. A 401 that stays is handed on, and its
 * message says whose credential was refused and where that is set.
 *
 * After a 429 with Retry-After a request rests for so long and is sent again, at most five times
 * and within its time limit. Watches, and answers without Retry-After, are handed on.
 *
 * Everything else is handed on as the server said it, with retry_after_ms (of a 503, say). No
 * answer is http_status 0 and words that name the server, what failed, and the setting behind it
 * with file and line. Nothing is sent twice that a server may have begun to read.
 *
 * Idle connections are kept, and watches have connections of their own. A connection on which
 * nothing comes while a request or a watch on it runs out of time is given up with all that is on
 * it. Answers may have 64 MiB, events of a watch 16 MiB.
 *
 * The first transport of a process calls curl_global_init(); nothing else outlives a transport.
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
    size_t size; /* sizeof(struct chandra_kube_config_options) */
    /** A file. NULL: the list in $KUBECONFIG, else in-cluster where a service account is mounted,
     * else ~/.kube/config. */
    const char *kubeconfig;
    const char *context;          /* in place of current-context */
    const char *cluster;          /* in place of the context's */
    const char *user;             /* in place of the context's */
    const char *name_space;       /* in place of the context's */
    const char *server;           /* URL in place of the cluster's */
    struct chandra_logger logger; /* warnings, such as that TLS is not verified */
};

/** Read and merge the kubeconfig files as kubectl does: the first file to name a cluster, user or
 * context wins, whole; files of $KUBECONFIG that are missing are passed over; relative paths are
 * relative to their file. The mounted service account is read only if nothing but a namespace is
 * asked for. `options` may be NULL. Certificates, keys and tokens in files are read later, by the
 * transport. Ownership: caller frees. Errors: EIO, EPARSE, EINVAL with "FILE:LINE:COL: ",
 * EUNSUPPORTED (the removed auth-provider, exec plugins of v1alpha1), ENOTFOUND (no configuration),
 * ENOMEM. Threads: any, as long as nobody changes the environment. */
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

/** One finished request, for metrics; one that is sent again counts each time. Pointers are
 * borrowed for the call. */
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
    /** Of a request, and of a watch until its headers come, from when it is first sent: waiting for
     * `qps` does not count. Default 30,000. */
    int64_t request_timeout_ms;
    int64_t watch_idle_ms;  /* a watch without a byte for so long is cut; default 90,000 */
    const char *user_agent; /* default "chandra/VERSION"; copied */
    struct chandra_logger logger;
    /** Called after each request from the transport's thread; may be NULL. */
    void (*on_request)(void *user, const struct chandra_kube_request_info *info);
    void *user;
};

/** Start a transport. Nothing is sent before the first request; credentials are fetched then,
 * renewed when they expire and after a 401. Files are read again: a token's every minute, those of
 * certificates when they have changed. An exec plugin runs for at most a minute, or five if it is
 * interactive: then it has the terminal of standard input, and standard error for its questions.
 * Ownership: `config` may be freed afterwards; caller frees the transport with chandra_kube_free().
 * Errors: EIO (a certificate or key that cannot be read, no thread), EINVAL, ENOMEM. */
CHANDRA_API CHANDRA_MUST_CHECK enum chandra_status
chandra_kube_new(const struct chandra_kube_config *config,
                 const struct chandra_kube_options *options,
                 struct chandra_transport **out_transport, struct chandra_error *err);
/** End every request with "no answer", join the thread and free; NULL is fine. Engines on it must
 * have been freed before. Requests from callbacks of the end fail with ECANCELED. Threads: any but
 * the transport's own. */
CHANDRA_API void chandra_kube_free(struct chandra_transport *transport);

#ifdef __cplusplus
}
#endif
#endif
