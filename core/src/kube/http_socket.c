/* http_socket.c - which connections are alive.
 *
 * Many requests share one connection, and a dead one need not say so: a proxy in between may keep
 * it open. A connection on which nothing came while somebody waited too long is shut down, so that
 * all requests on it fail at once and new ones get another.
 */
#include "kube/clock.h"
#include "kube/http_curl.h"

#include "base/alloc.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long the other side may leave what we sent unconfirmed. */
static void
limit_silence(curl_socket_t fd)
{
#ifdef TCP_USER_TIMEOUT
    const unsigned timeout_ms = 30000;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
#else
    (void)fd;
#endif
}

static ino_t
inode_of(curl_socket_t fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

static struct ch_http_socket *
find(const struct ch_http *http, curl_socket_t fd)
{
    struct ch_http_socket *entry = http->sockets;

    while (entry && entry->fd != fd)
        entry = entry->next;
    return entry;
}

/* The entry of a new socket, which may have the number of one that is gone. */
static bool
remember(struct ch_http *http, curl_socket_t fd)
{
    struct ch_http_socket *entry = find(http, fd);

    if (!entry) {
        entry = ch_calloc(1, sizeof(*entry));
        if (!entry)
            return false;
        entry->next = http->sockets;
        http->sockets = entry;
    }
    entry->fd = fd;
    entry->inode = inode_of(fd);
    entry->heard_ms = 0;
    return true;
}

curl_socket_t
ch_http_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    const curl_socket_t fd = socket(address->family, address->socktype, address->protocol);

    (void)purpose;
    if (fd == CURL_SOCKET_BAD)
        return fd;
    if (!remember(user, fd)) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* not for exec plugins */
    if (address->family != AF_UNIX)
        limit_silence(fd);
    return fd;
}

int
ch_http_close_socket(void *user, curl_socket_t fd)
{
    struct ch_http *http = user;

    for (struct ch_http_socket **link = &http->sockets; *link; link = &(*link)->next) {
        struct ch_http_socket *entry = *link;

        if (entry->fd != fd)
            continue;
        *link = entry->next;
        ch_free(entry);
        break;
    }
    return close(fd);
}

void
ch_http_free_sockets(struct ch_http *http)
{
    while (http->sockets) {
        struct ch_http_socket *entry = http->sockets;

        http->sockets = entry->next;
        ch_free(entry);
    }
}

static long
local_port(curl_socket_t fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

/* libcurl does not tell the socket of a connection that others use, too, but its port. */
static curl_socket_t
socket_of(const struct ch_exchange *exchange)
{
    long port = 0;

    if (exchange->fd != CURL_SOCKET_BAD)
        return exchange->fd;
    curl_easy_getinfo(exchange->easy, CURLINFO_LOCAL_PORT, &port);
    for (const struct ch_http_socket *entry = exchange->http->sockets; port && entry;
         entry = entry->next)
        if (local_port(entry->fd) == port)
            return entry->fd;
    return CURL_SOCKET_BAD;
}

void
ch_http_heard(struct ch_exchange *exchange)
{
    struct ch_http_socket *entry;

    exchange->fd = socket_of(exchange);
    exchange->heard_ms = ch_monotonic_ms();
    entry = find(exchange->http, exchange->fd);
    if (entry)
        entry->heard_ms = exchange->heard_ms;
}

void
ch_http_suspect(struct ch_http *http, struct ch_exchange *exchange)
{
    const struct ch_http_socket *entry = find(http, socket_of(exchange));

    if (entry && entry->heard_ms <= exchange->heard_ms && entry->inode == inode_of(entry->fd))
        (void)shutdown(entry->fd, SHUT_RDWR);
}
