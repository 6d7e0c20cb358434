/* http_wait.c - waits for the sockets that libcurl names, and lets it work where there is something
 * to do.
 *
 * curl_multi_poll() and curl_multi_perform() look at every request each time, and requests are many
 * on one connection: what they look at is what they cost. Here libcurl says which sockets and which
 * moment it waits for, and is told which of them came.
 */
#include "kube/clock.h"
#include "kube/http_curl.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_FDS = 4,     /* that others wait for */
    MAX_SOCKETS = 5, /* of one request, as libcurl has it */
};

/* What libcurl asks for. */

/* The entry of a socket, or for -1 the first gap; the end if there is none. */
static size_t
find(const struct ch_http_waits *waits, curl_socket_t fd)
{
    size_t i = 1;

    while (i < waits->count && waits->polls[i].fd != fd)
        i++;
    return i;
}

static short
events_of(int what)
{
    switch (what) {
    case CURL_POLL_IN:
        return POLLIN;
    case CURL_POLL_OUT:
        return POLLOUT;
    case CURL_POLL_INOUT:
        return POLLIN | POLLOUT;
    default:
        return 0;
    }
}

/* There is room: ch_http_wait_reserve(). A socket that is gone leaves a gap until the next wait, so
 * that ch_http_wait_work() can walk over the others. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
    struct ch_http_group *group = user;
    struct ch_http_waits *waits = &group->http->waits;
    size_t i = find(waits, fd);

    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE) {
        /* The other group may have got the number since. */
        if (i < waits->count && waits->groups[i] == group)
            waits->polls[i].fd = -1;
        return 0;
    }
    if (i == waits->count)
        i = find(waits, -1);
    if (i == waits->count)
        waits->count++;
    waits->polls[i] = (struct pollfd){.fd = fd, .events = events_of(what)};
    waits->groups[i] = group;
    return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct ch_http_group *group = user;

    (void)multi;
    group->due_ms = timeout_ms < 0 ? INT64_MAX : ch_monotonic_ms() + timeout_ms;
    return 0;
}

static bool
set_callbacks(struct ch_http_group *group)
{
    CURLM *multi = group->multi;

    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, group) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, group) == CURLM_OK;
}

/* Life. */

static int
set_flags(int fd)
{
    const int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -1;
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

enum chandra_status
ch_http_wait_init(struct ch_http *http, struct chandra_error *err)
{
    struct ch_http_waits *waits = &http->waits;

    *waits = (struct ch_http_waits){.wake_fds = {-1, -1}};
    if (pipe(waits->wake_fds) != 0)
        return chandra_error_set(err, CHANDRA_EIO, "cannot make a pipe: %s", strerror(errno));
    if (set_flags(waits->wake_fds[0]) != 0 || set_flags(waits->wake_fds[1]) != 0)
        return chandra_error_set(err, CHANDRA_EIO, "cannot set up a pipe: %s", strerror(errno));
    if (!ch_http_wait_reserve(http, 1))
        return ch_no_memory("a request", err);
    waits->polls[0] = (struct pollfd){.fd = waits->wake_fds[0], .events = POLLIN};
    waits->groups[0] = NULL;
    waits->count = 1;
    for (size_t i = 0; i < CH_HTTP_GROUPS; i++)
        if (!set_callbacks(&http->groups[i]))
            return ch_no_memory("a request", err);
    return CHANDRA_OK;
}

void
ch_http_wait_clear(struct ch_http *http)
{
    struct ch_http_waits *waits = &http->waits;

    for (size_t i = 0; i < 2; i++)
        if (waits->wake_fds[i] >= 0)
            close(waits->wake_fds[i]);
    ch_free(waits->polls);
    ch_free(waits->groups);
}

bool
ch_http_wait_reserve(struct ch_http *http, size_t exchanges)
{
    struct ch_http_waits *waits = &http->waits;

    const size_t count = 1 + exchanges * MAX_SOCKETS + MAX_FDS;

    return ch_grow(&waits->polls, &waits->poll_capacity, count, sizeof(*waits->polls)) &&
           ch_grow(&waits->groups, &waits->group_capacity, count, sizeof(void *));
}

/* Waiting. */

/* Close the gaps that sockets have left. */
static void
compact(struct ch_http_waits *waits)
{
    size_t kept = 0;

    for (size_t i = 0; i < waits->count; i++) {
        if (waits->polls[i].fd < 0)
            continue;
        waits->groups[kept] = waits->groups[i];
        waits->polls[kept++] = waits->polls[i];
    }
    waits->count = kept;
}

static int
clip(int64_t wait_ms)
{
    if (wait_ms < 0)
        return 0;
    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}

static int64_t
earlier(int64_t wait_ms, int64_t due_ms, int64_t now_ms)
{
    return due_ms != INT64_MAX && due_ms - now_ms < wait_ms ? due_ms - now_ms : wait_ms;
}

void
ch_http_wait(struct ch_http *http, int64_t timeout_ms, const int *fds, size_t count)
{
    struct ch_http_waits *waits = &http->waits;
    const int64_t now_ms = ch_monotonic_ms();
    size_t all;
    char bytes[16];

    for (size_t i = 0; i < CH_HTTP_GROUPS; i++)
        timeout_ms = earlier(timeout_ms, http->groups[i].due_ms, now_ms);
    compact(waits);
    all = waits->count;
    for (size_t i = 0; i < count && i < MAX_FDS; i++)
        if (fds[i] >= 0)
            waits->polls[all++] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    if (poll(waits->polls, all, clip(timeout_ms)) <= 0)
        for (size_t i = 0; i < waits->count; i++)
            waits->polls[i].revents = 0;
    if (waits->polls[0].revents)
        (void)!read(waits->wake_fds[0], bytes, sizeof(bytes));
}

void
ch_http_wake(struct ch_http *http)
{
    (void)!write(http->waits.wake_fds[1], "", 1);
}

/* Working. */

static int
bits_of(short revents)
{
    return (revents & POLLIN ? CURL_CSELECT_IN : 0) | (revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
           (revents & (POLLERR | POLLHUP) ? CURL_CSELECT_ERR : 0);
}

static void
work_on_time(struct ch_http_group *group, int64_t now_ms)
{
    int running;

    if (group->due_ms > now_ms)
        return;
    group->due_ms = INT64_MAX;
    (void)curl_multi_socket_action(group->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/* Callbacks may add sockets at the end, and remove any. */
void
ch_http_wait_work(struct ch_http *http)
{
    struct ch_http_waits *waits = &http->waits;
    int running;

    for (size_t i = 1; i < waits->count; i++) {
        const struct pollfd ready = waits->polls[i];

        waits->polls[i].revents = 0;
        if (ready.revents & POLLNVAL)
            waits->polls[i].fd = -1; /* closed without a word */
        else if (ready.fd >= 0 && ready.revents)
            (void)curl_multi_socket_action(waits->groups[i]->multi, ready.fd,
                                           bits_of(ready.revents), &running);
    }
    for (size_t i = 0; i < CH_HTTP_GROUPS; i++)
        work_on_time(&http->groups[i], ch_monotonic_ms());
}
