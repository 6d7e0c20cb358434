/* loads.c - adds up requests node by node. */
#include "scheduler/loads.h"

#include <chandra/doc.h>
#include <chandra/sys/base.h>
#include <string.h>

static void
free_load(void *value)
{
    struct node_load *load = value;

    for (size_t i = 0; i < load->use_count; i++)
        chandra_free(load->uses[i].resource);
    chandra_free(load->uses);
    chandra_free(load->node);
    chandra_free(load);
}

const struct node_load *
loads_of(const struct loads *loads, const char *node)
{
    return map_get(&loads->by_node, node);
}

static struct node_load *
find_or_add(struct loads *loads, const char *node)
{
    struct node_load *load = map_get(&loads->by_node, node);

    if (load)
        return load;
    load = chandra_realloc(NULL, sizeof(*load));
    if (!load)
        return NULL;
    *load = (struct node_load){.node = chandra_strdup(node)};
    if (load->node && map_set(&loads->by_node, node, load)) {
        loads->version++;
        return load;
    }
    free_load(load);
    return NULL;
}

static struct use *
find_use(const struct node_load *load, const char *resource)
{
    for (size_t i = 0; i < load->use_count; i++)
        if (strcmp(load->uses[i].resource, resource) == 0)
            return &load->uses[i];
    return NULL;
}

static bool
make_use(struct node_load *load, const char *resource)
{
    char *name;

    if (find_use(load, resource))
        return true;
    if (load->use_count == load->use_capacity) {
        const size_t capacity = load->use_capacity * 2 + 2;
        struct use *uses = chandra_realloc(load->uses, capacity * sizeof(*uses));
        if (!uses)
            return false;
        load->uses = uses;
        load->use_capacity = capacity;
    }
    name = chandra_strdup(resource);
    if (!name)
        return false;
    load->uses[load->use_count++] = (struct use){.resource = name};
    return true;
}

static int64_t
sum_of(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

static void
change(const struct share *share, int sign)
{
    struct node_load *load = share->load;
    const char *resource;
    int64_t amount;

    load->pods += (uint32_t)sign;
    if (share->is_promised)
        load->promised_pods += (uint32_t)sign;
    for (size_t i = 0; chandra_pod_request_at(share->pod, i, &resource, &amount); i++) {
        struct use *use = find_use(load, resource);
        int64_t *sum = share->is_promised ? &use->promised : &use->used;
        *sum = sum_of(*sum, sign * amount);
    }
}

static void
forget_if_idle(struct loads *loads, struct node_load *load)
{
    if (load->pods > 0)
        return;
    map_remove(&loads->by_node, load->node);
    free_load(load);
    loads->version++;
}

bool
loads_add(struct loads *loads, struct share *share, const char *node, const struct chandra_pod *pod,
          bool is_promised)
{
    struct node_load *load = find_or_add(loads, node);
    const char *resource;
    int64_t amount;
    bool is_ok = load != NULL;

    for (size_t i = 0; is_ok && chandra_pod_request_at(pod, i, &resource, &amount); i++)
        is_ok = make_use(load, resource);
    if (!is_ok) {
        if (load)
            forget_if_idle(loads, load);
        return false;
    }
    chandra_object_ref(chandra_pod_object(pod));
    *share = (struct share){.load = load, .pod = pod, .is_promised = is_promised};
    change(share, 1);
    return true;
}

void
loads_remove(struct loads *loads, struct share *share)
{
    if (!share->load)
        return;
    change(share, -1);
    forget_if_idle(loads, share->load);
    chandra_object_unref(chandra_pod_object(share->pod));
    *share = (struct share){0};
}

void
loads_clear(struct loads *loads)
{
    map_clear(&loads->by_node, free_load);
}

int64_t
load_taken(const struct node_load *load, const char *resource, bool with_promised)
{
    const struct use *use = load ? find_use(load, resource) : NULL;

    if (!use)
        return 0;
    return with_promised ? sum_of(use->used, use->promised) : use->used;
}
