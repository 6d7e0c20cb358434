/* flags.c - fills a command's options from its table of flags, the arguments and the environment.
 */
#include "cli.h"
#include "flag_value.h"

#include <chandra/sys/base.h>
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FLAGS = 64, LONG_BASE = 1000 }; /* getopt_long() returns LONG_BASE + the flag's index */

struct parser {
    struct cli *cli;
    const struct cli_flag *flags;
    size_t flag_count;
    bool is_seen[MAX_FLAGS]; /* on the command line, which goes before the environment */
    bool wants_help;
    struct chandra_error err; /* the first one */
    bool has_failed;
};

static void fail(struct parser *parser, enum chandra_status status, const char *fmt, ...)
    CHANDRA_PRINTF(3, 4);

/* Parsing goes on after an error, so that a later -o is known when it is reported. */
static void
fail(struct parser *parser, enum chandra_status status, const char *fmt, ...)
{
    va_list args;

    if (parser->has_failed)
        return;
    parser->has_failed = true;
    va_start(args, fmt);
    chandra_error_setv(&parser->err, status, fmt, args);
    va_end(args);
}

/* Whether `value` is one of "a|b|c". */
static bool
is_choice(const char *choices, const char *value)
{
    const size_t len = strlen(value);

    for (;;) {
        const size_t choice_len = strcspn(choices, "|");
        if (choice_len == len && strncmp(choices, value, len) == 0)
            return true;
        if (!choices[choice_len])
            return false;
        choices += choice_len + 1;
    }
}

static bool
append(struct cli_list *list, const char *item)
{
    const char **items = chandra_realloc(list->items, (list->count + 1) * sizeof(*items));

    if (!items)
        return false;
    list->items = items;
    items[list->count++] = item;
    return true;
}

/* Store one value. `source` says where it comes from: "--nodes", or an environment variable. */
static void
store(struct parser *parser, const struct cli_flag *flag, const char *source, const char *text)
{
    void *place = (char *)(uintptr_t)parser->cli->options + flag->offset;
    const char *want = NULL;
    char room[FLAG_WANT_SIZE];

    if (flag->choices && !is_choice(flag->choices, text)) {
        fail(parser, CHANDRA_EINVAL, "%s: want one of %s, got \"%s\"", source, flag->choices, text);
        return;
    }
    switch (flag->type) {
    case CLI_STRING:
    case CLI_CHOICE:
        *(const char **)place = text;
        break;
    case CLI_LIST:
        if (!append(place, text))
            fail(parser, CHANDRA_ENOMEM, "out of memory");
        break;
    case CLI_OUTPUT:
        parser->cli->output = cli_output_of(text);
        break;
    default:
        want = flag_value_parse(flag, text, place, room);
        break;
    }
    if (want)
        fail(parser, CHANDRA_EINVAL, "%s: want %s, got \"%s\"", source, want, text);
}

/* What getopt_long() could not place: an unknown or ambiguous flag, or a switch given a value. */
static void
unknown_flag(struct parser *parser, const char *argument, int letter)
{
    const char *names[MAX_FLAGS + 1];
    char name[64];
    const char *nearest;

    if (letter > 0 && letter < LONG_BASE && strncmp(argument, "--", 2) != 0) {
        fail(parser, CHANDRA_EINVAL, "unknown flag -%c, see \"chandra %s --help\"", letter,
             parser->cli->command->name);
        return;
    }
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    for (size_t i = 0; i < parser->flag_count; i++)
        names[i] = parser->flags[i].name;
    names[parser->flag_count] = "help";
    nearest = chandra_nearest(name, names, parser->flag_count + 1);
    if (letter > 0)
        fail(parser, CHANDRA_EINVAL, "flag --%s takes no value", name);
    else if (nearest)
        fail(parser, CHANDRA_EINVAL, "unknown flag --%s, did you mean --%s?", name, nearest);
    else
        fail(parser, CHANDRA_EINVAL, "unknown flag --%s, see \"chandra %s --help\"", name,
             parser->cli->command->name);
}

static const struct cli_flag *
find_flag(const struct parser *parser, int code, char *source, size_t size)
{
    for (size_t i = 0; i < parser->flag_count; i++)
        if (code == LONG_BASE + (int)i || code == parser->flags[i].letter) {
            snprintf(source, size, "--%s", parser->flags[i].name);
            return &parser->flags[i];
        }
    return NULL;
}

