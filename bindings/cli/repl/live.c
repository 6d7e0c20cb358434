/* live.c - copies a real cluster's objects into memory: lists, and nothing else, are sent. */
#include "repl/base.h"

#include "schedule/cluster.h"

#include <chandra/client.h>
#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PATH_SIZE = 4096, PAGE = 500 };

static const struct listed {
    const char *path;
    const char *api_version;
    const char *kind;
} listed[] = {
    {"/api/v1/namespaces", "v1", "Namespace"},
    {"/api/v1/nodes", "v1", "Node"},
    {"/api/v1/pods", "v1", "Pod"},
    {"/apis/resource.k8s.io/v1alpha2/resourceclasses", "resource.k8s.io/v1alpha2", "ResourceClass"},
    {"/apis/resource.k8s.io/v1alpha2/resourceclaimtemplates", "resource.k8s.io/v1alpha2",
     "ResourceClaimTemplate"},
    {"/apis/resource.k8s.io/v1alpha2/resourceclaims", "resource.k8s.io/v1alpha2", "ResourceClaim"},
    {"/apis/resource.k8s.io/v1alpha2/podschedulingcontexts", "resource.k8s.io/v1alpha2",
     "PodSchedulingContext"},
};

/* Owners that are not copied would look as if they were gone, and what they own would go too. */
static bool
keep_known_owners(struct chandra_doc *doc, struct chandra_value *item)
{
    struct chandra_value *metadata = chandra_value_get_mutable(item, "metadata");
    const struct chandra_value *owners = chandra_value_get(metadata, "ownerReferences");
    struct chandra_value *kept = chandra_value_new_array(doc);

    if (!owners)
        return true;
    for (size_t i = 0; i < chandra_value_count(owners); i++) {
        const struct chandra_value *owner = chandra_value_at(owners, i);
        const char *kind = chandra_value_string(chandra_value_get(owner, "kind"));
        if (kind && strcmp(kind, "Pod") == 0 &&
            !chandra_value_append(kept, chandra_value_copy(doc, owner)))
            return false;
    }
    return chandra_value_set(metadata, "ownerReferences", kept);
}

/* Items of lists do not say what they are. */
static enum chandra_status
take_items(struct base *base, const struct listed *kind, const struct chandra_doc *answer,
           struct chandra_error *err)
{
    const struct chandra_value *items = chandra_value_get(chandra_doc_root(answer, 0), "items");
    struct chandra_doc *doc;
    struct chandra_value *root;
    struct chandra_value *array;
    bool is_ok;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    root = chandra_value_new_object(doc);
    array = chandra_value_new_array(doc);
    is_ok = root && chandra_value_set(root, "items", array) && chandra_doc_add_root(doc, root);
    for (size_t i = 0; is_ok && i < chandra_value_count(items); i++) {
        struct chandra_value *item = chandra_value_copy(doc, chandra_value_at(items, i));
        is_ok = item &&
                chandra_value_set(item, "apiVersion",
                                  chandra_value_new_string(doc, kind->api_version)) &&
                chandra_value_set(item, "kind", chandra_value_new_string(doc, kind->kind)) &&
                keep_known_owners(doc, item) && chandra_value_append(array, item);
    }
    if (is_ok)
        return base_add(base, doc, err);
    chandra_doc_free(doc);
    return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
}

/* Percent-encode a token for a query. */
static void
encode(const char *token, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (; *token && len + 4 < size; token++) {
        const bool is_plain = strchr("-_.~", *token) || (*token >= '0' && *token <= '9') ||
                              (*token >= 'A' && *token <= 'Z') || (*token >= 'a' && *token <= 'z');
        len += (size_t)snprintf(text + len, size - len, is_plain ? "%c" : "%%%02X",
                                (unsigned char)*token);
    }
}

static enum chandra_status
list_kind(struct base *base, struct chandra_transport *transport, const struct listed *kind,
          struct chandra_error *err)
{
    char path[PATH_SIZE];
    char next[PATH_SIZE / 2] = "";
    enum chandra_status st;

    do {
        const struct chandra_request request = {.method = CHANDRA_GET, .path = path};
        struct chandra_doc *answer;
        const char *token;
        snprintf(path, sizeof(path), "%s?limit=%d%s%s", kind->path, PAGE, *next ? "&continue=" : "",
                 next);
        st = chandra_client_request(transport, &request, &answer, err);
        if (st != CHANDRA_OK)
            return chandra_error_prefix(err, "cannot list %ss", kind->kind);
        st = take_items(base, kind, answer, err);
        token = chandra_value_string(chandra_value_get(
            chandra_value_get(chandra_doc_root(answer, 0), "metadata"), "continue"));
        encode(token ? token : "", next, sizeof(next));
        chandra_doc_free(answer);
    } while (st == CHANDRA_OK && *next);
    return st;
}

enum chandra_status
base_use_live(struct base *base, const struct cluster_options *options, struct chandra_error *err)
{
    const struct chandra_kube_options kube = cluster_kube_options(options, cli_logger());
    struct chandra_kube_config *config;
    struct chandra_transport *transport = NULL;
    enum chandra_status st = cluster_load(options, cli_logger(), &config, err);

    if (st != CHANDRA_OK)
        return st;
    base->kind = BASE_LIVE;
    base->read_at = (int64_t)time(NULL);
    snprintf(base->title, sizeof(base->title), "a copy of cluster %.200s",
             chandra_kube_config_context(config));
    st = chandra_kube_new(config, &kube, &transport, err);
    for (size_t i = 0; st == CHANDRA_OK && i < sizeof(listed) / sizeof(listed[0]); i++)
        st = list_kind(base, transport, &listed[i], err);
    chandra_kube_free(transport);
    chandra_kube_config_free(config);
    return st;
}
