/* call.h - a request or a watch on its way through the transport.
 *
 *   submit -> inbox -> queue -> exchange -> finished
 *                        ^---- refused or throttled, to be sent again
 */
#ifndef CH_KUBE_CALL_H
#define CH_KUBE_CALL_H

#include "kube/credential.h"
#include "kube/http.h"

#include "base/buf.h"

struct ch_kube;
struct ch_call;

struct ch_call_list {
    struct ch_call *first;
    struct ch_call *last;
    size_t count;
};

/* What differs between requests and watches. */
struct ch_call_ops {
    bool is_watch;
    /* Some of the body. False: cut the exchange. */
    bool (*body)(struct ch_call *call, int http_status, const char *bytes, size_t len);
    /* It is over, for whatever reason. A request is freed by this, a watch when it is stopped. */
    void (*finish)(struct ch_call *call, const struct chandra_response *response);
    /* The headers are complete. NULL: never mind. */
    void (*headers)(struct ch_call *call, int http_status);
};

struct ch_call {
    const struct ch_call_ops *ops;
    struct ch_kube *kube;
    struct ch_call *prev;
    struct ch_call *next;
    struct ch_call_list *list;      /* in which it is, or NULL */
    struct chandra_request request; /* its strings are ours, in one block */
    struct ch_exchange *exchange;   /* while it is on its way */
    struct ch_credential *credential;
    bool has_renewed;     /* after a 401 */
    bool has_headers;     /* of the present exchange */
    unsigned throttled;   /* how often with 429 */
    int64_t deadline_ms;  /* of a request; 0 before it is sent for the first time */
    int64_t sent_us;      /* the present exchange, for metrics */
    int64_t heard_ms;     /* the last byte of it, or when it was sent */
    int64_t resume_ms;    /* when to send it again */
    struct ch_buf answer; /* the body so far; of a watch the line so far */
    const char *problem;  /* why the sink cut it, or NULL */
};

void ch_call_list_add(struct ch_call_list *list, struct ch_call *call);
void ch_call_list_add_first(struct ch_call_list *list, struct ch_call *call);
void ch_call_list_remove(struct ch_call *call); /* from the one it is in, if any */

/* Copy the request. False: out of memory. */
bool ch_call_init(struct ch_call *call, const struct ch_call_ops *ops, struct ch_kube *kube,
                  const struct chandra_request *request);
/* Its exchange must have ended, and it is in no list. */
void ch_call_clear(struct ch_call *call);
/* Send it, or finish it if that fails. */
void ch_call_send(struct ch_call *call, struct ch_credential *credential, int64_t now_ms);
/* Finish it without an answer: the server, the problem, and which setting may be to blame. */
void ch_call_fail(struct ch_call *call, enum ch_http_failure failure, const char *problem);
/* Finish it with no more than the server's name in front of the words. */
void ch_call_refuse(struct ch_call *call, const char *why);
/* Finish it with these words and nothing else. */
void ch_call_abandon(struct ch_call *call, const char *words);

#endif
