/* path.c - how kinds are spelled in requests, and the paths of objects and collections. */
#include "api/api.h"
#include "api/call.h"

#include "base/text.h"

#include <string.h>

static const struct ch_api_resource resources[CHANDRA_KIND_COUNT] = {
    [CHANDRA_KIND_POD] = {"Pod", "v1", "pods", true},
    [CHANDRA_KIND_NODE] = {"Node", "v1", "nodes", false},
    [CHANDRA_KIND_CLAIM] = {"ResourceClaim", "resource.k8s.io/v1alpha2", "resourceclaims", true},
    [CHANDRA_KIND_CLASS] = {"ResourceClass", "resource.k8s.io/v1alpha2", "resourceclasses", false},
    [CHANDRA_KIND_CONTEXT] = {"PodSchedulingContext", "resource.k8s.io/v1alpha2",
                              "podschedulingcontexts", true},
};

const struct ch_api_resource *
ch_api_resource(enum chandra_kind kind)
{
    return &resources[kind];
}

static bool
is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c));
}

void
ch_api_put_encoded(struct ch_buf *buf, const char *text)
{
    for (; *text; text++)
        if (is_unreserved(*text))
            ch_buf_putc(buf, *text);
        else
            ch_buf_printf(buf, "%%%02X", (unsigned char)*text);
}

static void
put_segment(struct ch_buf *buf, const char *text)
{
    ch_buf_putc(buf, '/');
    ch_api_put_encoded(buf, text);
}

void
ch_api_put_path(struct ch_buf *buf, enum chandra_kind kind, const char *name_space,
                const char *name, const char *sub)
{
    const struct ch_api_resource *resource = &resources[kind];
    const bool is_core = strchr(resource->api_version, '/') == NULL;

    ch_buf_printf(buf, "/%s/%s", is_core ? "api" : "apis", resource->api_version);
    if (resource->is_namespaced && !ch_is_empty(name_space)) {
        ch_buf_puts(buf, "/namespaces");
        put_segment(buf, name_space);
    }
    put_segment(buf, resource->plural);
    if (name)
        put_segment(buf, name);
    if (sub)
        put_segment(buf, sub);
}
