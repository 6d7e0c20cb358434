/* input.c - reads files and policies that the command line names. */
#include "cli.h"

#include <chandra/config.h>
#include <chandra/lua.h>
#include <chandra/sys/base.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Endless input is not read to its end; what is too long for its reader is told by that. */
enum { MAX_INPUT = 256 * 1024 * 1024 };

static enum chandra_status
read_stream(FILE *stream, const char *path, char **out_text, size_t *out_len,
            struct chandra_error *err)
{
    char *text = NULL;
    size_t len = 0;
    size_t capacity = 0;

    do {
        if (len + 1 >= capacity) {
            char *grown = chandra_realloc(text, capacity * 2 + 8192);
            if (!grown) {
                chandra_free(text);
                return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", path);
            }
            text = grown;
            capacity = capacity * 2 + 8192;
        }
        len += fread(text + len, 1, capacity - len - 1, stream);
    } while (len <= MAX_INPUT && !feof(stream) && !ferror(stream));
    if (len > MAX_INPUT || ferror(stream)) {
        chandra_free(text);
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path,
                                 len > MAX_INPUT ? "longer than 256 MiB" : strerror(errno));
    }
    text[len] = '\0';
    *out_text = text;
    *out_len = len;
    return CHANDRA_OK;
}

enum chandra_status
cli_read(const char *path, char **out_text, size_t *out_len, struct chandra_error *err)
{
    FILE *stream;
    enum chandra_status st;

    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "standard input", out_text, out_len, err);
    stream = fopen(path, "rb");
    if (!stream)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    st = read_stream(stream, path, out_text, out_len, err);
    fclose(stream);
    return st;
}

/* YAML contains JSON, but errors and numbers are the better for the right parser. */
static bool
is_json(const char *path, const char *text, size_t len)
{
    const size_t path_len = strlen(path);
    size_t first = 0;

    if (path_len > 5 && strcmp(path + path_len - 5, ".json") == 0)
        return true;
    while (first < len && strchr(" \t\r\n", text[first]))
        first++;
    return first < len && text[first] == '{';
}

enum chandra_status
cli_read_doc(const char *path, struct chandra_doc **out_doc, struct chandra_error *err)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    char *text = NULL;
    size_t len = 0;
    enum chandra_status st = cli_read(path, &text, &len, err);

    if (st != CHANDRA_OK)
        return st;
    if (is_json(path, text, len))
        st = chandra_doc_parse_json(text, len, name, NULL, out_doc, err);
    else
        st = chandra_doc_parse_yaml(text, len, name, NULL, out_doc, err);
    chandra_free(text);
    return st;
}

/* No scheduler waits for these calls, and equal input is to give equal output: their instructions
 * are counted, and the clock only ends what the count does not. */
enum { POLICY_TIMEOUT_MS = 10 * 1000 };

static struct chandra_lua_options
patient_options(void)
{
    return (struct chandra_lua_options){.size = sizeof(struct chandra_lua_options),
                                        .timeout_ms = POLICY_TIMEOUT_MS,
                                        .logger = cli_logger()};
}

enum chandra_status
cli_load_policy(const struct cli_list *paths, struct chandra_policy **out_policy,
                struct chandra_error *err)
{
    const struct chandra_lua_observer nobody = {0};

    return cli_load_observed_policy(paths->items, paths->count, &nobody, out_policy, err);
}

enum chandra_status
cli_load_observed_policy(const char *const *paths, size_t count,
                         const struct chandra_lua_observer *observer,
                         struct chandra_policy **out_policy, struct chandra_error *err)
{
    struct chandra_lua_options options = patient_options();

    options.observer = *observer;
    if (count == 0)
        return chandra_lua_policy_load(chandra_lua_default(), 1, &options, out_policy, err);
    return chandra_lua_policy_load_files(paths, count, &options, out_policy, err);
}

enum chandra_status
cli_load_config(const char *path, struct chandra_policy **out_policy, struct chandra_error *err)
{
    const struct chandra_lua_options options = patient_options();

    return chandra_config_load_file(path, &options, out_policy, err);
}
