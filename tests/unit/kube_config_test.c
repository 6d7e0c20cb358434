/* kube_config_test.c - kubeconfig files: merged, resolved, refused; and the mounted service
 * account. */
#include "base/alloc.h"
#include "base/timestamp.h"
#include "kube/base64.h"
#include "kube/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* base64 of "-----BEGIN CERTIFICATE-----\n" */
#define CERT_BASE64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="
#define CERT_TEXT "-----BEGIN CERTIFICATE-----\n"
/* base64 of "-----BEGIN PRIVATE KEY-----\n" */
#define KEY_BASE64 "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg=="

/* A folder of the test's own, which is the present one while the test runs. */
static char folder[] = "/tmp/chandra-kube-XXXXXX";

static int
make_folder(void **state)
{
    (void)state;
    unsetenv("KUBECONFIG");
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
    return mkdtemp(folder) && chdir(folder) == 0 && setenv("HOME", folder, 1) == 0 &&
                   mkdir("sub", 0700) == 0 && mkdir(".kube", 0700) == 0
               ? 0
               : -1;
}

static int
remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

static void
write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Text of a path in the test's folder; valid until the next but three. */
static const char *
in_folder(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static struct chandra_kube_config *
load(const struct chandra_kube_config_options *options)
{
    struct chandra_kube_config *config = NULL;
    struct chandra_error err = {0};

    if (chandra_kube_config_load(options, &config, &err) != CHANDRA_OK)
        fail_msg("%s", err.message);
    return config;
}

static struct chandra_kube_config *
load_file(const char *name)
{
    const struct chandra_kube_config_options options = {.size = sizeof(options),
                                                        .kubeconfig = name};

    return load(&options);
}

static void
fails(const struct chandra_kube_config_options *options, enum chandra_status status,
      const char *message)
{
    struct chandra_kube_config *config = NULL;
    struct chandra_error err = {0};

    assert_int_equal(chandra_kube_config_load(options, &config, &err), status);
    assert_null(config);
    assert_string_equal(err.message, message);
    assert_int_equal(chandra_kube_config_load(options, &config, NULL), status);
}

/* A kubeconfig of one line for each part, so that places are easy to tell. */
static void
write_config(const char *name, const char *cluster, const char *user)
{
    char text[2048];

    snprintf(text, sizeof(text),
             "apiVersion: v1\n"
             "kind: Config\n"
             "current-context: one\n"
             "contexts: [{name: one, context: {cluster: c, user: u, namespace: n}}]\n"
             "clusters: [{name: c, cluster: %s}]\n"
             "users: [{name: u, user: %s}]\n",
             cluster, user);
    write_file(name, text);
}

static void
fails_with(const char *cluster, const char *user, enum chandra_status status, const char *message)
{
    const struct chandra_kube_config_options options = {.size = sizeof(options),
                                                        .kubeconfig = "config"};

    write_config("config", cluster, user);
    fails(&options, status, message);
}

/* One file. */

static void
reads_a_context(void **state)
{
    struct chandra_kube_config *config;

    (void)state;
    write_config("config",
                 "{server: 'https://example.org:6443/', certificate-authority-data: " CERT_BASE64
                 ", tls-server-name: other, proxy-url: 'socks5://proxy:1080',"
                 " disable-compression: true}",
                 "{token: secret, client-certificate: sub/cert, client-key-data: " KEY_BASE64 "}");
    config = load_file("config");
    assert_string_equal(chandra_kube_config_server(config), "https://example.org:6443");
    assert_string_equal(chandra_kube_config_namespace(config), "n");
    assert_string_equal(chandra_kube_config_context(config), "one");
    assert_string_equal(config->server.place, "config:5:40");
    assert_string_equal(config->ca.data, CERT_TEXT);
    assert_null(config->ca.file);
    assert_string_equal(config->tls_server_name.text, "other");
    assert_string_equal(config->proxy.text, "socks5://proxy:1080");
    assert_true(config->is_uncompressed);
    assert_false(config->is_insecure);
    assert_string_equal(config->token.text, "secret");
    assert_string_equal(config->cert.file, in_folder("sub/cert"));
    assert_string_equal(config->key.data, "-----BEGIN PRIVATE KEY-----\n");
    chandra_kube_config_free(config);
}

static void
finds_paths_beside_the_file(void **state)
{
    struct chandra_kube_config *config;

    (void)state;
    write_config("sub/config", "{server: 'https://s', certificate-authority: ca.crt}",
                 "{tokenFile: /run/token, exec: {apiVersion: client.authentication.k8s.io/v1beta1,"
                 " command: bin/login}}");
    config = load_file("sub/config");
    assert_string_equal(config->ca.file, in_folder("sub/ca.crt"));
    assert_string_equal(config->token_file.text, "/run/token");
    assert_string_equal(config->exec->command, in_folder("sub/bin/login"));
    assert_string_equal(config->exec->args[0], in_folder("sub/bin/login"));
    assert_null(config->exec->args[1]);
    chandra_kube_config_free(config);
}

static void
completes_the_server(void **state)
{
    static const struct {
        const char *cluster;
        const char *server;
    } rows[] = {
        {"{server: 'localhost:8080'}", "http://localhost:8080"},
        {"{server: host, insecure-skip-tls-verify: true}", "https://host"},
        {"{server: 'host:6443', certificate-authority: ca}", "https://host:6443"},
        {"{server: 'https://rancher/k8s/clusters/c-1//'}", "https://rancher/k8s/clusters/c-1"},
        {"{server: 'HTTPS://host'}", "HTTPS://host"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct chandra_kube_config *config;

        write_config("config", rows[i].cluster, "{}");
        config = load_file("config");
        assert_string_equal(chandra_kube_config_server(config), rows[i].server);
        chandra_kube_config_free(config);
    }
}

static bool
has_header(const struct chandra_kube_config *config, const char *line)
{
    for (const struct ch_header *header = config->impersonation; header; header = header->next)
        if (strcmp(header->line, line) == 0)
            return true;
    return false;
}

static void
reads_impersonation(void **state)
{
    struct chandra_kube_config *config;

    (void)state;
    write_config("config", "{server: 'https://s'}",
                 "{token: t, as: jane, as-uid: '7', as-groups: [dev, ops], "
                 "as-user-extra: {'acme.com/project': [a, b], 'a b': [c]}}");
    config = load_file("config");
    assert_true(has_header(config, "Impersonate-User: jane"));
    assert_true(has_header(config, "Impersonate-Uid: 7"));
    assert_true(has_header(config, "Impersonate-Group: dev"));
    assert_true(has_header(config, "Impersonate-Group: ops"));
    assert_true(has_header(config, "Impersonate-Extra-acme.com%2Fproject: a"));
    assert_true(has_header(config, "Impersonate-Extra-acme.com%2Fproject: b"));
    assert_true(has_header(config, "Impersonate-Extra-a%20b: c"));
    chandra_kube_config_free(config);
}

static void
reads_an_exec_plugin(void **state)
{
    struct chandra_kube_config *config;

    (void)state;
    write_config("config",
                 "{server: 'https://s', extensions: [{name: other, extension: 1}, "
                 "{name: client.authentication.k8s.io/exec, extension: {audience: x}}]}",
                 "{exec: {apiVersion: client.authentication.k8s.io/v1, command: login, "
                 "args: [-a, b], env: [{name: A, value: '1'}, {name: B}], interactiveMode: Never, "
                 "installHint: get it, provideClusterInfo: true}}");
    config = load_file("config");
    assert_string_equal(config->exec->command, "login"); /* for $PATH */
    assert_string_equal(config->exec->args[2], "b");
    assert_null(config->exec->args[3]);
    assert_string_equal(config->exec->env[0], "A=1");
    assert_string_equal(config->exec->env[1], "B=");
    assert_null(config->exec->env[2]);
    assert_string_equal(config->exec->install_hint, "get it");
    assert_int_equal(config->exec->mode, CH_EXEC_NEVER);
    assert_true(config->exec->is_told_cluster);
    assert_string_equal(config->exec_cluster, "{\"audience\":\"x\"}");
    chandra_kube_config_free(config);
}

static void
needs_no_user(void **state)
{
    struct chandra_kube_config *config;

    (void)state;
    write_file("config", "current-context: a\n"
                         "contexts: [{name: a, context: {cluster: c}}]\n"
                         "clusters: [{name: c, cluster: {server: 'https://s'}}]\n");
    config = load_file("config");
    assert_string_equal(chandra_kube_config_namespace(config), "default");
    assert_null(config->token.text);
    assert_null(config->exec);
    chandra_kube_config_free(config);
}

/* Several files. */

static void
takes_entries_whole_from_the_first_file(void **state)
{
    struct chandra_kube_config *config;

    (void)state;
    write_file("first", "contexts: [{name: a, context: {cluster: c, user: u}}]\n"
                        "users: [{name: u, user: {token: first}}]\n");
    write_file("second", "current-context: a\n"
                         "clusters: [{name: c, cluster: {server: 'https://second'}}]\n"
                         "users: [{name: u, user: {token: second, as: nobody}}]\n");
    write_file("third", "current-context: b\n"
                        "clusters: [{name: c, cluster: {server: 'https://third'}}]\n");
    assert_int_equal(setenv("KUBECONFIG", "missing:first::second:third:", 1), 0);
    config = load(NULL);
    assert_string_equal(chandra_kube_config_server(config), "https://second");
    assert_string_equal(config->server.place, "second:2:40");
    assert_string_equal(config->token.text, "first");
    assert_null(config->impersonation);
    chandra_kube_config_free(config);
    unsetenv("KUBECONFIG");
}

static void
looks_for_files_in_order(void **state)
{
    const struct chandra_kube_config_options explicit = {.size = sizeof(explicit),
                                                         .kubeconfig = "missing"};
    struct chandra_kube_config *config;

    (void)state;
    fails(NULL, CHANDRA_ENOTFOUND,
          "no kubeconfig: KUBECONFIG is not set, no service account is mounted at "
          "/var/run/secrets/kubernetes.io/serviceaccount and there is no ~/.kube/config");
    write_config(".kube/config", "{server: 'https://home'}", "{}");
    config = load(NULL);
    assert_string_equal(chandra_kube_config_server(config), "https://home");
    chandra_kube_config_free(config);
    assert_int_equal(setenv("KUBECONFIG", "x:y", 1), 0);
    fails(NULL, CHANDRA_ENOTFOUND, "no kubeconfig: no file of KUBECONFIG=x:y exists");
    fails(&explicit, CHANDRA_ENOTFOUND, "missing: No such file or directory");
    unsetenv("KUBECONFIG");
    unlink(".kube/config");
}

static void
gives_way_to_what_was_asked_for(void **state)
{
    struct chandra_kube_config_options options = {.size = sizeof(options), .kubeconfig = "config"};
    struct chandra_kube_config *config;

    (void)state;
    write_file("config",
               "current-context: a\n"
               "contexts: [{name: a, context: {cluster: c, user: u}},\n"
               "  {name: b, context: {cluster: d, user: v, namespace: nb}}]\n"
               "clusters: [{name: c, cluster: {server: 'https://c'}}, {name: d, cluster: {server: "
               "'https://d'}}]\n"
               "users: [{name: u, user: {token: tu}}, {name: v, user: {token: tv}}]\n");
    options.context = "b";
    config = load(&options);
    assert_string_equal(chandra_kube_config_server(config), "https://d");
    assert_string_equal(chandra_kube_config_namespace(config), "nb");
    assert_string_equal(config->token.text, "tv");
    chandra_kube_config_free(config);

    options.cluster = "c";
    options.user = "u";
    options.name_space = "other";
    options.server = "https://elsewhere";
    config = load(&options);
    assert_string_equal(chandra_kube_config_server(config), "https://elsewhere");
    assert_string_equal(chandra_kube_config_namespace(config), "other");
    assert_string_equal(config->token.text, "tu");
    chandra_kube_config_free(config);

    options.context = "A";
    fails(&options, CHANDRA_EINVAL, "config: contexts: there is no \"A\"; did you mean \"a\"?");
    options.context = NULL;
    options.user = "nobody";
    fails(&options, CHANDRA_EINVAL, "config: users: there is no \"nobody\"");
    options.cluster = "nothing";
    fails(&options, CHANDRA_EINVAL, "config: clusters: there is no \"nothing\"");
}

static void
needs_no_file_when_the_server_is_given(void **state)
{
    const struct chandra_kube_config_options options = {.size = sizeof(options),
                                                        .server = "http://127.0.0.1:8001"};
    struct chandra_kube_config *config;

    (void)state;
    config = load(&options);
    assert_string_equal(chandra_kube_config_server(config), "http://127.0.0.1:8001");
    assert_string_equal(chandra_kube_config_context(config), "");
    chandra_kube_config_free(config);
}

/* Errors. */

static void
refuses_bad_files(void **state)
{
    static const struct {
        const char *text;
        enum chandra_status status;
        const char *message;
    } rows[] = {
        {"a: [", CHANDRA_EPARSE, NULL},
        {"[]", CHANDRA_EINVAL, "config:1:1: no kubeconfig: want an object"},
        {"kind: Pod", CHANDRA_EINVAL, "config:1:7: kind: want Config, got \"Pod\""},
        {"apiVersion: v2", CHANDRA_EINVAL, "config:1:13: apiVersion: want v1, got \"v2\""},
        {"a: 1\n---\nb: 1\n", CHANDRA_EINVAL, "config:3:1: a kubeconfig is one document"},
        {"", CHANDRA_EINVAL,
         "config: no cluster: current-context is not set; name a context or a cluster"},
        {"current-context: 7", CHANDRA_EINVAL,
         "config:1:18: current-context: want a string, got the number 7"},
        {"current-context: a\ncontexts: {}", CHANDRA_EINVAL,
         "config:2:11: contexts: want an array, got an object"},
        {"current-context: a\ncontexts:\n- name: a\n", CHANDRA_EINVAL,
         "config:3:3: contexts: \"a\" has no context"},
        {"current-context: a\ncontexts:\n- {name: a, context: {}}\n- {name: a, context: {}}\n",
         CHANDRA_EINVAL, "config:4:3: contexts: \"a\" occurs twice"},
        {"current-context: a\ncontexts:\n- {name: a, context: {}}\n", CHANDRA_EINVAL,
         "config: no cluster: the context has none; name a context or a cluster"},
        {"current-context: a\ncontexts:\n- {name: a, context: {cluster: c}}\n", CHANDRA_EINVAL,
         "config: clusters: there is no \"c\""},
    };
    const struct chandra_kube_config_options options = {.size = sizeof(options),
                                                        .kubeconfig = "config"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct chandra_kube_config *config = NULL;

        write_file("config", rows[i].text);
        if (rows[i].message)
            fails(&options, rows[i].status, rows[i].message);
        else
            assert_int_equal(chandra_kube_config_load(&options, &config, NULL), rows[i].status);
    }
}

static void
refuses_bad_clusters(void **state)
{
    (void)state;
    fails_with("{}", "{}", CHANDRA_EINVAL, "config:5:31: cluster \"c\" has no server");
    fails_with("{server: 'ftp://s'}", "{}", CHANDRA_EINVAL,
               "config:5:40: server \"ftp://s\": want https:// or http://");
    fails_with("{server: s, proxy-url: 'ftp://p'}", "{}", CHANDRA_EINVAL,
               "config:5:54: proxy-url \"ftp://p\": want http://, https:// or socks5://");
    fails_with(
        "{server: s, certificate-authority: a, certificate-authority-data: " CERT_BASE64 "}", "{}",
        CHANDRA_EINVAL,
        "config:5:97: cluster: both certificate-authority and certificate-authority-data are "
        "set");
    fails_with("{server: s, certificate-authority-data: '!!!'}", "{}", CHANDRA_EINVAL,
               "config:5:71: cluster.certificate-authority-data: want base64 of PEM");
    fails_with("{server: s, certificate-authority-data: aGVsbG8=}", "{}", CHANDRA_EINVAL,
               "config:5:71: cluster.certificate-authority-data: want base64 of PEM");
    fails_with("{server: s, certificate-authority: a, insecure-skip-tls-verify: true}", "{}",
               CHANDRA_EINVAL,
               "config:5:66: a certificate authority is of no use with insecure-skip-tls-verify");
    fails_with("{server: s, insecure-skip-tls-verify: 'true'}", "{}", CHANDRA_EINVAL,
               "config:5:69: cluster.insecure-skip-tls-verify: want a boolean, got a string");
}

static void
refuses_bad_users(void **state)
{
    const char *cluster = "{server: s}";

    (void)state;
    fails_with(
        cluster, "{auth-provider: {name: gcp}}", CHANDRA_EUNSUPPORTED,
        "config:6:41: user.auth-provider \"gcp\" was removed from Kubernetes 1.26; use an exec "
        "plugin, such as gke-gcloud-auth-plugin");
    fails_with(cluster, "{token: t, username: u}", CHANDRA_EINVAL,
               "config:6:25: user: both a token and a username or password are set");
    fails_with(cluster, "{client-certificate: c}", CHANDRA_EINVAL,
               "config:6:25: user: client-certificate is set without client-key");
    fails_with(cluster, "{client-key: c}", CHANDRA_EINVAL,
               "config:6:25: user: client-key is set without client-certificate");
    fails_with(cluster, "{as-groups: [a]}", CHANDRA_EINVAL,
               "config:6:25: user: as-uid, as-groups and as-user-extra need as");
    fails_with(cluster, "{as: a, as-groups: [[]]}", CHANDRA_EINVAL,
               "config:6:45: user.as-groups: want strings, got one of type array");
    fails_with(cluster, "{as: \"a\\nb: c\"}", CHANDRA_EINVAL,
               "config:6:25: Impersonate-User: a control character in \"a b: c\"");
    fails_with(cluster, "{token: \"a\\nb\"}", CHANDRA_EINVAL,
               "config:6:33: user.token: a control character in it");
}

static void
refuses_bad_plugins(void **state)
{
    const char *cluster = "{server: s}";

    (void)state;
    fails_with(cluster, "{exec: {command: c}}", CHANDRA_EINVAL,
               "config:6:32: user.exec.apiVersion is not set");
    fails_with(
        cluster, "{exec: {apiVersion: client.authentication.k8s.io/v1alpha1}}",
        CHANDRA_EUNSUPPORTED,
        "config:6:32: user.exec.apiVersion: want client.authentication.k8s.io/v1 or /v1beta1, "
        "got \"client.authentication.k8s.io/v1alpha1\"");
    fails_with(
        cluster, "{exec: {apiVersion: v1}}", CHANDRA_EINVAL,
        "config:6:32: user.exec.apiVersion: want client.authentication.k8s.io/v1 or /v1beta1, "
        "got \"v1\"");
    fails_with(cluster, "{exec: {apiVersion: client.authentication.k8s.io/v1, command: c}}",
               CHANDRA_EINVAL,
               "config:6:32: user.exec.interactiveMode must be set with "
               "client.authentication.k8s.io/v1");
    fails_with(cluster,
               "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: never}}",
               CHANDRA_EINVAL,
               "config:6:100: user.exec.interactiveMode: want Never, IfAvailable or Always, got "
               "\"never\"");
    fails_with(cluster, "{exec: {apiVersion: client.authentication.k8s.io/v1beta1}}",
               CHANDRA_EINVAL, "config:6:32: user.exec.command is not set");
    fails_with(cluster,
               "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: c, env: [{}]}}",
               CHANDRA_EINVAL, "config:6:101: user.exec.env: want name and value");
}

/* Warnings. */

static void
count_warning(void *user, enum chandra_level level, const char *message)
{
    unsigned *count = user;

    assert_int_equal(level, CHANDRA_LOG_WARNING);
    assert_non_null(strstr(message, "insecure-skip-tls-verify is set for cluster \"c\""));
    assert_non_null(strstr(message, "config:5:"));
    (*count)++;
}

static void
warns_of_unverified_servers(void **state)
{
    unsigned count = 0;
    const struct chandra_kube_config_options options = {
        .size = sizeof(options), .kubeconfig = "config", .logger = {count_warning, &count}};
    struct chandra_kube_config *config;

    (void)state;
    write_config("config", "{server: s, insecure-skip-tls-verify: true}", "{}");
    config = load(&options);
    assert_int_equal(count, 1);
    chandra_kube_config_free(config);
}

/* The service account. */

static void
reads_the_service_account(void **state)
{
    struct chandra_kube_config config = {0};
    struct chandra_error err;

    (void)state;
    assert_false(ch_incluster_exists(in_folder("sub")));
    assert_int_equal(ch_incluster_load(&config, in_folder("sub"), &err), CHANDRA_ENOTFOUND);
    assert_non_null(strstr(err.message, "KUBERNETES_SERVICE_HOST"));
    ch_arena_clear(&config.arena);
    assert_int_equal(setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1), 0);
    assert_int_equal(setenv("KUBERNETES_SERVICE_PORT", "443", 1), 0);
    assert_false(ch_incluster_exists(in_folder("sub")));
    write_file("sub/token", "secret\n");
    assert_true(ch_incluster_exists(in_folder("sub")));
    assert_int_equal(ch_incluster_load(&config, in_folder("sub"), &err), CHANDRA_OK);
    assert_string_equal(config.name_space, "default");
    ch_arena_clear(&config.arena);

    write_file("sub/namespace", "kube-system\n");
    assert_int_equal(setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1), 0);
    assert_int_equal(ch_incluster_load(&config, in_folder("sub"), &err), CHANDRA_OK);
    assert_string_equal(config.server.text, "https://10.0.0.1:443");
    assert_string_equal(config.name_space, "kube-system");
    assert_string_equal(config.context, "in-cluster");
    assert_string_equal(config.token_file.text, in_folder("sub/token"));
    assert_string_equal(config.ca.file, in_folder("sub/ca.crt"));
    ch_arena_clear(&config.arena);
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
}

