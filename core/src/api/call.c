/* call.c - requests that wait for their answer, and the bodies they carry. */
#include "api/call.h"

#include "api/api.h"
#include "base/alloc.h"
#include "doc/value.h"

#include <pthread.h>
#include <string.h>

/* Where the callback, on a thread of the transport's or inside of submit(), leaves the answer. */
struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    bool has_arrived;
    struct chandra_response response; /* its body is ours; NULL when out of memory */
    char *body;
};

static void
receive(void *user, const struct chandra_response *response)
{
    struct waiter *waiter = user;
    char *body = ch_strndup(response->body, response->body_len);

    pthread_mutex_lock(&waiter->lock);
    waiter->response = *response;
    waiter->response.body = body;
    waiter->body = body;
    waiter->has_arrived = true;
    pthread_cond_signal(&waiter->arrived);
    pthread_mutex_unlock(&waiter->lock);
}

static enum chandra_status
submit_and_wait(struct waiter *waiter, struct chandra_transport *transport,
                const struct chandra_request *request, struct chandra_error *err)
{
    const enum chandra_status st = transport->ops->submit(transport, request, receive, waiter, err);

    if (st != CHANDRA_OK)
        return st;
    pthread_mutex_lock(&waiter->lock);
    while (!waiter->has_arrived)
        pthread_cond_wait(&waiter->arrived, &waiter->lock);
    pthread_mutex_unlock(&waiter->lock);
    return waiter->body ? CHANDRA_OK : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

static enum chandra_status
parse_answer(const struct chandra_response *response, const char *path,
             struct chandra_doc **out_doc, struct chandra_error *err)
{
    enum chandra_status st;

    if (!out_doc)
        return CHANDRA_OK;
    if (response->body_len == 0)
        return chandra_doc_new(out_doc, err);
    st = chandra_doc_parse_json(response->body, response->body_len, path, NULL, out_doc, err);
    if (st == CHANDRA_OK || st == CHANDRA_ENOMEM)
        return st;
    return chandra_error_set(err, CHANDRA_EAPI, "the API server's answer cannot be read%s%s",
                             err ? ": " : "", err ? err->message : "");
}

enum chandra_status
chandra_client_request(struct chandra_transport *transport, const struct chandra_request *request,
                       struct chandra_doc **out_doc, struct chandra_error *err)
{
    struct waiter waiter = {.lock = PTHREAD_MUTEX_INITIALIZER, .arrived = PTHREAD_COND_INITIALIZER};
    enum chandra_status st = submit_and_wait(&waiter, transport, request, err);

    if (st == CHANDRA_OK)
        st = ch_api_classify(&waiter.response, err);
    if (st == CHANDRA_OK)
        st = parse_answer(&waiter.response, request->path, out_doc, err);
    ch_free(waiter.body);
    pthread_cond_destroy(&waiter.arrived);
    pthread_mutex_destroy(&waiter.lock);
    return st;
}

enum chandra_status
ch_api_take_call(struct chandra_transport *transport, struct ch_api_call *call,
                 struct chandra_doc **out_doc, struct chandra_error *err)
{
    const struct chandra_request request = {
        .method = call->method,
        .path = call->path.text,
        .content_type = call->content_type,
        .body = call->body.text,
        .body_len = call->body.len,
    };
    enum chandra_status st;

    if (ch_buf_ok(&call->path) && ch_buf_ok(&call->body))
        st = chandra_client_request(transport, &request, out_doc, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    ch_buf_clear(&call->path);
    ch_buf_clear(&call->body);
    return st;
}

void
ch_api_put_json(struct ch_buf *buf, const char *pattern, const char *const *strings)
{
    for (; *pattern; pattern++)
        if (*pattern == '$')
            ch_json_put_string(buf, *strings++);
        else if (*pattern == '\'')
            ch_buf_putc(buf, '"');
        else
            ch_buf_putc(buf, *pattern);
}

enum chandra_status
ch_api_put_edited(struct ch_buf *buf, const char *from,
                  bool (*edit)(struct chandra_doc *doc, struct chandra_value *root,
                               const void *user),
                  const void *user, struct chandra_error *err)
{
    struct chandra_doc *source = NULL;
    struct chandra_doc *doc = NULL;
    struct chandra_value *root = NULL;
    enum chandra_status st;

    st = chandra_doc_parse_json(from, strlen(from), "", NULL, &source, err);
    if (st == CHANDRA_OK)
        st = chandra_doc_new(&doc, err);
    if (st == CHANDRA_OK) {
        root = chandra_value_copy(doc, chandra_doc_root(source, 0));
        if (root && edit(doc, root, user))
            ch_json_put_value(buf, root);
        else
            st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    chandra_doc_free(doc);
    chandra_doc_free(source);
    return st;
}
