/* schedule.c - `chandra schedule`: a scheduler for pods that ask for it, on a real cluster. */
#include "schedule.h"

#include "cli.h"
#include "host.h"

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
