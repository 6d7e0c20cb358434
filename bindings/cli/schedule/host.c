/* host.c - puts the parts of `chandra schedule` together, and the loop around the scheduler. */
#include "schedule/host.h"

#include "bell.h"
#include "schedule/election.h"
#include "schedule/events.h"
#include "schedule/janitor.h"
#include "schedule/klog.h"
#include "schedule/monitor.h"
#include "schedule/policies.h"
#include "schedule/preflight.h"
#include "scheduler/scheduler.h"

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

enum {
    POLL_MS = 2000, /* looks for changed policies */
    SYNC_COMPLAINT_MS = 10000,
    MAX_PARALLELISM = 256,
    PENDING_MS = 10000,   /* a pod that waits so long for its drivers is told so */
    SHADOW_LINES = 10,    /* a second */
    LAST_WORDS_MS = 3000, /* for the Events that are left */
    DRAIN_MS = 30000,     /* for what is under way at the end */
};

/* What a signal handler may touch. */
static volatile sig_atomic_t stop_signal;
static struct bell *signal_bell;

struct host {
    struct cli *cli;
    const struct schedule_options *options;
    struct klog log;
    struct bell bell;
    struct chandra_kube_config *config;
    struct chandra_transport *transport;
    struct chandra_transport *side; /* for Events and the Lease, which must not wait for pods */
    struct events *events;          /* NULL in a dry run */
    struct janitor *janitor;        /* NULL in a dry run */
    struct chandra_transport *lease_way;
    struct election *election; /* NULL: there is none */
    struct monitor monitor;
    char instance[320]; /* name of this process */
    struct chandra_recorder *recorder;
    struct scheduler *scheduler;
    struct policies policies;
    struct policies shadow; /* what decides too, without effect */
    int64_t shadow_ms;      /* when the present second of its log lines began */
    size_t shadow_lines;    /* in that second */
    size_t shadow_unsaid;   /* left out since the last line */
    int64_t polled_ms;
    int64_t complained_ms; /* about lists and watches */
};

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

