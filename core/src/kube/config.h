/* config.h - what a kubeconfig, or a mounted service account, says about one context.
 *
 *   config.c: which files -> config_merge.c: entries out of them -> config_cluster.c, config_user.c
 *
 * A configuration never changes once it is loaded, and is counted: transports share it.
 */
#ifndef CH_KUBE_CONFIG_H
#define CH_KUBE_CONFIG_H

#include "base/arena.h"

#include <chandra/doc.h>
#include <chandra/kube.h>
#include <stdatomic.h>

/* A text and where it was set, "FILE:LINE:COL"; `text` NULL: it was not. */
struct ch_setting {
    const char *text;
    const char *place;
};

/* A certificate or a key: at most one of `data` and `file` is set. */
struct ch_pem {
    const char *data; /* PEM */
    const char *file; /* absolute */
    const char *place;
};

/* A header of every request: "Name: value". */
struct ch_header {
    struct ch_header *next;
    const char *line;
};

enum ch_exec_mode { CH_EXEC_NEVER, CH_EXEC_IF_AVAILABLE, CH_EXEC_ALWAYS };

/* How to run an exec plugin. */
struct ch_exec_config {
    const char *api_version;
    const char *command;
    const char **args; /* the command first, NULL last */
    const char **env;  /* "NAME=VALUE", NULL last */
    const char *install_hint;
    const char *place;
    enum ch_exec_mode mode;
    bool is_told_cluster;
};

struct chandra_kube_config {
    atomic_uint refs;
    struct ch_arena arena;
    const char *context;
    const char *name_space;

    const char *cluster;
    struct ch_setting server; /* URL, no slash at the end */
    struct ch_setting tls_server_name;
    struct ch_setting proxy;
    struct ch_pem ca;
    bool is_insecure;
    bool is_uncompressed;
    const char *exec_cluster; /* JSON that exec plugins get with the cluster, or NULL */

    const char *user;
    const char *user_place; /* of the user's entry; that of the context when it names none */
    struct ch_setting token;
    struct ch_setting token_file; /* absolute; read again and again, `token` while it cannot be */
    struct ch_setting username;
    struct ch_setting password;
    struct ch_pem cert;
    struct ch_pem key;
    struct ch_header *impersonation; /* Impersonate-User and so on */
    const struct ch_exec_config *exec;
};

struct chandra_kube_config *ch_config_ref(const struct chandra_kube_config *config);

/* A kubeconfig file. */
struct ch_config_file {
    struct chandra_doc *doc;
    const struct chandra_value *root;
    char *directory; /* what its paths are relative to */
};

/* All files, the most important one first. Zero-initialized is empty. */
struct ch_config_files {
    struct ch_config_file *items;
    size_t count;
    size_t capacity;
};

/* A named cluster, user or context. */
struct ch_config_entry {
    const struct ch_config_file *file;
    const struct chandra_value *body; /* NULL: there is none */
    const char *path;                 /* "clusters.cluster", for errors */
};

/* config_merge.c */

/* Read a file and add it; one that is not there is an error only if `is_needed`. */
enum chandra_status ch_config_files_add(struct ch_config_files *files, const char *path,
                                        bool is_needed, struct chandra_error *err);
/* Add the files of a list, separated by colons, that exist. */
enum chandra_status ch_config_files_add_list(struct ch_config_files *files, const char *list,
                                             struct chandra_error *err);
void ch_config_files_clear(struct ch_config_files *files);
/* The first current-context that is set, or NULL. */
enum chandra_status ch_config_current_context(const struct ch_config_files *files,
                                              const char **out_name, struct chandra_error *err);
/* The first entry of that name among `list` ("clusters", whose members are "cluster"); an empty
 * entry if there is none. */
enum chandra_status ch_config_find(const struct ch_config_files *files, const char *list,
                                   const char *member, const char *name,
                                   struct ch_config_entry *out_entry, struct chandra_error *err);
/* Fail because there is no such entry, and name what might be meant. */
enum chandra_status ch_config_not_found(const struct ch_config_files *files, const char *list,
                                        const char *name, struct chandra_error *err);

/* Reading of entries into a configuration. Texts are copied to its arena. config_field.c */

const char *ch_config_place(struct chandra_kube_config *config, const struct chandra_value *value);
enum chandra_status ch_config_no_memory(struct chandra_error *err);
/* A text member; one that is missing or empty leaves *out alone. */
enum chandra_status ch_config_read(struct chandra_kube_config *config,
                                   const struct ch_config_entry *entry, const char *key,
                                   struct ch_setting *out, struct chandra_error *err);
/* The same for a path, made absolute. */
enum chandra_status ch_config_read_path(struct chandra_kube_config *config,
                                        const struct ch_config_entry *entry, const char *key,
                                        struct ch_setting *out, struct chandra_error *err);
/* Members `key` (a file) and `key`-data (base64 of PEM) into *out; both is an error. */
enum chandra_status ch_config_read_pem(struct chandra_kube_config *config,
                                       const struct ch_config_entry *entry, const char *key,
                                       struct ch_pem *out, struct chandra_error *err);
/* The array of texts `key`, NULL-terminated, with room for `before` more in front. */
enum chandra_status ch_config_read_texts(struct chandra_kube_config *config,
                                         const struct ch_config_entry *entry, const char *key,
                                         size_t before, const char ***out,
                                         struct chandra_error *err);
/* `path` itself, or after `directory`. NULL: out of memory. */
const char *ch_config_absolute(struct chandra_kube_config *config, const char *directory,
                               const char *path);

enum chandra_status ch_config_read_cluster(struct chandra_kube_config *config,
                                           const struct ch_config_entry *entry,
                                           struct chandra_error *err);
enum chandra_status ch_config_read_user(struct chandra_kube_config *config,
                                        const struct ch_config_entry *entry,
                                        struct chandra_error *err);
/* `exec` of a user. */
enum chandra_status ch_config_read_exec(struct chandra_kube_config *config,
                                        const struct ch_config_entry *user,
                                        struct chandra_error *err);
/* What the cluster's extension for exec plugins holds, if there is one. */
enum chandra_status ch_config_read_exec_cluster(struct chandra_kube_config *config,
                                                const struct ch_config_entry *cluster,
                                                struct chandra_error *err);

/* incluster.c: the service account mounted at `directory` and the service's environment. */

#define CH_INCLUSTER_DIRECTORY "/var/run/secrets/kubernetes.io/serviceaccount"

bool ch_incluster_exists(const char *directory);
enum chandra_status ch_incluster_load(struct chandra_kube_config *config, const char *directory,
                                      struct chandra_error *err);

#endif
