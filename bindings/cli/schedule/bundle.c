/* bundle.c - reads texts from files and ConfigMaps, and loads them. */
#include "schedule/bundle.h"

#include "paths.h"

#include <chandra/config.h>
#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes the text. */
static enum chandra_status
take(struct bundle *bundle, const char *name, char *text, size_t len, struct chandra_error *err)
{
    struct bundle_file *files =
        chandra_realloc(bundle->files, (bundle->count + 1) * sizeof(*files));
    char *own_name = chandra_strdup(name);

    if (files)
        bundle->files = files;
    if (!files || !own_name || !text) {
        chandra_free(own_name);
        chandra_free(text);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    files[bundle->count++] = (struct bundle_file){own_name, text, len};
    return CHANDRA_OK;
}

void
bundle_clear(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++) {
        chandra_free(bundle->files[i].name);
        chandra_free(bundle->files[i].text);
    }
    chandra_free(bundle->files);
    *bundle = (struct bundle){0};
}

bool
bundle_equal(const struct bundle *a, const struct bundle *b)
{
    bool is_equal = a->count == b->count && a->has_config == b->has_config;

    for (size_t i = 0; is_equal && i < a->count; i++)
        is_equal = strcmp(a->files[i].name, b->files[i].name) == 0 &&
                   a->files[i].len == b->files[i].len &&
                   memcmp(a->files[i].text, b->files[i].text, a->files[i].len) == 0;
    return is_equal;
}

/* Files. */

static enum chandra_status
read_file(struct bundle *bundle, const char *name, const char *path, struct chandra_error *err)
{
    char *text;
    size_t len;
    enum chandra_status st = cli_read(path, &text, &len, err);

    return st == CHANDRA_OK ? take(bundle, name, text, len, err) : st;
}

enum chandra_status
bundle_read_paths(struct bundle *bundle, const struct cli_list *arguments,
                  struct chandra_error *err)
{
    struct paths paths = {0};
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < arguments->count; i++)
        st = paths_expand_policies(&paths, arguments->items[i], err);
    for (size_t i = 0; st == CHANDRA_OK && i < paths.count; i++)
        st = read_file(bundle, paths.items[i], paths.items[i], err);
    paths_clear(&paths);
    if (st != CHANDRA_OK)
        bundle_clear(bundle);
    return st;
}

/* `file` beside the configuration at `path`. */
static enum chandra_status
read_beside(struct bundle *bundle, const char *path, const char *file, struct chandra_error *err)
{
    const char *slash = strrchr(path, '/');
    const size_t folder = slash && file[0] != '/' ? (size_t)(slash - path) + 1 : 0;
    const size_t size = folder + strlen(file) + 1;
    char *whole = chandra_realloc(NULL, size);
    enum chandra_status st;

    if (!whole)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    snprintf(whole, size, "%.*s%s", (int)folder, path, file);
    st = read_file(bundle, file, whole, err);
    chandra_free(whole);
    return st;
}

/* One that is wrong names nothing; loading it tells why. */
static enum chandra_status
read_named(struct bundle *bundle, const char *path, struct chandra_error *err)
{
    struct chandra_config *config;
    const char *file;
    enum chandra_status st =
        chandra_config_parse(bundle->files[0].text, bundle->files[0].len, path, &config, err);

    if (st != CHANDRA_OK)
        return st == CHANDRA_ENOMEM ? st : CHANDRA_OK;
    for (size_t i = 0; st == CHANDRA_OK && (file = chandra_config_file_at(config, i)); i++)
        st = read_beside(bundle, path, file, err);
    chandra_config_free(config);
    if (st != CHANDRA_OK)
        chandra_error_prefix(err, "%s", path);
    return st;
}

enum chandra_status
bundle_read_config(struct bundle *bundle, const char *path, struct chandra_error *err)
{
    enum chandra_status st = read_file(bundle, path, path, err);

    if (st == CHANDRA_OK) {
        bundle->has_config = true;
        st = read_named(bundle, path, err);
    }
    if (st != CHANDRA_OK)
        bundle_clear(bundle);
    return st;
}

