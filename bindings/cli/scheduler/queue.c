/* queue.c - two binary heaps and a list. */
#include "scheduler/queue.h"

#include <chandra/sys/base.h>

typedef bool (*before_fn)(const struct queued_pod *a, const struct queued_pod *b);

static bool
is_more_urgent(const struct queued_pod *a, const struct queued_pod *b)
{
    const int64_t left = chandra_pod_priority(a->pod);
    const int64_t right = chandra_pod_priority(b->pod);

    return left != right ? left > right : a->order < b->order;
}

static bool
is_due_before(const struct queued_pod *a, const struct queued_pod *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void
put(struct queue_heap *heap, size_t index, struct queued_pod *pod)
{
    heap->items[index] = pod;
    pod->index = index;
}

static void
sift_up(struct queue_heap *heap, size_t index, before_fn before)
{
    struct queued_pod *pod = heap->items[index];

    while (index > 0 && before(pod, heap->items[(index - 1) / 2])) {
        put(heap, index, heap->items[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put(heap, index, pod);
}

static void
sift_down(struct queue_heap *heap, size_t index, before_fn before)
{
    struct queued_pod *pod = heap->items[index];
    size_t child;

    while ((child = 2 * index + 1) < heap->count) {
        if (child + 1 < heap->count && before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!before(heap->items[child], pod))
            break;
        put(heap, index, heap->items[child]);
        index = child;
    }
    put(heap, index, pod);
}

static void
heap_push(struct queue_heap *heap, struct queued_pod *pod, before_fn before)
{
    put(heap, heap->count++, pod);
    sift_up(heap, pod->index, before);
}

static void
heap_remove(struct queue_heap *heap, struct queued_pod *pod, before_fn before)
{
    struct queued_pod *last = heap->items[--heap->count];

    if (last == pod)
        return;
    put(heap, pod->index, last);
    sift_up(heap, last->index, before);
    sift_down(heap, last->index, before);
}

static bool
heap_reserve(struct queue_heap *heap, size_t count)
{
    const size_t capacity = count * 2 + 16;
    struct queued_pod **items;

    if (count <= heap->capacity)
        return true;
    items = chandra_realloc(heap->items, capacity * sizeof(struct queued_pod *));
    if (!items)
        return false;
    heap->items = items;
    heap->capacity = capacity;
    return true;
}

bool
queue_reserve(struct queue *queue, size_t count)
{
    return heap_reserve(&queue->active, count) && heap_reserve(&queue->backing_off, count);
}

void
queue_clear(struct queue *queue)
{
    chandra_free(queue->active.items);
    chandra_free(queue->backing_off.items);
    *queue = (struct queue){0};
}

static void
unlink_parked(struct queue *queue, struct queued_pod *pod)
{
    *(pod->previous ? &pod->previous->next : &queue->parked) = pod->next;
    *(pod->next ? &pod->next->previous : &queue->last_parked) = pod->previous;
    pod->previous = NULL;
    pod->next = NULL;
}

void
queue_remove(struct queue *queue, struct queued_pod *pod)
{
    switch (pod->place) {
    case POD_ACTIVE:
        heap_remove(&queue->active, pod, is_more_urgent);
        break;
    case POD_BACKING_OFF:
        heap_remove(&queue->backing_off, pod, is_due_before);
        break;
    case POD_PARKED:
        unlink_parked(queue, pod);
        break;
    case POD_NOWHERE:
        break;
    }
    pod->place = POD_NOWHERE;
}

void
queue_activate(struct queue *queue, struct queued_pod *pod)
{
    queue_remove(queue, pod);
    pod->order = queue->order++;
    pod->place = POD_ACTIVE;
    heap_push(&queue->active, pod, is_more_urgent);
}

void
queue_back_off(struct queue *queue, struct queued_pod *pod, int64_t due_ms)
{
    queue_remove(queue, pod);
    pod->order = queue->order++;
    pod->due_ms = due_ms;
    pod->place = POD_BACKING_OFF;
    heap_push(&queue->backing_off, pod, is_due_before);
}

void
queue_park(struct queue *queue, struct queued_pod *pod, int64_t now_ms)
{
    queue_remove(queue, pod);
    pod->parked_ms = now_ms;
    pod->place = POD_PARKED;
    pod->previous = queue->last_parked;
    *(queue->last_parked ? &queue->last_parked->next : &queue->parked) = pod;
    queue->last_parked = pod;
}

struct queued_pod *
queue_pop(struct queue *queue)
{
    struct queued_pod *pod = queue->active.count ? queue->active.items[0] : NULL;

    if (pod)
        queue_remove(queue, pod);
    return pod;
}

struct queued_pod *
queue_next_due(const struct queue *queue)
{
    return queue->backing_off.count ? queue->backing_off.items[0] : NULL;
}
