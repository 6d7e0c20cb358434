/* nodes.c - changes of the node table. Each first gets everything it will touch for itself, which
 * may fail and changes nothing that can be seen, and then cannot fail any more. */
#include "cache/nodes.h"

#include "base/alloc.h"
#include "model/object.h"

#include <string.h>

#define NONE CHANDRA_NODESET_END

/* Lists of indices. */

static void
push(struct ch_node_table *table, struct ch_index_list *list, uint32_t index)
{
    table->indices[index].next = NONE;
    if (list->first == NONE)
        list->first = index;
    else
        table->indices[list->last].next = index;
    list->last = index;
}

static void
pop(const struct ch_node_table *table, struct ch_index_list *list)
{
    list->first = table->indices[list->first].next;
}

/* Owning what will change. */

/* Let the present picture be the table's alone and have `shelf_count` shelves. */
static bool
own_picture(struct ch_node_table *table, uint32_t shelf_count)
{
    struct ch_nodes *copy;

    if (atomic_load(&table->present->refs) == 1 && table->present->shelf_count == shelf_count)
        return true;
    copy = ch_nodes_copy(table->present, shelf_count);
    if (!copy)
        return false;
    ch_nodes_unref(table->present);
    table->present = copy;
    return true;
}

/* Let the shelf of an index be the picture's alone, which is the table's. */
static bool
own_shelf(struct ch_nodes *nodes, uint32_t index)
{
    struct ch_node_shelf **shelf = &nodes->shelves[index / CH_PAGE_SLOTS / CH_SHELF_PAGES];
    struct ch_node_shelf *copy;

    if (atomic_load(&(*shelf)->refs) == 1)
        return true;
    copy = ch_shelf_copy(*shelf);
    if (!copy)
        return false;
    ch_shelf_unref(*shelf);
    *shelf = copy;
    return true;
}

/* Likewise the page. */
static bool
own_page(struct ch_nodes *nodes, uint32_t index)
{
    struct ch_node_page **page;
    struct ch_node_page *copy;

    if (!own_shelf(nodes, index))
        return false;
    page = ch_nodes_page(nodes, index);
    if (atomic_load(&(*page)->refs) == 1)
        return true;
    copy = ch_page_copy(*page);
    if (!copy)
        return false;
    ch_page_unref(*page);
    *page = copy;
    return true;
}

/* The present picture and its page of an index. */
static bool
own_present_page(struct ch_node_table *table, uint32_t index)
{
    return own_picture(table, table->present->shelf_count) && own_page(table->present, index);
}

/* Likewise the members, with at least `capacity`; ranks are lost. */
static bool
own_members(struct ch_node_table *table, uint32_t capacity)
{
    struct ch_nodes *nodes = table->present;
    struct ch_members *old = nodes->members;
    struct ch_members *copy;

    if (capacity < old->all->capacity)
        capacity = old->all->capacity;
    if (atomic_load(&old->refs) == 1 &&
        chandra_nodeset_bytes(capacity) == chandra_nodeset_bytes(old->all->capacity)) {
        old->all->capacity = capacity;
        old->version++;
        ch_free(atomic_exchange(&old->ranks, NULL));
        return true;
    }
    copy = ch_members_new(capacity);
    if (!copy)
        return false;
    chandra_nodeset_assign(copy->all, old->all);
    copy->version = old->version + 1;
    nodes->members = copy;
    ch_members_unref(old);
    return true;
}

/* Hash chains. */

static void
chain_in(struct ch_nodes *nodes, uint32_t index)
{
    struct ch_node_slot *slot = ch_nodes_slot(nodes, index);
    struct ch_node_slot *chain =
        ch_nodes_slot(nodes, ch_nodes_chain(nodes, slot->node->object.name));

    slot->next = chain->head;
    chain->head = index;
}

/* The index before `index` in its chain, or NONE for the first. */
static uint32_t
before_in_chain(const struct ch_nodes *nodes, uint32_t chain, uint32_t index)
{
    uint32_t before = NONE;
    uint32_t at = ch_nodes_slot(nodes, chain)->head;

    while (at != index) {
        before = at;
        at = ch_nodes_slot(nodes, at)->next;
    }
    return before;
}

static void
rechain(struct ch_nodes *nodes, uint32_t chain_count)
{
    nodes->chain_count = chain_count;
    for (uint32_t i = 0; i < chain_count; i++)
        ch_nodes_slot(nodes, i)->head = NONE;
    for (uint32_t i = 0; i < nodes->members->all->capacity; i++)
        if (ch_nodes_slot(nodes, i)->node)
            chain_in(nodes, i);
}

