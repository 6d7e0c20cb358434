/* kube_credentials_test.c - credentials in use: refused, renewed, read again, asked of plugins. */
#include "kube_rig.h"

#include <sys/stat.h>

/* A script in the place of an exec plugin, which counts its runs in the file "runs". */
static void
write_plugin(const char *status)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "#!/bin/sh\n"
             "echo run >> runs\n"
             "printf '%%s\\n' '{\"kind\":\"ExecCredential\","
             "\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":%s}'\n",
             status);
    rig_write_file("plugin", text);
    assert_int_equal(chmod("plugin", 0700), 0);
    (void)unlink("runs");
}

static size_t
count_runs(void)
{
    FILE *file = fopen("runs", "r");
    char text[256];
    size_t len;

    if (!file)
        return 0;
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    return len / strlen("run\n");
}

#define PLUGIN                                                                     \
    "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, " \
    "command: ./plugin}"

/* Tokens. */

static void
tells_whose_token_is_refused(void **state)
{
    struct rig *rig = *state;
    char words[512];

    rig_write_file("valid-token", "right");
    rig_open(rig, RIG_CA, "token: wrong", NULL);
    snprintf(words, sizeof(words),
             "\"message\":\"Unauthorized: https://127.0.0.1:%d did not accept the token of user "
             "\\\"u\\\" (config:4:",
             rig->port);
    rig_expect(rig, "/auth?a", 401, words);
    rig_expect(rig, "/auth?a", 401, "\"reason\":\"Unauthorized\"");
    /* Nothing to renew: it was not even tried. */
    rig_expect(rig, "/count?of=/auth?a", 200, "\"count\": 2}");
    rig_open(rig, RIG_CA, "", NULL);
    rig_expect(rig, "/auth", 401, "did not accept requests without a credential (config:4:");
    rig_open(rig, RIG_CA, "username: jane, password: x", NULL);
    rig_expect(rig, "/auth", 401, "did not accept the password of user \\\"u\\\"");
}

static void
reads_a_token_again_that_is_refused(void **state)
{
    struct rig *rig = *state;

    rig_write_file("token", "first\n");
    rig_write_file("valid-token", "first");
    rig_open(rig, RIG_CA, "tokenFile: token", NULL);
    rig_expect(rig, "/auth?b", 200, "\"number\": 1}");
    rig_write_file("token", "second\n");
    rig_write_file("valid-token", "second");
    rig_expect(rig, "/auth?b", 200, "\"number\": 3}"); /* refused once in between */
    rig_write_file("valid-token", "third");
    rig_expect(rig, "/auth?b", 401, "/token)");
    unlink("token");
    rig_write_file("valid-token", "second");
    rig_expect(rig, "/auth?b", 200, "\"number\": 5}"); /* the last one is still good */
}

static void
needs_some_token(void **state)
{
    struct rig *rig = *state;

    rig_write_file("valid-token", "static");
    rig_open(rig, RIG_CA, "tokenFile: missing", NULL);
    rig_expect(rig, "/auth", 0, "token of user \"u\": ");
    rig_expect(rig, "/auth", 0, "/missing: No such file or directory (set at config:4:");
    rig_open(rig, RIG_CA, "tokenFile: missing, token: static", NULL);
    rig_expect(rig, "/auth", 200, "number");
}

struct closing {
    pthread_mutex_t lock;
    unsigned events;
    int http_status;
};

static void
count_event(void *user, const char *line, size_t len)
{
    struct closing *closing = user;

    (void)line;
    (void)len;
    pthread_mutex_lock(&closing->lock);
    closing->events++;
    pthread_mutex_unlock(&closing->lock);
}

static void
note_close(void *user, const struct chandra_response *why)
{
    struct closing *closing = user;

    pthread_mutex_lock(&closing->lock);
    closing->http_status = why->http_status;
    pthread_mutex_unlock(&closing->lock);
}

/* Events of a watch, or the negative status with which it was closed. */
static int
watch(const struct rig *rig, const char *path)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};
    struct closing closing = {.lock = PTHREAD_MUTEX_INITIALIZER};
    const struct chandra_watch_sink sink = {
        .size = sizeof(sink), .user = &closing, .event = count_event, .closed = note_close};
    struct chandra_watch *handle = NULL;
    int result = 0;

    assert_int_equal(rig->transport->ops->watch(rig->transport, &request, &sink, &handle, NULL),
                     CHANDRA_OK);
    while (result == 0) {
        rig_nap(5);
        pthread_mutex_lock(&closing.lock);
        result = closing.events > 0 ? (int)closing.events : -closing.http_status;
        pthread_mutex_unlock(&closing.lock);
    }
    rig->transport->ops->watch_stop(rig->transport, handle);
    return result;
}

static void
renews_for_watches_too(void **state)
{
    struct rig *rig = *state;

    rig_write_file("token", "old");
    rig_write_file("valid-token", "old");
    rig_open(rig, RIG_CA, "tokenFile: token", NULL);
    assert_int_equal(watch(rig, "/auth-watch?count=1"), 1);
    rig_write_file("token", "new");
    rig_write_file("valid-token", "new");
    assert_int_equal(watch(rig, "/auth-watch?count=1"), 1);
    rig_write_file("valid-token", "other");
    assert_int_equal(watch(rig, "/auth-watch?count=1"), -401);
}

/* Certificates. */

