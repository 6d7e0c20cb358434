/* file.c - whole files into memory, and whether a file has changed. */
#include "kube/file.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 16 << 20, CHUNK = 16384 };

static struct ch_file_stamp
stamp_of(const struct stat *status)
{
    const int64_t second = 1000000000;

    return (struct ch_file_stamp){(int64_t)status->st_dev, (int64_t)status->st_ino, status->st_size,
                                  status->st_mtim.tv_sec * second + status->st_mtim.tv_nsec};
}

static enum chandra_status
system_error(const char *path, struct chandra_error *err)
{
    return chandra_error_set(err, errno == ENOENT ? CHANDRA_ENOTFOUND : CHANDRA_EIO, "%s: %s", path,
                             strerror(errno));
}

static enum chandra_status
read_all(int fd, const char *path, struct ch_buf *text, struct chandra_error *err)
{
    char chunk[CHUNK];
    ssize_t len;

    while ((len = read(fd, chunk, sizeof(chunk))) != 0) {
        if (len < 0 && errno != EINTR)
            return system_error(path, err);
        if (len > 0)
            ch_buf_put(text, chunk, (size_t)len);
        if (text->len > LARGEST_FILE)
            return chandra_error_set(err, CHANDRA_ELIMIT, "%s: larger than %d MiB", path,
                                     LARGEST_FILE >> 20);
    }
    ch_buf_put(text, "", 0); /* an empty file is a text, too */
    return ch_buf_ok(text) ? CHANDRA_OK
                           : chandra_error_set(err, CHANDRA_ENOMEM, "%s: out of memory", path);
}

enum chandra_status
ch_file_read(const char *path, char **out_text, size_t *out_len, struct ch_file_stamp *out_stamp,
             struct chandra_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct ch_buf text = {0};
    struct stat status;
    enum chandra_status st;

    if (fd < 0)
        return system_error(path, err);
    st = fstat(fd, &status) == 0 ? read_all(fd, path, &text, err) : system_error(path, err);
    close(fd);
    if (st == CHANDRA_OK) {
        *out_len = text.len;
        *out_text = ch_buf_take(&text);
        if (out_stamp)
            *out_stamp = stamp_of(&status);
    }
    ch_buf_clear(&text);
    return st;
}

bool
ch_file_has_changed(const char *path, const struct ch_file_stamp *stamp)
{
    struct ch_file_stamp now;
    struct stat status;

    if (stat(path, &status) != 0)
        return true;
    now = stamp_of(&status);
    return now.device != stamp->device || now.inode != stamp->inode || now.bytes != stamp->bytes ||
           now.changed_ns != stamp->changed_ns;
}
