/* find.c - walks folders for specs, records and policies. */
#include "test/find.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 64 };

static bool
ends_in(const char *text, const char *end)
{
    const size_t len = strlen(text), end_len = strlen(end);

    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static bool
is_policy(const char *path)
{
    static const char mark[] = "--!chandra";
    char start[sizeof(mark)] = "";
    FILE *file = ends_in(path, ".lua") ? fopen(path, "rb") : NULL;
    size_t got = 0;

    if (!file)
        return false;
    got = fread(start, 1, sizeof(mark) - 1, file);
    fclose(file);
    return got == sizeof(mark) - 1 && memcmp(start, mark, got) == 0;
}

/* Whether the file is one of ours; *out_kind says which. */
static bool
kind_of(const char *path, enum found_kind *out_kind)
{
    if (ends_in(path, "_spec.lua"))
        *out_kind = FOUND_SPEC;
    else if (ends_in(path, ".jsonl") || ends_in(path, ".jsonl.gz"))
        *out_kind = FOUND_RECORD;
    else if (is_policy(path))
        *out_kind = FOUND_POLICY;
    else
        return false;
    return true;
}

/* Takes `path`, even on failure. */
static enum chandra_status
append(struct found *found, char *path, enum found_kind kind, bool is_named,
       struct chandra_error *err)
{
    struct found_file *files = chandra_realloc(found->files, (found->count + 1) * sizeof(*files));

    if (!files) {
        chandra_free(path);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    found->files = files;
    files[found->count++] = (struct found_file){path, kind, is_named};
    return CHANDRA_OK;
}

static char *
join(const char *folder, const char *name)
{
    const bool has_slash = ends_in(folder, "/") || strcmp(folder, "/") == 0;
    const bool is_here = strcmp(folder, ".") == 0;
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = chandra_realloc(NULL, size);

    if (path)
        snprintf(path, size, "%s%s%s", is_here ? "" : folder, is_here || has_slash ? "" : "/",
                 name);
    return path;
}

static enum chandra_status walk(struct found *found, const char *folder, int depth,
                                struct chandra_error *err);

/* Takes `path`, even on failure. */
static enum chandra_status
visit(struct found *found, char *path, int depth, struct chandra_error *err)
{
    enum chandra_status st = CHANDRA_OK;
    enum found_kind kind;
    struct stat info;

    if (lstat(path, &info) != 0) {
        /* It went away, or cannot be seen. */
    } else if (S_ISDIR(info.st_mode)) {
        st = depth < MAX_DEPTH ? walk(found, path, depth + 1, err) : CHANDRA_OK;
    } else if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && kind_of(path, &kind)) {
        return append(found, path, kind, false, err);
    }
    chandra_free(path);
    return st;
}

static enum chandra_status
walk(struct found *found, const char *folder, int depth, struct chandra_error *err)
{
    DIR *directory = opendir(folder);
    enum chandra_status st = CHANDRA_OK;
    const struct dirent *entry;

    if (!directory)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", folder, strerror(errno));
    while (st == CHANDRA_OK && (entry = readdir(directory))) {
        char *path;

        if (entry->d_name[0] == '.')
            continue;
        path = join(folder, entry->d_name);
        st = path ? visit(found, path, depth, err)
                  : chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    closedir(directory);
    return st;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(((const struct found_file *)a)->path, ((const struct found_file *)b)->path);
}

static enum chandra_status
add_folder(struct found *found, const char *path, struct chandra_error *err)
{
    const size_t before = found->count;
    const enum chandra_status st = walk(found, path, 0, err);

    if (st != CHANDRA_OK)
        return st;
    if (found->count > before)
        qsort(found->files + before, found->count - before, sizeof(*found->files), compare);
    for (size_t i = before; i < found->count; i++)
        if (found->files[i].kind != FOUND_POLICY)
            return CHANDRA_OK;
    return chandra_error_set(err, CHANDRA_ENOTFOUND,
                             "%s: no test here: specs end in _spec.lua, records in .jsonl or "
                             ".jsonl.gz",
                             path);
}

enum chandra_status
found_add(struct found *found, const char *path, struct chandra_error *err)
{
    enum found_kind kind;
    struct stat info;
    char *copy;

    if (stat(path, &info) != 0)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return add_folder(found, path, err);
    if (!kind_of(path, &kind) || kind == FOUND_POLICY)
        return chandra_error_set(err, CHANDRA_EINVAL,
                                 "%s: neither a spec (_spec.lua) nor a record (.jsonl, .jsonl.gz)",
                                 path);
    copy = chandra_strdup(path);
    if (!copy)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    return append(found, copy, kind, true, err);
}

void
found_clear(struct found *found)
{
    for (size_t i = 0; i < found->count; i++)
        chandra_free(found->files[i].path);
    chandra_free(found->files);
    *found = (struct found){0};
}
