/* shim_objects.c - objects, events and requests as JSON text of Go's. */
#include "shim.h"

#include <stdio.h>
#include <string.h>

/* Written by stamp.sh. */
#if defined(__has_include)
#    if __has_include("stamp.h")
#        include "stamp.h"
#    endif
#endif
#ifndef CH_GO_STAMP
#    define CH_GO_STAMP ""
#endif

const char *
ch_go_stamp(void)
{
    return CH_GO_STAMP;
}

const char *
ch_go_name(struct ch_go_text text, char name[CH_GO_NAME_SIZE])
{
    if (text.len >= CH_GO_NAME_SIZE || (text.len > 0 && memchr(text.data, 0, text.len)))
        return "";
    if (text.len > 0)
        memcpy(name, text.data, text.len);
    name[text.len] = '\0';
    return name;
}

struct ch_go_text
ch_go_text(const char *text)
{
    return text ? (struct ch_go_text){text, strlen(text)} : (struct ch_go_text){0};
}

void
ch_go_answer_error(const struct chandra_error *err, struct chandra_answer *out_answer)
{
    out_answer->code = CHANDRA_CODE_ERROR;
    out_answer->status = err->status;
    snprintf(out_answer->reason, sizeof(out_answer->reason), "%s", err->message);
}

/* Objects. */

static const char *
api_version(enum chandra_kind kind)
{
    return kind == CHANDRA_KIND_POD || kind == CHANDRA_KIND_NODE ? "v1"
                                                                 : "resource.k8s.io/v1alpha2";
}

/* The object with its kind filled in, as clients in Go leave it out; NULL when out of memory. */
static const struct chandra_value *
with_kind(struct chandra_doc *doc, const struct chandra_value *object, enum chandra_kind kind)
{
    struct chandra_value *copy = chandra_value_copy(doc, object);

    if (copy &&
        chandra_value_set(copy, "kind", chandra_value_new_string(doc, chandra_kind_name(kind))) &&
        chandra_value_set(copy, "apiVersion", chandra_value_new_string(doc, api_version(kind))))
        return copy;
    return NULL;
}

static enum chandra_status
decode_value(enum chandra_kind kind, struct chandra_doc *doc, struct chandra_object **out_object,
             struct chandra_error *err)
{
    const struct chandra_value *value = chandra_doc_root(doc, 0);
    struct chandra_object *object;
    enum chandra_status st;

    if (chandra_value_type(value) == CHANDRA_OBJECT && !chandra_value_get(value, "kind"))
        value = with_kind(doc, value, kind);
    if (!value)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", chandra_kind_name(kind));
    st = chandra_object_decode(value, &object, err);
    if (st != CHANDRA_OK)
        return st;
    if (chandra_object_kind(object) == kind) {
        *out_object = object;
        return CHANDRA_OK;
    }
    st = chandra_error_set(err, CHANDRA_EINVAL, "want a %s, got a %s", chandra_kind_name(kind),
                           chandra_kind_name(chandra_object_kind(object)));
    chandra_object_unref(object);
    return st;
}

enum chandra_status
ch_go_decode(enum chandra_kind kind, const char *json, size_t len,
             struct chandra_object **out_object, struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st =
        chandra_doc_parse_json(json, len, chandra_kind_name(kind), NULL, &doc, err);

    if (st != CHANDRA_OK)
        return st;
    st = decode_value(kind, doc, out_object, err);
    chandra_doc_free(doc);
    return st;
}

void
ch_go_meta(const struct chandra_object *object, struct ch_go_meta *out_meta)
{
    *out_meta = (struct ch_go_meta){
        .name_space = ch_go_text(chandra_object_namespace(object)),
        .name = ch_go_text(chandra_object_name(object)),
        .uid = ch_go_text(chandra_object_uid(object)),
        .resource_version = ch_go_text(chandra_object_resource_version(object)),
        .kind = chandra_object_kind(object),
    };
}

