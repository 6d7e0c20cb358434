/* picture.c - one state of the node table as readers see it: nodes by index, indices by name,
 * ranks. */
#include "base/alloc.h"
#include "cache/nodes.h"
#include "cache/table.h"
#include "model/object.h"

#include <stdlib.h>
#include <string.h>

/* Pages. */

struct ch_node_page *
ch_page_new(void)
{
    struct ch_node_page *page = ch_calloc(1, sizeof(*page));

    if (!page)
        return NULL;
    atomic_init(&page->refs, 1);
    for (size_t i = 0; i < CH_PAGE_SLOTS; i++)
        page->slots[i].next = page->slots[i].head = CHANDRA_NODESET_END;
    return page;
}

struct ch_node_page *
ch_page_copy(const struct ch_node_page *page)
{
    struct ch_node_page *copy = ch_alloc(sizeof(*copy));

    if (!copy)
        return NULL;
    atomic_init(&copy->refs, 1);
    memcpy(copy->slots, page->slots, sizeof(copy->slots));
    for (size_t i = 0; i < CH_PAGE_SLOTS; i++)
        if (copy->slots[i].node)
            chandra_object_ref(&copy->slots[i].node->object);
    return copy;
}

void
ch_page_unref(struct ch_node_page *page)
{
    if (!page || atomic_fetch_sub(&page->refs, 1) > 1)
        return;
    for (size_t i = 0; i < CH_PAGE_SLOTS; i++)
        if (page->slots[i].node)
            chandra_object_unref(chandra_node_object(page->slots[i].node));
    ch_free(page);
}

/* Shelves. */

struct ch_node_shelf *
ch_shelf_copy(const struct ch_node_shelf *shelf)
{
    struct ch_node_shelf *copy = ch_alloc(sizeof(*copy));

    if (!copy)
        return NULL;
    atomic_init(&copy->refs, 1);
    for (size_t i = 0; i < CH_SHELF_PAGES; i++) {
        copy->pages[i] = shelf->pages[i];
        if (copy->pages[i])
            atomic_fetch_add(&copy->pages[i]->refs, 1);
    }
    return copy;
}

static struct ch_node_shelf *
shelf_new(void)
{
    struct ch_node_shelf *shelf = ch_calloc(1, sizeof(*shelf));

    if (shelf)
        atomic_init(&shelf->refs, 1);
    return shelf;
}

void
ch_shelf_unref(struct ch_node_shelf *shelf)
{
    if (!shelf || atomic_fetch_sub(&shelf->refs, 1) > 1)
        return;
    for (size_t i = 0; i < CH_SHELF_PAGES; i++)
        ch_page_unref(shelf->pages[i]);
    ch_free(shelf);
}

/* Members. */

struct ch_members *
ch_members_new(uint32_t capacity)
{
    struct ch_members *members = ch_alloc(sizeof(*members));

    if (!members)
        return NULL;
    atomic_init(&members->refs, 1);
    atomic_init(&members->ranks, NULL);
    members->version = 0;
    members->all = ch_nodeset_new(capacity);
    if (members->all)
        return members;
    ch_free(members);
    return NULL;
}

void
ch_members_unref(struct ch_members *members)
{
    if (!members || atomic_fetch_sub(&members->refs, 1) > 1)
        return;
    ch_free(atomic_load(&members->ranks));
    ch_free(members->all);
    ch_free(members);
}

/* The roster. */

static struct ch_roster *
roster_new(void)
{
    struct ch_roster *roster = ch_calloc(1, sizeof(*roster));

    if (!roster)
        return NULL;
    if (pthread_mutex_init(&roster->lock, NULL) != 0)
        goto fail;
    if (pthread_mutex_init(&roster->rank_lock, NULL) != 0) {
        pthread_mutex_destroy(&roster->lock);
        goto fail;
    }
    atomic_init(&roster->refs, 0);
    return roster;
fail:
    ch_free(roster);
    return NULL;
}

