/* outbox.h - writes that nobody waits for: sent in their order, a few at a time, beside all else.
 */
#ifndef CHANDRA_CLI_OUTBOX_H
#define CHANDRA_CLI_OUTBOX_H

#include <chandra/error.h>
#include <chandra/sys/transport.h>
#include <stdbool.h>
#include <stddef.h>

struct outbox;

/* Told how a write ended, by the transport's thread; `id` is what outbox_put() was given. */
typedef void (*outbox_done_fn)(void *user, const char *id, const struct chandra_response *response);

enum chandra_status outbox_new(struct chandra_transport *transport, outbox_done_fn done, void *user,
                               struct outbox **out_outbox, struct chandra_error *err);
/* Append a request, which is copied, with an id for `done`. What would go beyond some thousands is
 * dropped, as is what there is no memory for. Threads: any. */
void outbox_put(struct outbox *outbox, const struct chandra_request *request, const char *id);
/* While it is held, nothing is sent but what has waited for some seconds; each call sends what may
 * be. Threads: any. */
void outbox_hold(struct outbox *outbox, bool is_held);
/* How many writes are waiting or under way, and how many were dropped so far. Threads: any. */
size_t outbox_count(struct outbox *outbox);
size_t outbox_dropped(struct outbox *outbox);
/* Send nothing more. */
void outbox_close(struct outbox *outbox);
/* Free; the transport must have been freed before, or have nothing of it under way. NULL is fine.
 */
void outbox_free(struct outbox *outbox);

#endif
