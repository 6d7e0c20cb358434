/* check.c - `chandra check`: finds what is wrong with a policy before anybody runs it. */
#include "cli.h"

#include <chandra/lua.h>
#include <stdio.h>

static const struct cli_flag flags[] = {
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
    bool is_table;
    bool is_out_of_memory;
};

static void
on_finding(void *user, const struct chandra_lua_finding *told)
{
    struct findings *findings = user;
    struct chandra_doc *doc = findings->doc;
    struct chandra_value *finding = chandra_value_new_object(doc);

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

static enum chandra_status
check_file(struct findings *findings, const char *path, size_t *count, struct chandra_error *err)
{
    struct chandra_lua_source source = {.name = path};
    size_t found = 0;
    char *text;
    enum chandra_status st = cli_read(path, &text, &source.len, err);

    if (st != CHANDRA_OK)
        return st;
    source.text = text;
    st = chandra_lua_check(&source, on_finding, findings, &found, err);
    chandra_free(text);
    *count += found;
    if (st == CHANDRA_OK && findings->is_table && found == 0)
        printf("%s: ok\n", path);
    return st;
}

static enum chandra_status
print_result(const struct cli *cli, struct findings *findings, size_t count,
             struct chandra_error *err)
{
    struct chandra_doc *doc = findings->doc;
    struct chandra_value *root = chandra_value_new_object(doc);

    if (findings->is_out_of_memory || !root ||
        !chandra_value_set(root, "files",
                           chandra_value_new_int64(doc, (int64_t)cli->operand_count)) ||
        !chandra_value_set(root, "findingCount", chandra_value_new_int64(doc, (int64_t)count)) ||
        !chandra_value_set(root, "findings", findings->list))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return findings->is_table ? CHANDRA_OK : cli_print(cli, root, err);
}

static int
check_all(struct cli *cli, struct findings *findings)
{
    struct chandra_error err;
    size_t count = 0;

    for (size_t i = 0; i < cli->operand_count; i++)
        if (check_file(findings, cli->operands[i], &count, &err) != CHANDRA_OK)
            return cli_fail(cli, cli->operands[i], &err);
    if (print_result(cli, findings, count, &err) != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    return count > 0 ? CLI_NO : CLI_YES;
}

static int
run(struct cli *cli)
{
    struct findings findings = {.is_table = cli->output == CLI_TABLE};
    struct chandra_error err;
    int code;

    if (chandra_doc_new(&findings.doc, &err) != CHANDRA_OK)
        return cli_fail(cli, NULL, &err);
    findings.list = chandra_value_new_array(findings.doc);
    code = check_all(cli, &findings);
    chandra_doc_free(findings.doc);
    return code;
}

const struct cli_command cmd_check = {
    .name = "check",
    .operands = "FILE...",
    .summary = "Check policies: syntax, header, unknown hooks and API names, globals.",
    .details =
        "Nothing is run. Each finding is a line FILE:LINE: TEXT; \"-\" reads standard input.",
    .flags = flags,
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
