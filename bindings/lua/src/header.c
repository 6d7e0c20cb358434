/* header.c - the first line of a policy: --!chandra api=1 name=NAME version=X.Y.Z [hooks=A,B] */
#include "vm.h"

#include <chandra/sys/base.h>
#include <stdio.h>
#include <string.h>

#define MARK "--!chandra"

const char *const ch_lua_hook_names[CH_LUA_HOOK_COUNT + 1] = {
    [CH_LUA_MATCH] = "match",     [CH_LUA_SCORE] = "score",     [CH_LUA_SCORES] = "scores",
    [CH_LUA_SUGGEST] = "suggest", [CH_LUA_RELEASE] = "release", [CH_LUA_HOOK_COUNT] = NULL,
};

enum ch_lua_hook
ch_lua_hook_find(const char *name, size_t len)
{
    int i = 0;

    while (i < CH_LUA_HOOK_COUNT &&
           (strlen(ch_lua_hook_names[i]) != len || memcmp(ch_lua_hook_names[i], name, len) != 0))
        i++;
    return (enum ch_lua_hook)i;
}

/* A key and its value, both within the line. */
struct pair {
    const char *key, *value;
    size_t key_len, value_len;
};

static bool
is_plain(const char *text, size_t len)
{
    return len > 0 && len < 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") >=
               len;
}

static enum chandra_status
parse_hooks(struct ch_lua_member *member, const struct pair *pair, struct chandra_error *err)
{
    const char *p = pair->value, *end = pair->value + pair->value_len;

    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const size_t len = (size_t)((comma ? comma : end) - p);
        const enum ch_lua_hook hook = ch_lua_hook_find(p, len);

        if (hook == CH_LUA_HOOK_COUNT) {
            char name[32];
            const char *near;

            snprintf(name, sizeof(name), "%.*s", (int)(len < 31 ? len : 31), p);
            near = chandra_nearest(name, ch_lua_hook_names, CH_LUA_HOOK_COUNT);
            return chandra_error_set(err, CHANDRA_ESCRIPT, "%s:1: unknown hook '%s'%s%s%s",
                                     member->file, name, near ? "; did you mean '" : "",
                                     near ? near : "", near ? "'?" : "");
        }
        member->declared |= 1U << hook;
        p += len + 1;
    }
    return CHANDRA_OK;
}

static enum chandra_status
take_pair(struct ch_lua_member *member, const struct pair *pair, struct chandra_error *err)
{
    static const char *const keys[] = {"api", "name", "version", "hooks"};
    char key[32];
    const char *near;

    snprintf(key, sizeof(key), "%.*s", (int)(pair->key_len < 31 ? pair->key_len : 31), pair->key);
    if (strcmp(key, "hooks") == 0)
        return parse_hooks(member, pair, err);
    if (strcmp(key, "api") == 0) {
        if (pair->value_len != 1 || pair->value[0] != '0' + CH_LUA_API)
            return chandra_error_set(
                err, CHANDRA_ESCRIPT, "%s:1: written for script API %.*s; this chandra has %d",
                member->file, (int)(pair->value_len < 20 ? pair->value_len : 20), pair->value,
                CH_LUA_API);
        member->info.api = CH_LUA_API;
        return CHANDRA_OK;
    }
    if (strcmp(key, "name") == 0 || strcmp(key, "version") == 0) {
        char *field = key[0] == 'n' ? member->name : member->version;

        if (!is_plain(pair->value, pair->value_len))
            return chandra_error_set(
                err, CHANDRA_ESCRIPT,
                "%s:1: %s: want up to 63 letters, digits, '.', '_', '+' or '-'", member->file, key);
        memcpy(field, pair->value, pair->value_len);
        field[pair->value_len] = '\0';
        return CHANDRA_OK;
    }
    near = chandra_nearest(key, keys, 4);
    return chandra_error_set(err, CHANDRA_ESCRIPT, "%s:1: unknown header field '%s'%s%s%s",
                             member->file, key, near ? "; did you mean '" : "", near ? near : "",
                             near ? "'?" : "");
}

/* Whether the field was said before. */
static bool
is_set(const struct ch_lua_member *member, const struct pair *pair)
{
    static const char *const keys[] = {"api", "name", "version", "hooks"};
    const bool are_set[] = {member->info.api != 0, member->name[0] != '\0',
                            member->version[0] != '\0', member->declared != 0};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strlen(keys[i]) == pair->key_len && memcmp(keys[i], pair->key, pair->key_len) == 0)
            return are_set[i];
    return false;
}

/* The next "key=value" at *p; false at the end of the line. A word without '=' has a NULL value. */
static bool
next_pair(const char **p, const char *end, struct pair *pair)
{
    const char *start, *equals;
    size_t len = 0;

    while (*p < end && (**p == ' ' || **p == '\t' || **p == '\r'))
        (*p)++;
    start = *p;
    while (start + len < end && start[len] != ' ' && start[len] != '\t' && start[len] != '\r')
        len++;
    *p += len;
    equals = memchr(start, '=', len);
    *pair = (struct pair){start, NULL, len, 0};
    if (equals) {
        pair->key_len = (size_t)(equals - start);
        pair->value = equals + 1;
        pair->value_len = len - pair->key_len - 1;
    }
    return len > 0;
}

/* Of the fields only `hooks` has commas of its own. */
static bool
ends_in_comma(const struct pair *pair)
{
    char last;

    if (pair->value_len == 0)
        return false;
    last = pair->value[pair->value_len - 1];
    return (last == ',' || last == ';') &&
           !(pair->key_len == strlen("hooks") && memcmp(pair->key, "hooks", pair->key_len) == 0);
}

static enum chandra_status
take_word(struct ch_lua_member *member, const struct pair *pair, struct chandra_error *err)
{
    if (!pair->value)
        return chandra_error_set(err, CHANDRA_ESCRIPT, "%s:1: want key=value in the header",
                                 member->file);
    if (ends_in_comma(pair))
        return chandra_error_set(err, CHANDRA_ESCRIPT,
                                 "%s:1: fields of the header stand apart by spaces, not by '%c'",
                                 member->file, pair->value[pair->value_len - 1]);
    if (is_set(member, pair))
        return chandra_error_set(err, CHANDRA_ESCRIPT, "%s:1: '%.*s=' occurs twice", member->file,
                                 (int)pair->key_len, pair->key);
    return take_pair(member, pair, err);
}

enum chandra_status
ch_lua_header_parse(struct ch_lua_member *member, struct chandra_error *err)
{
    const char *p = member->text + sizeof(MARK) - 1;
    const char *end = memchr(member->text, '\n', member->len);
    struct pair pair;
    enum chandra_status st = CHANDRA_OK;

    if (!end)
        end = member->text + member->len;
    if (member->len < sizeof(MARK) || memcmp(member->text, MARK, sizeof(MARK) - 1) != 0 ||
        (*p != ' ' && *p != '\t'))
        return chandra_error_set(err, CHANDRA_ESCRIPT,
                                 "%s:1: want a first line '" MARK
                                 " api=%d name=NAME version=X.Y.Z'",
                                 member->file, CH_LUA_API);
    while (st == CHANDRA_OK && next_pair(&p, end, &pair))
        st = take_word(member, &pair, err);
    if (st != CHANDRA_OK)
        return st;
    if (!member->info.api || !member->name[0] || !member->version[0])
        return chandra_error_set(err, CHANDRA_ESCRIPT, "%s:1: the header lacks '%s='", member->file,
                                 !member->info.api  ? "api"
                                 : !member->name[0] ? "name"
                                                    : "version");
    return CHANDRA_OK;
}
