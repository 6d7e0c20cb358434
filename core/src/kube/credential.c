/* credential.c - how requests prove who we are: token, password, certificate, exec plugin. */
#include "kube/credential.h"

#include "kube/base64.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"

#include <string.h>

enum { TOKEN_READ_MS = 60000, NEVER_READ = -TOKEN_READ_MS };

struct ch_credential *
ch_credential_ref(struct ch_credential *credential)
{
    credential->refs++;
    return credential;
}

void
ch_credential_unref(struct ch_credential *credential)
{
    if (!credential || --credential->refs > 0)
        return;
    ch_free(credential->authorization);
    ch_tls_unref(credential->tls);
    ch_free(credential);
}

static void
forget_current(struct ch_credentials *credentials)
{
    ch_credential_unref(credentials->current);
    credentials->current = NULL;
}

/* Life. */

enum chandra_status
ch_credentials_init(struct ch_credentials *credentials, const struct chandra_kube_config *config,
                    const struct chandra_logger *logger, struct chandra_error *err)
{
    *credentials = (struct ch_credentials){.config = config,
                                           .logger = *logger,
                                           .plugin = {.config = config},
                                           .token_read_ms = NEVER_READ};
    return ch_tls_source_init(&credentials->tls, config, err);
}

void
ch_credentials_clear(struct ch_credentials *credentials)
{
    forget_current(credentials);
    ch_plugin_clear(&credentials->plugin);
    ch_free(credentials->token);
    ch_tls_source_clear(&credentials->tls);
}

/* Files. */

static void
refresh_tls(struct ch_credentials *credentials, int64_t now_ms, bool is_urgent)
{
    struct chandra_error err;
    bool is_new = false;

    if (ch_tls_source_refresh(&credentials->tls, now_ms, is_urgent, &is_new, &err) != CHANDRA_OK)
        ch_log(&credentials->logger, CHANDRA_LOG_WARNING, "%s; going on with what was read before",
               err.message);
    if (is_new)
        forget_current(credentials);
}

/* A token is what is left without the white space around it. */
static char *
trim(const char *text)
{
    const char *space = " \t\r\n";
    size_t len;

    text += strspn(text, space);
    len = strlen(text);
    while (len > 0 && strchr(space, text[len - 1]))
        len--;
    return ch_strndup(text, len);
}

