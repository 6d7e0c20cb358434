/* health.c - /livez, /readyz, /healthz, /metrics and /debug/explain with libmicrohttpd. */
#include "schedule/health.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { CONNECTIONS = 32, TIMEOUT_S = 10, BODY_SIZE = 4096, WHY_SIZE = 256, QUERY_SIZE = 512 };

struct health {
    struct health_options options;
    struct MHD_Daemon *daemon;
};

bool
health_is_off(const char *address)
{
    return !address || !*address || strcmp(address, "0") == 0;
}

/* Whether the query has a parameter, with this value unless that is NULL. */
static bool
has_argument(const char *query, const char *name, const char *value)
{
    while (*query) {
        const size_t len = strcspn(query, "&");
        const size_t name_len = strlen(name);
        const bool is_it = len >= name_len && strncmp(query, name, name_len) == 0;
        const char *rest = query + name_len;
        if (is_it && !value && (len == name_len || *rest == '='))
            return true;
        if (is_it && value && *rest == '=' && len == name_len + 1 + strlen(value) &&
            strncmp(rest + 1, value, strlen(value)) == 0)
            return true;
        query += len + (query[len] == '&');
    }
    return false;
}

/* One line on a check; what is left out counts as fine. */
static size_t
run_check(const struct health_options *options, const struct health_check *check,
          const char *arguments, char *text, size_t size, bool *is_fine)
{
    char why[WHY_SIZE] = "";

    if (has_argument(arguments, "exclude", check->name))
        return (size_t)snprintf(text, size, "[+]%s excluded: ok\n", check->name);
    if (check->is_fine(options->user, check->which, why, sizeof(why)))
        return (size_t)snprintf(text, size, "[+]%s ok\n", check->name);
    *is_fine = false;
    return (size_t)snprintf(text, size, "[-]%s failed: %s\n", check->name, why);
}

char *
health_probe(const struct health_options *options, bool is_life, const char *arguments,
             bool *out_is_fine)
{
    char *body = chandra_realloc(NULL, BODY_SIZE);
    size_t len = 0;
    bool is_fine = true;

    if (!body)
        return NULL;
    for (const struct health_check *check = options->checks; check->name; check++)
        if ((check->is_of_life || !is_life) && len < BODY_SIZE)
            len += run_check(options, check, arguments, body + len, BODY_SIZE - len, &is_fine);
    *out_is_fine = is_fine;
    if (is_fine && !has_argument(arguments, "verbose", NULL))
        snprintf(body, BODY_SIZE, "ok");
    else if (len < BODY_SIZE)
        snprintf(body + len, BODY_SIZE - len, "%s check %s\n", is_life ? "livez" : "readyz",
                 is_fine ? "passed" : "failed");
    return body;
}

/* Takes the body; NULL stands for out of memory. */
static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned code, const char *type, char *body, size_t len)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    if (!body)
        return MHD_NO;
    response = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_COPY);
    chandra_free(body);
    if (!response)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
answer_text(struct MHD_Connection *connection, unsigned code, const char *text)
{
    const size_t len = strlen(text);
    char *body = chandra_realloc(NULL, len + 1);

    if (body)
        memcpy(body, text, len + 1);
    return answer(connection, code, "text/plain; charset=utf-8", body, len);
}

/* Put one parameter of the query back into the form that it came in. */
static enum MHD_Result
collect_argument(void *user, enum MHD_ValueKind kind, const char *key, const char *value)
{
    char *query = user;
    const size_t len = strlen(query);

    (void)kind;
    snprintf(query + len, QUERY_SIZE - len, "%s%s%s%s", len ? "&" : "", key, value ? "=" : "",
             value ? value : "");
    return MHD_YES;
}

static enum MHD_Result
answer_probe(const struct health *health, struct MHD_Connection *connection, bool is_life)
{
    char query[QUERY_SIZE] = "";
    bool is_fine = false;
    char *body;

    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect_argument, query);
    body = health_probe(&health->options, is_life, query, &is_fine);
    return answer(connection, is_fine ? MHD_HTTP_OK : MHD_HTTP_INTERNAL_SERVER_ERROR,
                  "text/plain; charset=utf-8", body, body ? strlen(body) : 0);
}

