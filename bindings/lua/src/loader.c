/* loader.c - keep an engine on the policies of some files; a bad text never replaces a good one. */
#include "source.h"

#include <chandra/doc.h>
#include <chandra/engine.h>
#include <chandra/sys/base.h>
#include <string.h>

struct chandra_lua_loader {
    struct chandra_engine *engine;
    char **paths;
    size_t count;
    struct chandra_lua_options options;
    char seen[65]; /* hash of what the files last said, or of why they could not be read */
};

/* One hash over all texts. */
static bool
hash_sources(const struct chandra_lua_source *sources, size_t count, char hex[65])
{
    char both[2 * 64 + 1];

    memset(both, '0', 64);
    for (size_t i = 0; i < count; i++) {
        char one[65];

        if (!ch_lua_sha256(sources[i].text, sources[i].len, one))
            return false;
        memcpy(both + 64, one, 65);
        if (!ch_lua_sha256(both, 128, hex))
            return false;
        memcpy(both, hex, 64);
    }
    return true;
}

/* A failure to read is news once, like a text that does not load. */
static enum chandra_status
poll_unreadable(struct chandra_lua_loader *loader, enum chandra_status st,
                const struct chandra_error *failure, struct chandra_error *err)
{
    char hash[65];

    if (st == CHANDRA_EIO && ch_lua_sha256(failure->message, strlen(failure->message), hash)) {
        if (strcmp(hash, loader->seen) == 0)
            return CHANDRA_OK;
        memcpy(loader->seen, hash, sizeof(hash));
    }
    return chandra_error_set(err, st, "%s", failure->message);
}

static enum chandra_status
swap(struct chandra_lua_loader *loader, const struct chandra_lua_source *sources, bool *out_swapped,
     struct chandra_error *err)
{
    struct chandra_policy *policy;
    char hash[65];
    enum chandra_status st;

    if (!hash_sources(sources, loader->count, hash))
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    if (strcmp(hash, loader->seen) == 0)
        return CHANDRA_OK;
    st = chandra_lua_policy_load(sources, loader->count, &loader->options, &policy, err);
    /* Memory may be there the next time; a bad text stays bad. */
    if (st != CHANDRA_ENOMEM)
        memcpy(loader->seen, hash, sizeof(hash));
    if (st != CHANDRA_OK)
        return st;
    chandra_engine_set_policy(loader->engine, policy);
    chandra_policy_unref(policy);
    *out_swapped = true;
    return CHANDRA_OK;
}

enum chandra_status
chandra_lua_loader_poll(struct chandra_lua_loader *loader, bool *out_swapped,
                        struct chandra_error *err)
{
    const char *const *paths = (const char *const *)loader->paths;
    struct chandra_lua_source *sources;
    struct chandra_error failure;
    bool is_swapped = false;
    enum chandra_status st = ch_lua_sources_read(paths, loader->count, &sources, &failure);

    if (st == CHANDRA_OK) {
        st = swap(loader, sources, &is_swapped, err);
        ch_lua_sources_free(sources, loader->count);
    } else {
        st = poll_unreadable(loader, st, &failure, err);
    }
    if (st == CHANDRA_OK && out_swapped)
        *out_swapped = is_swapped;
    return st;
}

static bool
copy_paths(struct chandra_lua_loader *loader, const char *const *paths, size_t count)
{
    loader->paths = chandra_realloc(NULL, count * sizeof(*loader->paths));
    if (!loader->paths)
        return false;
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(paths[i]) + 1;

        loader->paths[i] = chandra_realloc(NULL, size);
        if (!loader->paths[i])
            return false;
        memcpy(loader->paths[i], paths[i], size);
        loader->count++;
    }
    return true;
}

enum chandra_status
chandra_lua_loader_new(struct chandra_engine *engine, const char *const *paths, size_t count,
                       const struct chandra_lua_options *options,
                       struct chandra_lua_loader **out_loader, struct chandra_error *err)
{
    struct chandra_lua_loader *loader;
    enum chandra_status st;

    if (count == 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "no policy file given");
    loader = chandra_realloc(NULL, sizeof(*loader));
    if (!loader)
        return chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    memset(loader, 0, sizeof(*loader));
    loader->engine = engine;
    if (options)
        memcpy(&loader->options, options,
               options->size < sizeof(*options) ? options->size : sizeof(*options));
    loader->options.size = sizeof(loader->options);
    if (copy_paths(loader, paths, count))
        st = chandra_lua_loader_poll(loader, NULL, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "policy: out of memory");
    if (st == CHANDRA_OK)
        *out_loader = loader;
    else
        chandra_lua_loader_free(loader);
    return st;
}

void
chandra_lua_loader_free(struct chandra_lua_loader *loader)
{
    if (!loader)
        return;
    for (size_t i = 0; i < loader->count; i++)
        chandra_free(loader->paths[i]);
    chandra_free(loader->paths);
    chandra_free(loader);
}
