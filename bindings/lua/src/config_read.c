/* config_read.c - reads a configuration strictly, field by field as its table says, and completes
 * it. */
#include "config.h"
#include "config_fields.h"

#include <chandra/sys/base.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 16, PATH_SIZE = 256 };

struct reader {
    struct chandra_doc *out;
    const char *file;
    char path[PATH_SIZE]; /* of the field at hand */
    struct chandra_error *err;
};

static enum chandra_status CHANDRA_PRINTF(3, 4)
    fail(struct reader *reader, const struct chandra_value *at, const char *fmt, ...)
{
    char text[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return chandra_error_set(reader->err, CHANDRA_EINVAL, "%s:%u:%u: %s%s%s", reader->file,
                             chandra_value_line(at), chandra_value_column(at), reader->path,
                             *reader->path ? ": " : "", text);
}

static enum chandra_status
no_memory(struct reader *reader)
{
    return chandra_error_set(reader->err, CHANDRA_ENOMEM, "%s: out of memory", reader->file);
}

/* Go down to a field or, with its number, to an element; returns where to cut the path again. */
static size_t
enter(struct reader *reader, const char *field, size_t index)
{
    const size_t len = strlen(reader->path);

    if (field)
        snprintf(reader->path + len, PATH_SIZE - len, "%s%s", len ? "." : "", field);
    else
        snprintf(reader->path + len, PATH_SIZE - len, "[%zu]", index);
    return len;
}

static enum chandra_status
wrong_type(struct reader *reader, const struct chandra_value *at, const char *want)
{
    return fail(reader, at, "want %s, got %s", want, chandra_type_name(chandra_value_type(at)));
}

/* Texts. */

static bool
is_label(const char *text)
{
    const size_t len = strlen(text);

    if (len == 0 || len > 63 || text[0] == '-' || text[len - 1] == '-')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* What is wanted in the place of a text; NULL when it has the form. */
static const char *
missed_form(enum ch_config_form form, const char *text)
{
    const size_t star = strcspn(text, "*");

    switch (form) {
    case CH_CONFIG_FILLED:
        return *text ? NULL : "a text that is not empty";
    case CH_CONFIG_NAME:
        return is_label(text) ? NULL : "a name of at most 63 of a-z, 0-9 and - within";
    case CH_CONFIG_PATTERN:
        return *text && (!text[star] || !text[star + 1]) ? NULL
                                                         : "a name, or its beginning and one *";
    default:
        return NULL;
    }
}

static enum chandra_status
wrong_choice(struct reader *reader, const struct chandra_value *at, const char *const *choices)
{
    const char *text = chandra_value_string(at);
    const char *nearest;
    char all[200] = "";
    size_t len = 0, count = 0;

    for (; choices[count]; count++)
        if (len < sizeof(all))
            len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", count > 0 ? ", " : "",
                                    choices[count]);
    nearest = chandra_nearest(text, choices, count);
    if (nearest)
        return fail(reader, at, "unknown value \"%.100s\", did you mean \"%s\"?", text, nearest);
    return fail(reader, at, "unknown value \"%.100s\", want %s%s", text, count > 1 ? "one of " : "",
                all);
}

static bool
is_one_of(const char *const *choices, const char *text)
{
    while (*choices && strcmp(*choices, text) != 0)
        choices++;
    return *choices != NULL;
}

static enum chandra_status
check_text(struct reader *reader, const struct ch_config_field *field,
           const struct chandra_value *at)
{
    const char *text = chandra_value_string(at);
    const char *want;

    if (!text)
        return wrong_type(reader, at, "a text");
    if (field->choices && !is_one_of(field->choices, text))
        return wrong_choice(reader, at, field->choices);
    want = missed_form(field->form, text);
    return want ? fail(reader, at, "want %s, got \"%.100s\"", want, text) : CHANDRA_OK;
}

/* Numbers. */

static enum chandra_status
check_weight(struct reader *reader, const struct chandra_value *at)
{
    double weight;

    if (!chandra_value_double(at, &weight))
        return wrong_type(reader, at, "a number");
    if (!(weight > 0) || weight > 1e9)
        return fail(reader, at, "want a number above 0 and up to 1e9, got %s",
                    chandra_value_number_text(at));
    return CHANDRA_OK;
}

/* A count, a size or a duration as a number; -1 for what is none. */
static int64_t
amount_of(enum ch_config_type type, const struct chandra_value *at)
{
    const char *text = chandra_value_string(at);
    int64_t number;

    if (type == CH_CONFIG_DURATION)
        return text ? ch_config_duration(text) : -1;
    if (type == CH_CONFIG_SIZE && text)
        return ch_config_size(text);
    return chandra_value_int64(at, &number) ? number : -1;
}

static enum chandra_status
check_amount(struct reader *reader, const struct ch_config_field *field,
             const struct chandra_value *at)
{
    static const char *const wants[] = {[CH_CONFIG_COUNT] = "a whole number",
                                        [CH_CONFIG_SIZE] = "a number of bytes such as 16Mi",
                                        [CH_CONFIG_DURATION] = "a duration such as 1m30s or 500ms"};
    static const char *const units[] = {
        [CH_CONFIG_COUNT] = "", [CH_CONFIG_SIZE] = " bytes", [CH_CONFIG_DURATION] = " ms"};
    const int64_t amount = amount_of(field->type, at);
    const char *text = chandra_value_string(at);

    if (!text && !chandra_value_number_text(at))
        return wrong_type(reader, at, wants[field->type]);
    if (amount >= field->least && amount <= field->most)
        return CHANDRA_OK;
    return fail(reader, at, "want %s from %lld to %lld%s, got %.100s", wants[field->type],
                (long long)field->least, (long long)field->most, units[field->type],
                text ? text : chandra_value_number_text(at));
}

/* Lists and objects. */

static enum chandra_status read_object(struct reader *reader, const struct ch_config_object *object,
                                       const struct chandra_value *from,
                                       struct chandra_value **out_value);

static enum chandra_status
check_length(struct reader *reader, const struct ch_config_field *field,
             const struct chandra_value *at)
{
    const size_t count = chandra_value_count(at);

    if (chandra_value_type(at) != CHANDRA_ARRAY)
        return wrong_type(reader, at, "a list");
    if (count < (size_t)field->least || count > (size_t)field->most)
        return fail(reader, at, "want a list of %lld to %lld, got %zu", (long long)field->least,
                    (long long)field->most, count);
    return CHANDRA_OK;
}

static enum chandra_status
check_texts(struct reader *reader, const struct ch_config_field *field,
            const struct chandra_value *at)
{
    enum chandra_status st = check_length(reader, field, at);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(at); i++) {
        const size_t cut = enter(reader, NULL, i);

        st = check_text(reader, field, chandra_value_at(at, i));
        if (st == CHANDRA_OK)
            reader->path[cut] = '\0';
    }
    return st;
}