static void
roster_unref(struct ch_roster *roster)
{
    if (atomic_fetch_sub(&roster->refs, 1) > 1)
        return;
    pthread_mutex_destroy(&roster->rank_lock);
    pthread_mutex_destroy(&roster->lock);
    ch_free(roster);
}

static void
enlist(struct ch_roster *roster, struct ch_nodes *nodes)
{
    atomic_fetch_add(&roster->refs, 1);
    nodes->roster = roster;
    pthread_mutex_lock(&roster->lock);
    nodes->older = roster->newest;
    if (roster->newest)
        roster->newest->newer = nodes;
    else
        roster->oldest = nodes;
    roster->newest = nodes;
    pthread_mutex_unlock(&roster->lock);
}

static void
strike_off(struct ch_roster *roster, struct ch_nodes *nodes)
{
    pthread_mutex_lock(&roster->lock);
    if (nodes->older)
        nodes->older->newer = nodes->newer;
    else
        roster->oldest = nodes->newer;
    if (nodes->newer)
        nodes->newer->older = nodes->older;
    else
        roster->newest = nodes->older;
    pthread_mutex_unlock(&roster->lock);
}

uint64_t
ch_nodes_oldest(const struct ch_nodes *nodes)
{
    uint64_t generation;

    pthread_mutex_lock(&nodes->roster->lock);
    generation = nodes->roster->oldest->generation;
    pthread_mutex_unlock(&nodes->roster->lock);
    return generation;
}

/* Pictures. */

struct ch_nodes *
ch_nodes_new(void)
{
    struct ch_roster *roster = roster_new();
    struct ch_nodes *nodes = ch_calloc(1, sizeof(*nodes));
    struct ch_members *members = ch_members_new(0);

    if (roster && nodes && members) {
        atomic_init(&nodes->refs, 1);
        nodes->members = members;
        enlist(roster, nodes);
        return nodes;
    }
    ch_members_unref(members);
    ch_free(nodes);
    if (roster) {
        atomic_store(&roster->refs, 1);
        roster_unref(roster);
    }
    return NULL;
}

/* Room for a picture, with `from` shelves to be filled in and new ones behind them. */
static struct ch_nodes *
picture_new(uint32_t from, uint32_t shelf_count)
{
    struct ch_nodes *nodes =
        ch_calloc(1, sizeof(*nodes) + shelf_count * sizeof(struct ch_node_shelf *));
    uint32_t made = from;

    while (nodes && made < shelf_count && (nodes->shelves[made] = shelf_new()) != NULL)
        made++;
    if (!nodes || made == shelf_count)
        return nodes;
    while (made > from)
        ch_shelf_unref(nodes->shelves[--made]);
    ch_free(nodes);
    return NULL;
}

struct ch_nodes *
ch_nodes_copy(const struct ch_nodes *old, uint32_t shelf_count)
{
    struct ch_nodes *copy = picture_new(old->shelf_count, shelf_count);

    if (!copy)
        return NULL;
    for (uint32_t i = 0; i < old->shelf_count; i++) {
        copy->shelves[i] = old->shelves[i];
        atomic_fetch_add(&copy->shelves[i]->refs, 1);
    }
    atomic_init(&copy->refs, 1);
    copy->generation = old->generation + 1;
    copy->shelf_count = shelf_count;
    copy->page_count = old->page_count;
    copy->chain_count = old->chain_count;
    copy->members = old->members;
    atomic_fetch_add(&copy->members->refs, 1);
    enlist(old->roster, copy);
    return copy;
}

struct ch_nodes *
ch_nodes_ref(struct ch_nodes *nodes)
{
    atomic_fetch_add(&nodes->refs, 1);
    return nodes;
}

void
ch_nodes_unref(struct ch_nodes *nodes)
{
    struct ch_roster *roster;

    if (!nodes || atomic_fetch_sub(&nodes->refs, 1) > 1)
        return;
    roster = nodes->roster;
    strike_off(roster, nodes);
    for (uint32_t i = 0; i < nodes->shelf_count; i++)
        ch_shelf_unref(nodes->shelves[i]);
    ch_members_unref(nodes->members);
    ch_free(nodes);
    roster_unref(roster);
}

