/* cache_nodes_test.c - the node table: stable indices, pictures that never change, names, ranks. */
#include "base/alloc.h"
#include "base/random.h"
#include "cache/nodes.h"
#include "cache_objects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int
setup(void **state)
{
    return ch_cache_new((struct ch_cache **)state, NULL) == CHANDRA_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    ch_cache_free(*state);
    return 0;
}

static void
add(struct ch_cache *cache, int number, const char *labels)
{
    char name[16];

    snprintf(name, sizeof(name), "n%d", number);
    assert_true(put_object(cache, make_node(name, labels)));
}

static bool
drop(struct ch_cache *cache, int number)
{
    char name[16];

    snprintf(name, sizeof(name), "n%d", number);
    return remove_object(cache, CHANDRA_KIND_NODE, "", name);
}

static uint32_t
index_of(const struct ch_nodes *nodes, int number)
{
    char name[16];

    snprintf(name, sizeof(name), "n%d", number);
    return ch_nodes_index(nodes, name);
}

/* Whether a picture agrees with itself: the set, the nodes, their names, their ranks. */
static void
check(const struct ch_nodes *nodes)
{
    const struct chandra_nodeset *all = ch_nodes_all(nodes);
    const uint32_t count = chandra_nodeset_count(all);
    const char *by_rank[2048] = {NULL};

    assert_int_equal(chandra_nodeset_capacity(all), ch_nodes_capacity(nodes));
    for (uint32_t i = 0; i < ch_nodes_capacity(nodes); i++) {
        const struct chandra_node *node = ch_nodes_at(nodes, i);

        assert_int_equal(node != NULL, chandra_nodeset_has(all, i));
        if (!node)
            continue;
        assert_int_equal(ch_nodes_index(nodes, node->object.name), i);
        assert_true(ch_nodes_rank(nodes, i) < count);
        by_rank[ch_nodes_rank(nodes, i)] = node->object.name;
    }
    for (uint32_t rank = 0; rank < count; rank++) {
        assert_non_null(by_rank[rank]);
        assert_true(rank == 0 || strcmp(by_rank[rank - 1], by_rank[rank]) < 0);
    }
    assert_null(ch_nodes_at(nodes, ch_nodes_capacity(nodes)));
    assert_null(ch_nodes_at(nodes, CHANDRA_NODESET_END));
    assert_int_equal(ch_nodes_index(nodes, "nobody"), CHANDRA_NODESET_END);
}

static void
test_indices_are_stable(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *nodes;
    uint32_t index;

    for (int i = 0; i < 600; i++)
        add(cache, i, "");
    nodes = ch_cache_nodes(cache);
    check(nodes);
    assert_int_equal(ch_nodes_capacity(nodes), 600);
    index = index_of(nodes, 300);
    ch_nodes_unref(nodes);
    add(cache, 300, "'zone':'a'");
    assert_true(drop(cache, 299));
    nodes = ch_cache_nodes(cache);
    check(nodes);
    assert_int_equal(index_of(nodes, 300), index);
    assert_int_equal(index_of(nodes, 299), CHANDRA_NODESET_END);
    ch_nodes_unref(nodes);
}

static void
test_pictures_never_change(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *before;
    struct ch_nodes *after;
    uint32_t index;

    for (int i = 0; i < 10; i++)
        add(cache, i, "'zone':'a'");
    before = ch_cache_nodes(cache);
    index = index_of(before, 5);
    add(cache, 5, "'zone':'b'");
    assert_true(drop(cache, 6));
    add(cache, 10, "");
    after = ch_cache_nodes(cache);
    check(before);
    check(after);
    assert_string_equal(chandra_object_label(&ch_nodes_at(before, index)->object, "zone"), "a");
    assert_string_equal(chandra_object_label(&ch_nodes_at(after, index)->object, "zone"), "b");
    assert_int_not_equal(index_of(before, 6), CHANDRA_NODESET_END);
    assert_int_equal(index_of(after, 6), CHANDRA_NODESET_END);
    assert_int_equal(index_of(before, 10), CHANDRA_NODESET_END);
    assert_int_equal(ch_nodes_capacity(before), 10);
    /* Nobody who looks at the old picture may take the new node for the one that went. */
    assert_int_not_equal(index_of(after, 10), index_of(before, 6));
    ch_nodes_unref(after);
    assert_ptr_equal(ch_nodes_ref(before), before);
    ch_nodes_unref(before);
    ch_nodes_unref(before);
    ch_nodes_unref(NULL);
}

