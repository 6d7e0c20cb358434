/* fetch.c - one HTTP request over a socket: plain HTTP/1.0, as the scheduler's own server speaks it
 * in a trusted network. */
#include "explain/fetch.h"

#include <chandra/sys/base.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { TIMEOUT_S = 10, MAX_ANSWER = 16 * 1024 * 1024, CHUNK = 16 * 1024 };

struct address {
    char host[256];
    char port[16];
};

static enum chandra_status
parse_address(const char *server, struct address *out, struct chandra_error *err)
{
    static const char scheme[] = "http://";
    const char *at = server;
    const char *end, *colon;

    if (strncmp(at, scheme, sizeof(scheme) - 1) == 0)
        at += sizeof(scheme) - 1;
    end = at + strcspn(at, "/");
    colon = end;
    while (colon > at && *colon != ':')
        colon--;
    if (strstr(at, "://") || (*end && end[1]) || colon == at || end - colon < 2 ||
        (size_t)(end - colon) > sizeof(out->port) || (size_t)(colon - at) >= sizeof(out->host))
        return chandra_error_set(err, CHANDRA_EINVAL, "server \"%s\": want http://HOST:PORT",
                                 server);
    snprintf(out->port, sizeof(out->port), "%.*s", (int)(end - colon - 1), colon + 1);
    if (*at == '[' && colon[-1] == ']')
        snprintf(out->host, sizeof(out->host), "%.*s", (int)(colon - at - 2), at + 1);
    else
        snprintf(out->host, sizeof(out->host), "%.*s", (int)(colon - at), at);
    return CHANDRA_OK;
}

/* A connected socket, or -1; errno says why. */
static int
connect_to(const struct addrinfo *info)
{
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int fd = -1;

    for (; info && fd < 0; info = info->ai_next) {
        fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, info->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
        if (connect(fd, info->ai_addr, info->ai_addrlen) != 0) {
            const int error = errno;
            close(fd);
            errno = error;
            fd = -1;
        }
    }
    return fd;
}

static enum chandra_status
open_connection(const char *server, int *out_fd, struct chandra_error *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *info = NULL;
    struct address address;
    enum chandra_status st = parse_address(server, &address, err);
    int error;

    if (st != CHANDRA_OK)
        return st;
    error = getaddrinfo(address.host, address.port, &hints, &info);
    if (error)
        return chandra_error_set(err, CHANDRA_ETRANSIENT, "server \"%s\": %s", server,
                                 gai_strerror(error));
    *out_fd = connect_to(info);
    error = errno;
    freeaddrinfo(info);
    if (*out_fd < 0)
        return chandra_error_set(err, CHANDRA_ETRANSIENT,
                                 "server \"%s\": %s; want what a running chandra schedule has as "
                                 "--metrics-bind-address",
                                 server, strerror(error));
    return CHANDRA_OK;
}

static bool
send_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        const ssize_t sent = send(fd, text, left, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        text += sent;
        left -= (size_t)sent;
    }
    return true;
}

/* Everything until the server closes. Caller frees *out_text. */
static enum chandra_status
receive_all(int fd, const char *server, char **out_text, struct chandra_error *err)
{
    char *text = NULL;
    size_t len = 0;
    ssize_t got;

    do {
        char *grown = chandra_realloc(text, len + CHUNK + 1);
        if (!grown) {
            chandra_free(text);
            return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
        }
        text = grown;
        got = recv(fd, text + len, CHUNK, 0);
        len += got > 0 ? (size_t)got : 0;
    } while (got > 0 && len <= MAX_ANSWER);
    if (got < 0 || len > MAX_ANSWER) {
        chandra_free(text);
        return chandra_error_set(err, CHANDRA_ETRANSIENT, "server \"%s\": %s", server,
                                 got < 0 ? strerror(errno) : "the answer has no end");
    }
    text[len] = '\0';
    *out_text = text;
    return CHANDRA_OK;
}

/* Bytes that a path may not hold as they are. */
static void
put_escaped(char *text, size_t size, const char *part)
{
    size_t len = strlen(text);

    for (; *part && len + 4 < size; part++) {
        const unsigned char byte = (unsigned char)*part;
        const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                              (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '.';
        len += (size_t)snprintf(text + len, size - len, is_plain ? "%c" : "%%%02X", byte);
    }
}

static enum chandra_status
parse_answer(const char *text, const char *server, const char *what, struct chandra_doc **out_doc,
             struct chandra_error *err)
{
    const char *body = strstr(text, "\r\n\r\n");
    int status = 0;

    if (sscanf(text, "HTTP/%*d.%*d %d", &status) != 1 || !body) /* NOLINT(cert-err34-c) */
        return chandra_error_set(err, CHANDRA_EAPI, "server \"%s\": does not speak HTTP", server);
    if (status == 404)
        return chandra_error_set(
            err, CHANDRA_ENOTFOUND,
            "server \"%s\": pod %s: not tried yet, or forgotten; explain it without "
            "--server",
            server, what);
    if (status != 200)
        return chandra_error_set(err, CHANDRA_EAPI, "server \"%s\": HTTP status %d", server,
                                 status);
    return chandra_doc_parse_json(body + 4, strlen(body + 4), server, NULL, out_doc, err);
}

enum chandra_status
fetch_explanation(const char *server, const char *name_space, const char *pod,
                  struct chandra_doc **out_doc, struct chandra_error *err)
{
    char path[2048] = "GET /debug/explain/";
    char what[1024];
    char *answer = NULL;
    int fd = -1;
    enum chandra_status st = open_connection(server, &fd, err);

    if (st != CHANDRA_OK)
        return st;
    put_escaped(path, sizeof(path), name_space);
    snprintf(path + strlen(path), sizeof(path) - strlen(path), "/");
    put_escaped(path, sizeof(path), pod);
    snprintf(path + strlen(path), sizeof(path) - strlen(path),
             " HTTP/1.0\r\nHost: chandra\r\nAccept: application/json\r\n\r\n");
    snprintf(what, sizeof(what), "%s/%s", name_space, pod);
    if (send_all(fd, path))
        st = receive_all(fd, server, &answer, err);
    else
        st = chandra_error_set(err, CHANDRA_ETRANSIENT, "server \"%s\": %s", server,
                               strerror(errno));
    close(fd);
    if (answer)
        st = parse_answer(answer, server, what, out_doc, err);
    chandra_free(answer);
    return st;
}
