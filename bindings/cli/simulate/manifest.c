/* manifest.c - walks files, documents and lists down to objects, and loads each of them. */
#include "simulate/manifest.h"

#include "cli.h"
#include "kinds.h"
#include "paths.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

enum { KEY_SIZE = 640, PLACE_SIZE = 4200 };

/* One object on its way into the cluster. */
struct item {
    struct manifests *manifests;
    const struct chandra_value *object;
    const char *file;
    const char *kind;
    const char *name_space; /* "default" where it has none; "" for cluster-scoped kinds */
    const char *name;
    char place[PLACE_SIZE];
};

static void
add_problem(struct manifests *manifests, const char *file, const struct chandra_error *err)
{
    if (!problems_add(manifests->problems, file, err))
        manifests->is_out_of_memory = true;
}

static void
set_place(struct item *item, const char *file, const struct chandra_value *value)
{
    item->file = file;
    snprintf(item->place, sizeof(item->place), "%s:%u:%u", file, chandra_value_line(value),
             chandra_value_column(value));
}

static const char *
text_at(const struct chandra_value *object, const char *key)
{
    return chandra_value_string(chandra_value_get(object, key));
}

static void
skip(struct manifests *manifests, const char *kind)
{
    size_t *count = map_get(&manifests->skipped, kind);
    char **kinds;

    if (count) {
        (*count)++;
        return;
    }
    count = chandra_realloc(NULL, sizeof(*count));
    kinds = chandra_realloc(manifests->skipped_kinds,
                            (manifests->skipped_kind_count + 1) * sizeof(*kinds));
    if (kinds)
        manifests->skipped_kinds = kinds;
    if (!count || !kinds || !map_set(&manifests->skipped, kind, count)) {
        chandra_free(count);
        manifests->is_out_of_memory = true;
        return;
    }
    *count = 1;
    kinds[manifests->skipped_kind_count] = chandra_strdup(kind);
    if (kinds[manifests->skipped_kind_count])
        manifests->skipped_kind_count++;
    else
        manifests->is_out_of_memory = true;
}

/* Whether the object is the first of its name; a second one is a problem. */
static bool
is_first(struct item *item)
{
    struct manifests *manifests = item->manifests;
    struct chandra_error err;
    char key[KEY_SIZE];
    const char *other;
    char *place;

    if (!item->name)
        return true;
    snprintf(key, sizeof(key), "%s %s/%s", item->kind, item->name_space, item->name);
    other = map_get(&manifests->places, key);
    if (other) {
        chandra_error_set(&err, CHANDRA_EEXISTS, "%s: %s %s%s%s is there already, at %s",
                          item->place, item->kind, item->name_space, *item->name_space ? "/" : "",
                          item->name, other);
        add_problem(manifests, item->file, &err);
        return false;
    }
    place = chandra_strdup(item->place);
    if (!place || !map_set(&manifests->places, key, place)) {
        chandra_free(place);
        manifests->is_out_of_memory = true;
    }
    return true;
}

static void
add_reference(struct item *item, const struct chandra_value *at, const char *kind, const char *name)
{
    struct manifests *manifests = item->manifests;
    struct reference *reference;
    char text[KEY_SIZE];
    char place[PLACE_SIZE];

    if (manifests->reference_count == manifests->reference_capacity) {
        const size_t capacity = manifests->reference_capacity * 2 + 16;
        struct reference *references =
            chandra_realloc(manifests->references, capacity * sizeof(*references));
        if (!references) {
            manifests->is_out_of_memory = true;
            return;
        }
        manifests->references = references;
        manifests->reference_capacity = capacity;
    }
    reference = &manifests->references[manifests->reference_count++];
    snprintf(place, sizeof(place), "%s:%u:%u", item->file, chandra_value_line(at),
             chandra_value_column(at));
    reference->place = chandra_strdup(place);
    snprintf(text, sizeof(text), "%s/%s", item->name_space, item->name);
    reference->pod = chandra_strdup(text);
    snprintf(text, sizeof(text), "%s %s/%s", kind, item->name_space, name);
    reference->key = chandra_strdup(text);
    if (!reference->place || !reference->pod || !reference->key)
        manifests->is_out_of_memory = true;
}

