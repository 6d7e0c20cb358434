/* preflight.c - asks for the version, the API group and each permission. */
#include "schedule/preflight.h"

#include "schedule/klog.h"

#include <chandra/client.h>
#include <chandra/doc.h>
#include <chandra/sys/transport.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { RETRY_MS = 1000, COMPLAIN_EVERY = 10, SLICE_MS = 100 };

static const char resource_group[] = "resource.k8s.io";

/* Which permissions are needed for what. */
enum need { ALWAYS, TO_WRITE, TO_TELL, TO_LEAD, TO_LOAD };

struct permission {
    enum need need;
    const char *group;
    const char *resource;
    const char *subresource; /* or NULL */
    const char *verb;
};

static const struct permission permissions[] = {
    {ALWAYS, "", "nodes", NULL, "list"},
    {ALWAYS, "", "nodes", NULL, "watch"},
    {ALWAYS, "", "pods", NULL, "list"},
    {ALWAYS, "", "pods", NULL, "watch"},
    {ALWAYS, resource_group, "resourceclaims", NULL, "list"},
    {ALWAYS, resource_group, "resourceclaims", NULL, "watch"},
    {ALWAYS, resource_group, "resourceclasses", NULL, "list"},
    {ALWAYS, resource_group, "resourceclasses", NULL, "watch"},
    {ALWAYS, resource_group, "podschedulingcontexts", NULL, "list"},
    {ALWAYS, resource_group, "podschedulingcontexts", NULL, "watch"},
    {TO_WRITE, "", "pods", "binding", "create"},
    {TO_WRITE, resource_group, "podschedulingcontexts", NULL, "create"},
    {TO_WRITE, resource_group, "podschedulingcontexts", NULL, "update"},
    {TO_WRITE, resource_group, "podschedulingcontexts", NULL, "patch"},
    {TO_WRITE, resource_group, "podschedulingcontexts", NULL, "delete"},
    {TO_WRITE, resource_group, "resourceclaims", "status", "update"},
    {TO_WRITE, resource_group, "resourceclaims", "status", "patch"},
    {TO_TELL, "", "pods", "status", "patch"},
    {TO_TELL, "events.k8s.io", "events", NULL, "create"},
    {TO_TELL, "events.k8s.io", "events", NULL, "patch"},
    {TO_LEAD, "coordination.k8s.io", "leases", NULL, "get"},
    {TO_LEAD, "coordination.k8s.io", "leases", NULL, "create"},
    {TO_LEAD, "coordination.k8s.io", "leases", NULL, "update"},
    {TO_LOAD, "", "configmaps", NULL, "get"},
    {TO_LOAD, "", "configmaps", NULL, "watch"},
};

static bool
is_needed(const struct preflight *preflight, enum need need)
{
    switch (need) {
    case TO_WRITE:
        return !preflight->is_dry;
    case TO_TELL:
        return !preflight->is_dry && preflight->writes_events;
    case TO_LEAD:
        return preflight->lease_name_space != NULL;
    case TO_LOAD:
        return preflight->configmap != NULL;
    default:
        return true;
    }
}

static enum chandra_status
get(const struct preflight *preflight, const char *path, struct chandra_error *err)
{
    const struct chandra_request request = {.method = CHANDRA_GET, .path = path};

    return chandra_client_request(preflight->transport, &request, NULL, err);
}

/* Waiting does not mend a certificate that is not trusted. */
static bool
may_mend(enum chandra_status st, const struct chandra_error *err)
{
    if (st == CHANDRA_ETRANSIENT)
        return strstr(err->message, "certificate") == NULL;
    return st == CHANDRA_ETHROTTLED || st == CHANDRA_EAPI;
}

static bool
pause_is_over(const struct preflight *preflight)
{
    const struct timespec slice = {.tv_nsec = SLICE_MS * 1000000L};

    for (int ms = 0; ms < RETRY_MS; ms += SLICE_MS) {
        if (preflight->is_stopped())
            return false;
        nanosleep(&slice, NULL);
    }
    return true;
}

/* GET, again and again as long as that may help. */
static enum chandra_status
get_patiently(const struct preflight *preflight, const char *path, struct chandra_error *err)
{
    const struct chandra_transport_ops *ops = preflight->transport->ops;
    const int64_t start_ms = ops->now_ms(preflight->transport);

    for (unsigned tries = 0;; tries++) {
        const enum chandra_status st = get(preflight, path, err);
        const int64_t waited_ms = ops->now_ms(preflight->transport) - start_ms;
        if (st == CHANDRA_OK || !may_mend(st, err) ||
            (preflight->patience_ms > 0 && waited_ms > preflight->patience_ms))
            return st;
        if (tries % COMPLAIN_EVERY == 0)
            LOG_WARNING(preflight->log, "Waiting for the API server", "err", err->message);
        if (!pause_is_over(preflight))
            return chandra_error_set(err, CHANDRA_ECANCELED, "stopped");
    }
}

