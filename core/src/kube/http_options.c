/* http_options.c - what libcurl is told about a request.
 *
 * curl_easy_setopt() takes its value without a type: one function for each type sees to it.
 */
#include "kube/http_curl.h"

#include "base/buf.h"

#include <string.h>

static bool
set_long(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool
set_text(CURL *easy, CURLoption option, const char *text)
{
    return curl_easy_setopt(easy, option, text) == CURLE_OK;
}

static bool
set_list(CURL *easy, CURLoption option, struct curl_slist *list)
{
    return curl_easy_setopt(easy, option, list) == CURLE_OK;
}

static bool
set_user(CURL *easy, CURLoption option, void *user)
{
    return curl_easy_setopt(easy, option, user) == CURLE_OK;
}

/* The text is borrowed. */
static bool
set_blob(CURL *easy, CURLoption option, char *text)
{
    struct curl_blob blob = {text, strlen(text), CURL_BLOB_NOCOPY};

    return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

/* What comes back. */

static int
status_of(const struct ch_exchange *exchange)
{
    long http_status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &http_status);
    return (int)http_status;
}

/* An empty line ends the headers, also those of an answer that only announces another. */
static size_t
on_header(const char *line, size_t size, size_t count, void *user)
{
    struct ch_exchange *exchange = user;
    const bool is_end = size * count > 0 && (line[0] == '\r' || line[0] == '\n');

    ch_http_heard(exchange);
    if (is_end && status_of(exchange) >= 200)
        exchange->sink.headers(exchange->sink.user, status_of(exchange));
    return size * count;
}

static size_t
on_body(const char *bytes, size_t size, size_t count, void *user)
{
    struct ch_exchange *exchange = user;

    ch_http_heard(exchange);
    if (exchange->sink.body(exchange->sink.user, status_of(exchange), bytes, size * count))
        return size * count;
    exchange->is_cut = true;
    return 0;
}

static bool
set_callbacks(struct ch_exchange *exchange)
{
    CURL *easy = exchange->easy;

    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           set_user(easy, CURLOPT_HEADERDATA, exchange) &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           set_user(easy, CURLOPT_WRITEDATA, exchange) &&
           set_user(easy, CURLOPT_ERRORBUFFER, exchange->problem) &&
           set_user(easy, CURLOPT_PRIVATE, exchange);
}

/* What is sent. */

/* Nothing rewinds this: so a request that a server may have begun to read is never sent twice. */
static size_t
send_body(char *to, size_t size, size_t count, void *user)
{
    struct ch_exchange *exchange = user;
    const size_t room = size * count;
    const size_t len = exchange->body_len < room ? exchange->body_len : room;

    memcpy(to, exchange->body, len);
    exchange->body += len;
    exchange->body_len -= len;
    return len;
}

static bool
set_body(struct ch_exchange *exchange)
{
    CURL *easy = exchange->easy;

    return set_long(easy, CURLOPT_POST, 1L) &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body_len) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READFUNCTION, send_body) == CURLE_OK &&
           set_user(easy, CURLOPT_READDATA, exchange);
}

static bool
set_method(struct ch_exchange *exchange, const struct chandra_request *request)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

    if (request->method == CHANDRA_GET)
        return true;
    exchange->body = request->body ? request->body : "";
    exchange->body_len = request->body ? request->body_len : 0;
    if ((request->body || request->method != CHANDRA_DELETE) && !set_body(exchange))
        return false;
    return set_text(exchange->easy, CURLOPT_CUSTOMREQUEST, names[request->method]);
}

static bool
add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(*list, line) : *list;

    if (line && !longer)
        return false;
    *list = longer;
    return true;
}

/* NULL: JSON. */
static bool
add_media_type(struct curl_slist **list, const char *header, const char *type)
{
    struct ch_buf line = {0};
    bool ok;

    ch_buf_printf(&line, "%s: %s", header, type ? type : "application/json");
    ok = ch_buf_ok(&line) && add_header(list, line.text);
    ch_buf_clear(&line);
    return ok;
}

