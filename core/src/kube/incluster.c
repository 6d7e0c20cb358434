/* incluster.c - the service account that is mounted into a pod, and the service's environment. */
#include "kube/config.h"
#include "kube/file.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
host(void)
{
    return getenv("KUBERNETES_SERVICE_HOST");
}

static const char *
port(void)
{
    return getenv("KUBERNETES_SERVICE_PORT");
}

/* "DIRECTORY/NAME" in the configuration's arena; NULL: out of memory. */
static const char *
file_of(struct chandra_kube_config *config, const char *directory, const char *name)
{
    return ch_config_absolute(config, directory, name);
}

bool
ch_incluster_exists(const char *directory)
{
    struct ch_buf path = {0};
    bool exists;

    ch_buf_printf(&path, "%s/token", directory);
    exists = !ch_is_empty(host()) && !ch_is_empty(port()) && ch_buf_ok(&path) &&
             access(path.text, F_OK) == 0;
    ch_buf_clear(&path);
    return exists;
}

static enum chandra_status
set_server(struct chandra_kube_config *config, struct chandra_error *err)
{
    const bool is_ipv6 = strchr(host(), ':') != NULL;
    struct ch_buf url = {0};

    ch_buf_printf(&url, is_ipv6 ? "https://[%s]:%s" : "https://%s:%s", host(), port());
    if (ch_buf_ok(&url))
        config->server.text = ch_arena_strdup(&config->arena, url.text);
    config->server.place = "KUBERNETES_SERVICE_HOST";
    ch_buf_clear(&url);
    return config->server.text ? CHANDRA_OK : ch_config_no_memory(err);
}

/* Not every mount has a namespace. */
static enum chandra_status
set_namespace(struct chandra_kube_config *config, const char *path, struct chandra_error *err)
{
    char *text = NULL;
    size_t len = 0;
    enum chandra_status st = ch_file_read(path, &text, &len, NULL, err);

    config->name_space = "default";
    if (st == CHANDRA_ENOTFOUND)
        return CHANDRA_OK;
    if (st != CHANDRA_OK)
        return st;
    len = strcspn(text, " \t\r\n");
    if (len > 0)
        config->name_space = ch_arena_strndup(&config->arena, text, len);
    ch_free(text);
    return config->name_space ? CHANDRA_OK : ch_config_no_memory(err);
}

enum chandra_status
ch_incluster_load(struct chandra_kube_config *config, const char *directory,
                  struct chandra_error *err)
{
    const char *token = file_of(config, directory, "token");
    const char *ca = file_of(config, directory, "ca.crt");
    const char *name_space = file_of(config, directory, "namespace");

    if (!token || !ca || !name_space)
        return ch_config_no_memory(err);
    if (ch_is_empty(host()) || ch_is_empty(port()))
        return chandra_error_set(err, CHANDRA_ENOTFOUND,
                                 "%s: a service account is of no use outside a cluster: "
                                 "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set",
                                 token);
    config->context = "in-cluster";
    config->cluster = "in-cluster";
    config->user = "service account";
    config->user_place = token;
    config->token_file = (struct ch_setting){token, token};
    config->ca = (struct ch_pem){NULL, ca, ca};
    if (set_server(config, err) != CHANDRA_OK)
        return CHANDRA_ENOMEM;
    return set_namespace(config, name_space, err);
}
