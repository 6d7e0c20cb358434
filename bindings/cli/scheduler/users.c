/* users.c - lists of pods by the claims they name. */
#include "scheduler/users.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <stdio.h>

enum { KEY_SIZE = 520 };

struct pod_list {
    struct queued_pod **items;
    size_t count;
    size_t capacity;
};

static void
free_list(void *value)
{
    struct pod_list *list = value;

    chandra_free(list->items);
    chandra_free(list);
}

static struct pod_list *
find(const struct users *users, const char *name_space, const char *claim, char key[KEY_SIZE])
{
    snprintf(key, KEY_SIZE, "%s/%s", name_space, claim);
    return map_get(&users->by_claim, key);
}

static struct pod_list *
find_or_add(struct users *users, const char *name_space, const char *claim)
{
    char key[KEY_SIZE];
    struct pod_list *list = find(users, name_space, claim, key);

    if (list)
        return list;
    list = chandra_realloc(NULL, sizeof(*list));
    if (!list)
        return NULL;
    *list = (struct pod_list){0};
    if (map_set(&users->by_claim, key, list))
        return list;
    chandra_free(list);
    return NULL;
}

static bool
append(struct pod_list *list, struct queued_pod *pod)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity * 2 + 1;
        struct queued_pod **items =
            chandra_realloc(list->items, capacity * sizeof(struct queued_pod *));
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = pod;
    return true;
}

bool
users_add(struct users *users, struct queued_pod *pod)
{
    const char *name_space = chandra_object_namespace(chandra_pod_object(pod->pod));

    for (size_t i = 0; i < chandra_pod_claim_count(pod->pod); i++) {
        const char *claim = chandra_pod_claim_name(pod->pod, i);
        struct pod_list *list = claim ? find_or_add(users, name_space, claim) : NULL;
        if (claim && (!list || !append(list, pod)))
            return false;
    }
    return true;
}

void
users_remove(struct users *users, struct queued_pod *pod)
{
    const char *name_space = chandra_object_namespace(chandra_pod_object(pod->pod));
    char key[KEY_SIZE];

    for (size_t i = 0; i < chandra_pod_claim_count(pod->pod); i++) {
        const char *claim = chandra_pod_claim_name(pod->pod, i);
        struct pod_list *list = claim ? find(users, name_space, claim, key) : NULL;
        for (size_t u = list ? list->count : 0; u > 0; u--)
            if (list->items[u - 1] == pod)
                list->items[u - 1] = list->items[--list->count];
        if (list && list->count == 0)
            free_list(map_remove(&users->by_claim, key));
    }
}

struct queued_pod *const *
users_of(const struct users *users, const struct chandra_object *claim, size_t *out_count)
{
    char key[KEY_SIZE];
    const struct pod_list *list =
        find(users, chandra_object_namespace(claim), chandra_object_name(claim), key);

    *out_count = list ? list->count : 0;
    return list ? list->items : NULL;
}

void
users_clear(struct users *users)
{
    map_clear(&users->by_claim, free_list);
}