/* Remember what a pod refers to, as the objects may come in any order. */
static void
note_references(struct item *item)
{
    const struct chandra_value *claims =
        chandra_value_get(chandra_value_get(item->object, "spec"), "resourceClaims");

    for (size_t i = 0; i < chandra_value_count(claims); i++) {
        const struct chandra_value *source =
            chandra_value_get(chandra_value_at(claims, i), "source");
        const struct chandra_value *claim = chandra_value_get(source, "resourceClaimName");
        const struct chandra_value *template =
            chandra_value_get(source, "resourceClaimTemplateName");
        if (chandra_value_string(claim))
            add_reference(item, claim, "ResourceClaim", chandra_value_string(claim));
        else if (chandra_value_string(template))
            add_reference(item, template, "ResourceClaimTemplate", chandra_value_string(template));
    }
}

static void
load_known(struct item *item)
{
    struct chandra_error err;
    const enum chandra_status st = is_first(item)
                                       ? chandra_sim_load(item->manifests->sim, item->object, &err)
                                       : CHANDRA_EEXISTS;

    if (st == CHANDRA_EEXISTS)
        return;
    if (st != CHANDRA_OK) {
        add_problem(item->manifests, item->file, &err);
        return;
    }
    item->manifests->loaded_count++;
    if (strcmp(item->kind, "Node") == 0)
        item->manifests->node_count++;
    if (strcmp(item->kind, "Pod") == 0 && item->name)
        note_references(item);
}

static void
load_object(struct manifests *manifests, const char *file, const struct chandra_value *object)
{
    struct item item = {.manifests = manifests, .object = object};
    const struct chandra_value *metadata = chandra_value_get(object, "metadata");
    const char *api_version = text_at(object, "apiVersion");
    bool is_namespaced = false;
    struct chandra_error err;

    item.kind = text_at(object, "kind");
    set_place(&item, file, object);
    if (!api_version || !item.kind) {
        chandra_error_set(&err, CHANDRA_EINVAL, "%s: %s is missing or no string", item.place,
                          api_version ? "kind" : "apiVersion");
        add_problem(manifests, file, &err);
        return;
    }
    switch (kind_classify(api_version, item.kind, &is_namespaced, &err)) {
    case KIND_SKIPPED:
        skip(manifests, item.kind);
        return;
    case KIND_REFUSED:
        chandra_error_prefix(&err, "%s", item.place);
        add_problem(manifests, file, &err);
        return;
    case KIND_LOADED:
        break;
    }
    item.name = text_at(metadata, "name");
    item.name_space = text_at(metadata, "namespace");
    if (!is_namespaced)
        item.name_space = "";
    else if (!item.name_space)
        item.name_space = "default";
    load_known(&item);
}

/* A list of objects that say themselves what they are; those of typed lists may not. */
static bool
is_list(const struct chandra_value *object)
{
    const char *kind = text_at(object, "kind");
    const size_t len = kind ? strlen(kind) : 0;

    return len >= 4 && strcmp(kind + len - 4, "List") == 0 &&
           (len == 4 || chandra_value_type(chandra_value_get(object, "items")) == CHANDRA_ARRAY);
}

static void
load_list(struct manifests *manifests, const char *file, const struct chandra_value *list)
{
    const struct chandra_value *items = chandra_value_get(list, "items");
    struct item item;
    struct chandra_error err;

    if (chandra_value_type(items) != CHANDRA_ARRAY) {
        set_place(&item, file, items ? items : list);
        chandra_error_set(&err, CHANDRA_EINVAL, "%s: List: items: want an array, got %s",
                          item.place,
                          items ? chandra_type_name(chandra_value_type(items)) : "none");
        add_problem(manifests, file, &err);
        return;
    }
    for (size_t i = 0; i < chandra_value_count(items); i++)
        load_object(manifests, file, chandra_value_at(items, i));
}

static void
load_value(struct manifests *manifests, const char *file, const struct chandra_value *value)
{
    const enum chandra_type type = chandra_value_type(value);
    struct item item;
    struct chandra_error err;

    if (type == CHANDRA_NULL)
        return;
    if (type != CHANDRA_OBJECT) {
        set_place(&item, file, value);
        chandra_error_set(&err, CHANDRA_EINVAL, "%s: want an object, got %s", item.place,
                          chandra_type_name(type));
        add_problem(manifests, file, &err);
    } else if (!is_list(value)) {
        load_object(manifests, file, value);
    } else {
        load_list(manifests, file, value);
    }
}

