/* form.c - reads Accept headers, and reduces objects to their metadata. */
#include "sim/form.h"

#include "doc/value.h"

#include <string.h>

/* What a media type may say after a ';'. */
#define AS_METADATA "as=PartialObjectMetadata"
#define AS_LIST "as=PartialObjectMetadataList"

static bool
is_text(const char *text, size_t len, const char *want)
{
    return len == strlen(want) && memcmp(text, want, len) == 0;
}

/* Cut off what is before the next ';' or ',', without blanks at its sides. */
static const char *
cut(const char **text, size_t *out_len)
{
    const char *piece = *text + strspn(*text, " ");
    size_t len = strcspn(piece, ";,");

    *text = piece + len;
    while (len > 0 && piece[len - 1] == ' ')
        len--;
    *out_len = len;
    return piece;
}

static bool
is_json(const char *type, size_t len)
{
    return is_text(type, len, "application/json") || is_text(type, len, "application/*") ||
           is_text(type, len, "*/*");
}

/* One media type with its parameters; those that are not known do not matter. */
static enum ch_sim_form
form_of_type(const char *text, bool is_list)
{
    enum ch_sim_form form = CH_SIM_FORM_WHOLE;
    bool has_group = false;
    bool has_version = false;
    size_t len;
    const char *piece = cut(&text, &len);

    if (!is_json(piece, len))
        return CH_SIM_FORM_NONE;
    while (*text == ';') {
        text++;
        piece = cut(&text, &len);
        if (is_text(piece, len, is_list ? AS_LIST : AS_METADATA))
            form = CH_SIM_FORM_METADATA;
        else if (len > 3 && memcmp(piece, "as=", 3) == 0)
            return CH_SIM_FORM_NONE;
        has_group |= is_text(piece, len, "g=meta.k8s.io");
        has_version |= is_text(piece, len, "v=v1");
    }
    if (form == CH_SIM_FORM_METADATA && (!has_group || !has_version))
        return CH_SIM_FORM_NONE;
    return form;
}

enum ch_sim_form
ch_sim_form_of(const char *accept, bool is_list)
{
    const char *at = accept;

    if (!accept)
        return CH_SIM_FORM_WHOLE;
    while (*at) {
        const enum ch_sim_form form = form_of_type(at, is_list);
        const size_t len = strcspn(at, ",");

        if (form != CH_SIM_FORM_NONE)
            return form;
        at += len + (at[len] == ',');
    }
    return CH_SIM_FORM_NONE;
}

void
ch_sim_form_put_metadata(struct ch_buf *buf, const struct chandra_value *object)
{
    ch_buf_puts(buf, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                     "\"metadata\":");
    ch_json_put_value(buf, chandra_value_get(object, "metadata"));
    ch_buf_putc(buf, '}');
}
