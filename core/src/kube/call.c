/* call.c - a request or a watch on its way: sent, answered, and what its failures mean. */
#include "kube/kube.h"

#include "kube/clock.h"

#include "base/alloc.h"

#include <string.h>

enum { MAX_THROTTLED = 5 };

/* Lists. */

void
ch_call_list_add(struct ch_call_list *list, struct ch_call *call)
{
    call->list = list;
    list->count++;
    call->prev = list->last;
    call->next = NULL;
    if (list->last)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
}

void
ch_call_list_add_first(struct ch_call_list *list, struct ch_call *call)
{
    call->list = list;
    list->count++;
    call->prev = NULL;
    call->next = list->first;
    if (list->first)
        list->first->prev = call;
    else
        list->last = call;
    list->first = call;
}

void
ch_call_list_remove(struct ch_call *call)
{
    struct ch_call_list *list = call->list;

    if (!list)
        return;
    if (call->prev)
        call->prev->next = call->next;
    else
        list->first = call->next;
    if (call->next)
        call->next->prev = call->prev;
    else
        list->last = call->prev;
    list->count--;
    call->list = NULL;
}

/* Life. */

static size_t
length_of(const char *text)
{
    return text ? strlen(text) : 0;
}

/* Copy `len` bytes and a NUL to *at, which moves on; NULL for NULL. */
static const char *
put(char **at, const char *bytes, size_t len)
{
    char *start = *at;

    if (!bytes)
        return NULL;
    memcpy(start, bytes, len);
    start[len] = '\0';
    *at += len + 1;
    return start;
}

bool
ch_call_init(struct ch_call *call, const struct ch_call_ops *ops, struct ch_kube *kube,
             const struct chandra_request *request)
{
    const size_t path_len = strlen(request->path);
    const size_t type_len = length_of(request->content_type);
    const size_t accept_len = length_of(request->accept);
    const size_t body_len = request->body ? request->body_len : 0;
    char *at = ch_alloc(path_len + type_len + accept_len + body_len + 4);

    if (!at)
        return false;
    *call = (struct ch_call){.ops = ops, .kube = kube, .request = *request};
    call->request.path = put(&at, request->path, path_len);
    call->request.content_type = put(&at, request->content_type, type_len);
    call->request.accept = put(&at, request->accept, accept_len);
    call->request.body = put(&at, request->body, body_len);
    return true;
}

void
ch_call_clear(struct ch_call *call)
{
    ch_credential_unref(call->credential);
    ch_buf_clear(&call->answer);
    ch_free((char *)(uintptr_t)call->request.path); /* the start of the block */
}

/* Failures in words. */

void
ch_call_abandon(struct ch_call *call, const char *words)
{
    const struct chandra_response response = {
        .body = words, .body_len = strlen(words), .retry_after_ms = -1};

    call->ops->finish(call, &response);
}

/* The setting that is to blame, and where it was made. */
static void
put_blame(struct ch_buf *words, const struct chandra_kube_config *config,
          enum ch_http_failure failure)
{
    const char *setting = "server";
    const char *place = config->server.place;

    if (failure == CH_HTTP_CREDENTIALS) {
        ch_buf_printf(words, "client-certificate of user \"%s\", %s", config->user,
                      config->cert.place ? config->cert.place : config->user_place);
        return;
    }
    if (failure == CH_HTTP_UNTRUSTED && config->ca.place) {
        setting = "certificate-authority";
        place = config->ca.place;
    } else if (failure == CH_HTTP_WRONG_NAME && config->tls_server_name.place) {
        setting = "tls-server-name";
        place = config->tls_server_name.place;
    } else if (failure == CH_HTTP_PROXY && config->proxy.place) {
        setting = "proxy-url";
        place = config->proxy.place;
    }
    ch_buf_printf(words, "%s of cluster \"%s\", %s", setting, config->cluster, place);
}

void
ch_call_refuse(struct ch_call *call, const char *why)
{
    struct ch_buf words = {0};

    ch_buf_printf(&words, "%s: %s", call->kube->config->server.text, why);
    ch_call_abandon(call, ch_buf_ok(&words) ? words.text : "out of memory");
    ch_buf_clear(&words);
}

void
ch_call_fail(struct ch_call *call, enum ch_http_failure failure, const char *problem)
{
    const struct chandra_kube_config *config = call->kube->config;
    struct ch_buf words = {0};

    ch_buf_printf(&words, "%s: %s (", config->server.text, problem);
    put_blame(&words, config, failure);
    ch_buf_putc(&words, ')');
    ch_call_abandon(call, ch_buf_ok(&words) ? words.text : "out of memory");
    ch_buf_clear(&words);
}

