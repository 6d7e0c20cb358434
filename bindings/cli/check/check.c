/* check.c - `chandra check`: finds what is wrong with a policy before anybody relies on it. */
#include "check/trial.h"
#include "cli.h"
#include "paths.h"

#include <chandra/lua.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool has_trial;
};

static const struct cli_flag flags[] = {
    {.name = "trial",
     .type = CLI_SWITCH,
     .offset = offsetof(struct options, has_trial),
     .preset = "true",
     .help = "Also run the hooks on a small cluster in memory (default true)"},
    {.name = "output",
     .letter = 'o',
     .type = CLI_OUTPUT,
     .placeholder = "FORMAT",
     .choices = "table|json|yaml",
     .help = "Print as table (a line for each finding), json or yaml (default table)"},
    {0},
};

struct findings {
    struct chandra_doc *doc;
    struct chandra_value *list;
    size_t count;
    size_t unused; /* of them locals that nobody reads: no reason not to try the policy */
    bool is_table;
    bool is_out_of_memory;
};

static void
on_finding(void *user, const struct chandra_lua_finding *told)
{
    struct findings *findings = user;
    struct chandra_doc *doc = findings->doc;
    struct chandra_value *finding = chandra_value_new_object(doc);

    findings->count++;
    findings->unused += strcmp(told->rule, "unused-local") == 0;
    if (findings->is_table)
        printf("%s:%u:%u: %s\n", told->file, told->line, told->column, told->message);
    if (!finding ||
        !chandra_value_set(finding, "file", chandra_value_new_string(doc, told->file)) ||
        !chandra_value_set(finding, "line", chandra_value_new_int64(doc, told->line)) ||
        !chandra_value_set(finding, "column", chandra_value_new_int64(doc, told->column)) ||
        !chandra_value_set(finding, "rule", chandra_value_new_string(doc, told->rule)) ||
        !chandra_value_set(finding, "message", chandra_value_new_string(doc, told->message)) ||
        !chandra_value_append(findings->list, finding))
        findings->is_out_of_memory = true;
}

/* Take "FILE:LINE: TEXT" apart; a text without a place is of the file as a whole. */
static const char *
split_place(const char *message, const char *file, unsigned *out_line)
{
    const size_t len = strlen(file);
    unsigned long line;
    char *end;

    *out_line = 1;
    if (strncmp(message, file, len) != 0 || message[len] != ':')
        return message;
    line = strtoul(message + len + 1, &end, 10);
    if (line == 0 || strncmp(end, ": ", 2) != 0)
        return message;
    *out_line = (unsigned)line;
    return end + 2;
}

/* What the policy says on the example cluster. */
static enum chandra_status
try_policy(struct findings *findings, const struct chandra_lua_source *source,
           struct chandra_error *err)
{
    struct chandra_error failure;
    struct chandra_lua_finding finding = {source->name, 1, 1, "trial", NULL};
    char message[sizeof(failure.message) + 32];
    bool has_failed;
    enum chandra_status st = check_trial(source, &has_failed, &failure, err);

    if (st != CHANDRA_OK || !has_failed)
        return st;
    snprintf(message, sizeof(message), "fails in a trial run: %s",
             split_place(failure.message, source->name, &finding.line));
    finding.message = message;
    on_finding(findings, &finding);
    return CHANDRA_OK;
}

static enum chandra_status
check_file(const struct cli *cli, struct findings *findings, const char *path,
           struct chandra_error *err)
{
    const struct options *options = cli->options;
    struct chandra_lua_source source = {.name = path};
    const size_t before = findings->count;
    const size_t unused = findings->unused;
    size_t found = 0;
    char *text;
    enum chandra_status st = cli_read(path, &text, &source.len, err);

    if (st != CHANDRA_OK)
        return st;
    source.text = text;
    st = chandra_lua_check(&source, on_finding, findings, &found, err);
    if (st == CHANDRA_OK && found == findings->unused - unused && options->has_trial)
        st = try_policy(findings, &source, err);
    chandra_free(text);
    if (st == CHANDRA_OK && findings->is_table && findings->count == before)
        printf("%s: ok\n", path);
    return st;
}

static enum chandra_status
print_result(const struct cli *cli, struct findings *findings, size_t files,
             struct chandra_error *err)
{
    struct chandra_doc *doc = findings->doc;
    struct chandra_value *root = chandra_value_new_object(doc);

    if (findings->is_out_of_memory || !root ||
        !chandra_value_set(root, "files", chandra_value_new_int64(doc, (int64_t)files)) ||
        !chandra_value_set(root, "findingCount",
                           chandra_value_new_int64(doc, (int64_t)findings->count)) ||
        !chandra_value_set(root, "findings", findings->list))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return findings->is_table ? CHANDRA_OK : cli_print(cli, root, err);
}

/* A folder stands for its policies. */
static enum chandra_status
expand(struct paths *paths, const char *operand, struct chandra_error *err)
{
    return strcmp(operand, "-") == 0 ? paths_expand(paths, operand, err)
                                     : paths_expand_policies(paths, operand, err);
}

static int
check_all(struct cli *cli, struct findings *findings, struct paths *paths)
{
    struct chandra_error err;

    for (size_t i = 0; i < cli->operand_count; i++)
        if (expand(paths, cli->operands[i], &err) != CHANDRA_OK)
            return cli_fail(cli, cli->operands[i], &err);
    for (size_t i = 0; i < paths->count; i++)
        if (check_file(cli, findings, paths->items[i], &err) != CHANDRA_OK)
            return cli_fail(cli, paths->items[i], &err);
    if (print_result(cli, findings, paths->count, &err) != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    return findings->count > 0 ? CLI_NO : CLI_YES;
}

static int
run(struct cli *cli)
{
    struct findings findings = {.is_table = cli->output == CLI_TABLE};
    struct paths paths = {0};
    struct chandra_error err;
    int code;

    if (chandra_doc_new(&findings.doc, &err) != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    findings.list = chandra_value_new_array(findings.doc);
    code = check_all(cli, &findings, &paths);
    paths_clear(&paths);
    chandra_doc_free(findings.doc);
    return code;
}

const struct cli_command cmd_check = {
    .name = "check",
    .operands = "FILE...",
    .summary = "Check policies: syntax, header, names, calls, and a first run.",
    .details =
        "FILE is a policy, a folder of them, or \"-\" for standard input. Each finding is a line "
        "FILE:LINE:COLUMN: TEXT.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