struct chandra_object *
ch_go_get(struct chandra_engine *engine, enum chandra_kind kind, struct ch_go_text name_space,
          struct ch_go_text name)
{
    char first[CH_GO_NAME_SIZE];
    char second[CH_GO_NAME_SIZE];

    return chandra_engine_get(engine, kind, ch_go_name(name_space, first),
                              ch_go_name(name, second));
}

/* The queue. */

static const struct chandra_pod *
pod_of(const struct chandra_object *object, struct chandra_answer *out_answer)
{
    const struct chandra_pod *pod = chandra_object_pod(object);
    struct chandra_error err;

    if (!pod) {
        chandra_error_set(&err, CHANDRA_EINVAL, "not a pod");
        ch_go_answer_error(&err, out_answer);
    }
    return pod;
}

void
ch_go_pre_enqueue(struct chandra_engine *engine, const struct chandra_object *pod,
                  struct chandra_answer *out_answer)
{
    const struct chandra_pod *typed = pod_of(pod, out_answer);

    if (typed)
        chandra_engine_pre_enqueue(engine, typed, out_answer);
}

void
ch_go_hint(struct chandra_engine *engine, const struct chandra_object *pod, enum chandra_kind kind,
           const struct chandra_object *old_object, const struct chandra_object *new_object,
           struct chandra_answer *out_answer)
{
    const struct chandra_pod *typed = pod_of(pod, out_answer);

    if (typed)
        chandra_engine_hint(engine, typed, kind, old_object, new_object, out_answer);
}

static enum chandra_status
decode_or_none(enum chandra_kind kind, struct ch_go_text json, struct chandra_object **out_object,
               struct chandra_error *err)
{
    return json.data ? ch_go_decode(kind, json.data, json.len, out_object, err) : CHANDRA_OK;
}

void
ch_go_hint_json(struct chandra_engine *engine, const struct chandra_object *pod,
                enum chandra_kind kind, struct ch_go_text old_json, struct ch_go_text new_json,
                struct chandra_answer *out_answer)
{
    struct chandra_object *old_object = NULL;
    struct chandra_object *new_object = NULL;
    struct chandra_error err;
    enum chandra_status st = decode_or_none(kind, old_json, &old_object, &err);

    if (st == CHANDRA_OK)
        st = decode_or_none(kind, new_json, &new_object, &err);
    if (st == CHANDRA_OK)
        ch_go_hint(engine, pod, kind, old_object, new_object, out_answer);
    else
        ch_go_answer_error(&err, out_answer);
    chandra_object_unref(old_object);
    chandra_object_unref(new_object);
}

/* Clusters. */

enum chandra_status
ch_go_load(struct chandra_sim *sim, struct ch_go_text text, const char *name,
           struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_parse_yaml(text.data, text.len, name, NULL, &doc, err);

    if (st != CHANDRA_OK)
        return st;
    for (size_t i = 0; i < chandra_doc_count(doc) && st == CHANDRA_OK; i++)
        if (chandra_value_type(chandra_doc_root(doc, i)) != CHANDRA_NULL)
            st = chandra_sim_load(sim, chandra_doc_root(doc, i), err);
    chandra_doc_free(doc);
    return st;
}

enum chandra_status
ch_go_add_drivers(struct chandra_sim *sim, struct ch_go_text text, const char *name,
                  struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_doc_parse_yaml(text.data, text.len, name, NULL, &doc, err);

    if (st != CHANDRA_OK)
        return st;
    st = chandra_sim_add_drivers(sim, chandra_doc_root(doc, 0), err);
    chandra_doc_free(doc);
    return st;
}

enum chandra_status
ch_go_request(struct chandra_transport *transport, const struct chandra_request *request,
              char **out_json, size_t *out_len, struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = chandra_client_request(transport, request, &doc, err);

    if (st != CHANDRA_OK)
        return st;
    st = chandra_value_print(chandra_doc_root(doc, 0), CHANDRA_PRINT_COMPACT, out_json, out_len,
                             err);
    chandra_doc_free(doc);
    return st;
}
