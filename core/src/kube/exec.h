/* exec.h - exec plugins: programs that print a credential (client.authentication.k8s.io).
 *
 * A plugin runs beside the transport's thread, which looks after it now and then.
 */
#ifndef CH_KUBE_EXEC_H
#define CH_KUBE_EXEC_H

#include "kube/config.h"

#include "base/buf.h"

struct ch_exec; /* a plugin that is running */

/* What a plugin has printed: a token, or a certificate and its key, or all of them. */
struct ch_exec_result {
    char *token;
    char *cert;
    char *key;
    bool has_expiry;
    int64_t expires; /* seconds since 1970 */
};

void ch_exec_result_clear(struct ch_exec_result *result);

/* Start the configuration's plugin. `ca` is the PEM of the cluster's authority, or NULL. Errors:
 * EIO (naming the command, with its hint on how to install it), ENOMEM. */
enum chandra_status ch_exec_start(const struct chandra_kube_config *config, const char *ca,
                                  int64_t now_ms, struct ch_exec **out_exec,
                                  struct chandra_error *err);
enum { CH_EXEC_FDS = 2, CH_EXEC_LOOK_MS = 50 };
/* What to wait for; negative ones are closed. Look every CH_EXEC_LOOK_MS, too: the end of a process
 * shows nowhere. */
void ch_exec_fds(const struct ch_exec *exec, int fds[CH_EXEC_FDS]);
/* Read what it has printed, and end it if it takes too long; true: it has ended. */
bool ch_exec_has_ended(struct ch_exec *exec, int64_t now_ms);
/* Free a plugin that has ended, and tell what came of it. Errors: EIO, EPARSE, EINVAL, ENOMEM. */
enum chandra_status ch_exec_finish(struct ch_exec *exec, struct ch_exec_result *out_result,
                                   struct chandra_error *err);
/* Kill and free; NULL is fine. */
void ch_exec_kill(struct ch_exec *exec);

/* exec_info.c: what a plugin is told. */

/* The object in KUBERNETES_EXEC_INFO. */
void ch_exec_put_info(struct ch_buf *json, const struct chandra_kube_config *config, const char *ca,
                      bool is_interactive);
/* Our environment, with the plugin's variables and `info` in place of those of the same name;
 * NULL-terminated, for ch_free(); its strings are borrowed. NULL: out of memory. */
char **ch_exec_environment(const struct ch_exec_config *exec, const char *info);

/* exec_output.c: what a plugin has said. */

enum chandra_status ch_exec_parse(const struct ch_exec_config *exec, const char *text, size_t len,
                                  struct ch_exec_result *out_result, struct chandra_error *err);

#endif
