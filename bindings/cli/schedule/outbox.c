/* outbox.c - a list of requests under a mutex. */
#include "schedule/outbox.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum {
    MAX_UNDER_WAY = 8,
    MAX_WAITING = 4096,
    LONGEST_HOLD_MS = 5000, /* of one write */
};

struct letter {
    struct letter *next;
    struct outbox *outbox;
    struct chandra_request request;
    int64_t put_ms;
    const char *id;
    char texts[]; /* path, content type, id and body, each with its NUL */
};

struct outbox {
    struct chandra_transport *transport;
    outbox_done_fn done;
    void *user;
    pthread_mutex_t mutex;
    struct letter *first;
    struct letter *last;
    size_t waiting;
    size_t under_way;
    size_t dropped;
    bool is_sending; /* some thread is in send_all() */
    bool is_held;
    bool is_closed;
};

enum chandra_status
outbox_new(struct chandra_transport *transport, outbox_done_fn done, void *user,
           struct outbox **out_outbox, struct chandra_error *err)
{
    struct outbox *outbox = chandra_realloc(NULL, sizeof(*outbox));

    if (!outbox)
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    memset(outbox, 0, sizeof(*outbox));
    outbox->transport = transport;
    outbox->done = done;
    outbox->user = user;
    pthread_mutex_init(&outbox->mutex, NULL);
    *out_outbox = outbox;
    return CHANDRA_OK;
}

static int64_t
now_ms(const struct outbox *outbox)
{
    return outbox->transport->ops->now_ms(outbox->transport);
}

static const char *
append(char **at, const char *text, size_t len)
{
    char *copy = *at;

    memcpy(copy, text, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

static struct letter *
letter_new(struct outbox *outbox, const struct chandra_request *request, const char *id)
{
    const char *type = request->content_type ? request->content_type : "application/json";
    const size_t size = strlen(request->path) + strlen(type) + strlen(id) + request->body_len + 4;
    struct letter *letter = chandra_realloc(NULL, sizeof(*letter) + size);
    char *at;

    if (!letter)
        return NULL;
    *letter = (struct letter){.outbox = outbox, .request = *request, .put_ms = now_ms(outbox)};
    at = letter->texts;
    letter->request.path = append(&at, request->path, strlen(request->path));
    letter->request.content_type = append(&at, type, strlen(type));
    letter->id = append(&at, id, strlen(id));
    letter->request.body = append(&at, request->body, request->body_len);
    return letter;
}

static struct letter *
take(struct outbox *outbox)
{
    struct letter *letter = outbox->first;

    if (!letter || outbox->is_closed || outbox->under_way == MAX_UNDER_WAY)
        return NULL;
    if (outbox->is_held && now_ms(outbox) < letter->put_ms + LONGEST_HOLD_MS)
        return NULL;
    outbox->first = letter->next;
    if (!outbox->first)
        outbox->last = NULL;
    outbox->waiting--;
    outbox->under_way++;
    return letter;
}

static void send_all(struct outbox *outbox);

static void
on_response(void *user, const struct chandra_response *response)
{
    struct letter *letter = user;
    struct outbox *outbox = letter->outbox;

    outbox->done(outbox->user, letter->id, response);
    chandra_free(letter);
    pthread_mutex_lock(&outbox->mutex);
    outbox->under_way--;
    pthread_mutex_unlock(&outbox->mutex);
    send_all(outbox);
}

static void
send_one(struct outbox *outbox, struct letter *letter)
{
    const struct chandra_transport_ops *ops = outbox->transport->ops;

    if (ops->submit(outbox->transport, &letter->request, on_response, letter, NULL) == CHANDRA_OK)
        return;
    chandra_free(letter);
    pthread_mutex_lock(&outbox->mutex);
    outbox->under_way--;
    outbox->dropped++;
    pthread_mutex_unlock(&outbox->mutex);
}

/* One thread at a time sends, so that the order is kept and answers that come from inside a
 * submit do not nest. */
static void
send_all(struct outbox *outbox)
{
    struct letter *letter;

    pthread_mutex_lock(&outbox->mutex);
    if (outbox->is_sending) {
        pthread_mutex_unlock(&outbox->mutex);
        return;
    }
    outbox->is_sending = true;
    while ((letter = take(outbox))) {
        pthread_mutex_unlock(&outbox->mutex);
        send_one(outbox, letter);
        pthread_mutex_lock(&outbox->mutex);
    }
    outbox->is_sending = false;
    pthread_mutex_unlock(&outbox->mutex);
}

void
outbox_put(struct outbox *outbox, const struct chandra_request *request, const char *id)
{
    struct letter *letter = letter_new(outbox, request, id);
    bool is_kept;

    pthread_mutex_lock(&outbox->mutex);
    is_kept = letter && !outbox->is_closed && outbox->waiting < MAX_WAITING;
    if (is_kept) {
        *(outbox->last ? &outbox->last->next : &outbox->first) = letter;
        outbox->last = letter;
        outbox->waiting++;
    } else {
        outbox->dropped++;
    }
    pthread_mutex_unlock(&outbox->mutex);
    if (is_kept)
        send_all(outbox);
    else
        chandra_free(letter);
}

void
outbox_hold(struct outbox *outbox, bool is_held)
{
    pthread_mutex_lock(&outbox->mutex);
    outbox->is_held = is_held;
    pthread_mutex_unlock(&outbox->mutex);
    send_all(outbox);
}

size_t
outbox_count(struct outbox *outbox)
{
    size_t count;

    pthread_mutex_lock(&outbox->mutex);
    count = outbox->waiting + outbox->under_way;
    pthread_mutex_unlock(&outbox->mutex);
    return count;
}

size_t
outbox_dropped(struct outbox *outbox)
{
    size_t count;

    pthread_mutex_lock(&outbox->mutex);
    count = outbox->dropped;
    pthread_mutex_unlock(&outbox->mutex);
    return count;
}

void
outbox_close(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    outbox->is_closed = true;
    pthread_mutex_unlock(&outbox->mutex);
}

void
outbox_free(struct outbox *outbox)
{
    struct letter *letter;

    if (!outbox)
        return;
    while ((letter = outbox->first)) {
        outbox->first = letter->next;
        chandra_free(letter);
    }
    pthread_mutex_destroy(&outbox->mutex);
    chandra_free(outbox);
}
