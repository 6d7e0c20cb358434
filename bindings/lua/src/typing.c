/* typing.c - read the types of the reference: elements, parameters, what fits where. */
#include "analysis.h"

#include <string.h>

static const struct ch_lua_typing unknown = {NULL, 0};

struct ch_lua_typing
ch_lua_typing_of(const char *text)
{
    return (struct ch_lua_typing){text, text ? strlen(text) : 0};
}

struct ch_lua_typing
ch_lua_typing_at(const struct chandra_lua_value *list, size_t index)
{
    while (list && list->type && index > 0) {
        list++;
        index--;
    }
    return list && list->type ? ch_lua_typing_of(list->type) : unknown;
}

bool
ch_lua_typing_is(struct ch_lua_typing type, const char *text)
{
    return type.len > 0 && type.len == strlen(text) && memcmp(type.text, text, type.len) == 0;
}

static bool
begins(struct ch_lua_typing type, const char *text)
{
    return type.len >= strlen(text) && memcmp(type.text, text, strlen(text)) == 0;
}

static bool
ends(struct ch_lua_typing type, const char *text)
{
    const size_t len = strlen(text);

    return type.len >= len && memcmp(type.text + type.len - len, text, len) == 0;
}

/* The length of what stands before the first of `stops` outside of brackets and quotes. */
static size_t
span(struct ch_lua_typing type, const char *stops)
{
    int depth = 0;
    size_t i = 0;

    for (; i < type.len; i++) {
        const char c = type.text[i];

        if (c == '"')
            while (i + 1 < type.len && type.text[i + 1] != '"')
                i++;
        if (c == '"')
            i++;
        else if (depth == 0 && strchr(stops, c))
            break;
        depth += strchr("({<", c) ? 1 : strchr(")}>", c) ? -1 : 0;
    }
    return i < type.len ? i : type.len;
}

static struct ch_lua_typing
cut(struct ch_lua_typing type, size_t skip, size_t len)
{
    return (struct ch_lua_typing){type.text + skip, len};
}

struct ch_lua_typing
ch_lua_typing_present(struct ch_lua_typing type)
{
    while (ends(type, "?"))
        type.len--;
    if (ends(type, "|nil"))
        type.len -= 4;
    return type;
}

bool
ch_lua_typing_is_optional(struct ch_lua_typing type)
{
    return ends(type, "?") || ends(type, "|nil");
}

struct ch_lua_typing
ch_lua_typing_element(struct ch_lua_typing type)
{
    type = ch_lua_typing_present(type);
    if (!ends(type, "[]") || type.text[0] == '(' || span(type, "|") < type.len)
        return unknown;
    return cut(type, 0, type.len - 2);
}

struct ch_lua_typing
ch_lua_typing_parameter(struct ch_lua_typing type, size_t index)
{
    /* The function among alternatives such as "nodeset|fun(node: node): boolean". */
    if (begins(type, "("))
        type = cut(type, 1, type.len - 1);
    while (type.len > 0 && !begins(type, "fun(")) {
        const size_t len = span(type, "|");

        type = len < type.len ? cut(type, len + 1, type.len - len - 1) : unknown;
    }
    if (type.len == 0)
        return unknown;
    type = cut(type, 4, span(cut(type, 4, type.len - 4), ")"));
    while (type.len > 0) {
        const size_t len = span(type, ",");
        const size_t name = span(type, ":");

        if (index-- == 0)
            return name + 2 < len ? cut(type, name + 2, len - name - 2) : unknown;
        type = len + 2 < type.len ? cut(type, len + 2, type.len - len - 2) : unknown;
    }
    return unknown;
}

/* What Lua calls a value of one type, or the name of the type for ours; nothing when that cannot be
 * told: alternatives, lists (tables or views), any. */
static struct ch_lua_typing
basic(struct ch_lua_typing type)
{
    if (type.len == 0 || type.text[0] == '(' || ends(type, "?") || ends(type, "[]") ||
        span(type, "|") < type.len || ch_lua_typing_is(type, "any"))
        return unknown;
    if (type.text[0] == '"')
        return ch_lua_typing_of("string");
    if (type.text[0] == '{' || begins(type, "table<"))
        return ch_lua_typing_of("table");
    if (begins(type, "fun("))
        return ch_lua_typing_of("function");
    if (ch_lua_typing_is(type, "integer"))
        return ch_lua_typing_of("number");
    if (ch_lua_typing_is(type, "true") || ch_lua_typing_is(type, "false"))
        return ch_lua_typing_of("boolean");
    return type;
}

