/* help.c - prints help texts from the tables of commands and flags. */
#include "cli.h"
#include "wrap.h"

#include <stdio.h>
#include <string.h>

enum { COMMAND_COLUMN = 16, FLAG_COLUMN = 33 };

static void
print_flag(const struct cli_flag *flag)
{
    int column = flag->letter ? printf("  -%c, --%s", flag->letter, flag->name)
                              : printf("      --%s", flag->name);

    if (flag->placeholder)
        column += printf(" %s", flag->placeholder);
    if (column > FLAG_COLUMN - 2) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", FLAG_COLUMN - column, "");
    wrap_print(flag->help, FLAG_COLUMN, FLAG_COLUMN);
}

static void
print_paragraphs(const char *text)
{
    char paragraph[1024];

    while (text && *text) {
        const int len = (int)strcspn(text, "\n");
        snprintf(paragraph, sizeof(paragraph), "%.*s", len, text);
        wrap_print(paragraph, 0, 0);
        putchar('\n');
        text += len;
        text += strspn(text, "\n");
    }
}

static void
print_exit_codes(void)
{
    printf("Exit codes:\n"
           "  0  yes: everything placed, passed, fine\n"
           "  1  no: a valid negative answer\n"
           "  2  wrong usage, unreadable or invalid input\n"
           "  3  a policy failed\n"
           "  4  no way to the API server\n"
           "  5  gave up: a limit was reached before there was an answer\n");
}

static void
print_program(void)
{
    printf("Usage: chandra COMMAND [FLAGS] [ARGUMENTS]\n\n");
    print_paragraphs("A Lua-scriptable policy engine for Kubernetes dynamic resource allocation.");
    printf("Commands:\n");
    for (const struct cli_command *const *at = cli_commands(); *at; at++)
        wrap_print((*at)->summary, printf("  %-*s", COMMAND_COLUMN - 2, (*at)->name),
                   COMMAND_COLUMN);
    printf("\n\"chandra COMMAND --help\" says more about one of them.\n\n");
    print_exit_codes();
}

void
cli_help(const struct cli_command *command)
{
    static const struct cli_flag help = {.name = "help", .letter = 'h', .help = "Print this text"};
    const char *operands;

    if (!command) {
        print_program();
        return;
    }
    operands = command->operands ? command->operands : "";
    printf("Usage: chandra %s [FLAGS]%s%s\n\n", command->name, *operands ? " " : "", operands);
    print_paragraphs(command->summary);
    print_paragraphs(command->details);
    printf("Flags:\n");
    for (const struct cli_flag *flag = command->flags; flag && flag->name; flag++)
        print_flag(flag);
    print_flag(&help);
    printf("\n");
    print_paragraphs("A flag can also be set by an environment variable: CHANDRA_, the command, _, "
                     "the flag, in capitals with _ for -.");
    print_exit_codes();
}