static enum chandra_status
check_labels(struct reader *reader, const struct chandra_value *at)
{
    if (chandra_value_type(at) != CHANDRA_OBJECT)
        return wrong_type(reader, at, "an object");
    for (size_t i = 0; i < chandra_value_count(at); i++)
        if (!chandra_value_string(chandra_value_at(at, i))) {
            enter(reader, chandra_value_key(at, i), 0);
            return wrong_type(reader, chandra_value_at(at, i), "a text");
        }
    return CHANDRA_OK;
}

static enum chandra_status
read_objects(struct reader *reader, const struct ch_config_field *field,
             const struct chandra_value *from, struct chandra_value **out_value)
{
    struct chandra_value *list = chandra_value_new_array(reader->out);
    enum chandra_status st = check_length(reader, field, from);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(from); i++) {
        const size_t cut = enter(reader, NULL, i);
        struct chandra_value *element = NULL;

        st = read_object(reader, field->object, chandra_value_at(from, i), &element);
        if (st == CHANDRA_OK && !chandra_value_append(list, element))
            st = no_memory(reader);
        if (st == CHANDRA_OK)
            reader->path[cut] = '\0';
    }
    *out_value = list;
    return st == CHANDRA_OK && !list ? no_memory(reader) : st;
}

static enum chandra_status
check_plain(struct reader *reader, const struct ch_config_field *field,
            const struct chandra_value *from)
{
    switch (field->type) {
    case CH_CONFIG_TEXT:
        return check_text(reader, field, from);
    case CH_CONFIG_WEIGHT:
        return check_weight(reader, from);
    case CH_CONFIG_TEXTS:
        return check_texts(reader, field, from);
    case CH_CONFIG_LABELS:
        return check_labels(reader, from);
    default:
        return check_amount(reader, field, from);
    }
}

