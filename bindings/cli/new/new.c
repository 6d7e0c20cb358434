/* new.c - `chandra new`: begins a policy and its spec, or tells an editor about policies. */
#include "new/new.h"

#include "cli.h"

#include <chandra/sys/base.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

/* The first line of the files for editors: what has it may be written anew. */
#define MARK "Written by `chandra new --editor`"

enum { MAX_STEM = 1000, MAX_PATH = MAX_STEM + 32 };

struct options {
    struct cli_list hooks;
    bool is_editor;
};

static const struct cli_flag flags[] = {
    {.name = "hook",
     .type = CLI_LIST,
     .offset = offsetof(struct options, hooks),
     .placeholder = "HOOK",
     .help = "Begin with this hook; may be repeated (default match)"},
    {.name = "editor",
     .type = CLI_SWITCH,
     .offset = offsetof(struct options, is_editor),
     .help = "Write what luacheck and the Lua language server need, into the folder"},
    {0},
};

static const struct new_hook *
find_hook(const char *name)
{
    for (const struct new_hook *hook = new_hooks; hook->name; hook++)
        if (strcmp(hook->name, name) == 0)
            return hook;
    return NULL;
}

/* The hook's name at `index`, match when none was asked for. */
static const char *
hook_name(const struct options *options, size_t index)
{
    return options->hooks.count == 0 ? "match" : options->hooks.items[index];
}

static size_t
hook_count(const struct options *options)
{
    return options->hooks.count == 0 ? 1 : options->hooks.count;
}

/* Whether all hooks are known, once each, and score and scores are not both there. */
static enum chandra_status
check_hooks(const struct options *options, struct chandra_error *err)
{
    const char *names[8] = {NULL}, *near;
    size_t count = 0, scores = 0;

    for (const struct new_hook *hook = new_hooks; hook->name; hook++)
        names[count++] = hook->name;
    for (size_t i = 0; i < options->hooks.count; i++) {
        const char *name = options->hooks.items[i];

        near = chandra_nearest(name, names, count);
        if (!find_hook(name))
            return chandra_error_set(err, CHANDRA_EINVAL, "unknown hook \"%s\"%s%s%s", name,
                                     near ? ", did you mean \"" : "", near ? near : "",
                                     near ? "\"?" : "");
        for (size_t k = 0; k < i; k++)
            if (strcmp(options->hooks.items[k], name) == 0)
                return chandra_error_set(err, CHANDRA_EINVAL, "hook \"%s\" is named twice", name);
        scores += strncmp(name, "score", 5) == 0;
    }
    if (scores > 1)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "a policy has \"score\" or \"scores\", not both");
    return CHANDRA_OK;
}

/* The last part of a path. */
static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* `path` without ".lua" at its end; what is left must do as a policy's name. */
static enum chandra_status
check_name(const char *path, char stem[MAX_STEM], struct chandra_error *err)
{
    size_t len = strlen(path);
    const char *name;

    if (len > 4 && strcmp(path + len - 4, ".lua") == 0)
        len -= 4;
    if (len >= MAX_STEM)
        return chandra_error_set(err, CHANDRA_EINVAL, "the name is too long");
    snprintf(stem, MAX_STEM, "%.*s", (int)len, path);
    name = base_name(stem);
    if (strlen(name) == 0 || strlen(name) > 63 || name[0] == '-' || name[0] == '.' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") !=
            strlen(name))
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "\"%s\" cannot be a policy's name: want up to 63 letters, digits, "
                                 "'.', '_', '+' or '-'",
                                 name);
    return CHANDRA_OK;
}

/* Create a file that is not there yet. */
static enum chandra_status
create(const char *path, FILE **out_file, struct chandra_error *err)
{
    FILE *file = fopen(path, "wx");

    if (!file)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path,
                                 errno == EEXIST ? "is there already, and stays as it is"
                                                 : strerror(errno));
    *out_file = file;
    return CHANDRA_OK;
}

static enum chandra_status
finish(FILE *file, const char *path, struct chandra_error *err)
{
    const bool is_bad = ferror(file) != 0;

    if (fclose(file) != 0 || is_bad)
        return chandra_error_set(err, CHANDRA_EIO, "%s: cannot be written", path);
    printf("%s\n", path);
    return CHANDRA_OK;
}

static void
write_policy(FILE *out, const struct options *options, const char *name)
{
    fprintf(out,
            "--!chandra api=1 name=%s version=0.1.0\n"
            "-- %s: say here in a sentence what it decides, and for whom.\n"
            "-- Reads: say which labels and fields it looks at.\n"
            "---@type chandra.policy\n"
            "local P = {}\n",
            name, name);
    for (size_t i = 0; i < hook_count(options); i++)
        fprintf(out, "\n%s", find_hook(hook_name(options, i))->policy);
    fputs("\nreturn P\n", out);
}

