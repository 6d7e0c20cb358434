/* timer.c - what is to be called when: a heap of timers. */
#include "kube/timer.h"

#include "base/alloc.h"

static bool
is_before(const struct ch_timer *a, const struct ch_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void
swap(struct ch_timer *a, struct ch_timer *b)
{
    const struct ch_timer timer = *a;

    *a = *b;
    *b = timer;
}

static void
sift_up(struct ch_timer *items, size_t i)
{
    for (; i > 0 && is_before(&items[i], &items[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&items[i], &items[(i - 1) / 2]);
}

static void
sift_down(struct ch_timer *items, size_t count, size_t i)
{
    for (size_t child = 2 * i + 1; child < count; child = 2 * i + 1) {
        if (child + 1 < count && is_before(&items[child + 1], &items[child]))
            child++;
        if (!is_before(&items[child], &items[i]))
            return;
        swap(&items[child], &items[i]);
        i = child;
    }
}

bool
ch_timers_add(struct ch_timers *timers, int64_t due_ms, chandra_timer_fn fn, void *user)
{
    if (!ch_grow(&timers->items, &timers->capacity, timers->count + 1, sizeof(*timers->items)))
        return false;
    timers->items[timers->count] = (struct ch_timer){due_ms, ++timers->order, fn, user};
    sift_up(timers->items, timers->count++);
    return true;
}

bool
ch_timers_take(struct ch_timers *timers, int64_t now_ms, struct ch_timer *out_timer)
{
    if (timers->count == 0 || timers->items[0].due_ms > now_ms)
        return false;
    *out_timer = timers->items[0];
    timers->items[0] = timers->items[--timers->count];
    sift_down(timers->items, timers->count, 0);
    return true;
}

int64_t
ch_timers_next_ms(const struct ch_timers *timers)
{
    return timers->count > 0 ? timers->items[0].due_ms : INT64_MAX;
}

void
ch_timers_forget(struct ch_timers *timers, const void *user)
{
    size_t kept = 0;

    for (size_t i = 0; i < timers->count; i++)
        if (timers->items[i].user != user)
            timers->items[kept++] = timers->items[i];
    if (kept == timers->count)
        return;
    timers->count = kept;
    for (size_t i = kept / 2; i-- > 0;)
        sift_down(timers->items, kept, i);
}

void
ch_timers_clear(struct ch_timers *timers)
{
    ch_free(timers->items);
    *timers = (struct ch_timers){0};
}
