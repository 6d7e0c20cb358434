/* config_merge.c - entries out of several kubeconfig files: the first file to name one wins.
 *
 * As with kubectl, an entry is taken whole: what a later file says about the same name is ignored.
 */
#include "kube/config.h"
#include "kube/file.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doc/value.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files. */

/* Where the file lies, absolute, so that what it names is found wherever the process goes. */
static char *
directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct ch_buf buf = {0};
    char here[4096];

    if (path[0] != '/' && getcwd(here, sizeof(here)))
        ch_buf_printf(&buf, "%s%s", here, slash ? "/" : "");
    ch_buf_put(&buf, path, slash ? (size_t)(slash - path) : 0);
    return ch_buf_take(&buf);
}

static enum chandra_status
check_field(const struct chandra_value *root, const char *key, const char *want,
            struct chandra_error *err)
{
    const char *text = NULL;
    enum chandra_status st = ch_field_string(root, "", key, &text, err);

    if (st != CHANDRA_OK || ch_is_empty(text) || strcmp(text, want) == 0)
        return st;
    return ch_value_error(chandra_value_get(root, key), err, CHANDRA_EINVAL,
                          "%s: want %s, got \"%s\"", key, want, text);
}

/* One document, an object of kind Config; an empty file is fine. */
static enum chandra_status
check_root(struct ch_config_file *file, const char *path, struct chandra_error *err)
{
    enum chandra_status st;

    file->root = chandra_doc_root(file->doc, 0);
    if (chandra_doc_count(file->doc) > 1)
        return ch_value_error(chandra_doc_root(file->doc, 1), err, CHANDRA_EINVAL,
                              "a kubeconfig is one document");
    if (chandra_value_type(file->root) == CHANDRA_NULL)
        return CHANDRA_OK;
    if (file->root->type != CHANDRA_OBJECT)
        return chandra_error_set(err, CHANDRA_EINVAL, "%s:1:1: no kubeconfig: want an object",
                                 path);
    st = check_field(file->root, "apiVersion", "v1", err);
    return st == CHANDRA_OK ? check_field(file->root, "kind", "Config", err) : st;
}

static void
clear_file(struct ch_config_file *file)
{
    chandra_doc_free(file->doc);
    ch_free(file->directory);
}

static enum chandra_status
read_file(struct ch_config_file *file, const char *path, struct chandra_error *err)
{
    char *text = NULL;
    size_t len = 0;
    enum chandra_status st = ch_file_read(path, &text, &len, NULL, err);

    if (st == CHANDRA_OK)
        st = chandra_doc_parse_yaml(text, len, path, NULL, &file->doc, err);
    if (st == CHANDRA_OK)
        st = check_root(file, path, err);
    if (st == CHANDRA_OK) {
        file->directory = directory_of(path);
        if (!file->directory)
            st = ch_config_no_memory(err);
    }
    ch_free(text);
    return st;
}

enum chandra_status
ch_config_files_add(struct ch_config_files *files, const char *path, bool is_needed,
                    struct chandra_error *err)
{
    struct ch_config_file file = {0};
    enum chandra_status st;

    if (!is_needed && access(path, F_OK) != 0)
        return CHANDRA_OK;
    if (!ch_grow(&files->items, &files->capacity, files->count + 1, sizeof(file)))
        return ch_config_no_memory(err);
    st = read_file(&file, path, err);
    if (st == CHANDRA_OK)
        files->items[files->count++] = file;
    else
        clear_file(&file);
    return st;
}

enum chandra_status
ch_config_files_add_list(struct ch_config_files *files, const char *list, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;

    while (st == CHANDRA_OK && *list) {
        const size_t len = strcspn(list, ":");
        char *path = ch_strndup(list, len);

        if (!path)
            return ch_config_no_memory(err);
        if (len > 0)
            st = ch_config_files_add(files, path, false, err);
        ch_free(path);
        list += list[len] ? len + 1 : len;
    }
    return st;
}

void
ch_config_files_clear(struct ch_config_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        clear_file(&files->items[i]);
    ch_free(files->items);
    *files = (struct ch_config_files){0};
}

/* Entries. */

enum chandra_status
ch_config_current_context(const struct ch_config_files *files, const char **out_name,
                          struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;
    const char *name = NULL;

    for (size_t i = 0; st == CHANDRA_OK && i < files->count && ch_is_empty(name); i++)
        st = ch_field_string(files->items[i].root, "", "current-context", &name, err);
    if (st == CHANDRA_OK)
        *out_name = ch_is_empty(name) ? NULL : name;
    return st;
}

static bool
has_name(const struct chandra_value *named, const char *name)
{
    return ch_streq(chandra_value_string(chandra_value_get(named, "name")), name);
}

/* The named entry of one file; a name that occurs twice is an error. */
static enum chandra_status
find_in_file(const struct ch_config_file *file, const char *list, const char *name,
             const struct chandra_value **out_named, struct chandra_error *err)
{
    const struct chandra_value *array = NULL;
    const struct chandra_value *found = NULL;
    enum chandra_status st = ch_field_array(file->root, "", list, &array, err);

    for (size_t i = 0; st == CHANDRA_OK && i < chandra_value_count(array); i++) {
        const struct chandra_value *named = chandra_value_at(array, i);

        if (!has_name(named, name))
            continue;
        if (found)
            st = ch_value_error(named, err, CHANDRA_EINVAL, "%s: \"%s\" occurs twice", list, name);
        found = named;
    }
    if (st == CHANDRA_OK)
        *out_named = found;
    return st;
}

enum chandra_status
ch_config_find(const struct ch_config_files *files, const char *list, const char *member,
               const char *name, struct ch_config_entry *out_entry, struct chandra_error *err)
{
    struct ch_config_entry entry = {NULL, NULL, member};
    const struct chandra_value *named = NULL;
    enum chandra_status st = CHANDRA_OK;

    for (size_t i = 0; st == CHANDRA_OK && i < files->count && !named; i++) {
        entry.file = &files->items[i];
        st = find_in_file(entry.file, list, name, &named, err);
    }
    if (st == CHANDRA_OK && named)
        st = ch_field_object(named, list, member, &entry.body, err);
    if (st == CHANDRA_OK && named && !entry.body)
        st = ch_value_error(named, err, CHANDRA_EINVAL, "%s: \"%s\" has no %s", list, name, member);
    if (st == CHANDRA_OK)
        *out_entry = entry;
    return st;
}

/* Names of a list in all files, for "did you mean". */
static size_t
collect_names(const struct ch_config_files *files, const char *list, const char **names, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < files->count; i++) {
        const struct chandra_value *array = chandra_value_get(files->items[i].root, list);

        for (size_t k = 0; k < chandra_value_count(array) && count < max; k++) {
            const struct chandra_value *named = chandra_value_at(array, k);
            const char *name = chandra_value_string(chandra_value_get(named, "name"));

            if (name)
                names[count++] = name;
        }
    }
    return count;
}

enum chandra_status
ch_config_not_found(const struct ch_config_files *files, const char *list, const char *name,
                    struct chandra_error *err)
{
    const char *names[64];
    const size_t count = collect_names(files, list, names, sizeof(names) / sizeof(*names));
    const char *near = ch_nearest(name, names, count);
    const char *file = files->count > 0 ? chandra_doc_name(files->items[0].doc) : "kubeconfig";

    return chandra_error_set(err, CHANDRA_EINVAL, "%s%s: %s: there is no \"%s\"%s%s%s", file,
                             files->count > 1 ? " and others" : "", list, name,
                             near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}
