/* exec_info.c - what an exec plugin is told: the cluster, in a variable of its environment. */
#include "kube/base64.h"
#include "kube/exec.h"

#include "base/alloc.h"
#include "doc/value.h"

#include <string.h>

extern char **environ;

static void
put_text(struct ch_buf *json, const char *key, const char *text)
{
    if (!text)
        return;
    ch_buf_printf(json, ",\"%s\":", key);
    ch_json_put_string(json, text);
}

static void
put_cluster(struct ch_buf *json, const struct chandra_kube_config *config, const char *ca)
{
    ch_buf_puts(json, ",\"cluster\":{\"server\":");
    ch_json_put_string(json, config->server.text);
    put_text(json, "tls-server-name", config->tls_server_name.text);
    if (config->is_insecure)
        ch_buf_puts(json, ",\"insecure-skip-tls-verify\":true");
    if (ca) {
        ch_buf_puts(json, ",\"certificate-authority-data\":\"");
        ch_base64_put(json, ca, strlen(ca));
        ch_buf_putc(json, '"');
    }
    put_text(json, "proxy-url", config->proxy.text);
    if (config->is_uncompressed)
        ch_buf_puts(json, ",\"disable-compression\":true");
    if (config->exec_cluster)
        ch_buf_printf(json, ",\"config\":%s", config->exec_cluster);
    ch_buf_putc(json, '}');
}

void
ch_exec_put_info(struct ch_buf *json, const struct chandra_kube_config *config, const char *ca,
                 bool is_interactive)
{
    ch_buf_puts(json, "{\"kind\":\"ExecCredential\",\"apiVersion\":");
    ch_json_put_string(json, config->exec->api_version);
    ch_buf_printf(json, ",\"spec\":{\"interactive\":%s", is_interactive ? "true" : "false");
    if (config->exec->is_told_cluster)
        put_cluster(json, config, ca);
    ch_buf_puts(json, "}}");
}

/* Whether two variables ("NAME=VALUE") have the same name. */
static bool
is_same_variable(const char *a, const char *b)
{
    const size_t len = strcspn(a, "=");

    return strncmp(a, b, len) == 0 && b[len] == '=';
}

static bool
is_replaced(const char *variable, const struct ch_exec_config *exec, const char *info)
{
    bool is = is_same_variable(info, variable);

    for (size_t i = 0; !is && exec->env[i]; i++)
        is = is_same_variable(exec->env[i], variable);
    return is;
}

char **
ch_exec_environment(const struct ch_exec_config *exec, const char *info)
{
    size_t count = 2; /* the info, and the NULL at the end */
    size_t used = 0;
    char **variables;

    for (size_t i = 0; environ && environ[i]; i++)
        count++;
    for (size_t i = 0; exec->env[i]; i++)
        count++;
    variables = ch_calloc(count, sizeof(*variables));
    if (!variables)
        return NULL;
    for (size_t i = 0; environ && environ[i]; i++)
        if (!is_replaced(environ[i], exec, info))
            variables[used++] = environ[i];
    /* posix_spawn() takes strings that it may not change without saying so. */
    for (size_t i = 0; exec->env[i]; i++)
        if (!is_same_variable(info, exec->env[i]))
            variables[used++] = (char *)(uintptr_t)exec->env[i];
    variables[used] = (char *)(uintptr_t)info;
    return variables;
}