static enum chandra_status
read_value(struct reader *reader, const struct ch_config_field *field,
           const struct chandra_value *from, struct chandra_value **out_value)
{
    enum chandra_status st;

    if (field->type == CH_CONFIG_OBJECT)
        return read_object(reader, field->object, from, out_value);
    if (field->type == CH_CONFIG_OBJECTS)
        return read_objects(reader, field, from, out_value);
    st = check_plain(reader, field, from);
    if (st != CHANDRA_OK)
        return st;
    *out_value = chandra_value_copy(reader->out, from);
    return *out_value ? CHANDRA_OK : no_memory(reader);
}

/* What an absent field is taken for, as if it had been written so. */
static struct chandra_value *
preset_of(struct chandra_doc *doc, const struct ch_config_field *field)
{
    struct chandra_value *list, *element;

    switch (field->type) {
    case CH_CONFIG_OBJECT:
        return chandra_value_new_object(doc);
    case CH_CONFIG_OBJECTS:
        list = chandra_value_new_array(doc);
        element = *field->preset ? chandra_value_new_object(doc) : NULL;
        if (list && *field->preset &&
            (!chandra_value_set(element, "builtin", chandra_value_new_string(doc, field->preset)) ||
             !chandra_value_append(list, element)))
            return NULL;
        return list;
    case CH_CONFIG_WEIGHT:
    case CH_CONFIG_COUNT:
        return chandra_value_new_int64(doc, strtoll(field->preset, NULL, 10));
    default:
        return chandra_value_new_string(doc, field->preset);
    }
}

static enum chandra_status
read_field(struct reader *reader, const struct ch_config_field *field,
           const struct chandra_value *object, struct chandra_value *into)
{
    const struct chandra_value *from = chandra_value_get(object, field->name);
    struct chandra_value *value = NULL;
    enum chandra_status st;
    size_t cut;

    if (!from && field->is_required)
        return fail(reader, object, "\"%s\" is missing", field->name);
    if (!from && !field->preset)
        return CHANDRA_OK;
    if (!from)
        from = preset_of(reader->out, field);
    if (!from)
        return no_memory(reader);
    cut = enter(reader, field->name, 0);
    st = read_value(reader, field, from, &value);
    if (st == CHANDRA_OK && !chandra_value_set(into, field->name, value))
        st = no_memory(reader);
    if (st == CHANDRA_OK)
        reader->path[cut] = '\0';
    return st;
}

static enum chandra_status
check_names(struct reader *reader, const struct ch_config_object *object,
            const struct chandra_value *from)
{
    const char *names[MAX_FIELDS];
    size_t count = 0;

    for (const struct ch_config_field *field = object->fields; field->name; field++)
        names[count++] = field->name;
    for (size_t i = 0; i < chandra_value_count(from); i++) {
        const char *key = chandra_value_key(from, i);
        const char *nearest = chandra_nearest(key, names, count);
        size_t known = 0;

        while (known < count && strcmp(names[known], key) != 0)
            known++;
        if (known < count)
            continue;
        enter(reader, key, 0);
        if (nearest)
            return fail(reader, chandra_value_at(from, i), "unknown field, did you mean \"%s\"?",
                        nearest);
        return fail(reader, chandra_value_at(from, i), "unknown field");
    }
    return CHANDRA_OK;
}