/* Answers. */

static void
rest(struct ch_call *call, int64_t resume_ms)
{
    call->resume_ms = resume_ms;
    ch_call_list_add(&call->kube->resting, call);
}

static void
send_again(struct ch_call *call)
{
    struct ch_kube *kube = call->kube;

    ch_call_list_add_first(call->ops->is_watch ? &kube->watches : &kube->requests, call);
}

/* A new credential may do better, once. */
static bool
may_renew(struct ch_call *call, const struct ch_http_end *end, int64_t now_ms)
{
    struct ch_credentials *credentials = &call->kube->credentials;

    if (call->has_renewed)
        return false;
    if (end->failure == CH_HTTP_UNTRUSTED)
        call->has_renewed = ch_credentials_renew_authority(credentials, now_ms);
    else if (end->failure == CH_HTTP_OK && end->http_status == 401)
        call->has_renewed = ch_credentials_renew(credentials, call->credential, now_ms);
    return call->has_renewed;
}

/* A throttled request was not carried out, and the server says when to come back. */
static bool
may_rest(const struct ch_call *call, const struct ch_http_end *end, int64_t now_ms)
{
    return end->failure == CH_HTTP_OK && end->http_status == 429 && !call->ops->is_watch &&
           end->retry_after_ms >= 0 && call->throttled < MAX_THROTTLED &&
           now_ms + end->retry_after_ms < call->deadline_ms;
}

static void
answer(struct ch_call *call, const struct ch_http_end *end)
{
    struct chandra_response response = {.http_status = end->http_status,
                                        .body = call->answer.text ? call->answer.text : "",
                                        .body_len = call->answer.len,
                                        .retry_after_ms = end->retry_after_ms};
    char *explained = NULL;

    if (end->http_status == 401)
        explained = ch_refusal_explain(call->kube->config, &response);
    call->ops->finish(call, &response);
    ch_free(explained);
}

static void
on_end(void *user, const struct ch_http_end *end)
{
    struct ch_call *call = user;
    const int64_t now_ms = ch_monotonic_ms();

    call->exchange = NULL;
    ch_call_list_remove(call);
    if (!call->ops->is_watch || !call->has_headers)
        ch_kube_note(call, end->failure == CH_HTTP_OK ? end->http_status : 0);
    if (may_renew(call, end, now_ms)) {
        send_again(call);
    } else if (may_rest(call, end, now_ms)) {
        call->throttled++;
        rest(call, now_ms + end->retry_after_ms);
    } else if (end->failure == CH_HTTP_OK) {
        answer(call, end);
    } else {
        ch_call_fail(call, end->failure, call->problem ? call->problem : end->problem);
    }
}

static void
on_headers(void *user, int http_status)
{
    struct ch_call *call = user;

    call->has_headers = true;
    call->heard_ms = ch_monotonic_ms();
    if (call->ops->headers)
        call->ops->headers(call, http_status);
}

static bool
on_body(void *user, int http_status, const char *bytes, size_t len)
{
    struct ch_call *call = user;

    call->heard_ms = ch_monotonic_ms();
    return call->ops->body(call, http_status, bytes, len);
}

void
ch_call_send(struct ch_call *call, struct ch_credential *credential, int64_t now_ms)
{
    struct ch_kube *kube = call->kube;
    struct ch_http_request request = {
        .request = &call->request,
        .tls = credential->tls,
        .authorization = credential->authorization,
        .headers = kube->config->impersonation,
        .sink = {call, on_headers, on_body, on_end},
    };

    ch_credential_unref(call->credential);
    call->credential = ch_credential_ref(credential);
    call->sent_us = ch_monotonic_us();
    call->heard_ms = now_ms;
    call->has_headers = false;
    call->problem = NULL;
    ch_buf_reset(&call->answer);
    if (!call->ops->is_watch) {
        if (call->deadline_ms == 0)
            call->deadline_ms = now_ms + kube->options.request_timeout_ms;
        request.timeout_ms = call->deadline_ms > now_ms ? call->deadline_ms - now_ms : 1;
    }
    if (ch_http_start(kube->http, &request, &call->exchange, NULL) == CHANDRA_OK)
        ch_call_list_add(call->ops->is_watch ? &kube->open : &kube->sent, call);
    else
        ch_call_abandon(call, "out of memory for a request");
}
