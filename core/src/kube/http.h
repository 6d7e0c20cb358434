/* http.h - requests over libcurl: connections that are kept, HTTP/2 where the server speaks it,
 * TLS.
 *
 * Nobody else knows libcurl. Everything is for one thread but ch_http_wake(). Callbacks come from
 * inside ch_http_work() and must not start or end exchanges.
 */
#ifndef CH_KUBE_HTTP_H
#define CH_KUBE_HTTP_H

#include "kube/tls.h"

#include <chandra/sys/transport.h>

struct ch_http;     /* the connections to one server */
struct ch_exchange; /* one request on its way */

/* Strings are copied. */
struct ch_http_options {
    const char *server;          /* URL, no slash at the end */
    const char *tls_server_name; /* the name in its certificate, if it is not the URL's */
    const char *proxy;           /* NULL: as the environment says */
    const char *user_agent;
    int64_t connect_timeout_ms;
    bool is_uncompressed;
};

enum ch_http_failure {
    CH_HTTP_OK,
    CH_HTTP_CONNECTION,  /* there is no way to the server, or it broke */
    CH_HTTP_PROXY,       /* nor to the proxy */
    CH_HTTP_UNTRUSTED,   /* nobody we trust has signed the server's certificate */
    CH_HTTP_WRONG_NAME,  /* it is for another server */
    CH_HTTP_CREDENTIALS, /* our certificate or key cannot be used */
    CH_HTTP_TIMEOUT,
    CH_HTTP_CUT, /* by the sink */
    CH_HTTP_MEMORY,
};

/* How an exchange ended. Borrowed for the callback. */
struct ch_http_end {
    enum ch_http_failure failure;
    int http_status;        /* 0: no headers came */
    int64_t retry_after_ms; /* -1: not said */
    const char *problem;    /* in words, unless OK */
};

struct ch_http_sink {
    void *user;
    /* The headers are complete. */
    void (*headers)(void *user, int http_status);
    /* Some of the body; `http_status` is known by then. False cuts the exchange. */
    bool (*body)(void *user, int http_status, const char *bytes, size_t len);
    /* Called once, unless ch_http_stop() was. The exchange is gone then. */
    void (*end)(void *user, const struct ch_http_end *end);
};

/* Strings are borrowed until the exchange ends. */
struct ch_http_request {
    const struct chandra_request *request;
    struct ch_tls *tls;
    const char *authorization; /* a whole header line, or NULL */
    const struct ch_header *headers;
    int64_t timeout_ms; /* 0: it never ends, a watch */
    struct ch_http_sink sink;
};

enum chandra_status ch_http_new(const struct ch_http_options *options, struct ch_http **out_http,
                                struct chandra_error *err);
/* All exchanges must have ended. */
void ch_http_free(struct ch_http *http);

enum chandra_status ch_http_start(struct ch_http *http, const struct ch_http_request *request,
                                  struct ch_exchange **out_exchange, struct chandra_error *err);
/* End an exchange without another call of its sink. */
void ch_http_stop(struct ch_exchange *exchange);
/* The exchange has been silent for too long: if its connection was, too, the connection is broken
 * and nobody should wait for it. Call before ch_http_stop(). */
void ch_http_suspect(struct ch_http *http, struct ch_exchange *exchange);

/* Wait at most so long until there is work, somebody wakes us, or one of `fds` can be read;
 * negative ones are ignored. */
void ch_http_wait(struct ch_http *http, int64_t timeout_ms, const int *fds, size_t count);
/* Send and receive what can be; sinks are called. */
void ch_http_work(struct ch_http *http);
/* End a wait, the present or the next one. Threads: any. */
void ch_http_wake(struct ch_http *http);

#endif
