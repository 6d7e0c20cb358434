/* exec.c - an exec plugin as a process: started, read from, ended when it takes too long. */
#include "kube/exec.h"

#include "base/alloc.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TIME_LIMIT_MS = 60000,
    INTERACTIVE_LIMIT_MS = 300000, /* somebody has to log in */
    LARGEST_OUTPUT = 1 << 20,
    LARGEST_COMPLAINT = 600, /* of what it says on stderr, the beginning */
};

struct ch_exec {
    const struct chandra_kube_config *config;
    pid_t pid;
    int64_t deadline_ms;
    bool is_interactive;
    bool is_late;
    int out; /* what we read from; -1: closed */
    int err;
    int wait_status;
    struct ch_buf output;
    struct ch_buf complaint;
};

/* Put who ran what, and where that is set, around the message. */
static enum chandra_status
explain(const struct chandra_kube_config *config, enum chandra_status st, struct chandra_error *err)
{
    chandra_error_set(err, st, "exec plugin %s of user \"%s\": %s (%s)", config->exec->command,
                      config->user, err->message, config->exec->place);
    return st;
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Starting. */

/* A pipe whose first end is ours: it does not block, and no other program inherits either. */
static bool
open_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    return fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

/* Whoever types something is asked on the terminal: then stdin and stderr stay ours. */
static int
set_files(posix_spawn_file_actions_t *files, bool is_interactive, int out, int err)
{
    int code = posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);

    if (code == 0 && !is_interactive)
        code = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (code == 0 && !is_interactive)
        code = posix_spawn_file_actions_adddup2(files, err, STDERR_FILENO);
    return code;
}

/* The program gets its signals as usual, not as our thread has them, and a group of its own, so
 * that its children end with it; a terminal, however, speaks only to the group that has it. */
static int
set_attributes(posix_spawnattr_t *attributes, bool is_interactive)
{
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t signals;
    int code;

    sigemptyset(&signals);
    code = posix_spawnattr_setsigmask(attributes, &signals);
    sigaddset(&signals, SIGPIPE);
    if (code == 0)
        code = posix_spawnattr_setsigdefault(attributes, &signals);
    if (!is_interactive)
        flags |= POSIX_SPAWN_SETPGROUP;
    return code == 0 ? posix_spawnattr_setflags(attributes, flags) : code;
}

static int
spawn(struct ch_exec *exec, char **environment, int out, int err)
{
    const struct ch_exec_config *plugin = exec->config->exec;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&files);

    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        code = set_files(&files, exec->is_interactive, out, err);
        if (code == 0)
            code = set_attributes(&attributes, exec->is_interactive);
        if (code == 0)
            code = posix_spawnp(&exec->pid, plugin->command, &files, &attributes,
                                (char *const *)(uintptr_t)plugin->args, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return code;
}

static enum chandra_status
start_error(const struct chandra_kube_config *config, int code, struct chandra_error *err)
{
    const char *hint = config->exec->install_hint;

    if (code == ENOMEM)
        return ch_no_memory("an exec plugin", err);
    chandra_error_set(err, CHANDRA_EIO, "it cannot be started: %s%s%s", strerror(code),
                      hint ? "; " : "", hint ? hint : "");
    return explain(config, CHANDRA_EIO, err);
}

static enum chandra_status
start_with_pipes(struct ch_exec *exec, char **environment, struct chandra_error *err)
{
    int out[2] = {-1, -1};
    int complaint[2] = {-1, -1};
    enum chandra_status st = CHANDRA_OK;
    int code;

    if (!open_pipe(out) || !open_pipe(complaint))
        code = errno;
    else
        code = spawn(exec, environment, out[1], complaint[1]);
    exec->out = out[0];
    exec->err = complaint[0];
    close_fd(&out[1]);
    close_fd(&complaint[1]);
    if (code != 0) {
        exec->pid = -1;
        st = start_error(exec->config, code, err);
    }
    return st;
}

static enum chandra_status
start(struct ch_exec *exec, const char *ca, struct chandra_error *err)
{
    struct ch_buf info = {0};
    char **environment;
    enum chandra_status st;

    ch_buf_puts(&info, "KUBERNETES_EXEC_INFO=");
    ch_exec_put_info(&info, exec->config, ca, exec->is_interactive);
    environment = ch_buf_ok(&info) ? ch_exec_environment(exec->config->exec, info.text) : NULL;
    st = environment ? start_with_pipes(exec, environment, err)
                     : ch_no_memory("an exec plugin", err);
    ch_free(environment);
    ch_buf_clear(&info);
    return st;
}

enum chandra_status
ch_exec_start(const struct chandra_kube_config *config, const char *ca, int64_t now_ms,
              struct ch_exec **out_exec, struct chandra_error *err)
{
    const enum ch_exec_mode mode = config->exec->mode;
    const bool has_terminal = mode != CH_EXEC_NEVER && isatty(STDIN_FILENO);
    struct ch_exec *exec;
    enum chandra_status st;

