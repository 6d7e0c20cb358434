/* paths.c - reads directories. */
#include "paths.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum chandra_status
append(struct paths *paths, const char *directory, const char *name, struct chandra_error *err)
{
    const size_t size = strlen(directory) + strlen(name) + 2;
    char **items = chandra_realloc(paths->items, (paths->count + 1) * sizeof(*items));
    char *path = chandra_realloc(NULL, size);

    if (items)
        paths->items = items;
    if (!items || !path) {
        chandra_free(path);
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    }
    snprintf(path, size, "%s%s%s", directory, *directory ? "/" : "", name);
    items[paths->count++] = path;
    return CHANDRA_OK;
}

static bool
is_manifest(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && dot != name &&
           (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 || strcmp(dot, ".json") == 0);
}

static bool
is_policy(const char *name)
{
    const size_t len = strlen(name);

    return len > 4 && strcmp(name + len - 4, ".lua") == 0 &&
           !(len > 9 && strcmp(name + len - 9, "_spec.lua") == 0);
}

/* Which files of a directory are meant, and how to say that there are none. */
struct filter {
    bool (*is_meant)(const char *name);
    const char *ends;
};

static const struct filter manifests = {is_manifest, ".yaml, .yml or .json"};
static const struct filter policies = {is_policy, ".lua"};

static int
compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Directories and pipes are passed over; of what cannot be told, reading it will tell. */
static bool
is_file(DIR *directory, const char *name)
{
    struct stat info;

    return fstatat(dirfd(directory), name, &info, 0) != 0 || S_ISREG(info.st_mode);
}

static enum chandra_status
read_directory(struct paths *paths, const char *path, const struct filter *filter,
               struct chandra_error *err)
{
    const size_t before = paths->count;
    enum chandra_status st = CHANDRA_OK;
    DIR *directory = opendir(path);
    const struct dirent *entry;

    if (!directory)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    while (st == CHANDRA_OK && (entry = readdir(directory)))
        if (filter->is_meant(entry->d_name) && is_file(directory, entry->d_name))
            st = append(paths, path, entry->d_name, err);
    closedir(directory);
    if (st != CHANDRA_OK)
        return st;
    if (paths->count == before)
        return chandra_error_set(err, CHANDRA_ENOTFOUND, "%s: no file here ends in %s", path,
                                 filter->ends);
    qsort(paths->items + before, paths->count - before, sizeof(*paths->items), compare);
    return CHANDRA_OK;
}

static enum chandra_status
expand(struct paths *paths, const char *path, const struct filter *filter,
       struct chandra_error *err)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return chandra_error_set(err, CHANDRA_EIO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return read_directory(paths, path, filter, err);
    return append(paths, "", path, err);
}

enum chandra_status
paths_expand(struct paths *paths, const char *path, struct chandra_error *err)
{
    if (strcmp(path, "-") == 0)
        return append(paths, "", path, err);
    return expand(paths, path, &manifests, err);
}

enum chandra_status
paths_expand_policies(struct paths *paths, const char *path, struct chandra_error *err)
{
    return expand(paths, path, &policies, err);
}

void
paths_clear(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        chandra_free(paths->items[i]);
    chandra_free(paths->items);
    *paths = (struct paths){0};
}