static bool
add_page(struct ch_node_table *table)
{
    const uint32_t count = table->present->page_count;
    const uint32_t first = count * CH_PAGE_SLOTS;
    struct ch_node_page *page;

    if (!own_picture(table, count / CH_SHELF_PAGES + 1) || !own_shelf(table->present, first))
        return false;
    page = ch_page_new();
    if (!page)
        return false;
    *ch_nodes_page(table->present, first) = page;
    table->present->page_count = count + 1;
    return true;
}

/* Let there be as many chains as the slots of half of the pages, or more. */
static bool
add_chains(struct ch_node_table *table)
{
    uint32_t pages = 1;

    while (pages * 2 <= table->present->page_count)
        pages *= 2;
    if (table->present->chain_count == pages * CH_PAGE_SLOTS)
        return true;
    for (uint32_t i = 0; i < table->present->page_count; i++)
        if (!own_present_page(table, i * CH_PAGE_SLOTS))
            return false;
    rechain(table->present, pages * CH_PAGE_SLOTS);
    return true;
}

/* The table. */

bool
ch_node_table_init(struct ch_node_table *table)
{
    *table = (struct ch_node_table){.free = {NONE, NONE}, .doomed = {NONE, NONE}};
    table->present = ch_nodes_new();
    return table->present != NULL;
}

void
ch_node_table_clear(struct ch_node_table *table)
{
    ch_nodes_unref(table->present);
    ch_free(table->indices);
    *table = (struct ch_node_table){0};
}

/* The index for a new node: one that no living picture knows a node at, or the next. */
static uint32_t
unused_index(const struct ch_node_table *table)
{
    const uint32_t first = table->free.first;

    if (first != NONE && table->indices[first].generation <= ch_nodes_oldest(table->present))
        return first;
    return ch_nodes_capacity(table->present);
}

bool
ch_node_table_add(struct ch_node_table *table, const struct chandra_node *node, uint32_t *out_index)
{
    uint32_t index;
    struct ch_node_slot *slot;

    if (!ch_node_table_settle(table))
        return false;
    index = unused_index(table);
    if (index == NONE - 1 || !ch_grow(&table->indices, &table->index_capacity, (size_t)index + 1,
                                      sizeof(*table->indices)))
        return false;
    if (index / CH_PAGE_SLOTS == table->present->page_count && !add_page(table))
        return false;
    if (!add_chains(table) || !own_present_page(table, index) ||
        !own_page(table->present, ch_nodes_chain(table->present, node->object.name)) ||
        !own_members(table, index + 1))
        return false;
    if (index == table->free.first)
        pop(table, &table->free);
    slot = ch_nodes_slot(table->present, index);
    slot->node = chandra_object_node(chandra_object_ref(&node->object));
    chain_in(table->present, index);
    chandra_nodeset_add(table->present->members->all, index);
    *out_index = index;
    return true;
}

bool
ch_node_table_change(struct ch_node_table *table, uint32_t index, const struct chandra_node *node)
{
    struct ch_node_slot *slot;
    const struct chandra_node *old;

    (void)ch_node_table_settle(table); /* if not now, then later */
    if (!own_present_page(table, index))
        return false;
    slot = ch_nodes_slot(table->present, index);
    old = slot->node;
    slot->node = chandra_object_node(chandra_object_ref(&node->object));
    chandra_object_unref(chandra_node_object(old));
    return true;
}

static bool
try_remove(struct ch_node_table *table, uint32_t index)
{
    const char *name = ch_nodes_slot(table->present, index)->node->object.name;
    const uint32_t chain = ch_nodes_chain(table->present, name);
    const uint32_t before = before_in_chain(table->present, chain, index);
    struct ch_node_slot *slot;

    if (!own_present_page(table, index) ||
        !own_page(table->present, before == NONE ? chain : before) || !own_members(table, 0))
        return false;
    slot = ch_nodes_slot(table->present, index);
    if (before == NONE)
        ch_nodes_slot(table->present, chain)->head = slot->next;
    else
        ch_nodes_slot(table->present, before)->next = slot->next;
    slot->next = NONE;
    chandra_object_unref(chandra_node_object(slot->node));
    slot->node = NULL;
    chandra_nodeset_remove(table->present->members->all, index);
    table->indices[index].generation = table->present->generation;
    push(table, &table->free, index);
    return true;
}

bool
ch_node_table_settle(struct ch_node_table *table)
{
    uint32_t index;

    while ((index = table->doomed.first) != NONE) {
        const uint32_t next = table->indices[index].next;

        if (!try_remove(table, index))
            return false;
        table->doomed.first = next;
    }
    return true;
}

void
ch_node_table_remove(struct ch_node_table *table, uint32_t index)
{
    if (!ch_node_table_settle(table) || !try_remove(table, index))
        push(table, &table->doomed, index);
}
