/* find.h - the files of a test run: specs, records, and the policies that they may test. */
#ifndef CHANDRA_CLI_TEST_FIND_H
#define CHANDRA_CLI_TEST_FIND_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>

enum found_kind { FOUND_SPEC, FOUND_RECORD, FOUND_POLICY };

struct found_file {
    char *path;
    enum found_kind kind;
    bool is_named; /* on the command line, not met in a folder */
};

/* Zeroed memory is an empty list. */
struct found {
    struct found_file *files;
    size_t count;
};

/* Append a file, or what is below a folder, by name: *_spec.lua, *.jsonl, *.jsonl.gz, and the
 * policies, which are the other *.lua that begin with "--!chandra". Hidden folders and links to
 * folders are passed over. Errors: EIO, EINVAL (a file that is neither), ENOTFOUND (nothing to run
 * in the folder), ENOMEM. */
enum chandra_status found_add(struct found *found, const char *path, struct chandra_error *err);
void found_clear(struct found *found);

#endif