static enum chandra_status
await_server(const struct preflight *preflight, struct chandra_error *err)
{
    const enum chandra_status st = get_patiently(preflight, "/version", err);

    return st == CHANDRA_EFORBIDDEN ? CHANDRA_OK : st;
}

static enum chandra_status
check_group(const struct preflight *preflight, struct chandra_error *err)
{
    const enum chandra_status st = get_patiently(preflight, "/apis/resource.k8s.io/v1alpha2", err);

    if (st == CHANDRA_ENOTFOUND)
        return chandra_error_set(
            err, CHANDRA_EUNSUPPORTED,
            "%s does not serve resource.k8s.io/v1alpha2: it needs Kubernetes 1.27 to 1.31 with "
            "--runtime-config=resource.k8s.io/v1alpha2=true and "
            "--feature-gates=DynamicResourceAllocation=true",
            preflight->server);
    return st == CHANDRA_EFORBIDDEN ? CHANDRA_OK : st;
}

static const char *
resource_text(const struct permission *permission, char *text, size_t size)
{
    snprintf(text, size, "%s %s%s%s%s%s", permission->verb, permission->resource,
             *permission->group ? "." : "", permission->group, permission->subresource ? "/" : "",
             permission->subresource ? permission->subresource : "");
    return text;
}

/* The one object that a permission is about, as members of resourceAttributes. */
static void
put_object(const struct preflight *preflight, const struct permission *permission, char *text,
           size_t size)
{
    const bool is_new = strcmp(permission->verb, "create") == 0; /* it has no name yet */
    const char *map = preflight->configmap;

    if (permission->need == TO_LEAD)
        snprintf(text, size, "\"namespace\":\"%.64s\",\"name\":\"%.255s\"",
                 preflight->lease_name_space, is_new ? "" : preflight->lease_name);
    else if (permission->need == TO_LOAD)
        snprintf(text, size, "\"namespace\":\"%.*s\",\"name\":\"%.255s\"", (int)strcspn(map, "/"),
                 map, map + strcspn(map, "/") + (strchr(map, '/') ? 1 : 0));
    else
        snprintf(text, size, "\"namespace\":\"\",\"name\":\"\"");
}

/* Whether we have a permission. Errors: the API server cannot tell. */
static enum chandra_status
ask(const struct preflight *preflight, const struct permission *permission, bool *out_allowed,
    struct chandra_error *err)
{
    char body[1024];
    char object[400];
    struct chandra_request request = {.method = CHANDRA_POST,
                                      .path =
                                          "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                      .body = body};
    struct chandra_doc *doc;
    enum chandra_status st;

    put_object(preflight, permission, object, sizeof(object));
    request.body_len = (size_t)snprintf(
        body, sizeof(body),
        "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\",\"spec\":"
        "{\"resourceAttributes\":{\"verb\":\"%s\",\"group\":\"%s\",\"resource\":\"%s\","
        "\"subresource\":\"%s\",%s}}}",
        permission->verb, permission->group, permission->resource,
        permission->subresource ? permission->subresource : "", object);
    st = chandra_client_request(preflight->transport, &request, &doc, err);
    if (st != CHANDRA_OK)
        return st;
    *out_allowed = chandra_value_is_true(
        chandra_value_get(chandra_value_get(chandra_doc_root(doc, 0), "status"), "allowed"));
    chandra_doc_free(doc);
    return CHANDRA_OK;
}

static enum chandra_status
check_permissions(const struct preflight *preflight, struct chandra_error *err)
{
    char missing[700] = "";
    size_t len = 0;

    for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
        const struct permission *permission = &permissions[i];
        bool is_allowed = true;
        char text[128];
        enum chandra_status st;
        if (!is_needed(preflight, permission->need))
            continue;
        st = ask(preflight, permission, &is_allowed, err);
        if (st != CHANDRA_OK) {
            LOG_WARNING(preflight->log, "Cannot check permissions", "err", err->message);
            return st == CHANDRA_ENOMEM || st == CHANDRA_EUNAUTHORIZED ? st : CHANDRA_OK;
        }
        if (!is_allowed && len < sizeof(missing))
            len += (size_t)snprintf(missing + len, sizeof(missing) - len, "%s%s", len ? ", " : "",
                                    resource_text(permission, text, sizeof(text)));
    }
    if (len == 0)
        return CHANDRA_OK;
    return chandra_error_set(err, CHANDRA_EFORBIDDEN,
                             "%s does not permit the user to: %s (RBAC, see examples/deploy)",
                             preflight->server, missing);
}

enum chandra_status
preflight_run(const struct preflight *preflight, struct chandra_error *err)
{
    enum chandra_status st = await_server(preflight, err);

    if (st == CHANDRA_OK)
        st = check_group(preflight, err);
    if (st == CHANDRA_OK)
        st = check_permissions(preflight, err);
    return st;
}
