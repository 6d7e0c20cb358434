/* janitor.c - compares the contexts in the cache with the scheduler's bound pods. */
#include "schedule/janitor.h"

#include "schedule/outbox.h"

#include <chandra/engine.h>
#include <chandra/sys/base.h>
#include <chandra/sys/transport.h>
#include <stdio.h>
#include <string.h>

enum {
    GRACE_MS = 5000, /* after the binding, for PostBind and its echo */
    MAX_FINDINGS = 64,
};

struct janitor {
    struct chandra_transport *transport;
    struct scheduler *scheduler;
    struct outbox *outbox;
};

static void
on_done(void *user, const char *id, const struct chandra_response *response)
{
    (void)user; /* if it did not work, the next sweep comes across it */
    (void)id;
    (void)response;
}

enum chandra_status
janitor_new(struct chandra_transport *transport, struct scheduler *scheduler,
            struct janitor **out_janitor, struct chandra_error *err)
{
    struct janitor *janitor = chandra_realloc(NULL, sizeof(*janitor));
    enum chandra_status st;

    if (!janitor)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    *janitor = (struct janitor){.transport = transport, .scheduler = scheduler};
    st = outbox_new(transport, on_done, janitor, &janitor->outbox, err);
    if (st == CHANDRA_OK)
        *out_janitor = janitor;
    else
        chandra_free(janitor);
    return st;
}

static bool
is_left_over(const struct janitor *janitor, const struct chandra_object *context)
{
    const struct queued_pod *pod = scheduler_pod(
        janitor->scheduler, chandra_object_namespace(context), chandra_object_name(context));
    const char *owner = chandra_object_controller_uid(context);

    return pod && pod->is_bound && !pod->is_in_flight &&
           scheduler_has(janitor->scheduler, pod->pod) && owner &&
           strcmp(owner, chandra_object_uid(chandra_pod_object(pod->pod))) == 0 &&
           janitor->transport->ops->now_ms(janitor->transport) > pod->bound_ms + GRACE_MS;
}

/* What a sweep has found; the rest is left to the next. */
struct findings {
    const struct janitor *janitor;
    struct chandra_object *contexts[MAX_FINDINGS];
    size_t count;
};

static bool
note_left_over(void *user, const struct chandra_object *context)
{
    struct findings *findings = user;

    if (is_left_over(findings->janitor, context))
        findings->contexts[findings->count++] = chandra_object_ref(context);
    return findings->count < MAX_FINDINGS;
}

static void
remove_context(struct janitor *janitor, const struct chandra_object *context)
{
    struct chandra_request request = {.method = CHANDRA_DELETE};
    char path[768];
    char body[256];

    snprintf(path, sizeof(path),
             "/apis/resource.k8s.io/v1alpha2/namespaces/%s/podschedulingcontexts/%s",
             chandra_object_namespace(context), chandra_object_name(context));
    request.path = path;
    request.body = body;
    request.body_len =
        (size_t)snprintf(body, sizeof(body),
                         "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":"
                         "{\"uid\":\"%.64s\"}}",
                         chandra_object_uid(context));
    outbox_put(janitor->outbox, &request, "");
}

void
janitor_sweep(struct janitor *janitor)
{
    struct findings findings = {.janitor = janitor};

    if (outbox_count(janitor->outbox) > 0)
        return; /* the last sweep is still under way */
    chandra_engine_each(scheduler_engine(janitor->scheduler), CHANDRA_KIND_CONTEXT, note_left_over,
                        &findings);
    for (size_t i = 0; i < findings.count; i++) {
        remove_context(janitor, findings.contexts[i]);
        chandra_object_unref(findings.contexts[i]);
    }
}

void
janitor_close(struct janitor *janitor)
{
    outbox_close(janitor->outbox);
}

void
janitor_free(struct janitor *janitor)
{
    if (!janitor)
        return;
    outbox_free(janitor->outbox);
    chandra_free(janitor);
}