/* Copy the case of a spec, with the policy's file in place of "%s". */
static void
write_case(FILE *out, const char *text, const char *file)
{
    const char *place = strstr(text, "%s");

    fprintf(out, "%.*s%s%s", (int)(place - text), text, file, place + 2);
}

static void
write_spec(FILE *out, const struct options *options, const char *stem)
{
    const char *name = base_name(stem);
    char file[MAX_PATH];

    snprintf(file, sizeof(file), "%s.lua", name);
    fprintf(out,
            "-- What %s must do; run by \"chandra test\" in this folder.\n"
            "local testing = require \"chandra.testing\"\n"
            "\n"
            "describe(\"%s\", function()\n",
            name, name);
    for (size_t i = 0; i < hook_count(options); i++) {
        fputs(i ? "\n" : "", out);
        write_case(out, find_hook(hook_name(options, i))->spec, file);
    }
    fputs("end)\n", out);
}

static enum chandra_status
write_pair(const struct options *options, const char *stem, struct chandra_error *err)
{
    char policy[MAX_PATH], spec[MAX_PATH];
    struct stat info;
    FILE *file = NULL;
    enum chandra_status st;

    snprintf(policy, sizeof(policy), "%s.lua", stem);
    snprintf(spec, sizeof(spec), "%s_spec.lua", stem);
    if (stat(spec, &info) == 0) /* before there is a policy without a spec */
        return chandra_error_set(err, CHANDRA_EIO, "%s: is there already, and stays as it is",
                                 spec);
    st = create(policy, &file, err);
    if (st == CHANDRA_OK) {
        write_policy(file, options, base_name(stem));
        st = finish(file, policy, err);
    }
    if (st == CHANDRA_OK)
        st = create(spec, &file, err);
    if (st == CHANDRA_OK) {
        write_spec(file, options, stem);
        st = finish(file, spec, err);
    }
    return st;
}

/* Whether a file is there that somebody else wrote. */
static bool
is_foreign(const char *path)
{
    char line[256] = "";
    FILE *file = fopen(path, "r");
    bool is_ours = false;

    if (!file)
        return false;
    for (int i = 0; i < 2 && !is_ours && fgets(line, sizeof(line), file); i++)
        is_ours = strstr(line, MARK) != NULL;
    fclose(file);
    return !is_ours;
}

struct editor_file {
    const char *name;
    const char *mark; /* its first line; NULL: the file takes no comments */
    void (*write)(FILE *out);
};

static enum chandra_status
write_editor_file(const struct editor_file *what, const char *folder, struct chandra_error *err)
{
    char path[MAX_PATH];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, what->name);
    if (is_foreign(path)) {
        cli_note("%s is there already, and stays as it is", path);
        return CHANDRA_OK;
    }
    file = fopen(path, "w");
    if (!file)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    fputs(what->mark, file);
    what->write(file);
    return finish(file, path, err);
}

static enum chandra_status
write_editor(const char *folder, struct chandra_error *err)
{
    static const struct editor_file files[] = {
        {".luacheckrc", "-- " MARK ": what policies see.\n", new_luacheck},
        {".luarc.json", "// " MARK ".\n", new_luarc},
        {".luals/chandra.lua", "-- " MARK ": the script API.\n", new_stubs},
    };
    char path[MAX_PATH];
    enum chandra_status st = CHANDRA_OK;

    if (strlen(folder) >= MAX_STEM)
        return chandra_error_set(err, CHANDRA_EINVAL, "the name is too long");
    snprintf(path, sizeof(path), "%s/.luals", folder);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    for (size_t i = 0; st == CHANDRA_OK && i < sizeof(files) / sizeof(files[0]); i++)
        st = write_editor_file(&files[i], folder, err);
    return st;
}

static int
run(struct cli *cli)
{
    const struct options *options = cli->options;
    char stem[MAX_STEM];
    struct chandra_error err;
    enum chandra_status st;

    if (options->is_editor && options->hooks.count > 0)
        return cli_failf(cli, NULL, CHANDRA_EINVAL, "--editor and --hook exclude each other");
    if (options->is_editor) {
        st = write_editor(cli->operands[0], &err);
        return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, NULL, &err);
    }
    st = check_hooks(options, &err);
    if (st == CHANDRA_OK)
        st = check_name(cli->operands[0], stem, &err);
    if (st == CHANDRA_OK)
        st = write_pair(options, stem, &err);
    return st == CHANDRA_OK ? CLI_YES : cli_fail(cli, NULL, &err);
}

const struct cli_command cmd_new = {
    .name = "new",
    .operands = "NAME",
    .summary = "Begin a policy: writes NAME.lua and NAME_spec.lua.",
    .details =
        "The policy passes \"chandra check\" and its spec \"chandra test\". With --editor NAME "
        "is a folder of policies, which gets .luacheckrc, .luarc.json and .luals/chandra.lua; "
        "run it again after an update. Files that somebody else wrote stay as they are.",
    .options_size = sizeof(struct options),
    .flags = flags,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
