/* shim_queues.c - logs and events wait here until Go fetches them, so that no thread of the
 * library's and no policy ever calls into Go. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_LOG_BYTES = 4096, MAX_LOG_BYTES = 1 << 20, MAX_MESSAGE_BYTES = 1 << 14 };

/* Pipes. */

static bool
set_flags(int fd)
{
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

int
ch_go_pipe(int fds[2])
{
    if (pipe(fds) != 0)
        return errno;
    if (set_flags(fds[0]) && set_flags(fds[1]))
        return 0;
    close(fds[0]);
    close(fds[1]);
    return EIO;
}

void
ch_go_close(int fd)
{
    close(fd);
}

/* A full pipe has been rung often enough. */
static void
ring(int fd)
{
    const ssize_t written = write(fd, "!", 1);

    (void)written;
}

/* Logs. */

struct ch_go_log {
    pthread_mutex_t lock;
    char *bytes; /* messages, as ch_go_log_read() hands them out */
    size_t len;
    size_t capacity;
    uint64_t lost;  /* messages that had no room, */
    uint32_t loser; /* and the sink of the last of them */
    int fd;
};

struct ch_go_sink {
    struct ch_go_log *log;
    uint32_t id;
};

struct message {
    uint32_t id;
    uint32_t level;
    uint32_t len;
};

struct ch_go_log *
ch_go_log_new(int fd)
{
    struct ch_go_log *log = chandra_realloc(NULL, sizeof(*log));

    if (!log)
        return NULL;
    *log = (struct ch_go_log){.fd = fd};
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

struct ch_go_sink *
ch_go_sink_new(struct ch_go_log *log, uint32_t id)
{
    struct ch_go_sink *sink = chandra_realloc(NULL, sizeof(*sink));

    if (sink)
        *sink = (struct ch_go_sink){log, id};
    return sink;
}

static bool
reserve(struct ch_go_log *log, size_t len)
{
    size_t capacity = log->capacity ? log->capacity : FIRST_LOG_BYTES;
    char *bytes;

    if (len > MAX_LOG_BYTES - log->len)
        return false;
    while (capacity < log->len + len)
        capacity *= 2;
    if (capacity == log->capacity)
        return true;
    bytes = chandra_realloc(log->bytes, capacity);
    if (!bytes)
        return false;
    log->bytes = bytes;
    log->capacity = capacity;
    return true;
}

/* The bytes of a message that are kept, to the end of a character. */
static size_t
kept(const char *message)
{
    const size_t whole = strlen(message);
    size_t len = MAX_MESSAGE_BYTES;

    if (whole <= len)
        return whole;
    while (len > 0 && ((unsigned char)message[len] & 0xc0) == 0x80)
        len--;
    return len;
}

void
ch_go_log_write(void *user, enum chandra_level level, const char *message)
{
    const struct ch_go_sink *sink = user;
    struct ch_go_log *log = sink->log;
    const struct message head = {sink->id, (uint32_t)level, (uint32_t)kept(message)};

    pthread_mutex_lock(&log->lock);
    if (log->len == 0 && log->lost == 0)
        ring(log->fd);
    if (reserve(log, sizeof(head) + head.len)) {
        memcpy(log->bytes + log->len, &head, sizeof(head));
        memcpy(log->bytes + log->len + sizeof(head), message, head.len);
        log->len += sizeof(head) + head.len;
    } else {
        log->lost++;
        log->loser = sink->id;
    }
    pthread_mutex_unlock(&log->lock);
}

/* How many bytes of whole messages fit into `size`. */
static size_t
whole_messages(const struct ch_go_log *log, size_t size)
{
    size_t len = 0;

    while (len < log->len) {
        struct message head;

        memcpy(&head, log->bytes + len, sizeof(head));
        if (sizeof(head) + head.len > size - len)
            break;
        len += sizeof(head) + head.len;
    }
    return len;
}

size_t
ch_go_log_read(struct ch_go_log *log, char *out, size_t size, uint64_t *out_lost,
               uint32_t *out_loser)
{
    size_t len;

    pthread_mutex_lock(&log->lock);
    len = whole_messages(log, size);
    if (len > 0) {
        memcpy(out, log->bytes, len);
        memmove(log->bytes, log->bytes + len, log->len - len);
        log->len -= len;
    }
    *out_lost = log->lost;
    *out_loser = log->loser;
    log->lost = 0;
    pthread_mutex_unlock(&log->lock);
    return len;
}

/* Events. */

struct ch_go_events {
    pthread_mutex_t lock;
    uint32_t first;
    uint32_t count;
    uint32_t capacity;
    bool is_lost;
    int fd;
    struct ch_go_event items[];
};

struct ch_go_events *
ch_go_events_new(uint32_t capacity, int fd)
{
    struct ch_go_events *events =
        chandra_realloc(NULL, sizeof(*events) + capacity * sizeof(struct ch_go_event));

    if (!events)
        return NULL;
    *events = (struct ch_go_events){.capacity = capacity, .fd = fd};
    pthread_mutex_init(&events->lock, NULL);
    return events;
}

static struct ch_go_event *
event_at(struct ch_go_events *events, uint32_t index)
{
    return &events->items[(events->first + index) % events->capacity];
}

void
ch_go_events_free(struct ch_go_events *events)
{
    if (!events)
        return;
    for (uint32_t i = 0; i < events->count; i++) {
        chandra_object_unref(event_at(events, i)->old_object);
        chandra_object_unref(event_at(events, i)->new_object);
    }
    pthread_mutex_destroy(&events->lock);
    chandra_free(events);
}

static struct chandra_object *
ref(const struct chandra_object *object)
{
    return object ? chandra_object_ref(object) : NULL;
}

void
ch_go_events_write(void *user, const struct chandra_object *old_object,
                   const struct chandra_object *new_object)
{
    struct ch_go_events *events = user;

    pthread_mutex_lock(&events->lock);
    if (events->count == 0 && !events->is_lost)
        ring(events->fd);
    if (events->count < events->capacity)
        *event_at(events, events->count++) = (struct ch_go_event){ref(old_object), ref(new_object)};
    else
        events->is_lost = true;
    pthread_mutex_unlock(&events->lock);
}

size_t
ch_go_events_read(struct ch_go_events *events, struct ch_go_event *out, size_t size, bool *out_lost)
{
    size_t count = 0;

    pthread_mutex_lock(&events->lock);
    while (count < size && events->count > 0) {
        out[count++] = *event_at(events, 0);
        events->first = (events->first + 1) % events->capacity;
        events->count--;
    }
    *out_lost = count == 0 && events->is_lost;
    if (*out_lost)
        events->is_lost = false;
    pthread_mutex_unlock(&events->lock);
    return count;
}