static uint64_t
present_version(struct ch_cache *cache)
{
    struct ch_nodes *nodes = ch_cache_nodes(cache);
    const uint64_t version = ch_nodes_version(nodes);

    ch_nodes_unref(nodes);
    return version;
}

/* Whether pictures are held decides whether the members are copied or changed in place. */
static void
check_version(struct ch_cache *cache, bool is_held)
{
    struct ch_nodes *held = is_held ? ch_cache_nodes(cache) : NULL;
    const uint64_t first = present_version(cache);
    uint64_t version;

    add(cache, 1, "'zone':'b'");
    assert_int_equal(present_version(cache), first); /* another version of a node */
    add(cache, 2, "");
    version = present_version(cache);
    assert_true(version > first);
    assert_true(drop(cache, 2));
    assert_true(present_version(cache) > version);
    if (held)
        assert_int_equal(ch_nodes_version(held), first);
    ch_nodes_unref(held);
}

static void
test_the_version_tells_of_nodes_that_come_and_go(void **state)
{
    add(*state, 1, "'zone':'a'");
    check_version(*state, false);
    check_version(*state, true);
}

static void
test_indices_are_reused_when_safe(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *held;
    struct ch_nodes *nodes;

    for (int i = 0; i < 4; i++)
        add(cache, i, "");
    held = ch_cache_nodes(cache);
    assert_true(drop(cache, 1));
    add(cache, 4, ""); /* the picture that is held knows a node at index 1 */
    ch_nodes_unref(held);
    add(cache, 5, "");
    nodes = ch_cache_nodes(cache);
    check(nodes);
    assert_int_equal(index_of(nodes, 4), 4);
    assert_int_equal(index_of(nodes, 5), 1);
    ch_nodes_unref(nodes);
    /* A cluster whose nodes come and go needs no more indices with time. */
    for (int i = 6; i < 3000; i++) {
        add(cache, i, "");
        assert_true(drop(cache, i));
    }
    nodes = ch_cache_nodes(cache);
    check(nodes);
    assert_true(ch_nodes_capacity(nodes) <= 7);
    ch_nodes_unref(nodes);
}

static void
test_a_change_copies_one_page(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *before;
    struct ch_nodes *after;
    unsigned copied = 0;

    for (int i = 0; i < 1000; i++)
        add(cache, i, "");
    before = ch_cache_nodes(cache);
    add(cache, 700, "'zone':'a'");
    after = ch_cache_nodes(cache);
    assert_int_equal(before->page_count, 1000 / CH_PAGE_SLOTS + 1);
    for (uint32_t i = 0; i < 1000; i += CH_PAGE_SLOTS)
        copied += *ch_nodes_page(before, i) != *ch_nodes_page(after, i);
    assert_int_equal(copied, 1);
    assert_ptr_equal(before->members, after->members); /* the set and the ranks */
    ch_nodes_unref(before);
    ch_nodes_unref(after);
    /* And none where nobody looks. */
    before = ch_cache_nodes(cache);
    ch_nodes_unref(before);
    add(cache, 700, "'zone':'b'");
    after = ch_cache_nodes(cache);
    assert_ptr_equal(before, after);
    ch_nodes_unref(after);
}

static void
test_pictures_outlive_the_cache(void **state)
{
    struct ch_cache *cache = NULL;
    struct ch_nodes *nodes;

    (void)state;
    assert_int_equal(ch_cache_new(&cache, NULL), CHANDRA_OK);
    add(cache, 1, "");
    nodes = ch_cache_nodes(cache);
    ch_cache_free(cache);
    check(nodes);
    ch_nodes_unref(nodes);
}

enum { SLOTS = 700, HELD = 5 };

