/* config_schema.c - the JSON Schema of configurations, made from the table that reads them. */
#include "config_fields.h"

#include <chandra/config.h>
#include <stdlib.h>
#include <string.h>

static const char size_pattern[] = "^[0-9]{1,10}(Ki|Mi|Gi)?$";
static const char duration_pattern[] = "^([0-9]+(\\.[0-9]*)?(ms|s|m|h))+$";

static struct chandra_value *object_schema(struct chandra_doc *doc,
                                           const struct ch_config_object *object);

/* Each of these returns its object, NULL when memory ran out before or now. */

static struct chandra_value *
with(struct chandra_value *schema, const char *key, struct chandra_value *value)
{
    return schema && chandra_value_set(schema, key, value) ? schema : NULL;
}

static struct chandra_value *
with_text(struct chandra_doc *doc, struct chandra_value *schema, const char *key, const char *text)
{
    return with(schema, key, chandra_value_new_string(doc, text));
}

static struct chandra_value *
with_number(struct chandra_doc *doc, struct chandra_value *schema, const char *key, int64_t number)
{
    return with(schema, key, chandra_value_new_int64(doc, number));
}

static struct chandra_value *
typed(struct chandra_doc *doc, const char *type)
{
    return with_text(doc, chandra_value_new_object(doc), "type", type);
}

static struct chandra_value *
text_schema(struct chandra_doc *doc, const struct ch_config_field *field)
{
    struct chandra_value *schema = typed(doc, "string");
    struct chandra_value *choices;

    if (*ch_config_forms[field->form])
        schema = with_text(doc, schema, "pattern", ch_config_forms[field->form]);
    if (!field->choices)
        return schema;
    choices = chandra_value_new_array(doc);
    for (const char *const *at = field->choices; choices && *at; at++)
        if (!chandra_value_append(choices, chandra_value_new_string(doc, *at)))
            return NULL;
    return with(schema, "enum", choices);
}

static struct chandra_value *
range_schema(struct chandra_doc *doc, const struct ch_config_field *field)
{
    struct chandra_value *schema = with_number(doc, typed(doc, "integer"), "minimum", field->least);

    return with_number(doc, schema, "maximum", field->most);
}

static struct chandra_value *
size_schema(struct chandra_doc *doc, const struct ch_config_field *field)
{
    struct chandra_value *text = with_text(doc, typed(doc, "string"), "pattern", size_pattern);
    struct chandra_value *either = chandra_value_new_array(doc);

    if (!either || !text || !chandra_value_append(either, text) ||
        !chandra_value_append(either, range_schema(doc, field)))
        return NULL;
    return with(chandra_value_new_object(doc), "anyOf", either);
}

static struct chandra_value *
weight_schema(struct chandra_doc *doc)
{
    struct chandra_value *schema = with_number(doc, typed(doc, "number"), "exclusiveMinimum", 0);

    return with_number(doc, schema, "maximum", 1000000000);
}

static struct chandra_value *
list_schema(struct chandra_doc *doc, const struct ch_config_field *field,
            struct chandra_value *items)
{
    struct chandra_value *schema = with(typed(doc, "array"), "items", items);

    schema = with_number(doc, schema, "minItems", field->least);
    return with_number(doc, schema, "maxItems", field->most);
}

static struct chandra_value *
value_schema(struct chandra_doc *doc, const struct ch_config_field *field)
{
    switch (field->type) {
    case CH_CONFIG_TEXT:
        return text_schema(doc, field);
    case CH_CONFIG_WEIGHT:
        return weight_schema(doc);
    case CH_CONFIG_COUNT:
        return range_schema(doc, field);
    case CH_CONFIG_SIZE:
        return size_schema(doc, field);
    case CH_CONFIG_DURATION:
        return with_text(doc, typed(doc, "string"), "pattern", duration_pattern);
    case CH_CONFIG_TEXTS:
        return list_schema(doc, field, text_schema(doc, field));
    case CH_CONFIG_LABELS:
        return with(typed(doc, "object"), "additionalProperties", typed(doc, "string"));
    case CH_CONFIG_OBJECT:
        return object_schema(doc, field->object);
    case CH_CONFIG_OBJECTS:
        return list_schema(doc, field, object_schema(doc, field->object));
    }
    return NULL;
}

/* The presets of plain fields; those of others say themselves what is in them. */
static struct chandra_value *
with_preset(struct chandra_doc *doc, struct chandra_value *schema,
            const struct ch_config_field *field)
{
    if (!field->preset || field->type == CH_CONFIG_OBJECT || field->type == CH_CONFIG_OBJECTS)
        return schema;
    if (field->type == CH_CONFIG_WEIGHT || field->type == CH_CONFIG_COUNT)
        return with_number(doc, schema, "default", strtoll(field->preset, NULL, 10));
    return with_text(doc, schema, "default", field->preset);
}

/* Take the members of a JSON text over. */
static struct chandra_value *
with_conditions(struct chandra_doc *doc, struct chandra_value *schema, const char *json)
{
    const struct chandra_value *conditions;
    struct chandra_doc *parsed;

    if (!json)
        return schema;
    if (chandra_doc_parse_json(json, strlen(json), "conditions", NULL, &parsed, NULL) != CHANDRA_OK)
        return NULL;
    conditions = chandra_doc_root(parsed, 0);
    for (size_t i = 0; schema && i < chandra_value_count(conditions); i++)
        schema = with(schema, chandra_value_key(conditions, i),
                      chandra_value_copy(doc, chandra_value_at(conditions, i)));
    chandra_doc_free(parsed);
    return schema;
}

static struct chandra_value *
object_schema(struct chandra_doc *doc, const struct ch_config_object *object)
{
    struct chandra_value *schema = typed(doc, "object");
    struct chandra_value *properties = chandra_value_new_object(doc);
    struct chandra_value *required = chandra_value_new_array(doc);

    schema = with_text(doc, schema, "description", object->help);
    for (const struct ch_config_field *field = object->fields; properties && field->name; field++) {
        struct chandra_value *value = value_schema(doc, field);

        value = with_text(doc, value, "description", field->help);
        properties = with(properties, field->name, with_preset(doc, value, field));
        if (field->is_required &&
            (!required ||
             !chandra_value_append(required, chandra_value_new_string(doc, field->name))))
            return NULL;
    }
    schema = with(schema, "properties", properties);
    if (chandra_value_count(required) > 0)
        schema = with(schema, "required", required);
    schema = with(schema, "additionalProperties", chandra_value_new_bool(doc, false));
    return with_conditions(doc, schema, object->conditions);
}

enum chandra_status
chandra_config_schema(char **out_text, struct chandra_error *err)
{
    struct chandra_doc *doc;
    struct chandra_value *root, *schema;
    enum chandra_status st = chandra_doc_new(&doc, err);

    if (st != CHANDRA_OK)
        return st;
    root = with_text(doc, chandra_value_new_object(doc), "$schema",
                     "https://json-schema.org/draft/2020-12/schema");
    root = with_text(doc, root, "title", CH_CONFIG_KIND);
    schema = object_schema(doc, &ch_config_root);
    for (size_t i = 0; root && i < chandra_value_count(schema); i++)
        root = with(root, chandra_value_key(schema, i),
                    chandra_value_copy(doc, chandra_value_at(schema, i)));
    if (root && schema)
        st = chandra_value_print(root, CHANDRA_PRINT_PRETTY, out_text, NULL, err);
    else
        st = chandra_error_set(err, CHANDRA_ENOMEM, "schema: out of memory");
    chandra_doc_free(doc);
    return st;
}