/* Memory. */

static void
survives_running_out_of_memory(void **state)
{
    const struct chandra_kube_config_options options = {.size = sizeof(options),
                                                        .kubeconfig = "config"};
    struct chandra_kube_config *config = NULL;
    enum chandra_status st = CHANDRA_ENOMEM;
    long count = 0;

    (void)state;
    write_config("config",
                 "{server: 'https://s', certificate-authority-data: " CERT_BASE64
                 ", extensions: [{name: client.authentication.k8s.io/exec, extension: {a: b}}]}",
                 "{as: a, as-groups: [b], as-user-extra: {c: [d]}, client-certificate: e, "
                 "client-key: f, exec: {apiVersion: client.authentication.k8s.io/v1beta1, "
                 "command: g/h, args: [i], env: [{name: j, value: k}], installHint: l}}");
    for (; st == CHANDRA_ENOMEM && count < 10000; count++) {
        ch_alloc_fail_after(count);
        st = chandra_kube_config_load(&options, &config, NULL);
        ch_alloc_fail_after(-1);
        assert_true(st == CHANDRA_OK || !config);
    }
    assert_int_equal(st, CHANDRA_OK);
    assert_true(count > 30);
    chandra_kube_config_free(config);
}

/* Small parts. */

static void
decodes_base64(void **state)
{
    static const char *const bad[] = {
        "a",   "ab",       "abc",  "ab=c",   "a===",
        "ab=", "ab==cd==", "abc!", "ab== x", "aB==" /* bits are left over */};
    static const char *const texts[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const codes[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct ch_buf buf = {0};

        ch_base64_put(&buf, texts[i], strlen(texts[i]));
        assert_string_equal(buf.text ? buf.text : "", codes[i]);
        ch_buf_reset(&buf);
        assert_true(ch_base64_decode(&buf, codes[i]));
        assert_string_equal(buf.text ? buf.text : "", texts[i]);
        ch_buf_clear(&buf);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct ch_buf buf = {0};

        assert_false(ch_base64_decode(&buf, bad[i]));
        ch_buf_clear(&buf);
    }
}

static void
reads_timestamps(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: none */
    } rows[] = {
        {"1970-01-01T00:00:01Z", 1},
        {"2024-02-29T12:00:00Z", 1709208000},
        {"2024-02-29T12:00:00.123456789Z", 1709208000},
        {"2024-02-29T13:30:00+01:30", 1709208000},
        {"2024-02-29T11:00:00-01:00", 1709208000},
        {"2000-12-31T23:59:60Z", 978307200},
        {"2023-02-29T12:00:00Z", -1},
        {"2024-13-01T12:00:00Z", -1},
        {"2024-01-01T24:00:00Z", -1},
        {"2024-01-01", -1},
        {"2024-01-01T00:00:00", -1},
        {"2024-01-01T00:00:00.Z", -1},
        {"2024-01-01T00:00:00Z ", -1},
        {"2024-01-01T00:00:00+1:00", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t seconds = -1;

        assert_int_equal(ch_timestamp_parse(rows[i].text, &seconds), rows[i].seconds >= 0);
        assert_int_equal(seconds, rows[i].seconds);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_context),
        cmocka_unit_test(finds_paths_beside_the_file),
        cmocka_unit_test(completes_the_server),
        cmocka_unit_test(reads_impersonation),
        cmocka_unit_test(reads_an_exec_plugin),
        cmocka_unit_test(needs_no_user),
        cmocka_unit_test(takes_entries_whole_from_the_first_file),
        cmocka_unit_test(looks_for_files_in_order),
        cmocka_unit_test(gives_way_to_what_was_asked_for),
        cmocka_unit_test(needs_no_file_when_the_server_is_given),
        cmocka_unit_test(refuses_bad_files),
        cmocka_unit_test(refuses_bad_clusters),
        cmocka_unit_test(refuses_bad_users),
        cmocka_unit_test(refuses_bad_plugins),
        cmocka_unit_test(warns_of_unverified_servers),
        cmocka_unit_test(reads_the_service_account),
        cmocka_unit_test(survives_running_out_of_memory),
        cmocka_unit_test(decodes_base64),
        cmocka_unit_test(reads_timestamps),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