static bool
set_headers(struct ch_exchange *exchange, const struct ch_http_request *request)
{
    struct curl_slist **list = &exchange->headers;
    const struct chandra_request *what = request->request;
    bool ok = add_media_type(list, "Accept", what->accept) && add_header(list, "Expect:") &&
              add_header(list, exchange->http->host_line) &&
              add_header(list, request->authorization) &&
              (!what->body || add_media_type(list, "Content-Type", what->content_type));

    for (const struct ch_header *header = request->headers; ok && header; header = header->next)
        ok = add_header(list, header->line);
    return ok && set_list(exchange->easy, CURLOPT_HTTPHEADER, *list);
}

/* How it travels. */

/* Only our own authorities count: those of the system do not when others were given. */
static bool
set_authorities(CURL *easy, struct ch_tls *tls)
{
    return set_blob(easy, CURLOPT_CAINFO_BLOB, tls->ca) && set_text(easy, CURLOPT_CAINFO, NULL) &&
           set_text(easy, CURLOPT_CAPATH, NULL);
}

static bool
set_tls(CURL *easy, struct ch_tls *tls)
{
    bool ok = set_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
              set_long(easy, CURLOPT_SSL_VERIFYPEER, tls->is_insecure ? 0L : 1L) &&
              set_long(easy, CURLOPT_SSL_VERIFYHOST, tls->is_insecure ? 0L : 2L);

    if (ok && tls->ca)
        ok = set_authorities(easy, tls);
    if (ok && tls->cert)
        ok = set_blob(easy, CURLOPT_SSLCERT_BLOB, tls->cert) &&
             set_blob(easy, CURLOPT_SSLKEY_BLOB, tls->key);
    return ok;
}

static bool
set_connection(CURL *easy, struct ch_http *http)
{
    return set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, http->connect_timeout_ms) &&
           set_long(easy, CURLOPT_PIPEWAIT, 1L) && set_long(easy, CURLOPT_NOSIGNAL, 1L) &&
           set_long(easy, CURLOPT_TCP_KEEPALIVE, 1L) && set_long(easy, CURLOPT_TCP_KEEPIDLE, 30L) &&
           set_long(easy, CURLOPT_TCP_KEEPINTVL, 10L) &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, ch_http_open_socket) == CURLE_OK &&
           set_user(easy, CURLOPT_OPENSOCKETDATA, http) &&
           curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, ch_http_close_socket) == CURLE_OK &&
           set_user(easy, CURLOPT_CLOSESOCKETDATA, http);
}

static bool
set_server(CURL *easy, const struct ch_exchange *exchange)
{
    const struct ch_http *http = exchange->http;

    return set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set_text(easy, CURLOPT_URL, exchange->url) &&
           set_list(easy, CURLOPT_CONNECT_TO, http->connect_to) &&
           set_text(easy, CURLOPT_PROXY, http->proxy) &&
           set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) &&
           set_text(easy, CURLOPT_USERAGENT, http->user_agent);
}

/* A libcurl without HTTP/2 will do, too. */
static bool
set_version(CURL *easy)
{
    return set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS) ||
           set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
}

bool
ch_http_set_options(struct ch_exchange *exchange, const struct ch_http_request *request)
{
    CURL *easy = exchange->easy;
    /* A watch trickles: a compressed one would wait for more. */
    const bool is_compressed = !exchange->http->is_uncompressed && request->timeout_ms > 0;

    return set_server(easy, exchange) && set_connection(easy, exchange->http) &&
           set_version(easy) && set_tls(easy, exchange->tls) &&
           set_long(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms) &&
           (!is_compressed || set_text(easy, CURLOPT_ACCEPT_ENCODING, "gzip")) &&
           set_method(exchange, request->request) && set_headers(exchange, request) &&
           set_callbacks(exchange);
}
