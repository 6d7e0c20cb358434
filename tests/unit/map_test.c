/* map_test.c - the hash map: order, replacement, walks, memory that runs out. */
#include "base/alloc.h"
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 2000 };

static int values[MANY];

static const char *
key_of(int i, char *text, size_t size)
{
    snprintf(text, size, "node-%d.example.com", i);
    return text;
}

static void
fill(struct ch_map *map)
{
    char key[64];

    for (int i = 0; i < MANY; i++)
        assert_true(ch_map_set(map, key_of(i, key, sizeof(key)), &values[i]));
}

static void
empty_map_has_nothing(void **state)
{
    struct ch_map map = {0};
    void *cursor = NULL;

    (void)state;
    assert_null(ch_map_get(&map, "a"));
    assert_null(ch_map_remove(&map, "a"));
    assert_int_equal(ch_map_count(&map), 0);
    assert_false(ch_map_next(&map, &cursor, NULL, NULL));
    ch_map_clear(&map);
}

static void
finds_what_was_set(void **state)
{
    struct ch_map map = {0};
    char key[64];

    (void)state;
    fill(&map);
    assert_int_equal(ch_map_count(&map), MANY);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(ch_map_get(&map, key_of(i, key, sizeof(key))), &values[i]);
    assert_null(ch_map_get(&map, "node-1"));
    assert_null(ch_map_get(&map, ""));
    ch_map_clear(&map);
    assert_int_equal(ch_map_count(&map), 0);
}

static void
tells_keys_apart_by_every_byte(void **state)
{
    struct ch_map map = {0};
    const char *const keys[] = {"", "a", "b", "ab", "abcdefg", "abcdefgh", "abcdefgi", "abcdefghi"};
    const size_t count = sizeof(keys) / sizeof(*keys);

    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_true(ch_map_set(&map, keys[i], &values[i]));
    assert_int_equal(ch_map_count(&map), count);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(ch_map_get(&map, keys[i]), &values[i]);
    ch_map_clear(&map);
}

static void
replacing_keeps_the_place(void **state)
{
    struct ch_map map = {0};
    void *cursor = NULL;
    const char *key;
    void *value;

    (void)state;
    assert_true(ch_map_set(&map, "a", &values[0]));
    assert_true(ch_map_set(&map, "b", &values[1]));
    assert_true(ch_map_set(&map, "a", &values[2]));
    assert_int_equal(ch_map_count(&map), 2);
    assert_true(ch_map_next(&map, &cursor, &key, &value));
    assert_string_equal(key, "a");
    assert_ptr_equal(value, &values[2]);
    ch_map_clear(&map);
}

static void
walks_in_insertion_order(void **state)
{
    struct ch_map map = {0};
    void *cursor = NULL;
    const char *key;
    char want[64];
    int i = 0;

    (void)state;
    fill(&map);
    while (ch_map_next(&map, &cursor, &key, NULL))
        assert_string_equal(key, key_of(i++, want, sizeof(want)));
    assert_int_equal(i, MANY);
    assert_false(ch_map_next(&map, &cursor, &key, NULL));
    ch_map_clear(&map);
}

static void
removes_during_a_walk(void **state)
{
    struct ch_map map = {0};
    void *cursor = NULL;
    const char *key;
    void *value;
    int i = 0;

    (void)state;
    fill(&map);
    for (; ch_map_next(&map, &cursor, &key, &value); i++)
        if (i % 2 == 1)
            assert_ptr_equal(ch_map_remove(&map, key), value);
    assert_int_equal(i, MANY);
    assert_int_equal(ch_map_count(&map), MANY / 2);
    cursor = NULL;
    while (ch_map_next(&map, &cursor, &key, &value))
        assert_ptr_equal(ch_map_remove(&map, key), value);
    assert_int_equal(ch_map_count(&map), 0);
}

/* Every allocation of a growing map fails once; what was there stays, and the next attempt works.
 */
static void
survives_running_out_of_memory(void **state)
{
    struct ch_map map = {0};
    char key[64];
    unsigned failures = 0;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        key_of(i, key, sizeof(key));
        for (long passes = 0;; passes++) {
            bool is_set;

            ch_alloc_fail_after(passes);
            is_set = ch_map_set(&map, key, &values[i]);
            ch_alloc_fail_after(-1);
            if (is_set)
                break;
            failures++;
            assert_int_equal(ch_map_count(&map), i);
            assert_null(ch_map_get(&map, key));
        }
    }
    assert_true(failures > MANY); /* the entry each time, and the table now and then */
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(ch_map_get(&map, key_of(i, key, sizeof(key))), &values[i]);
    ch_map_clear(&map);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_map_has_nothing),
        cmocka_unit_test(finds_what_was_set),
        cmocka_unit_test(tells_keys_apart_by_every_byte),
        cmocka_unit_test(replacing_keeps_the_place),
        cmocka_unit_test(walks_in_insertion_order),
        cmocka_unit_test(removes_during_a_walk),
        cmocka_unit_test(survives_running_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
