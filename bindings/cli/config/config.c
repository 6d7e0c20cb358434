/* config.c - `chandra config`: checks a configuration and prints it with every default. */
#include "cli.h"

#include <chandra/config.h>
#include <chandra/lua.h>
#include <stdio.h>
#include <string.h>

struct options {
    bool wants_schema;
};

static const struct cli_flag flags[] = {
    {.name = "schema",
     .type = CLI_SWITCH,
     .offset = offsetof(struct options, wants_schema),
     .help = "Print the JSON Schema of configurations, for editors"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_OUTPUT,
     .placeholder = "FORMAT",
     .choices = "yaml|json",
     .preset = "yaml",
     .help = "Print as yaml or json (default yaml)"},
    {0},
};

static int
print_schema(struct cli *cli)
{
    struct chandra_error err;
    char *text;

    if (chandra_config_schema(&text, &err) != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    fputs(text, stdout);
    chandra_free(text);
    return CLI_YES;
}

/* Its policies must load too; those of standard input have no folder. */
static enum chandra_status
try_policies(const char *path, struct chandra_error *err)
{
    struct chandra_policy *policy;
    enum chandra_status st;

    if (strcmp(path, "-") == 0)
        return CHANDRA_OK;
    st = cli_load_config(path, &policy, err);
    if (st == CHANDRA_OK)
        chandra_policy_unref(policy);
    return st;
}

static int
run(struct cli *cli)
{
    const struct options *options = cli->options;
    const char *path = cli->operand_count > 0 ? cli->operands[0] : NULL;
    struct chandra_config *config;
    struct chandra_error err;
    size_t len;
    char *text;
    enum chandra_status st;

    if (options->wants_schema == (path != NULL))
        return cli_failf(cli, NULL, CHANDRA_EINVAL,
                         "want a file or --schema, see \"chandra config --help\"");
    if (options->wants_schema)
        return print_schema(cli);
    if (cli_read(path, &text, &len, &err) != CHANDRA_OK)
        return cli_fail(cli, path, &err);
    st = chandra_config_parse(text, len, strcmp(path, "-") == 0 ? "standard input" : path, &config,
                              &err);
    chandra_free(text);
    if (st != CHANDRA_OK)
        return cli_fail(cli, path, &err);
    st = try_policies(path, &err);
    if (st == CHANDRA_OK)
        st = cli_print(cli, chandra_config_value(config), &err);
    chandra_config_free(config);
    return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, path, &err);
}

const struct cli_command cmd_config = {
    .name = "config",
    .operands = "FILE",
    .summary = "Check and print a file that gives policies to pods.",
    .details = "The file is a ChandraConfiguration as for the flag --config of schedule and "
               "simulate: rules that are tried in order, and the chain of policies of each. It is "
               "read strictly, and the policies that it names are loaded. \"-\" reads standard "
               "input, whose policies are not looked for.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
