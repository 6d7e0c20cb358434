/* store.c - the objects of one kind, by name and by label. */
#include "cache/store.h"

#include "base/alloc.h"

#include <string.h>

static struct ch_index_key
label_of(const struct ch_link *link)
{
    const struct ch_entry *entry = link->owner;
    const struct ch_pair *label = &entry->object->labels[link - entry->links];

    return (struct ch_index_key){entry->object->name_space, label->key, label->value};
}

static struct ch_index_key
label_of_group(const struct ch_link *link)
{
    const struct ch_posting *posting = link->owner;
    struct ch_index_key key = label_of(posting->first);

    key.scope = NULL;
    return key;
}

void
ch_store_init(struct ch_store *store, bool is_labeled)
{
    *store = (struct ch_store){
        .labels = {.key_of = label_of, .groups = &store->groups},
        .groups = {.key_of = label_of_group},
        .is_labeled = is_labeled,
    };
}

void
ch_store_clear(struct ch_store *store)
{
    ch_table_clear(&store->entries);
    ch_index_clear(&store->labels);
    ch_index_clear(&store->groups);
}

struct ch_entry *
ch_entry_new(const struct ch_store *store, struct chandra_object *object)
{
    const uint32_t labels = store->is_labeled ? object->label_count : 0;
    const uint32_t count = labels + (object->kind == CHANDRA_KIND_CLAIM);
    struct ch_entry *entry = ch_calloc(1, sizeof(*entry) + count * sizeof(struct ch_link));

    if (!entry)
        return NULL;
    entry->object = chandra_object_ref(object);
    entry->link_count = count;
    for (uint32_t i = 0; i < count; i++)
        entry->links[i].owner = entry;
    return entry;
}

void
ch_entry_free(struct ch_entry *entry)
{
    chandra_object_unref(entry->object);
    ch_free(entry);
}

bool
ch_store_link(struct ch_store *store, struct ch_entry *entry)
{
    const uint32_t count = store->is_labeled ? entry->object->label_count : 0;
    bool ok = true;

    for (uint32_t i = 0; i < count && ok; i++) {
        const struct ch_index_key key = label_of(&entry->links[i]);

        ok = ch_index_add(&store->labels, &entry->links[i], &key);
    }
    return ok;
}

void
ch_store_unlink(struct ch_store *store, struct ch_entry *entry)
{
    const uint32_t count = store->is_labeled ? entry->object->label_count : 0;

    for (uint32_t i = 0; i < count; i++)
        ch_index_remove(&store->labels, &entry->links[i]);
}

static uint32_t
hash_name(const char *name_space, const char *name)
{
    return ch_hash_text(ch_hash_text(0, name_space), name);
}

void
ch_store_add(struct ch_store *store, struct ch_entry *entry)
{
    ch_table_add(&store->entries, &entry->item,
                 hash_name(entry->object->name_space, entry->object->name));
}

void
ch_store_remove(struct ch_store *store, struct ch_entry *entry)
{
    ch_table_remove(&store->entries, &entry->item);
}

struct ch_entry *
ch_store_find(const struct ch_store *store, const char *name_space, const char *name)
{
    const char *space = name_space ? name_space : "";
    struct ch_table_item *item = ch_table_find(&store->entries, hash_name(space, name));

    for (; item; item = ch_table_again(item)) {
        struct ch_entry *entry = (struct ch_entry *)item;

        if (strcmp(entry->object->name, name) == 0 && strcmp(entry->object->name_space, space) == 0)
            return entry;
    }
    return NULL;
}

struct ch_entry *
ch_store_next(const struct ch_store *store, const struct ch_entry *entry)
{
    return (struct ch_entry *)ch_table_next(&store->entries, entry ? &entry->item : NULL);
}

/* The first link of a posting of `group` or of those after it. */
static struct ch_link *
first_of_group(struct ch_store_cursor *at, struct ch_link *group)
{
    const struct ch_posting *posting = group ? group->owner : NULL;

    at->group = group;
    return posting ? posting->first : NULL;
}

struct ch_entry *
ch_store_labeled(const struct ch_store *store, const struct ch_label *label,
                 struct ch_store_cursor *at)
{
    const struct ch_index_key wanted = {label->name_space, label->key, label->value};

    if (at->link)
        at->link = at->link->next;
    else if (label->name_space)
        at->link = ch_index_first(&store->labels, &wanted);
    else
        at->link = first_of_group(at, ch_index_first(&store->groups, &wanted));
    if (!at->link && at->group)
        at->link = first_of_group(at, at->group->next);
    return at->link ? at->link->owner : NULL;
}
