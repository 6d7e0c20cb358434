/* main.c - the chandra command: finds the subcommand and runs it. */
#include "cli.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command *const commands[] = {
    &cmd_simulate,
#ifdef CHANDRA_KUBE
    &cmd_schedule,
#endif
    &cmd_explain,  &cmd_repl,  &cmd_replay,  &cmd_test,         &cmd_new,     &cmd_check,
    &cmd_config,   &cmd_bench, &cmd_profile, &cmd_capabilities, &cmd_version, NULL,
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) - 1 };

const struct cli_command *const *
cli_commands(void)
{
    return commands;
}

const struct cli_command *
cli_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* What -o asks for where no command is known that could parse it: an error is one object too. */
static enum cli_output
wanted_output(char **argv)
{
    for (char **at = argv; *at; at++) {
        const char *value = NULL;
        if (strcmp(*at, "-o") == 0 || strcmp(*at, "--output") == 0)
            value = at[1];
        else if (strncmp(*at, "--output=", 9) == 0)
            value = *at + 9;
        else if (strncmp(*at, "-o", 2) == 0)
            value = *at + 2;
        if (value)
            return cli_output_of(value);
    }
    return CLI_TABLE;
}

static int
unknown_command(struct cli *cli, const char *name)
{
    const char *names[COMMAND_COUNT];
    const char *nearest;

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    nearest = chandra_nearest(name, names, COMMAND_COUNT);
    if (nearest)
        return cli_failf(cli, NULL, CHANDRA_EINVAL, "unknown command \"%s\", did you mean \"%s\"?",
                         name, nearest);
    return cli_failf(cli, NULL, CHANDRA_EINVAL, "unknown command \"%s\", see \"chandra --help\"",
                     name);
}

static int
help(struct cli *cli, const char *name)
{
    const struct cli_command *command = name ? cli_find(name) : NULL;

    if (name && !command)
        return unknown_command(cli, name);
    cli_help(command);
    return CLI_YES;
}

static int
run(const struct cli_command *command, int argc, char **argv)
{
    struct cli cli = {.command = command};
    bool is_done = false;
    int code = cli_parse(&cli, argc, argv, &is_done);

    if (!is_done)
        code = command->run(&cli);
    cli_clear(&cli);
    return code;
}

static int
dispatch(int argc, char **argv)
{
    struct cli cli = {.output = wanted_output(argv)};
    const struct cli_command *command;

    if (argc < 2)
        return cli_failf(&cli, NULL, CHANDRA_EINVAL,
                         "a command is missing, see \"chandra --help\"");
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(&cli, argc > 2 ? argv[2] : NULL);
    if (strcmp(argv[1], "--version") == 0)
        return run(&cmd_version, 1, argv);
    if (argv[1][0] == '-')
        return cli_failf(&cli, NULL, CHANDRA_EINVAL,
                         "unknown flag %s before the command, see \"chandra --help\"", argv[1]);
    command = cli_find(argv[1]);
    return command ? run(command, argc - 1, argv + 1) : unknown_command(&cli, argv[1]);
}

int
main(int argc, char **argv)
{
    int code = dispatch(argc, argv);

    /* A full disk must not pass for success. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_complain("cannot write to standard output");
        code = code == CLI_YES ? CLI_INVALID : code;
    }
    return code;
}
