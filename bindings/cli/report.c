/* report.c - messages for people on standard error, results and error objects on standard output.
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
cli_has_color(int stream_fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(stream_fd) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

void
cli_print_policy(const char *text)
{
    static const char mark[] = "sha256:";
    enum { DIGITS = 12 };
    const char *hash;

    printf("policy ");
    while ((hash = strstr(text, mark))) {
        const size_t len = strcspn(hash, ", ");
        const size_t shown = sizeof(mark) - 1 + DIGITS;
        printf("%.*s%.*s", (int)(hash - text), text, (int)(len < shown ? len : shown), hash);
        text = hash + len;
    }
    printf("%s\n", text);
}

static void
say(const char *word, const char *color, const char *message)
{
    const bool has_color = cli_has_color(STDERR_FILENO);

    fprintf(stderr, "chandra: %s%s:%s %s\n", has_color ? color : "", word,
            has_color ? "\033[0m" : "", message);
}

void
cli_complain(const char *fmt, ...)
{
    struct chandra_error text; /* for its rules: one line, no control characters */
    va_list args;

    va_start(args, fmt);
    chandra_error_setv(&text, CHANDRA_EINVAL, fmt, args);
    va_end(args);
    say("error", "\033[1;31m", text.message);
}

void
cli_note(const char *fmt, ...)
{
    struct chandra_error text;
    va_list args;

    va_start(args, fmt);
    chandra_error_setv(&text, CHANDRA_EINVAL, fmt, args);
    va_end(args);
    say("note", "\033[1;36m", text.message);
}

int
cli_exit_code(enum chandra_status status)
{
    switch (status) {
    case CHANDRA_OK:
        return CLI_YES;
    case CHANDRA_ESCRIPT:
    case CHANDRA_EBUDGET:
        return CLI_FAULT;
    case CHANDRA_EUNAUTHORIZED:
    case CHANDRA_EFORBIDDEN:
    case CHANDRA_ETHROTTLED:
    case CHANDRA_ETRANSIENT:
    case CHANDRA_EAPI:
        return CLI_CLUSTER;
    case CHANDRA_ENOMEM:
    case CHANDRA_ECANCELED:
        return CLI_GAVE_UP;
    default:
        return CLI_INVALID;
    }
}

enum cli_output
cli_output_of(const char *name)
{
    static const char *const names[] = {[CLI_JSON] = "json",
                                        [CLI_YAML] = "yaml",
                                        [CLI_TAP] = "tap",
                                        [CLI_JUNIT] = "junit",
                                        [CLI_HTML] = "html"};

    for (int i = CLI_JSON; i <= CLI_HTML; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum cli_output)i;
    return CLI_TABLE;
}

enum chandra_status
cli_print(const struct cli *cli, const struct chandra_value *value, struct chandra_error *err)
{
    char *text;
    size_t len;
    const enum chandra_status st = chandra_value_print(
        value, cli->output == CLI_YAML ? CHANDRA_PRINT_YAML : CHANDRA_PRINT_PRETTY, &text, &len,
        err);

    if (st != CHANDRA_OK)
        return st;
    fwrite(text, 1, len, stdout);
    chandra_free(text);
    return CHANDRA_OK;
}

struct chandra_value *
cli_error_value(struct chandra_doc *doc, int code, const char *path,
                const struct chandra_error *err)
{
    struct chandra_value *value = chandra_value_new_object(doc);
    const char *reason = chandra_status_name(err->status);

    if (value && chandra_value_set(value, "code", chandra_value_new_int64(doc, code)) &&
        chandra_value_set(value, "reason", chandra_value_new_string(doc, reason)) &&
        chandra_value_set(value, "message", chandra_value_new_string(doc, err->message)) &&
        chandra_value_set(value, "path", chandra_value_new_string(doc, path)))
        return value;
    return NULL;
}

/* Without memory for the object there is still the message on standard error. */
static void
print_error_object(const struct cli *cli, int code, const char *path,
                   const struct chandra_error *err)
{
    struct chandra_doc *doc;
    struct chandra_value *root;
    struct chandra_error ignored;

    if (chandra_doc_new(&doc, NULL) != CHANDRA_OK)
        return;
    root = chandra_value_new_object(doc);
    if (root && chandra_value_set(root, "error", cli_error_value(doc, code, path, err)))
        (void)cli_print(cli, root, &ignored);
    chandra_doc_free(doc);
}

int
cli_fail_silently(struct cli *cli, int code, const char *path, const struct chandra_error *err)
{
    if ((cli->output == CLI_JSON || cli->output == CLI_YAML) && !cli->is_reported)
        print_error_object(cli, code, path, err);
    cli->is_reported = true;
    return code;
}

int
cli_fail(struct cli *cli, const char *path, const struct chandra_error *err)
{
    cli_complain("%s", err->message);
    return cli_fail_silently(cli, cli_exit_code(err->status), path, err);
}

int
cli_failf(struct cli *cli, const char *path, enum chandra_status status, const char *fmt, ...)
{
    struct chandra_error err;
    va_list args;

    va_start(args, fmt);
    chandra_error_setv(&err, status, fmt, args);
    va_end(args);
    return cli_fail(cli, path, &err);
}

static void
log_line(void *user, enum chandra_level level, const char *message)
{
    (void)user;
    if (level <= CHANDRA_LOG_WARNING)
        cli_note("%s", message);
}

struct chandra_logger
cli_logger(void)
{
    return (struct chandra_logger){.fn = log_line};
}