static int64_t
now_ms(const struct host *host)
{
    return host->transport->ops->now_ms(host->transport);
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

static void
pod_ref(const struct queued_pod *pod, char *text, size_t size)
{
    const struct chandra_object *object = chandra_pod_object(pod->pod);

    snprintf(text, size, "%s/%s", chandra_object_namespace(object), chandra_object_name(object));
}

static void
log_outcome(const struct host *host, const struct queued_pod *pod)
{
    const struct outcome *outcome = &pod->outcome;
    char ref[520];
    char text[1024];

    if (outcome->verdict != VERDICT_FAILED && host->log.verbosity < 2 && !host->options->is_dry)
        return;
    pod_ref(pod, ref, sizeof(ref));
    outcome_text(outcome, text, sizeof(text));
    switch (outcome->verdict) {
    case VERDICT_BOUND:
        LOG_INFO(&host->log, host->options->is_dry ? 0 : 2,
                 host->options->is_dry ? "Pod would be bound to node"
                                       : "Successfully bound pod to node",
                 "pod", ref, "node", outcome->node);
        break;
    case VERDICT_PENDING:
        LOG_INFO(&host->log, 2, "Pod waits for its resource drivers", "pod", ref, "node",
                 outcome->node, "reason", text);
        break;
    case VERDICT_FAILED:
        LOG_ERROR(&host->log, "Scheduling attempt failed", "pod", ref, "point", outcome->point,
                  "err", text);
        break;
    default:
        LOG_INFO(&host->log, 2, "Unable to schedule pod; waiting", "pod", ref, "point",
                 outcome->point, "reason", text);
        break;
    }
}

static void
tell_failure(struct host *host, struct queued_pod *pod)
{
    const bool is_error = pod->outcome.verdict == VERDICT_FAILED;
    char text[1024];

    outcome_text(&pod->outcome, text, sizeof(text));
    events_failed(host->events, pod->pod, &pod->told, is_error ? "SchedulerError" : "Unschedulable",
                  text);
}

static bool
may_tell_shadow(struct host *host)
{
    const int64_t now = now_ms(host);

    if (now >= host->shadow_ms + 1000) {
        host->shadow_ms = now;
        host->shadow_lines = 0;
    }
    if (host->shadow_lines++ < SHADOW_LINES)
        return true;
    host->shadow_unsaid++;
    return false;
}

/* One line for a pod, with what differs in the order in which the points come. */
static void
log_shadow(struct host *host, const struct queued_pod *pod)
{
    const struct shadow_note *note = pod->shadow;
    char ref[520];
    char reason[1024] = "";
    char unsaid[24] = "";
    size_t len = 0;

    if (!note || !shadow_note_differs(note) || !may_tell_shadow(host))
        return;
    pod_ref(pod, ref, sizeof(ref));
    for (int kind = 0; kind < SHADOW_KIND_COUNT; kind++)
        if (note->texts[kind] && len < sizeof(reason))
            len += (size_t)snprintf(reason + len, sizeof(reason) - len, "%s%s: %s", len ? "; " : "",
                                    shadow_kind_name((enum shadow_kind)kind), note->texts[kind]);
    if (host->shadow_unsaid > 0)
        snprintf(unsaid, sizeof(unsaid), "%zu", host->shadow_unsaid);
    host->shadow_unsaid = 0;
    LOG_INFO(&host->log, 0, "Shadow policy disagrees", "pod", ref, "policy", note->policy, "node",
             note->node, "shadowNode", note->other_node, "reason", reason, "unsaid",
             *unsaid ? unsaid : NULL);
}

static void
on_outcome(void *user, struct queued_pod *pod)
{
    struct host *host = user;

    log_outcome(host, pod);
    log_shadow(host, pod);
    monitor_outcome(&host->monitor, pod);
    if (!host->events)
        return;
    if (pod->outcome.verdict == VERDICT_BOUND)
        events_scheduled(host->events, pod->pod, pod->outcome.node);
    else if (pod->outcome.verdict != VERDICT_PENDING && !pod->is_bound)
        tell_failure(host, pod);
}

/* Most drivers answer within moments; only where one does not, the pod's user hears of it. */
static void
tell_if_late(void *user, struct queued_pod *pod)
{
    struct host *host = user;

    if (!pod->is_pending || pod->told.wait_ms == pod->parked_ms ||
        now_ms(host) < pod->parked_ms + PENDING_MS)
        return;
    pod->told.wait_ms = pod->parked_ms;
    tell_failure(host, pod);
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
    scheduler_set_listener(host->scheduler, on_outcome, host);
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

static void
poll_policies(struct host *host)
{
    struct chandra_error err;
    bool is_swapped;

    if (policies_poll(&host->policies, &is_swapped, &err) != CHANDRA_OK) {
        LOG_ERROR(&host->log, "Cannot load policies; the last good ones stay", "err", err.message);
        monitor_bad_policies(&host->monitor);
    } else if (is_swapped) {
        LOG_INFO(&host->log, 0, "Loaded changed policies");
        monitor_policies(&host->monitor, false);
    }
    if (policies_poll(&host->shadow, &is_swapped, &err) != CHANDRA_OK)
        LOG_ERROR(&host->log, "Cannot load the shadow's policies; the last good ones stay", "err",
                  err.message);
    else if (is_swapped)
        LOG_INFO(&host->log, 0, "Loaded the shadow's changed policies");
}

static bool
is_leading(const struct host *host)
{
    return !host->election || election_state(host->election) == ELECTION_LEADING;
}

/* Once in a while: things that nobody rings the bell for. */
static void
look_around(struct host *host)
{
    const int64_t now = now_ms(host);
    char text[512];

    if (now < host->polled_ms + POLL_MS) {
        if (policies_has_news(&host->policies))
            poll_policies(host);
        return;
    }
    host->polled_ms = now;
    poll_policies(host);
    monitor_look(&host->monitor, host->scheduler);
    if (host->janitor && is_leading(host))
        janitor_sweep(host->janitor);
    if (host->events)
        scheduler_each_parked(host->scheduler, tell_if_late, host);
    chandra_engine_sync_text(scheduler_engine(host->scheduler), text, sizeof(text));
    if (!*text || now < host->complained_ms + SYNC_COMPLAINT_MS)
        return;
    host->complained_ms = now;
    LOG_WARNING(&host->log, "Not in step with the API server", "err", text);
}

static bool
has_lost(const struct host *host)
{
    return host->election && election_state(host->election) == ELECTION_LOST;
}

static enum chandra_status
step(struct host *host, struct chandra_error *err)
{
    const struct queued_pod *pod = NULL;
    int64_t next_ms;
    enum chandra_status st;

    if (!chandra_engine_is_synced(scheduler_engine(host->scheduler))) {
        bell_wait(&host->bell, 100);
        return CHANDRA_OK;
    }
    if (!is_leading(host)) {
        st = scheduler_take_in(host->scheduler, err);
        bell_wait(&host->bell, POLL_MS / 4);
        return st;
    }
    st = scheduler_step(host->scheduler, &pod, err);
    if (st != CHANDRA_OK || pod)
        return st;
    next_ms = scheduler_next_ms(host->scheduler, false);
    next_ms = next_ms < 0 ? POLL_MS : next_ms - now_ms(host);
    if (next_ms > 0)
        bell_wait(&host->bell, next_ms < POLL_MS ? next_ms : POLL_MS);
    return CHANDRA_OK;
}

/* Finish what is under way. */
static void
drain(struct host *host)
{
    int64_t end_ms = now_ms(host) + DRAIN_MS;
    struct chandra_error err;

    LOG_INFO(&host->log, 0, "Ending; waiting for what is under way");
    while (scheduler_in_flight(host->scheduler) > 0 && now_ms(host) < end_ms) {
        if (scheduler_take_in(host->scheduler, &err) != CHANDRA_OK)
            return;
        if (scheduler_in_flight(host->scheduler) > 0)
            bell_wait(&host->bell, 100);
    }
    for (end_ms = now_ms(host) + LAST_WORDS_MS;
         host->events && events_waiting(host->events) > 0 && now_ms(host) < end_ms;)
        bell_wait(&host->bell, 20);
}

static int
serve(struct host *host)
{
    struct chandra_error err;

    host->polled_ms = now_ms(host);
    LOG_INFO(&host->log, 0, "Starting chandra", "version", CHANDRA_VERSION, "server",
             chandra_kube_config_server(host->config), "schedulerName",
             host->options->scheduler_name);
    while (!is_stopped() && !has_lost(host)) {
        look_around(host);
        if (step(host, &err) != CHANDRA_OK)
            return cli_fail(host->cli, NULL, &err);
    }
    if (!is_stopped()) {
        chandra_error_set(&err, CHANDRA_ETRANSIENT, "lost the Lease %s/%s: another may lead now",
                          host->options->lease_name_space, lease_name(host->options));
        return fail_cluster(host, &err);
    }
    drain(host);
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
