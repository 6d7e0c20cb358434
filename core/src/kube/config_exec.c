/* config_exec.c - the exec plugin of a kubeconfig's user: how to run it. */
#include "kube/config.h"

#include "base/buf.h"
#include "base/text.h"
#include "doc/value.h"

#include <string.h>

static enum chandra_status
check_version(const struct ch_exec_config *exec, struct chandra_error *err)
{
    static const char group[] = "client.authentication.k8s.io/";

    if (ch_streq(exec->api_version, "client.authentication.k8s.io/v1") ||
        ch_streq(exec->api_version, "client.authentication.k8s.io/v1beta1"))
        return CHANDRA_OK;
    if (!exec->api_version)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: user.exec.apiVersion is not set",
                                 exec->place);
    return chandra_error_set(
        err,
        strncmp(exec->api_version, group, sizeof(group) - 1) == 0 ? CHANDRA_EUNSUPPORTED
                                                                  : CHANDRA_EINVAL,
        "%s: user.exec.apiVersion: want client.authentication.k8s.io/v1 or /v1beta1, got \"%s\"",
        exec->place, exec->api_version);
}

static enum chandra_status
read_mode(const struct ch_config_entry *entry, struct ch_exec_config *exec,
          struct chandra_error *err)
{
    const char *text = NULL;
    enum chandra_status st =
        ch_field_string(entry->body, entry->path, "interactiveMode", &text, err);

    exec->mode = CH_EXEC_IF_AVAILABLE;
    if (st != CHANDRA_OK || ch_streq(text, "IfAvailable"))
        return st;
    if (ch_streq(text, "Never"))
        exec->mode = CH_EXEC_NEVER;
    else if (ch_streq(text, "Always"))
        exec->mode = CH_EXEC_ALWAYS;
    else if (text)
        return ch_value_error(chandra_value_get(entry->body, "interactiveMode"), err,
                              CHANDRA_EINVAL,
                              "user.exec.interactiveMode: want Never, IfAvailable or Always, got "
                              "\"%s\"",
                              text);
    else if (ch_streq(exec->api_version, "client.authentication.k8s.io/v1"))
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "%s: user.exec.interactiveMode must be set with "
                                 "client.authentication.k8s.io/v1",
                                 exec->place);
    return CHANDRA_OK;
}

/* A command with a slash is relative to the file; one without is looked up in $PATH. */
static enum chandra_status
read_command(struct chandra_kube_config *config, const struct ch_config_entry *entry,
             struct ch_exec_config *exec, struct chandra_error *err)
{
    struct ch_setting command = {0};
    enum chandra_status st = ch_config_read(config, entry, "command", &command, err);

    if (st != CHANDRA_OK)
        return st;
    if (!command.text)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: user.exec.command is not set",
                                 exec->place);
    st = ch_config_read_texts(config, entry, "args", 1, &exec->args, err);
    if (st != CHANDRA_OK)
        return st;
    exec->command = command.text;
    if (strchr(command.text, '/'))
        exec->command = ch_config_absolute(config, entry->file->directory, command.text);
    exec->args[0] = exec->command;
    return exec->command ? CHANDRA_OK : ch_config_no_memory(err);
}

static enum chandra_status
read_variable(struct chandra_kube_config *config, const struct chandra_value *variable,
              const char **out, struct chandra_error *err)
{
    const char *path = "user.exec.env";
    const char *name = NULL;
    const char *value = "";
    struct ch_buf text = {0};
    enum chandra_status st = ch_field_string(variable, path, "name", &name, err);

    if (st == CHANDRA_OK)
        st = ch_field_string(variable, path, "value", &value, err);
    if (st == CHANDRA_OK && (ch_is_empty(name) || strchr(name, '=')))
        st = ch_value_error(variable, err, CHANDRA_EINVAL, "%s: want name and value", path);
    if (st != CHANDRA_OK)
        return st;
    ch_buf_printf(&text, "%s=%s", name, value);
    *out = ch_buf_ok(&text) ? ch_arena_strdup(&config->arena, text.text) : NULL;
    ch_buf_clear(&text);
    return *out ? CHANDRA_OK : ch_config_no_memory(err);
}

static enum chandra_status
read_env(struct chandra_kube_config *config, const struct ch_config_entry *entry,
         struct ch_exec_config *exec, struct chandra_error *err)
{
    const struct chandra_value *array = NULL;
    enum chandra_status st = ch_field_array(entry->body, entry->path, "env", &array, err);
    const size_t count = chandra_value_count(array);

    if (st != CHANDRA_OK)
        return st;
    exec->env = ch_arena_calloc(&config->arena, count + 1, sizeof(*exec->env));
    if (!exec->env)
        return ch_config_no_memory(err);
    for (size_t i = 0; st == CHANDRA_OK && i < count; i++)
        st = read_variable(config, chandra_value_at(array, i), &exec->env[i], err);
    return st;
}

static enum chandra_status
read_exec(struct chandra_kube_config *config, const struct ch_config_entry *entry,
          struct ch_exec_config *exec, struct chandra_error *err)
{
    struct ch_setting version = {0};
    struct ch_setting hint = {0};
    enum chandra_status st = ch_config_read(config, entry, "apiVersion", &version, err);

    exec->api_version = version.text;
    if (st == CHANDRA_OK)
        st = check_version(exec, err);
    if (st == CHANDRA_OK)
        st = read_mode(entry, exec, err);
    if (st == CHANDRA_OK)
        st = read_command(config, entry, exec, err);
    if (st == CHANDRA_OK)
        st = read_env(config, entry, exec, err);
    if (st == CHANDRA_OK)
        st = ch_config_read(config, entry, "installHint", &hint, err);
    if (st == CHANDRA_OK)
        st = ch_field_bool(entry->body, entry->path, "provideClusterInfo", &exec->is_told_cluster,
                           err);
    exec->install_hint = hint.text;
    return st;
}

enum chandra_status
ch_config_read_exec(struct chandra_kube_config *config, const struct ch_config_entry *user,
                    struct chandra_error *err)
{
    struct ch_config_entry entry = {user->file, NULL, "user.exec"};
    struct ch_exec_config *exec;
    enum chandra_status st = ch_field_object(user->body, user->path, "exec", &entry.body, err);

    if (st != CHANDRA_OK || !entry.body)
        return st;
    exec = ch_arena_calloc(&config->arena, 1, sizeof(*exec));
    if (!exec)
        return ch_config_no_memory(err);
    exec->place = ch_config_place(config, entry.body);
    st = exec->place ? read_exec(config, &entry, exec, err) : ch_config_no_memory(err);
    if (st == CHANDRA_OK)
        config->exec = exec;
    return st;
}

enum chandra_status
ch_config_read_exec_cluster(struct chandra_kube_config *config,
                            const struct ch_config_entry *cluster, struct chandra_error *err)
{
    static const char name[] = "client.authentication.k8s.io/exec";
    const struct chandra_value *array = NULL;
    enum chandra_status st =
        ch_field_array(cluster->body, cluster->path, "extensions", &array, err);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(array); i++) {
        const struct chandra_value *extension = chandra_value_at(array, i);
        const struct chandra_value *value = chandra_value_get(extension, "extension");
        struct ch_buf json = {0};

        if (!value || !ch_streq(chandra_value_string(chandra_value_get(extension, "name")), name))
            continue;
        ch_json_put_value(&json, value);
        config->exec_cluster = ch_buf_ok(&json) ? ch_arena_strdup(&config->arena, json.text) : NULL;
        ch_buf_clear(&json);
        return config->exec_cluster ? CHANDRA_OK : ch_config_no_memory(err);
    }
    return st;
}