static bool
is_token(const char *token)
{
    for (const char *c = token; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return token[0] != '\0';
}

static enum chandra_status
read_token(const char *path, char **out_token, struct chandra_error *err)
{
    char *text = NULL;
    char *token;
    size_t len = 0;
    enum chandra_status st = ch_file_read(path, &text, &len, NULL, err);

    if (st != CHANDRA_OK)
        return st == CHANDRA_ENOTFOUND ? CHANDRA_EIO : st;
    token = trim(text);
    ch_free(text);
    if (!token)
        return ch_no_memory("credentials", err);
    if (!is_token(token)) {
        ch_free(token);
        return chandra_error_set(err, CHANDRA_EIO, "%s: no token in it", path);
    }
    *out_token = token;
    return CHANDRA_OK;
}

/* Read the token's file, if it is time to. While it cannot be read, the last token is used, or that
 * of the configuration; without either there is an error. */
static enum chandra_status
refresh_token(struct ch_credentials *credentials, int64_t now_ms, struct chandra_error *err)
{
    const struct chandra_kube_config *config = credentials->config;
    struct chandra_error why;
    char *token = NULL;

    if (!config->token_file.text || now_ms - credentials->token_read_ms < TOKEN_READ_MS)
        return CHANDRA_OK;
    if (read_token(config->token_file.text, &token, &why) != CHANDRA_OK) {
        if (!credentials->token && !config->token.text)
            return chandra_error_set(err, why.status, "token of user \"%s\": %s (set at %s)",
                                     config->user, why.message, config->token_file.place);
        ch_log(&credentials->logger, CHANDRA_LOG_WARNING, "%s; going on with the last token",
               why.message);
    }
    credentials->token_read_ms = now_ms;
    if (!token)
        return CHANDRA_OK;
    if (!ch_streq(token, credentials->token))
        forget_current(credentials);
    ch_free(credentials->token);
    credentials->token = token;
    return CHANDRA_OK;
}

/* Credentials. */

static void
put_basic(struct ch_buf *line, const struct chandra_kube_config *config)
{
    struct ch_buf pair = {0};

    ch_buf_printf(&pair, "%s:%s", config->username.text ? config->username.text : "",
                  config->password.text ? config->password.text : "");
    ch_buf_puts(line, "Authorization: Basic ");
    if (ch_buf_ok(&pair))
        ch_base64_put(line, pair.text, pair.len);
    line->failed |= pair.failed;
    ch_buf_clear(&pair);
}

static bool
needs_plugin(const struct chandra_kube_config *config)
{
    return config->exec && !config->token.text && !config->token_file.text &&
           !config->username.text && !config->password.text;
}

/* The Authorization header, if there is to be one. False: out of memory. */
static bool
make_authorization(const struct ch_credentials *credentials, char **out_line)
{
    const struct chandra_kube_config *config = credentials->config;
    const char *token = credentials->token ? credentials->token : config->token.text;
    struct ch_buf line = {0};

    *out_line = NULL;
    if (needs_plugin(config))
        token = credentials->plugin.result.token;
    if (token)
        ch_buf_printf(&line, "Authorization: Bearer %s", token);
    else if (config->username.text || config->password.text)
        put_basic(&line, config);
    else
        return true;
    *out_line = ch_buf_take(&line);
    return *out_line != NULL;
}

/* A certificate that a plugin gave goes before that of the configuration. NULL: out of memory. */
static struct ch_tls *
make_tls(const struct ch_credentials *credentials)
{
    const struct ch_exec_result *result = &credentials->plugin.result;

    if (needs_plugin(credentials->config) && result->cert)
        return ch_tls_with_cert(credentials->tls.current, result->cert, result->key);
    return ch_tls_ref(credentials->tls.current);
}

/* NULL: out of memory. */
static struct ch_credential *
make_credential(const struct ch_credentials *credentials)
{
    struct ch_credential *credential = ch_calloc(1, sizeof(*credential));

    if (!credential)
        return NULL;
    credential->refs = 1;
    credential->tls = make_tls(credentials);
    if (credential->tls && make_authorization(credentials, &credential->authorization))
        return credential;
    ch_credential_unref(credential);
    return NULL;
}

enum chandra_status
ch_credentials_get(struct ch_credentials *credentials, int64_t now_ms, struct ch_credential **out,
                   struct chandra_error *err)
{
    bool is_ready = true;
    enum chandra_status st;

    refresh_tls(credentials, now_ms, false);
    st = refresh_token(credentials, now_ms, err);
    if (st == CHANDRA_OK && needs_plugin(credentials->config))
        st = ch_plugin_get(&credentials->plugin, credentials->tls.current->ca, now_ms, &is_ready,
                           err);
    if (st != CHANDRA_OK)
        return st;
    if (is_ready && !credentials->current) {
        credentials->current = make_credential(credentials);
        if (!credentials->current)
            return ch_no_memory("credentials", err);
    }
    *out = is_ready ? ch_credential_ref(credentials->current) : NULL;
    return CHANDRA_OK;
}

void
ch_credentials_work(struct ch_credentials *credentials, int64_t now_ms)
{
    if (ch_plugin_work(&credentials->plugin, now_ms))
        forget_current(credentials);
}

bool
ch_credentials_wait(const struct ch_credentials *credentials, int fds[CH_EXEC_FDS])
{
    const struct ch_exec *exec = credentials->plugin.exec;

    if (exec)
        ch_exec_fds(exec, fds);
    return exec != NULL;
}

/* Renewing. */

bool
ch_credentials_renew(struct ch_credentials *credentials, const struct ch_credential *credential,
                     int64_t now_ms)
{
    struct chandra_error err;

    if (credential != credentials->current)
        return true; /* somebody has renewed it meanwhile */
    if (needs_plugin(credentials->config)) {
        ch_plugin_forget(&credentials->plugin);
        forget_current(credentials);
        return true;
    }
    refresh_tls(credentials, now_ms, true);
    credentials->token_read_ms = NEVER_READ;
    if (refresh_token(credentials, now_ms, &err) != CHANDRA_OK)
        return false;
    return credential != credentials->current;
}

bool
ch_credentials_renew_authority(struct ch_credentials *credentials, int64_t now_ms)
{
    struct ch_tls *before = ch_tls_ref(credentials->tls.current);
    bool is_new;

    refresh_tls(credentials, now_ms, true);
    is_new = before != credentials->tls.current;
    ch_tls_unref(before);
    return is_new;
}
