/* inbox.h - events of the cache on their way from the transport's thread to the scheduler's. */
#ifndef CHANDRA_CLI_INBOX_H
#define CHANDRA_CLI_INBOX_H

#include <chandra/error.h>
#include <chandra/object.h>
#include <stdbool.h>

struct bell;
struct inbox;

/* A change of one object, with a reference on each version that is not NULL. */
struct inbox_event {
    enum chandra_kind kind;
    struct chandra_object *old_object;
    struct chandra_object *new_object;
};

enum chandra_status inbox_new(struct inbox **out_inbox, struct chandra_error *err);
/* Ring `bell` for each event from now on. */
void inbox_set_bell(struct inbox *inbox, struct bell *bell);
void inbox_free(struct inbox *inbox); /* NULL is fine */

/* Append an event; either object may be NULL. Threads: any. */
void inbox_put(struct inbox *inbox, const struct chandra_object *old_object,
               const struct chandra_object *new_object);
/* Take the oldest event, for inbox_release(); false if there is none. Threads: one. */
bool inbox_take(struct inbox *inbox, struct inbox_event *out_event);
void inbox_release(struct inbox_event *event);
/* Whether an event was lost for want of memory. */
bool inbox_has_lost(struct inbox *inbox);

#endif
