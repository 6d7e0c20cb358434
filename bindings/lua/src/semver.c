/* semver.c - versions by semver.org 2.0.0, strictly, as values of a policy. */
#include "sandbox.h"
#include "view.h"

#include <string.h>

#define MAX_LENGTH 255
#define DIGITS "0123456789"
#define IDENTIFIER DIGITS "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

struct version {
    struct ch_lua_view view;
    lua_Integer numbers[3];     /* major, minor, patch */
    const char *prerelease;     /* in the text; NULL for none */
    const char *build;          /* likewise */
    char text[MAX_LENGTH + 1];  /* as it was written */
    char parts[MAX_LENGTH + 1]; /* the same, cut where pre-release and build begin */
};

/* A number without a zero before it; false when there is none, or when it is too large. */
static bool
read_number(const char **at, lua_Integer *out)
{
    const size_t len = strspn(*at, DIGITS);

    if (len == 0 || len > 18 || (**at == '0' && len > 1))
        return false;
    *out = 0;
    for (size_t i = 0; i < len; i++)
        *out = *out * 10 + *(*at)++ - '0';
    return true;
}

static bool
has_leading_zero(const char *text, size_t len)
{
    return len > 1 && *text == '0' && strspn(text, DIGITS) >= len;
}

/* Skip identifiers with dots between them; numbers of a pre-release have no zero before them. */
static bool
skip_identifiers(const char **at, bool is_prerelease)
{
    for (;;) {
        const size_t len = strspn(*at, IDENTIFIER);

        if (len == 0 || (is_prerelease && has_leading_zero(*at, len)))
            return false;
        *at += len;
        if (**at != '.')
            return true;
        (*at)++;
    }
}

/* Take the text apart that is in both of the version's buffers. */
static bool
read_version(struct version *version)
{
    const char *at = version->parts;

    for (int i = 0; i < 3; i++) {
        if (i > 0 && *at++ != '.')
            return false;
        if (!read_number(&at, &version->numbers[i]))
            return false;
    }
    if (*at == '-') {
        version->prerelease = ++at;
        if (!skip_identifiers(&at, true))
            return false;
    }
    if (*at == '+') {
        version->parts[at - version->parts] = '\0';
        version->build = ++at;
        if (!skip_identifiers(&at, false))
            return false;
    }
    return *at == '\0';
}

/* The version at `arg`, or a new one from the string there, which it replaces. */
static const struct version *
l_version(lua_State *L, int arg)
{
    struct version *version = (struct version *)ch_l_view_test(L, arg, &ch_lua_version_type);
    size_t len;
    const char *text;

    if (version)
        return version;
    text = luaL_checklstring(L, arg, &len);
    ch_l_charge(L, 1 + len / 8);
    if (len > MAX_LENGTH || strlen(text) != len)
        luaL_error(L, "a version has at most %d characters", MAX_LENGTH);
    version = (struct version *)ch_l_value_new(L, &ch_lua_version_type, sizeof(*version));
    version->prerelease = version->build = NULL;
    memcpy(version->text, text, len + 1);
    memcpy(version->parts, text, len + 1);
    if (!read_version(version))
        luaL_error(L,
                   "\"%s\" is no version: want MAJOR.MINOR.PATCH, then perhaps -PRERELEASE and "
                   "+BUILD, as semver.org 2.0.0 says",
                   text);
    lua_replace(L, arg);
    return version;
}

/* chandra.semver.parse(text) */
static int
l_parse(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TSTRING);
    lua_settop(L, 1);
    l_version(L, 1);
    return 1;
}

/* Identifiers: numbers by value and before words, words by bytes. */
static int
compare_identifiers(const char *a, size_t a_len, const char *b, size_t b_len)
{
    const bool a_is_number = strspn(a, DIGITS) >= a_len, b_is_number = strspn(b, DIGITS) >= b_len;
    const size_t len = a_len < b_len ? a_len : b_len;
    const int order = memcmp(a, b, len);
    const int longer = (a_len > b_len) - (a_len < b_len);

    if (a_is_number != b_is_number)
        return a_is_number ? -1 : 1;
    if (a_is_number)
        return longer ? longer : order;
    return order ? order : longer;
}

