/* host.c - puts the parts of `chandra schedule` together and takes them apart. */
#include "schedule/host.h"

#include "schedule/host_state.h"
#include "schedule/preflight.h"

#include <chandra/engine.h>
#include <chandra/kube.h>
#include <chandra/record.h>
#include <chandra/sys/transport.h>
#include <chandra/version.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PARALLELISM = 256 };

/* What a signal handler may touch. */
static volatile sig_atomic_t stop_signal;
static struct bell *signal_bell;

static void
on_signal(int number)
{
    stop_signal = number;
    bell_ring(signal_bell);
}

static bool
is_stopped(void)
{
    return stop_signal != 0;
}

static void
catch_signals(struct host *host)
{
    struct sigaction action = {.sa_handler = on_signal};

    signal_bell = &host->bell;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

/* Every failure on the way to the cluster is the same to a supervisor. */
static int
fail_cluster(struct host *host, const struct chandra_error *err)
{
    const int code = cli_fail(host->cli, NULL, err);

    return err->status == CHANDRA_ENOMEM ? code : CLI_CLUSTER;
}

static const char *
lease_name(const struct schedule_options *options)
{
    return options->lease_name ? options->lease_name : options->scheduler_name;
}

static struct chandra_kube_options
kube_options(struct host *host)
{
    struct chandra_kube_options options =
        cluster_kube_options(&host->options->cluster, klog_logger(&host->log));

    options.on_request = monitor_request;
    options.user = &host->monitor;
    return options;
}

static int
connect_to_server(struct host *host)
{
    const struct schedule_options *options = host->options;
    const struct chandra_logger logger = klog_logger(&host->log);
    const struct chandra_kube_options kube = kube_options(host);
    struct preflight preflight = {.log = &host->log,
                                  .is_dry = options->is_dry,
                                  .writes_events = true,
                                  .lease_name_space =
                                      options->elects_leader ? options->lease_name_space : NULL,
                                  .lease_name = lease_name(options),
                                  .configmap = options->configmap,
                                  .patience_ms = options->startup_timeout_ms,
                                  .is_stopped = is_stopped};
    struct chandra_error err;
    enum chandra_status st = cluster_load(&options->cluster, logger, &host->config, &err);

    if (st != CHANDRA_OK)
        return cli_fail(host->cli, NULL, &err);
    if (chandra_kube_new(host->config, &kube, &host->transport, &err) != CHANDRA_OK)
        return fail_cluster(host, &err);
    preflight.transport = host->transport;
    preflight.server = chandra_kube_config_server(host->config);
    st = preflight_run(&preflight, &err);
    if (st == CHANDRA_ECANCELED)
        return 128 + stop_signal;
    return st == CHANDRA_OK ? CLI_YES : fail_cluster(host, &err);
}

static int
open_record(struct host *host, struct chandra_engine_options *options)
{
    const char *path = host->options->record;
    const struct chandra_recorder_options recorder = {
        .size = sizeof(recorder), .name = "schedule", .seed = options->seed};
    struct chandra_error err;

    if (!path)
        return CLI_YES;
    if (chandra_recorder_open(path, &recorder, &host->recorder, &err) != CHANDRA_OK)
        return cli_fail(host->cli, path, &err);
    options->observer = chandra_recorder_observer(host->recorder);
    return CLI_YES;
}

/* Writes that nobody waits for have a way of their own. */
static enum chandra_status
open_side(struct host *host, struct chandra_error *err)
{
    const struct chandra_kube_options kube = kube_options(host);
    enum chandra_status st = chandra_kube_new(host->config, &kube, &host->side, err);

    if (st != CHANDRA_OK || host->options->is_dry)
        return st;
    return events_new(host->side, host->options->scheduler_name, host->instance, &host->events,
                      err);
}

/* A Lease that must be renewed in time must not wait for anything else. */
static enum chandra_status
open_election(struct host *host, struct chandra_error *err)
{
    const struct schedule_options *options = host->options;
    struct chandra_kube_options kube = kube_options(host);
    struct election_options election = {
        .log = &host->log,
        .name_space = options->lease_name_space,
        .name = lease_name(options),
        .identity = host->instance,
        .lease_duration_ms = options->lease_duration_ms,
        .renew_deadline_ms = options->renew_deadline_ms,
        .retry_period_ms = options->retry_period_ms,
    };
    enum chandra_status st;

    if (!options->elects_leader)
        return CHANDRA_OK;
    kube.request_timeout_ms = options->renew_deadline_ms / 2;
    st = chandra_kube_new(host->config, &kube, &host->lease_way, err);
    if (st != CHANDRA_OK)
        return st;
    election.transport = host->lease_way;
    st = election_new(&election, &host->election, err);
    return st == CHANDRA_OK ? election_start(host->election, &host->bell, err) : st;
}

static enum chandra_status
open_monitor(struct host *host, struct chandra_error *err)
{
    const struct monitor_options options = {.metrics_address = host->options->metrics_address,
                                            .health_address = host->options->health_address,
                                            .lease_name = lease_name(host->options)};

    host->monitor.engine = scheduler_engine(host->scheduler);
    host->monitor.election = host->election;
    host->monitor.events = host->events;
    monitor_policies(&host->monitor, true);
    return monitor_serve(&host->monitor, &options, err);
}

static void
apply_policies(void *user, struct chandra_policy *policy)
{
    struct host *host = user;

    chandra_engine_set_policy(scheduler_engine(host->scheduler), policy);
}

static void
apply_shadow(void *user, struct chandra_policy *policy)
{
    struct host *host = user;

    scheduler_set_shadow(host->scheduler, policy);
}

static enum chandra_status
open_policies(struct host *host, struct chandra_error *err)
{
    const struct schedule_options *options = host->options;
    const struct chandra_lua_options lua = {.size = sizeof(lua),
                                            .memory_limit = (size_t)options->lua_memory,
                                            .instruction_limit =
                                                (uint64_t)options->lua_instructions,
                                            .timeout_ms = options->lua_timeout_ms,
                                            .interrupt_signal = SIGRTMIN + 1,
                                            .logger = klog_logger(&host->log)};
    const struct policies_source source = {.paths = options->policies,
                                           .config = options->config,
                                           .configmap = options->configmap,
                                           .transport = host->side,
                                           .bell = &host->bell};
    const struct policies_source shadow = {.paths = options->shadow};
    enum chandra_status st =
        policies_open(&host->policies, &source, &lua, apply_policies, host, err);

    if (st != CHANDRA_OK || options->shadow.count == 0)
        return st;
    st = policies_open(&host->shadow, &shadow, &lua, apply_shadow, host, err);
    return st == CHANDRA_OK ? st : chandra_error_prefix(err, "--shadow");
}

static int
start_scheduler(struct host *host)
{
    const struct schedule_options *options = host->options;
    struct chandra_engine_options engine = CHANDRA_ENGINE_OPTIONS_INIT;
    struct chandra_error err;
    enum chandra_status st;
    const int code = open_record(host, &engine);

    if (code != CLI_YES)
        return code;
    engine.logger = klog_logger(&host->log);
    if (strcmp(options->failure_policy, "Ignore") == 0)
        engine.failure_policy = CHANDRA_FAILURE_IGNORE;
    st = open_side(host, &err);
    if (st == CHANDRA_OK)
        st = open_election(host, &err);
    if (st != CHANDRA_OK)
        return cli_fail(host->cli, NULL, &err);
    st = scheduler_new(host->transport, &engine, options->scheduler_name, &host->scheduler, &err);
    if (st != CHANDRA_OK)
        return cli_fail(host->cli, NULL, &err);
    scheduler_set_bell(host->scheduler, &host->bell);
    scheduler_set_listener(host->scheduler, host_on_outcome, host);
    if (options->is_dry)
        scheduler_set_dry(host->scheduler);
    else
        st = janitor_new(host->side, host->scheduler, &host->janitor, &err);
    if (st == CHANDRA_OK && !options->is_dry)
        st = scheduler_start_workers(host->scheduler, (size_t)options->parallelism, &err);
    if (st == CHANDRA_OK)
        st = open_policies(host, &err);
    if (st == CHANDRA_OK)
        st = open_monitor(host, &err);
    if (st == CHANDRA_OK)
        st = chandra_engine_start(scheduler_engine(host->scheduler), &err);
    return st == CHANDRA_OK ? CLI_YES : cli_fail(host->cli, NULL, &err);
}

static bool
has_lost(const struct host *host)
{
    return host->election && election_state(host->election) == ELECTION_LOST;
}

static int
serve(struct host *host)
{
    struct chandra_error err;

    host->polled_ms = host_now_ms(host);
    LOG_INFO(&host->log, 0, "Starting chandra", "version", CHANDRA_VERSION, "server",
             chandra_kube_config_server(host->config), "schedulerName",
             host->options->scheduler_name);
    while (!is_stopped() && !has_lost(host)) {
        host_look_around(host);
        if (host_step(host, &err) != CHANDRA_OK)
            return cli_fail(host->cli, NULL, &err);
    }
    if (!is_stopped()) {
        chandra_error_set(&err, CHANDRA_ETRANSIENT, "lost the Lease %s/%s: another may lead now",
                          host->options->lease_name_space, lease_name(host->options));
        return fail_cluster(host, &err);
    }
    host_drain(host);
    return 128 + stop_signal;
}

static int
run(struct host *host)
{
    struct chandra_error err;
    int code;

    if (bell_init(&host->bell, &err) != CHANDRA_OK)
        return cli_fail(host->cli, NULL, &err);
    if (monitor_init(&host->monitor, &err) != CHANDRA_OK)
        return cli_fail(host->cli, NULL, &err);
    catch_signals(host);
    code = connect_to_server(host);
    if (code == CLI_YES)
        code = start_scheduler(host);
    if (code == CLI_YES)
        code = serve(host);
    monitor_stop(&host->monitor);
    if (host->election)
        election_stop(host->election);
    policies_close(&host->policies);
    policies_close(&host->shadow);
    scheduler_free(host->scheduler);
    if (chandra_recorder_close(host->recorder, &err) != CHANDRA_OK)
        code = cli_fail(host->cli, host->options->record, &err);
    if (host->events)
        events_close(host->events);
    if (host->janitor)
        janitor_close(host->janitor);
    chandra_kube_free(host->side);
    policies_free(&host->policies);
    policies_free(&host->shadow);
    janitor_free(host->janitor);
    events_free(host->events);
    chandra_kube_free(host->lease_way);
    election_free(host->election);
    monitor_clear(&host->monitor);
    chandra_kube_free(host->transport);
    chandra_kube_config_free(host->config);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    bell_clear(&host->bell);
    return code;
}

/* Unlike that of any other process, also on the same machine. */
static void
name_instance(struct host *host)
{
    char machine[256] = "localhost";

    gethostname(machine, sizeof(machine) - 1);
    snprintf(host->instance, sizeof(host->instance), "chandra-%s_%lld-%ld", machine,
             (long long)time(NULL), (long)getpid());
}

/* What no table of flags can say. */
static int
check_options(struct cli *cli, const struct schedule_options *options)
{
    if (options->elects_leader &&
        (options->lease_duration_ms <= options->renew_deadline_ms ||
         options->renew_deadline_ms <= options->retry_period_ms || options->retry_period_ms == 0))
        return cli_failf(cli, NULL, CHANDRA_EINVAL,
                         "--leader-elect-lease-duration must be longer than "
                         "--leader-elect-renew-deadline, and that longer than "
                         "--leader-elect-retry-period");
    if ((options->policies.count > 0) + (options->config != NULL) + (options->configmap != NULL) >
        1)
        return cli_failf(cli, NULL, CHANDRA_EINVAL,
                         "--policy, --config and --policy-configmap all say what decides: want one "
                         "of them");
    if (options->parallelism < 1 || options->parallelism > MAX_PARALLELISM)
        return cli_failf(cli, NULL, CHANDRA_EINVAL, "--parallelism: want 1 to %d, got %lld",
                         MAX_PARALLELISM, (long long)options->parallelism);
    return CLI_YES;
}

int
host_run(struct cli *cli, const struct schedule_options *options)
{
    struct host host = {
        .cli = cli,
        .options = options,
        .log = {.is_json = strcmp(options->logging_format, "json") == 0,
                .verbosity = (int)options->verbosity},
    };

    const int code = check_options(cli, options);

    if (code != CLI_YES)
        return code;
    name_instance(&host);
    return run(&host);
}
