/* watch.c - what the API server says: lists, and the lines of a watch. */
#include "api/api.h"
#include "api/call.h"
#include "base/text.h"
#include "doc/value.h"

#include <string.h>

static const char *const types[] = {
    [CH_WATCH_ADDED] = "ADDED",     [CH_WATCH_MODIFIED] = "MODIFIED",
    [CH_WATCH_DELETED] = "DELETED", [CH_WATCH_BOOKMARK] = "BOOKMARK",
    [CH_WATCH_ERROR] = "ERROR",
};

enum { TYPE_COUNT = sizeof(types) / sizeof(*types) };

/* Which of the types `text` is; TYPE_COUNT for none. */
static size_t
find_type(const char *text)
{
    size_t type = 0;

    while (type < TYPE_COUNT && !ch_streq(types[type], text))
        type++;
    return type;
}

enum chandra_status
ch_api_parse(const char *text, size_t len, const char *name, struct chandra_doc **out_doc,
             struct chandra_error *err)
{
    return ch_doc_parse_json_without("managedFields", text, len, name, out_doc, err);
}

enum chandra_status
ch_api_parse_event(const char *line, size_t len, struct ch_watch_event *out_event,
                   struct chandra_error *err)
{
    struct ch_watch_event event = {.status = CHANDRA_OK};
    const struct chandra_value *root;
    const char *type_name;
    size_t type;
    enum chandra_status st;

    st = ch_api_parse(line, len, "watch", &event.doc, err);
    if (st != CHANDRA_OK)
        return st;
    root = chandra_doc_root(event.doc, 0);
    type_name = chandra_value_string(chandra_value_get(root, "type"));
    type = find_type(type_name);
    event.object = chandra_value_get(root, "object");
    if (type == TYPE_COUNT || chandra_value_type(event.object) != CHANDRA_OBJECT) {
        st = chandra_error_set(err, CHANDRA_EINVAL, "watch: an event of type \"%.40s\" %s",
                               type_name ? type_name : "",
                               type == TYPE_COUNT ? "is not known" : "has no object");
        chandra_doc_free(event.doc);
        return st;
    }
    event.type = (enum ch_watch_type)type;
    if (event.type == CH_WATCH_ERROR)
        event.status = ch_api_classify_value(event.object, 0, err);
    *out_event = event;
    return CHANDRA_OK;
}
