/* cli.h - what the subcommands of `chandra` share: their table, flags, output and exit codes.
 *
 * One file or folder per subcommand, each with one `const struct cli_command cmd_NAME` that main.c
 * lists. The flags of a command are a table: it parses, documents and completes itself. Machine
 * output goes to standard output, everything else to standard error.
 */
#ifndef CHANDRA_CLI_H
#define CHANDRA_CLI_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <chandra/export.h>
#include <chandra/log.h>
#include <chandra/policy.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the exit code of every subcommand means. */
enum cli_exit {
    CLI_YES = 0,     /* the answer is yes; all passed */
    CLI_NO = 1,      /* a valid negative answer: not all placed, a check or a replay failed */
    CLI_INVALID = 2, /* usage, unreadable or invalid input */
    CLI_FAULT = 3,   /* a policy failed */
    CLI_CLUSTER = 4, /* no way to the API server */
    CLI_GAVE_UP = 5, /* a limit was reached before there was an answer */
};

enum cli_output { CLI_TABLE, CLI_JSON, CLI_YAML, CLI_TAP, CLI_JUNIT, CLI_HTML };

/* How a flag's value is stored in the options of its command. */
enum cli_type {
    CLI_SWITCH,   /* bool; --name or --name=BOOL */
    CLI_STRING,   /* const char * */
    CLI_LIST,     /* struct cli_list; the flag may be repeated */
    CLI_COUNT,    /* int64_t, from `least` to `most` */
    CLI_NUMBER,   /* double */
    CLI_DURATION, /* int64_t, milliseconds; "1m30s", "500ms" */
    CLI_SIZE,     /* int64_t, bytes; "16Mi" */
    CLI_OUTPUT,   /* enum cli_output; takes `choices` */
    CLI_CHOICE,   /* const char *, one of `choices` */
};

struct cli_list {
    const char **items;
    size_t count;
};

struct cli_flag {
    const char *name; /* long name without dashes; NULL ends the table */
    char letter;      /* short name, or 0 */
    enum cli_type type;
    size_t offset;           /* in the command's options */
    const char *placeholder; /* of the value in help texts; NULL for a switch */
    const char *choices;     /* "table|json|yaml", or NULL */
    const char *help;        /* one sentence without its end */
    const char *preset;      /* the value without the flag; NULL: zero */
    int64_t least;           /* of a count */
    int64_t most;            /* 0: INT32_MAX */
};

/* Flags that several commands have. */
#define CLI_OUTPUT_FLAG            \
    {.name = "output",             \
     .letter = 'o',                \
     .type = CLI_OUTPUT,           \
     .placeholder = "FORMAT",      \
     .choices = "table|json|yaml", \
     .help = "Print as table, json or yaml (default table)"}
/* The options struct has a cli_list `policies`, see cli_load_policy(). */
#define CLI_POLICY_FLAG(options)                   \
    {.name = "policy",                             \
     .letter = 'p',                                \
     .type = CLI_LIST,                             \
     .offset = offsetof(struct options, policies), \
     .placeholder = "FILE",                        \
     .help = "Decide by this policy; several form a chain (default: the built-in default.lua)"}

struct cli;

struct cli_command {
    const char *name;
    const char *operands;         /* such as "FILE..." */
    const char *summary;          /* one line without its end */
    const char *details;          /* paragraphs for --help; may be NULL */
    size_t options_size;          /* of the struct that the flags fill, zeroed before; 0 for none */
    const struct cli_flag *flags; /* may be NULL */
    size_t min_operands;
    size_t max_operands;         /* SIZE_MAX: any number */
    int (*run)(struct cli *cli); /* returns the exit code */
};

/* One run of a subcommand. */
struct cli {
    const struct cli_command *command;
    const void *options;    /* the command's struct, filled */
    enum cli_output output; /* of the command's -o, CLI_TABLE without one */
    size_t operand_count;
    const char *const *operands;
    bool is_reported; /* an error object has been printed: there is at most one */
};

