/* credential.h - how requests prove who we are: token, password, certificate, exec plugin.
 *
 * What expires or is refused is renewed: a token's file is read again every minute and after a 401,
 * a plugin runs again. A token or password that is set is used in place of a plugin. Everything is
 * for the transport's thread.
 */
#ifndef CH_KUBE_CREDENTIAL_H
#define CH_KUBE_CREDENTIAL_H

#include "kube/plugin.h"
#include "kube/tls.h"

/* What is used at one moment. Counted, since requests compare what was refused with what is known.
 */
struct ch_credential {
    unsigned refs;
    char *authorization; /* a header line, or NULL */
    struct ch_tls *tls;
};

struct ch_credential *ch_credential_ref(struct ch_credential *credential);
void ch_credential_unref(struct ch_credential *credential); /* NULL is fine */

struct ch_credentials {
    const struct chandra_kube_config *config;
    struct chandra_logger logger;
    struct ch_tls_source tls;
    struct ch_plugin plugin;
    char *token; /* of the file */
    int64_t token_read_ms;
    struct ch_credential *current; /* NULL: to be made of the above */
};

/* Errors: EIO, EINVAL, ENOMEM. */
enum chandra_status ch_credentials_init(struct ch_credentials *credentials,
                                        const struct chandra_kube_config *config,
                                        const struct chandra_logger *logger,
                                        struct chandra_error *err);
void ch_credentials_clear(struct ch_credentials *credentials);
/* What to use now; *out is NULL while an exec plugin runs. Ownership: caller unrefs. Errors: EIO,
 * ENOMEM and others, naming where the user is set. */
enum chandra_status ch_credentials_get(struct ch_credentials *credentials, int64_t now_ms,
                                       struct ch_credential **out, struct chandra_error *err);
/* Look after an exec plugin that runs. */
void ch_credentials_work(struct ch_credentials *credentials, int64_t now_ms);
/* Whether one runs, and what to wait for then. */
bool ch_credentials_wait(const struct ch_credentials *credentials, int fds[CH_EXEC_FDS]);
/* The server has refused `credential`: whether there is, or soon will be, another one to try. */
bool ch_credentials_renew(struct ch_credentials *credentials,
                          const struct ch_credential *credential, int64_t now_ms);
/* The server's certificate was not trusted: whether the authority's file holds another one now. */
bool ch_credentials_renew_authority(struct ch_credentials *credentials, int64_t now_ms);

#endif
