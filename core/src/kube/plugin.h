/* plugin.h - the credential of an exec plugin: kept until it expires, run for again then. */
#ifndef CH_KUBE_PLUGIN_H
#define CH_KUBE_PLUGIN_H

#include "kube/exec.h"

struct ch_plugin {
    const struct chandra_kube_config *config;
    struct ch_exec *exec; /* while it runs */
    bool has_result;
    struct ch_exec_result result;
    struct chandra_error failure; /* of the last run */
    int64_t failed_until_ms;      /* while it counts, so that not each request makes a run fail */
};

/* Whether the result can be used; if not, the plugin is started or runs already. `ca` is what it is
 * told about the cluster. Errors: those of ch_exec_start() and ch_exec_finish(). */
enum chandra_status ch_plugin_get(struct ch_plugin *plugin, const char *ca, int64_t now_ms,
                                  bool *out_is_ready, struct chandra_error *err);
/* Look after a running plugin; true: there is a new result. */
bool ch_plugin_work(struct ch_plugin *plugin, int64_t now_ms);
/* The result is of no use. */
void ch_plugin_forget(struct ch_plugin *plugin);
void ch_plugin_clear(struct ch_plugin *plugin);

#endif
