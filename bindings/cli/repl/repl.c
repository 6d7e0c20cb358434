/* repl.c - `chandra repl`: a prompt on a cluster in memory, for those who write policies. */
#include "repl/commands.h"
#include "repl/line.h"
#ifdef CHANDRA_KUBE
#    include "schedule/cluster.h"
#endif

#include <chandra/sys/base.h>
#include <chandra/version.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* No scheduler waits: instructions are counted, and the clock only ends what the count does not. */
#define LUA_TIMEOUT "10s"

struct options {
    struct cli_list policies;
    const char *driver_config;
    const char *record;
    int64_t case_number;
    int64_t instruction_limit;
    int64_t memory_limit;
    int64_t timeout_ms;
#ifdef CHANDRA_KUBE
    struct cluster_options cluster;
#endif
};

static const struct cli_flag flags[] = {
    CLI_POLICY_FLAG(options),
    {.name = "driver-config",
     .type = CLI_STRING,
     .offset = offsetof(struct options, driver_config),
     .placeholder = "FILE",
     .help = "Read how drivers behave: the DRA test driver's resource config, as for simulate"},
    {.name = "record",
     .type = CLI_STRING,
     .offset = offsetof(struct options, record),
     .placeholder = "FILE",
     .help = "Begin where a case of this decision record ends"},
    {.name = "case",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, case_number),
     .placeholder = "N",
     .preset = "1",
     .least = 1,
     .help = "Which case of the record (default 1, the first)"},
    {.name = "lua-instruction-limit",
     .type = CLI_COUNT,
     .offset = offsetof(struct options, instruction_limit),
     .placeholder = "N",
     .preset = "2000000",
     .least = 1000,
     .help = "End a line, or a call of a hook, after N instructions (default 2000000)"},
    {.name = "lua-memory-limit",
     .type = CLI_SIZE,
     .offset = offsetof(struct options, memory_limit),
     .placeholder = "SIZE",
     .preset = "16Mi",
     .help = "Let lines, and each policy, have this much memory (default 16Mi)"},
    {.name = "lua-timeout",
     .type = CLI_DURATION,
     .offset = offsetof(struct options, timeout_ms),
     .placeholder = "DURATION",
     .preset = LUA_TIMEOUT,
     .help = "End a line, or a call of a hook, after this time (default " LUA_TIMEOUT ")"},
#ifdef CHANDRA_KUBE
    CLUSTER_FLAGS(options, cluster),
#endif
    {0},
};

static struct session *volatile running; /* for the handler */

static void
on_interrupt(int number)
{
    (void)number;
    if (!running)
        return;
    running->is_interrupted = 1;
    chandra_lua_console_interrupt(running->console);
}

static void
print_line(void *user, enum chandra_level level, const char *message)
{
    (void)level;
    say(user, "%s\n", message);
}

static bool
is_live(const struct options *options)
{
#ifdef CHANDRA_KUBE
    const struct cluster_options *cluster = &options->cluster;

    return cluster->kubeconfig || cluster->context || cluster->cluster || cluster->user ||
           cluster->server;
#else
    (void)options;
    return false;
#endif
}

/* What the cluster begins with; one of four. */
static enum chandra_status
choose_base(const struct cli *cli, struct base *base, struct chandra_error *err)
{
    const struct options *options = cli->options;

    if ((cli->operand_count > 0) + (options->record != NULL) + is_live(options) > 1)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "manifests, --record and a live cluster exclude each other");
    if (cli->operand_count > 0)
        return base_use_files(base, cli->operands, cli->operand_count, err);
    if (options->record)
        return base_use_record(base, options->record, options->case_number, err);
#ifdef CHANDRA_KUBE
    if (is_live(options))
        return base_use_live(base, &options->cluster, err);
#endif
    return base_use_example(base, err);
}

static enum chandra_status
open_base(const struct cli *cli, struct base *base, struct chandra_error *err)
{
    const struct options *options = cli->options;
    enum chandra_status st = CHANDRA_OK;

    if (options->driver_config)
        st = cli_read_doc(options->driver_config, &base->drivers, err);
    return st == CHANDRA_OK ? choose_base(cli, base, err) : st;
}

