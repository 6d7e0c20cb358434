/* exec_output.c - what an exec plugin has printed: an ExecCredential. */
#include "kube/exec.h"

#include "base/alloc.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "doc/value.h"

#include <string.h>

void
ch_exec_result_clear(struct ch_exec_result *result)
{
    ch_free(result->token);
    ch_free(result->cert);
    ch_free(result->key);
    *result = (struct ch_exec_result){0};
}

static enum chandra_status
check_kind(const struct ch_exec_config *exec, const struct chandra_value *root,
           struct chandra_error *err)
{
    const char *kind = NULL;
    const char *version = NULL;
    enum chandra_status st = ch_field_string(root, "", "kind", &kind, err);

    if (st == CHANDRA_OK)
        st = ch_field_string(root, "", "apiVersion", &version, err);
    if (st != CHANDRA_OK)
        return st;
    if (ch_streq(kind, "ExecCredential") && ch_streq(version, exec->api_version))
        return CHANDRA_OK;
    return chandra_error_set(err, CHANDRA_EINVAL,
                             "want an ExecCredential of %s, got kind \"%s\" of \"%s\"",
                             exec->api_version, kind ? kind : "", version ? version : "");
}

/* A copy of text member `key`; one that is missing or empty leaves NULL. */
static enum chandra_status
copy_text(const struct chandra_value *status, const char *key, char **out,
          struct chandra_error *err)
{
    const char *text = NULL;
    enum chandra_status st = ch_field_string(status, "status", key, &text, err);

    if (st != CHANDRA_OK || ch_is_empty(text))
        return st;
    *out = ch_strdup(text);
    return *out ? CHANDRA_OK : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

static enum chandra_status
read_expiry(const struct chandra_value *status, struct ch_exec_result *result,
            struct chandra_error *err)
{
    const char *text = NULL;
    enum chandra_status st = ch_field_string(status, "status", "expirationTimestamp", &text, err);

    if (st != CHANDRA_OK || ch_is_empty(text))
        return st;
    result->has_expiry = true;
    if (ch_timestamp_parse(text, &result->expires))
        return CHANDRA_OK;
    return chandra_error_set(err, CHANDRA_EINVAL, "status.expirationTimestamp: \"%s\" is no moment",
                             text);
}

static bool
is_header_text(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

static enum chandra_status
check_result(const struct ch_exec_result *result, struct chandra_error *err)
{
    if (!result->cert != !result->key)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "status: clientCertificateData and clientKeyData need each other");
    if (!result->token && !result->cert)
        return chandra_error_set(err, CHANDRA_EINVAL, "status has no token and no certificate");
    if (result->token && !is_header_text(result->token))
        return chandra_error_set(err, CHANDRA_EINVAL, "status.token is no token");
    return CHANDRA_OK;
}

static enum chandra_status
read_status(const struct chandra_value *root, struct ch_exec_result *result,
            struct chandra_error *err)
{
    const struct chandra_value *status = NULL;
    enum chandra_status st = ch_field_object(root, "", "status", &status, err);

    if (st == CHANDRA_OK && !status)
        st = chandra_error_set(err, CHANDRA_EINVAL, "it has no status");
    if (st == CHANDRA_OK)
        st = copy_text(status, "token", &result->token, err);
    if (st == CHANDRA_OK)
        st = copy_text(status, "clientCertificateData", &result->cert, err);
    if (st == CHANDRA_OK)
        st = copy_text(status, "clientKeyData", &result->key, err);
    if (st == CHANDRA_OK)
        st = read_expiry(status, result, err);
    return st == CHANDRA_OK ? check_result(result, err) : st;
}

enum chandra_status
ch_exec_parse(const struct ch_exec_config *exec, const char *text, size_t len,
              struct ch_exec_result *out_result, struct chandra_error *err)
{
    struct ch_exec_result result = {0};
    struct chandra_doc *doc = NULL;
    enum chandra_status st = chandra_doc_parse_json(text, len, "output", NULL, &doc, err);

    if (st == CHANDRA_OK)
        st = check_kind(exec, chandra_doc_root(doc, 0), err);
    if (st == CHANDRA_OK)
        st = read_status(chandra_doc_root(doc, 0), &result, err);
    if (st == CHANDRA_OK)
        *out_result = result;
    else
        ch_exec_result_clear(&result);
    chandra_doc_free(doc);
    return st;
}