static int
compare_prereleases(const char *a, const char *b)
{
    if (!a || !b)
        return !a - !b;
    for (;;) {
        const size_t a_len = strcspn(a, "."), b_len = strcspn(b, ".");
        const int order = compare_identifiers(a, a_len, b, b_len);

        if (order != 0)
            return order < 0 ? -1 : 1;
        a += a_len;
        b += b_len;
        if (!*a || !*b)
            return (*a != '\0') - (*b != '\0');
        a++;
        b++;
    }
}

static int
compare(const struct version *a, const struct version *b)
{
    for (int i = 0; i < 3; i++)
        if (a->numbers[i] != b->numbers[i])
            return a->numbers[i] < b->numbers[i] ? -1 : 1;
    return compare_prereleases(a->prerelease, b->prerelease);
}

/* chandra.semver.compare(a, b): -1, 0 or 1; of versions or texts. */
static int
l_compare(lua_State *L)
{
    const struct version *a = l_version(L, 1), *b = l_version(L, 2);

    lua_pushinteger(L, compare(a, b));
    return 1;
}

static const struct version *
l_check(lua_State *L, int arg)
{
    const struct ch_lua_view *version = ch_l_view_test(L, arg, &ch_lua_version_type);

    if (!version)
        luaL_error(L, "a version goes with another version only, got a %s; parse it first",
                   ch_lua_value_name(L, arg));
    return (const struct version *)version;
}

static int
l_lt(lua_State *L)
{
    lua_pushboolean(L, compare(l_check(L, 1), l_check(L, 2)) < 0);
    return 1;
}

static int
l_le(lua_State *L)
{
    lua_pushboolean(L, compare(l_check(L, 1), l_check(L, 2)) <= 0);
    return 1;
}

static int
l_eq(lua_State *L)
{
    const struct ch_lua_view *a = ch_l_view_test(L, 1, &ch_lua_version_type);
    const struct ch_lua_view *b = ch_l_view_test(L, 2, &ch_lua_version_type);

    lua_pushboolean(L,
                    a && b && compare((const struct version *)a, (const struct version *)b) == 0);
    return 1;
}

static int
l_tostring(lua_State *L)
{
    lua_pushstring(L, l_check(L, 1)->text);
    return 1;
}

static void
l_major(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushinteger(L, ((const struct version *)view)->numbers[0]);
}

static void
l_minor(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushinteger(L, ((const struct version *)view)->numbers[1]);
}

static void
l_patch(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushinteger(L, ((const struct version *)view)->numbers[2]);
}

static void
l_prerelease(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, ((const struct version *)view)->prerelease);
}

static void
l_build(lua_State *L, const struct ch_lua_view *view)
{
    lua_pushstring(L, ((const struct version *)view)->build);
}

static const struct ch_lua_field fields[] = {
    {"major", l_major, 0},           {"minor", l_minor, 0}, {"patch", l_patch, 0},
    {"prerelease", l_prerelease, 0}, {"build", l_build, 0}, {NULL, NULL, 0},
};

static const luaL_Reg metamethods[] = {
    {"__lt", l_lt}, {"__le", l_le}, {"__eq", l_eq}, {"__tostring", l_tostring}, {NULL, NULL},
};

const struct ch_lua_type ch_lua_version_type = {
    .id = CH_LUA_TYPE_VERSION,
    .name = "version",
    .fields = fields,
    .metamethods = metamethods,
};

const luaL_Reg ch_lua_semver_functions[] = {
    {"parse", l_parse}, {"compare", l_compare}, {NULL, NULL}};
