/* reference.c - look things up in the reference of the script API, and write how they are used. */
#include "reference.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

static const struct chandra_lua_entry *const topics[] = {
    ch_lua_reference_hooks,   ch_lua_reference_cx,      ch_lua_reference_nodes,
    ch_lua_reference_objects, ch_lua_reference_chandra, ch_lua_reference_base,
};
enum { TOPIC_COUNT = sizeof(topics) / sizeof(topics[0]) };

const struct chandra_lua_entry *
chandra_lua_reference_at(size_t index)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        for (const struct chandra_lua_entry *entry = topics[i]; entry->name; entry++)
            if (index-- == 0)
                return entry;
    return NULL;
}

unsigned
chandra_lua_api_minor(void)
{
    unsigned minor = 0;

    for (size_t i = 0; i < TOPIC_COUNT; i++)
        for (const struct chandra_lua_entry *entry = topics[i]; entry->name; entry++)
            minor = entry->since > minor ? entry->since : minor;
    return minor;
}

/* Whether the names are equal, where ':' stands for '.' too. */
static bool
is_called(const char *name, const char *wanted)
{
    while (*name && (*name == *wanted || (*name == ':' && *wanted == '.') ||
                     (*name == '.' && *wanted == ':'))) {
        name++;
        wanted++;
    }
    return !*name && !*wanted;
}

/* The first entry whose name, or whose member's name, is the wanted one. */
static const struct chandra_lua_entry *
find(const char *wanted, bool is_member)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        for (const struct chandra_lua_entry *entry = topics[i]; entry->name; entry++)
            if (is_called(is_member ? entry->member : entry->name, wanted))
                return entry;
    return NULL;
}

/* The type of what functions and hooks take under this name, such as nodeset for nodes; or NULL. */
static const char *
type_of_argument(const char *name, size_t len)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        for (const struct chandra_lua_entry *entry = topics[i]; entry->name; entry++)
            for (const struct chandra_lua_value *at = entry->arguments; at && at->type; at++)
                if (strlen(at->name) == len && memcmp(at->name, name, len) == 0 &&
                    find(at->type, false))
                    return at->type;
    return NULL;
}

/* An entry under the name that a value usually has in a policy: nodes:matching. */
static const struct chandra_lua_entry *
find_by_argument(const char *wanted)
{
    const size_t len = strcspn(wanted, ".:");
    const char *type = type_of_argument(wanted, len);
    char name[128];

    if (!type)
        return NULL;
    snprintf(name, sizeof(name), "%s%s", type, wanted + len);
    return find(name, false);
}

/* The entry whose name is most like the wanted one: chandra_nearest() in a tournament, so that the
 * names need no array. */
static const struct chandra_lua_entry *
nearest(const char *wanted)
{
    const struct chandra_lua_entry *best = NULL;

    for (size_t i = 0; i < TOPIC_COUNT; i++)
        for (const struct chandra_lua_entry *entry = topics[i]; entry->name; entry++) {
            const char *names[4] = {NULL};
            size_t count = 0;
            const char *near;

            if (best) {
                names[count++] = best->name;
                names[count++] = best->member;
            }
            names[count++] = entry->name;
            names[count++] = entry->member;
            near = chandra_nearest(wanted, names, count);
            if (near && (near == entry->name || near == entry->member))
                best = entry;
        }
    return best;
}

const struct chandra_lua_entry *
chandra_lua_reference_find(const char *name, const struct chandra_lua_entry **out_nearest)
{
    const struct chandra_lua_entry *entry = find(name, false);

    if (!entry && strncmp(name, "P.", 2) == 0)
        entry = find(name + 2, false);
    if (!entry)
        entry = find(name, true);
    if (!entry)
        entry = find_by_argument(name);
    if (!entry && out_nearest)
        *out_nearest = nearest(name);
    return entry;
}

/* A text of at most `size` bytes that knows how long it would be. */
struct writer {
    char *text;
    size_t size, len;
};

static void
put(struct writer *writer, const char *text)
{
    const size_t len = strlen(text);

    if (writer->len < writer->size)
        snprintf(writer->text + writer->len, writer->size - writer->len, "%s", text);
    writer->len += len;
}

static bool
is_optional(const struct chandra_lua_value *value)
{
    const size_t len = strlen(value->type);

    return len > 0 && value->type[len - 1] == '?';
}

static void
put_arguments(struct writer *writer, const struct chandra_lua_value *value, bool with_types)
{
    for (const char *comma = ""; value && value->type; value++, comma = ", ") {
        put(writer, comma);
        put(writer, value->name);
        if (with_types) {
            put(writer, ": ");
            put(writer, value->type);
        } else if (is_optional(value)) {
            put(writer, "?");
        }
    }
}

static void
put_results(struct writer *writer, const struct chandra_lua_value *value)
{
    for (const char *comma = ": "; value && value->type; value++, comma = ", ") {
        put(writer, comma);
        if (value->name && strcmp(value->name, "...") == 0)
            put(writer, "...");
        put(writer, value->type);
    }
}

static bool
is_function(enum chandra_lua_entry_kind kind)
{
    return kind == CHANDRA_LUA_ENTRY_HOOK || kind == CHANDRA_LUA_ENTRY_METHOD ||
           kind == CHANDRA_LUA_ENTRY_FUNCTION;
}

size_t
chandra_lua_signature(const struct chandra_lua_entry *entry, bool with_types, char *text,
                      size_t size)
{
    struct writer writer = {text, size, 0};

    if (size > 0)
        text[0] = '\0';
    put(&writer, entry->name);
    if (is_function(entry->kind)) {
        put(&writer, "(");
        put_arguments(&writer, entry->arguments, with_types);
        put(&writer, ")");
    }
    if (with_types)
        put_results(&writer, entry->returns);
    return writer.len;
}