/* Whether `given`, which is basic, may stand for one of the alternatives. */
static bool
fits(struct ch_lua_typing wanted, struct ch_lua_typing given)
{
    struct ch_lua_typing want;

    if (ends(wanted, "?"))
        return ch_lua_typing_is(given, "nil") || fits(ch_lua_typing_present(wanted), given);
    if (ends(wanted, "[]"))
        return ch_lua_typing_is(given, "table");
    if (ch_lua_typing_is(wanted, "false"))
        return ch_lua_typing_is(given, "boolean");
    want = basic(wanted);
    if (want.len == 0 || (want.len == given.len && memcmp(want.text, given.text, given.len) == 0))
        return true;
    return ch_lua_typing_is(want, "string") && ch_lua_typing_is(given, "number");
}

bool
ch_lua_typing_accepts(struct ch_lua_typing wanted, struct ch_lua_typing given)
{
    given = basic(ch_lua_typing_present(given));
    if (given.len == 0 || wanted.len == 0)
        return true;
    if (ends(wanted, "?") && span(wanted, "|") == wanted.len)
        return fits(wanted, given);
    while (wanted.len > 0) {
        const size_t len = span(wanted, "|");

        if (fits(cut(wanted, 0, len), given))
            return true;
        wanted = len < wanted.len ? cut(wanted, len + 1, wanted.len - len - 1) : unknown;
    }
    return false;
}

size_t
ch_lua_typing_fields(struct ch_lua_typing type, char *text, size_t size, const char **names,
                     size_t count)
{
    size_t found = 0;

    type = begins(type, "{") ? cut(type, 1, type.len - 2) : unknown;
    while (type.len > 0 && found + 1 < count) {
        const size_t len = span(type, ",");
        const size_t name = span(type, "?:");

        if (name + 1 > size)
            break;
        memcpy(text, type.text, name);
        text[name] = '\0';
        names[found++] = text;
        text += name + 1;
        size -= name + 1;
        type = len + 2 < type.len ? cut(type, len + 2, type.len - len - 2) : unknown;
    }
    names[found] = NULL;
    return found;
}

static bool
is_member(const struct chandra_lua_entry *entry)
{
    return entry->kind != CHANDRA_LUA_ENTRY_HEADER && entry->kind != CHANDRA_LUA_ENTRY_HOOK &&
           entry->kind != CHANDRA_LUA_ENTRY_TYPE && entry->kind != CHANDRA_LUA_ENTRY_OPERATOR;
}

/* The part of a library's path that its owner knows it by: "log" of "chandra.log". */
static const char *
last_word(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

/* Whether the entry is a member of the owner; libraries have no owner but their path. */
static bool
belongs(const struct chandra_lua_entry *entry, struct ch_lua_typing owner)
{
    const char *word = last_word(entry->name);

    if (!is_member(entry))
        return false;
    if (entry->kind != CHANDRA_LUA_ENTRY_LIBRARY)
        return entry->owner ? ch_lua_typing_is(owner, entry->owner) : owner.len == 0;
    if (word == entry->name)
        return owner.len == 0;
    return owner.len > 0 && owner.len == (size_t)(word - entry->name - 1) &&
           memcmp(owner.text, entry->name, owner.len) == 0;
}

const struct chandra_lua_entry *
ch_lua_member_find(struct ch_lua_typing owner, const struct ch_lua_token *name)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (ch_lua_token_is(name, last_word(entry->member)) && belongs(entry, owner))
            return entry;
    return NULL;
}

size_t
ch_lua_member_names(const char *owner, const char **names, size_t size)
{
    const struct chandra_lua_entry *entry;
    size_t count = 0;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (count + 1 < size && belongs(entry, ch_lua_typing_of(owner)))
            names[count++] = last_word(entry->member);
    names[count] = NULL;
    return count;
}

const struct chandra_lua_entry *
ch_lua_type_find(const struct ch_lua_token *name)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; name->len > 0 && (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == CHANDRA_LUA_ENTRY_TYPE && ch_lua_token_is(name, entry->name))
            return entry;
    return NULL;
}

bool
ch_lua_typing_is_open(struct ch_lua_typing type)
{
    const struct chandra_lua_entry *entry;

    for (size_t i = 0; (entry = chandra_lua_reference_at(i)); i++)
        if (entry->kind == CHANDRA_LUA_ENTRY_OPERATOR && ch_lua_typing_is(type, entry->owner) &&
            strcmp(entry->member, "__index") == 0 &&
            strcmp(entry->arguments[0].type, "string") == 0)
            return true;
    return false;
}
