/* binding.c - builds a Binding and posts it. */
#include "scheduler/binding.h"

#include "values.h"

#include <chandra/client.h>
#include <chandra/doc.h>
#include <chandra/sys/transport.h>
#include <stdio.h>

/* A Binding as JSON text. Ownership: caller frees. */
static enum chandra_status
binding_body(const struct chandra_object *pod, const char *node, char **out_text, size_t *out_len,
             struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_new(&doc, err);
    struct chandra_value *root;

    if (st != CHANDRA_OK)
        return st;
    root = chandra_value_new_object(doc);
    if (values_set_texts(doc, root,
                         (const char *[]){"apiVersion", "v1", "kind", "Binding", NULL}) &&
        values_set_texts(doc, values_add_object(doc, root, "metadata"),
                         (const char *[]){"name", chandra_object_name(pod), "namespace",
                                          chandra_object_namespace(pod), "uid",
                                          chandra_object_uid(pod), NULL}) &&
        values_set_texts(doc, values_add_object(doc, root, "target"),
                         (const char *[]){"apiVersion", "v1", "kind", "Node", "name", node, NULL}))
        st = chandra_value_print(root, CHANDRA_PRINT_COMPACT, out_text, out_len, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    chandra_doc_free(doc);
    return st;
}

enum chandra_status
binding_post(struct chandra_transport *transport, const struct chandra_pod *pod, const char *node,
             struct chandra_error *err)
{
    const struct chandra_object *object = chandra_pod_object(pod);
    struct chandra_request request = {.method = CHANDRA_POST};
    char path[768];
    char *body = NULL;
    enum chandra_status st = binding_body(object, node, &body, &request.body_len, err);

    if (st != CHANDRA_OK)
        return st;
    snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s/binding",
             chandra_object_namespace(object), chandra_object_name(object));
    request.path = path;
    request.body = body;
    st = chandra_client_request(transport, &request, NULL, err);
    chandra_free(body);
    return st;
}
