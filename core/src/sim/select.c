/* select.c - label and field selectors of lists and watches. */
#include "sim/select.h"

#include "base/text.h"
#include "doc/value.h"
#include "sim/sim.h"
#include "sim/values.h"

#include <string.h>

/* One requirement: the value is one of a list, or must not be, or is only asked to exist. */
struct ch_sim_requirement {
    const struct ch_sim_requirement *next;
    const char *part; /* of the object, such as "spec"; NULL: a label */
    const char *key;
    const char *const *values;
    size_t value_count;
    bool asks_presence; /* of a label; `is_negated` for its absence */
    bool is_negated;
};

/* Fields that can be selected on, as the API server offers them. */
static const struct field {
    enum ch_sim_kind_id kind; /* CH_SIM_KIND_COUNT: any */
    const char *name;
    const char *part;
    const char *key;
} fields[] = {
    {CH_SIM_KIND_COUNT, "metadata.name", "metadata", "name"},
    {CH_SIM_KIND_COUNT, "metadata.namespace", "metadata", "namespace"},
    {CH_SIM_NAMESPACE, "status.phase", "status", "phase"},
    {CH_SIM_POD, "spec.nodeName", "spec", "nodeName"},
    {CH_SIM_POD, "spec.schedulerName", "spec", "schedulerName"},
    {CH_SIM_POD, "status.phase", "status", "phase"},
};

/* A piece of text, without blanks at its ends. */
static char *
trim(struct ch_arena *arena, const char *text, size_t len)
{
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return ch_arena_strndup(arena, text, len);
}

static enum chandra_status
bad_selector(const char *text, struct chandra_error *err)
{
    return chandra_error_set(err, CHANDRA_EINVAL, "unable to parse requirement: \"%s\"", text);
}

static enum chandra_status
add(struct ch_sim_select *select, const struct ch_sim_requirement *wanted, struct ch_arena *arena,
    struct chandra_error *err)
{
    struct ch_sim_requirement *requirement = ch_arena_alloc(arena, sizeof(*requirement));

    if (!requirement)
        return ch_sim_no_memory(err);
    *requirement = *wanted;
    requirement->next = select->first;
    select->first = requirement;
    return CHANDRA_OK;
}

/* The values of "(a,b)". */
static enum chandra_status
read_values(const char *text, struct ch_sim_requirement *requirement, struct ch_arena *arena,
            struct chandra_error *err)
{
    const char *end = strchr(text, ')');
    const char **values;
    size_t count = 1;

    if (!end)
        return bad_selector(text, err);
    for (const char *c = text; c < end; c++)
        count += *c == ',';
    values = ch_arena_calloc(arena, count, sizeof(*values));
    for (size_t i = 0; values && i < count; i++) {
        const size_t len = strcspn(text, ",)");

        values[i] = trim(arena, text, len);
        if (!values[i])
            return ch_sim_no_memory(err);
        text += len + 1;
    }
    if (!values)
        return ch_sim_no_memory(err);
    requirement->values = values;
    requirement->value_count = count;
    return CHANDRA_OK;
}

/* "KEY in (..." or "KEY notin (...", or the mere KEY. */
static enum chandra_status
read_label_words(char *text, struct ch_sim_requirement *requirement, struct ch_arena *arena,
                 struct chandra_error *err)
{
    char *open = strchr(text, '(');
    const size_t key_len = strcspn(text, " ");
    const char *word;

    if (!open) {
        requirement->asks_presence = true;
        requirement->is_negated = text[0] == '!';
        requirement->key =
            trim(arena, text + requirement->is_negated, strlen(text) - requirement->is_negated);
        if (requirement->key && !ch_is_label_key(requirement->key))
            return bad_selector(text, err);
        return requirement->key ? CHANDRA_OK : ch_sim_no_memory(err);
    }
    if (open < text + key_len)
        return bad_selector(text, err);
    requirement->key = ch_arena_strndup(arena, text, key_len);
    word = trim(arena, text + key_len, (size_t)(open - text) - key_len);
    if (!requirement->key || !word)
        return ch_sim_no_memory(err);
    if (!ch_streq(word, "in") && !ch_streq(word, "notin"))
        return bad_selector(text, err);
    requirement->is_negated = ch_streq(word, "notin");
    return read_values(open + 1, requirement, arena, err);
}

