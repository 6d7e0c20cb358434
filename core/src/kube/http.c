/* http.c - requests over libcurl's multi interface: life, waiting and the end of exchanges. */
#include "kube/clock.h"
#include "kube/http_curl.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Life. */

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* libcurl asks for one call in a process. Other users of it may make theirs. */
static void
init_library(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum chandra_status
ch_http_new(const struct ch_http_options *options, struct ch_http **out_http,
            struct chandra_error *err)
{
    struct ch_http *http = ch_calloc(1, sizeof(*http));
    enum chandra_status st;

    (void)pthread_once(&once, init_library);
    if (!http)
        return ch_no_memory("a request", err);
    http->connect_timeout_ms = (long)options->connect_timeout_ms;
    http->is_uncompressed = options->is_uncompressed;
    http->user_agent = ch_strdup(options->user_agent);
    for (size_t i = 0; i < CH_HTTP_GROUPS; i++)
        http->groups[i] =
            (struct ch_http_group){.http = http, .multi = curl_multi_init(), .due_ms = INT64_MAX};
    st = ch_http_wait_init(http, err);
    if (st == CHANDRA_OK)
        st = ch_http_set_server(http, options, err);
    if (st == CHANDRA_OK && !http->user_agent)
        st = ch_no_memory("a request", err);
    if (st != CHANDRA_OK) {
        ch_http_free(http);
        return st;
    }
    *out_http = http;
    return CHANDRA_OK;
}

void
ch_http_free(struct ch_http *http)
{
    if (!http)
        return;
    for (size_t i = 0; i < http->idle_count; i++)
        curl_easy_cleanup(http->idle[i]);
    for (size_t i = 0; i < CH_HTTP_GROUPS; i++)
        curl_multi_cleanup(http->groups[i].multi);
    ch_http_wait_clear(http);
    ch_http_free_sockets(http);
    curl_slist_free_all(http->connect_to);
    ch_free(http->base);
    ch_free(http->host_line);
    ch_free(http->proxy);
    ch_free(http->user_agent);
    ch_free(http);
}

/* Exchanges. */

static CURL *
take_handle(struct ch_http *http)
{
    return http->idle_count > 0 ? http->idle[--http->idle_count] : curl_easy_init();
}

static void
give_handle_back(struct ch_http *http, CURL *easy)
{
    if (!easy)
        return;
    if (http->idle_count == CH_HTTP_IDLE_HANDLES) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    http->idle[http->idle_count++] = easy;
}

static void
free_exchange(struct ch_exchange *exchange)
{
    give_handle_back(exchange->http, exchange->easy);
    exchange->http->exchange_count--;
    curl_slist_free_all(exchange->headers);
    ch_tls_unref(exchange->tls);
    ch_free(exchange->url);
    ch_free(exchange);
}

static char *
url_of(const struct ch_http *http, const char *path)
{
    struct ch_buf url = {0};

    ch_buf_printf(&url, "%s%s", http->base, path);
    return ch_buf_take(&url);
}

enum chandra_status
ch_http_start(struct ch_http *http, const struct ch_http_request *request,
              struct ch_exchange **out_exchange, struct chandra_error *err)
{
    struct ch_exchange *exchange = ch_calloc(1, sizeof(*exchange));

    if (!exchange)
        return ch_no_memory("a request", err);
    http->exchange_count++;
    exchange->http = http;
    exchange->group = &http->groups[request->timeout_ms > 0 ? CH_HTTP_REQUESTS : CH_HTTP_WATCHES];
    exchange->sink = request->sink;
    exchange->fd = CURL_SOCKET_BAD;
    exchange->heard_ms = ch_monotonic_ms();
    exchange->tls = ch_tls_ref(request->tls);
    exchange->url = url_of(http, request->request->path);
    exchange->easy = take_handle(http);
    if (!exchange->url || !exchange->easy || !ch_http_set_options(exchange, request) ||
        !ch_http_wait_reserve(http, http->exchange_count) ||
        curl_multi_add_handle(exchange->group->multi, exchange->easy) != CURLM_OK) {
        free_exchange(exchange);
        return ch_no_memory("a request", err);
    }
    *out_exchange = exchange;
    return CHANDRA_OK;
}

void
ch_http_stop(struct ch_exchange *exchange)
{
    curl_multi_remove_handle(exchange->group->multi, exchange->easy);
    free_exchange(exchange);
}

/* Ends. */

static enum ch_http_failure
failure_of(const struct ch_exchange *exchange, CURLcode code)
{
    long verify_result = 0; /* what is wrong with the chain of certificates; 0 or 1: nothing */

    curl_easy_getinfo(exchange->easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
    switch (code) {
    case CURLE_OK:
        return CH_HTTP_OK;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return CH_HTTP_PROXY;
    case CURLE_PEER_FAILED_VERIFICATION:
        return verify_result <= 1 ? CH_HTTP_WRONG_NAME : CH_HTTP_UNTRUSTED;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return CH_HTTP_UNTRUSTED;
    case CURLE_SSL_CERTPROBLEM:
        return CH_HTTP_CREDENTIALS;
    case CURLE_OPERATION_TIMEDOUT:
        return CH_HTTP_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return CH_HTTP_MEMORY;
    case CURLE_WRITE_ERROR:
        return exchange->is_cut ? CH_HTTP_CUT : CH_HTTP_CONNECTION;
    default:
        return CH_HTTP_CONNECTION;
    }
}

/* "Couldn't connect to server" leaves out why. */
static const char *
problem_of(struct ch_exchange *exchange, CURLcode code)
{
    long number = 0;

    if (code == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number);
    if (number != 0)
        snprintf(exchange->problem, sizeof(exchange->problem), "cannot connect: %s",
                 strerror((int)number));
    return exchange->problem[0] ? exchange->problem : curl_easy_strerror(code);
}

static int64_t
retry_after_of(CURL *easy)
{
    curl_off_t seconds = 0;

    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? (int64_t)seconds * 1000 : -1;
}

static void
end_exchange(struct ch_http *http, struct ch_exchange *exchange, CURLcode code)
{
    struct ch_http_end end = {.failure = failure_of(exchange, code),
                              .retry_after_ms = retry_after_of(exchange->easy),
                              .problem = problem_of(exchange, code)};
    long http_status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &http_status);
    end.http_status = (int)http_status;
    if (end.failure == CH_HTTP_TIMEOUT)
        ch_http_suspect(http, exchange);
    curl_multi_remove_handle(exchange->group->multi, exchange->easy);
    exchange->sink.end(exchange->sink.user, &end);
    free_exchange(exchange);
}

static void
end_exchanges(struct ch_http_group *group)
{
    const CURLMsg *message;
    int count = 0;

    while ((message = curl_multi_info_read(group->multi, &count))) {
        const CURLcode code = message->data.result;
        struct ch_exchange *exchange = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
        end_exchange(group->http, exchange, code);
    }
}

void
ch_http_work(struct ch_http *http)
{
    ch_http_wait_work(http);
    for (size_t i = 0; i < CH_HTTP_GROUPS; i++)
        end_exchanges(&http->groups[i]);
}
