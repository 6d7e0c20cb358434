/* profile_test.c - the tree of calls that `chandra profile` builds from what a VM tells. */
#include "base/alloc.h"
#include "profile/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What a VM tells, one event every 10 ns. */
struct teller {
    struct tree tree;
    struct chandra_lua_observer observer;
    int64_t now;
    uint64_t allocations;
};

static void
tell(struct teller *teller, enum chandra_lua_event_kind kind, const char *function, int line)
{
    const struct chandra_lua_event event = {
        .size = sizeof(event),
        .kind = kind,
        .time_ns = teller->now += 10,
        .allocations = teller->allocations += 2,
        .policy = "p",
        .file = "dir/p.lua",
        .hook = "match",
        .function = function,
        .is_native = line < 0,
        .line_defined = line,
    };

    teller->observer.fn(teller->observer.user, &event);
}

static void
begin(struct teller *teller)
{
    *teller = (struct teller){.tree = {.max_spans = 100}};
    teller->observer = tree_observer(&teller->tree);
}

/* The node at the end of a path of names that ';' separates, as folded stacks have it. */
static const struct tree_node *
node_at(const struct tree *tree, const char *path)
{
    for (size_t i = 1; i < tree->count; i++) {
        char whole[256] = "";
        for (size_t at = i; tree->nodes[at].parent != SIZE_MAX; at = tree->nodes[at].parent) {
            char longer[256];
            snprintf(longer, sizeof(longer), "%.100s%s%.100s", tree->nodes[at].name,
                     *whole ? ";" : "", whole);
            memcpy(whole, longer, sizeof(whole));
        }
        if (strcmp(whole, path) == 0)
            return &tree->nodes[i];
    }
    fail_msg("there is no %s", path);
    return NULL;
}

/* match() calls keep(), which calls a function, twice. */
static void
tell_attempt(struct teller *teller)
{
    tell(teller, CHANDRA_LUA_HOOK, NULL, 0);
    tell(teller, CHANDRA_LUA_CALL, NULL, -1);
    tell(teller, CHANDRA_LUA_CALL, NULL, 4);
    for (int i = 0; i < 2; i++) {
        tell(teller, CHANDRA_LUA_CALL, "keep", -1);
        tell(teller, CHANDRA_LUA_CALL, NULL, 5);
        tell(teller, CHANDRA_LUA_RETURN, NULL, 5);
        tell(teller, CHANDRA_LUA_RETURN, "keep", -1);
    }
    tell(teller, CHANDRA_LUA_RETURN, NULL, 4);
    tell(teller, CHANDRA_LUA_RETURN, NULL, -1);
    tell(teller, CHANDRA_LUA_HOOK_END, NULL, 0);
}

static void
test_charges_time_to_the_innermost_call(void **state)
{
    struct teller teller;
    const struct tree_node *node;
    int64_t totals[16];

    (void)state;
    begin(&teller);
    tell_attempt(&teller);
    node = node_at(&teller.tree, "p.match");
    assert_int_equal(1, node->calls);
    assert_int_equal(40, node->ns);
    node = node_at(&teller.tree, "p.match;match (p.lua:4)");
    assert_int_equal(30, node->ns);
    node = node_at(&teller.tree, "p.match;match (p.lua:4);keep");
    assert_int_equal(2, node->calls);
    assert_int_equal(40, node->ns);
    node = node_at(&teller.tree, "p.match;match (p.lua:4);keep;function (p.lua:5)");
    assert_int_equal(20, node->ns);
    assert_int_equal(4, node->allocations);
    assert_true(teller.tree.count <= 16);
    tree_add_totals(&teller.tree, totals);
    assert_int_equal(130, totals[0]);
    assert_int_equal(0, teller.tree.depth);
    tree_clear(&teller.tree);
}

static void
test_survives_calls_that_end_without_a_return(void **state)
{
    struct teller teller;

    (void)state;
    begin(&teller);
    tell(&teller, CHANDRA_LUA_HOOK, NULL, 0);
    tell(&teller, CHANDRA_LUA_CALL, NULL, 4);
    tell(&teller, CHANDRA_LUA_CALL, "pcall", -1);
    tell(&teller, CHANDRA_LUA_CALL, "risky", 9);
    tell(&teller, CHANDRA_LUA_CALL, "deep", 12);
    tell(&teller, CHANDRA_LUA_RETURN, "pcall", -1); /* caught */
    tell(&teller, CHANDRA_LUA_CALL, "after", 20);
    assert_int_equal(1, node_at(&teller.tree, "p.match;match (p.lua:4);after (p.lua:20)")->calls);
    tell(&teller, CHANDRA_LUA_HOOK_END, NULL, 0); /* failed */
    assert_int_equal(0, teller.tree.depth);
    tell(&teller, CHANDRA_LUA_RETURN, "stray", 3);
    assert_int_equal(0, teller.tree.depth);
    tree_clear(&teller.tree);
}

static void
test_replaces_the_caller_at_a_tail_call(void **state)
{
    struct teller teller;

    (void)state;
    begin(&teller);
    tell(&teller, CHANDRA_LUA_HOOK, NULL, 0);
    tell(&teller, CHANDRA_LUA_CALL, NULL, 4);
    tell(&teller, CHANDRA_LUA_CALL, "one", 6);
    tell(&teller, CHANDRA_LUA_TAIL_CALL, NULL, 8);
    assert_int_equal(1, node_at(&teller.tree, "p.match;match (p.lua:4);function (p.lua:8)")->calls);
    tree_clear(&teller.tree);
}

static void
test_keeps_no_more_spans_than_it_may(void **state)
{
    struct teller teller;

    (void)state;
    begin(&teller);
    teller.tree.max_spans = 3;
    tell_attempt(&teller);
    assert_int_equal(3, teller.tree.span_count);
    assert_int_equal(4, teller.tree.lost_spans);
    for (size_t i = 0; i < teller.tree.span_count; i++)
        assert_true(teller.tree.spans[i].ns > 0);
    tree_clear(&teller.tree);
}

static void
test_stops_without_memory(void **state)
{
    bool is_complete = false;

    (void)state;
    for (long count = 0; !is_complete; count++) {
        struct teller teller;
        begin(&teller);
        ch_alloc_fail_after(count);
        tell_attempt(&teller);
        ch_alloc_fail_after(-1);
        is_complete = !teller.tree.is_out_of_memory;
        tree_clear(&teller.tree);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charges_time_to_the_innermost_call),
        cmocka_unit_test(test_survives_calls_that_end_without_a_return),
        cmocka_unit_test(test_replaces_the_caller_at_a_tail_call),
        cmocka_unit_test(test_keeps_no_more_spans_than_it_may),
        cmocka_unit_test(test_stops_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
