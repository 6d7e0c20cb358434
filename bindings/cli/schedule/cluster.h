/* cluster.h - the flags that say which API server, and the way to it. */
#ifndef CHANDRA_CLI_CLUSTER_H
#define CHANDRA_CLI_CLUSTER_H

#include "cli.h"

#include <chandra/kube.h>
#include <stdint.h>

struct chandra_transport;

/* As kubectl's and kube-scheduler's flags. */
struct cluster_options {
    const char *kubeconfig;
    const char *context;
    const char *cluster;
    const char *user;
    const char *server;
    int64_t request_timeout_ms;
    int64_t watch_idle_ms;
    double qps;
    int64_t burst;
};

/* NOLINTBEGIN(bugprone-macro-parentheses): names of types and members cannot have them. */

/* Flags for a command whose options have a struct cluster_options `field`. */
#define CLUSTER_FLAGS(options, field)                                                         \
    {.name = "kubeconfig",                                                                    \
     .type = CLI_STRING,                                                                      \
     .offset = offsetof(struct options, field.kubeconfig),                                    \
     .placeholder = "FILE",                                                                   \
     .help = "Read the kubeconfig FILE (default: the files of $KUBECONFIG, else the pod's "   \
             "service account, else ~/.kube/config)"},                                        \
        {.name = "context",                                                                   \
         .type = CLI_STRING,                                                                  \
         .offset = offsetof(struct options, field.context),                                   \
         .placeholder = "NAME",                                                               \
         .help = "Use this context of the kubeconfig"},                                       \
        {.name = "cluster",                                                                   \
         .type = CLI_STRING,                                                                  \
         .offset = offsetof(struct options, field.cluster),                                   \
         .placeholder = "NAME",                                                               \
         .help = "Use this cluster in place of the context's"},                               \
        {.name = "user",                                                                      \
         .type = CLI_STRING,                                                                  \
         .offset = offsetof(struct options, field.user),                                      \
         .placeholder = "NAME",                                                               \
         .help = "Use this user in place of the context's"},                                  \
        {.name = "server",                                                                    \
         .letter = 's',                                                                       \
         .type = CLI_STRING,                                                                  \
         .offset = offsetof(struct options, field.server),                                    \
         .placeholder = "URL",                                                                \
         .help = "Use this API server in place of the cluster's"},                            \
        {.name = "request-timeout",                                                           \
         .type = CLI_DURATION,                                                                \
         .offset = offsetof(struct options, field.request_timeout_ms),                        \
         .placeholder = "DURATION",                                                           \
         .preset = "30s",                                                                     \
         .help = "Give a request up after this time (default 30s)"},                          \
        {.name = "watch-idle-timeout",                                                        \
         .type = CLI_DURATION,                                                                \
         .offset = offsetof(struct options, field.watch_idle_ms),                             \
         .placeholder = "DURATION",                                                           \
         .preset = "90s",                                                                     \
         .help = "Take a watch on which nothing came for so long for dead, and watch anew; "  \
                 "the API server says something about once a minute (default 90s)"},          \
        {.name = "kube-api-qps",                                                              \
         .type = CLI_NUMBER,                                                                  \
         .offset = offsetof(struct options, field.qps),                                       \
         .placeholder = "N",                                                                  \
         .preset = "50",                                                                      \
         .help = "Send at most N requests a second; -1: no limit (default 50)"},              \
    {                                                                                         \
        .name = "kube-api-burst", .type = CLI_COUNT,                                          \
        .offset = offsetof(struct options, field.burst), .placeholder = "N", .preset = "100", \
        .help = "Let N requests go at once before the limit holds (default 100)"              \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

/* Read the configuration that the flags name. */
enum chandra_status cluster_load(const struct cluster_options *options,
                                 struct chandra_logger logger,
                                 struct chandra_kube_config **out_config,
                                 struct chandra_error *err);

/* The transport's options of the flags. */
struct chandra_kube_options cluster_kube_options(const struct cluster_options *options,
                                                 struct chandra_logger logger);

#endif
