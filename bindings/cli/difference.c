/* difference.c - walks two answers side by side and prints where they part. */
#include "difference.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 2048, NAME_SIZE = 640 };

struct walk {
    const char *place;
    bool with_reasons;
    char path[PATH_SIZE]; /* of the field; what does not fit is cut */
    size_t told;
    struct chandra_error *err;
};

/* Caller frees *out_text, which is NULL for a field that is not there. */
static enum chandra_status
print_value(const struct chandra_value *value, char **out_text, struct chandra_error *err)
{
    *out_text = NULL;
    return value ? chandra_value_print(value, CHANDRA_PRINT_COMPACT, out_text, NULL, err)
                 : CHANDRA_OK;
}

static enum chandra_status
tell(struct walk *walk, const struct chandra_value *want, const struct chandra_value *got)
{
    char *wanted = NULL;
    char *answered = NULL;
    enum chandra_status st = print_value(want, &wanted, walk->err);

    if (st == CHANDRA_OK)
        st = print_value(got, &answered, walk->err);
    if (st == CHANDRA_OK)
        printf("%s: %s%swant %s, got %s\n", walk->place, walk->path, *walk->path ? ": " : "",
               wanted ? wanted : "nothing", answered ? answered : "nothing");
    walk->told++;
    chandra_free(wanted);
    chandra_free(answered);
    return st;
}

/* Names of nodes and labels have dots of their own. */
static void
push_key(struct walk *walk, const char *key)
{
    const size_t len = strlen(walk->path);
    const bool is_plain = !strpbrk(key, ".[]\"");

    snprintf(walk->path + len, PATH_SIZE - len, is_plain ? "%s%s" : "%s[\"%s\"]",
             is_plain && len > 0 ? "." : "", key);
}

/* "ResourceClaim team-a/gpu"; false for what is no object of the API. */
static bool
name_of(const struct chandra_value *value, char name[NAME_SIZE])
{
    const struct chandra_value *metadata = chandra_value_get(value, "metadata");
    const char *kind = chandra_value_string(chandra_value_get(value, "kind"));
    const char *name_space = chandra_value_string(chandra_value_get(metadata, "namespace"));
    const char *own = chandra_value_string(chandra_value_get(metadata, "name"));

    snprintf(name, NAME_SIZE, "%s %s%s%s", kind ? kind : "", name_space ? name_space : "",
             name_space ? "/" : "", own ? own : "");
    return kind && own;
}

static const struct chandra_value *
find_named(const struct chandra_value *list, const char *name)
{
    char other[NAME_SIZE];

    for (size_t i = 0; i < chandra_value_count(list); i++)
        if (name_of(chandra_value_at(list, i), other) && strcmp(other, name) == 0)
            return chandra_value_at(list, i);
    return NULL;
}

static bool
are_named(const struct chandra_value *list)
{
    char name[NAME_SIZE];

    for (size_t i = 0; i < chandra_value_count(list); i++)
        if (!name_of(chandra_value_at(list, i), name))
            return false;
    return chandra_value_type(list) == CHANDRA_ARRAY;
}

static enum chandra_status walk_values(struct walk *walk, const struct chandra_value *want,
                                       const struct chandra_value *got);

static enum chandra_status
walk_members(struct walk *walk, const struct chandra_value *want, const struct chandra_value *got)
{
    const size_t wanted = chandra_value_count(want);
    const size_t len = strlen(walk->path);
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < wanted + chandra_value_count(got); i++) {
        const char *key =
            i < wanted ? chandra_value_key(want, i) : chandra_value_key(got, i - wanted);
        if (i >= wanted && chandra_value_get(want, key))
            continue;
        push_key(walk, key);
        st = walk_values(walk, chandra_value_get(want, key), chandra_value_get(got, key));
        walk->path[len] = '\0';
    }
    return st;
}

/* Objects of the API, each beside the one of its name. */
static enum chandra_status
walk_objects(struct walk *walk, const struct chandra_value *want, const struct chandra_value *got)
{
    const size_t wanted = chandra_value_count(want);
    const size_t len = strlen(walk->path);
    enum chandra_status st = CHANDRA_OK;
    char name[NAME_SIZE];

    for (size_t i = 0; st == CHANDRA_OK && i < wanted + chandra_value_count(got); i++) {
        name_of(i < wanted ? chandra_value_at(want, i) : chandra_value_at(got, i - wanted), name);
        if (i >= wanted && find_named(want, name))
            continue;
        snprintf(walk->path + len, PATH_SIZE - len, "[%s]", name);
        st = walk_values(walk, find_named(want, name), find_named(got, name));
        walk->path[len] = '\0';
    }
    return st;
}

static enum chandra_status
walk_values(struct walk *walk, const struct chandra_value *want, const struct chandra_value *got)
{
    if (want && got && chandra_value_equal(want, got))
        return CHANDRA_OK;
    if (chandra_value_type(want) == CHANDRA_OBJECT && chandra_value_type(got) == CHANDRA_OBJECT)
        return walk_members(walk, want, got);
    if (are_named(want) && are_named(got))
        return walk_objects(walk, want, got);
    return tell(walk, want, got);
}

static bool
is_nothing(const struct chandra_value *value)
{
    return !value || ((chandra_value_type(value) == CHANDRA_ARRAY ||
                       chandra_value_type(value) == CHANDRA_OBJECT) &&
                      chandra_value_count(value) == 0);
}

/* Whether the field decides if an answer is as it should be. */
static bool
is_compared(const struct walk *walk, const char *key, const struct chandra_value *want)
{
    if (strcmp(key, "reasons") == 0)
        return walk->with_reasons && want;
    if (strcmp(key, "nodes") == 0 || strcmp(key, "scores") == 0)
        return want != NULL;
    return true;
}

static enum chandra_status
walk_answers(struct walk *walk, const struct chandra_value *want, const struct chandra_value *got)
{
    static const char *const keys[] = {"code",    "codes", "changed", "deleted",
                                       "objects", "nodes", "scores",  "reasons"};
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct chandra_value *wanted = chandra_value_get(want, keys[i]);
        const struct chandra_value *answered = chandra_value_get(got, keys[i]);
        if (!is_compared(walk, keys[i], wanted) || (is_nothing(wanted) && is_nothing(answered)))
            continue;
        snprintf(walk->path, PATH_SIZE, "%s", keys[i]);
        st = walk_values(walk, wanted, answered);
        walk->path[0] = '\0';
    }
    return st == CHANDRA_OK && walk->told == 0 ? tell(walk, want, got) : st;
}

enum chandra_status
difference_print(const char *place, const char *want, const char *got, bool with_reasons,
                 struct chandra_error *err)
{
    struct walk walk = {.place = place, .with_reasons = with_reasons, .err = err};
    struct chandra_doc *wanted = NULL;
    struct chandra_doc *answered = NULL;
    enum chandra_status st = chandra_doc_parse_json(want, strlen(want), place, NULL, &wanted, err);

    if (st == CHANDRA_OK)
        st = chandra_doc_parse_json(got, strlen(got), place, NULL, &answered, err);
    if (st == CHANDRA_OK)
        st = walk_answers(&walk, chandra_doc_root(wanted, 0), chandra_doc_root(answered, 0));
    chandra_doc_free(wanted);
    chandra_doc_free(answered);
    return st;
}