extern const struct cli_command cmd_bench;
extern const struct cli_command cmd_capabilities;
extern const struct cli_command cmd_check;
extern const struct cli_command cmd_config;
extern const struct cli_command cmd_profile;
extern const struct cli_command cmd_new;
extern const struct cli_command cmd_explain;
extern const struct cli_command cmd_repl;
extern const struct cli_command cmd_replay;
extern const struct cli_command cmd_schedule;
extern const struct cli_command cmd_simulate;
extern const struct cli_command cmd_test;
extern const struct cli_command cmd_version;

/* Flags and commands (flags.c, help.c, main.c). */

/* Fill cli->options, output and operands from the environment and the arguments after the command's
 * name. *out_done is set when nothing is left to run: --help was answered, or the usage was wrong.
 * Returns the exit code in that case. */
int cli_parse(struct cli *cli, int argc, char **argv, bool *out_done);
/* Free what cli_parse() allocated. */
void cli_clear(struct cli *cli);
/* Print the help of a command, or of the program for NULL. */
void cli_help(const struct cli_command *command);
/* The commands, ended by NULL. */
const struct cli_command *const *cli_commands(void);
/* A command by name, or NULL. */
const struct cli_command *cli_find(const char *name);

/* Messages (report.c). */

/* Print "chandra: error: ..." to standard error and, with -o json or yaml, one error object to
 * standard output: {"error":{"code":CODE,"reason":STATUS NAME,"message":TEXT,"path":PATH}}. `path`
 * may be NULL. Returns the exit code that suits err's status, so that a command can end with it. */
int cli_fail(struct cli *cli, const char *path, const struct chandra_error *err);
/* cli_fail() for what has been told on standard error already; `code` is returned. */
int cli_fail_silently(struct cli *cli, int code, const char *path, const struct chandra_error *err);
/* cli_fail() for an error found here; returns CLI_INVALID for EINVAL and so on. */
int cli_failf(struct cli *cli, const char *path, enum chandra_status status, const char *fmt, ...)
    CHANDRA_PRINTF(4, 5);
/* Print "chandra: error: ..." to standard error, when the run goes on. */
void cli_complain(const char *fmt, ...) CHANDRA_PRINTF(1, 2);
/* Print "chandra: note: ..." to standard error. */
void cli_note(const char *fmt, ...) CHANDRA_PRINTF(1, 2);
/* What an error object holds. Ownership: the document's; NULL when out of memory. */
struct chandra_value *cli_error_value(struct chandra_doc *doc, int code, const char *path,
                                      const struct chandra_error *err);
/* The exit code that suits a status. */
int cli_exit_code(enum chandra_status status);
/* A logger that prints warnings and errors to standard error. */
struct chandra_logger cli_logger(void);
/* The format of a name such as "json"; a table for any other. */
enum cli_output cli_output_of(const char *name);
/* Whether `stream_fd` takes colours: a terminal, no NO_COLOR, TERM other than dumb. */
bool cli_has_color(int stream_fd);

/* Input and output (input.c, report.c). */

/* Read a whole file, "-" for standard input; *out_text is NUL-terminated, for chandra_free(). */
enum chandra_status cli_read(const char *path, char **out_text, size_t *out_len,
                             struct chandra_error *err);
/* Read a file of YAML or JSON; errors name it. Caller frees *out_doc. */
enum chandra_status cli_read_doc(const char *path, struct chandra_doc **out_doc,
                                 struct chandra_error *err);
/* Print a value to standard output as cli->output says (JSON for a table). */
enum chandra_status cli_print(const struct cli *cli, const struct chandra_value *value,
                              struct chandra_error *err);
/* Print "policy " and what chandra_cycle_policy_text() wrote, with 12 digits of each hash. */
void cli_print_policy(const char *text);
/* Load a chain of policies; without paths the built-in default. Caller unrefs *out_policy. */
enum chandra_status cli_load_policy(const struct cli_list *paths,
                                    struct chandra_policy **out_policy, struct chandra_error *err);
struct chandra_lua_observer;
/* The same, with an observer of its VMs (chandra/lua.h), which must outlive it. */
enum chandra_status cli_load_observed_policy(const char *const *paths, size_t count,
                                             const struct chandra_lua_observer *observer,
                                             struct chandra_policy **out_policy,
                                             struct chandra_error *err);
/* Load what a configuration file names. Caller unrefs *out_policy. */
enum chandra_status cli_load_config(const char *path, struct chandra_policy **out_policy,
                                    struct chandra_error *err);

#endif
