/* config_load.c - from a configuration and the texts of its policies to a policy that chooses. */
#include "config.h"
#include "config_fields.h"
#include "source.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

struct chandra_config *
ch_config_new(const char *name)
{
    struct chandra_config *config = chandra_realloc(NULL, sizeof(*config));

    if (!config)
        return NULL;
    *config = (struct chandra_config){.name = chandra_strdup(name)};
    if (config->name)
        return config;
    chandra_free(config);
    return NULL;
}

void
chandra_config_free(struct chandra_config *config)
{
    if (!config)
        return;
    chandra_doc_free(config->doc);
    chandra_free(config->name);
    chandra_free(config);
}

const struct chandra_value *
chandra_config_value(const struct chandra_config *config)
{
    return chandra_doc_root(config->doc, 0);
}

/* The rules' chains, and after them the default one. */

static size_t
chain_count(const struct chandra_config *config)
{
    return chandra_value_count(chandra_value_get(chandra_config_value(config), "rules")) + 1;
}

static const struct chandra_value *
chain_value(const struct chandra_config *config, size_t index)
{
    const struct chandra_value *root = chandra_config_value(config);
    const struct chandra_value *rule = chandra_value_at(chandra_value_get(root, "rules"), index);

    return rule ? rule : chandra_value_get(root, "default");
}

/* Policy `index` over all chains, as it is written; NULL beyond the end. */
static const struct chandra_value *
policy_at(const struct chandra_config *config, size_t index)
{
    for (size_t i = 0; i < chain_count(config); i++) {
        const struct chandra_value *list = chandra_value_get(chain_value(config, i), "policies");

        if (index < chandra_value_count(list))
            return chandra_value_at(list, index);
        index -= chandra_value_count(list);
    }
    return NULL;
}

static bool
is_first(const struct chandra_config *config, size_t index, const char *file)
{
    for (size_t i = 0; i < index; i++) {
        const char *other = chandra_value_string(chandra_value_get(policy_at(config, i), "file"));

        if (other && strcmp(other, file) == 0)
            return false;
    }
    return true;
}

const char *
chandra_config_file_at(const struct chandra_config *config, size_t index)
{
    const struct chandra_value *policy;

    for (size_t i = 0; (policy = policy_at(config, i)); i++) {
        const char *file = chandra_value_string(chandra_value_get(policy, "file"));

        if (file && is_first(config, i, file) && index-- == 0)
            return file;
    }
    return NULL;
}

/* Loading. */

struct loading {
    const struct chandra_config *config;
    const struct chandra_lua_source *files;
    size_t file_count;
    struct chandra_lua_options options;
    struct chandra_error *err;
};

static enum chandra_status
find_source(const struct loading *loading, const struct chandra_value *policy,
            struct chandra_lua_source *out_source)
{
    const char *file = chandra_value_string(chandra_value_get(policy, "file"));
    size_t at = 0;

    while (file && at < loading->file_count && strcmp(loading->files[at].name, file) != 0)
        at++;
    if (file && at == loading->file_count)
        return chandra_error_set(loading->err, CHANDRA_ENOTFOUND, "there is no policy \"%s\"",
                                 file);
    *out_source = file ? loading->files[at] : *chandra_lua_default();
    if (!chandra_value_double(chandra_value_get(policy, "weight"), &out_source->weight))
        out_source->weight = 1;
    return CHANDRA_OK;
}

static void
take_limits(const struct chandra_value *limits, struct chandra_lua_options *options)
{
    const struct chandra_value *memory = chandra_value_get(limits, "memory");
    const char *text = chandra_value_string(memory);
    int64_t number = 0;

    if (text)
        number = ch_config_size(text);
    else
        chandra_value_int64(memory, &number);
    options->memory_limit = (size_t)number;
    chandra_value_int64(chandra_value_get(limits, "instructions"), &number);
    options->instruction_limit = (uint64_t)number;
    if (options->timeout_ms == 0)
        options->timeout_ms =
            ch_config_duration(chandra_value_string(chandra_value_get(limits, "timeout")));
}

static enum chandra_status
load_chain(const struct loading *loading, const struct chandra_value *value,
           struct chandra_policy **out_chain)
{
    const struct chandra_value *list = chandra_value_get(value, "policies");
    const char *failure = chandra_value_string(chandra_value_get(value, "failurePolicy"));
    const size_t count = chandra_value_count(list);
    struct chandra_lua_source *sources = chandra_realloc(NULL, count * sizeof(*sources));
    struct chandra_lua_options options = loading->options;
    struct chandra_policy *inner;
    enum chandra_status st = CHANDRA_OK;