/* Questions. */

uint32_t
ch_nodes_capacity(const struct ch_nodes *nodes)
{
    return nodes->members->all->capacity;
}

const struct chandra_nodeset *
ch_nodes_all(const struct ch_nodes *nodes)
{
    return nodes->members->all;
}

uint64_t
ch_nodes_version(const struct ch_nodes *nodes)
{
    return nodes->members->version;
}

const struct chandra_node *
ch_nodes_at(const struct ch_nodes *nodes, uint32_t index)
{
    return index < ch_nodes_capacity(nodes) ? ch_nodes_slot(nodes, index)->node : NULL;
}

uint32_t
ch_nodes_chain(const struct ch_nodes *nodes, const char *name)
{
    return ch_hash_text(0, name) % nodes->chain_count;
}

uint32_t
ch_nodes_index(const struct ch_nodes *nodes, const char *name)
{
    uint32_t index = CHANDRA_NODESET_END;

    if (nodes->chain_count > 0)
        index = ch_nodes_slot(nodes, ch_nodes_chain(nodes, name))->head;
    while (index != CHANDRA_NODESET_END) {
        const struct ch_node_slot *slot = ch_nodes_slot(nodes, index);

        if (strcmp(slot->node->object.name, name) == 0)
            break;
        index = slot->next;
    }
    return index;
}

/* Ranks. */

struct named_index {
    const char *name;
    uint32_t index;
};

static int
compare_names(const void *a, const void *b)
{
    return strcmp(((const struct named_index *)a)->name, ((const struct named_index *)b)->name);
}

/* The rank of every index, or NULL when out of memory. */
static uint32_t *
rank_all(const struct ch_nodes *nodes)
{
    const struct chandra_nodeset *all = ch_nodes_all(nodes);
    struct named_index *sorted = ch_calloc(chandra_nodeset_count(all), sizeof(*sorted));
    uint32_t *ranks = ch_alloc(all->capacity * sizeof(*ranks));
    uint32_t count = 0;

    if (sorted && ranks) {
        memset(ranks, 0xff, all->capacity * sizeof(*ranks));
        for (uint32_t i = chandra_nodeset_next(all, 0); i != CHANDRA_NODESET_END;
             i = chandra_nodeset_next(all, i + 1))
            sorted[count++] = (struct named_index){ch_nodes_slot(nodes, i)->node->object.name, i};
        qsort(sorted, count, sizeof(*sorted), compare_names);
        for (uint32_t i = 0; i < count; i++)
            ranks[sorted[i].index] = i;
    } else {
        ch_free(ranks);
        ranks = NULL;
    }
    ch_free(sorted);
    return ranks;
}

static const uint32_t *
ranks_of(const struct ch_nodes *nodes)
{
    _Atomic(uint32_t *) *place = &nodes->members->ranks;
    uint32_t *ranks = atomic_load(place);

    if (ranks)
        return ranks;
    pthread_mutex_lock(&nodes->roster->rank_lock);
    ranks = atomic_load(place);
    if (!ranks) {
        ranks = rank_all(nodes);
        atomic_store(place, ranks);
    }
    pthread_mutex_unlock(&nodes->roster->rank_lock);
    return ranks;
}

/* The rank of one node without any memory. */
static uint32_t
count_before(const struct ch_nodes *nodes, const char *name)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ch_nodes_capacity(nodes); i++) {
        const struct chandra_node *node = ch_nodes_slot(nodes, i)->node;

        count += node && strcmp(node->object.name, name) < 0;
    }
    return count;
}

uint32_t
ch_nodes_rank(const struct ch_nodes *nodes, uint32_t index)
{
    const struct chandra_node *node = ch_nodes_at(nodes, index);
    const uint32_t *ranks = node ? ranks_of(nodes) : NULL;

    if (!node)
        return CHANDRA_NODESET_END;
    return ranks ? ranks[index] : count_before(nodes, node->object.name);
}
