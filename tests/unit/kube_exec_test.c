/* kube_exec_test.c - exec plugins, as scripts: what they are told, print, and how they fail. */
#include "base/alloc.h"
#include "kube/clock.h"
#include "kube/credential.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define CREDENTIAL(status)                                                                   \
    "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"," \
    "\"status\":" status "}'\n"

/* A folder with a plugin in it, "login", and a file in which it counts its runs. */
struct rig {
    char folder[64];
    char command[128];
    const char *args[2];
    const char *env[3];
    struct ch_exec_config exec;
    struct chandra_kube_config config;
};

static int
set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    assert_non_null(rig);
    snprintf(rig->folder, sizeof(rig->folder), "/tmp/chandra-exec-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    assert_int_equal(chdir(rig->folder), 0);
    snprintf(rig->command, sizeof(rig->command), "%s/login", rig->folder);
    rig->args[0] = rig->command;
    rig->exec = (struct ch_exec_config){.api_version = "client.authentication.k8s.io/v1",
                                        .command = rig->command,
                                        .args = rig->args,
                                        .env = rig->env,
                                        .place = "config:1:1",
                                        .mode = CH_EXEC_NEVER};
    rig->config.server = (struct ch_setting){"https://s", "config:2:2"};
    rig->config.user = "u";
    rig->config.user_place = "config:3:3";
    rig->config.exec = &rig->exec;
    *state = rig;
    return 0;
}

static int
tear_down(void **state)
{
    struct rig *rig = *state;
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", rig->folder);
    free(rig);
    return system(command) == 0 ? 0 : -1;
}

static void
write_plugin(const struct rig *rig, const char *script)
{
    FILE *file = fopen(rig->command, "w");

    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\necho run >> runs\n%s", script) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(rig->command, 0700), 0);
}