enum chandra_status
manifests_add(struct manifests *manifests, const struct chandra_doc *doc, struct chandra_error *err)
{
    for (size_t i = 0; i < chandra_doc_count(doc); i++)
        load_value(manifests, chandra_doc_name(doc), chandra_doc_root(doc, i));
    return manifests->is_out_of_memory
               ? chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", chandra_doc_name(doc))
               : CHANDRA_OK;
}

static enum chandra_status
load_file(struct manifests *manifests, const char *path, struct chandra_error *err)
{
    struct chandra_doc *doc;
    enum chandra_status st = cli_read_doc(path, &doc, err);

    if (st == CHANDRA_EIO || st == CHANDRA_ENOMEM)
        return st;
    if (st != CHANDRA_OK) {
        add_problem(manifests, path, err);
        return CHANDRA_OK;
    }
    st = manifests_add(manifests, doc, err);
    chandra_doc_free(doc);
    return st;
}

enum chandra_status
manifests_load(struct manifests *manifests, const char *path, struct chandra_error *err)
{
    struct paths paths = {0};
    enum chandra_status st = paths_expand(&paths, path, err);

    for (size_t i = 0; st == CHANDRA_OK && i < paths.count; i++)
        st = load_file(manifests, paths.items[i], err);
    paths_clear(&paths);
    return st;
}

static enum chandra_status
add_node(struct manifests *manifests, const char *name, struct chandra_error *err)
{
    char text[512];
    struct chandra_doc *doc;
    enum chandra_status st;
    const int len = snprintf(text, sizeof(text),
                             "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":"
                             "\"%s\",\"labels\":{\"kubernetes.io/hostname\":\"%s\","
                             "\"kubernetes.io/os\":\"linux\"}}}",
                             name, name);

    st = chandra_doc_parse_json(text, (size_t)len, "--nodes", NULL, &doc, err);
    if (st != CHANDRA_OK)
        return st;
    st = chandra_sim_load(manifests->sim, chandra_doc_root(doc, 0), err);
    chandra_doc_free(doc);
    if (st == CHANDRA_OK)
        manifests->node_count++;
    return st;
}

enum chandra_status
manifests_add_nodes(struct manifests *manifests, int64_t count, struct chandra_error *err)
{
    const int width = snprintf(NULL, 0, "%lld", (long long)count);
    enum chandra_status st = CHANDRA_OK;

    for (int64_t number = 1; st == CHANDRA_OK && count > 0; number++) {
        char key[KEY_SIZE];
        char name[64];
        snprintf(name, sizeof(name), "node-%0*lld", width, (long long)number);
        snprintf(key, sizeof(key), "Node /%s", name);
        if (map_get(&manifests->places, key))
            continue;
        st = add_node(manifests, name, err);
        count--;
    }
    return st;
}

void
manifests_tell(const struct manifests *manifests)
{
    for (size_t i = 0; i < manifests->skipped_kind_count; i++) {
        const size_t count = manifests_skipped_at(manifests, i);
        cli_note("skipped %zu %s object%s, not a kind that is simulated", count,
                 manifests->skipped_kinds[i], count == 1 ? "" : "s");
    }
    for (size_t i = 0; i < manifests->reference_count; i++) {
        const struct reference *reference = &manifests->references[i];
        if (!map_get(&manifests->places, reference->key))
            cli_complain("%s: pod %s: %s does not exist", reference->place, reference->pod,
                         reference->key);
    }
}

size_t
manifests_skipped_at(const struct manifests *manifests, size_t index)
{
    const size_t *count = map_get(&manifests->skipped, manifests->skipped_kinds[index]);

    return count ? *count : 0;
}

void
manifests_clear(struct manifests *manifests)
{
    map_clear(&manifests->places, chandra_free);
    map_clear(&manifests->skipped, chandra_free);
    for (size_t i = 0; i < manifests->skipped_kind_count; i++)
        chandra_free(manifests->skipped_kinds[i]);
    chandra_free(manifests->skipped_kinds);
    for (size_t i = 0; i < manifests->reference_count; i++) {
        chandra_free(manifests->references[i].place);
        chandra_free(manifests->references[i].pod);
        chandra_free(manifests->references[i].key);
    }
    chandra_free(manifests->references);
}
