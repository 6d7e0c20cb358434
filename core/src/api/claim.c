/* claim.c - the writes of ResourceClaims' status: deallocation and reservations
 * (spec 4.6, 4.9, 4.10). */
#include "api/api.h"
#include "api/call.h"
#include "model/object.h"

static bool
edit_status(struct chandra_doc *doc, struct chandra_value *root, const void *user)
{
    (void)user;
    chandra_value_remove(root, "reservedFor");
    return chandra_value_set(root, "deallocationRequested", chandra_value_new_bool(doc, true));
}

enum chandra_status
ch_api_request_deallocation(struct chandra_transport *transport, const struct chandra_claim *claim,
                            struct chandra_doc **out_doc, struct chandra_error *err)
{
    const struct chandra_object *object = &claim->object;
    const struct ch_api_resource *resource = ch_api_resource(CHANDRA_KIND_CLAIM);
    struct ch_api_call call = {.method = CHANDRA_PUT};
    enum chandra_status st;

    ch_api_put_json(&call.body,
                    "{'apiVersion':$,'kind':$,'metadata':{'name':$,'namespace':$,'uid':$,"
                    "'resourceVersion':$},'status':",
                    (const char *const[]){resource->api_version, resource->kind, object->name,
                                          object->name_space, object->uid,
                                          object->resource_version});
    st = ch_api_put_edited(&call.body, claim->status, edit_status, NULL, err);
    if (st != CHANDRA_OK) {
        ch_buf_clear(&call.body);
        return st;
    }
    ch_buf_putc(&call.body, '}');
    ch_api_put_path(&call.path, CHANDRA_KIND_CLAIM, object->name_space, object->name, "status");
    return ch_api_take_call(transport, &call, out_doc, err);
}

/* A strategic merge patch of the status; the body is already in `call`. */
static enum chandra_status
patch_status(struct chandra_transport *transport, struct ch_api_call *call,
             const struct chandra_claim *claim, struct chandra_doc **out_doc,
             struct chandra_error *err)
{
    call->method = CHANDRA_PATCH;
    call->content_type = "application/strategic-merge-patch+json";
    ch_api_put_path(&call->path, CHANDRA_KIND_CLAIM, claim->object.name_space, claim->object.name,
                    "status");
    return ch_api_take_call(transport, call, out_doc, err);
}

enum chandra_status
ch_api_reserve(struct chandra_transport *transport, const struct chandra_claim *claim,
               const struct chandra_pod *pod, struct chandra_doc **out_doc,
               struct chandra_error *err)
{
    struct ch_api_call call = {0};

    ch_api_put_json(&call.body,
                    "{'metadata':{'uid':$},'status':{'reservedFor':[{'resource':'pods','name':$,"
                    "'uid':$}]}}",
                    (const char *const[]){claim->object.uid, pod->object.name, pod->object.uid});
    return patch_status(transport, &call, claim, out_doc, err);
}

enum chandra_status
ch_api_unreserve(struct chandra_transport *transport, const struct chandra_claim *claim,
                 const struct chandra_pod *pod, struct chandra_doc **out_doc,
                 struct chandra_error *err)
{
    struct ch_api_call call = {0};

    /* The pattern's own sign for a string cannot spell "$patch". */
    ch_api_put_json(&call.body,
                    "{'metadata':{'uid':$},'status':{'reservedFor':[{$:'delete','uid':$}]}}",
                    (const char *const[]){claim->object.uid, "$patch", pod->object.uid});
    return patch_status(transport, &call, claim, out_doc, err);
}
