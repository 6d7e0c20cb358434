/* route.c - takes the path and the query of a request apart. */
#include "sim/route.h"

#include "base/text.h"
#include "sim/sim.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PARTS = 8 };

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Percent-decode into the arena; in a query '+' is a blank. */
static char *
decode(struct ch_arena *arena, const char *text, size_t len, bool is_query)
{
    char *out = ch_arena_alloc(arena, len + 1);
    size_t end = 0;

    if (!out)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        const int high = text[i] == '%' && i + 2 < len ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        if (low >= 0 && high + low > 0) {
            out[end++] = (char)(high * 16 + low);
            i += 2;
        } else if (is_query && text[i] == '+') {
            out[end++] = ' ';
        } else {
            out[end++] = text[i];
        }
    }
    out[end] = '\0';
    return out;
}

/* What a query may say. */
enum parameter {
    LABEL_SELECTOR,
    FIELD_SELECTOR,
    RESOURCE_VERSION,
    RESOURCE_VERSION_MATCH,
    CONTINUE,
    FIELD_MANAGER,
    LIMIT,
    TIMEOUT,
    WATCH,
    BOOKMARKS,
    FORCE,
    PARAMETER_COUNT, /* anything else is ignored, as the API server does */
};

static const char *const parameter_names[PARAMETER_COUNT] = {
    "labelSelector", "fieldSelector",       "resourceVersion", "resourceVersionMatch",
    "continue",      "fieldManager",        "limit",           "timeoutSeconds",
    "watch",         "allowWatchBookmarks", "force",
};

static bool
is_yes(const char *text)
{
    return ch_streq(text, "true") || ch_streq(text, "1");
}

static enum chandra_status
read_number(const char *name, const char *text, int64_t *out_number, struct chandra_error *err)
{
    if (ch_is_empty(text))
        return CHANDRA_OK;
    if (!ch_parse_int64(text, out_number) || *out_number < 0)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: want a number, got \"%s\"", name, text);
    return CHANDRA_OK;
}

static enum chandra_status
use_parameters(struct ch_sim_route *route, char *const values[PARAMETER_COUNT],
               struct chandra_error *err)
{
    enum chandra_status st;

    route->resource_version = values[RESOURCE_VERSION];
    route->resource_version_match = values[RESOURCE_VERSION_MATCH];
    route->continue_token = values[CONTINUE];
    route->field_manager = values[FIELD_MANAGER];
    route->is_watch = is_yes(values[WATCH]);
    route->wants_bookmarks = is_yes(values[BOOKMARKS]);
    route->is_forced = is_yes(values[FORCE]);
    st = read_number("limit", values[LIMIT], &route->limit, err);
    if (st == CHANDRA_OK)
        st = read_number("timeoutSeconds", values[TIMEOUT], &route->timeout_s, err);
    if (st == CHANDRA_OK)
        st = ch_sim_select_labels(&route->select, values[LABEL_SELECTOR], &route->arena, err);
    if (st == CHANDRA_OK && route->kind)
        st = ch_sim_select_fields(&route->select, values[FIELD_SELECTOR], route->kind,
                                  &route->arena, err);
    return st;
}

static enum chandra_status
read_query(struct ch_sim_route *route, const char *query, struct chandra_error *err)
{
    static char nothing[] = "";
    char *values[PARAMETER_COUNT];

    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        values[i] = nothing;
    while (*query) {
        const size_t len = strcspn(query, "&");
        const size_t key_len = strcspn(query, "=&");

        for (size_t i = 0; i < PARAMETER_COUNT; i++) {
            const char *name = parameter_names[i];

            if (strlen(name) != key_len || strncmp(query, name, key_len) != 0)
                continue;
            values[i] = decode(&route->arena, query + key_len + (key_len < len),
                               len - key_len - (key_len < len), true);
            if (!values[i])
                return ch_sim_no_memory(err);
        }
        query += len + (query[len] == '&');
    }
    return use_parameters(route, values, err);
}

static enum chandra_status
no_such_resource(struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_ENOTFOUND,
                             "the server could not find the requested resource");
}

/* The pieces of a path between slashes. */
static enum chandra_status
split(struct ch_sim_route *route, const char *path, size_t len, const char *parts[MAX_PARTS],
      size_t *out_count, struct chandra_error *err)
{
    size_t count = 0;
    size_t start = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && path[i] != '/')
            continue;
        if (i > start) {
            if (count == MAX_PARTS)
                return no_such_resource(err);
            parts[count] = decode(&route->arena, path + start, i - start, false);
            if (!parts[count++])
                return ch_sim_no_memory(err);
        }
        start = i + 1;
    }
    *out_count = count;
    return CHANDRA_OK;
}

/* The API version at the start of the path: "api/v1" or "apis/GROUP/VERSION". */
static const char *
api_version(struct ch_sim_route *route, const char *const *parts, size_t count, size_t *out_used)
{
    const size_t size = count > 2 ? strlen(parts[1]) + strlen(parts[2]) + 2 : 0;
    char *text;

    if (count >= 2 && ch_streq(parts[0], "api")) {
        *out_used = 2;
        return parts[1];
    }
    if (count < 3 || !ch_streq(parts[0], "apis"))
        return NULL;
    text = ch_arena_alloc(&route->arena, size);
    if (text)
        snprintf(text, size, "%s/%s", parts[1], parts[2]);
    *out_used = 3;
    return text;
}

static bool
use_sub(struct ch_sim_route *route, const char *sub)
{
    if (ch_streq(sub, "status") && route->kind->has_status)
        route->sub = "status";
    else if (ch_streq(sub, "binding") && route->kind->id == CH_SIM_POD)
        route->sub = "binding";
    else
        return false;
    return true;
}

/* "namespaces/NS/PLURAL[/NAME[/SUB]]" or "PLURAL[/NAME[/SUB]]". */
static bool
use_parts(struct ch_sim_route *route, const char *version, const char *const *parts, size_t count)
{
    const bool has_namespace =
        count >= 3 && ch_streq(parts[0], "namespaces") && ch_sim_kind_by_plural(version, parts[2]);

    if (has_namespace) {
        route->name_space = parts[1];
        parts += 2;
        count -= 2;
    }
    if (count < 1 || count > 3)
        return false;
    route->kind = ch_sim_kind_by_plural(version, parts[0]);
    if (!route->kind || route->kind->is_namespaced < has_namespace)
        return false;
    if (count >= 2)
        route->name = parts[1];
    if (count >= 2 && route->kind->is_namespaced != has_namespace)
        return false;
    return count < 3 || use_sub(route, parts[2]);
}

enum chandra_status
ch_sim_route_parse(const char *path, struct ch_sim_route *out_route, struct chandra_error *err)
{
    struct ch_sim_route route = {.name_space = "", .name = "", .sub = ""};
    const size_t len = strcspn(path, "?");
    const char *parts[MAX_PARTS] = {NULL};
    const char *version;
    size_t count = 0;
    size_t used = 0;
    enum chandra_status st = split(&route, path, len, parts, &count, err);

    if (st == CHANDRA_OK && !(count == 1 && ch_streq(parts[0], "version"))) {
        version = api_version(&route, parts, count, &used);
        if (!version || !use_parts(&route, version, parts + used, count - used))
            st = no_such_resource(err);
    }
    if (st == CHANDRA_OK)
        st = read_query(&route, path + len + (path[len] == '?'), err);
    if (st == CHANDRA_OK)
        *out_route = route;
    else
        ch_arena_clear(&route.arena);
    return st;
}

void
ch_sim_route_clear(struct ch_sim_route *route)
{
    ch_arena_clear(&route->arena);
}
