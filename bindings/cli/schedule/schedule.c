/* schedule.c - `chandra schedule`: a scheduler for pods that ask for it, on a real cluster. */
#include "schedule/schedule.h"

#include "cli.h"
#include "schedule/host.h"

#include <stddef.h>

static const struct cli_flag flags[] = {
    {.name = "scheduler-name",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, scheduler_name),
     .placeholder = "NAME",
     .preset = "chandra",
     .help = "Schedule the pods whose schedulerName is NAME (default chandra)"},
    {.name = "policy",
     .letter = 'p',
     .type = CLI_LIST,
     .offset = offsetof(struct schedule_options, policies),
     .placeholder = "PATH",
     .help = "Decide by this policy, or by those of a folder; several form a chain; changes are "
             "loaded while it runs (default: the built-in default.lua)"},
    {.name = "config",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, config),
     .placeholder = "FILE",
     .help = "Decide by the policies that this file gives to each pod, see chandra config; changes "
             "of it and of its policies are loaded while it runs"},
    {.name = "policy-configmap",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, configmap),
     .placeholder = "NAMESPACE/NAME",
     .help =
         "Decide by the policies of a ConfigMap, its keys NAME.lua in the order of their names, "
         "or as its key config.yaml says; it is watched, and changes are loaded at once"},
    {.name = "shadow",
     .type = CLI_LIST,
     .offset = offsetof(struct schedule_options, shadow),
     .placeholder = "PATH",
     .help = "Let this policy, or those of a folder, decide too, without any effect, and log and "
             "count where they disagree; several form a chain"},
    {.name = "failure-policy",
     .type = CLI_CHOICE,
     .offset = offsetof(struct schedule_options, failure_policy),
     .placeholder = "WHAT",
     .choices = "Fail|Ignore",
     .preset = "Fail",
     .help = "Let a pod wait whose policy fails, or let the hard rules decide for it: Fail or "
             "Ignore (default Fail)"},
    {.name = "lua-memory-limit",
     .type = CLI_SIZE,
     .offset = offsetof(struct schedule_options, lua_memory),
     .placeholder = "SIZE",
     .preset = "16Mi",
     .help = "Memory of one Lua state (default 16Mi)"},
    {.name = "lua-instruction-limit",
     .type = CLI_COUNT,
     .offset = offsetof(struct schedule_options, lua_instructions),
     .placeholder = "N",
     .preset = "2000000",
     .help = "Instructions of one call of a policy (default 2000000)"},
    {.name = "lua-timeout",
     .type = CLI_DURATION,
     .offset = offsetof(struct schedule_options, lua_timeout_ms),
     .placeholder = "DURATION",
     .preset = "100ms",
     .help = "Time of one call of a policy (default 100ms)"},
    {.name = "dry-run",
     .type = CLI_SWITCH,
     .offset = offsetof(struct schedule_options, is_dry),
     .help = "Write nothing; log where pods would go"},
    {.name = "record",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, record),
     .placeholder = "FILE",
     .help = "Write a decision record for chandra replay (.jsonl, .jsonl.gz or .yaml)"},
    {.name = "parallelism",
     .type = CLI_COUNT,
     .offset = offsetof(struct schedule_options, parallelism),
     .placeholder = "N",
     .preset = "16",
     .help = "Publish for and bind N pods at a time (default 16)"},
    {.name = "startup-timeout",
     .type = CLI_DURATION,
     .offset = offsetof(struct schedule_options, startup_timeout_ms),
     .placeholder = "DURATION",
     .preset = "1m",
     .help = "Wait so long for an API server that does not answer at the start, then end with exit "
             "code 4; 0: for ever (default 1m)"},
    CLUSTER_FLAGS(schedule_options, cluster),
    {.name = "leader-elect",
     .type = CLI_SWITCH,
     .offset = offsetof(struct schedule_options, elects_leader),
     .preset = "true",
     .help = "Of several replicas let one lead, which holds a Lease (default true)"},
    {.name = "leader-elect-lease-duration",
     .type = CLI_DURATION,
     .offset = offsetof(struct schedule_options, lease_duration_ms),
     .placeholder = "DURATION",
     .preset = "15s",
     .help = "Others may take a Lease that was not renewed for so long (default 15s)"},
    {.name = "leader-elect-renew-deadline",
     .type = CLI_DURATION,
     .offset = offsetof(struct schedule_options, renew_deadline_ms),
     .placeholder = "DURATION",
     .preset = "10s",
     .help = "A leader that cannot renew for so long ends with exit code 4 (default 10s)"},
    {.name = "leader-elect-retry-period",
     .type = CLI_DURATION,
     .offset = offsetof(struct schedule_options, retry_period_ms),
     .placeholder = "DURATION",
     .preset = "2s",
     .help = "Time between two tries to take or renew the Lease (default 2s)"},
    {.name = "leader-elect-resource-lock",
     .type = CLI_CHOICE,
     .offset = offsetof(struct schedule_options, lease_lock),
     .placeholder = "KIND",
     .choices = "leases",
     .preset = "leases",
     .help = "What is held; there are only leases (default leases)"},
    {.name = "leader-elect-resource-name",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, lease_name),
     .placeholder = "NAME",
     .help = "Name of the Lease (default: that of --scheduler-name)"},
    {.name = "leader-elect-resource-namespace",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, lease_name_space),
     .placeholder = "NAME",
     .preset = "kube-system",
     .help = "Namespace of the Lease (default kube-system)"},
    {.name = "metrics-bind-address",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, metrics_address),
     .placeholder = "ADDRESS",
     .help =
         "Serve /metrics, /livez, /readyz, /healthz and, for chandra explain, the last attempts of "
         "pods at [HOST]:PORT (default: nowhere)"},
    {.name = "health-probe-bind-address",
     .type = CLI_STRING,
     .offset = offsetof(struct schedule_options, health_address),
     .placeholder = "ADDRESS",
     .help = "Serve /livez, /readyz and /healthz alone at [HOST]:PORT (default: nowhere)"},
    {.name = "logging-format",
     .type = CLI_CHOICE,
     .offset = offsetof(struct schedule_options, logging_format),
     .placeholder = "FORMAT",
     .choices = "text|json",
     .preset = "text",
     .help = "Log as text or json (default text)"},
    {.name = "verbosity",
     .letter = 'v',
     .type = CLI_COUNT,
     .offset = offsetof(struct schedule_options, verbosity),
     .placeholder = "N",
     .preset = "0",
     .help = "Log more: 2 every decision, 4 the library's details (default 0)"},
    {0},
};

static int
run(struct cli *cli)
{
    return host_run(cli, cli->options);
}

const struct cli_command cmd_schedule = {
    .name = "schedule",
    .operands = "",
    .summary = "Schedule pods on a real cluster.",
    .details =
        "Takes the pods whose schedulerName is NAME, finds a node for each, negotiates with the "
        "resource drivers for its claims, and binds it. Besides claims it looks at: unschedulable "
        "and unready nodes, taints, nodeSelector and required node affinity, resource requests and "
        "the number of pods. It does not look at host ports, volumes, affinity between pods or "
        "topology spread, and does not preempt: for those, use the plugin for Volcano.\n"
        "At the start everything that it needs is checked: an API server that does not answer is "
        "waited for as --startup-timeout says; wrong certificates, credentials and missing "
        "permissions end it at once. Once running, it outlives the API server's absence. SIGTERM "
        "and SIGINT let it finish what it has begun.",
    .options_size = sizeof(struct schedule_options),
    .flags = flags,
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
