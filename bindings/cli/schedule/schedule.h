/* schedule.h - the options of `chandra schedule`. */
#ifndef CHANDRA_CLI_SCHEDULE_H
#define CHANDRA_CLI_SCHEDULE_H

#include "cli.h"
#include "schedule/cluster.h"

#include <stdbool.h>
#include <stdint.h>

struct schedule_options {
    const char *scheduler_name;
    struct cli_list policies;
    const char *config;
    const char *configmap;
    struct cli_list shadow;
    const char *failure_policy;
    int64_t lua_memory;
    int64_t lua_instructions;
    int64_t lua_timeout_ms;
    bool is_dry;
    const char *record;
    int64_t parallelism;
    int64_t startup_timeout_ms;
    struct cluster_options cluster;
    bool elects_leader;
    int64_t lease_duration_ms;
    int64_t renew_deadline_ms;
    int64_t retry_period_ms;
    const char *lease_lock;
    const char *lease_name; /* NULL: the scheduler's name */
    const char *lease_name_space;
    const char *metrics_address;
    const char *health_address;
    const char *logging_format;
    int64_t verbosity;
};

#endif
