/* manifest_fuzz.c - YAML or JSON text, every document of it as an object, every field of that read.
 */
#include "model/object.h"
#include "model/selector.h"

#include <chandra/doc.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sum of all bytes, so that reading cannot be left out. */
static size_t sum;

static void
touch(const char *text)
{
    for (; text && *text; text++)
        sum += (unsigned char)*text;
}

static void
touch_metadata(const struct chandra_object *object)
{
    const char *key = "";
    const char *value = "";

    touch(chandra_object_namespace(object));
    touch(chandra_object_name(object));
    touch(chandra_object_uid(object));
    touch(chandra_object_resource_version(object));
    touch(chandra_object_controller_uid(object));
    for (size_t i = 0; chandra_object_label_at(object, i, &key, &value); i++)
        if (chandra_object_label(object, key) != value)
            abort(); /* a label that is there must be found */
    for (size_t i = 0; chandra_object_annotation_at(object, i, &key, &value); i++)
        if (chandra_object_annotation(object, key) != value)
            abort();
}

static void
touch_pod(const struct chandra_pod *pod)
{
    struct ch_arena arena = {0};

    touch(chandra_pod_node_name(pod));
    touch(chandra_pod_scheduler_name(pod));
    touch(chandra_pod_priority_class_name(pod));
    touch(chandra_pod_phase(pod));
    for (size_t i = 0; chandra_pod_gate_at(pod, i); i++)
        touch(chandra_pod_gate_at(pod, i));
    for (size_t i = 0; i < 2 * chandra_pod_claim_count(pod); i++) {
        struct chandra_error err;
        const char *name = NULL;
        bool check_owner;

        if (ch_pod_claim_name(pod, i / 2, i % 2 ? &arena : NULL, &name, &check_owner, &err) !=
            CHANDRA_OK)
            name = err.message;
        touch(name);
        touch(chandra_pod_claim_entry(pod, i / 2));
    }
    ch_arena_clear(&arena);
}

static void
touch_selector(const struct ch_selector *selector)
{
    const struct ch_pair label = {"kubernetes.io/hostname", "node-1"};
    const struct chandra_node node = {
        .object = {
            .kind = CHANDRA_KIND_NODE, .name = "node-1", .label_count = 1, .labels = &label}};

    if (!selector)
        return;
    if (ch_selector_matches(selector, &node) && ch_selector_error(selector))
        abort(); /* a selector that does not compile matches nothing */
    touch(ch_selector_text(selector));
    touch(ch_selector_error(selector));
}

/* What is kept as JSON can be read again. */
static void
check_json(const char *text)
{
    struct chandra_doc *doc = NULL;

    if (chandra_doc_parse_json(text, strlen(text), "", NULL, &doc, NULL) != CHANDRA_OK)
        abort();
    chandra_doc_free(doc);
}

static void
touch_claim(const struct chandra_claim *claim)
{
    const char *resource = "";
    const char *name = "";
    const char *uid = "";

    touch(chandra_claim_class_name(claim));
    touch(chandra_claim_driver_name(claim));
    for (size_t i = 0; chandra_claim_user_at(claim, i, &resource, &name, &uid); i++)
        if (!ch_claim_is_reserved_for(claim, uid))
            abort();
    touch_selector(claim->available_on);
    check_json(claim->status);
}

static void
touch_context(const struct chandra_context *context)
{
    touch(chandra_context_selected_node(context));
    for (size_t i = 0; i < chandra_context_potential_count(context); i++)
        if (!ch_context_has_potential(context, chandra_context_potential_at(context, i)))
            abort();
    for (size_t i = 0; i < context->answer_count; i++)
        if (!ch_context_answer(context, context->answers[i].entry))
            abort();
    check_json(context->spec);
    check_json(context->status);
    check_json(context->object.raw);
}

static void
touch_object(const struct chandra_object *object)
{
    touch_metadata(object);
    if (chandra_object_pod(object))
        touch_pod(chandra_object_pod(object));
    if (chandra_object_claim(object))
        touch_claim(chandra_object_claim(object));
    if (chandra_object_class(object)) {
        touch(chandra_class_driver_name(chandra_object_class(object)));
        touch_selector(chandra_object_class(object)->suitable);
    }
    if (chandra_object_context(object))
        touch_context(chandra_object_context(object));
}

static void
decode_all(const struct chandra_doc *doc)
{
    for (size_t i = 0; i < chandra_doc_count(doc); i++) {
        struct chandra_object *object = NULL;
        struct chandra_error err;

        if (chandra_object_decode(chandra_doc_root(doc, i), &object, &err) == CHANDRA_OK)
            touch_object(object);
        else
            touch(err.message);
        chandra_object_unref(object);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct chandra_doc_limits limits = {.size = sizeof(limits), .max_values = 100000};
    struct chandra_doc *doc = NULL;

    if (chandra_doc_parse_json((const char *)data, size, "fuzz", &limits, &doc, NULL) == CHANDRA_OK)
        decode_all(doc);
    chandra_doc_free(doc);
    doc = NULL;
    if (chandra_doc_parse_yaml((const char *)data, size, "fuzz", &limits, &doc, NULL) == CHANDRA_OK)
        decode_all(doc);
    chandra_doc_free(doc);
    return 0;
}
