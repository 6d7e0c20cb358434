/* config.c - which cluster and which user: the files, the context, and what overrides them. */
#include "kube/config.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "doc/value.h"

#include <stdlib.h>
#include <string.h>

/* What was asked for beside the files. */
struct wishes {
    const char *kubeconfig;
    const char *context;
    const char *cluster;
    const char *user;
    const char *name_space;
    const char *server;
};

static const char *
unless_empty(const char *text)
{
    return ch_is_empty(text) ? NULL : text;
}

static struct wishes
wishes_of(const struct chandra_kube_config_options *options)
{
    if (!options)
        return (struct wishes){0};
    return (struct wishes){unless_empty(options->kubeconfig), unless_empty(options->context),
                           unless_empty(options->cluster),    unless_empty(options->user),
                           unless_empty(options->name_space), unless_empty(options->server)};
}

/* Files. */

static enum chandra_status
find_home_file(struct ch_config_files *files, struct chandra_error *err)
{
    const char *home = getenv("HOME");
    struct ch_buf path = {0};
    enum chandra_status st;

    if (ch_is_empty(home))
        return CHANDRA_OK;
    ch_buf_printf(&path, "%s/.kube/config", home);
    st = ch_buf_ok(&path) ? ch_config_files_add(files, path.text, false, err)
                          : ch_config_no_memory(err);
    ch_buf_clear(&path);
    return st;
}

/* Without any file there must be a server at least. */
static enum chandra_status
find_files(struct ch_config_files *files, const struct wishes *wishes, struct chandra_error *err)
{
    const char *list = unless_empty(getenv("KUBECONFIG"));
    enum chandra_status st;

    if (wishes->kubeconfig)
        return ch_config_files_add(files, wishes->kubeconfig, true, err);
    st = list ? ch_config_files_add_list(files, list, err) : find_home_file(files, err);
    if (st != CHANDRA_OK || files->count > 0 || wishes->server)
        return st;
    if (list)
        return chandra_error_set(err, CHANDRA_ENOTFOUND,
                                 "no kubeconfig: no file of KUBECONFIG=%s exists", list);
    return chandra_error_set(err, CHANDRA_ENOTFOUND,
                             "no kubeconfig: KUBECONFIG is not set, no service account is mounted "
                             "at " CH_INCLUSTER_DIRECTORY " and there is no ~/.kube/config");
}

/* Entries. */

/* The names that the context gives, unless others were asked for. */
static enum chandra_status
read_context(struct chandra_kube_config *config, const struct ch_config_files *files,
             struct wishes *wishes, struct chandra_error *err)
{
    struct ch_config_entry entry = {NULL, NULL, "context"};
    const char *cluster = NULL;
    const char *user = NULL;
    const char *name_space = NULL;
    enum chandra_status st =
        ch_config_find(files, "contexts", "context", wishes->context, &entry, err);

