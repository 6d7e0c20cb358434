/* tls.c - what TLS needs: the authority that is trusted, our certificate and key, as PEM. */
#include "kube/tls.h"

#include "base/alloc.h"

#include <string.h>

enum { CHECK_MS = 5000 };

struct ch_tls *
ch_tls_ref(struct ch_tls *tls)
{
    tls->refs++;
    return tls;
}

void
ch_tls_unref(struct ch_tls *tls)
{
    if (!tls || --tls->refs > 0)
        return;
    ch_free(tls->ca);
    ch_free(tls->cert);
    ch_free(tls->key);
    ch_free(tls);
}

struct ch_tls *
ch_tls_with_cert(const struct ch_tls *tls, const char *cert, const char *key)
{
    struct ch_tls *copy = ch_calloc(1, sizeof(*copy));

    if (!copy)
        return NULL;
    copy->refs = 1;
    copy->is_insecure = tls->is_insecure;
    copy->ca = ch_strdup(tls->ca);
    copy->cert = ch_strdup(cert);
    copy->key = ch_strdup(key);
    if ((!tls->ca || copy->ca) && copy->cert && copy->key)
        return copy;
    ch_tls_unref(copy);
    return NULL;
}

/* Reading. */

static enum chandra_status
read_text(const struct ch_pem *pem, char **out_text, struct ch_file_stamp *out_stamp,
          struct chandra_error *err)
{
    struct chandra_error why;
    size_t len = 0;
    enum chandra_status st;

    if (pem->file) {
        st = ch_file_read(pem->file, out_text, &len, out_stamp, &why);
        if (st == CHANDRA_OK)
            return st;
        return chandra_error_set(err, st == CHANDRA_ENOTFOUND ? CHANDRA_EIO : st, "%s (set at %s)",
                                 why.message, pem->place);
    }
    *out_text = ch_strdup(pem->data);
    return *out_text || !pem->data ? CHANDRA_OK : ch_no_memory("certificates", err);
}

/* The PEM, which must have a block that ends in `kind`. */
static enum chandra_status
read_pem(const struct ch_pem *pem, const char *kind, char **out_text,
         struct ch_file_stamp *out_stamp, struct chandra_error *err)
{
    char *text = NULL;
    enum chandra_status st = read_text(pem, &text, out_stamp, err);

    if (st == CHANDRA_OK && text && !strstr(text, kind))
        st = chandra_error_set(err, CHANDRA_EINVAL, "%s%s%s: want PEM with a %.*s in it",
                               pem->place, pem->file ? ": " : "", pem->file ? pem->file : "",
                               (int)strcspn(kind, "-"), kind);
    if (st == CHANDRA_OK)
        *out_text = text;
    else
        ch_free(text);
    return st;
}

static enum chandra_status
read_tls(struct ch_tls_source *source, struct ch_tls **out_tls, struct chandra_error *err)
{
    static const char certificate[] = "CERTIFICATE-----";
    const struct chandra_kube_config *config = source->config;
    struct ch_tls *tls = ch_calloc(1, sizeof(*tls));
    enum chandra_status st;

    if (!tls)
        return ch_no_memory("certificates", err);
    tls->refs = 1;
    tls->is_insecure = config->is_insecure;
    st = read_pem(&config->ca, certificate, &tls->ca, &source->ca, err);
    if (st == CHANDRA_OK)
        st = read_pem(&config->cert, certificate, &tls->cert, &source->cert, err);
    if (st == CHANDRA_OK)
        st = read_pem(&config->key, "PRIVATE KEY-----", &tls->key, &source->key, err);
    if (st == CHANDRA_OK)
        *out_tls = tls;
    else
        ch_tls_unref(tls);
    return st;
}

enum chandra_status
ch_tls_source_init(struct ch_tls_source *source, const struct chandra_kube_config *config,
                   struct chandra_error *err)
{
    *source = (struct ch_tls_source){.config = config};
    return read_tls(source, &source->current, err);
}

void
ch_tls_source_clear(struct ch_tls_source *source)
{
    ch_tls_unref(source->current);
    *source = (struct ch_tls_source){0};
}

static bool
has_changed(const struct ch_pem *pem, const struct ch_file_stamp *stamp)
{
    return pem->file && ch_file_has_changed(pem->file, stamp);
}

enum chandra_status
ch_tls_source_refresh(struct ch_tls_source *source, int64_t now_ms, bool is_urgent,
                      bool *out_is_new, struct chandra_error *err)
{
    const struct chandra_kube_config *config = source->config;
    struct ch_tls *tls = NULL;
    enum chandra_status st;

    *out_is_new = false;
    if (!is_urgent && now_ms - source->checked_ms < CHECK_MS)
        return CHANDRA_OK;
    source->checked_ms = now_ms;
    if (!has_changed(&config->ca, &source->ca) && !has_changed(&config->cert, &source->cert) &&
        !has_changed(&config->key, &source->key))
        return CHANDRA_OK;
    st = read_tls(source, &tls, err);
    if (st != CHANDRA_OK)
        return st;
    ch_tls_unref(source->current);
    source->current = tls;
    *out_is_new = true;
    return CHANDRA_OK;
}