static void
take_flag(struct parser *parser, int code, const char *argument)
{
    char source[64];
    const struct cli_flag *flag = find_flag(parser, code, source, sizeof(source));

    if (code == 'h')
        parser->wants_help = true;
    else if (code == ':')
        fail(parser, CHANDRA_EINVAL, "flag %s needs a value", argument);
    else if (code == '?')
        unknown_flag(parser, argument, optopt);
    else if (flag) {
        parser->is_seen[flag - parser->flags] = true;
        store(parser, flag, source, optarg ? optarg : "true");
    }
}

static void
read_arguments(struct parser *parser, int argc, char **argv)
{
    struct option longs[MAX_FLAGS + 2] = {{0}};
    char shorts[2 * MAX_FLAGS + 4] = ":h";
    size_t len = 2;
    int code;

    for (size_t i = 0; i < parser->flag_count; i++) {
        const struct cli_flag *flag = &parser->flags[i];
        const int has_value = flag->type == CLI_SWITCH ? optional_argument : required_argument;
        longs[i] = (struct option){flag->name, has_value, NULL, LONG_BASE + (int)i};
        if (flag->letter)
            shorts[len++] = flag->letter;
        if (flag->letter && has_value == required_argument)
            shorts[len++] = ':';
    }
    longs[parser->flag_count] = (struct option){"help", no_argument, NULL, 'h'};
    optind = 1;
    opterr = 0;
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
        take_flag(parser, code, argv[optind - 1]);
    parser->cli->operands = (const char *const *)(argv + optind);
    parser->cli->operand_count = (size_t)(argc - optind);
}

/* CHANDRA_SIMULATE_DRIVER_CONFIG for the flag driver-config of simulate. */
static void
variable_name(const char *command, const char *flag, char *name, size_t size)
{
    snprintf(name, size, "CHANDRA_%s_%s", command, flag);
    for (char *c = name; *c; c++)
        *c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
}

static void
read_presets(struct parser *parser)
{
    for (size_t i = 0; i < parser->flag_count; i++)
        if (parser->flags[i].preset)
            store(parser, &parser->flags[i], parser->flags[i].name, parser->flags[i].preset);
}

static void
read_environment(struct parser *parser)
{
    for (size_t i = 0; i < parser->flag_count; i++) {
        const struct cli_flag *flag = &parser->flags[i];
        char name[96];
        const char *text;
        variable_name(parser->cli->command->name, flag->name, name, sizeof(name));
        text = getenv(name);
        if (text && *text && !parser->is_seen[i])
            store(parser, flag, name, text);
    }
}

static void
check_operands(struct parser *parser)
{
    const struct cli_command *command = parser->cli->command;

    if (parser->cli->operand_count < command->min_operands)
        fail(parser, CHANDRA_EINVAL, "%s is missing, see \"chandra %s --help\"", command->operands,
             command->name);
    else if (parser->cli->operand_count > command->max_operands)
        fail(parser, CHANDRA_EINVAL, "unexpected argument \"%s\", see \"chandra %s --help\"",
             parser->cli->operands[command->max_operands], command->name);
}

int
cli_parse(struct cli *cli, int argc, char **argv, bool *out_done)
{
    const struct cli_command *command = cli->command;
    struct parser parser = {.cli = cli, .flags = command->flags};
    void *options = chandra_realloc(NULL, command->options_size);

    *out_done = true;
    if (!options)
        return cli_failf(cli, NULL, CHANDRA_ENOMEM, "out of memory");
    memset(options, 0, command->options_size);
    cli->options = options;
    while (parser.flags && parser.flag_count < MAX_FLAGS && parser.flags[parser.flag_count].name)
        parser.flag_count++;
    read_presets(&parser);
    read_arguments(&parser, argc, argv);
    if (parser.wants_help) {
        cli_help(command);
        return CLI_YES;
    }
    read_environment(&parser);
    check_operands(&parser);
    if (parser.has_failed)
        return cli_fail(cli, NULL, &parser.err);
    *out_done = false;
    return CLI_YES;
}

void
cli_clear(struct cli *cli)
{
    char *options = (char *)(uintptr_t)cli->options;

    for (const struct cli_flag *flag = cli->command->flags; options && flag && flag->name; flag++) {
        void *place = options + flag->offset;
        const struct cli_list *list = place;
        if (flag->type == CLI_LIST)
            chandra_free(list->items);
    }
    chandra_free(options);
    cli->options = NULL;
}