static enum chandra_status
open_session(const struct cli *cli, struct session *session, struct chandra_error *err)
{
    const struct options *options = cli->options;
    const struct cli_list *policies = &options->policies;
    enum chandra_status st;

    session->lua = (struct chandra_lua_options){
        .size = sizeof(session->lua),
        .memory_limit = (size_t)options->memory_limit,
        .instruction_limit = (uint64_t)options->instruction_limit,
        .timeout_ms = options->timeout_ms,
        .logger = {.fn = print_line, .user = session},
    };
    st = open_base(cli, &session->base, err);
    if (st == CHANDRA_OK)
        st = session_read_policy(session, policies->items, policies->count, &session->first_policy,
                                 err);
    if (st == CHANDRA_OK && policies->count > 0)
        st = session_keep_files(session, policies->items, policies->count, err);
    if (st == CHANDRA_OK)
        st = chandra_lua_console_new(&session->lua, &session->console, err);
    if (st == CHANDRA_OK)
        st = session_set_policy(session, session->first_policy, err);
    if (st == CHANDRA_OK)
        st = session_rebuild(session, 0, NULL, err);
    if (problems_worst(&session->problems))
        session->code = CLI_INVALID; /* they have been told */
    return st;
}

static void
make_prompt(const struct session *session, bool goes_on, char *prompt, size_t size)
{
    if (goes_on)
        snprintf(prompt, size, "      .. ");
    else if (session->base.kind == BASE_LIVE)
        snprintf(prompt, size, "chandra (copy, %lld s old)> ",
                 (long long)(time(NULL) - session->base.read_at));
    else
        snprintf(prompt, size, "chandra> ");
}

/* An input of one or more lines. */
struct input {
    char *text; /* NULL before the first */
    size_t len;
};

static bool
add_line(struct input *input, const char *line)
{
    const size_t len = strlen(line);
    char *text = chandra_realloc(input->text, input->len + len + 2);

    if (!text)
        return false;
    if (input->len > 0)
        text[input->len++] = '\n';
    memcpy(text + input->len, line, len + 1);
    input->len += len;
    input->text = text;
    return true;
}

static void
clear_input(struct input *input)
{
    chandra_free(input->text);
    *input = (struct input){0};
}

static void
do_input(struct session *session, struct line_reader *reader, struct input *input)
{
    line_remember(reader, input->text);
    session->is_interrupted = 0;
    running = session;
    session_do(session, input->text);
    running = NULL;
    clear_input(input);
    fflush(stdout);
}

static void
loop(struct session *session, struct line_reader *reader)
{
    struct input input = {0};
    char prompt[80];
    const char *line;

    while (!session->is_over) {
        enum line_result result;
        if (!input.text)
            session_poll_policy(session);
        make_prompt(session, input.text != NULL, prompt, sizeof(prompt));
        result = line_read(reader, prompt, &line);
        if (result == LINE_INTERRUPTED) {
            clear_input(&input);
            continue;
        }
        if (result == LINE_END)
            break;
        if (!input.text)
            session->line_number = line_number(reader);
        if (!add_line(&input, line)) {
            cli_complain("out of memory");
            clear_input(&input);
        } else if (!session_is_incomplete(session, input.text)) {
            session_poll_policy(session);
            do_input(session, reader, &input);
        }
    }
    if (input.text)
        do_input(session, reader, &input);
}

static void
greet(struct session *session)
{
    printf("chandra %s on ", chandra_version());
    (void)command_status(session, NULL, NULL);
    printf("Type Lua, or :help for the commands; :step goes on with the pod, Ctrl-D ends.\n");
}

static int
converse(struct session *session)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    struct line_reader *reader = line_reader_new(session);

    if (!reader) {
        cli_complain("out of memory");
        return CLI_INVALID;
    }
    if (session->is_interactive) {
        sigemptyset(&action.sa_mask);
        (void)sigaction(SIGINT, &action, NULL);
        greet(session);
    }
    loop(session, reader);
    line_reader_free(reader);
    return session->is_interactive ? CLI_YES : session->code;
}

static int
run(struct cli *cli)
{
    struct session session = {.is_interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
    struct chandra_error err;
    int code;

    if (open_session(cli, &session, &err) == CHANDRA_OK)
        code = converse(&session);
    else
        code = cli_fail(cli, NULL, &err);
    session_clear(&session);
    return code;
}

const struct cli_command cmd_repl = {
    .name = "repl",
    .operands = "[FILE...]",
    .summary = "Try policies at a prompt, on a cluster in memory.",
    .details =
        "The cluster is an example, or begins with manifests as for simulate, with --record where "
        "a case of a record ends, or, when a flag such as --context names a live cluster, as a "
        "copy of that: it is only read, once, and nothing is ever written to it.\n"
        "What is typed is Lua that sees what a hook sees, at the present moment of the attempt of "
        "a pod: cx, pod, claims, claim, nodes, and the hooks of the policy, as policy.match. "
        "Commands begin with a colon; :help lists them. A policy that changes on disk is loaded "
        "again. Ctrl-C ends a script that runs too long, Ctrl-D the session.\n"
        "Without a terminal lines are read as they come and nothing but results is printed. A "
        "line that fails is told on standard error, the others are carried out, and the exit code "
        "is that of the first failure.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .max_operands = SIZE_MAX,
    .run = run,
};