/* ConfigMaps. */

static bool
ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);
    const size_t end_len = strlen(end);

    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static enum chandra_status
take_key(struct bundle *bundle, const char *key, const struct chandra_value *value,
         struct chandra_error *err)
{
    const char *text = chandra_value_string(value);
    const bool is_config = strcmp(key, BUNDLE_CONFIG_KEY) == 0;

    if (!is_config && !ends_with(key, ".lua"))
        return chandra_error_set(
            err, CHANDRA_EINVAL,
            "key \"%.100s\" is neither a policy NAME.lua nor " BUNDLE_CONFIG_KEY, key);
    if (!text)
        return chandra_error_set(err, CHANDRA_EINVAL, "key \"%.100s\" holds no text", key);
    if (ends_with(key, "_spec.lua"))
        return CHANDRA_OK;
    bundle->has_config = bundle->has_config || is_config;
    return take(bundle, key, chandra_strdup(text), strlen(text), err);
}

/* The configuration first, then by name. */
static int
compare(const void *a, const void *b)
{
    const char *left = ((const struct bundle_file *)a)->name;
    const char *right = ((const struct bundle_file *)b)->name;
    const bool is_first = strcmp(left, BUNDLE_CONFIG_KEY) == 0;

    if (is_first != (strcmp(right, BUNDLE_CONFIG_KEY) == 0))
        return is_first ? -1 : 1;
    return strcmp(left, right);
}

enum chandra_status
bundle_read_map(struct bundle *bundle, const struct chandra_value *map, struct chandra_error *err)
{
    const struct chandra_value *data = chandra_value_get(map, "data");
    enum chandra_status st = CHANDRA_OK;

    if (chandra_value_count(chandra_value_get(map, "binaryData")) > 0)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "binaryData holds \"%.100s\": policies are text, under data",
                                 chandra_value_key(chandra_value_get(map, "binaryData"), 0));
    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(data); i++)
        st = take_key(bundle, chandra_value_key(data, i), chandra_value_at(data, i), err);
    if (st == CHANDRA_OK && bundle->count == 0)
        st = chandra_error_set(err, CHANDRA_EINVAL, "it holds no policy: want keys NAME.lua");
    if (st == CHANDRA_OK)
        qsort(bundle->files, bundle->count, sizeof(*bundle->files), compare);
    else
        bundle_clear(bundle);
    return st;
}

/* Loading. */

static enum chandra_status
load_config(const struct bundle *bundle, const struct chandra_lua_source *files,
            const struct chandra_lua_options *options, struct chandra_policy **out_policy,
            struct chandra_error *err)
{
    struct chandra_lua_options own = *options;
    struct chandra_config *config;
    enum chandra_status st = chandra_config_parse(bundle->files[0].text, bundle->files[0].len,
                                                  bundle->files[0].name, &config, err);

    if (st != CHANDRA_OK)
        return st;
    own.timeout_ms = 0; /* each chain has its own */
    st = chandra_config_load(config, files + 1, bundle->count - 1, &own, out_policy, err);
    chandra_config_free(config);
    return st;
}

enum chandra_status
bundle_load(const struct bundle *bundle, const struct chandra_lua_options *options,
            struct chandra_policy **out_policy, struct chandra_error *err)
{
    struct chandra_lua_source *sources;
    enum chandra_status st;

    if (bundle->count == 0)
        return chandra_lua_policy_load(chandra_lua_default(), 1, options, out_policy, err);
    sources = chandra_realloc(NULL, bundle->count * sizeof(*sources));
    if (!sources)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    for (size_t i = 0; i < bundle->count; i++)
        sources[i] = (struct chandra_lua_source){.name = bundle->files[i].name,
                                                 .text = bundle->files[i].text,
                                                 .len = bundle->files[i].len};
    st = bundle->has_config
             ? load_config(bundle, sources, options, out_policy, err)
             : chandra_lua_policy_load(sources, bundle->count, options, out_policy, err);
    chandra_free(sources);
    return st;
}
