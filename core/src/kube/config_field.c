/* config_field.c - typed members of a kubeconfig's entries, with the place of each. */
#include "kube/base64.h"
#include "kube/config.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"

#include <string.h>

enum chandra_status
ch_config_no_memory(struct chandra_error *err)
{
    return ch_no_memory("the kubeconfig", err);
}

/* The buffer's text in the arena; NULL: out of memory. */
static const char *
keep(struct chandra_kube_config *config, struct ch_buf *buf)
{
    const char *text = NULL;

    if (ch_buf_ok(buf))
        text = ch_arena_strndup(&config->arena, buf->text ? buf->text : "", buf->len);
    ch_buf_clear(buf);
    return text;
}

const char *
ch_config_place(struct chandra_kube_config *config, const struct chandra_value *value)
{
    struct ch_buf buf = {0};

    ch_buf_printf(&buf, "%s:%u:%u", chandra_doc_name(value->doc), chandra_value_line(value),
                  chandra_value_column(value));
    return keep(config, &buf);
}

const char *
ch_config_absolute(struct chandra_kube_config *config, const char *directory, const char *path)
{
    struct ch_buf buf = {0};

    if (path[0] != '/') {
        ch_buf_printf(&buf, "%s/", directory);
        path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    }
    ch_buf_puts(&buf, path);
    return keep(config, &buf);
}

enum chandra_status
ch_config_read(struct chandra_kube_config *config, const struct ch_config_entry *entry,
               const char *key, struct ch_setting *out, struct chandra_error *err)
{
    const char *text = NULL;
    struct ch_setting setting;
    enum chandra_status st = ch_field_string(entry->body, entry->path, key, &text, err);

    if (st != CHANDRA_OK || ch_is_empty(text))
        return st;
    setting.text = ch_arena_strdup(&config->arena, text);
    setting.place = ch_config_place(config, chandra_value_get(entry->body, key));
    if (!setting.text || !setting.place)
        return ch_config_no_memory(err);
    *out = setting;
    return CHANDRA_OK;
}

enum chandra_status
ch_config_read_path(struct chandra_kube_config *config, const struct ch_config_entry *entry,
                    const char *key, struct ch_setting *out, struct chandra_error *err)
{
    struct ch_setting setting = {0};
    enum chandra_status st = ch_config_read(config, entry, key, &setting, err);

    if (st != CHANDRA_OK || !setting.text)
        return st;
    setting.text = ch_config_absolute(config, entry->file->directory, setting.text);
    if (!setting.text)
        return ch_config_no_memory(err);
    *out = setting;
    return CHANDRA_OK;
}

/* Base64 into PEM. */
static enum chandra_status
decode(struct chandra_kube_config *config, const struct ch_config_entry *entry, const char *key,
       struct ch_setting *setting, struct chandra_error *err)
{
    const struct chandra_value *value = chandra_value_get(entry->body, key);
    struct ch_buf pem = {0};
    const bool is_base64 = ch_base64_decode(&pem, setting->text);
    const bool is_pem = pem.text && strlen(pem.text) == pem.len && strstr(pem.text, "-----BEGIN ");

    setting->text = is_base64 && is_pem ? keep(config, &pem) : NULL;
    if (!is_base64 || (!is_pem && ch_buf_ok(&pem))) {
        ch_buf_clear(&pem);
        return ch_value_error(value, err, CHANDRA_EINVAL, "%s.%s: want base64 of PEM", entry->path,
                              key);
    }
    ch_buf_clear(&pem);
    return setting->text ? CHANDRA_OK : ch_config_no_memory(err);
}

static enum chandra_status
read_pem_data(struct chandra_kube_config *config, const struct ch_config_entry *entry,
              const char *key, struct ch_setting *out, struct chandra_error *err)
{
    enum chandra_status st = ch_config_read(config, entry, key, out, err);

    return st == CHANDRA_OK && out->text ? decode(config, entry, key, out, err) : st;
}

enum chandra_status
ch_config_read_pem(struct chandra_kube_config *config, const struct ch_config_entry *entry,
                   const char *key, struct ch_pem *out, struct chandra_error *err)
{
    struct ch_setting file = {0};
    struct ch_setting data = {0};
    struct ch_buf data_key = {0};
    enum chandra_status st;

    ch_buf_printf(&data_key, "%s-data", key);
    if (!ch_buf_ok(&data_key))
        return ch_config_no_memory(err);
    st = ch_config_read_path(config, entry, key, &file, err);
    if (st == CHANDRA_OK)
        st = read_pem_data(config, entry, data_key.text, &data, err);
    if (st == CHANDRA_OK && file.text && data.text)
        st = ch_value_error(chandra_value_get(entry->body, data_key.text), err, CHANDRA_EINVAL,
                            "%s: both %s and %s are set", entry->path, key, data_key.text);
    if (st == CHANDRA_OK && (file.text || data.text))
        *out = (struct ch_pem){data.text, file.text, file.text ? file.place : data.place};
    ch_buf_clear(&data_key);
    return st;
}

enum chandra_status
ch_config_read_texts(struct chandra_kube_config *config, const struct ch_config_entry *entry,
                     const char *key, size_t before, const char ***out, struct chandra_error *err)
{
    const struct chandra_value *array = NULL;
    enum chandra_status st = ch_field_array(entry->body, entry->path, key, &array, err);
    const size_t count = chandra_value_count(array);
    const char **texts;

    if (st != CHANDRA_OK)
        return st;
    texts = ch_arena_calloc(&config->arena, before + count + 1, sizeof(*texts));
    if (!texts)
        return ch_config_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct chandra_value *element = chandra_value_at(array, i);
        const char *text = chandra_value_string(element);

        if (!text)
            return ch_value_error(element, err, CHANDRA_EINVAL,
                                  "%s.%s: want strings, got one of type %s", entry->path, key,
                                  chandra_type_name(element->type));
        texts[before + i] = ch_arena_strdup(&config->arena, text);
        if (!texts[before + i])
            return ch_config_no_memory(err);
    }
    *out = texts;
    return CHANDRA_OK;
}