    if (!sources)
        return chandra_error_set(loading->err, CHANDRA_ENOMEM, "out of memory");
    take_limits(chandra_value_get(value, "limits"), &options);
    for (size_t i = 0; st == CHANDRA_OK && i < count; i++)
        st = find_source(loading, chandra_value_at(list, i), &sources[i]);
    if (st == CHANDRA_OK)
        st = chandra_lua_policy_load(sources, count, &options, &inner, loading->err);
    chandra_free(sources);
    if (st != CHANDRA_OK)
        return st;
    *out_chain = ch_chain_new(inner, strcmp(failure, "Ignore") == 0);
    chandra_policy_unref(inner);
    return *out_chain ? CHANDRA_OK
                      : chandra_error_set(loading->err, CHANDRA_ENOMEM, "out of memory");
}

static enum chandra_status
load_chains(const struct loading *loading, struct chandra_policy **chains)
{
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < chain_count(loading->config); i++) {
        const struct chandra_value *value = chain_value(loading->config, i);
        const char *name = chandra_value_string(chandra_value_get(value, "name"));

        st = load_chain(loading, value, &chains[i]);
        if (st != CHANDRA_OK)
            chandra_error_prefix(loading->err, "%s: %s%s", loading->config->name,
                                 name ? "rule " : "default", name ? name : "");
    }
    return st;
}

enum chandra_status
chandra_config_load(const struct chandra_config *config, const struct chandra_lua_source *files,
                    size_t count, const struct chandra_lua_options *options,
                    struct chandra_policy **out_policy, struct chandra_error *err)
{
    struct loading loading = {config, files, count, {0}, err};
    const size_t chains_size = chain_count(config) * sizeof(struct chandra_policy *);
    struct chandra_policy **chains = chandra_realloc(NULL, chains_size);
    struct chandra_policy *policy;
    enum chandra_status st;

    if (!chains)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", config->name);
    memset(chains, 0, chains_size);
    if (options)
        memcpy(&loading.options, options,
               options->size < sizeof(*options) ? options->size : sizeof(*options));
    loading.options.size = sizeof(loading.options);
    st = load_chains(&loading, chains);
    if (st == CHANDRA_OK) {
        policy = ch_choice_new(chandra_config_value(config), chains, chain_count(config));
        if (policy)
            *out_policy = policy;
        else
            st = chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", config->name);
    }
    for (size_t i = 0; i < chain_count(config); i++)
        chandra_policy_unref(chains[i]);
    chandra_free(chains);
    return st;
}

/* From files. */

/* "FOLDER OF THE CONFIGURATION/FILE", but for absolute paths. */
static char *
path_of(const struct chandra_config *config, const char *file)
{
    const char *slash = strrchr(config->name, '/');
    const size_t folder = slash && file[0] != '/' ? (size_t)(slash - config->name) + 1 : 0;
    const size_t len = strlen(file);
    char *path = chandra_realloc(NULL, folder + len + 1);

    if (!path)
        return NULL;
    memcpy(path, config->name, folder);
    memcpy(path + folder, file, len + 1);
    return path;
}

static enum chandra_status
read_source(const char *path, struct chandra_lua_source *out_source, struct chandra_error *err)
{
    struct chandra_lua_source *source;
    enum chandra_status st = ch_lua_sources_read(&path, 1, &source, err);

    if (st != CHANDRA_OK)
        return st;
    *out_source = *source;
    chandra_free(source);
    return CHANDRA_OK;
}

static size_t
file_count(const struct chandra_config *config)
{
    size_t count = 0;

    while (chandra_config_file_at(config, count))
        count++;
    return count;
}

static enum chandra_status
read_files(const struct chandra_config *config, struct chandra_lua_source *files,
           struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;
    const char *file;

    for (size_t i = 0; st == CHANDRA_OK && (file = chandra_config_file_at(config, i)); i++) {
        char *path = path_of(config, file);

        st = path ? read_source(path, &files[i], err)
                  : chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", config->name);
        files[i].name = file;
        chandra_free(path);
    }
    if (st != CHANDRA_OK)
        chandra_error_prefix(err, "%s", config->name);
    return st;
}

static enum chandra_status
load_from_files(const struct chandra_config *config, const struct chandra_lua_options *options,
                struct chandra_policy **out_policy, struct chandra_error *err)
{
    const size_t count = file_count(config);
    struct chandra_lua_source *files = chandra_realloc(NULL, (count + 1) * sizeof(*files));
    enum chandra_status st;

    if (!files)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", config->name);
    memset(files, 0, (count + 1) * sizeof(*files));
    st = read_files(config, files, err);
    if (st == CHANDRA_OK)
        st = chandra_config_load(config, files, count, options, out_policy, err);
    ch_lua_sources_free(files, count);
    return st;
}

enum chandra_status
chandra_config_load_file(const char *path, const struct chandra_lua_options *options,
                         struct chandra_policy **out_policy, struct chandra_error *err)
{
    struct chandra_lua_source text = {0};
    struct chandra_config *config;
    enum chandra_status st = read_source(path, &text, err);

    if (st != CHANDRA_OK)
        return st;
    st = chandra_config_parse(text.text, text.len, path, &config, err);
    chandra_free((void *)(uintptr_t)text.text);
    if (st != CHANDRA_OK)
        return st;
    st = load_from_files(config, options, out_policy, err);
    chandra_config_free(config);
    return st;
}