    if (mode == CH_EXEC_ALWAYS && !has_terminal) {
        chandra_error_set(err, CHANDRA_EIO,
                          "interactiveMode is Always, and standard input is no terminal");
        return explain(config, CHANDRA_EIO, err);
    }
    exec = ch_calloc(1, sizeof(*exec));
    if (!exec)
        return ch_no_memory("an exec plugin", err);
    *exec = (struct ch_exec){
        .config = config, .pid = -1, .is_interactive = has_terminal, .out = -1, .err = -1};
    exec->deadline_ms = now_ms + (has_terminal ? INTERACTIVE_LIMIT_MS : TIME_LIMIT_MS);
    st = start(exec, ca, err);
    if (st == CHANDRA_OK)
        *out_exec = exec;
    else
        ch_exec_kill(exec);
    return st;
}

/* Running. */

void
ch_exec_fds(const struct ch_exec *exec, int fds[CH_EXEC_FDS])
{
    fds[0] = exec->out;
    fds[1] = exec->err;
}

/* Take in what can be read now, the rest beyond `limit` is dropped. */
static void
drain(int *fd, struct ch_buf *buf, size_t limit)
{
    char chunk[4096];
    ssize_t len = 1;

    while (*fd >= 0 && len > 0) {
        len = read(*fd, chunk, sizeof(chunk));
        if (len > 0 && buf->len < limit)
            ch_buf_put(buf, chunk, (size_t)len < limit - buf->len ? (size_t)len : limit - buf->len);
        else if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
            close_fd(fd);
    }
}

static void
send_kill(const struct ch_exec *exec)
{
    (void)kill(exec->is_interactive ? exec->pid : -exec->pid, SIGKILL);
}

/* A host that reaps all children itself leaves us without the status. */
static bool
reap(struct ch_exec *exec, int flags)
{
    pid_t pid;

    do
        pid = waitpid(exec->pid, &exec->wait_status, flags);
    while (pid < 0 && errno == EINTR);
    if (pid < 0)
        exec->wait_status = 0;
    return pid != 0 && (pid > 0 || exec->out < 0);
}

bool
ch_exec_has_ended(struct ch_exec *exec, int64_t now_ms)
{
    bool has_ended;

    if (now_ms >= exec->deadline_ms) {
        exec->is_late = true;
        send_kill(exec);
        return reap(exec, 0);
    }
    has_ended = reap(exec, WNOHANG); /* first, so that nothing it printed is missed */
    drain(&exec->out, &exec->output, LARGEST_OUTPUT);
    drain(&exec->err, &exec->complaint, LARGEST_COMPLAINT);
    return has_ended;
}

/* The end. */

static void
free_exec(struct ch_exec *exec)
{
    close_fd(&exec->out);
    close_fd(&exec->err);
    ch_buf_clear(&exec->output);
    ch_buf_clear(&exec->complaint);
    ch_free(exec);
}

void
ch_exec_kill(struct ch_exec *exec)
{
    if (!exec)
        return;
    if (exec->pid > 0) {
        send_kill(exec);
        (void)reap(exec, 0);
    }
    free_exec(exec);
}

static enum chandra_status
check_end(const struct ch_exec *exec, struct chandra_error *err)
{
    const int status = exec->wait_status;
    const char *complaint = exec->complaint.text ? exec->complaint.text : "";

    if (exec->is_late)
        return chandra_error_set(err, CHANDRA_EIO, "it did not end in time");
    if (WIFSIGNALED(status))
        return chandra_error_set(err, CHANDRA_EIO, "it was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return chandra_error_set(err, CHANDRA_EIO, "it failed with exit status %d%s%s",
                                 WEXITSTATUS(status), *complaint ? ": " : "", complaint);
    if (exec->output.len >= LARGEST_OUTPUT)
        return chandra_error_set(err, CHANDRA_EIO, "it printed more than %d KiB",
                                 LARGEST_OUTPUT >> 10);
    return ch_buf_ok(&exec->output) ? CHANDRA_OK : ch_no_memory("an exec plugin", err);
}

enum chandra_status
ch_exec_finish(struct ch_exec *exec, struct ch_exec_result *out_result, struct chandra_error *err)
{
    const struct chandra_kube_config *config = exec->config;
    const char *output = exec->output.text ? exec->output.text : "";
    enum chandra_status st = check_end(exec, err);

    if (st == CHANDRA_OK)
        st = ch_exec_parse(config->exec, output, exec->output.len, out_result, err);
    if (st != CHANDRA_OK)
        st = explain(config, st, err);
    free_exec(exec);
    return st;
}
