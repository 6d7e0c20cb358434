/* context.c - the writes of PodSchedulingContexts: create, update, apply, delete (spec 3.6, 4.11).
 */
#include "api/api.h"
#include "api/call.h"
#include "base/text.h"
#include "doc/value.h"
#include "model/object.h"

static void
put_nodes(struct ch_buf *buf, const char *const *nodes, size_t count)
{
    ch_buf_puts(buf, "\"potentialNodes\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ch_buf_putc(buf, ',');
        ch_json_put_string(buf, nodes[i]);
    }
    ch_buf_putc(buf, ']');
}

enum chandra_status
ch_api_create_context(struct chandra_transport *transport, const struct chandra_pod *pod,
                      const struct ch_context_change *change, struct chandra_doc **out_doc,
                      struct chandra_error *err)
{
    const struct chandra_object *owner = &pod->object;
    const struct ch_api_resource *resource = ch_api_resource(CHANDRA_KIND_CONTEXT);
    struct ch_api_call call = {.method = CHANDRA_POST};

    ch_api_put_path(&call.path, CHANDRA_KIND_CONTEXT, owner->name_space, NULL, NULL);
    ch_api_put_json(&call.body,
                    "{'apiVersion':$,'kind':$,'metadata':{'name':$,'namespace':$,"
                    "'ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':$,'uid':$,"
                    "'controller':true,'blockOwnerDeletion':true}]},'spec':{",
                    (const char *const[]){resource->api_version, resource->kind, owner->name,
                                          owner->name_space, owner->name, owner->uid});
    if (change->has_potential)
        put_nodes(&call.body, change->potential, change->potential_count);
    if (!ch_is_empty(change->selected_node))
        ch_api_put_json(&call.body,
                        change->has_potential ? ",'selectedNode':$" : "'selectedNode':$",
                        &change->selected_node);
    ch_buf_puts(&call.body, "}}");
    return ch_api_take_call(transport, &call, out_doc, err);
}

static bool
set_nodes(struct chandra_doc *doc, struct chandra_value *spec,
          const struct ch_context_change *change)
{
    struct chandra_value *nodes = chandra_value_new_array(doc);

    for (size_t i = 0; i < change->potential_count; i++)
        if (!nodes ||
            !chandra_value_append(nodes, chandra_value_new_string(doc, change->potential[i])))
            return false;
    return chandra_value_set(spec, "potentialNodes", nodes);
}

/* The member `spec`, made if there is none. */
static struct chandra_value *
want_spec(struct chandra_doc *doc, struct chandra_value *root)
{
    struct chandra_value *spec = chandra_value_get_mutable(root, "spec");

    if (chandra_value_type(spec) == CHANDRA_OBJECT)
        return spec;
    spec = chandra_value_new_object(doc);
    return chandra_value_set(root, "spec", spec) ? spec : NULL;
}

static bool
edit_context(struct chandra_doc *doc, struct chandra_value *root, const void *user)
{
    const struct ch_context_change *change = user;
    const struct ch_api_resource *resource = ch_api_resource(CHANDRA_KIND_CONTEXT);
    struct chandra_value *spec = want_spec(doc, root);
    bool is_done = spec != NULL;

    /* Items of a list lack these two. */
    is_done = is_done &&
              chandra_value_set(root, "apiVersion",
                                chandra_value_new_string(doc, resource->api_version)) &&
              chandra_value_set(root, "kind", chandra_value_new_string(doc, resource->kind));
    if (is_done && !ch_is_empty(change->selected_node))
        is_done = chandra_value_set(spec, "selectedNode",
                                    chandra_value_new_string(doc, change->selected_node));
    else if (is_done && change->selected_node)
        chandra_value_remove(spec, "selectedNode");
    return is_done && (!change->has_potential || set_nodes(doc, spec, change));
}

enum chandra_status
ch_api_update_context(struct chandra_transport *transport, const struct chandra_context *context,
                      const struct ch_context_change *change, struct chandra_doc **out_doc,
                      struct chandra_error *err)
{
    const struct chandra_object *object = &context->object;
    struct ch_api_call call = {.method = CHANDRA_PUT};
    enum chandra_status st;

    st = ch_api_put_edited(&call.body, object->raw, edit_context, change, err);
    if (st != CHANDRA_OK)
        return st;
    ch_api_put_path(&call.path, CHANDRA_KIND_CONTEXT, object->name_space, object->name, NULL);
    return ch_api_take_call(transport, &call, out_doc, err);
}

enum chandra_status
ch_api_apply_context(struct chandra_transport *transport, const struct chandra_context *context,
                     const struct ch_context_change *change, const char *field_manager,
                     struct chandra_doc **out_doc, struct chandra_error *err)
{
    const struct chandra_object *object = &context->object;
    const struct ch_api_resource *resource = ch_api_resource(CHANDRA_KIND_CONTEXT);
    struct ch_api_call call = {.method = CHANDRA_PATCH,
                               .content_type = "application/apply-patch+yaml"};

    ch_api_put_path(&call.path, CHANDRA_KIND_CONTEXT, object->name_space, object->name, NULL);
    ch_buf_puts(&call.path, "?fieldManager=");
    ch_api_put_encoded(&call.path, field_manager);
    ch_buf_puts(&call.path, "&force=true");
    ch_api_put_json(&call.body,
                    "{'apiVersion':$,'kind':$,'metadata':{'name':$,'namespace':$},'spec':{",
                    (const char *const[]){resource->api_version, resource->kind, object->name,
                                          object->name_space});
    if (change->has_potential)
        put_nodes(&call.body, change->potential, change->potential_count);
    else
        put_nodes(&call.body, context->potential, context->potential_count);
    if (change->selected_node)
        ch_api_put_json(&call.body, ",'selectedNode':$", &change->selected_node);
    ch_buf_puts(&call.body, "}}");
    return ch_api_take_call(transport, &call, out_doc, err);
}

enum chandra_status
ch_api_delete_context(struct chandra_transport *transport, const char *name_space, const char *name,
                      struct chandra_error *err)
{
    struct ch_api_call call = {.method = CHANDRA_DELETE};

    ch_api_put_path(&call.path, CHANDRA_KIND_CONTEXT, name_space, name, NULL);
    return ch_api_take_call(transport, &call, NULL, err);
}