    if (st == CHANDRA_OK && !entry.body)
        return ch_config_not_found(files, "contexts", wishes->context, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(entry.body, entry.path, "cluster", &cluster, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(entry.body, entry.path, "user", &user, err);
    if (st == CHANDRA_OK)
        st = ch_field_string(entry.body, entry.path, "namespace", &name_space, err);
    if (st != CHANDRA_OK)
        return st;
    wishes->cluster = wishes->cluster ? wishes->cluster : unless_empty(cluster);
    wishes->user = wishes->user ? wishes->user : unless_empty(user);
    wishes->name_space = wishes->name_space ? wishes->name_space : unless_empty(name_space);
    config->user_place = ch_config_place(config, entry.body);
    return config->user_place ? CHANDRA_OK : ch_config_no_memory(err);
}

static enum chandra_status
read_cluster(struct chandra_kube_config *config, const struct ch_config_files *files,
             const struct wishes *wishes, struct chandra_error *err)
{
    struct ch_config_entry entry = {NULL, NULL, "cluster"};
    enum chandra_status st = CHANDRA_OK;

    if (wishes->cluster)
        st = ch_config_find(files, "clusters", "cluster", wishes->cluster, &entry, err);
    if (st != CHANDRA_OK)
        return st;
    if (!entry.body && wishes->cluster)
        return ch_config_not_found(files, "clusters", wishes->cluster, err);
    if (!entry.body && !wishes->server)
        return chandra_error_set(
            err, CHANDRA_EINVAL, "%s: no cluster: %s; name a context or a cluster",
            chandra_doc_name(files->items[0].doc),
            wishes->context ? "the context has none" : "current-context is not set");
    return ch_config_read_cluster(config, &entry, err);
}

static enum chandra_status
read_user(struct chandra_kube_config *config, const struct ch_config_files *files,
          const struct wishes *wishes, struct chandra_error *err)
{
    struct ch_config_entry entry = {NULL, NULL, "user"};
    enum chandra_status st;

    if (!wishes->user)
        return CHANDRA_OK; /* anonymous */
    st = ch_config_find(files, "users", "user", wishes->user, &entry, err);
    if (st != CHANDRA_OK)
        return st;
    if (!entry.body)
        return ch_config_not_found(files, "users", wishes->user, err);
    return ch_config_read_user(config, &entry, err);
}

static const char *
keep(struct chandra_kube_config *config, const char *text, const char *otherwise)
{
    return ch_arena_strdup(&config->arena, text ? text : otherwise);
}

static enum chandra_status
keep_names(struct chandra_kube_config *config, const struct wishes *wishes,
           struct chandra_error *err)
{
    config->context = keep(config, wishes->context, "");
    config->cluster = keep(config, wishes->cluster, "");
    config->user = keep(config, wishes->user, "");
    config->name_space = keep(config, wishes->name_space, "default");
    if (wishes->server)
        config->server = (struct ch_setting){keep(config, wishes->server, ""), "command line"};
    if (!config->user_place)
        config->user_place = "";
    return config->context && config->cluster && config->user && config->name_space &&
                   (!wishes->server || config->server.text)
               ? CHANDRA_OK
               : ch_config_no_memory(err);
}

static enum chandra_status
load_files(struct chandra_kube_config *config, struct wishes *wishes, struct chandra_error *err)
{
    struct ch_config_files files = {0};
    enum chandra_status st = find_files(&files, wishes, err);

    if (st == CHANDRA_OK && !wishes->context)
        st = ch_config_current_context(&files, &wishes->context, err);
    if (st == CHANDRA_OK && wishes->context)
        st = read_context(config, &files, wishes, err);
    if (st == CHANDRA_OK)
        st = keep_names(config, wishes, err);
    if (st == CHANDRA_OK)
        st = read_cluster(config, &files, wishes, err);
    if (st == CHANDRA_OK)
        st = read_user(config, &files, wishes, err);
    ch_config_files_clear(&files);
    return st;
}

/* The service account of the pod we run in. */
static enum chandra_status
load_account(struct chandra_kube_config *config, const struct wishes *wishes,
             struct chandra_error *err)
{
    enum chandra_status st = ch_incluster_load(config, CH_INCLUSTER_DIRECTORY, err);

    if (st == CHANDRA_OK && wishes->name_space) {
        config->name_space = keep(config, wishes->name_space, "");
        if (!config->name_space)
            st = ch_config_no_memory(err);
    }
    return st;
}

/* Life. */

struct chandra_kube_config *
ch_config_ref(const struct chandra_kube_config *config)
{
    struct chandra_kube_config *shared = (struct chandra_kube_config *)(uintptr_t)config;

    atomic_fetch_add(&shared->refs, 1);
    return shared;
}

enum chandra_status
chandra_kube_config_load(const struct chandra_kube_config_options *options,
                         struct chandra_kube_config **out_config, struct chandra_error *err)
{
    struct chandra_kube_config *config = ch_calloc(1, sizeof(*config));
    struct wishes wishes = wishes_of(options);
    const bool is_plain =
        !wishes.kubeconfig && !wishes.context && !wishes.cluster && !wishes.user && !wishes.server;
    enum chandra_status st;

    if (!config)
        return ch_config_no_memory(err);
    atomic_init(&config->refs, 1);
    if (is_plain && ch_is_empty(getenv("KUBECONFIG")) &&
        ch_incluster_exists(CH_INCLUSTER_DIRECTORY))
        st = load_account(config, &wishes, err);
    else
        st = load_files(config, &wishes, err);
    if (st != CHANDRA_OK) {
        chandra_kube_config_free(config);
        return st;
    }
    if (config->is_insecure && options)
        ch_log(&options->logger, CHANDRA_LOG_WARNING,
               "%s: insecure-skip-tls-verify is set for cluster \"%s\": whoever answers there is "
               "believed to be the API server",
               config->server.place, config->cluster);
    *out_config = config;
    return CHANDRA_OK;
}

void
chandra_kube_config_free(struct chandra_kube_config *config)
{
    if (!config || atomic_fetch_sub(&config->refs, 1) > 1)
        return;
    ch_arena_clear(&config->arena);
    ch_free(config);
}

const char *
chandra_kube_config_server(const struct chandra_kube_config *config)
{
    return config->server.text;
}

const char *
chandra_kube_config_namespace(const struct chandra_kube_config *config)
{
    return config->name_space;
}

const char *
chandra_kube_config_context(const struct chandra_kube_config *config)
{
    return config->context;
}
