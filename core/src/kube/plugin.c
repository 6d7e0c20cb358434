/* plugin.c - the credential of an exec plugin: kept until it expires, run for again then. */
#include "kube/plugin.h"

#include <time.h>

enum { FAILURE_COUNTS_MS = 1000 };

static bool
has_expired(const struct ch_exec_result *result)
{
    return result->has_expiry && (int64_t)time(NULL) >= result->expires;
}

enum chandra_status
ch_plugin_get(struct ch_plugin *plugin, const char *ca, int64_t now_ms, bool *out_is_ready,
              struct chandra_error *err)
{
    enum chandra_status st;

    if (plugin->has_result && has_expired(&plugin->result))
        ch_plugin_forget(plugin);
    *out_is_ready = plugin->has_result;
    if (plugin->has_result || plugin->exec)
        return CHANDRA_OK;
    if (now_ms < plugin->failed_until_ms)
        return chandra_error_set(err, plugin->failure.status, "%s", plugin->failure.message);
    st = ch_exec_start(plugin->config, ca, now_ms, &plugin->exec, &plugin->failure);
    if (st == CHANDRA_OK)
        return st;
    plugin->failed_until_ms = now_ms + FAILURE_COUNTS_MS;
    return chandra_error_set(err, st, "%s", plugin->failure.message);
}

bool
ch_plugin_work(struct ch_plugin *plugin, int64_t now_ms)
{
    struct ch_exec *exec = plugin->exec;

    if (!exec || !ch_exec_has_ended(exec, now_ms))
        return false;
    plugin->exec = NULL;
    plugin->has_result = ch_exec_finish(exec, &plugin->result, &plugin->failure) == CHANDRA_OK;
    if (!plugin->has_result)
        plugin->failed_until_ms = now_ms + FAILURE_COUNTS_MS;
    return plugin->has_result;
}

void
ch_plugin_forget(struct ch_plugin *plugin)
{
    ch_exec_result_clear(&plugin->result);
    plugin->has_result = false;
}

void
ch_plugin_clear(struct ch_plugin *plugin)
{
    ch_exec_kill(plugin->exec);
    plugin->exec = NULL;
    ch_plugin_forget(plugin);
}