/* "KEY=VALUE", "KEY==VALUE" or "KEY!=VALUE"; false if it is something else. */
static bool
read_comparison(const char *text, struct ch_sim_requirement *requirement, struct ch_arena *arena)
{
    const char *equals = strchr(text, '=');
    const char **values = ch_arena_calloc(arena, 1, sizeof(*values));
    size_t key_len;

    if (!values || !equals || equals == text || strchr(text, '('))
        return false;
    requirement->is_negated = equals[-1] == '!';
    key_len = (size_t)(equals - text) - requirement->is_negated;
    if (equals[1] == '=')
        equals++;
    requirement->key = trim(arena, text, key_len);
    values[0] = trim(arena, equals + 1, strlen(equals + 1));
    requirement->values = values;
    requirement->value_count = 1;
    return requirement->key && values[0];
}

/* The length of the requirement that a text begins with: commas in parentheses do not end it. */
static size_t
requirement_length(const char *text)
{
    bool is_inside = false;
    size_t len = 0;

    for (; text[len] && (text[len] != ',' || is_inside); len++)
        is_inside = text[len] == '(' || (is_inside && text[len] != ')');
    return len;
}

enum chandra_status
ch_sim_select_labels(struct ch_sim_select *select, const char *text, struct ch_arena *arena,
                     struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    while (*text && st == CHANDRA_OK) {
        struct ch_sim_requirement requirement = {0};
        const size_t len = requirement_length(text);
        char *piece = trim(arena, text, len);

        if (!piece)
            return ch_sim_no_memory(err);
        if (!read_comparison(piece, &requirement, arena))
            st = read_label_words(piece, &requirement, arena, err);
        if (st == CHANDRA_OK)
            st = add(select, &requirement, arena, err);
        text += len + (text[len] == ',');
    }
    return st;
}

static const struct field *
find_field(const struct ch_sim_kind *kind, const char *name)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (ch_streq(fields[i].name, name) &&
            (fields[i].kind == CH_SIM_KIND_COUNT || fields[i].kind == kind->id))
            return &fields[i];
    return NULL;
}

enum chandra_status
ch_sim_select_fields(struct ch_sim_select *select, const char *text, const struct ch_sim_kind *kind,
                     struct ch_arena *arena, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    while (*text && st == CHANDRA_OK) {
        struct ch_sim_requirement requirement = {0};
        const size_t len = strcspn(text, ",");
        const char *piece = trim(arena, text, len);
        const struct field *field;

        if (!piece)
            return ch_sim_no_memory(err);
        if (!read_comparison(piece, &requirement, arena))
            return bad_selector(piece, err);
        field = find_field(kind, requirement.key);
        if (!field)
            return chandra_error_set(err, CHANDRA_EINVAL, "field label not supported: %s",
                                     requirement.key);
        requirement.part = field->part;
        requirement.key = field->key;
        st = add(select, &requirement, arena, err);
        text += len + (text[len] == ',');
    }
    return st;
}

static bool
holds(const struct ch_sim_requirement *requirement, const struct ch_sim_version *version)
{
    const struct chandra_value *labels = ch_sim_get2(version->root, "metadata", "labels");
    const char *value;
    bool is_member = false;

    if (requirement->part)
        value =
            ch_member_text(chandra_value_get(version->root, requirement->part), requirement->key);
    else
        value = chandra_value_string(chandra_value_get(labels, requirement->key));
    if (requirement->asks_presence)
        return (value != NULL) != requirement->is_negated;
    for (size_t i = 0; i < requirement->value_count && !is_member; i++)
        is_member = ch_streq(value, requirement->values[i]);
    return is_member != requirement->is_negated;
}

bool
ch_sim_select_has(const struct ch_sim_select *select, const struct ch_sim_version *version)
{
    const struct ch_sim_requirement *requirement = select->first;

    for (; requirement; requirement = requirement->next)
        if (!holds(requirement, version))
            return false;
    return true;
}
