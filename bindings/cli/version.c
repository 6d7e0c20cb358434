/* version.c - `chandra version`: which chandra this is. */
#include "cli.h"

#include <chandra/lua.h>
#include <chandra/version.h>
#include <stdio.h>

static const char resource_api[] = "resource.k8s.io/v1alpha2";

static const struct cli_flag flags[] = {
    CLI_OUTPUT_FLAG,
    {0},
};

static enum chandra_status
print_object(const struct cli *cli, struct chandra_doc *doc, struct chandra_error *err)
{
    struct chandra_value *root = chandra_value_new_object(doc);
    struct chandra_value *apis = chandra_value_new_array(doc);

    if (!root || !apis ||
        !chandra_value_set(root, "version", chandra_value_new_string(doc, chandra_version())) ||
        !chandra_value_set(root, "scriptAPI", chandra_value_new_int64(doc, CHANDRA_LUA_API)) ||
        !chandra_value_append(apis, chandra_value_new_string(doc, resource_api)) ||
        !chandra_value_set(root, "resourceAPIs", apis))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return cli_print(cli, root, err);
}

static int
run(struct cli *cli)
{
    struct chandra_error err;
    struct chandra_doc *doc;
    enum chandra_status st;

    if (cli->output == CLI_TABLE) {
        printf("chandra %s (script API %d, %s)\n", chandra_version(), CHANDRA_LUA_API,
               resource_api);
        return CLI_YES;
    }
    st = chandra_doc_new(&doc, &err);
    if (st == CHANDRA_OK) {
        st = print_object(cli, doc, &err);
        chandra_doc_free(doc);
    }
    return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, NULL, &err);
}

const struct cli_command cmd_version = {
    .name = "version",
    .operands = "",
    .summary = "Print the version, and which APIs it speaks.",
    .flags = flags,
    .run = run,
};
