/* listing.c - objects out of what the API server sends: pages of lists, events. */
#include "cache/reflect.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/text.h"
#include "doc/value.h"
#include "model/object.h"

#include <string.h>

static const struct chandra_value *
metadata_of(const struct chandra_value *value, const char *key)
{
    return chandra_value_get(chandra_value_get(value, "metadata"), key);
}

bool
ch_read_resource_version(const struct chandra_value *value, char out[CH_RESOURCE_VERSION_SIZE])
{
    const char *text = chandra_value_string(metadata_of(value, "resourceVersion"));

    if (ch_is_empty(text))
        return true;
    if (strlen(text) >= CH_RESOURCE_VERSION_SIZE)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* Items of lists do not say what they are; an object's metadata says that it is metadata. */
static bool
set_type(struct chandra_doc *doc, struct chandra_value *value, const char *key, const char *text,
         bool is_forced)
{
    return (chandra_value_get(value, key) && !is_forced) ||
           chandra_value_set(value, key, chandra_value_new_string(doc, text));
}

enum chandra_status
ch_reflected_decode(enum chandra_kind kind, struct chandra_doc *doc, struct chandra_value *value,
                    struct ch_reflected *out, struct chandra_error *err)
{
    const struct ch_api_resource *resource = ch_api_resource(kind);
    const char *said = chandra_value_string(chandra_value_get(value, "kind"));
    const bool is_metadata = said && ch_streq(said, "PartialObjectMetadata");

    if (chandra_value_type(value) == CHANDRA_OBJECT &&
        (!set_type(doc, value, "apiVersion", resource->api_version, is_metadata) ||
         !set_type(doc, value, "kind", resource->kind, is_metadata)))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory for a %s", resource->kind);
    out->value = value;
    return ch_object_decode_as(kind, value, &out->object, err);
}

static bool
copy_metadata(struct chandra_doc *doc, struct chandra_value *metadata,
              const struct chandra_value *value, const char *key)
{
    const char *text = chandra_value_string(metadata_of(value, key));

    return !text || chandra_value_set(metadata, key, chandra_value_new_string(doc, text));
}

enum chandra_status
ch_reflected_stub(enum chandra_kind kind, const struct chandra_value *value,
                  struct chandra_doc **out_doc, struct ch_reflected *out, struct chandra_error *err)
{
    struct chandra_doc *doc = NULL;
    struct chandra_value *root;
    struct chandra_value *metadata;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    root = chandra_value_new_object(doc);
    metadata = chandra_value_new_object(doc);
    if (root && metadata && chandra_value_set(root, "metadata", metadata) &&
        copy_metadata(doc, metadata, value, "name") &&
        copy_metadata(doc, metadata, value, "namespace") &&
        copy_metadata(doc, metadata, value, "uid") &&
        copy_metadata(doc, metadata, value, "resourceVersion"))
        st = ch_reflected_decode(kind, doc, root, out, err);
    else
        st = ch_no_memory("a deleted object", err);
    if (st == CHANDRA_OK)
        *out_doc = doc;
    else
        chandra_doc_free(doc);
    return st;
}

/* Lists. */

static enum chandra_status
add_item(struct ch_reflector *reflector, struct chandra_doc *doc, struct chandra_value *value,
         struct chandra_error *err)
{
    struct ch_listing *listing = &reflector->listing;
    struct ch_reflected item = {0};
    enum chandra_status st;

    if (!ch_grow(&listing->items, &listing->capacity, listing->count + 1, sizeof(item)))
        return ch_no_memory("a list", err);
    st = ch_reflected_decode(reflector->options.kind, doc, value, &item, err);
    if (reflector->options.drop_values)
        item.value = NULL;
    if (st == CHANDRA_OK)
        listing->items[listing->count++] = item;
    if (st == CHANDRA_OK || st == CHANDRA_ENOMEM)
        return st;
    ch_log(&reflector->options.logger, CHANDRA_LOG_ERROR, "skipped in a list: %s", err->message);
    return CHANDRA_OK;
}

static enum chandra_status
add_items(struct ch_reflector *reflector, struct chandra_doc *doc, struct chandra_error *err)
{
    const struct chandra_value *items = chandra_value_get(doc->roots[0], "items");
    enum chandra_status st = CHANDRA_OK;

    if (chandra_value_type(items) != CHANDRA_ARRAY && chandra_value_type(items) != CHANDRA_NULL)
        return ch_value_error(items, err, CHANDRA_EPARSE, "items: want an array, got %s",
                              chandra_type_name(chandra_value_type(items)));
    for (size_t i = 0; i < chandra_value_count(items) && st == CHANDRA_OK; i++)
        st = add_item(reflector, doc, items->items[i], err);
    return st;
}

static bool
ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);
    const size_t end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Something else than a list, taken for one, would be an empty list, and all would be gone. A list
 * without a version could never be followed by a watch. */
static enum chandra_status
check_page(struct ch_listing *listing, const struct chandra_value *root, struct chandra_error *err)
{
    const char *kind = chandra_value_string(chandra_value_get(root, "kind"));

    if (kind && !ends_with(kind, "List"))
        return ch_value_error(root, err, CHANDRA_EPARSE, "kind: want a list, got %.100s", kind);
    if (listing->has_begun ||
        (ch_read_resource_version(root, listing->resource_version) && listing->resource_version[0]))
        return CHANDRA_OK;
    return ch_value_error(root, err, CHANDRA_EPARSE,
                          "metadata.resourceVersion: want up to %d characters",
                          CH_RESOURCE_VERSION_SIZE - 1);
}

/* Let the list own a page, so that the values in it live as long as the objects. */
static enum chandra_status
keep_page(struct ch_listing *listing, struct ch_signal *page, struct chandra_error *err)
{
    if (!ch_grow(&listing->pages, &listing->page_capacity, listing->page_count + 1,
                 sizeof(struct chandra_doc *)))
        return ch_no_memory("a list", err);
    listing->pages[listing->page_count++] = page->doc;
    page->doc = NULL;
    return CHANDRA_OK;
}

enum chandra_status
ch_listing_add(struct ch_reflector *reflector, struct ch_signal *page, char **out_continue,
               struct chandra_error *err)
{
    struct ch_listing *listing = &reflector->listing;
    const char *token = chandra_value_string(metadata_of(page->doc->roots[0], "continue"));
    char *copy = NULL;
    enum chandra_status st = check_page(listing, page->doc->roots[0], err);

    if (st == CHANDRA_OK && !ch_is_empty(token) && (copy = ch_strdup(token)) == NULL)
        st = ch_no_memory("a list", err);
    if (st == CHANDRA_OK)
        st = add_items(reflector, page->doc, err);
    if (st == CHANDRA_OK && !reflector->options.drop_values)
        st = keep_page(listing, page, err);
    if (st == CHANDRA_OK) {
        listing->has_begun = true;
        *out_continue = copy;
    } else {
        ch_free(copy);
    }
    return st;
}

void
ch_listing_clear(struct ch_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        chandra_object_unref(listing->items[i].object);
    for (size_t i = 0; i < listing->page_count; i++)
        chandra_doc_free(listing->pages[i]);
    ch_free(listing->items);
    ch_free(listing->pages);
    *listing = (struct ch_listing){0};
}