/* Append a file, base64 without line ends, to a text. */
static void
append_base64(char *text, size_t size, const char *path)
{
    char command[256];
    const size_t len = strlen(text);
    FILE *pipe;

    snprintf(command, sizeof(command), "base64 -w0 %s", path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    text[len + fread(text + len, 1, size - len - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
}

static void
shows_a_client_certificate(void **state)
{
    struct rig *rig = *state;
    char user[8192] = "client-certificate-data: ";

    rig_open(rig, RIG_CA, "client-certificate: client.crt, client-key: client.key", NULL);
    rig_expect(rig, "/echo", 200, "\"subject\": \"jane\"");
    append_base64(user, sizeof(user), "client.crt");
    strcat(user, ", client-key-data: ");
    append_base64(user, sizeof(user), "client.key");
    rig_open(rig, RIG_CA, user, NULL);
    rig_expect(rig, "/echo", 200, "\"subject\": \"jane\"");
    rig_open(rig, RIG_CA, "client-certificate: client.crt, client-key: other.key", NULL);
    rig_expect(rig, "/echo", 0, "(client-certificate of user \"u\", config:4:");
}

static void
reads_an_authority_again_that_has_changed(void **state)
{
    struct rig *rig = *state;
    const int port = rig->port;

    rig_copy_file("ca.crt", "changing.crt");
    rig_open(rig, "certificate-authority: changing.crt", RIG_TOKEN, NULL);
    rig_expect(rig, "/ok", 200, "ok");
    rig_stop_server(rig);
    rig_start_server(rig, "second", port);
    rig_expect(rig, "/ok", 0, "SSL certificate problem");
    rig_copy_file("other.crt", "changing.crt");
    rig_expect(rig, "/ok", 200, "ok");
    rig_stop_server(rig);
    rig_start_server(rig, "server", port);
}

/* Exec plugins. */

static void
asks_a_plugin_once(void **state)
{
    struct rig *rig = *state;

    rig_write_file("valid-token", "1");
    write_plugin("{\"token\":\"'$(wc -l < runs)'\"}");
    rig_open(rig, RIG_CA, PLUGIN, NULL);
    for (int i = 0; i < 5; i++)
        rig_expect(rig, "/auth", 200, "number");
    assert_int_equal(count_runs(), 1);
    rig_write_file("valid-token", "2");
    rig_expect(rig, "/auth", 200, "number");
    assert_int_equal(count_runs(), 2);
    rig_write_file("valid-token", "none");
    rig_expect(rig, "/auth", 401, "did not accept the credential that exec plugin ");
    rig_expect(rig, "/auth", 401, "/plugin gave user \\\"u\\\" (config:4:");
}

static void
shows_the_certificate_of_a_plugin(void **state)
{
    struct rig *rig = *state;

    write_plugin("{\"clientCertificateData\":\"'\"$(sed -z 's/\\n/\\\\n/g' client.crt)\"'\","
                 "\"clientKeyData\":\"'\"$(sed -z 's/\\n/\\\\n/g' client.key)\"'\"}");
    rig_open(rig, RIG_CA, PLUGIN, NULL);
    rig_expect(rig, "/echo", 200, "\"subject\": \"jane\"");
}

static void
tells_why_a_plugin_failed(void **state)
{
    struct rig *rig = *state;

    rig_write_file("plugin", "#!/bin/sh\necho 'log in first' >&2\nexit 1\n");
    rig_open(rig, RIG_CA, PLUGIN, NULL);
    rig_expect(rig, "/ok", 0, "/plugin of user \"u\": it failed with exit status 1: log in first");
    rig_nap(1100); /* a failure counts for a second */
    rig_write_file("valid-token", "t");
    write_plugin("{\"token\":\"t\"}");
    rig_expect(rig, "/auth", 200, "number");
}

static void
does_not_stand_still_for_a_plugin(void **state)
{
    const struct chandra_kube_options options = {.size = sizeof(options)};
    const struct chandra_request request = {.method = CHANDRA_GET, .path = "/ok"};
    struct rig *rig = *state;
    struct answer answers[20];

    rig_write_file("plugin", "#!/bin/sh\nsleep 1000\n");
    rig_open(rig, RIG_CA, PLUGIN, &options);
    for (size_t i = 0; i < 20; i++) {
        answer_init(&answers[i]);
        assert_int_equal(
            rig->transport->ops->submit(rig->transport, &request, answer_take, &answers[i], NULL),
            CHANDRA_OK);
    }
    rig_nap(200);
    rig_close(state); /* kills it */
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(answers[i].count, 1);
        assert_string_equal(answers[i].body, "the transport is closed");
        answer_clear(&answers[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tells_whose_token_is_refused, rig_close),
        cmocka_unit_test_teardown(reads_a_token_again_that_is_refused, rig_close),
        cmocka_unit_test_teardown(needs_some_token, rig_close),
        cmocka_unit_test_teardown(renews_for_watches_too, rig_close),
        cmocka_unit_test_teardown(shows_a_client_certificate, rig_close),
        cmocka_unit_test_teardown(reads_an_authority_again_that_has_changed, rig_close),
        cmocka_unit_test_teardown(asks_a_plugin_once, rig_close),
        cmocka_unit_test_teardown(shows_the_certificate_of_a_plugin, rig_close),
        cmocka_unit_test_teardown(tells_why_a_plugin_failed, rig_close),
        cmocka_unit_test_teardown(does_not_stand_still_for_a_plugin, rig_close),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
