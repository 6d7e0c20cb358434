/* tls.h - what TLS needs: the authority that is trusted, our certificate and key, as PEM.
 *
 * Files are looked at again now and then, and read again when they have changed.
 */
#ifndef CH_KUBE_TLS_H
#define CH_KUBE_TLS_H

#include "kube/config.h"
#include "kube/file.h"

/* Texts that never change and are counted, since running requests borrow them. One thread. */
struct ch_tls {
    unsigned refs;
    bool is_insecure;
    char *ca;   /* NULL: the authorities of the system */
    char *cert; /* NULL: none */
    char *key;
};

struct ch_tls *ch_tls_ref(struct ch_tls *tls);
void ch_tls_unref(struct ch_tls *tls); /* NULL is fine */
/* The same but for certificate and key, which are copied. NULL: out of memory. */
struct ch_tls *ch_tls_with_cert(const struct ch_tls *tls, const char *cert, const char *key);

/* Where the texts come from. */
struct ch_tls_source {
    const struct chandra_kube_config *config;
    struct ch_tls *current;
    int64_t checked_ms;
    struct ch_file_stamp ca;
    struct ch_file_stamp cert;
    struct ch_file_stamp key;
};

/* Read everything once. Errors: EIO, EINVAL, ENOMEM. */
enum chandra_status ch_tls_source_init(struct ch_tls_source *source,
                                       const struct chandra_kube_config *config,
                                       struct chandra_error *err);
void ch_tls_source_clear(struct ch_tls_source *source);
/* Read again what has changed, looking at most every few seconds unless `is_urgent`. On failure
 * what was known stays. `*out_is_new` says whether `current` is another one. */
enum chandra_status ch_tls_source_refresh(struct ch_tls_source *source, int64_t now_ms,
                                          bool is_urgent, bool *out_is_new,
                                          struct chandra_error *err);

#endif
