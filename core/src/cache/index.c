/* index.c - from keys to all that carry them. */
#include "cache/index.h"

#include "base/alloc.h"
#include "base/text.h"

static uint32_t
hash_key(const struct ch_index_key *key)
{
    return ch_hash_text(ch_hash_text(ch_hash_text(0, key->scope), key->key), key->value);
}

static bool
has_key(const struct ch_index *index, const struct ch_posting *posting,
        const struct ch_index_key *key)
{
    const struct ch_index_key own = index->key_of(posting->first);

    return ch_streq(own.value, key->value) && ch_streq(own.key, key->key) &&
           ch_streq(own.scope, key->scope);
}

static struct ch_posting *
find(const struct ch_index *index, const struct ch_index_key *key, uint32_t hash)
{
    struct ch_table_item *item = ch_table_find(&index->postings, hash);

    while (item && !has_key(index, (struct ch_posting *)item, key))
        item = ch_table_again(item);
    return (struct ch_posting *)item;
}

/* A posting whose only link is `link`. */
static bool
add_posting(struct ch_index *index, struct ch_link *link, const struct ch_index_key *key,
            uint32_t hash)
{
    const struct ch_index_key group = {NULL, key->key, key->value};
    struct ch_posting *posting = ch_calloc(1, sizeof(*posting));

    if (!posting)
        return false;
    posting->first = link;
    posting->group.owner = posting;
    if (index->groups && !ch_index_add(index->groups, &posting->group, &group)) {
        ch_free(posting);
        return false;
    }
    link->posting = posting;
    ch_table_add(&index->postings, &posting->item, hash);
    return true;
}

bool
ch_index_add(struct ch_index *index, struct ch_link *link, const struct ch_index_key *key)
{
    const uint32_t hash = hash_key(key);
    struct ch_posting *posting = find(index, key, hash);

    link->next = NULL;
    link->prev = NULL;
    if (!posting)
        return add_posting(index, link, key, hash);
    link->posting = posting;
    link->next = posting->first;
    posting->first->prev = link;
    posting->first = link;
    return true;
}

void
ch_index_remove(struct ch_index *index, struct ch_link *link)
{
    struct ch_posting *posting = link->posting;

    if (!posting)
        return;
    link->posting = NULL;
    if (link->next)
        link->next->prev = link->prev;
    if (link->prev)
        link->prev->next = link->next;
    else
        posting->first = link->next;
    if (posting->first)
        return;
    if (index->groups)
        ch_index_remove(index->groups, &posting->group);
    ch_table_remove(&index->postings, &posting->item);
    ch_free(posting);
}

struct ch_link *
ch_index_first(const struct ch_index *index, const struct ch_index_key *key)
{
    const struct ch_posting *posting = find(index, key, hash_key(key));

    return posting ? posting->first : NULL;
}

void
ch_index_clear(struct ch_index *index)
{
    ch_table_clear(&index->postings);
}