static void
test_random(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *held[HELD] = {NULL};
    bool is_there[SLOTS] = {false};
    struct ch_random random;

    ch_random_seed(&random, 11);
    for (int step = 0; step < 4000; step++) {
        const int slot = (int)ch_random_below(&random, SLOTS);
        struct ch_nodes **place = &held[ch_random_below(&random, HELD)];

        if (ch_random_below(&random, 5) < 2) {
            assert_int_equal(drop(cache, slot), is_there[slot]);
            is_there[slot] = false;
        } else {
            add(cache, slot, ch_random_below(&random, 2) ? "'l':'1'" : "'l':'2'");
            is_there[slot] = true;
        }
        if (ch_random_below(&random, 20) > 0)
            continue;
        ch_nodes_unref(*place);
        *place = ch_cache_nodes(cache);
        for (int i = 0; i < SLOTS; i++)
            assert_int_equal(index_of(*place, i) != CHANDRA_NODESET_END, is_there[i]);
        for (int i = 0; i < HELD; i++)
            if (held[i])
                check(held[i]);
        /* An index stands for one node in all pictures that have one there. */
        for (int i = 0; i < HELD; i++)
            for (uint32_t at = 0; held[i] && at < ch_nodes_capacity(held[i]); at++) {
                const struct chandra_node *mine = ch_nodes_at(held[i], at);
                const struct chandra_node *other = ch_nodes_at(*place, at);

                if (mine && other)
                    assert_string_equal(mine->object.name, other->object.name);
            }
    }
    for (int i = 0; i < HELD; i++)
        ch_nodes_unref(held[i]);
}

/* Add, change and remove with the n-th allocation failing, while a picture is held. */
static void
test_out_of_memory(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *held;
    struct ch_nodes *nodes;
    struct chandra_object *node;
    struct chandra_object *old = NULL;

    for (int i = 0; i < 256; i++)
        add(cache, i, "");
    for (int round = 0; round < 2; round++) {
        enum chandra_status st = CHANDRA_ENOMEM;

        held = ch_cache_nodes(cache);
        node = round == 0 ? make_node("n256", "") : make_node("n17", "'zone':'b'");
        for (long n = 0; st != CHANDRA_OK; n++) {
            assert_true(n < 50);
            ch_alloc_fail_after(n);
            st = ch_cache_put(cache, node, &old, NULL);
            ch_alloc_fail_after(-1);
            nodes = ch_cache_nodes(cache);
            check(nodes);
            assert_int_equal(ch_nodes_capacity(nodes), st == CHANDRA_OK ? 257 : 256 + round);
            ch_nodes_unref(nodes);
        }
        chandra_object_unref(old);
        chandra_object_unref(node);
        check(held);
        ch_nodes_unref(held);
    }
}

static void
test_removal_without_memory(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *held;
    struct ch_nodes *nodes;

    for (int i = 0; i < 300; i++)
        add(cache, i, "");
    held = ch_cache_nodes(cache);
    ch_alloc_fail_after(0);
    assert_true(drop(cache, 1));
    assert_true(drop(cache, 299));
    assert_true(drop(cache, 2));
    assert_null(ch_cache_get(cache, CHANDRA_KIND_NODE, "", "n1"));
    assert_int_equal(ch_cache_count(cache, CHANDRA_KIND_NODE), 297);
    ch_alloc_fail_after(-1);
    check(held);
    add(cache, 2, "'zone':'a'"); /* anything that comes next makes up for it */
    nodes = ch_cache_nodes(cache);
    check(nodes);
    assert_int_equal(index_of(nodes, 1), CHANDRA_NODESET_END);
    assert_int_equal(index_of(nodes, 299), CHANDRA_NODESET_END);
    assert_int_equal(chandra_nodeset_count(ch_nodes_all(nodes)), 298);
    assert_int_equal(chandra_nodeset_count(ch_nodes_all(held)), 300);
    ch_nodes_unref(nodes);
    ch_nodes_unref(held);
}

static void
test_ranks_without_memory(void **state)
{
    struct ch_cache *cache = *state;
    struct ch_nodes *nodes;

    for (int i = 0; i < 20; i++)
        add(cache, i, "");
    nodes = ch_cache_nodes(cache);
    ch_alloc_fail_after(0);
    check(nodes);
    ch_alloc_fail_after(-1);
    check(nodes);
    ch_nodes_unref(nodes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_indices_are_stable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pictures_never_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_version_tells_of_nodes_that_come_and_go, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_indices_are_reused_when_safe, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_change_copies_one_page, setup, teardown),
        cmocka_unit_test(test_pictures_outlive_the_cache),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removal_without_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ranks_without_memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
