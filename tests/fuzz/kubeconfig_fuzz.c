/* kubeconfig_fuzz.c - a kubeconfig file, everything that is read from it; and what a plugin prints.
 */
#include "kube/config.h"
#include "kube/exec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sum of all bytes, so that reading cannot be left out. */
static size_t sum;

static void
touch(const char *text)
{
    for (; text && *text; text++)
        sum += (unsigned char)*text;
}

static void
touch_exec(const struct ch_exec_config *exec)
{
    for (size_t i = 0; exec->args[i]; i++)
        touch(exec->args[i]);
    for (size_t i = 0; exec->env[i]; i++)
        touch(exec->env[i]);
    touch(exec->install_hint);
}

/* A header must stay one line. */
static void
check_headers(const struct chandra_kube_config *config)
{
    for (const struct ch_header *header = config->impersonation; header; header = header->next)
        if (strpbrk(header->line, "\r\n"))
            abort();
}

static void
touch_config(const struct chandra_kube_config *config)
{
    struct ch_buf info = {0};

    touch(chandra_kube_config_context(config));
    touch(chandra_kube_config_namespace(config));
    touch(chandra_kube_config_server(config));
    touch(config->ca.data);
    touch(config->cert.file);
    touch(config->token.text);
    check_headers(config);
    if (!config->server.place || !config->user_place || (config->ca.data && config->ca.file))
        abort();
    if (!config->exec)
        return;
    touch_exec(config->exec);
    ch_exec_put_info(&info, config, config->ca.data, true);
    touch(info.text);
    ch_buf_clear(&info);
}

/* One file, written again and again; it has no name but its descriptor's. */
static const char *
put_file(const uint8_t *data, size_t size)
{
    static char path[] = "/tmp/chandra-fuzz-XXXXXX";
    static int fd = -1;

    if (fd < 0) {
        fd = mkstemp(path);
        if (fd < 0 || unlink(path) != 0)
            abort();
        snprintf(path, sizeof(path), "/dev/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    return path;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ch_exec_config exec = {.api_version = "client.authentication.k8s.io/v1"};
    const struct chandra_kube_config_options options = {.size = sizeof(options),
                                                        .kubeconfig = put_file(data, size)};
    struct chandra_kube_config *config = NULL;
    struct ch_exec_result result = {0};
    struct chandra_error err;

    if (chandra_kube_config_load(&options, &config, &err) == CHANDRA_OK)
        touch_config(config);
    else
        touch(err.message);
    chandra_kube_config_free(config);
    if (ch_exec_parse(&exec, (const char *)data, size, &result, &err) == CHANDRA_OK &&
        !result.token && !result.cert)
        abort();
    ch_exec_result_clear(&result);
    return 0;
}