static const char explain_path[] = "/debug/explain/";

/* `url` begins with the path above. */
static enum MHD_Result
answer_explain(const struct health *health, struct MHD_Connection *connection, const char *url)
{
    const char *name_space = url + sizeof(explain_path) - 1;
    const char *slash = strchr(name_space, '/');
    char text[QUERY_SIZE];
    size_t len = 0;
    char *body = NULL;

    if (slash && (size_t)(slash - name_space) < sizeof(text)) {
        snprintf(text, sizeof(text), "%.*s", (int)(slash - name_space), name_space);
        body = health->options.explain(health->options.user, text, slash + 1, &len);
    }
    return body ? answer(connection, MHD_HTTP_OK, "application/json", body, len)
                : answer_text(connection, MHD_HTTP_NOT_FOUND, "nothing is known of this pod\n");
}

static enum MHD_Result
answer_get(const struct health *health, struct MHD_Connection *connection, const char *url)
{
    size_t len = 0;
    char *text;

    if (strcmp(url, "/livez") == 0 || strcmp(url, "/healthz") == 0)
        return answer_probe(health, connection, true);
    if (strcmp(url, "/readyz") == 0)
        return answer_probe(health, connection, false);
    if (strcmp(url, "/metrics") == 0 && health->options.metrics) {
        text = health->options.metrics(health->options.user, &len);
        return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text,
                      len);
    }
    if (strncmp(url, explain_path, sizeof(explain_path) - 1) == 0 && health->options.explain)
        return answer_explain(health, connection, url);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

/* As libmicrohttpd wants it, which is more than our own functions may have. */
/* #lizard forgives the number of parameters */
/* NOLINTBEGIN(readability-function-size) */
static enum MHD_Result
on_request(void *user, struct MHD_Connection *connection, const char *url, const char *method,
           const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    (void)state;
    *upload_size = 0;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return answer_get(user, connection, url);
    return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
}
/* NOLINTEND(readability-function-size) */

/* Look an address up. Caller frees *out_info with freeaddrinfo(). */
static enum chandra_status
resolve(const char *address, struct addrinfo **out_info, struct chandra_error *err)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    const char *colon = strrchr(address, ':');
    char host[256] = "";
    size_t len;
    int error;

    if (!colon || !colon[1] || (size_t)(colon - address) >= sizeof(host))
        return chandra_error_set(err, CHANDRA_EINVAL, "address \"%s\": want [HOST]:PORT", address);
    len = (size_t)(colon - address);
    if (len >= 2 && address[0] == '[' && address[len - 1] == ']')
        snprintf(host, sizeof(host), "%.*s", (int)len - 2, address + 1);
    else
        snprintf(host, sizeof(host), "%.*s", (int)len, address);
    error = getaddrinfo(*host ? host : NULL, colon + 1, &hints, out_info);
    if (error)
        return chandra_error_set(err, CHANDRA_EINVAL, "address \"%s\": %s", address,
                                 gai_strerror(error));
    return CHANDRA_OK;
}

enum chandra_status
health_start(const struct health_options *options, struct health **out_health,
             struct chandra_error *err)
{
    struct health *health;
    struct addrinfo *info = NULL;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD;
    enum chandra_status st = resolve(options->address, &info, err);

    if (!info)
        return st;
    health = chandra_realloc(NULL, sizeof(*health));
    if (!health) {
        freeaddrinfo(info);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    *health = (struct health){.options = *options};
    if (info->ai_family == AF_INET6)
        flags |= options->address[0] == ':' ? MHD_USE_DUAL_STACK : MHD_USE_IPv6;
    errno = 0;
    health->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, on_request, health, MHD_OPTION_SOCK_ADDR,
                         info->ai_addr, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
    freeaddrinfo(info);
    if (!health->daemon) {
        chandra_free(health);
        return chandra_error_set(err, CHANDRA_EIO, "cannot serve at %s: %s", options->address,
                                 errno ? strerror(errno) : "the server does not start");
    }
    *out_health = health;
    return CHANDRA_OK;
}

void
health_stop(struct health *health)
{
    if (!health)
        return;
    MHD_stop_daemon(health->daemon);
    chandra_free(health);
}