static void
read_file(const char *name, char *text, size_t size)
{
    FILE *file = fopen(name, "r");

    assert_non_null(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static size_t
count_runs(void)
{
    char text[256];

    read_file("runs", text, sizeof(text));
    return strlen(text) / strlen("run\n");
}

static void
nap(void)
{
    nanosleep(&(struct timespec){0, 10000000}, NULL);
}

/* Run the plugin to its end. */
static enum chandra_status
run(const struct rig *rig, const char *ca, struct ch_exec_result *result, struct chandra_error *err)
{
    struct ch_exec *exec = NULL;
    enum chandra_status st = ch_exec_start(&rig->config, ca, ch_monotonic_ms(), &exec, err);

    if (st != CHANDRA_OK)
        return st;
    while (!ch_exec_has_ended(exec, ch_monotonic_ms()))
        nap();
    return ch_exec_finish(exec, result, err);
}

static void
fails(const struct rig *rig, enum chandra_status status, const char *part)
{
    struct ch_exec_result result = {0};
    struct chandra_error err = {0};

    assert_int_equal(run(rig, NULL, &result, &err), status);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" is not in \"%s\"", part, err.message);
    assert_non_null(strstr(err.message, rig->exec.command));
    assert_non_null(strstr(err.message, "user \"u\""));
    assert_non_null(strstr(err.message, "config:1:1"));
    assert_null(result.token);
}

/* One run. */

static void
reads_a_credential(void **state)
{
    struct rig *rig = *state;
    struct ch_exec_result result = {0};

    write_plugin(rig, CREDENTIAL("{\"token\":\"secret\",\"clientCertificateData\":\"c\","
                                 "\"clientKeyData\":\"k\","
                                 "\"expirationTimestamp\":\"2024-02-29T12:00:00Z\"}"));
    assert_int_equal(run(rig, NULL, &result, NULL), CHANDRA_OK);
    assert_string_equal(result.token, "secret");
    assert_string_equal(result.cert, "c");
    assert_string_equal(result.key, "k");
    assert_true(result.has_expiry);
    assert_int_equal(result.expires, 1709208000);
    ch_exec_result_clear(&result);
}

static void
tells_the_plugin_what_it_needs(void **state)
{
    struct rig *rig = *state;
    struct ch_exec_result result = {0};
    char text[1024];

    rig->env[0] = "ADDED=1";
    rig->env[1] = "HOME=/nowhere";
    rig->exec.is_told_cluster = true;
    rig->config.tls_server_name.text = "name";
    rig->config.proxy.text = "http://p";
    rig->config.is_uncompressed = true;
    rig->config.exec_cluster = "{\"audience\":\"x\"}";
    write_plugin(rig, "echo \"$ADDED $HOME\" > env\necho \"$KUBERNETES_EXEC_INFO\" > info\n"
                      "cat > stdin\n" CREDENTIAL("{\"token\":\"t\"}"));
    assert_int_equal(setenv("KUBERNETES_EXEC_INFO", "stale", 1), 0);
    assert_int_equal(run(rig, "CA", &result, NULL), CHANDRA_OK);
    unsetenv("KUBERNETES_EXEC_INFO");
    ch_exec_result_clear(&result);
    read_file("env", text, sizeof(text));
    assert_string_equal(text, "1 /nowhere\n");
    read_file("info", text, sizeof(text));
    assert_string_equal(
        text, "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
              "\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"https://s\","
              "\"tls-server-name\":\"name\",\"certificate-authority-data\":\"Q0E=\","
              "\"proxy-url\":\"http://p\",\"disable-compression\":true,"
              "\"config\":{\"audience\":\"x\"}}}}\n");
    read_file("stdin", text, sizeof(text));
    assert_string_equal(text, "");
}

static void
gives_the_plugin_its_signals(void **state)
{
    struct rig *rig = *state;
    struct ch_exec_result result = {0};
    sigset_t all;
    sigset_t before;
    char text[64];

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    write_plugin(rig, "grep SigBlk /proc/self/status | tr -d '\\t' > blocked\n" CREDENTIAL(
                          "{\"token\":\"t\"}"));
    assert_int_equal(run(rig, NULL, &result, NULL), CHANDRA_OK);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ch_exec_result_clear(&result);
    if (access("/proc/self/status", R_OK) != 0)
        skip();
    read_file("blocked", text, sizeof(text));
    assert_string_equal(text, "SigBlk:0000000000000000\n");
}

static void
explains_failures(void **state)
{
    struct rig *rig = *state;

    write_plugin(rig, "echo 'not today' >&2; echo 'nor tomorrow' >&2; exit 3\n");
    fails(rig, CHANDRA_EIO, "it failed with exit status 3: not today nor tomorrow");
    write_plugin(rig, "kill -9 $$\n");
    fails(rig, CHANDRA_EIO, "it was ended by signal 9");
    write_plugin(rig, "head -c 3000000 /dev/zero\n");
    fails(rig, CHANDRA_EIO, "it printed more than 1024 KiB");
    write_plugin(rig, "head -c 3000000 /dev/zero >&2; exit 1\n");
    fails(rig, CHANDRA_EIO, "it failed with exit status 1");
    write_plugin(rig, "echo hello\n");
    fails(rig, CHANDRA_EPARSE, "output:1:1: ");
    write_plugin(rig, "echo '{\"kind\":\"Pod\"}'\n");
    fails(rig, CHANDRA_EINVAL,
          "want an ExecCredential of client.authentication.k8s.io/v1, got kind");
    write_plugin(rig, CREDENTIAL("null"));
    fails(rig, CHANDRA_EINVAL, "it has no status");
    write_plugin(rig, CREDENTIAL("{}"));
    fails(rig, CHANDRA_EINVAL, "status has no token and no certificate");
    write_plugin(rig, CREDENTIAL("{\"clientKeyData\":\"k\"}"));
    fails(rig, CHANDRA_EINVAL, "clientCertificateData and clientKeyData need each other");
    write_plugin(rig, CREDENTIAL("{\"token\":\"a b\"}"));
    fails(rig, CHANDRA_EINVAL, "status.token is no token");
    write_plugin(rig, CREDENTIAL("{\"token\":\"t\",\"expirationTimestamp\":\"soon\"}"));
    fails(rig, CHANDRA_EINVAL, "status.expirationTimestamp: \"soon\" is no moment");
    unlink(rig->command);
    rig->exec.install_hint = "ask the admin for it";
    fails(rig, CHANDRA_EIO,
          "it cannot be started: No such file or directory; ask the admin for it");
}

static void
needs_a_terminal_if_it_always_asks(void **state)
{
    struct rig *rig = *state;
    const int input = dup(STDIN_FILENO);

    assert_non_null(freopen("/dev/null", "r", stdin));
    rig->exec.mode = CH_EXEC_ALWAYS;
    write_plugin(rig, CREDENTIAL("{\"token\":\"t\"}"));
    fails(rig, CHANDRA_EIO, "interactiveMode is Always, and standard input is no terminal");
    assert_true(dup2(input, STDIN_FILENO) >= 0);
    close(input);
}

static void
ends_what_takes_too_long(void **state)
{
    struct rig *rig = *state;
    struct ch_exec *exec = NULL;
    struct ch_exec_result result = {0};
    struct chandra_error err;

    write_plugin(rig, "sleep 1000 & echo $! > child; wait\n");
    assert_int_equal(ch_exec_start(&rig->config, NULL, 0, &exec, NULL), CHANDRA_OK);
    while (access("child", R_OK) != 0) {
        assert_false(ch_exec_has_ended(exec, 59999));
        nap();
    }
    assert_true(ch_exec_has_ended(exec, 60000));
    assert_int_equal(ch_exec_finish(exec, &result, &err), CHANDRA_EIO);
    assert_non_null(strstr(err.message, "it did not end in time"));
}

static void
does_not_wait_for_what_the_plugin_leaves_behind(void **state)
{
    struct rig *rig = *state;
    struct ch_exec_result result = {0};
    const int64_t began = ch_monotonic_ms();

    write_plugin(rig, "sleep 20 & " CREDENTIAL("{\"token\":\"t\"}"));
    assert_int_equal(run(rig, NULL, &result, NULL), CHANDRA_OK);
    assert_true(ch_monotonic_ms() - began < 10000);
    ch_exec_result_clear(&result);
}

static void
kills_a_plugin_that_is_not_needed(void **state)
{
    struct rig *rig = *state;
    struct ch_exec *exec = NULL;

    write_plugin(rig, "sleep 1000\n");
    assert_int_equal(ch_exec_start(&rig->config, NULL, 0, &exec, NULL), CHANDRA_OK);
    ch_exec_kill(exec);
    ch_exec_kill(NULL);
}

/* Credentials. */

/* What a request would be given, once there is something. */
static enum chandra_status
get(struct ch_credentials *credentials, char *header, size_t size, struct chandra_error *err)
{
    struct ch_credential *credential = NULL;
    enum chandra_status st = CHANDRA_OK;

    while (st == CHANDRA_OK && !credential) {
        ch_credentials_work(credentials, ch_monotonic_ms());
        st = ch_credentials_get(credentials, ch_monotonic_ms(), &credential, err);
        if (st == CHANDRA_OK && !credential)
            nap();
    }
    if (credential)
        snprintf(header, size, "%s",
                 credential->authorization ? credential->authorization : "none");
    ch_credential_unref(credential);
    return st;
}

static void
keeps_a_credential_until_it_is_refused(void **state)
{
    struct rig *rig = *state;
    const struct chandra_logger logger = {0};
    struct ch_credentials credentials;
    struct ch_credential *refused = NULL;
    char header[128];

    write_plugin(rig, CREDENTIAL("{\"token\":\"'$(wc -l < runs)'\"}"));
    assert_int_equal(ch_credentials_init(&credentials, &rig->config, &logger, NULL), CHANDRA_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(get(&credentials, header, sizeof(header), NULL), CHANDRA_OK);
    assert_string_equal(header, "Authorization: Bearer 1");
    assert_int_equal(ch_credentials_get(&credentials, ch_monotonic_ms(), &refused, NULL),
                     CHANDRA_OK);
    assert_true(ch_credentials_renew(&credentials, refused, ch_monotonic_ms()));
    assert_int_equal(get(&credentials, header, sizeof(header), NULL), CHANDRA_OK);
    assert_string_equal(header, "Authorization: Bearer 2");
    /* Another request that used the first one learns that there is a second one. */
    assert_true(ch_credentials_renew(&credentials, refused, ch_monotonic_ms()));
    assert_int_equal(get(&credentials, header, sizeof(header), NULL), CHANDRA_OK);
    assert_int_equal(count_runs(), 2);
    ch_credential_unref(refused);
    ch_credentials_clear(&credentials);
}

static void
renews_what_has_expired(void **state)
{
    struct rig *rig = *state;
    const struct chandra_logger logger = {0};
    struct ch_credentials credentials;
    char header[128];

    write_plugin(rig, "date=$(date -u +%Y-%m-%dT%H:%M:%SZ -d '1 hour')\n"
                      "[ $(wc -l < runs) = 1 ] && date=2020-01-01T00:00:00Z\n" CREDENTIAL(
                          "{\"token\":\"t\",\"expirationTimestamp\":\"'$date'\"}"));
    assert_int_equal(ch_credentials_init(&credentials, &rig->config, &logger, NULL), CHANDRA_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(get(&credentials, header, sizeof(header), NULL), CHANDRA_OK);
    assert_int_equal(count_runs(), 2);
    ch_credentials_clear(&credentials);
}

static void
does_not_run_a_failing_plugin_for_each_request(void **state)
{
    struct rig *rig = *state;
    const struct chandra_logger logger = {0};
    struct ch_credentials credentials;
    struct chandra_error err;
    char header[128];

    write_plugin(rig, "echo no >&2; exit 1\n");
    assert_int_equal(ch_credentials_init(&credentials, &rig->config, &logger, NULL), CHANDRA_OK);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(get(&credentials, header, sizeof(header), &err), CHANDRA_EIO);
        assert_non_null(strstr(err.message, "exit status 1: no"));
    }
    assert_int_equal(count_runs(), 1);
    ch_credentials_clear(&credentials);
}

static void
prefers_a_token(void **state)
{
    struct rig *rig = *state;
    const struct chandra_logger logger = {0};
    struct ch_credentials credentials;
    char header[128];

    rig->config.token.text = "static";
    assert_int_equal(ch_credentials_init(&credentials, &rig->config, &logger, NULL), CHANDRA_OK);
    assert_int_equal(get(&credentials, header, sizeof(header), NULL), CHANDRA_OK);
    assert_string_equal(header, "Authorization: Bearer static");
    ch_credentials_clear(&credentials);

    rig->config.token.text = NULL;
    rig->config.username.text = "Aladdin";
    rig->config.password.text = "open sesame";
    assert_int_equal(ch_credentials_init(&credentials, &rig->config, &logger, NULL), CHANDRA_OK);
    assert_int_equal(get(&credentials, header, sizeof(header), NULL), CHANDRA_OK);
    assert_string_equal(header, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    ch_credentials_clear(&credentials);
}

/* Memory. */

static void
survives_running_out_of_memory(void **state)
{
    struct rig *rig = *state;
    const struct chandra_logger logger = {0};
    struct ch_credentials credentials;
    enum chandra_status st = CHANDRA_ENOMEM;
    char header[128];

    write_plugin(rig, CREDENTIAL("{\"token\":\"t\",\"clientCertificateData\":\"c\","
                                 "\"clientKeyData\":\"k\"}"));
    for (long count = 0; st == CHANDRA_ENOMEM && count < 1000; count++) {
        struct chandra_error err;

        ch_alloc_fail_after(count);
        st = ch_credentials_init(&credentials, &rig->config, &logger, &err);
        if (st == CHANDRA_OK) {
            st = get(&credentials, header, sizeof(header), &err);
            ch_credentials_clear(&credentials);
        }
        ch_alloc_fail_after(-1);
    }
    assert_int_equal(st, CHANDRA_OK);
    assert_string_equal(header, "Authorization: Bearer t");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_a_credential, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_the_plugin_what_it_needs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_the_plugin_its_signals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(explains_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(needs_a_terminal_if_it_always_asks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_what_takes_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_wait_for_what_the_plugin_leaves_behind, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(kills_a_plugin_that_is_not_needed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_a_credential_until_it_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(renews_what_has_expired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_run_a_failing_plugin_for_each_request, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(prefers_a_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_running_out_of_memory, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