static enum chandra_status
check_together(struct reader *reader, const struct ch_config_object *object,
               const struct chandra_value *from)
{
    const char *field = NULL;
    const char *wrong = object->check ? object->check(from, &field) : NULL;
    const struct chandra_value *at = field ? chandra_value_get(from, field) : NULL;

    if (!wrong)
        return CHANDRA_OK;
    if (field)
        enter(reader, field, 0);
    return fail(reader, at ? at : from, "%s", wrong);
}

static enum chandra_status
read_object(struct reader *reader, const struct ch_config_object *object,
            const struct chandra_value *from, struct chandra_value **out_value)
{
    struct chandra_value *into = chandra_value_new_object(reader->out);
    enum chandra_status st;

    if (chandra_value_type(from) != CHANDRA_OBJECT)
        return wrong_type(reader, from, "an object");
    if (!into)
        return no_memory(reader);
    st = check_names(reader, object, from);
    for (const struct ch_config_field *field = object->fields; st == CHANDRA_OK && field->name;
         field++)
        st = read_field(reader, field, from, into);
    if (st == CHANDRA_OK)
        st = check_together(reader, object, from);
    *out_value = into;
    return st;
}

/* No table says that names differ. */
static enum chandra_status
check_rule_names(struct reader *reader, const struct chandra_value *root)
{
    const struct chandra_value *rules = chandra_value_get(root, "rules");

    for (size_t i = 0; i < chandra_value_count(rules); i++) {
        const struct chandra_value *name = chandra_value_get(chandra_value_at(rules, i), "name");

        for (size_t k = 0; k < i; k++)
            if (chandra_value_equal(name, chandra_value_get(chandra_value_at(rules, k), "name"))) {
                snprintf(reader->path, PATH_SIZE, "rules[%zu].name", i);
                return fail(reader, name, "rules[%zu] is called \"%s\" too", k,
                            chandra_value_string(name));
            }
    }
    return CHANDRA_OK;
}

/* YAML contains JSON, but errors and numbers are the better for the right parser. */
static enum chandra_status
parse(const char *text, size_t len, const char *name, struct chandra_doc **out_doc,
      struct chandra_error *err)
{
    const struct chandra_doc_limits bounds = {.size = sizeof(bounds),
                                              .max_bytes = (size_t)1024 * 1024,
                                              .max_depth = 30,
                                              .max_values = 200000};
    size_t first = 0;

    while (first < len && isspace((unsigned char)text[first]))
        first++;
    if (first < len && text[first] == '{')
        return chandra_doc_parse_json(text, len, name, &bounds, out_doc, err);
    return chandra_doc_parse_yaml(text, len, name, &bounds, out_doc, err);
}

static enum chandra_status
read_root(struct chandra_config *config, const struct chandra_doc *doc, struct chandra_error *err)
{
    struct reader reader = {.out = config->doc, .file = config->name, .err = err};
    const struct chandra_value *root = chandra_doc_root(doc, 0);
    struct chandra_value *value = NULL;
    enum chandra_status st;

    if (chandra_doc_count(doc) != 1)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s: want one object, got %zu documents",
                                 config->name, chandra_doc_count(doc));
    st = read_object(&reader, &ch_config_root, root, &value);
    if (st == CHANDRA_OK)
        st = check_rule_names(&reader, root);
    if (st == CHANDRA_OK && !chandra_doc_add_root(config->doc, value))
        st = no_memory(&reader);
    return st;
}

enum chandra_status
chandra_config_parse(const char *text, size_t len, const char *name,
                     struct chandra_config **out_config, struct chandra_error *err)
{
    struct chandra_config *config = ch_config_new(name);
    struct chandra_doc *doc = NULL;
    enum chandra_status st;

    if (!config)
        return chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", name);
    st = parse(text, len, name, &doc, err);
    if (st == CHANDRA_OK)
        st = chandra_doc_new(&config->doc, err);
    if (st == CHANDRA_OK)
        st = read_root(config, doc, err);
    chandra_doc_free(doc);
    if (st == CHANDRA_OK)
        *out_config = config;
    else
        chandra_config_free(config);
    return st;
}
