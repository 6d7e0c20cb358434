/* config_user.c - the user of a kubeconfig: how we prove who we are, and whom we act for. */
#include "kube/config.h"

#include "base/buf.h"
#include "base/text.h"
#include "doc/value.h"

#include <ctype.h>
#include <string.h>

/* Impersonation. */

/* A header cannot hold control characters: they could begin another one. */
static bool
is_header_text(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static enum chandra_status
add_header(struct chandra_kube_config *config, const char *name, const char *value,
           struct chandra_error *err)
{
    struct ch_header *header = ch_arena_calloc(&config->arena, 1, sizeof(*header));
    struct ch_buf line = {0};

    if (!is_header_text(value))
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: %s: a control character in \"%s\"",
                                 config->user_place, name, value);
    ch_buf_printf(&line, "%s: %s", name, value);
    if (header && ch_buf_ok(&line))
        header->line = ch_arena_strdup(&config->arena, line.text);
    ch_buf_clear(&line);
    if (!header || !header->line)
        return ch_config_no_memory(err);
    header->next = config->impersonation;
    config->impersonation = header;
    return CHANDRA_OK;
}

/* "Impersonate-Extra-" and the key, with what a header's name cannot hold percent-encoded. */
static void
put_extra_name(struct ch_buf *buf, const char *key)
{
    ch_buf_puts(buf, "Impersonate-Extra-");
    for (; *key; key++) {
        const unsigned char c = (unsigned char)*key;

        if (isalnum(c) || (c && strchr("!#$&'*+-.^_`|~", c)))
            ch_buf_putc(buf, *key);
        else
            ch_buf_printf(buf, "%%%02X", c);
    }
}

static enum chandra_status
add_extra(struct chandra_kube_config *config, const char *key, const char *const *values,
          struct chandra_error *err)
{
    struct ch_buf name = {0};
    enum chandra_status st = CHANDRA_OK;

    put_extra_name(&name, key);
    if (!ch_buf_ok(&name))
        st = ch_config_no_memory(err);
    for (; st == CHANDRA_OK && *values; values++)
        st = add_header(config, name.text, *values, err);
    ch_buf_clear(&name);
    return st;
}

static enum chandra_status
read_extras(struct chandra_kube_config *config, const struct ch_config_entry *entry,
            struct chandra_error *err)
{
    struct ch_config_entry extra = {entry->file, NULL, "user.as-user-extra"};
    enum chandra_status st =
        ch_field_object(entry->body, entry->path, "as-user-extra", &extra.body, err);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(extra.body); i++) {
        const char *key = chandra_value_key(extra.body, i);
        const char **values = NULL;

        st = ch_config_read_texts(config, &extra, key, 0, &values, err);
        if (st == CHANDRA_OK)
            st = add_extra(config, key, values, err);
    }
    return st;
}

static enum chandra_status
read_groups(struct chandra_kube_config *config, const struct ch_config_entry *entry,
            struct chandra_error *err)
{
    const char **groups = NULL;
    enum chandra_status st = ch_config_read_texts(config, entry, "as-groups", 0, &groups, err);

    for (size_t i = 0; st == CHANDRA_OK && groups[i]; i++)
        st = add_header(config, "Impersonate-Group", groups[i], err);
    return st;
}

static enum chandra_status
read_impersonation(struct chandra_kube_config *config, const struct ch_config_entry *entry,
                   struct chandra_error *err)
{
    struct ch_setting as = {0};
    struct ch_setting as_uid = {0};
    enum chandra_status st = ch_config_read(config, entry, "as", &as, err);

    if (st == CHANDRA_OK)
        st = ch_config_read(config, entry, "as-uid", &as_uid, err);
    if (st == CHANDRA_OK && as_uid.text)
        st = add_header(config, "Impersonate-Uid", as_uid.text, err);
    if (st == CHANDRA_OK)
        st = read_groups(config, entry, err);
    if (st == CHANDRA_OK)
        st = read_extras(config, entry, err);
    if (st == CHANDRA_OK && config->impersonation && !as.text)
        st = ch_value_error(entry->body, err, CHANDRA_EINVAL,
                            "user: as-uid, as-groups and as-user-extra need as");
    if (st == CHANDRA_OK && as.text)
        st = add_header(config, "Impersonate-User", as.text, err);
    return st;
}

/* Credentials. */

static enum chandra_status
refuse_auth_provider(const struct ch_config_entry *entry, struct chandra_error *err)
{
    const struct chandra_value *provider = chandra_value_get(entry->body, "auth-provider");
    const char *name = chandra_value_string(chandra_value_get(provider, "name"));

    if (chandra_value_type(provider) == CHANDRA_NULL)
        return CHANDRA_OK;
    return ch_value_error(provider, err, CHANDRA_EUNSUPPORTED,
                          "user.auth-provider \"%s\" was removed from Kubernetes 1.26; use an exec "
                          "plugin, such as %s",
                          name ? name : "",
                          ch_streq(name, "gcp")     ? "gke-gcloud-auth-plugin"
                          : ch_streq(name, "azure") ? "kubelogin"
                                                    : "kubectl oidc-login");
}

static enum chandra_status
read_secrets(struct chandra_kube_config *config, const struct ch_config_entry *entry,
             struct chandra_error *err)
{
    enum chandra_status st = ch_config_read(config, entry, "token", &config->token, err);

    if (st == CHANDRA_OK)
        st = ch_config_read_path(config, entry, "tokenFile", &config->token_file, err);
    if (st == CHANDRA_OK)
        st = ch_config_read(config, entry, "username", &config->username, err);
    if (st == CHANDRA_OK)
        st = ch_config_read(config, entry, "password", &config->password, err);
    if (st == CHANDRA_OK)
        st = ch_config_read_pem(config, entry, "client-certificate", &config->cert, err);
    if (st == CHANDRA_OK)
        st = ch_config_read_pem(config, entry, "client-key", &config->key, err);
    return st;
}

static enum chandra_status
check_secrets(const struct chandra_kube_config *config, const struct ch_config_entry *entry,
              struct chandra_error *err)
{
    const bool has_token = config->token.text || config->token_file.text;
    const bool has_basic = config->username.text || config->password.text;
    const bool has_cert = config->cert.data || config->cert.file;
    const bool has_key = config->key.data || config->key.file;

    if (has_token && has_basic)
        return ch_value_error(entry->body, err, CHANDRA_EINVAL,
                              "user: both a token and a username or password are set");
    if (has_cert != has_key)
        return ch_value_error(entry->body, err, CHANDRA_EINVAL, "user: client-%s is set without %s",
                              has_cert ? "certificate" : "key",
                              has_cert ? "client-key" : "client-certificate");
    if (config->token.text && !is_header_text(config->token.text))
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: user.token: a control character in it",
                                 config->token.place);
    return CHANDRA_OK;
}

enum chandra_status
ch_config_read_user(struct chandra_kube_config *config, const struct ch_config_entry *entry,
                    struct chandra_error *err)
{
    enum chandra_status st;

    config->user_place = ch_config_place(config, entry->body);
    st = config->user_place ? refuse_auth_provider(entry, err) : ch_config_no_memory(err);
    if (st == CHANDRA_OK)
        st = read_secrets(config, entry, err);
    if (st == CHANDRA_OK)
        st = check_secrets(config, entry, err);
    if (st == CHANDRA_OK)
        st = read_impersonation(config, entry, err);
    if (st == CHANDRA_OK)
        st = ch_config_read_exec(config, entry, err);
    return st;
}
