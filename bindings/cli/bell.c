/* bell.c - a pipe and poll(). */
#include "bell.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static int
set_flags(int fd)
{
    const int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -1;
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

enum chandra_status
bell_init(struct bell *bell, struct chandra_error *err)
{
    atomic_flag_clear(&bell->is_rung);
    if (pipe(bell->fds) != 0)
        return chandra_error_set(err, CHANDRA_EIO, "cannot make a pipe: %s", strerror(errno));
    if (set_flags(bell->fds[0]) == 0 && set_flags(bell->fds[1]) == 0)
        return CHANDRA_OK;
    chandra_error_set(err, CHANDRA_EIO, "cannot set up a pipe: %s", strerror(errno));
    bell_clear(bell);
    return CHANDRA_EIO;
}

void
bell_clear(struct bell *bell)
{
    close(bell->fds[0]);
    close(bell->fds[1]);
}

void
bell_ring(struct bell *bell)
{
    const int saved = errno; /* of whom a signal interrupts */

    if (!atomic_flag_test_and_set(&bell->is_rung))
        (void)!write(bell->fds[1], "", 1);
    errno = saved;
}

void
bell_wait(struct bell *bell, int64_t timeout_ms)
{
    struct pollfd pollfd = {.fd = bell->fds[0], .events = POLLIN};
    char bytes[16];

    if (poll(&pollfd, 1, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms) <= 0)
        return;
    /* Silence first: who rings from now on writes again. */
    (void)!read(bell->fds[0], bytes, sizeof(bytes));
    atomic_flag_clear(&bell->is_rung);
}
