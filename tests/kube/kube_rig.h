/* kube_rig.h - a folder with certificates, a scripted server, and a transport to it. */
#ifndef CH_TEST_KUBE_RIG_H
#define CH_TEST_KUBE_RIG_H

#include <chandra/kube.h>
#include <chandra/sys/transport.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

/* Patience with a slow machine; nothing takes so long when it works. */
enum { RIG_PATIENCE_SECONDS = 60 };

struct rig {
    char folder[64];
    pid_t server;
    int port;
    struct chandra_transport *transport;
};

/* Time. */

static inline int64_t
rig_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void
rig_nap(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Files. */

static inline void
rig_write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Put a copy of a file in the place of another one, as a volume's update does. */
static inline void
rig_copy_file(const char *from, const char *to)
{
    char command[512];

    snprintf(command, sizeof(command), "cp %s %s.new && mv %s.new %s", from, to, to, to);
    assert_int_equal(system(command), 0);
}

/* The server. */

static inline int
rig_read_port(int fd)
{
    char text[16] = "";
    size_t len = 0;

    while (len < sizeof(text) - 1 && !strchr(text, '\n') && read(fd, text + len, 1) == 1)
        len++;
    return (int)strtol(text, NULL, 10);
}

/* Run a program of this folder; returns the port that it prints. `port` 0: any. */
static inline int
rig_spawn(pid_t *out_pid, const char *name, const char *arg, int port)
{
    char program[512];
    char port_text[16];
    const char *args[] = {"python3", program, arg, port ? port_text : NULL, NULL};
    posix_spawn_file_actions_t files;
    int out[2];

    snprintf(program, sizeof(program), "%s/%s", CHANDRA_KUBE_TESTS, name);
    snprintf(port_text, sizeof(port_text), "%d", port);
    assert_int_equal(pipe(out), 0);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&files, out[0]);
    posix_spawn_file_actions_addclose(&files, out[1]);
    assert_int_equal(
        posix_spawnp(out_pid, "python3", &files, NULL, (char *const *)(uintptr_t)args, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    close(out[1]);
    port = rig_read_port(out[0]);
    close(out[0]);
    assert_true(port > 0);
    return port;
}

static inline void
rig_start_server(struct rig *rig, const char *certificate, int port)
{
    rig->port = rig_spawn(&rig->server, "server.py", certificate, port);
}

static inline void
rig_stop_server(struct rig *rig)
{
    if (rig->server <= 0)
        return;
    kill(rig->server, SIGKILL);
    waitpid(rig->server, NULL, 0);
    rig->server = 0;
}

/* Life: once for a group of tests, the transport once for each test. */

static inline int
rig_set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    assert_non_null(rig);
    snprintf(rig->folder, sizeof(rig->folder), "/tmp/chandra-kube-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    assert_int_equal(chdir(rig->folder), 0);
    assert_int_equal(system(CHANDRA_KUBE_TESTS "/certs.sh"), 0);
    unsetenv("KUBECONFIG");
    rig_start_server(rig, "server", 0);
    *state = rig;
    return 0;
}

static inline int
rig_tear_down(void **state)
{
    struct rig *rig = *state;
    char command[128];

    rig_stop_server(rig);
    snprintf(command, sizeof(command), "rm -rf %s", rig->folder);
    free(rig);
    return system(command) == 0 ? 0 : -1;
}

static inline int
rig_close(void **state)
{
    struct rig *rig = *state;

    chandra_kube_free(rig->transport);
    rig->transport = NULL;
    return 0;
}

/* The usual ways to say who is who in a kubeconfig. */
#define RIG_CA "certificate-authority: ca.crt"
#define RIG_TOKEN "token: secret"

/* `server` NULL: as in the file. */
static inline struct chandra_kube_config *
rig_config_at(const struct rig *rig, const char *server, const char *cluster, const char *user)
{
    const struct chandra_kube_config_options options = {
        .size = sizeof(options), .kubeconfig = "config", .server = server};
    struct chandra_kube_config *config = NULL;
    struct chandra_error err;
    char text[16384];

    snprintf(text, sizeof(text),
             "current-context: x\n"
             "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
             "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:%d', %s}}]\n"
             "users: [{name: u, user: {%s}}]\n",
             rig->port, cluster, user);
    rig_write_file("config", text);
    if (chandra_kube_config_load(&options, &config, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return config;
}

static inline struct chandra_kube_config *
rig_config(const struct rig *rig, const char *cluster, const char *user)
{
    return rig_config_at(rig, NULL, cluster, user);
}

/* Takes the configuration. `options` may be NULL. */
static inline void
rig_open_config(struct rig *rig, struct chandra_kube_config *config,
                const struct chandra_kube_options *options)
{
    struct chandra_error err;

    rig_close((void *[]){rig});
    if (chandra_kube_new(config, options, &rig->transport, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    chandra_kube_config_free(config);
}

static inline void
rig_open(struct rig *rig, const char *cluster, const char *user,
         const struct chandra_kube_options *options)
{
    rig_open_config(rig, rig_config(rig, cluster, user), options);
}

/* The server under another name ("https://HOST"). */
static inline void
rig_open_at(struct rig *rig, const char *server, const char *cluster, const char *user)
{
    char url[256];

    snprintf(url, sizeof(url), "%s:%d", server, rig->port);
    rig_open_config(rig, rig_config_at(rig, url, cluster, user), NULL);
}

/* Answers. */

struct answer {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    unsigned count; /* how often it arrived: once */
    int http_status;
    char *body;
    size_t body_len;
    int64_t retry_after_ms;
};

static inline void
answer_init(struct answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    pthread_mutex_init(&answer->lock, NULL);
    pthread_cond_init(&answer->arrived, NULL);
}

static inline void
answer_clear(struct answer *answer)
{
    free(answer->body);
    pthread_cond_destroy(&answer->arrived);
    pthread_mutex_destroy(&answer->lock);
}

static inline void
answer_take(void *user, const struct chandra_response *response)
{
    struct answer *answer = user;

    pthread_mutex_lock(&answer->lock);
    answer->count++;
    answer->http_status = response->http_status;
    answer->body = malloc(response->body_len + 1);
    memcpy(answer->body, response->body, response->body_len + 1);
    answer->body_len = response->body_len;
    answer->retry_after_ms = response->retry_after_ms;
    pthread_cond_broadcast(&answer->arrived);
    pthread_mutex_unlock(&answer->lock);
}

static inline struct timespec
rig_deadline(void)
{
    struct timespec deadline;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += RIG_PATIENCE_SECONDS;
    return deadline;
}

static inline void
answer_wait(struct answer *answer)
{
    const struct timespec deadline = rig_deadline();
    int code = 0;

    pthread_mutex_lock(&answer->lock);
    while (answer->count == 0 && code == 0)
        code = pthread_cond_timedwait(&answer->arrived, &answer->lock, &deadline);
    pthread_mutex_unlock(&answer->lock);
    assert_int_equal(code, 0);
}

/* Ask, and wait for the answer, which the caller clears. */
static inline void
rig_ask(const struct rig *rig, enum chandra_method method, const char *path, const char *body,
        struct answer *answer)
{
    const struct chandra_request request = {
        .method = method, .path = path, .body = body, .body_len = body ? strlen(body) : 0};
    struct chandra_error err;

    answer_init(answer);
    if (rig->transport->ops->submit(rig->transport, &request, answer_take, answer, &err) !=
        CHANDRA_OK)
        fail_msg("%s", err.message);
    answer_wait(answer);
}

/* GET `path`: the status must be this, and `part` in the body. */
static inline void
rig_expect(const struct rig *rig, const char *path, int http_status, const char *part)
{
    struct answer answer;

    rig_ask(rig, CHANDRA_GET, path, NULL, &answer);
    if (answer.http_status != http_status || !strstr(answer.body, part))
        fail_msg("%s: want %d with \"%s\", got %d: %.600s", path, http_status, part,
                 answer.http_status, answer.body);
    answer_clear(&answer);
}

#endif
