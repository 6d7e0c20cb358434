/* queue.h - a work queue of keys as controllers have them: each key is in it once, failures wait
 * longer and longer, on virtual time. */
#ifndef CH_SIM_QUEUE_H
#define CH_SIM_QUEUE_H

#include "base/map.h"

#include <chandra/error.h>
#include <stdbool.h>
#include <stdint.h>

struct chandra_sim;
struct ch_sim_queue;

struct ch_sim_item {
    struct ch_sim_queue *queue;
    struct ch_sim_item *next; /* among those that are ready */
    bool is_ready;
    unsigned failures;
    unsigned alarms; /* how many refer to this item */
    int64_t due;     /* of the alarm that counts, or -1 */
    char key[];
};

/* Zero-initialized but for `sim` is empty and ready. */
struct ch_sim_queue {
    struct chandra_sim *sim;
    struct ch_map items; /* by key */
    struct ch_sim_item *first;
    struct ch_sim_item *last;
};

/* What became of a key. */
enum ch_sim_result {
    CH_SIM_DONE,        /* forget it */
    CH_SIM_RETRY,       /* it failed: again after an exponential back-off */
    CH_SIM_NOT_YET,     /* not ours at present: the same, but nothing to wait for */
    CH_SIM_CHECK_AGAIN, /* fine: look again in half a minute */
};

bool ch_sim_queue_add(struct ch_sim_queue *queue, const char *key); /* false: out of memory */
struct ch_sim_item *ch_sim_queue_pop(struct ch_sim_queue *queue);   /* or NULL */
/* Done with a popped item; it may be gone afterwards. */
enum chandra_status ch_sim_queue_finish(struct ch_sim_queue *queue, struct ch_sim_item *item,
                                        enum ch_sim_result result, struct chandra_error *err);
/* Put a popped item back as if nothing had happened. */
void ch_sim_queue_put_back(struct ch_sim_queue *queue, struct ch_sim_item *item);
/* The object of this key was deleted: the next failure starts at the shortest wait. */
void ch_sim_queue_forget(struct ch_sim_queue *queue, const char *key);
/* An alarm of this item rang, at time `due`. */
void ch_sim_item_ring(struct ch_sim_item *item, int64_t due);
/* Whether an alarm at time `due` still means anything to the item. */
bool ch_sim_item_waits(const struct ch_sim_item *item, int64_t due);
void ch_sim_queue_clear(struct ch_sim_queue *queue);

#endif
