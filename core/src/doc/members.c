/* members.c - the members of objects, found by a hash table once there are many. */
#include "base/hash.h"
#include "doc/value.h"

#include <string.h>

/* Up to this many keys are simply compared in order. */
enum { FEW = 16 };

/* Open addressing: a slot is 0 or the index of a member plus 1. */
struct ch_members {
    size_t mask; /* number of slots - 1, a power of two at least twice the members - 1 */
    uint32_t slots[];
};

static size_t
first_slot(const struct ch_members *members, const char *key)
{
    return (size_t)ch_hash(key, strlen(key)) & members->mask;
}

static void
enter(struct ch_members *members, const char *key, size_t index)
{
    size_t slot = first_slot(members, key);

    while (members->slots[slot])
        slot = (slot + 1) & members->mask;
    members->slots[slot] = (uint32_t)index + 1;
}

static void
enter_all(const struct chandra_value *object)
{
    struct ch_members *members = object->members;

    memset(members->slots, 0, (members->mask + 1) * sizeof(*members->slots));
    for (size_t i = 0; i < object->count; i++)
        enter(members, object->keys[i], i);
}

/* A table that stays at most half full after one more member. */
static bool
make_room(struct chandra_value *object)
{
    size_t slots = object->members ? object->members->mask + 1 : (size_t)2 * FEW;
    struct ch_members *members;

    if (object->count < FEW || (object->members && object->count < slots / 2))
        return true;
    if (object->count >= UINT32_MAX / 4)
        return false;
    while (slots < 4 * object->count)
        slots *= 2;
    members = ch_arena_alloc(&object->doc->arena, sizeof(*members) + slots * sizeof(uint32_t));
    if (!members)
        return false;
    members->mask = slots - 1;
    object->members = members;
    enter_all(object);
    return true;
}

size_t
ch_object_find(const struct chandra_value *object, const char *key)
{
    const struct ch_members *members = object->members;

    if (!members) {
        for (size_t i = 0; i < object->count; i++)
            if (strcmp(object->keys[i], key) == 0)
                return i;
        return SIZE_MAX;
    }
    for (size_t slot = first_slot(members, key); members->slots[slot];
         slot = (slot + 1) & members->mask)
        if (strcmp(object->keys[members->slots[slot] - 1], key) == 0)
            return members->slots[slot] - 1;
    return SIZE_MAX;
}

enum chandra_status
ch_object_add(struct chandra_value *object, const char *key, struct chandra_value *member)
{
    if (ch_object_find(object, key) != SIZE_MAX)
        return CHANDRA_EEXISTS;
    if (!ch_value_reserve(object, object->count + 1) || !make_room(object))
        return CHANDRA_ENOMEM;
    object->keys[object->count] = key;
    object->items[object->count] = member;
    if (object->members)
        enter(object->members, key, object->count);
    object->count++;
    return CHANDRA_OK;
}

bool
chandra_value_set(struct chandra_value *object, const char *key, struct chandra_value *member)
{
    const char *copy;
    size_t index;

    if (!object || object->type != CHANDRA_OBJECT || !key || !member)
        return false;
    index = ch_object_find(object, key);
    if (index != SIZE_MAX) {
        object->items[index] = member;
        return true;
    }
    copy = ch_arena_strdup(&object->doc->arena, key);
    return copy && ch_object_add(object, copy, member) == CHANDRA_OK;
}

bool
chandra_value_remove(struct chandra_value *object, const char *key)
{
    const bool is_object = object && object->type == CHANDRA_OBJECT && key;
    const size_t index = is_object ? ch_object_find(object, key) : SIZE_MAX;
    size_t after;

    if (index == SIZE_MAX)
        return false;
    object->count--;
    after = object->count - index;
    memmove(object->items + index, object->items + index + 1, after * sizeof(void *));
    memmove(object->keys + index, object->keys + index + 1, after * sizeof(void *));
    if (object->members)
        enter_all(object); /* the members behind have moved */
    return true;
}

const struct chandra_value *
chandra_value_get(const struct chandra_value *object, const char *key)
{
    size_t index = SIZE_MAX;

    if (object && object->type == CHANDRA_OBJECT && key)
        index = ch_object_find(object, key);
    return index == SIZE_MAX ? NULL : object->items[index];
}

struct chandra_value *
chandra_value_get_mutable(struct chandra_value *object, const char *key)
{
    size_t index = SIZE_MAX;

    if (object && object->type == CHANDRA_OBJECT && key)
        index = ch_object_find(object, key);
    return index == SIZE_MAX ? NULL : object->items[index];
}
