/* paths.h - the files that an argument stands for. */
#ifndef CHANDRA_CLI_PATHS_H
#define CHANDRA_CLI_PATHS_H

#include <chandra/error.h>
#include <stddef.h>

/* Zeroed memory is an empty list. */
struct paths {
    char **items;
    size_t count;
};

/* Append a file, "-", or the files of a directory that end in .yaml, .yml or .json, by name; as
 * with kubectl, its subdirectories are left alone. Errors: EIO, ENOTFOUND (no such file in the
 * directory), ENOMEM. */
enum chandra_status paths_expand(struct paths *paths, const char *path, struct chandra_error *err);
/* The same for policies: the files of a directory that end in .lua, but for the specs _spec.lua. */
enum chandra_status paths_expand_policies(struct paths *paths, const char *path,
                                          struct chandra_error *err);
void paths_clear(struct paths *paths);

#endif
