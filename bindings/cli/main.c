/* main.c - the chandra command: finds the subcommand and runs it. */
#include "cli.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command *const commands[] = {
    &cmd_simulate, &cmd_replay, &cmd_check, &cmd_bench, &cmd_version, NULL,
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

static int
unknown_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    const char *nearest;

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    nearest = chandra_nearest(name, names, COMMAND_COUNT);
    if (nearest)
        cli_complain("unknown command \"%s\", did you mean \"%s\"?", name, nearest);
    else
        cli_complain("unknown command \"%s\", see \"chandra --help\"", name);
    return CLI_INVALID;
}

static int
help(const char *name)
{
    const struct cli_command *command = name ? cli_find(name) : NULL;

    if (name && !command)
        return unknown_command(name);
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
    const struct cli_command *command;

    if (argc < 2) {
        cli_complain("a command is missing, see \"chandra --help\"");
        return CLI_INVALID;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(argv[1], "--version") == 0)
        return run(&cmd_version, 1, argv);
    if (argv[1][0] == '-') {
        cli_complain("unknown flag %s before the command, see \"chandra --help\"", argv[1]);
        return CLI_INVALID;
    }
    command = cli_find(argv[1]);
    return command ? run(command, argc - 1, argv + 1) : unknown_command(argv[1]);
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
