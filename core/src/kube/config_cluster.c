/* config_cluster.c - the cluster of a kubeconfig: where the API server is and how to know it. */
#include "kube/config.h"

#include "base/buf.h"
#include "base/text.h"
#include "doc/value.h"

#include <string.h>
#include <strings.h>

static bool
has_scheme(const char *url, const char *scheme)
{
    return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/* An URL without a scheme is https if the cluster says anything about TLS, as with kubectl; and it
 * ends without slashes, so that paths can follow. */
static enum chandra_status
complete_server(struct chandra_kube_config *config, struct chandra_error *err)
{
    const char *text = config->server.text;
    const bool has_tls = config->ca.data || config->ca.file || config->is_insecure;
    size_t len = strlen(text);
    const char *scheme = "";
    struct ch_buf buf = {0};
    const char *url;

    if (!strstr(text, "://"))
        scheme = has_tls ? "https://" : "http://";
    else if (!has_scheme(text, "https://") && !has_scheme(text, "http://"))
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: server \"%s\": want https:// or http://",
                                 config->server.place, text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    ch_buf_puts(&buf, scheme);
    ch_buf_put(&buf, text, len);
    url = ch_buf_ok(&buf) ? ch_arena_strdup(&config->arena, buf.text) : NULL;
    ch_buf_clear(&buf);
    if (!url)
        return ch_config_no_memory(err);
    config->server.text = url;
    return CHANDRA_OK;
}

static enum chandra_status
check_proxy(const struct chandra_kube_config *config, struct chandra_error *err)
{
    static const char *const schemes[] = {"http://", "https://", "socks5://", "socks5h://"};
    const char *text = config->proxy.text;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (!text || has_scheme(text, schemes[i]))
            return CHANDRA_OK;
    return chandra_error_set(err, CHANDRA_EINVAL,
                             "%s: proxy-url \"%s\": want http://, https:// or socks5://",
                             config->proxy.place, text);
}

static enum chandra_status
read_fields(struct chandra_kube_config *config, const struct ch_config_entry *entry,
            struct chandra_error *err)
{
    enum chandra_status st =
        ch_config_read_pem(config, entry, "certificate-authority", &config->ca, err);

    /* A server that was asked for by hand stays. */
    if (st == CHANDRA_OK && !config->server.text)
        st = ch_config_read(config, entry, "server", &config->server, err);
    if (st == CHANDRA_OK)
        st = ch_config_read(config, entry, "tls-server-name", &config->tls_server_name, err);
    if (st == CHANDRA_OK)
        st = ch_config_read(config, entry, "proxy-url", &config->proxy, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(entry->body, entry->path, "insecure-skip-tls-verify",
                           &config->is_insecure, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(entry->body, entry->path, "disable-compression",
                           &config->is_uncompressed, err);
    if (st == CHANDRA_OK)
        st = ch_config_read_exec_cluster(config, entry, err);
    return st;
}

enum chandra_status
ch_config_read_cluster(struct chandra_kube_config *config, const struct ch_config_entry *entry,
                       struct chandra_error *err)
{
    enum chandra_status st = entry->body ? read_fields(config, entry, err) : CHANDRA_OK;

    if (st != CHANDRA_OK)
        return st;
    if (config->is_insecure && (config->ca.data || config->ca.file))
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "%s: a certificate authority is of no use with "
                                 "insecure-skip-tls-verify",
                                 config->ca.place);
    if (!config->server.text)
        return ch_value_error(entry->body, err, CHANDRA_EINVAL, "cluster \"%s\" has no server",
                              config->cluster);
    st = check_proxy(config, err);
    return st == CHANDRA_OK ? complete_server(config, err) : st;
}
