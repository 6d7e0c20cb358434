/* request.c - requests: one answer each. */
#include "kube/kube.h"

#include "base/alloc.h"

struct request {
    struct ch_call call;
    chandra_response_fn done;
    void *user;
};

static bool
on_body(struct ch_call *call, int http_status, const char *bytes, size_t len)
{
    (void)http_status;
    if (call->answer.len + len > CH_KUBE_LARGEST_ANSWER)
        call->problem = "the answer is larger than 64 MiB";
    else
        ch_buf_put(&call->answer, bytes, len);
    if (call->answer.failed)
        call->problem = "out of memory for the answer";
    return !call->problem;
}

static void
finish(struct ch_call *call, const struct chandra_response *response)
{
    struct request *request = (struct request *)call; /* its first member */

    request->done(request->user, response);
    ch_call_clear(call);
    ch_free(request);
}

static const struct ch_call_ops request_ops = {false, on_body, finish, NULL};

enum chandra_status
ch_kube_submit(struct chandra_transport *transport, const struct chandra_request *request,
               chandra_response_fn done, void *user, struct chandra_error *err)
{
    struct ch_kube *kube = (struct ch_kube *)transport;
    struct request *copy = ch_alloc(sizeof(*copy));
    enum chandra_status st;

    if (!copy || !ch_call_init(&copy->call, &request_ops, kube, request)) {
        ch_free(copy);
        return ch_no_memory("a request", err);
    }
    copy->done = done;
    copy->user = user;
    st = ch_kube_post(kube, &copy->call, err);
    if (st != CHANDRA_OK) {
        ch_call_clear(&copy->call);
        ch_free(copy);
    }
    return st;
}
