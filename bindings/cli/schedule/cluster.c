/* cluster.c - from the cluster flags to a configuration and a transport. */
#include "schedule/cluster.h"

enum chandra_status
cluster_load(const struct cluster_options *options, struct chandra_logger logger,
             struct chandra_kube_config **out_config, struct chandra_error *err)
{
    const struct chandra_kube_config_options config = {
        .size = sizeof(config),
        .kubeconfig = options->kubeconfig,
        .context = options->context,
        .cluster = options->cluster,
        .user = options->user,
        .server = options->server,
        .logger = logger,
    };

    return chandra_kube_config_load(&config, out_config, err);
}

struct chandra_kube_options
cluster_kube_options(const struct cluster_options *options, struct chandra_logger logger)
{
    return (struct chandra_kube_options){
        .size = sizeof(struct chandra_kube_options),
        .qps = options->qps,
        .burst = (int)options->burst,
        .request_timeout_ms = options->request_timeout_ms,
        .watch_idle_ms = options->watch_idle_ms,
        .logger = logger,
    };
}
