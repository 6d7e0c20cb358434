/* http_server.c - where the API server is: its URL, the name in its certificate, the proxy. */
#include "kube/http_curl.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* The parts of the server's URL; to be freed with curl_free(). */
struct parts {
    char *scheme;
    char *host; /* an IPv6 address is in brackets */
    char *port;
    char *path;
};

static void
clear_parts(struct parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->port);
    curl_free(parts->path);
}

static CURLUcode
get_parts(CURLU *url, const char *text, struct parts *out)
{
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, 0);

    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_SCHEME, &out->scheme, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_HOST, &out->host, 0);
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT);
    if (code == CURLUE_OK)
        code = curl_url_get(url, CURLUPART_PATH, &out->path, 0);
    return code;
}

static CURLUcode
split_url(const char *text, struct parts *out)
{
    CURLU *url = curl_url();
    const CURLUcode code = url ? get_parts(url, text, out) : CURLUE_OUT_OF_MEMORY;

    curl_url_cleanup(url);
    return code;
}

/* TLS checks the URL's host: so the URL gets the name in the certificate, and libcurl is told where
 * that host is. */
static bool
rename_host(struct ch_http *http, const struct parts *parts, const char *name)
{
    struct ch_buf base = {0};
    struct ch_buf target = {0};
    struct ch_buf host = {0};

    ch_buf_printf(&base, "%s://%s:%s%s", parts->scheme, name, parts->port,
                  strcmp(parts->path, "/") == 0 ? "" : parts->path);
    ch_buf_printf(&target, "::%s:%s", parts->host, parts->port);
    ch_buf_printf(&host, "Host: %s:%s", parts->host, parts->port);
    if (ch_buf_ok(&target))
        http->connect_to = curl_slist_append(NULL, target.text);
    ch_buf_clear(&target);
    http->base = ch_buf_take(&base);
    http->host_line = ch_buf_take(&host);
    return http->base && http->host_line && http->connect_to;
}

static bool
is_loopback(const char *host)
{
    return ch_streq(host, "localhost") || strncmp(host, "127.", 4) == 0 || ch_streq(host, "[::1]");
}

/* Names are for a SOCKS proxy to resolve; the environment's proxy is not for this machine. */
static bool
set_proxy(struct ch_http *http, const char *proxy, const char *host)
{
    static const char socks[] = "socks5://";
    struct ch_buf text = {0};

    if (!proxy && !is_loopback(host))
        return true;
    if (proxy && strncmp(proxy, socks, strlen(socks)) == 0)
        ch_buf_printf(&text, "socks5h://%s", proxy + strlen(socks));
    else
        ch_buf_puts(&text, proxy ? proxy : "");
    http->proxy = ch_buf_take(&text);
    return http->proxy != NULL;
}

/* False: out of memory. */
static bool
set_base(struct ch_http *http, const struct ch_http_options *options, const struct parts *parts)
{
    if (!set_proxy(http, options->proxy, parts->host))
        return false;
    if (options->tls_server_name)
        return rename_host(http, parts, options->tls_server_name);
    http->base = ch_strdup(options->server);
    return http->base != NULL;
}

enum chandra_status
ch_http_set_server(struct ch_http *http, const struct ch_http_options *options,
                   struct chandra_error *err)
{
    struct parts parts = {0};
    CURLUcode code = split_url(options->server, &parts);

    if (code == CURLUE_OK && !set_base(http, options, &parts))
        code = CURLUE_OUT_OF_MEMORY;
    clear_parts(&parts);
    if (code == CURLUE_OK)
        return CHANDRA_OK;
    if (code == CURLUE_OUT_OF_MEMORY)
        return ch_no_memory("a URL", err);
    return chandra_error_set(err, CHANDRA_EINVAL, "server \"%s\": %s", options->server,
                             curl_url_strerror(code));
}
