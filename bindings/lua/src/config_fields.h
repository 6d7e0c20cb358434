/* config_fields.h - the fields of a configuration, as a table that reader and schema share. */
#ifndef CH_LUA_CONFIG_FIELDS_H
#define CH_LUA_CONFIG_FIELDS_H

#include <chandra/doc.h>
#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ch_config_type {
    CH_CONFIG_TEXT,
    CH_CONFIG_WEIGHT,   /* a number above 0 */
    CH_CONFIG_COUNT,    /* a whole number from `least` to `most` */
    CH_CONFIG_SIZE,     /* bytes from `least` to `most`: a number, or "16Mi" */
    CH_CONFIG_DURATION, /* milliseconds from `least` to `most`: "1m30s", "500ms" */
    CH_CONFIG_TEXTS,    /* from `least` to `most` of them */
    CH_CONFIG_LABELS,   /* an object of strings */
    CH_CONFIG_OBJECT,
    CH_CONFIG_OBJECTS, /* from `least` to `most` of them */
};

/* Which texts are meant. */
enum ch_config_form {
    CH_CONFIG_ANY,
    CH_CONFIG_FILLED,  /* not empty */
    CH_CONFIG_NAME,    /* as RFC 1123 has labels */
    CH_CONFIG_PATTERN, /* not empty; a * at the end stands for any rest */
    CH_CONFIG_FORM_COUNT,
};
/* Regular expressions for the schema; "": none. */
extern const char *const ch_config_forms[CH_CONFIG_FORM_COUNT];

struct ch_config_object;

struct ch_config_field {
    const char *name; /* NULL ends a table */
    const char *help; /* for editors */
    enum ch_config_type type;
    enum ch_config_form form;
    const struct ch_config_object *object; /* of OBJECT and OBJECTS */
    const char *const *choices;            /* of a text, ended by NULL; or NULL */
    const char *preset; /* what an absent field is; NULL: it stays absent. "" fills an OBJECT or an
                           empty list in, for OBJECTS another text is one with that builtin */
    bool is_required;
    int64_t least;
    int64_t most;
};

struct ch_config_object {
    const char *help;
    const struct ch_config_field *fields;
    const char *conditions; /* JSON Schema of what the fields alone do not say, or NULL */
    /* The same for the reader: NULL when all is well, else what is wrong in words; *out_field may
     * name the field. */
    const char *(*check)(const struct chandra_value *object, const char **out_field);
};

extern const struct ch_config_object ch_config_root;

#define CH_CONFIG_API_VERSION "chandra.config/v1alpha1"
#define CH_CONFIG_KIND "ChandraConfiguration"
#define CH_CONFIG_BUILTIN "default" /* the one policy that is built in */

/* The milliseconds of a duration, the bytes of a size; -1 for what is none. */
int64_t ch_config_duration(const char *text);
int64_t ch_config_size(const char *text);

#endif
