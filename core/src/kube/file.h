/* file.h - whole files into memory, and whether a file has changed. */
#ifndef CH_KUBE_FILE_H
#define CH_KUBE_FILE_H

#include <chandra/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which state of a file was read: equal stamps, equal content. All zeros: no file. */
struct ch_file_stamp {
    int64_t device;
    int64_t inode;
    int64_t bytes;
    int64_t changed_ns;
};

/* Read a file of at most 16 MiB; NUL-terminated, for ch_free(). `out_stamp` may be NULL. Errors:
 * ENOTFOUND (no such file), EIO, ELIMIT, ENOMEM, each naming the file. */
enum chandra_status ch_file_read(const char *path, char **out_text, size_t *out_len,
                                 struct ch_file_stamp *out_stamp, struct chandra_error *err);
/* Whether reading the file again would show something else; true also if it is gone. */
bool ch_file_has_changed(const char *path, const struct ch_file_stamp *stamp);

#endif
