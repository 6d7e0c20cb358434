/* queue.c - a work queue of keys with retries on virtual time. */
#include "sim/queue.h"

#include "base/alloc.h"
#include "sim/sim.h"

#include <string.h>

enum { SHORTEST_WAIT_MS = 5, LONGEST_WAIT_MS = 1000 * 1000, CHECK_AGAIN_MS = 30 * 1000 };

static void
make_ready(struct ch_sim_queue *queue, struct ch_sim_item *item)
{
    if (item->is_ready)
        return;
    item->is_ready = true;
    item->next = NULL;
    if (queue->last)
        queue->last->next = item;
    else
        queue->first = item;
    queue->last = item;
}

/* Free an item that nothing refers to any more. */
static void
release(struct ch_sim_item *item)
{
    if (item->is_ready || item->alarms > 0 || item->failures > 0)
        return;
    ch_map_remove(&item->queue->items, item->key);
    ch_free(item);
}

bool
ch_sim_queue_add(struct ch_sim_queue *queue, const char *key)
{
    struct ch_sim_item *item = ch_map_get(&queue->items, key);

    if (!item) {
        const size_t size = strlen(key) + 1;

        item = ch_calloc(1, sizeof(*item) + size);
        if (!item)
            return false;
        memcpy(item->key, key, size);
        item->queue = queue;
        item->due = -1;
        if (!ch_map_set(&queue->items, key, item)) {
            ch_free(item);
            return false;
        }
    }
    make_ready(queue, item);
    return true;
}

struct ch_sim_item *
ch_sim_queue_pop(struct ch_sim_queue *queue)
{
    struct ch_sim_item *item = queue->first;

    if (!item)
        return NULL;
    queue->first = item->next;
    if (!queue->first)
        queue->last = NULL;
    item->next = NULL;
    item->is_ready = false;
    return item;
}

/* An item waits for the earliest of what it was told to wait for. */
static enum chandra_status
wait_until(struct ch_sim_item *item, int64_t due, bool is_periodic, struct chandra_error *err)
{
    struct chandra_sim *sim = item->queue->sim;
    const struct ch_sim_alarm alarm = {due, ++sim->order, CH_SIM_ALARM_WORK, item, 0};

    if (item->due >= 0 && item->due <= due)
        return CHANDRA_OK;
    if (!ch_sim_agenda_add(is_periodic ? &sim->periodic : &sim->alarms, &alarm))
        return chandra_error_set(err, CHANDRA_ENOMEM, "out of memory");
    item->alarms++;
    item->due = due;
    return CHANDRA_OK;
}

static int64_t
back_off(struct ch_sim_item *item)
{
    int64_t wait = SHORTEST_WAIT_MS;

    for (unsigned i = 0; i < item->failures && wait < LONGEST_WAIT_MS; i++)
        wait *= 2;
    item->failures++;
    return wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
}

enum chandra_status
ch_sim_queue_finish(struct ch_sim_queue *queue, struct ch_sim_item *item, enum ch_sim_result result,
                    struct chandra_error *err)
{
    const int64_t now = queue->sim->now_ms;
    enum chandra_status st = CHANDRA_OK;

    if (result == CH_SIM_RETRY || result == CH_SIM_NOT_YET) {
        st = wait_until(item, now + back_off(item), result == CH_SIM_NOT_YET, err);
    } else {
        item->failures = 0;
        if (result == CH_SIM_CHECK_AGAIN)
            st = wait_until(item, now + CHECK_AGAIN_MS, true, err);
        else
            item->due = -1;
    }
    if (st != CHANDRA_OK)
        make_ready(queue, item);
    release(item);
    return st;
}

void
ch_sim_queue_put_back(struct ch_sim_queue *queue, struct ch_sim_item *item)
{
    make_ready(queue, item);
}

void
ch_sim_queue_forget(struct ch_sim_queue *queue, const char *key)
{
    struct ch_sim_item *item = ch_map_get(&queue->items, key);

    if (!item)
        return;
    item->failures = 0;
    release(item);
}

void
ch_sim_item_ring(struct ch_sim_item *item, int64_t due)
{
    item->alarms--;
    if (item->due == due) {
        item->due = -1;
        make_ready(item->queue, item);
    }
    release(item);
}

bool
ch_sim_item_waits(const struct ch_sim_item *item, int64_t due)
{
    return item->due == due;
}

void
ch_sim_queue_clear(struct ch_sim_queue *queue)
{
    const char *key;
    void *cursor = NULL;
    void *item;

    while (ch_map_next(&queue->items, &cursor, &key, &item))
        ch_free(item);
    ch_map_clear(&queue->items);
    queue->first = queue->last = NULL;
}
