/* child.c - a process for each case: what a spec does to its state, its memory or its time ends
 * with it.
 *
 * A count hook cannot end a C function of Lua's library, such as a pattern that takes hours or a
 * table.move() of 2^60 elements; a signal's default action can end the process it runs in.
 */
#include "test/child.h"

#include <chandra/sys/base.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Memory of a child besides Lua's own limit: a cluster in memory that a loop fills. The sanitizers
 * reserve far more than they use. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define MAX_BYTES RLIM_INFINITY
#else
#    define MAX_BYTES ((rlim_t)1024 * 1024 * 1024)
#endif

/* Have SIGALRM end this process when its time is up. */
static bool
set_alarm(int64_t limit_ms)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    const struct itimerspec when = {.it_value = {.tv_sec = (time_t)(limit_ms / 1000),
                                                 .tv_nsec = limit_ms % 1000 * 1000000 + 1}};
    sigset_t ours;
    timer_t timer;

    sigemptyset(&ours);
    sigaddset(&ours, SIGALRM);
    if (signal(SIGALRM, SIG_DFL) == SIG_ERR || sigprocmask(SIG_UNBLOCK, &ours, NULL) != 0)
        return false;
    return timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
           timer_settime(timer, 0, &when, NULL) == 0;
}

static bool
write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t wrote = write(fd, text, len);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        text += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

static bool
answer(child_fn fn, void *user, int fd)
{
    struct chandra_doc *doc;
    struct chandra_value *result;
    struct chandra_error err;
    char *text;
    size_t len;

    if (chandra_doc_new(&doc, &err) != CHANDRA_OK)
        return false;
    result = chandra_value_new_object(doc);
    if (!result)
        return false;
    if (fn(user, doc, result, &err) != CHANDRA_OK &&
        !chandra_value_set(result, "error", chandra_value_new_string(doc, err.message)))
        return false;
    return chandra_value_print(result, CHANDRA_PRINT_COMPACT, &text, &len, &err) == CHANDRA_OK &&
           write_all(fd, text, len);
}

/* Whatever the child holds ends with the process: nothing is freed, no finalizer is run. */
static void
be_child(child_fn fn, void *user, int64_t limit_ms, int fd)
{
    const struct rlimit memory = {MAX_BYTES, MAX_BYTES};
    const struct rlimit core = {0, 0};

    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &core);
    _exit(set_alarm(limit_ms) && answer(fn, user, fd) ? 0 : 1);
}

static enum chandra_status
read_all(int fd, char **out_text, size_t *out_len, struct chandra_error *err)
{
    char *text = NULL;
    size_t len = 0, size = 0;
    ssize_t got;

    do {
        if (len == size) {
            char *grown = chandra_realloc(text, size * 2 + 4096);

            if (!grown) {
                chandra_free(text);
                return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
            }
            text = grown;
            size = size * 2 + 4096;
        }
        got = read(fd, text + len, size - len);
        if (got > 0)
            len += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    *out_text = text;
    *out_len = len;
    return CHANDRA_OK;
}

static enum chandra_status
collect(pid_t pid, int fd, struct child *child, struct chandra_error *err)
{
    char *text = NULL;
    size_t len = 0;
    int status = 0;
    enum chandra_status st = read_all(fd, &text, &len, err);

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (st != CHANDRA_OK)
        return st;
    *child = (struct child){.end = CHILD_DIED};
    if (WIFSIGNALED(status)) {
        child->signal = WTERMSIG(status);
        child->end = child->signal == SIGALRM ? CHILD_LATE : CHILD_DIED;
    } else if (WEXITSTATUS(status) == 0 &&
               chandra_doc_parse_json(text, len, "result", NULL, &child->doc, NULL) == CHANDRA_OK) {
        child->end = CHILD_ANSWERED;
    }
    chandra_free(text);
    return CHANDRA_OK;
}

enum chandra_status
child_run(child_fn fn, void *user, int64_t limit_ms, struct child *out_child,
          struct chandra_error *err)
{
    int ends[2];
    pid_t pid;
    enum chandra_status st;

    if (pipe(ends) != 0)
        return chandra_error_set(err, CHANDRA_EIO, "no pipe: %s", strerror(errno));
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_child(fn, user, limit_ms, ends[1]);
    }
    close(ends[1]);
    if (pid < 0)
        st = chandra_error_set(err, CHANDRA_EIO, "no process: %s", strerror(errno));
    else
        st = collect(pid, ends[0], out_child, err);
    close(ends[0]);
    return st;
}
