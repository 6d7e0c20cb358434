/* http_curl.h - the inside of http.h, for the files that know libcurl. */
#ifndef CH_KUBE_HTTP_CURL_H
#define CH_KUBE_HTTP_CURL_H

#include "kube/http.h"

#include <curl/curl.h>
#include <poll.h>
#include <sys/types.h>

enum { CH_HTTP_IDLE_HANDLES = 32 };

/* A connection's socket, and when something was last heard on it. libcurl closes some without
 * saying so: then the number may belong to another file by now. */
struct ch_http_socket {
    struct ch_http_socket *next;
    curl_socket_t fd;
    ino_t inode; /* of the socket that we opened */
    int64_t heard_ms;
};

/* Exchanges that share connections. libcurl looks at each exchange of a connection whenever
 * something comes on it: watches, where little comes for each, have connections of their own. */
struct ch_http_group {
    struct ch_http *http;
    CURLM *multi;
    int64_t due_ms; /* when libcurl wants to be called without a socket, or INT64_MAX */
};

enum { CH_HTTP_REQUESTS, CH_HTTP_WATCHES, CH_HTTP_GROUPS };

/* What the thread waits for. */
struct ch_http_waits {
    struct pollfd *polls; /* first the pipe, then the sockets that libcurl names; -1: gone */
    struct ch_http_group **groups; /* that they belong to */
    size_t count;
    size_t poll_capacity;
    size_t group_capacity;
    int wake_fds[2];
};

struct ch_http {
    struct ch_http_group groups[CH_HTTP_GROUPS];
    struct ch_http_waits waits;
    size_t exchange_count;
    char *base;                    /* URL in front of every path */
    struct curl_slist *connect_to; /* where that URL's host really is, or NULL */
    char *host_line;               /* "Host: ..." in that case */
    char *proxy;                   /* "": none, whatever the environment says */
    char *user_agent;
    long connect_timeout_ms;
    bool is_uncompressed;
    struct ch_http_socket *sockets;
    CURL *idle[CH_HTTP_IDLE_HANDLES]; /* handles to use again */
    size_t idle_count;
};

struct ch_exchange {
    struct ch_http *http;
    struct ch_http_group *group;
    CURL *easy;
    struct curl_slist *headers;
    char *url;
    struct ch_tls *tls;
    struct ch_http_sink sink;
    const char *body; /* what of it is still to be sent */
    size_t body_len;
    curl_socket_t fd; /* its connection's, or CURL_SOCKET_BAD until something was heard */
    int64_t heard_ms; /* the last time, or when it began */
    bool is_cut;
    char problem[CURL_ERROR_SIZE];
};

/* http_server.c: where the server is. */

enum chandra_status ch_http_set_server(struct ch_http *http, const struct ch_http_options *options,
                                       struct chandra_error *err);

/* http_options.c: libcurl's options. */

/* Tell the easy handle everything about the request. False: out of memory, or libcurl lacks it. */
bool ch_http_set_options(struct ch_exchange *exchange, const struct ch_http_request *request);

/* http_wait.c: waiting for sockets and time. */

/* After the multi handles have been made. Errors: EIO, ENOMEM. */
enum chandra_status ch_http_wait_init(struct ch_http *http, struct chandra_error *err);
void ch_http_wait_clear(struct ch_http *http); /* after the multi handles are gone */
/* Make room for the sockets of so many exchanges, as libcurl cannot be told that there is none.
 * False: out of memory. */
bool ch_http_wait_reserve(struct ch_http *http, size_t exchanges);
/* Let libcurl work on what is ready. */
void ch_http_wait_work(struct ch_http *http);

/* http_socket.c: which connections are alive. */

/* For libcurl; `user` is the struct ch_http. */
curl_socket_t ch_http_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address);
int ch_http_close_socket(void *user, curl_socket_t fd);
void ch_http_free_sockets(struct ch_http *http);
/* Something has come for the exchange. */
void ch_http_heard(struct ch_exchange *exchange);

#endif
